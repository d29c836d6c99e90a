"""Tables of what happened and who did it: traces, the audit chain, notes, call times, requests and jobs."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text, text

from local_db import columns
from local_db.columns import Instant, Json, money, number, serial
from local_db.tables.base import METADATA

trace_event = Table(
    "trace_event",
    METADATA,
    serial(),
    columns.text("trace"),
    Column("at", Instant, nullable=False),
    columns.text("flow"),
    columns.text("subject"),
    columns.text("hop"),
    columns.text("connection"),
    columns.text("kind"),
    columns.text("what"),
    columns.text("sentence"),
    *money("money"),
    Column("ms", columns.WHOLE),
    Column("attempt", columns.WHOLE),
)
Index("ix_trace_event_trace", trace_event.c.trace, trace_event.c.at)
Index("ix_trace_event_subject", trace_event.c.subject)

audit = Table(
    "audit",
    METADATA,
    serial(),
    Column("at", Instant, nullable=False),
    columns.text("actor"),
    columns.text("act"),
    columns.text("subject"),
    Column("digests", Json, nullable=False),
    columns.text("previous"),
    columns.text("hash"),
)
Index("ix_audit_subject", audit.c.subject)

audit_value = Table(
    "audit_value",
    METADATA,
    Column("audit", columns.WHOLE, primary_key=True),
    Column("name", Text, primary_key=True),
    columns.text("salt"),
    Column("value", Json),
    Column("erased_at", Instant),
)

note = Table(
    "note",
    METADATA,
    serial(),
    columns.text("about"),
    columns.text("text"),
    columns.text("actor"),
    Column("at", Instant, nullable=False),
)
Index("ix_note_about", note.c.about)

call_sketch = Table(
    "call_sketch",
    METADATA,
    Column("hour", Text, primary_key=True),
    Column("connection", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("verb", Text, primary_key=True),
    number("count"),
    number("failed"),
    number("total_us"),
    number("longest_us"),
    Column("buckets", LargeBinary, nullable=False),
)

request = Table(
    "request",
    METADATA,
    serial(),
    columns.text("kind"),
    Column("body", Json, nullable=False),
    columns.text("state"),
    Column("answer", Json),
    columns.text("actor"),
    columns.text("worker"),
    Column("asked_at", Instant, nullable=False),
    Column("taken_at", Instant),
    Column("answered_at", Instant),
)
_OPEN = text("state IN ('asked', 'taken')")
Index("ix_request_open", request.c.state, request.c.id, sqlite_where=_OPEN, postgresql_where=_OPEN)

job = Table(
    "job",
    METADATA,
    serial(),
    columns.text("kind"),
    columns.text("title"),
    columns.text("state"),
    number("done"),
    Column("total", columns.WHOLE),
    columns.text("sentence"),
    columns.text("worker"),
    Column("cancel_asked", columns.TRUTH, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

draft = Table(
    "draft",
    METADATA,
    Column("about", Text, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("body", Json, nullable=False),
    Column("saved_at", Instant, nullable=False),
)
