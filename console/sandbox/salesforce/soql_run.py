"""Answers a parsed query: which rows, in which order, and how each is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.soql_filter import Filter, getter
from console.sandbox.salesforce.soql_group import grouped
from console.sandbox.salesforce.soql_plan import candidates
from console.sandbox.salesforce.soql_show import More, Show, Shower, Shown, window
from console.sandbox.salesforce.soql_tree import Fold, Path, Query
from console.sandbox.salesforce.soql_words import malformed, pointed
from console.sandbox.salesforce.store import Row, Table
from console.sandbox.salesforce.view import View


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a query and how to show one; `counted` or `shown` are set instead for aggregates."""

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
        folds = [each for each in query.select if isinstance(each, Fold)]
        if folds or query.group:
            return self._aggregated(query, table, folds)
        shower = Shower(self.view, self.root, self.more, self.inner)
        show = shower.of(query, table)
        rows = shower.ordered(self.matching(query, table), query, table)
        return Found(table, window(rows, query), show)

    def _aggregated(self, query: Query, table: Table, folds: Sequence[Fold]) -> Found:
        rows = self.matching(query, table)
        bare = len(query.select) == 1 and folds and folds[0].path is None and not folds[0].alias
        if bare and not query.group:
            return Found(table, (), dict, counted=len(window(rows, query)))
        return Found(table, (), dict, shown=window(grouped(query, table, self.view, rows), query))

    def matching(self, query: Query, table: Table) -> list[Row]:
        """The rows that the WHERE leaves and the user sees."""
        test = None
        if query.where is not None:
            test = Filter(table, self.view, query, self.inner).test(query.where)
        rows = candidates(query.where, table, self.deleted_too)
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
