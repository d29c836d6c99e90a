"""How a query shows its rows: attributes first, parents nested, children as query results of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from console.sandbox.salesforce.schema import Field, SObject
from console.sandbox.salesforce.soql_filter import Filter, Getter, Subquery, getter, steps, unknown_relation
from console.sandbox.salesforce.soql_tree import AllFields, Order, Path, Query
from console.sandbox.salesforce.soql_words import malformed
from console.sandbox.salesforce.store import Row, Table
from console.sandbox.salesforce.view import View

Shown = dict[str, Any]
Show = Callable[[Row], Shown]
More = Callable[[Sequence[Row], Show], Shown]
"""Wraps child records in a query result of their own, opening a cursor when they do not fit one page."""
Item = TypeVar("Item")
_MOST_OF_ALL = 200


@dataclass(frozen=True, slots=True)
class Shower:
    """Builds the functions that show rows, for one request."""

    view: View
    root: str
    more: More
    inner: Subquery

    def of(self, query: Query, table: Table) -> Show:
        """How one row of the query is shown, its fields in the order asked for."""
        select = self._expanded(query, table)
        simple = [each for each in select if isinstance(each, Path) and len(each.parts) == 1]
        if len(simple) == len(select):
            names = [steps(each, table, self.view, query.text)[1].name for each in simple]
            return _flat(table.shape.name, self._place(table), names)
        return self._nested(query, select, table)

    def ordered(self, rows: list[Row], query: Query, table: Table) -> list[Row]:
        """The rows in the query's order, its last key first so that earlier ones win."""
        for each in reversed(query.order):
            rows = sorted_by(rows, getter(each.path, table, self.view, query.text)[0], each)
        return rows

    def _place(self, table: Table) -> str:
        return f"{self.root}/sobjects/{table.shape.name}/"

    def _expanded(self, query: Query, table: Table) -> Sequence[Path | Query]:
        found: list[Path | Query] = []
        for each in query.select:
            if isinstance(each, AllFields):
                found += _all_fields(each, query, self.view.shape(table))
            elif isinstance(each, Path | Query):
                found.append(each)
        return found

    def _nested(self, query: Query, select: Sequence[Path | Query], table: Table) -> Show:
        pieces = self._pieces(query, select, table)
        kind, place = table.shape.name, self._place(table)

        def show(row: Row) -> Shown:
            shown: Shown = {"attributes": {"type": kind, "url": place + row["Id"]}}
            for name, read in pieces:
                shown[name] = read(row)
            return shown

        return show

    def _pieces(self, query: Query, select: Sequence[Path | Query], table: Table) -> list[tuple[str, Getter]]:
        """Name and value of every key of a shown row; paths through one lookup share a key."""
        found: dict[str, Getter] = {}
        through: dict[str, list[Path]] = {}
        for each in select:
            if isinstance(each, Query):
                name, read = self._children(each, table)
                found[name] = read
                continue
            walked, last, _ = steps(each, table, self.view, query.text)
            if walked:
                through.setdefault(walked[0][0].relation, []).append(Path(each.parts[1:], each.at))
            name = walked[0][0].relation if walked else last.name
            found.setdefault(name, _reader(name))
        for relation, paths in through.items():
            found[relation] = self._parent(query, table, relation, paths)
        return list(found.items())

    def _parent(self, query: Query, table: Table, relation: str, paths: Sequence[Path]) -> Getter:
        field = self.view.shape(table).by_relation[relation.lower()]
        there = self.view.org.tables[field.to]
        show = self._nested(query, paths, there)
        rows, link = there.rows, field.name

        def read(row: Row) -> Shown | None:
            found = rows.get(row.get(link) or "")
            return None if found is None else show(found)

        return read

    def _children(self, query: Query, table: Table) -> tuple[str, Getter]:
        """A subquery in the SELECT: the records whose lookup points here; none at all is null."""
        there, link = self._child_link(query, table)
        show = self.of(query, there)
        test = Filter(there, self.view, query, self.inner).test(query.where) if query.where else None
        name = there.shape.name

        def read(row: Row) -> Shown | None:
            rows = [there.rows[each] for each in there.children(link.name, row["Id"])]
            seen = [each for each in rows if self.view.sees(name, each) and (test is None or test(each))]
            kept = window(self.ordered(seen, query, there), query)
            return self.more(kept, show) if kept else None

        return link.children, read

    def _child_link(self, query: Query, table: Table) -> tuple[Table, Field]:
        for there in self.view.org.tables.values():
            for field in self.view.shape(there).fields:
                if field.to == table.shape.name and field.children.lower() == query.source.lower():
                    return there, field
        raise unknown_relation(query.text, Path((query.source,), query.source_at), query.source)


def _all_fields(asked: AllFields, query: Query, shape: SObject) -> list[Path]:
    if asked.which not in ("ALL", "STANDARD", "CUSTOM"):
        raise malformed(query.text, asked.at, f"Unknown FIELDS keyword: {asked.which}")
    if asked.which != "STANDARD" and (query.limit is None or query.limit > _MOST_OF_ALL):
        raise malformed(query.text, asked.at, "The SOQL FIELDS function must have a LIMIT of at most 200")
    return [
        Path((each.name,), asked.at)
        for each in shape.fields
        if asked.which == "ALL" or each.custom is (asked.which == "CUSTOM")
    ]


def _reader(name: str) -> Getter:
    return lambda row: row.get(name)


def _flat(kind: str, place: str, names: Sequence[str]) -> Show:
    def show(row: Row) -> Shown:
        shown: Shown = {"attributes": {"type": kind, "url": place + row["Id"]}}
        for name in names:
            shown[name] = row.get(name)
        return shown

    return show


def window(rows: Sequence[Item], query: Query) -> Sequence[Item]:
    """The rows that OFFSET and LIMIT leave."""
    if query.limit is None and not query.offset:
        return rows
    stop = None if query.limit is None else query.offset + query.limit
    return list(islice(rows, query.offset, stop))


def sorted_by(rows: list[Row], read: Getter, order: Order) -> list[Row]:
    """Sorted by one value; nulls come first unless the query says last; text without regard to case."""
    nulls = [row for row in rows if read(row) is None]
    rest = [row for row in rows if read(row) is not None]
    rest.sort(key=lambda row: _sortable(read(row)), reverse=order.descending)
    return rest + nulls if order.nulls_last else nulls + rest


def _sortable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
