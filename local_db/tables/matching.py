"""Tables of what belongs together: links between records, refusals to link, and people's overrides."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from local_db import columns
from local_db.columns import Day, Instant, Json, money, serial
from local_db.tables.base import METADATA

_OPEN = text("ended_at IS NULL")

crosswalk = Table(
    "crosswalk",
    METADATA,
    serial(),
    columns.text("ref"),
    columns.text("connection"),
    columns.text("kind"),
    columns.text("remote_id"),
    columns.text("relation"),
    Column("share_minutes", columns.WHOLE),
    *money("share"),
    Column("valid_from", Day),
    Column("valid_to", Day),
    columns.text("method"),
    columns.text("actor"),
    columns.text("why"),
    Column("recorded_at", Instant, nullable=False),
    Column("ended_at", Instant),
    columns.text("ended_by"),
    columns.text("ended_why"),
)
Index(
    "uq_crosswalk_open",
    crosswalk.c.ref,
    crosswalk.c.connection,
    crosswalk.c.kind,
    crosswalk.c.remote_id,
    crosswalk.c.relation,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index(
    "ix_crosswalk_remote",
    crosswalk.c.remote_id,
    crosswalk.c.connection,
    crosswalk.c.kind,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

match_refusal = Table(
    "match_refusal",
    METADATA,
    serial(),
    columns.text("ref"),
    columns.text("connection"),
    columns.text("kind"),
    columns.text("remote_id"),
    columns.text("actor"),
    columns.text("why"),
    Column("recorded_at", Instant, nullable=False),
    Column("ended_at", Instant),
    columns.text("ended_by"),
)
Index(
    "uq_match_refusal_open",
    match_refusal.c.connection,
    match_refusal.c.kind,
    match_refusal.c.remote_id,
    match_refusal.c.ref,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

match_candidate = Table(
    "match_candidate",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    columns.text("method"),
    columns.text("why"),
    columns.number("score"),
    Column("found_at", Instant, nullable=False),
)

override = Table(
    "override",
    METADATA,
    serial(),
    columns.text("ref"),
    columns.text("field"),
    Column("value", Json),
    columns.text("reason"),
    columns.text("scope"),
    Column("until", Day),
    columns.text("source_value_hash"),
    columns.text("actor"),
    Column("recorded_at", Instant, nullable=False),
    Column("ended_at", Instant),
    columns.text("ended_why"),
)
Index(
    "uq_override_open",
    override.c.ref,
    override.c.field,
    override.c.scope,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
