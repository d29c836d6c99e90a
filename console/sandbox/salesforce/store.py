"""The org's records: tables with the indexes a query needs, and units of work that can be taken back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from console.sandbox.salesforce.ids import mint
from console.sandbox.salesforce.schema import SObject

_TICK = timedelta(milliseconds=1)
Row = dict[str, Any]
"""One record: field name -> JSON value as the API shows it. Rows are replaced, never changed in place."""


def stamp_text(moment: datetime) -> str:
    """An instant as the vendor writes it: `2013-05-07T22:07:19.000+0000`."""
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


class Table:
    """The records of one object, by id, by external or unique value, by lookup, and in the order of their stamps."""

    def __init__(self, shape: SObject) -> None:
        self.shape = shape
        self.rows: dict[str, Row] = {}
        self.keys: dict[str, dict[str, set[str]]] = {
            each.name: {} for each in shape.fields if each.external or each.unique
        }
        self.links: dict[str, dict[str, dict[str, None]]] = {
            each.name: {} for each in shape.fields if each.kind == "reference"
        }
        self._log: list[tuple[str, str]] = []
        self._minted = 0

    def next_id(self) -> str:
        self._minted += 1
        return mint(self.shape.prefix, self._minted)

    def replace(self, record_id: str, row: Row | None) -> Row | None:
        """Put a row (None takes it away again) and answer what stood there before."""
        before = self.rows.get(record_id)
        if before is not None:
            self._forget(record_id, before)
        if row is None:
            self.rows.pop(record_id, None)
            return before
        self.rows[record_id] = row
        if not row.get("IsDeleted"):
            self._index(record_id, row)
        self._log_stamp(row["SystemModstamp"], record_id)
        return before

    def _log_stamp(self, stamp: str, record_id: str) -> None:
        entry = (stamp, record_id)
        if not self._log or self._log[-1] < entry:
            self._log.append(entry)
        else:
            at = bisect_left(self._log, entry)
            if at == len(self._log) or self._log[at] != entry:
                self._log.insert(at, entry)

    def _index(self, record_id: str, row: Row) -> None:
        for name, index in self.keys.items():
            if row[name] is not None:
                index.setdefault(str(row[name]).lower(), set()).add(record_id)
        for name, linked in self.links.items():
            if row[name] is not None:
                linked.setdefault(row[name], {})[record_id] = None

    def _forget(self, record_id: str, row: Row) -> None:
        for name, index in self.keys.items():
            if row[name] is not None:
                index.get(str(row[name]).lower(), set()).discard(record_id)
        for name, linked in self.links.items():
            if row[name] is not None:
                linked.get(row[name], {}).pop(record_id, None)

    def by_key(self, name: str, value: object) -> Sequence[str]:
        """Ids of the living records whose external or unique field holds a value (case does not matter)."""
        return sorted(self.keys[name].get(str(value).lower(), ()))

    def children(self, name: str, parent_id: str) -> Sequence[str]:
        """Ids of the living records whose lookup points to a record, oldest link first."""
        return tuple(self.links[name].get(parent_id, ()))

    def since(self, stamp: str, until: str = "~") -> Iterator[Row]:
        """Records last changed from one stamp to another (both inclusive), deleted ones too, oldest change first."""
        for at in range(bisect_left(self._log, (stamp, "")), len(self._log)):
            logged, record_id = self._log[at]
            if logged > until:
                return
            row = self.rows.get(record_id)
            if row is not None and row["SystemModstamp"] == logged:
                yield row


@dataclass(frozen=True, slots=True)
class Entry:
    """One line for the journal: what was done to which record."""

    kind: str
    verb: str
    key: str
    remote_id: str
    body: Row


@dataclass(slots=True)
class Unit:
    """Changes that stand or fall together, and the journal lines they will leave."""

    undo: list[tuple[Table, str, Row | None]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class Org:
    """All tables of one org. `now` gives strictly increasing instants, `commit` writes one journal line durably."""

    def __init__(
        self, objects: Iterable[SObject], now: Callable[[], datetime], commit: Callable[[Entry, str], None]
    ) -> None:
        self.tables = {each.name: Table(each) for each in objects}
        self._names = {each.lower(): each for each in self.tables}
        self._now = now
        self._commit = commit
        self._together: Unit | None = None
        self._last = datetime.min.replace(tzinfo=UTC)
        self.user_id = ""
        self.id = ""

    def table(self, name: str) -> Table | None:
        """The table of an object by its API name, whatever its case."""
        known = self._names.get(name.lower())
        return self.tables[known] if known else None

    def stamp(self) -> str:
        """A modification stamp in whole milliseconds, later than every one before it."""
        now = self._now()
        self._last = max(now - timedelta(microseconds=now.microsecond % 1000), self._last + _TICK)
        return stamp_text(self._last)

    def present(self) -> datetime:
        """Now, or the last stamp given when many changes at once have run ahead of the clock."""
        return max(self._now(), self._last)

    def record(self, name: str, record_id: str | None) -> Row | None:
        """A living record by id, or None."""
        row = self.tables[name].rows.get(record_id or "")
        return None if row is None or row.get("IsDeleted") else row

    def put(self, unit: Unit, table: Table, row: Row) -> None:
        """Stand a row in its table as part of a unit of work."""
        unit.undo.append((table, row["Id"], table.replace(row["Id"], row)))

    def keep(self, unit: Unit, by: str = "api") -> None:
        """The unit is done: its journal lines are written before anyone is answered (or it joins `together`)."""
        if self._together is not None:
            self._together.undo += unit.undo
            self._together.entries += unit.entries
            return
        for entry in unit.entries:
            self._commit(entry, by)

    def begin_together(self) -> None:
        """From here on units are only kept as one, by `end_together`."""
        self._together = Unit()

    def end_together(self, well: bool) -> None:
        """Keep all units since `begin_together`, or take all of them back."""
        unit, self._together = self._together or Unit(), None
        if well:
            self.keep(unit)
        else:
            self.take_back(unit)

    def take_back(self, unit: Unit) -> None:
        """Undo a unit, last change first; nothing of it reaches the journal."""
        for table, record_id, before in reversed(unit.undo):
            table.replace(record_id, before)
