"""The account's zone is found out from its own records, and only where that proves something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from console.platforms.netsuite import NetSuite
from console.platforms.netsuite.zone import AccountClock, zone_of
from console.wire.surface import Remote
from tests.console.platforms.netsuite.account import Account, furnished, with_connector

WINTER, SUMMER = (datetime.fromisoformat(text) for text in ("2026-01-15 08:00:00", "2026-07-15 08:00:00"))


@pytest.mark.parametrize(
    ("winter", "summer", "name"),
    [
        (0, 0, "UTC"),
        (-5, -4, "America/New_York"),
        (0, 1, "Europe/London"),
        (1, 2, "Europe/Berlin"),
        (9, 9, "Asia/Tokyo"),
        (-7, -7, "America/Phoenix"),
        (5.5, 5.5, "Asia/Kolkata"),
        (3, 3, "UTC+03:00"),
    ],
)
def test_two_seasons_tell_the_zone(winter: float, summer: float, name: str) -> None:
    samples = [(WINTER, timedelta(hours=winter)), (SUMMER, timedelta(hours=summer))]
    assert str(zone_of(samples)) == name


def with_stamps(shown: str, utc: str) -> Account:
    account = furnished()
    account.rows["customer"]["31"]["lastmodifieddate"] = shown
    account.records["customer", "31"] = {"id": "31", "companyName": "Harbour & Sons", "lastModifiedDate": utc}
    return account


async def zone_and_customer(ns: NetSuite) -> tuple[tzinfo, Remote]:
    (remote,) = [remote async for batch in ns.read("customer") for remote in batch.records]
    return ns.reader.clock.zone, remote


def test_queries_in_the_accounts_zone_are_told_in_utc() -> None:
    account = with_stamps("2026-01-31 12:00:00", "2026-01-31T17:00:00Z")
    zone, remote = with_connector(account, zone_and_customer)
    assert zone == ZoneInfo("America/New_York")
    assert remote.version == "2026-01-31 12:00:00"
    assert remote.record is not None
    assert remote.record.modified_at == "2026-01-31T17:00:00+00:00"


def test_a_query_and_a_record_have_the_same_version() -> None:
    account = with_stamps("2026-01-31 12:00:00", "2026-01-31T17:00:00Z")
    account.records["customer", "31"]["externalId"] = "TOabcdefgh-customer-31"

    async def use(ns: NetSuite) -> tuple[Remote, object]:
        _zone, remote = await zone_and_customer(ns)
        account.forbidden_tables = {"customer"}
        return remote, await ns.find("customer", "TOabcdefgh-customer-31")

    queried, got = with_connector(account, use)
    assert isinstance(got, Remote)
    assert got.version == queried.version


@pytest.mark.parametrize("utc", ["2026-01-31T17:07:00Z", "2026-01-31T17:00:00", "2026-03-31T17:00:00Z", "soon"])
def test_a_record_that_proves_nothing_leaves_utc(utc: str) -> None:
    zone, _remote = with_connector(with_stamps("2026-01-31 12:00:00", utc), zone_and_customer)
    assert zone is UTC


def test_a_zone_that_is_given_is_not_looked_for() -> None:
    account = with_stamps("2026-01-31 12:00:00", "2026-01-31T17:00:00Z")
    zone, _remote = with_connector(account, zone_and_customer, time_zone="Asia/Tokyo")
    assert zone == ZoneInfo("Asia/Tokyo")
    assert not any(path.endswith("/customer/31") for _method, path, _body in account.seen)


def test_more_is_read_again_in_the_night_the_clock_is_put_back() -> None:
    usual = timedelta(minutes=5)

    async def use(ns: NetSuite) -> AccountClock:
        return ns.reader.clock

    clock = with_connector(furnished(), use, time_zone="America/New_York")
    assert clock.overlap(datetime.fromisoformat("2026-11-01 01:30:00"), usual) == timedelta(minutes=65)
    assert clock.overlap(datetime.fromisoformat("2026-11-20 01:30:00"), usual) == usual
