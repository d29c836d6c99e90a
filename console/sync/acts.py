"""What a person does to a held record: edit, link, replay, preview, dismiss. Each answers in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from console.records.intent import State, Verb
from console.records.keys import parse_ref
from console.records.kinds import RECORDS, book_kind
from console.records.money import Money, NotMoney
from console.rules.book import Tenant
from console.rules.compare import plain_value
from console.sync.loading import from_json
from console.sync.planning import plan_chunk
from console.sync.pull import mark
from console.sync.session import now
from console.words import _
from local_db import audit, columns, crosswalk, holds, ledger, ledger_acts, overrides, subjects
from local_db import book as shelf
from local_db.holds import HoldRow
from local_db.ledger import IntentRow
from local_db.store import Db

KEEP_THEIRS = "changed_by_person"
GONE = "voided_by_person"
ADJUSTMENT = "invoiced_change"
LOST = "answer_lost"


@dataclass(slots=True)
class NotPossible(Exception):
    """An act that cannot be done, as one sentence."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


def held(db: Db, id: int) -> HoldRow:
    """An open hold by its number; raises `NotPossible`."""
    row = holds.get(db, id)
    if row is None:
        raise NotPossible(_("There is no hold {id}.", id=id))
    if row.ended_at is not None:
        raise NotPossible(_("Hold {id} has ended already ({why}).", id=id, why=row.ended_why))
    return row


def edit(db: Db, id: int, changes: Mapping[str, str], reason: str, actor: str) -> str:
    """Lay a person's values over the source record; the original stays, and the next plan follows the edit."""
    row = held(db, id)
    record = shelf.get(db, row.subject)
    if record is None:
        raise NotPossible(_("The record behind hold {id} is gone at its source.", id=id))
    kinds = {each.name: str(each.type) for each in fields(record)}
    made = []
    for name, text in changes.items():
        if name not in kinds or name == "ref":
            raise NotPossible(
                _(
                    "{kind} has no field {name}. It has: {names}.",
                    kind=parse_ref(row.subject).kind,
                    name=name,
                    names=", ".join(sorted(set(kinds) - {"ref"})),
                )
            )
        value = value_of(text, kinds[name], getattr(record, name))
        was = columns.digest(columns.canonical(getattr(record, name)))
        made.append(overrides.Override(row.subject, name, value, reason, actor, now(), source_value_hash=was))
    overrides.put(db, made)
    audit.append(db, actor, "edit", row.subject, {"changes": dict(changes), "reason": reason})
    subjects.mark(db, row.flow, [row.subject], "edited", now())
    return _("{count} fields of {ref} were edited.", count=len(made), ref=row.subject)


def value_of(text: str, kind: str, before: object) -> Any:
    """What a person typed, as the JSON value the field takes; raises `NotPossible` with what is wrong."""
    try:
        if "Money" in kind:
            amount, _space, currency = text.partition(" ")
            money = Money.of(amount, currency or (before.currency if isinstance(before, Money) else ""))
            value: Any = {"amount": f"{money.amount:f}", "currency": money.currency}
        elif kind == "int":
            value = int(text)
        elif kind == "bool":
            value = {"true": True, "yes": True, "false": False, "no": False}[text.casefold()]
        elif "date" in kind:
            value = date.fromisoformat(text).isoformat() if text else None
        else:
            value = text
        from_json(value, kind)
    except (ValueError, KeyError, NotMoney) as wrong:
        raise NotPossible(_("{text} is not a value for this field ({wrong}).", text=text, wrong=wrong)) from None
    return value


def link(db: Db, id: int, remote_ref: str, why: str, actor: str) -> str:
    """Already done: the held record is this one on the target."""
    row = held(db, id)
    if remote_ref.count("/") < 2:
        raise NotPossible(_("{ref} names no record: write connection/kind/id.", ref=remote_ref))
    there = parse_ref(remote_ref)
    if there.connection == parse_ref(row.subject).connection:
        raise NotPossible(_("{ref} is not a record of the platform it waits for.", ref=remote_ref))
    if shelf.get(db, remote_ref) is None:
        raise NotPossible(_("{ref} has not been read. Check the id, or sync first.", ref=remote_ref))
    about = row.ref or row.subject
    source = about if book_kind(parse_ref(about).kind) == book_kind(there.kind) else row.subject
    crosswalk.link(
        db, [crosswalk.Link(source, there.connection, there.kind, there.remote_id, "person", actor, now(), why=why)]
    )
    audit.append(db, actor, "link", source, {"to": remote_ref, "why": why})
    subjects.mark(db, row.flow, [row.subject], "linked", now())
    mark(db, there.kind, [remote_ref], "linked")
    return _("{ref} is now linked to {there}.", ref=source, there=remote_ref)


def dismiss(db: Db, id: int, why: str, actor: str) -> str:
    """Nothing is to be done; on a record people changed there this keeps their value."""
    row = held(db, id)
    intent = _intent_of(db, row)
    if row.problem == KEEP_THEIRS and intent is not None:
        _rebase(db, intent, ours=False)
        holds.end(db, row.flow, [row.subject], why, actor, now())
    else:
        holds.dismiss(db, [id], why, actor, now())
    audit.append(db, actor, "dismiss", row.subject, {"problem": row.problem, "why": why})
    subjects.mark(db, row.flow, [row.subject], "dismissed", now())
    return _("Hold {id} was dismissed.", id=id)


def replay(db: Db, ids: Sequence[int], actor: str) -> str:
    """Plan these again through the same door, with the same keys; an approved adjustment becomes ready."""
    for id in ids:
        row = held(db, id)
        intent = _intent_of(db, row)
        if intent is not None:
            _release(db, row, intent, actor)
        holds.end(db, row.flow, [row.subject], "replayed", actor, now())
        audit.append(db, actor, "replay", row.subject, {"problem": row.problem})
        if row.problem != ADJUSTMENT:
            subjects.mark(db, row.flow, [row.subject], "replayed", now())
    return _("{count} records are planned again.", count=len(ids))


def _intent_of(db: Db, row: HoldRow) -> IntentRow | None:
    return ledger.by_keys(db, row.target, row.kind, [row.key]).get(row.key) if row.key and row.target else None


def _release(db: Db, row: HoldRow, intent: IntentRow, actor: str) -> None:
    if row.problem == ADJUSTMENT:
        ledger.set_state(db, [intent.id], State.READY, "approved", now(), of=[State.HELD])
    elif row.problem == KEEP_THEIRS:
        _rebase(db, intent, ours=True)
    elif row.problem == GONE:
        standing = [
            each.id for each in crosswalk.links(db, intent.target, intent.kind) if each.remote_id == intent.remote_id
        ]
        crosswalk.unlink(db, standing, actor, "made again")
        ledger_acts.disown(db, intent.id, now())
    else:
        ledger.set_state(db, [intent.id], State.PLANNED, "replayed", now(), of=[State.HELD])
        if row.problem == LOST:
            ledger_acts.not_stored(db, intent.id, now())


def _rebase(db: Db, intent: IntentRow, ours: bool) -> None:
    """Agree on what is there now; with `ours`, our body then counts as the newer one and is written."""
    there = shelf.get(db, f"{intent.target}/{intent.kind}/{intent.remote_id}")
    if there is None or intent.confirmed is None:
        return
    known = {each.name for each in fields(there)}
    sent = dict(intent.confirmed.get("sent", {}))
    now_there = {name: plain_value(getattr(there, name), lambda linked: linked.ref) for name in sent if name in known}
    stored = {**intent.confirmed.get("stored", {}), **now_there}
    ledger_acts.rebase(db, intent.id, {"sent": {**sent, **now_there} if ours else sent, "stored": stored}, now())


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do now: `does` is create, update, no change, hold or waiting; `differences` by field."""

    does: str
    sentence: str
    differences: Mapping[str, tuple[Any, Any]]


class _Undo(Exception):
    """Ends a trial step so that nothing of it stays."""


def preview(db: Db, id: int, tenants: Mapping[str, Tenant], today: date) -> Preview:
    """Plan the held record in a trial that is undone, and say what it would come to."""
    row = held(db, id)
    found: list[Preview] = []
    try:
        with db.begin_nested():
            replay(db, [id], "preview")
            plan_chunk(db, row.flow, tenants, today, only=[row.subject])
            found.append(_came_to(db, row))
            raise _Undo
    except _Undo:
        return found[0]


def _came_to(db: Db, row: HoldRow) -> Preview:
    intent = _intent_of(db, row)
    standing = holds.every(db, flow=row.flow, subjects=[row.subject])
    if standing:
        return Preview("hold", standing[0].sentence, {})
    if intent is None:
        return Preview("no change", _("Nothing would be written."), {})
    if intent.state in (State.WAITING, State.PLANNED):
        return Preview("waiting", intent.why, _differences(intent))
    if intent.state == State.READY:
        return Preview(intent.verb.value, _said(intent), _differences(intent))
    return Preview("no change", _("It is already as it should be."), {})


def _said(intent: IntentRow) -> str:
    what = _("create") if intent.verb == Verb.CREATE else _("change")
    return _("It would {what} a {kind} on {target}.", what=what, kind=intent.kind, target=intent.target)


def _differences(intent: IntentRow) -> dict[str, tuple[Any, Any]]:
    before = (intent.confirmed or {}).get("stored", {})
    return {name: (before.get(name), value) for name, value in intent.body.items() if before.get(name) != value}


def schema_of(kind: str) -> dict[str, str]:
    """The fields a person may edit on a kind, with their type as people read it."""
    record = RECORDS[book_kind(kind)]
    return {each.name: str(each.type) for each in fields(record) if each.name != "ref"}
