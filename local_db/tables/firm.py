"""Tables of the workspace itself: what it is, whom it speaks to, what it may do there and when."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, UniqueConstraint

from local_db import columns
from local_db.columns import Day, Instant, Json, number, serial, text
from local_db.tables.base import METADATA

workspace = Table("workspace", METADATA, Column("name", Text, primary_key=True), text("value"))

connection = Table(
    "connection",
    METADATA,
    Column("id", Text, primary_key=True),
    text("platform"),
    text("title"),
    text("tenant"),
    text("tag"),
    text("environment"),
    text("base_url"),
    text("sign_in"),
    Column("fields", Json, nullable=False),
    text("credential"),
    text("api_version"),
    text("state"),
    text("sentence"),
    Column("last_success", Instant),
    Column("quarantined", columns.TRUTH, nullable=False),
    Column("advice", Json, nullable=False),
)

mode = Table(
    "mode",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    text("mode"),
    text("actor"),
    text("reason"),
    Column("set_at", Instant, nullable=False),
)

cutover = Table(
    "cutover",
    METADATA,
    Column("flow", Text, primary_key=True),
    Column("legal_entity", Text, primary_key=True),
    Column("starts_on", Day, nullable=False),
    text("actor"),
    text("reason"),
    Column("set_at", Instant, nullable=False),
)

route = Table(
    "route",
    METADATA,
    serial(),
    text("kind"),
    text("legal_entity"),
    text("region"),
    text("service_line"),
    Column("starts_on", Day),
    Column("ends_on", Day),
    text("connection"),
)

schedule = Table(
    "schedule",
    METADATA,
    serial(),
    text("flow"),
    text("legal_entity"),
    text("rhythm"),
    Column("details", Json, nullable=False),
    text("zone"),
    Column("enabled", columns.TRUTH, nullable=False),
    Column("last_run_at", Instant),
    Column("next_run_at", Instant),
    UniqueConstraint("flow", "legal_entity"),
)

setting = Table(
    "setting",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("value", Json, nullable=False),
    text("actor"),
    text("reason"),
    Column("set_at", Instant, nullable=False),
)

mapping_override = Table(
    "mapping_override",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Json, nullable=False),
    text("actor"),
    text("reason"),
    Column("set_at", Instant, nullable=False),
)

write_claim = Table(
    "write_claim",
    METADATA,
    Column("tenant", Text, primary_key=True),
    text("workspace"),
    text("holder"),
    text("actor"),
    text("reason"),
    number("fence"),
    Column("taken_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
