"""Answers a parsed query: which rows, in which order, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.schema import Field, SObject
from console.sandbox.salesforce.soql_filter import Filter, Getter, getter, steps, unknown_relation
from console.sandbox.salesforce.soql_tree import AllFields, Among, Both, Compare, Condition, Fold, Order, Path, Query
from console.sandbox.salesforce.soql_words import malformed, pointed
from console.sandbox.salesforce.store import Row, Table
from console.sandbox.salesforce.view import View

Shown = dict[str, Any]
Show = Callable[[Row], Shown]
More = Callable[[Sequence[Row], Show], Shown]
"""Wraps child records in a query result of their own, opening a cursor when they do not fit one page."""

_MOST_CHILDREN = 200
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a query and how to show one; `shown` is set instead for aggregates."""

    table: Table
    rows: Sequence[Row]
    show: Show
    counted: int | None = None
    shown: Sequence[Shown] | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs queries for one request: what the user sees, where records live (`/services/data/v62.0`), and paging."""

    view: View
    root: str
    more: More
    deleted_too: bool = False

    def run(self, query: Query) -> Found:
        """Raises INVALID_TYPE, INVALID_FIELD or MALFORMED_QUERY as the vendor words them."""
        table = self.view.table(query.source)
        if table is None:
            raise _unknown_type(query)
        return self.on_table(query, table)

    def on_table(self, query: Query, table: Table) -> Found:
        folds = [each for each in query.select if isinstance(each, Fold)]
        rows = self.matching(query, table)
        if len(query.select) == 1 and folds and folds[0].path is None and not folds[0].alias:
            return Found(table, (), dict, counted=len(rows))
        if folds or query.group:
            from_groups = self.grouped(query, table, rows)
            return Found(table, (), dict, shown=_window(from_groups, query))
        show = self.shower(query, table)
        return Found(table, _window(self.sorted(rows, query.order, query, table), query), show)

    def matching(self, query: Query, table: Table) -> list[Row]:
        test = None
        if query.where is not None:
            test = Filter(table, self.view, query, self.inner).test(query.where)
        rows = self.candidates(query.where, table)
        name = table.shape.name
        living = rows if self.deleted_too else (row for row in rows if not row.get("IsDeleted"))
        if not self.view.sees_all(name):
            living = (row for row in living if self.view.sees(name, row))
        return list(living if test is None else filter(test, living))

    def inner(self, query: Query) -> set[Any]:
        """The values of a semi-join's one column."""
        found = self.run(query)
        column = next((each for each in query.select if isinstance(each, Path)), None)
        if column is None:
            raise malformed(query.text, query.source_at, "a semi join sub-select selects one field")
        read, _ = getter(column, found.table, self.view, query.text)
        return {read(row) for row in found.rows}

    def candidates(self, where: Condition | None, table: Table) -> Iterable[Row]:
        """A superset of the matching rows: by id, key, lookup or stamp where the condition allows, else all."""
        for condition in _conjuncts(where):
            ids = _by_index(condition, table)
            if ids is not None:
                return [table.rows[each] for each in ids if each in table.rows]
        for condition in _conjuncts(where):
            if isinstance(condition, Compare) and condition.op in (">", ">=") and condition.value.kind == "datetime":
                if condition.path.text.lower() == "systemmodstamp":
                    stamp = Filter(table, self.view, Query((), "", 0), self.inner).moment(str(condition.value.value))
                    return list(table.since(stamp))
        return table.rows.values()

    def sorted(self, rows: list[Row], order: Sequence[Order], query: Query, table: Table) -> list[Row]:
        for each in reversed(order):
            read, _ = getter(each.path, table, self.view, query.text)
            rows = _sorted_by(rows, read, each.descending, each.nulls_last)
        return rows

    def shower(self, query: Query, table: Table) -> Show:
        """How one row is shown: its attributes, then the fields in the order asked for."""
        select = self.expanded(query, table)
        simple = [each for each in select if isinstance(each, Path) and len(each.parts) == 1]
        if len(simple) == len(select):
            names = [steps(each, table, self.view, query.text)[1].name for each in simple]
            return _flat(table.shape.name, f"{self.root}/sobjects/{table.shape.name}/", names)
        return _nested(self.pieces(query, select, table), self.attributes(table))

    def attributes(self, table: Table) -> Show:
        name, place = table.shape.name, f"{self.root}/sobjects/{table.shape.name}/"
        return lambda row: {"type": name, "url": place + row["Id"]}

    def expanded(self, query: Query, table: Table) -> Sequence[Path | Query]:
        found: list[Path | Query] = []
        for each in query.select:
            if isinstance(each, AllFields):
                found += _all_fields(each, query, self.view.shape(table))
            elif isinstance(each, Path | Query):
                found.append(each)
        return found

    def pieces(self, query: Query, select: Sequence[Path | Query], table: Table) -> list[tuple[str, Getter]]:
        """Name and value of every key of a shown row; paths through one lookup share a key."""
        found: list[tuple[str, Getter]] = []
        nested: dict[str, list[Path]] = {}
        for each in select:
            if isinstance(each, Query):
                found.append(self.children(each, table))
            elif len(each.parts) == 1:
                found.append(_plain(steps(each, table, self.view, query.text)[1].name))
            else:
                relation = steps(each, table, self.view, query.text)[0][0][0].relation
                if relation not in nested:
                    found.append((relation, lambda row: None))
                nested.setdefault(relation, []).append(Path(each.parts[1:], each.at))
        through = {relation: self.parent(query, table, relation, paths) for relation, paths in nested.items()}
        return [(name, through.get(name, read)) for name, read in found]

    def parent(self, query: Query, table: Table, relation: str, paths: Sequence[Path]) -> Getter:
        field = self.view.shape(table).by_relation[relation.lower()]
        there = self.view.org.tables[field.to]
        show = _nested(self.pieces(query, paths, there), self.attributes(there))
        rows, link = there.rows, field.name

        def read(row: Row) -> Shown | None:
            found = rows.get(row.get(link) or "")
            return None if found is None else show(found)

        return read

    def children(self, query: Query, table: Table) -> tuple[str, Getter]:
        """A subquery in the SELECT: the records whose lookup points here, as a query result of their own."""
        there, link = self.child_link(query, table)
        show = self.shower(query, there)
        test = Filter(there, self.view, query, self.inner).test(query.where) if query.where else None
        name = there.shape.name

        def read(row: Row) -> Shown | None:
            rows = [there.rows[each] for each in there.children(link.name, row["Id"])]
            seen = [each for each in rows if self.view.sees(name, each) and (test is None or test(each))]
            kept = _window(self.sorted(seen, query.order, query, there), query)
            return self.more(kept, show) if kept else None

        return link.children, read

    def child_link(self, query: Query, table: Table) -> tuple[Table, Field]:
        for there in self.view.org.tables.values():
            for field in self.view.shape(there).fields:
                if field.to == table.shape.name and field.children.lower() == query.source.lower():
                    return there, field
        raise unknown_relation(query.text, Path((query.source,), query.source_at), query.source)

    def grouped(self, query: Query, table: Table, rows: Sequence[Row]) -> list[Shown]:
        keys = [getter(each, table, self.view, query.text)[0] for each in query.group]
        groups: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): list(rows)}
        if keys:
            for row in rows:
                groups.setdefault(tuple(read(row) for read in keys), []).append(row)
        columns = [self.column(each, query, table) for each in query.select]
        shown = [
            {"attributes": {"type": "AggregateResult"}} | {name: value(members) for name, value in columns}
            for members in groups.values()
        ]
        return _order_groups(shown, query)

    def column(self, each: object, query: Query, table: Table) -> tuple[str, Callable[[Sequence[Row]], Any]]:
        if isinstance(each, Path):
            read, field = getter(each, table, self.view, query.text)
            if each.text.lower() not in {path.text.lower() for path in query.group}:
                what = f"Field must be grouped or aggregated: {field.name}"
                raise malformed(query.text, each.at, what)
            return field.name, lambda members: read(members[0])
        if isinstance(each, Fold):
            if each.path is None:
                return each.alias or "expr0", len
            read, _ = getter(each.path, table, self.view, query.text)
            return each.alias, lambda members: _folded(each.word, [read(row) for row in members])
        raise malformed(query.text, query.source_at, "Grouped query cannot use child relationships in the SELECT list")


def _unknown_type(query: Query) -> Refusal:
    return Refusal(
        400,
        "INVALID_TYPE",
        pointed(
            query.text,
            query.source_at,
            f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, be sure "
            "to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
        ),
    )


def _conjuncts(where: Condition | None) -> Sequence[Condition]:
    if where is None:
        return ()
    if isinstance(where, Both) and where.word == "AND":
        return [part for each in where.parts for part in _conjuncts(each)]
    return (where,)


def _by_index(condition: Condition, table: Table) -> Sequence[str] | None:
    """Ids that can satisfy `Id = / IN`, an external key or a lookup; None when no index helps."""
    if isinstance(condition, Compare) and condition.op == "=" and condition.value.kind == "string":
        values = [str(condition.value.value)]
    elif isinstance(condition, Among) and not condition.negated and not isinstance(condition.values, Query):
        values = [str(each.value) for each in condition.values if each.kind == "string"]
        if len(values) != len(condition.values):
            return None
    else:
        return None
    field = table.shape.by_name.get(condition.path.text.lower())
    if field is None:
        return None
    if field.kind == "id":
        return list(dict.fromkeys(to18(each) or "" for each in values))
    if field.name in table.links:
        return list(dict.fromkeys(child for each in values for child in table.children(field.name, to18(each) or "")))
    if field.name in table.keys:
        return list(dict.fromkeys(found for each in values for found in table.by_key(field.name, each)))
    return None


def _all_fields(asked: AllFields, query: Query, shape: SObject) -> list[Path]:
    if asked.which not in ("ALL", "STANDARD", "CUSTOM"):
        raise malformed(query.text, asked.at, f"Unknown FIELDS keyword: {asked.which}")
    if asked.which != "STANDARD" and (query.limit is None or query.limit > _MOST_CHILDREN):
        what = "The SOQL FIELDS function must have a LIMIT of at most 200"
        raise malformed(query.text, asked.at, what)
    return [
        Path((each.name,), asked.at)
        for each in shape.fields
        if asked.which == "ALL" or each.custom is (asked.which == "CUSTOM")
    ]


def _plain(name: str) -> tuple[str, Getter]:
    return name, lambda row: row.get(name)


def _flat(kind: str, place: str, names: Sequence[str]) -> Show:
    def show(row: Row) -> Shown:
        shown: Shown = {"attributes": {"type": kind, "url": place + row["Id"]}}
        for name in names:
            shown[name] = row.get(name)
        return shown

    return show


def _nested(pieces: Sequence[tuple[str, Getter]], attributes: Show) -> Show:
    def show(row: Row) -> Shown:
        shown: Shown = {"attributes": attributes(row)}
        for name, read in pieces:
            shown[name] = read(row)
        return shown

    return show


def _window(rows: Sequence[Item], query: Query) -> Sequence[Item]:
    if query.limit is None and not query.offset:
        return rows
    stop = None if query.limit is None else query.offset + query.limit
    return list(islice(rows, query.offset, stop))


def _sorted_by(rows: list[Row], read: Getter, descending: bool, nulls_last: bool) -> list[Row]:
    nulls = [row for row in rows if read(row) is None]
    rest = [row for row in rows if read(row) is not None]
    rest.sort(key=lambda row: _sortable(read(row)), reverse=descending)
    return rest + nulls if nulls_last else nulls + rest


def _sortable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _folded(word: str, values: Sequence[Any]) -> Any:
    present = [each for each in values if each is not None]
    match word:
        case "COUNT":
            return len(present)
        case "COUNT_DISTINCT":
            return len(set(present))
        case "SUM":
            return float(sum(present)) if present else None
        case "AVG":
            return sum(present) / len(present) if present else None
        case "MIN":
            return min(present, default=None)
    return max(present, default=None)


def _order_groups(shown: list[Shown], query: Query) -> list[Shown]:
    for each in reversed(query.order):
        name = _group_column(each.path.text, query)
        shown = _sorted_by(shown, lambda row, name=name: row.get(name), each.descending, each.nulls_last)
    return shown


def _group_column(text: str, query: Query) -> str:
    for fold in (each for each in query.select if isinstance(each, Fold)):
        inner = fold.path.text if fold.path else ""
        if text.lower() in (fold.alias.lower(), f"{fold.word}({inner})".lower()):
            return fold.alias or "expr0"
    return text.rsplit(".", 1)[-1]
