"""NetSuite as every platform looks from here: the parts that read, look up, write and probe, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.platforms.netsuite.billing_types import BillingTypes
from console.platforms.netsuite.body import Bodies
from console.platforms.netsuite.directory import Directory
from console.platforms.netsuite.jobs import Jobs, fits
from console.platforms.netsuite.looking import Found, Looker
from console.platforms.netsuite.mapping import Rows
from console.platforms.netsuite.probing import Probe
from console.platforms.netsuite.reading import Reader
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.sight import Sight
from console.platforms.netsuite.suiteql import SuiteQL
from console.platforms.netsuite.writing import Writer
from console.platforms.netsuite.zone import AccountClock
from console.wire.faults import ChangedMeanwhile, Fault, Unexpected
from console.wire.http import Wire
from console.wire.mapping import load
from console.wire.surface import Batch, Card, Remote, Standing, Unsure, Want, Written
from console.words import _

_OVERLAP = timedelta(minutes=5)
"""What is read again each time, for changes that were committed late."""


class NetSuite:
    """A signed-in NetSuite account."""

    def __init__(self, card: Card, wire: Wire, values: Mapping[str, str], override: Mapping[str, Any] | None) -> None:
        self.card = card
        self._wire = wire
        suiteql, records = SuiteQL(wire), Records(wire)
        clock = _clock(values.get("time_zone", "").strip(), suiteql, records)
        directory = Directory(suiteql, values.get("base_currency", "").strip().upper())
        mapping = load(card.key, override)
        billing_types = BillingTypes(suiteql, records)
        rows = Rows(wire.connection, mapping, directory, billing_types, clock)
        self.reader = Reader(suiteql, records, rows, clock, _overlap(values.get("overlap", "")))
        sight = Sight(suiteql)
        self._looker = Looker(self.reader, sight)
        items = {"time_line": values.get("time_item", ""), "charge_line": values.get("charge_item", "")}
        bodies = Bodies(mapping, directory, billing_types, items)
        self._writer = Writer(records, bodies, self._looker)
        self._jobs = Jobs(wire, bodies, self.reader)
        self._probe = Probe(self.reader, sight, values)

    def __repr__(self) -> str:
        return f"NetSuite({self._wire.base_url!r}, connection={self._wire.connection!r})"

    async def check(self) -> Standing:
        try:
            return await self._probe.standing()
        except ChangedMeanwhile as missing:
            raise Unexpected(
                _("{host} answers, but not as a NetSuite account does.", host=self._wire.host),
                _("Check account and base_url; with base_url empty the address follows from the account."),
                trace_id=missing.trace_id,
            ) from None

    def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        return self.reader.read(kind, since)

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Found:
        return await self._looker.by_ids(kind, remote_ids)

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        return (await self._looker.by_keys(kind, [key]))[key]

    async def find_many(self, kind: str, keys: Sequence[str]) -> Found:
        return await self._looker.by_keys(kind, keys)

    async def write(self, want: Want) -> Written:
        return await self._writer.write(want)

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        if fits(wants) and (job := await self._jobs.hand_over(wants)):
            return [Written(each.key, job=job) for each in wants]
        return await self._writer.write_many(wants)

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        return await self._jobs.outcome(job)

    async def close(self) -> None:
        await self._wire.close()


def _clock(zone: str, suiteql: SuiteQL, records: Records) -> AccountClock:
    """The account's clock as the connection names it, or one that is found out."""
    if not zone:
        return AccountClock(suiteql, records)
    try:
        return AccountClock(suiteql, records, UTC if zone == "UTC" else ZoneInfo(zone), known=True)
    except (ZoneInfoNotFoundError, ValueError):
        raise Unexpected(
            _("{name} is no time zone.", name=zone),
            _("Give an IANA name such as America/Los_Angeles in time_zone."),
            sent=False,
        ) from None


def _overlap(text: str) -> timedelta:
    return timedelta(seconds=int(text)) if text.strip().isdigit() else _OVERLAP
