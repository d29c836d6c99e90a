"""What people laid over the book: edits and dismissals, until the source is corrected or their time ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from console.records.firm import Record
from console.records.keys import parse_ref
from console.sync.session import now
from console.words import _
from local_db import book as shelf
from local_db import columns, overrides, subjects, trace
from local_db.holds import HoldRow
from local_db.overrides import Override
from local_db.store import Db

HOLD = "hold "
"""Begins the field of an override that says: this problem of the record is to be passed over."""


def digest_of(record: Record, field: str) -> str:
    """What a source says in one field, as an edit over it remembers it."""
    return columns.digest(columns.canonical(getattr(record, field)))


def dismiss(db: Db, row: HoldRow, why: str, actor: str) -> None:
    """Pass over this problem of a subject for as long as its record stays as it is."""
    version = shelf.versions(db, [row.subject]).get(row.subject, "")
    said = Override(
        row.subject, f"{HOLD}{row.problem}", True, why, actor, now(), scope=row.flow, source_value_hash=version
    )
    overrides.put(db, [said])


def dismissed(db: Db, flow: str, refs: Iterable[str]) -> frozenset[tuple[str, str]]:
    """(subject, problem) that a person has said to pass over."""
    if not overrides.any_stand(db):
        return frozenset()
    standing = overrides.of(db, refs)
    return frozenset(
        (ref, each.field.removeprefix(HOLD))
        for ref, listed in standing.items()
        for each in listed
        if each.field.startswith(HOLD) and each.scope in ("", flow)
    )


def end_corrected(db: Db, refs: Sequence[str]) -> None:
    """End what lies over records whose source now says something else."""
    if not refs or not overrides.any_stand(db):
        return
    standing = overrides.of(db, refs)
    versions = shelf.versions(db, standing)
    for ref, listed in standing.items():
        record = shelf.get(db, ref)
        ended = [each for each in listed if record is None or _corrected(each, record, versions.get(ref, ""))]
        _end(db, ended, _("the source says something else now"))


def _corrected(override: Override, record: Record, version: str) -> bool:
    if override.field.startswith(HOLD):
        return override.source_value_hash != version
    return bool(override.source_value_hash) and override.source_value_hash != digest_of(record, override.field)


def end_overdue(db: Db, today: date) -> None:
    """End what was to hold until a day that has passed, and plan its records again."""
    if not overrides.any_stand(db):
        return
    over = [
        each for listed in overrides.of(db).values() for each in listed if each.until is not None and each.until < today
    ]
    _end(db, over, _("its last day has passed"))
    for flow, refs in _flows(db, over).items():
        subjects.mark(db, flow, refs, "an edit ended", now())


def _flows(db: Db, ended: Sequence[Override]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for flow, ref in subjects.planned(db, [each.ref for each in ended]):
        found.setdefault(flow, set()).add(ref)
    return found


def _end(db: Db, ended: Sequence[Override], why: str) -> None:
    at = now()
    overrides.end(db, [each.id for each in ended], why, at)
    trace.record(
        db,
        [
            trace.TraceEvent(
                trace=each.ref,
                at=at,
                flow=each.scope,
                subject=each.ref,
                hop=parse_ref(each.ref).connection,
                connection=parse_ref(each.ref).connection,
                kind=parse_ref(each.ref).kind,
                what="edit ended",
                sentence=_("The edit of {field} by {actor} ended: {why}.", field=each.field, actor=each.actor, why=why),
            )
            for each in ended
        ],
    )
