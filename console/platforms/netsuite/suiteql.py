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
_TRIES = 3
"""How often a refusal that broke off is asked for again."""
_TRANSIENT = {"prefer": "transient"}
_STAMPS = frozenset(("lastmodifieddate", "createddate", "datecreated", "deleteddate"))
_QUOTED = re.compile(r"(?:field|identifier|column)\b[^'\"]*['\"]([\w.]+)['\"]", re.IGNORECASE)
_UNSUPPORTED = re.compile(r"invalid or unsupported|invalid search|unexpected token|function", re.IGNORECASE)
_NO_TABLE = re.compile(r"(?:record|table)\b[^'\"]*['\"]\w+['\"][^'\"]*not (?:found|supported)", re.IGNORECASE)

Row = dict[str, Any]
"""One record by lower-case column; values mostly texts, booleans as 'T' and 'F'."""


class NoTable(Refused):
    """SuiteQL does not offer the table to this account or role."""


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT over one table. Dates come in our own format whatever the account prefers.

    `conditions` are left out with the columns they name where an account lacks those: more rows come then. `strict`
    ones never are: without them the answer would be to another question.
    """

    table: str
    columns: Sequence[str]
    conditions: Sequence[str] = ()
    order: str = "id"
    strict: Sequence[str] = ()

    def where(self, condition: str) -> Query:
        return replace(self, conditions=(*self.conditions, condition))

    def only(self, condition: str) -> Query:
        return replace(self, strict=(*self.strict, condition))

    def text(self, lacking: Iterable[str] = (), formatted: bool = True) -> str:
        lacking = set(lacking)
        columns = [_column(each, formatted) for each in self.columns if each not in lacking]
        conditions = [*(each for each in self.conditions if not _names(each) & lacking), *self.strict]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = [each for each in self.order.split(", ") if each not in lacking]
        return f"SELECT {', '.join(columns)} FROM {self.table}{where} ORDER BY {', '.join(order)}"

    def can_do_without(self, name: str) -> bool:
        """Whether the column occurs in it and may be left out."""
        if name == "id" or any(name in _names(each) for each in self.strict):
            return False
        return name in self.columns or any(name in _names(each) for each in self.conditions)


def _column(name: str, formatted: bool) -> str:
    if not formatted or (not name.endswith("date") and name not in _STAMPS):
        return name
    form = SUITEQL_STAMP if name in _STAMPS else SUITEQL_DAY
    return f"TO_CHAR({name}, '{form}') AS {name}"


def _names(condition: str) -> set[str]:
    return set(re.findall(r"[a-z_]\w*", re.sub(r"'[^']*'", "", condition)))


def quoted(value: str) -> str:
    """A text literal: nothing in it can end it."""
    return "'" + value.replace("'", "''") + "'"


def among(column: str, values: Iterable[str]) -> str:
    """`column IN (…)`; internal ids as numbers, external ids and anything else as text."""
    plain = column != "externalid"
    listed = [value if plain and value.isascii() and value.isdigit() else quoted(value) for value in values]
    return f"{column} IN ({', '.join(listed)})"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer; `total` is what NetSuite says matches, -1 when it does not say."""

    rows: Sequence[Row]
    more: bool
    total: int
    suspect: bool = False


class SuiteQL:
    """The query service of one account.

    `lacking` holds, by table, the columns it was found not to have; `closed` tables that only help and are not offered.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._unformatted: set[str] = set()
        self.closed: set[str] = set()
        self.lacking: defaultdict[str, set[str]] = defaultdict(set)

    async def page(self, query: Query, limit: int = PAGE, offset: int = 0) -> Page:
        """One page; a column the account does not have is left out from then on.

        Raises `NoTable` when the table is not offered, and the faults of the refusal table.
        """
        tries = _TRIES
        while True:
            lacking, formatted = frozenset(self.lacking[query.table]), query.table not in self._unformatted
            answer = await self._wire.send(
                "POST",
                f"{PATH}?limit={limit}&offset={offset}",
                json={"q": query.text(lacking, formatted)},
                headers=_TRANSIENT,
                idempotent=True,
            )
            if answer.ok:
                return _page(answer, limit)
            if tries and not _whole(answer):
                tries -= 1
                continue
            self._learn(query, answer, lacking, formatted)

    async def all(self, query: Query) -> Sequence[Row]:
        """Every row of a small table or answer, paged by id."""
        page = await self.page(query)
        rows = list(page.rows)
        while page.more and page.rows:
            page = await self.page(query.only(f"id > {last_id(page.rows, query.table)}"))
            rows += page.rows
        return rows

    async def helpful(self, query: Query) -> Sequence[Row] | None:
        """Every row of a table we can do without; None, once and for all, when it is not offered."""
        if query.table in self.closed:
            return None
        rows: list[Row] = []
        try:
            page = await self.page(query)
            rows += page.rows
            while page.more:
                page = await self.page(query, offset=len(rows))
                rows += page.rows
        except Refused:
            self.closed.add(query.table)
            return None
        return rows

    def _learn(self, query: Query, answer: Answer, lacking: frozenset[str], formatted: bool) -> None:
        """Make the next try differ, or raise: leave a column out, or do without date formats."""
        fault = fault_of(answer)
        if not isinstance(fault, Refused) or is_permission(fault):
            raise fault
        named = _QUOTED.search(fault.vendor_text)
        name = named.group(1).rpartition(".")[2].lower() if named else ""
        if name not in lacking and query.can_do_without(name):
            self.lacking[query.table].add(name)
            return
        text = fault.vendor_text
        if formatted and _UNSUPPORTED.search(text) and not _NO_TABLE.search(text):
            self._unformatted.add(query.table)
            return
        if _NO_TABLE.search(text) or _UNSUPPORTED.search(text):
            raise _not_offered(query.table, fault)
        raise fault


def _not_offered(table: str, fault: Refused) -> NoTable:
    return NoTable(
        _("SuiteQL does not offer the table {table} to this role.", table=table),
        _("Ask the NetSuite administrator whether the feature behind it is on and the role may see it."),
        vendor_code=fault.vendor_code,
        vendor_text=fault.vendor_text,
        trace_id=fault.trace_id,
        sent=False,
    )


def _whole(answer: Answer) -> bool:
    """Whether a refusal came complete: half of one must not be taken for another."""
    if "json" not in answer.headers.get("content-type", ""):
        return True
    try:
        answer.json()
    except Unexpected:
        return False
    return True


def _page(answer: Answer, limit: int) -> Page:
    body = answer.json_object()
    items = body.get("items")
    if not isinstance(items, list):
        raise Unexpected(
            _("NetSuite's answer to a query has no rows list."),
            _("Check the address of the connection: it must be the platform's own API."),
            trace_id=answer.trace_id,
        )
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
