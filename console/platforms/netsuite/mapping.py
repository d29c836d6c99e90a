"""What the mapping file cannot say: ids into names, hours into minutes, NetSuite's statuses into ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from console.platforms.netsuite.billing_types import BillingTypes
from console.platforms.netsuite.directory import COLUMNS, Directory, text_of
from console.platforms.netsuite.extras import EXTRAS, OURS
from console.platforms.netsuite.stamps import NotADate, clock_of, clock_text, day_of, tells_time, utc_text
from console.platforms.netsuite.suiteql import Row
from console.platforms.netsuite.zone import AccountClock
from console.wire import mapping as wire_mapping
from console.wire.mapping import KindMapping
from console.wire.surface import Remote

_WORKED_OUT = "tieout"


class Rows:
    """Turns rows of one account into records: the mapping of the workspace, and the account's own lists."""

    def __init__(
        self,
        connection: str,
        mapping: wire_mapping.Mapping,
        directory: Directory,
        billing_types: BillingTypes,
        clock: AccountClock,
    ) -> None:
        self.connection = connection
        self.billing_types = billing_types
        self.mapping = mapping
        self.directory = directory
        self.clock = clock
        self._columns = {kind: _columns(each) for kind, each in mapping.kinds.items()}

    def columns(self, kind: str) -> Sequence[str]:
        """The columns to query, `id` first."""
        return self._columns[kind]

    def record_columns(self, kind: str) -> Sequence[str]:
        """The columns to take from a record of the record API."""
        return (*self._columns[kind], *self.mapping.kind(kind).table.get("record_only", ()))

    def essential(self, kind: str) -> frozenset[str]:
        """Columns that a field of ours is read from alone: their absence is a change somebody must know of.

        Columns that point into the account's lists are no part of it: a firm of one company has no subsidiaries.
        """
        entries: Mapping[str, Any] = self.mapping.kind(kind).table.get("fields") or {}
        paths = (each.get("path", each.get("link")) if isinstance(each, dict) else each for each in entries.values())
        return frozenset(first_step(path) for path in paths if isinstance(path, str)) - {_WORKED_OUT, *COLUMNS}

    async def remotes(self, kind: str, rows: Sequence[Row], suspect: bool = False) -> list[Remote]:
        """The records of a page, each understood or with its fault; oldest change first."""
        await self.prepare(kind, rows)
        found = [self.remote(kind, row, suspect, position) for position, row in enumerate(rows)]
        return sorted(found, key=_age)

    async def prepare(self, kind: str, rows: Sequence[Row]) -> None:
        """Learn what the ids in these rows mean."""
        if not rows:
            return
        await self.clock.ready()
        await self.directory.learn(rows)
        if kind == "project":
            await self.billing_types.learn(rows)
        if kind in ("time_line", "charge_line"):
            column = "customer" if kind == "time_line" else "billto"
            await self.directory.learn_projects(text_of(row.get(column)) for row in rows)

    def remote(self, kind: str, row: Row, suspect: bool = False, position: int = 0) -> Remote:
        """One record; call `prepare` with its row before."""
        payload = self.worked_out(kind, row)
        remote = self.mapping.remote(kind, payload, self.connection, suspect=suspect, position=position)
        if remote.key and not OURS.match(remote.key):
            remote = replace(remote, key="")
        return self.dated(remote)

    def dated(self, remote: Remote) -> Remote:
        """The remote with its record's instant moved from the account's clock to UTC."""
        if remote.record is None or not remote.record.modified_at or self.clock.zone is UTC:
            return remote
        stamp = datetime.fromisoformat(remote.record.modified_at).replace(tzinfo=None)
        return replace(remote, record=replace(remote.record, modified_at=utc_text(stamp, self.clock.zone)))

    def worked_out(self, kind: str, row: Row) -> Row:
        """The row with references named, dates in ISO form, and what only code can work out below `tieout`."""
        payload = {name: value for name, value in row.items() if value is not None}
        extra: dict[str, Any] = {}
        if not tells_time(payload.get("lastmodifieddate")):
            payload.pop("lastmodifieddate", None)
            extra["digest"] = hashlib.blake2b(orjson.dumps(row, default=str), digest_size=12).hexdigest()
        for name in COLUMNS.keys() & payload.keys():
            payload[name] = self.directory.reference(name, payload[name])
        for name in payload:
            if name.endswith("date"):
                payload[name] = self._dated(name, payload[name])
        if kind == "project":
            extra["billing_type"] = self.billing_types.ours(text_of(payload.get("jobbillingtype")))
        if (work := EXTRAS.get(kind)) is not None:
            extra.update(work(payload, self.directory))
        payload[_WORKED_OUT] = extra
        return payload

    def _dated(self, name: str, value: Any) -> Any:
        """ISO text; what is no date stays as it is, for the mapping to name it."""
        try:
            if name == "lastmodifieddate":
                stamp = clock_of(value, self.clock.zone)
                return clock_text(stamp) if stamp else value
            day = day_of(value)
        except NotADate:
            return value
        return day.isoformat() if day else value


def flat(record: Mapping[str, Any], columns: Iterable[str]) -> Row:
    """A record of the record API as SuiteQL would show it: lower-case names, ids for references, 'T' and 'F'."""
    lower = {name.lower(): value for name, value in record.items()}
    return {name: _plain(lower[name]) for name in columns if lower.get(name) is not None}


def _plain(value: Any) -> Any:
    match value:
        case bool():
            return "T" if value else "F"
        case {"id": identity}:
            return str(identity)
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return repr(value)
    return value


def _columns(mapping: KindMapping) -> Sequence[str]:
    read = [first_step(path) for paths in mapping.paths.values() for path in paths]
    named = ("id", *read, *mapping.table.get("columns", ()))
    unasked = {_WORKED_OUT, *mapping.table.get("record_only", ())}
    return tuple(dict.fromkeys(each for each in named if each not in unasked))


def first_step(path: str) -> str:
    """The column a mapping path begins with."""
    return path.partition(".")[0]


def _age(remote: Remote) -> str:
    return remote.record.modified_at if remote.record else ""
