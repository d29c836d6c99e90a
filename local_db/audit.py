"""The audit chain: every act of a person or worker, hash on hash; values lie beside it and can be erased."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, text

from console.words import _
from local_db import clock, rows
from local_db.columns import canonical, stamp
from local_db.rows import among
from local_db.tables.acts import audit, audit_value
from local_db.tables.firm import workspace

_HEAD = "audit_head"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act. `values` holds what has not been erased; `digests` the salted hash of everything that was said."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str
    digests: Mapping[str, str]
    previous: str
    hash: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row at which the chain does not hold, and why."""

    id: int
    sentence: str


def append(
    db: Connection,
    actor: str,
    act: str,
    subject: str,
    values: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """Add an act to the chain; answers its number."""
    _alone(db)
    at = at or clock.now()
    last = db.execute(select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)).first()
    id, previous = (last.id + 1, last.hash) if last else (1, "")
    said = {"actor": actor, "subject": subject, **(values or {})}
    salts = {name: secrets.token_hex(16) for name in said}
    digests = {name: _salted(salts[name], value) for name, value in said.items()}
    hash = _link(id, at, act, digests, previous)
    new = {
        "id": id,
        "at": at,
        "actor": actor,
        "act": act,
        "subject": subject,
        "digests": digests,
        "previous": previous,
        "hash": hash,
    }
    db.execute(audit.insert().values(new))
    beside = [{"audit": id, "name": name, "salt": salts[name], "value": value} for name, value in said.items()]
    db.execute(audit_value.insert(), beside)
    rows.write(db, rows.insert_sql(db, workspace, ("name", "value"), ("name",)), [(_HEAD, hash)])
    return id


def _alone(db: Connection) -> None:
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(7110426)"))


def _salted(salt: str, value: Any) -> str:
    return hashlib.sha256(f"{salt}\n{canonical(value)}".encode()).hexdigest()


def _link(id: int, at: datetime, act: str, digests: Mapping[str, str], previous: str) -> str:
    return hashlib.sha256(canonical([id, stamp(at), act, digests, previous]).encode()).hexdigest()


def verify(db: Connection) -> Broken | None:
    """None when every row follows from the one before and every value not erased is the one that was written."""
    previous, number = "", 0
    for row in _streamed(db, select(audit).order_by(audit.c.id)):
        number += 1
        if row.id != number or row.previous != previous:
            return Broken(number, _("Act {number} of the audit chain is missing.", number=number))
        if row.hash != _link(row.id, row.at, row.act, row.digests, previous):
            return Broken(row.id, _("Act {number} of the audit chain was changed.", number=number))
        previous = row.hash
    if previous != (_head(db) or ""):
        return Broken(number + 1, _("The audit chain was cut off after act {number}.", number=number))
    return _changed_value(db)


def _head(db: Connection) -> str | None:
    return db.execute(select(workspace.c.value).where(workspace.c.name == _HEAD)).scalar()


def _streamed(db: Connection, asked: Select[Any]) -> Iterator[Any]:
    with db.execute(asked.execution_options(yield_per=1000)) as found:
        for some in found.partitions():
            yield from some


def _changed_value(db: Connection) -> Broken | None:
    a, v = audit.c, audit_value.c
    asked = select(a.id, a.actor, a.subject, a.digests, v.name, v.salt, v.value).join(audit, a.id == v.audit)
    asked = asked.where(v.erased_at.is_(None)).order_by(a.id)
    for row in _streamed(db, asked):
        shown = {"actor": row.actor, "subject": row.subject}.get(row.name, row.value)
        if shown != row.value or _salted(row.salt, row.value) != row.digests.get(row.name):
            return Broken(row.id, _("The value {name} of act {number} was changed.", name=row.name, number=row.id))
    return None


def erase(db: Connection, at: datetime, subject: str = "", actor: str = "") -> int:
    """Erase what acts about a subject said, or the name of an actor; the chain still verifies.

    That the act happened, and when, stays. Answers how many values went.
    """
    a, v = audit.c, audit_value.c
    mine = select(a.id).where(a.subject == subject) if subject else select(a.id).where(a.actor == actor)
    names = v.name.not_in(("actor", "subject")) if subject else v.name == "actor"
    ids = list(db.execute(mine).scalars())
    gone = audit_value.update().where(among(db, v.audit, ids), names, v.erased_at.is_(None))
    count = db.execute(gone.values(value=None, salt="", erased_at=at)).rowcount
    if actor:
        db.execute(audit.update().where(among(db, a.id, ids)).values(actor=""))
    return int(count)


def every(db: Connection, subject: str = "", after_id: int = 0, limit: int = 500) -> list[AuditRow]:
    """Acts in the order of their numbers, with what has not been erased."""
    asked = select(audit).where(audit.c.id > after_id).order_by(audit.c.id).limit(limit)
    found = db.execute(asked.where(audit.c.subject == subject) if subject else asked).all()
    v = audit_value.c
    beside: dict[int, dict[str, Any]] = {}
    kept = select(v.audit, v.name, v.value).where(among(db, v.audit, [row.id for row in found]), v.erased_at.is_(None))
    for row in db.execute(kept):
        if row.name not in ("actor", "subject"):
            beside.setdefault(row.audit, {})[row.name] = row.value
    return [
        AuditRow(
            row.id, row.at, row.actor, row.act, row.subject, row.digests, row.previous, row.hash, beside.get(row.id, {})
        )
        for row in found
    ]
