"""How records lie in the book's tables: versions that end when a newer one is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, select

from console.records.firm import Record
from console.records.keys import parse_ref
from console.records.kinds import RECORDS, book_kind
from console.records.money import Money, NotMoney, micros
from console.words import _
from local_db import rows
from local_db.rows import Shape, among
from local_db.tables.book import table_of

_COMMON = ("kind", "connection", "hash", "recorded_at")
_BIGGEST = 2**63


@cache
def shape_of(kind: str) -> Shape[Record]:
    """How records of a kind are written and read."""
    return Shape(RECORDS[book_kind(kind)])


@cache
def names_of(kind: str) -> tuple[str, ...]:
    return (*_COMMON, *shape_of(kind).columns)


def add(db: Connection, kind: str, connection: str, added: Iterable[tuple[str, Record]], at: str) -> None:
    """New current versions: (hash, record), none of which has a current version."""
    row = shape_of(kind).row
    lines = [(kind, connection, hash, at, *row(record)) for hash, record in added]
    rows.append(db, table_of(kind), names_of(kind), lines)


def end(db: Connection, kind: str, ended: Iterable[tuple[str, str]], at: str) -> None:
    """End current versions: (ref, since when it holds no longer, as the platform says)."""
    mark = "?" if db.dialect.name == "sqlite" else "%s"
    sql = (
        f"UPDATE {table_of(kind).name} SET superseded_at = {mark}, valid_to = {mark}"
        f" WHERE ref = {mark} AND superseded_at IS NULL"
    )
    rows.write(db, sql, [(at, until, ref) for ref, until in ended])


def stored_now(db: Connection, kind: str, refs: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """ref -> its current version, as stored."""
    table, shape = table_of(kind), shape_of(kind)
    asked = select(*shape.selected(table)).where(among(db, table.c.ref, refs), table.c.superseded_at.is_(None))
    return {row[0]: tuple(row) for row in db.execute(asked)}


def known(db: Connection, refs: Iterable[str]) -> dict[Table, list[str]]:
    """Refs by the table that holds them."""
    tables: dict[Table, list[str]] = {}
    for ref in refs:
        tables.setdefault(table_of(parse_ref(ref).kind), []).append(ref)
    return tables


def cleaned(record: Record) -> Record:
    """The record without NUL characters, which no database keeps in text."""
    changes = {}
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, str) and "\0" in value:
            changes[each.name] = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return replace(record, **changes) if changes else record


def unfit(record: Record) -> str:
    """Why the store cannot keep a record, as a sentence; empty when it can."""
    for field in rows.fields_of(type(record)):
        value = getattr(record, field.name)
        if value is None and field.optional:
            continue
        if not _fits(field.type, value):
            return _(
                "{field} of this record cannot be kept: it is no {type}.",
                field=field.name,
                type=_NAMES.get(field.type, "text"),
            )
    return ""


_NAMES = {int: "whole number", bool: "yes or no", date: "day", Money: "exact amount of money"}


def _fits(kind: type, value: Any) -> bool:
    if kind is Money:
        try:
            return isinstance(value, Money) and abs(micros(value.amount)) < _BIGGEST
        except NotMoney:
            return False
    if kind is int:
        return type(value) is int and -_BIGGEST <= value < _BIGGEST
    if kind is bool or kind is date:
        return type(value) is kind
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)
