"""NetSuite as every platform looks from here: the parts that read, look up, write and probe, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.platforms.netsuite.body import Bodies
from console.platforms.netsuite.directory import Directory
from console.platforms.netsuite.jobs import Jobs, fits
from console.platforms.netsuite.looking import Found, Looker
from console.platforms.netsuite.mapping import Rows
from console.platforms.netsuite.probing import Probe
from console.platforms.netsuite.reading import Reader
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.suiteql import SuiteQL
from console.platforms.netsuite.writing import Writer
from console.wire.faults import Fault, Unexpected
from console.wire.http import Wire
from console.wire.mapping import load
from console.wire.surface import Batch, Card, Remote, Standing, Unsure, Want, Written
from console.words import _

_FIXED_OVERLAP, _SHIFTING_OVERLAP = 300, 3900
"""Seconds read again each time: five minutes for late commits, and the hour a clock is put back by."""


class NetSuite:
    """A signed-in NetSuite account."""

    def __init__(self, card: Card, wire: Wire, values: Mapping[str, str], override: Mapping[str, Any] | None) -> None:
        self.card = card
        self._wire = wire
        zone = _zone(values.get("time_zone", ""))
        suiteql, records = SuiteQL(wire), Records(wire)
        directory = Directory(suiteql, values.get("base_currency", "").strip().upper())
        mapping = load(card.key, override)
        rows = Rows(wire.connection, mapping, directory, zone)
        self.reader = Reader(suiteql, records, rows, zone, _overlap(values.get("overlap", ""), zone))
        self._looker = Looker(self.reader)
        items = {"time_line": values.get("time_item", ""), "charge_line": values.get("charge_item", "")}
        bodies = Bodies(mapping, directory, items)
        self._writer = Writer(records, bodies, self._looker)
        self._jobs = Jobs(wire, bodies, self.reader)
        self._probe = Probe(self.reader, values)

    def __repr__(self) -> str:
        return f"NetSuite({self._wire.base_url!r}, connection={self._wire.connection!r})"

    async def check(self) -> Standing:
        return await self._probe.standing()

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


def _zone(name: str) -> tzinfo:
    if name.strip() in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError):
        raise Unexpected(
            _("{name} is no time zone.", name=name),
            _("Give an IANA name such as America/Los_Angeles in time_zone."),
            sent=False,
        ) from None


def _overlap(text: str, zone: tzinfo) -> timedelta:
    if text.strip().isdigit():
        return timedelta(seconds=int(text))
    return timedelta(seconds=_FIXED_OVERLAP if zone is UTC else _SHIFTING_OVERLAP)
