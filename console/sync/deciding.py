"""From what is wanted to what is done about it: one decision per wanted record, compared three ways."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from console.records.billing import BillingLine, Stage
from console.records.firm import Record
from console.records.intent import Linked, Mode, State, Verb, Wanted
from console.records.money import Money
from console.records.problem import Problem
from console.rules.book import Book
from console.rules.compare import Comparison, Plain, compare, plain, plain_value, same
from console.rules.periods import first_open_day
from console.rules.problems import problem
from console.rules.stages import Change, after_posting
from console.words import _

LINES = frozenset({"time_line", "charge_line"})
"""Kinds whose fields are money: what a person changed there is held, never written over and never overlooked."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What we sent last and what the platform kept of it, both comparable (`rules.compare.Plain`)."""

    sent: Plain
    stored: Plain


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of one wanted record at the moment of planning.

    `remote_id` and `there` are its record on the target; `gone` that it was proven deleted; `ours` that the ledger
    has written or adopted it before; `flying` that an attempt is on its way; `restored` that the record there
    carries our key although this workspace never wrote it; `covered` that the target kind is completely read.
    """

    mode: Mode
    covered: bool
    remote_id: str = ""
    there: Record | None = None
    gone: bool = False
    confirmed: Confirmed | None = None
    ours: bool = False
    closed: bool = False
    flying: bool = False
    restored: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one wanted record: `state` is where its intent goes, `why` a short reason.

    `confirmed` is set when the baseline of a record is taken over as it is now (adoption). `outcome` is the
    subject's bucket in the plan: create, update, close, hold, waiting or unchanged.
    """

    wanted: Wanted
    state: State
    outcome: str
    verb: Verb = Verb.CREATE
    why: str = ""
    remote_id: str = ""
    confirmed: Confirmed | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


Resolve = Callable[[Linked], str]


def resolver(book: Book, target: str) -> Resolve:
    """How a `Linked` becomes the ref it has on `target` ('' when it has none there yet)."""

    def resolve(linked: Linked) -> str:
        if linked.ref.startswith(f"{target}/"):
            return linked.ref
        return book.there(target, linked.kind, linked.ref)

    return resolve


def decide(wanted: Wanted, now: Now, book: Book) -> Decision:
    """One decision; pure."""
    if now.flying:
        return Decision(wanted, State.PLANNED, "waiting", why=_("an earlier write is not answered yet"))
    if wanted.closed:
        return _close(wanted, now)
    if not now.remote_id:
        return _create(wanted, now, book)
    if now.gone or _voided(now.there):
        return _gone(wanted, now, book)
    return _existing(wanted, now, book)


def _voided(there: Record | None) -> bool:
    return isinstance(there, BillingLine) and there.stage == Stage.VOIDED


def _platform(book: Book, wanted: Wanted) -> str:
    tenant = book.tenants.get(wanted.target)
    return tenant.platform if tenant else wanted.target


def _close(wanted: Wanted, now: Now) -> Decision:
    if now.closed or not now.remote_id or now.gone:
        return Decision(wanted, State.DONE if now.ours else State.WITHDRAWN, "unchanged", Verb.CLOSE)
    return _at_the_door(wanted, now, Verb.CLOSE, "close")


def _gone(wanted: Wanted, now: Now, book: Book) -> Decision:
    if now.closed:
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id)
    trouble = problem("voided_by_person", wanted.subject, platform=_platform(book, wanted))
    return Decision(wanted, State.HELD, "hold", remote_id=now.remote_id, problems=(trouble,))


def _create(wanted: Wanted, now: Now, book: Book) -> Decision:
    if wanted.problems:
        return Decision(wanted, State.HELD, "hold", problems=tuple(wanted.problems))
    resolve = resolver(book, wanted.target)
    missing = [value for value in wanted.body.values() if isinstance(value, Linked) and not resolve(value)]
    if missing:
        return Decision(wanted, State.WAITING, "waiting", why=_("waits for its {kind}", kind=missing[0].kind))
    if not now.covered:
        return Decision(wanted, State.WAITING, "waiting", why=_("not read yet"))
    return _at_the_door(wanted, now, Verb.CREATE, "create")


def _at_the_door(wanted: Wanted, now: Now, verb: Verb, outcome: str) -> Decision:
    if now.mode == Mode.WRITE:
        return Decision(wanted, State.READY, outcome, verb, remote_id=now.remote_id)
    return Decision(
        wanted, State.PLANNED, outcome, verb, why=_("mode is {mode}", mode=now.mode.value), remote_id=now.remote_id
    )


def _existing(wanted: Wanted, now: Now, book: Book) -> Decision:
    resolve = resolver(book, wanted.target)
    body = plain(wanted.body, resolve)
    there = shown(now.there, body) if now.there is not None else dict(body)
    if now.confirmed is None:
        baseline = Confirmed(there if now.restored else body, there)
        if not now.restored or now.there is None:
            return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id, confirmed=baseline)
        now = replace(now, confirmed=baseline)
    confirmed = now.confirmed
    assert confirmed is not None
    moved = compare(confirmed.sent, confirmed.stored, body, there)
    if moved.both or (moved.theirs and wanted.kind in LINES):
        return _changed(wanted, now, moved, book)
    if not moved.ours:
        notes = tuple(moved.theirs)
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id, confirmed=confirmed, notes=notes)
    return _update(wanted, now, moved, book)


def shown(there: Record, body: Plain) -> Plain:
    """The fields of `body` that the record shows, in comparable form; what it does not carry is left out."""
    known = {each.name for each in fields(there)}
    nothing: Mapping[str, Any] = {name: getattr(there, name) for name in body if name in known}
    return {name: plain_value(value, lambda linked: linked.ref) for name, value in nothing.items() if value != ""}


def _changed(wanted: Wanted, now: Now, moved: Comparison, book: Book) -> Decision:
    name, (theirs, ours) = next(iter((moved.both or moved.theirs).items()))
    trouble = problem(
        "changed_by_person",
        wanted.subject,
        name,
        field=name,
        platform=_platform(book, wanted),
        by=(now.there.modified_by if now.there else "") or "somebody",
        theirs=_said(theirs),
        ours=_said(ours),
    )
    return Decision(
        wanted,
        State.HELD,
        "hold",
        Verb.UPDATE,
        remote_id=now.remote_id,
        confirmed=now.confirmed,
        problems=(trouble,),
        notes=tuple(moved.theirs),
    )


def _said(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " ".join(str(part) for part in value)
    return "nothing" if value is None else str(value)


def _update(wanted: Wanted, now: Now, moved: Comparison, book: Book) -> Decision:
    change = after_posting(now.there) if isinstance(now.there, BillingLine) else Change.UPDATE
    if change == Change.TELL_OWNER:
        assert isinstance(now.there, BillingLine)
        trouble = problem("on_draft_invoice", wanted.subject, "amount", invoice=now.there.invoice)
        return _held_update(wanted, now, trouble)
    if change == Change.ADJUST:
        return _adjust(wanted, now, moved, book)
    if wanted.problems:
        return Decision(
            wanted,
            State.HELD,
            "hold",
            Verb.UPDATE,
            remote_id=now.remote_id,
            confirmed=now.confirmed,
            problems=tuple(wanted.problems),
        )
    decision = _at_the_door(wanted, now, Verb.UPDATE, "update")
    return replace(decision, confirmed=now.confirmed)


def _held_update(wanted: Wanted, now: Now, trouble: Problem) -> Decision:
    return Decision(
        wanted,
        State.HELD,
        "hold",
        Verb.UPDATE,
        remote_id=now.remote_id,
        confirmed=now.confirmed,
        problems=(trouble,),
    )


def _adjust(wanted: Wanted, now: Now, moved: Comparison, book: Book) -> Decision:
    """An invoiced line is never touched: the difference becomes a line of its own, proposed until approved."""
    there = now.there
    assert isinstance(there, BillingLine)
    if wanted.money is None or there.amount is None or same(_amount(there.amount), _amount(wanted.money)):
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id, confirmed=now.confirmed)
    delta = wanted.money - there.amount
    day = first_open_day(book, wanted.target, wanted.legal_entity, wanted.on or book.today) or book.today
    part = hashlib.blake2b(f"{wanted.key} {wanted.money}".encode(), digest_size=4).hexdigest()
    trouble = problem("invoiced_change", wanted.subject, "amount", invoice=there.invoice, delta=delta)
    piece = {"amount": f"{delta.amount:f}", "currency": delta.currency}
    body = {
        "line_type": "adjustment",
        "project": wanted.body.get("project", ""),
        "legal_entity": wanted.legal_entity,
        "tax_code": wanted.body.get("tax_code", ""),
        "on": day.isoformat(),
        "quantity": "1",
        "rate": piece,
        "amount": piece,
        "billable": True,
        "memo": _("Adjusts {key}", key=wanted.key),
    }
    adjusting = replace(
        wanted,
        ref=f"{wanted.ref}#{part}",
        kind="charge_line",
        key=f"{wanted.key[:55]}-{part}",
        body=body,
        money=delta,
        on=day,
        adjusts=wanted.key,
    )
    return Decision(adjusting, State.HELD, "hold", Verb.CREATE, problems=(trouble,))


def _amount(money: Money) -> str:
    return f"{money.amount:f}"
