"""Finds out which clock an account's queries show, by comparing them with the record API, which shows UTC."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from console.platforms.netsuite.records import Records
from console.platforms.netsuite.stamps import NotADate, clock_of
from console.platforms.netsuite.suiteql import PAGE, Query, Row, SuiteQL
from console.wire.faults import Refused

_LIKELY = (
    "UTC", "America/New_York", "America/Los_Angeles", "America/Chicago", "America/Denver", "Europe/London",
    "Europe/Berlin", "Europe/Helsinki", "Asia/Tokyo", "Asia/Singapore", "Asia/Kolkata", "Asia/Dubai",
    "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo", "America/Phoenix", "Africa/Johannesburg",
)  # fmt: skip
_SOURCES = (("customer", "customer"), ("employee", "employee"), ("job", "job"))
_WINTER, _SUMMER = frozenset((12, 1, 2)), frozenset((6, 7, 8))
_QUARTER = timedelta(minutes=15)
_CHANGE, _LONG = timedelta(days=2), timedelta(minutes=65)

Sample = tuple[datetime, timedelta]
"""A time of the account's clock, and how far it was ahead of UTC."""


@dataclass(slots=True)
class AccountClock:
    """The zone of an account: given, or found once when first needed (UTC where nothing can be compared)."""

    suiteql: SuiteQL
    records: Records
    zone: tzinfo = UTC
    known: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self) -> None:
        async with self._lock:
            if self.known:
                return
            for table, record in _SOURCES:
                if samples := await self._samples(table, record):
                    self.zone = zone_of(samples)
                    break
            self.known = True

    def overlap(self, since: datetime, usual: timedelta) -> timedelta:
        """What is read again before `since`: longer around the night in which the clock is put back."""
        before, after = ((since + step).replace(tzinfo=self.zone).utcoffset() for step in (-_CHANGE, _CHANGE))
        return usual if before == after else max(usual, _LONG)

    async def _samples(self, table: str, record: str) -> Sequence[Sample]:
        try:
            page = await self.suiteql.page(Query(table, ("id", "lastmodifieddate")), limit=PAGE)
            chosen = _of_both_seasons(page.rows)
            found = await self.records.many(record, list(chosen))
        except Refused:
            return ()
        pairs = ((chosen[name], _utc(each)) for name, each in found.items())
        return [(shown, shown - utc) for shown, utc in pairs if utc is not None and _plausible(shown - utc)]


def zone_of(samples: Sequence[Sample]) -> tzinfo:
    """The likeliest zone that was so far from UTC at all of these times; else a fixed distance."""
    for name in _LIKELY:
        zone = ZoneInfo(name)
        if all(shown.replace(tzinfo=zone).utcoffset() == ahead for shown, ahead in samples):
            return UTC if name == "UTC" else zone
    return timezone(samples[-1][1])


def _of_both_seasons(rows: Sequence[Row]) -> Mapping[str, datetime]:
    """The latest record of a winter, of a summer and of all, by id."""
    stamped: dict[str, datetime] = {}
    for row in rows:
        try:
            stamp = clock_of(row.get("lastmodifieddate"), UTC)
        except NotADate:
            continue
        if stamp is not None and row.get("id"):
            stamped[str(row["id"])] = stamp
    latest = sorted(stamped, key=stamped.__getitem__, reverse=True)
    seasons = (
        next((each for each in latest if stamped[each].month in months), "")
        for months in (_WINTER, _SUMMER, frozenset(range(1, 13)))
    )
    return {each: stamped[each] for each in dict.fromkeys(seasons) if each}


def _utc(record: Mapping[str, object]) -> datetime | None:
    """`lastModifiedDate` of a record, as a time without zone; None when it does not say its offset."""
    value = next((each for name, each in record.items() if name.lower() == "lastmodifieddate"), None)
    if not str(value or "").rstrip().upper().endswith(("Z", "+00:00")):
        return None
    try:
        return clock_of(value, UTC)
    except NotADate:
        return None


def _plausible(ahead: timedelta) -> bool:
    """A zone is whole quarters of an hour from UTC; anything else is a record that changed in between."""
    return abs(ahead) <= timedelta(hours=14) and ahead % _QUARTER == timedelta()
