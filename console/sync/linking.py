"""Matching by a person: this record is that one, is not, or belongs to nobody; each kept with who and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.records.keys import parse_ref
from console.sync.acts import NotPossible, held, intent_of
from console.sync.adopting import mark_matched
from console.sync.session import now
from console.words import _
from local_db import audit, crosswalk, holds, ledger, ledger_acts, subjects
from local_db import book as shelf
from local_db.crosswalk import Link, Refusal, Relation
from local_db.holds import HoldRow
from local_db.questions import matching
from local_db.store import Db

MIRRORS: Mapping[str, frozenset[str]] = {
    "deal": frozenset({"project"}),
    "contract_line": frozenset({"task", "milestone", "charge_line"}),
    "time_entry": frozenset({"time_line"}),
    "expense": frozenset({"charge_line"}),
    "milestone": frozenset({"charge_line"}),
}
"""Kind of a subject -> kinds of records that may be its own there."""


def named(ref: str) -> str:
    """The ref a person wrote; raises `NotPossible` when it is none."""
    if ref.count("/") < 2 or not all(ref.split("/", 2)):
        raise NotPossible(_("{ref} names no record: write connection/kind/id.", ref=ref))
    return ref


def link_held(db: Db, id: int, remote_ref: str, why: str, actor: str) -> str:
    """Already done: what a hold waits for is this record of the target."""
    row = held(db, id)
    there = parse_ref(named(remote_ref))
    own = parse_ref(row.subject).connection
    if there.connection == own or (row.target and there.connection != row.target):
        raise NotPossible(_("{ref} is not a record of the platform it waits for.", ref=remote_ref))
    source = _mirrored(db, row, there.kind)
    if not source:
        raise NotPossible(_("{ref} is no record that this could be.", ref=remote_ref))
    said = link(db, source, remote_ref, why, actor)
    subjects.mark(db, row.flow, [row.subject], "linked", now())
    holds.end(db, row.flow, [row.subject], "linked", actor, now())
    return said


def _mirrored(db: Db, row: HoldRow, kind: str) -> str:
    """The record that a record of `kind` on the target would be, as its system of record knows it; '' when none."""
    intent = intent_of(db, row)
    if intent is not None and intent.kind == kind:
        return intent.ref
    if kind in MIRRORS.get(parse_ref(row.subject).kind, ()):
        return row.subject
    own = str(getattr(shelf.get(db, row.subject), kind, "") or "")
    if own.count("/") < 2:
        return ""
    known = parse_ref(own)
    return crosswalk.refs_of(db, known.connection, known.kind, [known.remote_id]).get(known.remote_id, own)


def link(db: Db, ref: str, remote_ref: str, why: str, actor: str) -> str:
    """These two are the same record. What `ref` was linked to there before is let go."""
    there = parse_ref(named(remote_ref))
    named(ref)
    if shelf.get(db, remote_ref) is None:
        raise NotPossible(_("{ref} has not been read. Check the id, or sync first.", ref=remote_ref))
    if shelf.get(db, ref) is None:
        raise NotPossible(_("{ref} has not been read. Check the id, or sync first.", ref=ref))
    if there.kind != parse_ref(ref).kind and there.kind not in MIRRORS.get(parse_ref(ref).kind, ()):
        raise NotPossible(_("{ref} and {there} are records of different kinds.", ref=ref, there=remote_ref))
    taken = crosswalk.refs_of(db, there.connection, there.kind, [there.remote_id]).get(there.remote_id, ref)
    if taken != ref:
        raise NotPossible(_("{there} is linked to {ref} already.", there=remote_ref, ref=taken))
    _let_go(db, ref, remote_ref, actor)
    found = Link(ref, there.connection, there.kind, there.remote_id, "person", actor, now(), why=why)
    crosswalk.link(db, [found])
    matching.drop(db, there.connection, there.kind, ref, there.remote_id)
    audit.append(db, actor, "link", ref, {"to": remote_ref, "why": why})
    mark_matched(db, [(ref, remote_ref)])
    return _("{ref} is now linked to {there}.", ref=ref, there=remote_ref)


def _let_go(db: Db, ref: str, remote_ref: str, actor: str) -> None:
    there = parse_ref(remote_ref)
    before = [
        each
        for each in crosswalk.links(db, there.connection, there.kind, [ref])
        if each.relation == Relation.IS and each.remote_id != there.remote_id
    ]
    crosswalk.unlink(db, [each.id for each in before], actor, f"linked to {remote_ref} instead")
    gone = [each.remote_id for each in before]
    for intent in ledger.intents(db, target=there.connection, kind=there.kind, remote_ids=gone) if gone else ():
        ledger_acts.disown(db, intent.id, now())


def refuse(db: Db, ref: str, remote_ref: str, why: str, actor: str) -> str:
    """`ref` is not this remote record; with an empty `ref` the remote record belongs to nobody."""
    there = parse_ref(named(remote_ref))
    if ref:
        named(ref)
    refusal = Refusal(there.connection, there.kind, there.remote_id, ref, actor, why, now())
    crosswalk.refuse(db, [refusal])
    wrong = [
        each
        for each in crosswalk.links(db, there.connection, there.kind)
        if each.remote_id == there.remote_id and (not ref or each.ref == ref)
    ]
    crosswalk.unlink(db, [each.id for each in wrong], actor, why)
    matching.drop(db, there.connection, there.kind, ref, there.remote_id, both=bool(ref))
    audit.append(db, actor, "refuse match", remote_ref, {"ref": ref, "why": why})
    mark_matched(db, [(ref, remote_ref), *((each.ref, remote_ref) for each in wrong)])
    if not ref:
        return _("{there} belongs to nobody.", there=remote_ref)
    return _("{ref} is not {there}.", ref=ref, there=remote_ref)


@dataclass(frozen=True, slots=True)
class Said:
    """Something a person has said about a match, by the name under which it can be undone."""

    id: str
    what: str
    ref: str
    there: str
    actor: str
    why: str


def said(db: Db) -> list[Said]:
    """Every link a person made and every refusal that stands."""
    links = [each for each in crosswalk.links(db) if each.method == "person"]
    found = [Said(f"link-{each.id}", "link", each.ref, there_of(each), each.actor, each.why) for each in links]
    return found + [
        Said(f"refusal-{each.id}", "refusal" if each.ref else "nobody", each.ref, there_of(each), each.actor, each.why)
        for each in crosswalk.refusals(db)
    ]


def there_of(about: Link | Refusal) -> str:
    """The ref of the remote record that a link or refusal is about."""
    return f"{about.connection}/{about.kind}/{about.remote_id}"


def undo(db: Db, id: str, why: str, actor: str) -> str:
    """Take back a link or a refusal of a person; the row stays, with who ended it."""
    found = next((each for each in said(db) if each.id == id), None)
    if found is None:
        raise NotPossible(_("There is no match {id} to undo. See `adopt --list`.", id=id))
    number = int(id.rpartition("-")[2])
    if found.what == "link":
        crosswalk.unlink(db, [number], actor, why)
    else:
        crosswalk.withdraw_refusals(db, [number], actor)
    audit.append(db, actor, "undo match", found.there, {"what": found.what, "ref": found.ref, "why": why})
    mark_matched(db, [(found.ref, found.there)])
    return _("Undone: {what} of {there}.", what=found.what, there=found.there)
