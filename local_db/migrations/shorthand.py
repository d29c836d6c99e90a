"""Tables written down in few words, so that a migration can be read at a glance and never changes with the code.

A line `project: id# ref! kind strict` names a table and its columns. After a column's name: nothing is text that is
never NULL and begins empty, `!` text without a beginning, `?` text or NULL, `*` text that is (part of) the key, `#` the
row's number; `:n` is a whole number that begins at 0, `:n!` without a beginning, `:n?` or NULL, `:n*` the key; `:b` yes
or no, `:raw` bytes. `/strict` has SQLite check types, `/keyed` keeps the rows in the order of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

_COLUMN = re.compile(r"(?P<name>\w+)(?P<sort>:n|:b|:raw|)(?P<sign>[!?*#]|)$")
_WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TRUTH = sa.Boolean().with_variant(sa.Integer, "sqlite")
_SORTS: dict[str, Any] = {"": sa.Text(), ":n": _WHOLE, ":b": _TRUTH, ":raw": sa.LargeBinary()}
_BEGINNINGS = {"": "", ":n": "0"}


def _column(word: str) -> sa.Column[Any]:
    found = _COLUMN.match(word)
    if found is None:
        raise ValueError(f"{word!r} is no column.")
    name, sort, sign = found["name"], found["sort"], found["sign"]
    if sign == "#":
        return sa.Column(name, _WHOLE, primary_key=True, autoincrement=True)
    if sign == "*":
        return sa.Column(name, _SORTS[sort], primary_key=True)
    beginning = _BEGINNINGS.get(sort) if sign == "" else None
    return sa.Column(name, _SORTS[sort], nullable=sign == "?", server_default=beginning)


def _paragraphs(text: str) -> Iterator[tuple[str, list[str]]]:
    """Name and words of each entry; lines that begin with a space go on with the one before."""
    for entry in re.sub(r"\n[ \t]+", " ", text.strip()).splitlines():
        name, _colon, words = entry.partition(": ")
        yield name, words.split()


def create_tables(text: str) -> None:
    """Make the tables, one per line."""
    for name, words in _paragraphs(text):
        columns = [_column(word) for word in words if not word.startswith("/")]
        uniques = [
            sa.UniqueConstraint(*word[len("/unique=") :].split(","), name=f"uq_{name}_{word[8:].replace(',', '_')}")
            for word in words
            if word.startswith("/unique=")
        ]
        key = sa.PrimaryKeyConstraint(*(each.name for each in columns if each.primary_key), name=f"pk_{name}")
        with_rowid, strict = "/keyed" not in words, "/strict" in words
        op.create_table(name, *columns, key, *uniques, sqlite_with_rowid=with_rowid, sqlite_strict=strict)


def create_indexes(text: str) -> None:
    """Make the indexes: `name: table column column [/unique] [/where condition …]`."""
    for name, words in _paragraphs(text):
        at = words.index("/where") if "/where" in words else len(words)
        table, *columns = (word for word in words[:at] if word != "/unique")
        where = sa.text(" ".join(words[at + 1 :])) if at < len(words) else None
        op.create_index(name, table, columns, unique="/unique" in words, sqlite_where=where, postgresql_where=where)
