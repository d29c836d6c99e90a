"""What a replay would do now: planned in a trial that is undone, and said field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from console.records.intent import State, Verb
from console.rules.book import Tenant
from console.rules.compare import same
from console.sync.acts import ADJUSTMENT, held, intent_of, replay
from console.sync.flights import plain_body, resolved_links
from console.sync.planning import plan_chunk
from console.sync.rounds import confirmed_of
from console.words import _
from local_db import book as shelf
from local_db import holds
from local_db.holds import HoldRow
from local_db.ledger import IntentRow
from local_db.store import Db


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do now: `does` is create, update, close, no change, hold or waiting; `differences` by field
    are (there, wanted)."""

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
            if row.problem != ADJUSTMENT:
                plan_chunk(db, row.flow, tenants, today, only=[row.subject])
            found.append(_came_to(db, row))
            raise _Undo
    except _Undo:
        return found[0]


def _came_to(db: Db, row: HoldRow) -> Preview:
    intent = intent_of(db, row)
    standing = holds.every(db, flow=row.flow, subjects=[row.subject])
    if standing:
        return Preview("hold", standing[0].sentence, {})
    if intent is None:
        return Preview("no change", _("Nothing would be written."), {})
    differences = _differences(db, intent)
    if intent.state == State.WAITING:
        return Preview("waiting", intent.why, differences)
    if intent.state == State.READY:
        return Preview(intent.verb.value, _said(intent), differences)
    if intent.state == State.PLANNED:
        return Preview(intent.verb.value, _("{said} Not yet: {why}.", said=_said(intent), why=intent.why), differences)
    return Preview("no change", _("It is already as it should be."), {})


def _said(intent: IntentRow) -> str:
    what = {Verb.CREATE: _("create"), Verb.CLOSE: _("close")}.get(intent.verb, _("change"))
    return _("It would {what} a {kind} on {target}.", what=what, kind=intent.kind, target=intent.target)


def _differences(db: Db, intent: IntentRow) -> dict[str, tuple[Any, Any]]:
    """Field -> (there, wanted), where they differ."""
    there = shelf.get(db, f"{intent.target}/{intent.kind}/{intent.remote_id}") if intent.remote_id else None
    known = confirmed_of(intent, there)
    before = {**known.sent, **known.stored} if known else {}
    wanted = plain_body(intent, resolved_links(db, intent.target, [intent]))
    return {
        name: (_json(before.get(name)), _json(value))
        for name, value in wanted.items()
        if not same(before.get(name), value)
    }


def _json(value: Any) -> Any:
    match value:
        case (amount, currency):
            return {"amount": amount, "currency": currency}
    return value
