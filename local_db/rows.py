"""Frozen values to rows and back: one compiled writer and reader per dataclass, and the bulk statements they feed."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.sql import quoted_name

from console.records.money import Money, from_micros, micros
from local_db.columns import dump, instant, load, stamp

T = TypeVar("T")
_AT_ONCE = 100
"""Rows of one INSERT on SQLite, which takes at least 32,766 values at once."""

_amount = lru_cache(maxsize=65536)(from_micros)
_micros = lru_cache(maxsize=65536)(micros)
_NAMES = {
    "stamp": stamp,
    "instant": instant,
    "dump": dump,
    "load": load,
    "micros": _micros,
    "amount": _amount,
    "Money": Money,
    "day": date.fromisoformat,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One field of a dataclass: its name, its plain type and whether it may be None."""

    name: str
    type: type
    optional: bool

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"{self.name}_micros", f"{self.name}_currency") if self.type is Money else (self.name,)


def _plain(hint: Any) -> tuple[type, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [each for each in get_args(hint) if each is not type(None)]
        return (_plain(inner[0])[0] if len(inner) == 1 else object), len(inner) < len(get_args(hint))
    origin = get_origin(hint) or hint
    return (origin if isinstance(origin, type) else object), False


def fields_of(record: type) -> tuple[Field, ...]:
    """The fields of a dataclass in order; a type the store has no column for counts as `object` (JSON)."""
    hints = get_type_hints(record)
    return tuple(Field(each.name, *_plain(hints[each.name])) for each in dataclasses.fields(record))


_WRITTEN: dict[type, tuple[str, ...]] = {
    Money: ("micros({0}.amount)", "{0}.currency"),
    datetime: ("stamp({0})",),
    date: ("{0}.isoformat()",),
    object: ("dump({0})",),
}
_READ: dict[type, str] = {
    Money: "Money(amount({0}), {1})",
    datetime: "instant({0})",
    date: "day({0})",
    object: "load({0})",
}


def _sort(field: Field) -> type:
    """How a field is kept: as it is (text, numbers, bytes count as `str`), or by one of the ways above."""
    if field.type in _WRITTEN:
        return field.type
    return str if issubclass(field.type, str | int | float | bytes) else object


def _writing(field: Field) -> list[str]:
    name = f"v.{field.name}"
    if _sort(field) is str:
        return [name]
    return [f"None if {name} is None else {way.format(name)}" for way in _WRITTEN[_sort(field)]]


def _reading(field: Field, at: int) -> str:
    read = f"r[{at}]"
    if _sort(field) is not str:
        return f"None if {read} is None else {_READ[_sort(field)].format(read, f'r[{at + 1}]')}"
    if field.type is bool or issubclass(field.type, StrEnum):
        return f"{field.type.__name__}({read})"
    return read


class Shape(Generic[T]):
    """How one dataclass lies in a table: `row` makes the stored values, `value` the dataclass back.

    Both are compiled once, as `dataclasses` compiles `__init__`, because the book passes here a million at a time.
    `without` names fields that the database gives (`id`): they are read, never written. Fields `elsewhere` are no
    columns of the table at all and keep their defaults.
    """

    def __init__(self, record: type[T], without: Sequence[str] = (), elsewhere: Sequence[str] = ()) -> None:
        self.fields = tuple(each for each in fields_of(record) if each.name not in elsewhere)
        written = [each for each in self.fields if each.name not in without]
        self.columns = tuple(column for each in written for column in each.columns)
        self.read_columns = tuple(column for each in self.fields for column in each.columns)
        names: dict[str, Any] = {**_NAMES, "Record": record, **{each.type.__name__: each.type for each in self.fields}}
        tuple_of = ", ".join(piece for each in written for piece in _writing(each))
        self.row: Callable[[T], tuple[Any, ...]] = eval(f"lambda v: ({tuple_of},)", names)
        places, at = [], 0
        for each in self.fields:
            places.append(f"{each.name}={_reading(each, at)}")
            at += len(each.columns)
        self.value: Callable[[Sequence[Any]], T] = eval(f"lambda r: Record({', '.join(places)})", names)
        self._selected: dict[FromClause, list[ColumnElement[Any]]] = {}

    def selected(self, table: FromClause) -> list[ColumnElement[Any]]:
        """The columns to select, as stored, in the order `value` expects."""
        if table not in self._selected:
            self._selected[table] = [as_stored(table.c[name]) for name in self.read_columns]
        return self._selected[table]

    def of(self, rows: Iterable[Sequence[Any]]) -> list[T]:
        value = self.value
        return [value(row) for row in rows]


def as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    decorated = hasattr(column.type, "impl")
    return type_coerce(column, Text) if decorated else column


def quoted(db: Connection, names: Iterable[str]) -> list[str]:
    return [db.dialect.identifier_preparer.quote(quoted_name(name, quote=None)) for name in names]


def insert_sql(db: Connection, table: Table, names: Sequence[str], keys: Sequence[str] = ()) -> str:
    """An INSERT with positional marks; with `keys` it replaces the row that has them."""
    mark = "?" if db.dialect.name == "sqlite" else "%s"
    columns = quoted(db, names)
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(names))})"
    if keys:
        rest = quoted(db, (name for name in names if name not in keys))
        changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
        sql += f" ON CONFLICT ({', '.join(quoted(db, keys))}) DO " + (f"UPDATE SET {changes}" if rest else "NOTHING")
    return sql


def marked(db: Connection, sql: str) -> str:
    """SQL written with `?` as the database's driver wants its marks."""
    return sql if db.dialect.name == "sqlite" else sql.replace("?", "%s")


def write(db: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run one statement for every row of stored values; answers how many rows it touched."""
    if not rows:
        return 0
    return int(db.exec_driver_sql(sql, list(rows)).rowcount)


def append(db: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows of stored values that are not there yet, the fastest way the database has."""
    if db.dialect.name == "sqlite":
        _append_to_file(db, table, names, rows)
        return
    if len(rows) < 20:
        write(db, insert_sql(db, table, names), rows)
        return
    raw: Any = db.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(quoted(db, names))}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _append_to_file(db: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Many rows in one statement: SQLite runs it without holding up the other threads of this process."""
    sql, whole = insert_sql(db, table, names), len(rows) // _AT_ONCE * _AT_ONCE
    if whole:
        marks = f", ({', '.join('?' * len(names))})" * (_AT_ONCE - 1)
        for start in range(0, whole, _AT_ONCE):
            db.exec_driver_sql(sql + marks, tuple(chain.from_iterable(rows[start : start + _AT_ONCE])))
    write(db, sql, rows[whole:])


def insert(db: Connection, table: Table, shape: Shape[T], values: Iterable[T], keys: Sequence[str] = ()) -> None:
    """Insert values; with `keys` replace the rows that have them already."""
    write(db, insert_sql(db, table, shape.columns, keys), [shape.row(each) for each in values])


def insert_one(db: Connection, table: Table, shape: Shape[T], value: T) -> int:
    """Insert one value and answer the `id` the database gave it."""
    sql = insert_sql(db, table, shape.columns) + " RETURNING id"
    return int(db.exec_driver_sql(sql, shape.row(value)).scalar_one())


def among(db: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of any number of values, as stored: one bound parameter, so one prepared statement."""
    listed, stored = list(values), as_stored(column)
    if db.dialect.name == "sqlite":
        each = func.json_each(bindparam(None, orjson.dumps(listed).decode(), Text)).table_valued("value", name="listed")
        return stored.in_(select(each.c.value))
    return stored == func.any(bindparam(None, listed, ARRAY(stored.type)))


def one_of(db: Connection) -> str:
    """What follows a column in SQL with `?` marks to say that it is one of `listed` values."""
    return "IN (SELECT value FROM json_each(?))" if db.dialect.name == "sqlite" else "= ANY(?)"


def listed(db: Connection, values: Iterable[Any]) -> Any:
    """Many values as the one parameter `one_of` takes."""
    return orjson.dumps(list(values)).decode() if db.dialect.name == "sqlite" else list(values)


def ask(db: Connection, sql: str, *parameters: Any) -> list[Sequence[Any]]:
    """The rows that SQL with `?` marks answers, as stored: for what is asked for every write, where building the
    statement anew would cost more than the database does."""
    return list(db.exec_driver_sql(marked(db, sql), parameters).all())


def fixed(value: str) -> ColumnElement[str]:
    """A text written into the statement itself: only then is an index used that holds for this value alone."""
    return literal_column("'" + value.replace("'", "''") + "'", Text)


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    chunk: list[T] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
