"""Asks NetSuite's tables in SuiteQL: explicit columns, key-set pages, and columns this account lacks left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.platforms.netsuite.faults import fault_of, is_permission
from console.platforms.netsuite.stamps import SUITEQL_DAY, SUITEQL_STAMP
from console.wire.answer import Answer
from console.wire.faults import Refused, Unexpected
from console.wire.http import Wire
from console.words import _

PATH = "/services/rest/query/v1/suiteql"
PAGE = 1000
"""Rows in one answer, and keys in one IN list: the most NetSuite allows of both."""
_TRANSIENT = {"prefer": "transient"}
_STAMPS = frozenset(("lastmodifieddate", "createddate", "datecreated", "deleteddate"))
_QUOTED = re.compile(r"(?:field|identifier|column)\b[^'\"]*['\"]([\w.]+)['\"]", re.IGNORECASE)
_NO_TABLE = re.compile(r"(?:record|table)\b[^'\"]*['\"]\w+['\"][^'\"]*not (?:found|supported)", re.IGNORECASE)

Row = dict[str, Any]
"""One record by lower-case column; values mostly texts, booleans as 'T' and 'F'."""


class NoTable(Refused):
    """SuiteQL does not offer the table to this account or role."""


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT over one table. Dates come in our own format whatever the account prefers."""

    table: str
    columns: Sequence[str]
    conditions: Sequence[str] = ()
    order: str = "id"

    def where(self, *conditions: str) -> Query:
        return replace(self, conditions=(*self.conditions, *conditions))

    def text(self, lacking: Iterable[str] = (), formatted: bool = True) -> str:
        lacking = set(lacking)
        columns = [_column(each, formatted) for each in self.columns if each not in lacking]
        conditions = [each for each in self.conditions if not _names(each) & lacking]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {', '.join(columns)} FROM {self.table}{where} ORDER BY {self.order}"

    def mentions(self, name: str) -> bool:
        return name in self.columns or any(name in _names(each) for each in self.conditions)


def _column(name: str, formatted: bool) -> str:
    if not formatted or not name.endswith("date") and name not in _STAMPS:
        return name
    form = SUITEQL_STAMP if name in _STAMPS else SUITEQL_DAY
    return f"TO_CHAR({name}, '{form}') AS {name}"


def _names(condition: str) -> set[str]:
    return set(re.findall(r"[a-z_]\w*", re.sub(r"'[^']*'", "", condition)))


def quoted(value: str) -> str:
    """A text literal: nothing in it can end it."""
    return "'" + value.replace("'", "''") + "'"


def among(column: str, values: Iterable[str]) -> str:
    """`column IN (…)`; internal ids as numbers, everything else as text."""
    listed = [value if column == "id" and value.isascii() and value.isdigit() else quoted(value) for value in values]
    return f"{column} IN ({', '.join(listed)})"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer; `total` is what NetSuite says matches, -1 when it does not say."""

    rows: Sequence[Row]
    more: bool
    total: int
    suspect: bool = False


class SuiteQL:
    """The query service of one account. `lacking` holds, by table, the columns it was found not to have."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._unformatted: set[str] = set()
        self.lacking: defaultdict[str, set[str]] = defaultdict(set)

    async def page(self, query: Query, limit: int = PAGE, offset: int = 0) -> Page:
        """One page; a column the account does not have is left out from then on.

        Raises `NoTable` when the table is not offered, and the faults of the refusal table.
        """
        while True:
            lacking, formatted = self.lacking[query.table], query.table not in self._unformatted
            answer = await self._wire.send(
                "POST",
                f"{PATH}?limit={limit}&offset={offset}",
                json={"q": query.text(lacking, formatted)},
                headers=_TRANSIENT,
                idempotent=True,
            )
            if answer.ok:
                return _page(answer, limit)
            self._learn(query, answer)

    async def all(self, query: Query) -> Sequence[Row]:
        """Every row of a small table or answer, paged by id."""
        rows: list[Row] = []
        page = await self.page(query)
        rows += page.rows
        while page.more and page.rows:
            page = await self.page(query.where(f"id > {last_id(page.rows, query.table)}"))
            rows += page.rows
        return rows

    def _learn(self, query: Query, answer: Answer) -> None:
        """Make the next try differ, or raise: leave a column out, or do without date formats."""
        fault = fault_of(answer)
        if not isinstance(fault, Refused) or is_permission(fault):
            raise fault
        named = _QUOTED.search(fault.vendor_text)
        name = named.group(1).rpartition(".")[2].lower() if named else ""
        if name and name != "id" and query.mentions(name) and name not in self.lacking[query.table]:
            self.lacking[query.table].add(name)
            return
        if _NO_TABLE.search(fault.vendor_text):
            raise NoTable(
                _("SuiteQL does not offer the table {table} to this role.", table=query.table),
                _("Ask the NetSuite administrator whether the feature behind it is on and the role may see it."),
                vendor_code=fault.vendor_code,
                vendor_text=fault.vendor_text,
                trace_id=fault.trace_id,
                sent=False,
            )
        if "search" not in fault.vendor_text.lower() or query.table in self._unformatted:
            raise fault
        self._unformatted.add(query.table)


def _page(answer: Answer, limit: int) -> Page:
    body = answer.json_object()
    items = body.get("items")
    if not isinstance(items, list):
        raise Unexpected(_("NetSuite's answer to a query has no rows list."), trace_id=answer.trace_id)
    more = body.get("hasMore")
    if more and not items:
        raise Unexpected(_("NetSuite says there are more rows but sends none."), trace_id=answer.trace_id)
    return Page(
        [_row(each) for each in items],
        bool(more) if more is not None else len(items) >= limit,
        _count(body.get("totalResults")),
        answer.suspect,
    )


def _row(item: Any) -> Row:
    if not isinstance(item, Mapping):
        return {}
    return {name.lower(): value for name, value in item.items() if name != "links"}


def _count(value: Any) -> int:
    text = str(value) if value is not None else ""
    return int(text) if text.isascii() and text.isdigit() else -1


def last_id(rows: Sequence[Row], what: str) -> int:
    """The greatest id of a page; raises `Unexpected` when the page is not in order, since its end proves nothing."""
    ids = [int(row["id"]) for row in rows if str(row.get("id", "")).isdigit()]
    if not ids or ids != sorted(ids):
        raise Unexpected(
            _("NetSuite sent rows of {what} that are not in order of their id.", what=what),
            _("Nothing was lost: the read goes on from its last cursor."),
        )
    return ids[-1]
