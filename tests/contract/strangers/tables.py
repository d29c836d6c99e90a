"""Rows behind a stranger's query language: kept in SQLite, which knows neither our columns nor our functions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]
_LACKS = re.compile(r"no such (column|table): ([\w. ]+)")


class Lacking(Exception):
    """The query names a column or table that is not there; `what` says which of the two."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(name)
        self.what = what
        self.name = name


class Tables:
    """Tables made of rows; a column is there when any row of its table has it."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        for name in ("TO_CHAR", "TO_DATE"):
            self._db.create_function(name, 2, lambda value, _form: value, deterministic=True)
        for table, rows in tables.items():
            self._fill(table, rows)

    def _fill(self, table: str, rows: Sequence[Row]) -> None:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        typed = ", ".join(f'"{name}" {"INTEGER" if name == "id" else ""}' for name in columns)
        self._db.execute(f'CREATE TABLE "{table}" ({typed})')
        marks = ", ".join("?" * len(columns))
        self._db.executemany(
            f'INSERT INTO "{table}" VALUES ({marks})', [[row.get(each) for each in columns] for row in rows]
        )

    def ask(self, query: str) -> list[Row]:
        """The rows of a query; raises `Lacking`."""
        try:
            return [dict(row) for row in self._db.execute(query)]
        except sqlite3.OperationalError as error:
            found = _LACKS.search(str(error))
            if found is None:
                raise AssertionError(f"{error}: {query}") from error
            raise Lacking(found[1], found[2]) from None
