"""Tables of what was read: the record as the platform gave it, and how completely."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from local_db import columns
from local_db.columns import Instant, Json
from local_db.tables.base import METADATA

replica = Table(
    "replica",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    columns.text("hash"),
    columns.number("read_id"),
    Column("seen_at", Instant, nullable=False),
    columns.text("version"),
    columns.text("key"),
    columns.text("fault"),
    columns.text("deletion"),
    Column("deleted_at", Instant),
    Column("payload", Json, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "ix_replica_key",
    replica.c.connection,
    replica.c.kind,
    replica.c.key,
    sqlite_where=text("key <> ''"),
    postgresql_where=text("key <> ''"),
)
Index(
    "ix_replica_fault",
    replica.c.connection,
    replica.c.kind,
    sqlite_where=text("fault <> ''"),
    postgresql_where=text("fault <> ''"),
)

coverage = Table(
    "coverage",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    columns.text("cursor"),
    columns.number("read_id"),
    Column("whole", columns.TRUTH, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("complete_until", Instant),
    Column("finished_at", Instant),
    columns.number("rows"),
    Column("previous_rows", columns.WHOLE),
    Column("expected", columns.WHOLE),
    columns.text("state"),
    columns.text("sentence"),
)
