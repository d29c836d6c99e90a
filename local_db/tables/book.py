"""The book's tables, one per kind of record, made from the record's own fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Column, Index, Table, Text, text

from console.records.firm import Record
from console.records.kinds import RECORDS, book_kind
from console.records.money import Money
from local_db import columns
from local_db.columns import TRUTH, WHOLE, Day, Instant, serial
from local_db.rows import fields_of
from local_db.tables.base import METADATA

CURRENT = text("superseded_at IS NULL")

INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "customer": (("name",),),
    "deal": (("amends",), ("customer",)),
    "contract_line": (("deal",),),
    "rate": (("rate_card", "role"),),
    "project": (("customer",), ("rate_card",)),
    "task": (("project",),),
    "time_entry": (("project", "worked_on"),),
    "expense": (("project", "spent_on"),),
    "milestone": (("project",),),
    "billing_line": (("project", "on"), ("invoice",)),
    "invoice": (("customer",), ("project",)),
    "invoice_line": (("billing_line",), ("invoice",)),
    "credit_note": (("invoice",),),
    "payment": (("invoice",),),
    "fx_rate": (("base", "quote", "on"),),
}
"""Fields of current rows by which questions ask for a kind."""


def _columns_of(name: str, kind: type) -> tuple[Column[Any], ...]:
    if kind is Money:
        return columns.money(name)
    if kind is date:
        return (Column(name, Day),)
    if kind is bool:
        return (Column(name, TRUTH, nullable=False),)
    if kind is int:
        return (Column(name, WHOLE, nullable=False),)
    if issubclass(kind, str):
        return (Column(name, Text, nullable=False),)
    raise TypeError(f"The book has no column for {name}: {kind.__name__}.")


def book_table(kind: str, record: type[Record]) -> Table:
    """The table `book_<kind>`: one row per version of a record; the current one has `superseded_at` NULL.

    Common columns: ref, kind (as the platform reads it), connection, hash (of the payload it was read from),
    recorded_at and superseded_at (when we knew it), `modified_at` to `valid_to` (when, as the platform says, it held).
    """
    own = [column for each in fields_of(record) if each.name != "ref" for column in _columns_of(each.name, each.type)]
    table = Table(
        f"book_{kind}",
        METADATA,
        serial(),
        Column("ref", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("connection", Text, nullable=False),
        Column("hash", Text, nullable=False),
        Column("valid_to", Text),
        Column("recorded_at", Instant, nullable=False),
        Column("superseded_at", Instant),
        *own,
        sqlite_strict=True,
    )
    Index(f"uq_book_{kind}_current", table.c.ref, unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT)
    Index(
        f"ix_book_{kind}_known",
        table.c.ref,
        table.c.recorded_at,
        sqlite_where=text("superseded_at IS NOT NULL"),
        postgresql_where=text("superseded_at IS NOT NULL"),
    )
    for names in INDEXES.get(kind, ()):
        Index(
            f"ix_book_{kind}_{'_'.join(names)}",
            *(table.c[name] for name in names),
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        )
    return table


TABLES: dict[str, Table] = {kind: book_table(kind, record) for kind, record in RECORDS.items()}
"""Book kind -> its table."""


def table_of(kind: str) -> Table:
    """The table that holds a kind, also one that a platform reads under its own word (`time_line`)."""
    return TABLES[book_kind(kind)]
