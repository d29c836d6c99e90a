"""What a person does to a held record: edit, replay, dismiss. Each answers in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from console.records.intent import Flow, State
from console.records.keys import parse_ref
from console.records.money import Money, NotMoney
from console.rules.compare import same
from console.sync import overlays
from console.sync.deciding import LINES, shown
from console.sync.flights import plain_body, resolved_links
from console.sync.loading import from_json
from console.sync.rounds import confirmed_of
from console.sync.session import now
from console.words import _
from local_db import audit, crosswalk, holds, ledger, ledger_acts, overrides, subjects
from local_db import book as shelf
from local_db.holds import HoldRow
from local_db.ledger import IntentRow
from local_db.store import Db

NOT_EDITABLE = frozenset({"ref", "external_key", "modified_at", "modified_by"})
LIMIT = "write_limit"
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


def edit(db: Db, id: int, changes: Mapping[str, str], reason: str, actor: str, until: date | None = None) -> str:
    """Lay a person's values over the source record; the original stays, and the next plan follows the edit.

    It holds until its source says something else, or beyond the day `until`.
    """
    row = held(db, id)
    record = shelf.get(db, row.subject) if row.flow in set(Flow) else None
    if record is None:
        raise NotPossible(_("There is no record behind hold {id} that could be edited.", id=id))
    kinds = {each.name: str(each.type) for each in fields(record) if each.name not in NOT_EDITABLE}
    made = []
    for name, text in changes.items():
        if name not in kinds:
            kind, names = parse_ref(row.subject).kind, ", ".join(sorted(kinds))
            raise NotPossible(_("{kind} has no field {name}. It has: {names}.", kind=kind, name=name, names=names))
        value = value_of(text, kinds[name], getattr(record, name))
        was = overlays.digest_of(record, name)
        made.append(
            overrides.Override(row.subject, name, value, reason, actor, now(), until=until, source_value_hash=was)
        )
    overrides.put(db, made)
    said = {"changes": dict(changes), "reason": reason, "until": until.isoformat() if until else ""}
    audit.append(db, actor, "edit", row.subject, said)
    _again(db, row, "edited")
    return _("{count} fields of {ref} were edited.", count=len(made), ref=row.subject)


def _again(db: Db, row: HoldRow, why: str) -> None:
    """Plan the subject of a hold again."""
    if row.flow in set(Flow):
        subjects.mark(db, row.flow, [row.subject], why, now())


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


def dismiss(db: Db, id: int, why: str, actor: str) -> str:
    """Nothing is to be done; on a record people changed there this keeps their value."""
    row = held(db, id)
    _not_a_limit(row)
    intent = intent_of(db, row)
    if row.problem == KEEP_THEIRS and intent is not None:
        _rebase(db, intent, ours=False)
        holds.end(db, row.flow, [row.subject], why, actor, now())
    else:
        holds.dismiss(db, [id], why, actor, now())
        overlays.dismiss(db, row, why, actor)
    audit.append(db, actor, "dismiss", row.subject, {"problem": row.problem, "why": why})
    _again(db, row, "dismissed")
    return _("Hold {id} was dismissed.", id=id)


def replay(db: Db, ids: Sequence[int], actor: str) -> str:
    """Plan these again through the same door, with the same keys; an approved adjustment becomes ready."""
    rows = [held(db, id) for id in ids]
    for row in rows:
        _not_a_limit(row)
        intent = intent_of(db, row)
        if intent is not None:
            _release(db, row, intent, actor)
        holds.end(db, row.flow, [row.subject], "replayed", actor, now())
        audit.append(db, actor, "replay", row.subject, {"problem": row.problem})
        if row.problem != ADJUSTMENT:
            _again(db, row, "replayed")
    return _("{count} records are planned again.", count=len({row.subject for row in rows}))


def _not_a_limit(row: HoldRow) -> None:
    if row.problem == LIMIT:
        call = f"mode {row.target} {row.kind} --limit N --reason TEXT"
        raise NotPossible(_("Look through the plan, then confirm how many creates may go: {call}.", call=call))


def intent_of(db: Db, row: HoldRow) -> IntentRow | None:
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
    """Agree on the fields in dispute: on what is there, so that ours counts as newer, or on keeping what is there."""
    there = shelf.get(db, f"{intent.target}/{intent.kind}/{intent.remote_id}")
    known = confirmed_of(intent, there)
    if there is None or known is None:
        return
    wanted = plain_body(intent, resolved_links(db, intent.target, [intent]))
    seen = shown(there, wanted)
    disputed = {
        name
        for name, value in wanted.items()
        if name in seen and (intent.kind in LINES or not same(known.sent.get(name), value))
    }
    now_there = {name: seen[name] for name in disputed}
    agreed = now_there if ours else {name: wanted[name] for name in disputed}
    confirmed = {"sent": {**known.sent, **agreed}, "stored": {**known.stored, **now_there}}
    ledger_acts.rebase(db, intent.id, confirmed, now())
