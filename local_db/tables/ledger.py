"""Tables of the one door: what each subject came to, intents, their attempts, and holds."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint, text

from local_db import columns
from local_db.columns import Day, Instant, Json, money, number, serial
from local_db.tables.base import METADATA

subject = Table(
    "subject",
    METADATA,
    Column("flow", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    columns.text("kind"),
    columns.text("outcome"),
    columns.text("why"),
    Column("dirty_since", Instant),
    Column("marked_at", Instant),
    columns.text("marked_why"),
    Column("planned_at", Instant),
    *money("money"),
)
_DIRTY = text("dirty_since IS NOT NULL")
Index("ix_subject_dirty", subject.c.flow, subject.c.dirty_since, sqlite_where=_DIRTY, postgresql_where=_DIRTY)
Index("ix_subject_outcome", subject.c.flow, subject.c.kind, subject.c.outcome)

intent = Table(
    "intent",
    METADATA,
    serial(),
    columns.text("flow"),
    columns.text("subject"),
    columns.text("ref"),
    columns.text("target"),
    columns.text("kind"),
    columns.text("key"),
    columns.text("verb"),
    columns.text("state"),
    columns.text("why"),
    number("rank"),
    Column("body", Json, nullable=False),
    columns.text("body_hash"),
    Column("links", Json, nullable=False),
    Column("next_body", Json),
    Column("confirmed", Json),
    columns.text("confirmed_hash"),
    columns.text("remote_id"),
    columns.text("remote_version"),
    columns.text("source_version"),
    columns.text("job"),
    *money("money"),
    Column("on_day", Day),
    columns.text("legal_entity"),
    columns.text("adjusts"),
    Column("critical", columns.TRUTH, nullable=False),
    Column("unsure", columns.TRUTH, nullable=False),
    Column("stopped", columns.TRUTH, nullable=False),
    columns.text("plan_id"),
    Column("planned_at", Instant, nullable=False),
    number("tries"),
    Column("first_tried_at", Instant),
    Column("next_at", Instant),
    Column("lease_until", Instant),
    number("fence"),
    columns.text("worker"),
    Column("changed_at", Instant, nullable=False),
    Column("done_at", Instant),
    UniqueConstraint("target", "kind", "key"),
)
_READY, _FLYING = text("state = 'ready'"), text("state IN ('sent', 'unknown', 'accepted')")
_LINKED = text("remote_id <> ''")
Index(
    "ix_intent_ready",
    intent.c.target,
    intent.c.rank,
    intent.c.planned_at,
    intent.c.id,
    sqlite_where=_READY,
    postgresql_where=_READY,
)
Index(
    "ix_intent_flying",
    intent.c.target,
    intent.c.state,
    intent.c.next_at,
    sqlite_where=_FLYING,
    postgresql_where=_FLYING,
)
_WAITING = text("state = 'waiting'")
Index("ix_intent_waiting", intent.c.target, intent.c.why, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index("ix_intent_state", intent.c.state, intent.c.flow, intent.c.kind)
Index("ix_intent_subject", intent.c.subject)
Index("ix_intent_remote", intent.c.remote_id, intent.c.target, intent.c.kind)
Index("ix_intent_key", intent.c.key)

attempt = Table(
    "attempt",
    METADATA,
    serial(),
    number("intent"),
    number("number"),
    columns.text("token"),
    columns.text("verb"),
    columns.text("target"),
    columns.text("kind"),
    columns.text("remote_id"),
    columns.text("body_hash"),
    Column("request", Json, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    columns.text("outcome"),
    Column("answer", Json),
    Column("error", Json),
    columns.text("trace"),
    columns.text("worker"),
    columns.text("actor"),
    number("fence"),
    Column("ms", columns.WHOLE),
)
Index("ix_attempt_intent", attempt.c.intent, attempt.c.number)
Index("ix_attempt_when", attempt.c.target, attempt.c.kind, attempt.c.opened_at)
Index(
    "ix_attempt_remote",
    attempt.c.target,
    attempt.c.kind,
    attempt.c.remote_id,
    attempt.c.closed_at,
    sqlite_where=_LINKED,
    postgresql_where=_LINKED,
)

hold = Table(
    "hold",
    METADATA,
    serial(),
    columns.text("flow"),
    columns.text("subject"),
    columns.text("target"),
    columns.text("kind"),
    columns.text("key"),
    columns.text("problem"),
    columns.text("sentence"),
    columns.text("remedy"),
    columns.text("who"),
    columns.text("owner"),
    columns.text("field"),
    columns.text("ref"),
    Column("facts", Json, nullable=False),
    *money("money"),
    Column("on_day", Day),
    columns.text("legal_entity"),
    Column("body", Json, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    columns.text("ended_why"),
    columns.text("ended_by"),
    columns.text("assignee"),
    columns.text("source"),
    Column("snoozed_until", Instant),
)
_OPEN = text("ended_at IS NULL")
Index(
    "uq_hold_open",
    hold.c.flow,
    hold.c.subject,
    hold.c.target,
    hold.c.kind,
    hold.c.key,
    hold.c.problem,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index("ix_hold_subject", hold.c.subject)
Index("ix_hold_problem", hold.c.problem, hold.c.opened_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
