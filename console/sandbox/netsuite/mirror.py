"""The records once more, as tables in memory: the one place of the twin that runs SQL, for reading only."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable
from typing import Any

from console.sandbox.journal import API
from console.sandbox.netsuite import days
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.dialect import Query, search_error, translated
from console.sandbox.netsuite.functions import register
from console.sandbox.netsuite.refusals import Refusal
from console.sandbox.netsuite.shape import DRIFTED
from console.sandbox.netsuite.store import Deleted
from console.sandbox.netsuite.tables import DELETED_COLUMNS, TABLES, Table

MOST_ROWS = 100_000
"""Rows a query gives at most; more needs another product of the vendor."""
_STEPS = 1_000_000
_MOST_STEPS = 400
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})

Page = tuple[list[dict[str, Any]], int]


class Mirror:
    """Tables over the books, brought up to date before each query."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._sql = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._sql.close)
        self._reading = False
        self._steps = 0
        self._version = 0
        self._totals: dict[tuple[str, int], int] = {}
        self._views: dict[str, tuple[bool, bool]] = {}
        self._deleted = 0
        self._functions = register(self._sql.create_function, books)
        for table in TABLES.values():
            self._sql.execute(table.declaration())
            self._sql.execute(f"CREATE INDEX [by_{table.name}] ON [all_{table.name}] ([{table.owner}])")
            self._view(table, False, False)
        self._sql.execute(f"CREATE TABLE deletedrecord ({', '.join(DELETED_COLUMNS)})")
        self._sql.execute("CREATE INDEX [lines_by_time] ON [all_transactionline] ([timebill])")
        self._sql.set_authorizer(self._may)
        self._sql.set_progress_handler(self._tired, _STEPS)

    def page(
        self,
        text: str,
        limit: int,
        offset: int,
        half: frozenset[str] = frozenset(),
        drifted: frozenset[str] = frozenset(),
    ) -> Page:
        """Rows `offset` to `offset + limit` of a SuiteQL query and how many there are (never more than MOST_ROWS).

        Every value is text, absent when null; days are told in the account's format. `half` and `drifted` name the
        tables that this request sees half of, or as the next release spells them. Raises the platform's refusal.
        """
        query = translated(text)
        self._refresh()
        for name in query.tables & TABLES.keys():
            wanted = (name in half, name in drifted)
            if self._views[name] != wanted:
                self._view(TABLES[name], *wanted)
        try:
            self._reading, self._steps = True, 0
            return self._run(query, limit, offset)
        except sqlite3.Error as why:
            raise self._refusal(why) from None
        finally:
            self._reading = False
            self._functions.trouble = None

    def _run(self, query: Query, limit: int, offset: int) -> Page:
        self._functions.row = 0
        cursor = self._sql.execute(f"SELECT * FROM ({query.sql}) LIMIT {limit} OFFSET {offset}")
        names = _keys([column[0] for column in cursor.description])
        rows = [_row(names, values) for values in cursor]
        if len(rows) < limit and (rows or not offset):
            return rows, offset + len(rows)
        return rows, self._total(query)

    def _total(self, query: Query) -> int:
        known = (query.sql, self._version)
        if known not in self._totals:
            if len(self._totals) > 200:
                self._totals.clear()
            self._functions.row = 0
            counted = f"SELECT COUNT(*) FROM (SELECT 1 FROM ({query.sql}) LIMIT {MOST_ROWS})"
            self._totals[known] = int(self._sql.execute(counted).fetchone()[0])
        return self._totals[known]

    def tables_of(self, text: str) -> frozenset[str]:
        return translated(text).tables

    def _view(self, table: Table, half: bool, drifted: bool) -> None:
        renamed = _renamed(table) if drifted else {}
        columns = ", ".join(f"[{name}] AS [{renamed.get(name, name)}]" for name in table.columns)
        where = f" WHERE [{table.owner}] % 2 = 0" if half else ""
        self._sql.execute(f"DROP VIEW IF EXISTS [{table.name}]")
        self._sql.execute(f"CREATE VIEW [{table.name}] AS SELECT {columns} FROM [all_{table.name}]{where}")
        self._views[table.name] = (half, drifted)
        self._version += 1

    def _refresh(self) -> None:
        """Take over what was written since the last query."""
        store = self._books.store
        changed = {kind: numbers for kind, numbers in store.changed.items() if numbers}
        if not changed and self._deleted == len(store.deleted):
            return
        self._version += 1
        self._sql.execute("BEGIN")
        for table in TABLES.values():
            numbers = set().union(*(changed.get(kind, ()) for kind in table.sources))
            if numbers:
                self._replace(table, changed)
        self._take_deletions()
        self._sql.execute("COMMIT")
        for numbers in changed.values():
            numbers.clear()

    def _replace(self, table: Table, changed: dict[str, set[int]]) -> None:
        store = self._books.store
        numbers = [(number,) for kind in table.sources for number in changed.get(kind, ())]
        self._sql.executemany(f"DELETE FROM [all_{table.name}] WHERE [{table.owner}] = ?", numbers)
        records = (store.get(kind, number) for kind in table.sources for number in changed.get(kind, ()))
        rows = (row for record in records if record is not None for row in table.rows(self._books, record))
        self._sql.executemany(f"INSERT INTO [all_{table.name}] VALUES ({', '.join('?' * len(table.columns))})", rows)

    def _take_deletions(self) -> None:
        fresh = self._books.store.deleted[self._deleted :]
        rows = (_deletion(self._books, each) for each in fresh)
        self._sql.executemany(f"INSERT INTO deletedrecord VALUES ({', '.join('?' * len(DELETED_COLUMNS))})", rows)
        self._deleted += len(fresh)

    def _may(self, action: int, *about: str | None) -> int:
        if not self._reading:
            return sqlite3.SQLITE_OK
        hidden = action == sqlite3.SQLITE_READ and str(about[0]).startswith("sqlite_")
        return sqlite3.SQLITE_OK if action in _ALLOWED and not hidden else sqlite3.SQLITE_DENY

    def _tired(self) -> int:
        self._steps += 1
        return int(self._steps > _MOST_STEPS)

    def _refusal(self, why: sqlite3.Error) -> Refusal:
        if self._functions.trouble:
            return search_error(self._functions.trouble)
        text = str(why)
        _, _, name = text.rpartition(": ")
        if text.startswith("no such column"):
            return search_error(f"Field '{name.rpartition('.')[2]}' not found.")
        if text.startswith("no such table"):
            return search_error(f"Record '{name}' was not found.")
        if text.startswith("no such function"):
            return search_error(f"Unknown function '{name}'.")
        if text == "interrupted":
            return search_error("The search took too long.")
        return search_error("Invalid or unsupported search")


def _deletion(books: Books, deleted: Deleted) -> tuple[Any, ...]:
    """A row of `deletedrecord`, in the order of DELETED_COLUMNS."""
    context = "RESTWEBSERVICES" if deleted.by == API else "USERINTERFACE"
    when = days.of_stamp(deleted.when, books.zone)
    return (deleted.type.lower(), None, deleted.id, deleted.name, when, deleted.by, context, "F", "F")


def _renamed(table: Table) -> dict[str, str]:
    named = (DRIFTED.get(kind, {}) for kind in table.sources)
    return {old.lower(): new.lower() for each in named for old, new in each.items() if old.lower() != new.lower()}


def _keys(names: Iterable[str]) -> list[str]:
    """Column keys as the platform tells them: lower case, `expr1`, `expr2` for what has no name."""
    keys, unnamed = [], 0
    for name in names:
        plain = name.partition(":")[0]
        if not plain.replace("_", "").isalnum():
            unnamed += 1
            plain = f"expr{unnamed}"
        keys.append(plain.lower())
    return keys


def _row(names: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"links": []}
    for name, value in zip(names, values, strict=True):
        if value is not None and name != "status__cf":
            row[name] = value if type(value) is str else _text(value)
    return row


def _text(value: object) -> str:
    if days.is_day(value):
        return days.told(float(str(value)))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
