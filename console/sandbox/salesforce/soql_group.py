"""Aggregates: rows folded into groups, shown as AggregateResult."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from console.sandbox.salesforce.soql_filter import getter
from console.sandbox.salesforce.soql_show import Shown, sorted_by
from console.sandbox.salesforce.soql_tree import Fold, Path, Query, Selected
from console.sandbox.salesforce.soql_words import malformed
from console.sandbox.salesforce.store import Row, Table
from console.sandbox.salesforce.view import View

Column = tuple[str, Callable[[Sequence[Row]], Any]]


def grouped(query: Query, table: Table, view: View, rows: Sequence[Row]) -> Sequence[Shown]:
    """One shown row per group, in the query's order; without GROUP BY there is one group of all."""
    keys = [getter(each, table, view, query.text)[0] for each in query.group]
    groups: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): list(rows)}
    for row in rows if keys else ():
        groups.setdefault(tuple(read(row) for read in keys), []).append(row)
    columns = [_column(each, query, table, view) for each in query.select]
    shown = [
        {"attributes": {"type": "AggregateResult"}} | {name: value(members) for name, value in columns}
        for members in groups.values()
    ]
    return _ordered(shown, query)


def _column(each: Selected, query: Query, table: Table, view: View) -> Column:
    match each:
        case Path():
            read, field = getter(each, table, view, query.text)
            if each.text.lower() not in {path.text.lower() for path in query.group}:
                raise malformed(query.text, each.at, f"Field must be grouped or aggregated: {field.name}")
            return field.name, lambda members: read(members[0])
        case Fold(path=None):
            return each.alias or "expr0", len
        case Fold(word, Path() as path, alias):
            value = getter(path, table, view, query.text)[0]
            return alias, lambda members: _folded(word, [value(row) for row in members])
    raise malformed(query.text, query.source_at, "Grouped query cannot use child relationships in the SELECT list")


def _folded(word: str, values: Sequence[Any]) -> Any:
    present = [each for each in values if each is not None]
    folds: dict[str, Callable[[], Any]] = {
        "COUNT": lambda: len(present),
        "COUNT_DISTINCT": lambda: len(set(present)),
        "SUM": lambda: float(sum(present)) if present else None,
        "AVG": lambda: sum(present) / len(present) if present else None,
        "MIN": lambda: min(present, default=None),
        "MAX": lambda: max(present, default=None),
    }
    return folds[word]()


def _ordered(shown: list[Shown], query: Query) -> list[Shown]:
    for each in reversed(query.order):
        shown = sorted_by(shown, _of(_name(each.path.text, query)), each)
    return shown


def _of(name: str) -> Callable[[Row], Any]:
    return lambda row: row.get(name)


def _name(text: str, query: Query) -> str:
    """The column that ORDER BY means: an alias, a repeated aggregate, or a grouped field."""
    for fold in (each for each in query.select if isinstance(each, Fold)):
        inner = fold.path.text if fold.path else ""
        if text.lower() in (fold.alias.lower(), f"{fold.word}({inner})".lower()):
            return fold.alias or "expr0"
    return text.rsplit(".", 1)[-1]
