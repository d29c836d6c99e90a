"""From what is wanted to what is done about it: one decision per wanted record, compared three ways."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from console.records.billing import BillingLine, Stage
from console.records.firm import Record
from console.records.intent import Linked, Mode, State, Verb, Wanted
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.rules.book import Book
from console.rules.compare import Comparison, Plain, compare, plain, plain_value
from console.rules.periods import first_open_day
from console.rules.problems import problem
from console.rules.stages import Change, after_posting
from console.rules.terms import different_currencies
from console.words import _

NOT_READ = _("not read yet")
"""Why a write waits for the target kind to be read to its end."""

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
    `adjustments` is what posted adjustments have already changed an invoiced line by.
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
    adjustments: tuple[Money, ...] = ()


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
    linked = (value for value in wanted.body.values() if type(value) is Linked)
    missing = next((value for value in linked if not resolve(value)), None)
    if missing is not None:
        kind = missing.kind.replace("_", " ")
        return Decision(wanted, State.WAITING, "waiting", why=_("waits for its {kind}", kind=kind))
    if not now.covered:
        return Decision(wanted, State.WAITING, "waiting", why=NOT_READ)
    return _at_the_door(wanted, now, Verb.CREATE, "create")


def _at_the_door(wanted: Wanted, now: Now, verb: Verb, outcome: str) -> Decision:
    if now.mode == Mode.WRITE:
        return Decision(wanted, State.READY, outcome, verb, remote_id=now.remote_id)
    return Decision(
        wanted, State.PLANNED, outcome, verb, why=_("mode is {mode}", mode=now.mode.value), remote_id=now.remote_id
    )


def _existing(wanted: Wanted, now: Now, book: Book) -> Decision:
    body = plain(wanted.body, resolver(book, wanted.target))
    there = shown(now.there, body) if now.there is not None else {}
    confirmed = now.confirmed or _baseline(now, body, there)
    if confirmed is None:
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id)
    moved = compare(confirmed.sent, confirmed.stored, body, there)
    if moved.both or (moved.theirs and wanted.kind in LINES):
        return _changed(wanted, now, confirmed, moved, book)
    if not (moved.ours or now.adjustments):
        notes = tuple(moved.theirs)
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id, confirmed=confirmed, notes=notes)
    return _update(wanted, now, confirmed, moved, book)


def _baseline(now: Now, body: Plain, there: Plain) -> Confirmed | None:
    """Where to begin with a record never written from here: None while it has not been read.

    One that carries our own key was written by us before, so what is wanted now wins. Any other was adopted as it is:
    what is wanted and what is there are taken as agreeing.
    """
    if now.there is None:
        return None
    return Confirmed({**body, **there} if now.restored else body, there)


def shown(there: Record, body: Plain) -> Plain:
    """The fields of `body` that the record shows, in comparable form; what it does not carry is left out."""
    known = {each.name for each in fields(there)}
    nothing: Mapping[str, Any] = {name: getattr(there, name) for name in body if name in known}
    return {name: plain_value(value, lambda linked: linked.ref) for name, value in nothing.items() if value != ""}


def _changed(wanted: Wanted, now: Now, confirmed: Confirmed, moved: Comparison, book: Book) -> Decision:
    name, (theirs, ours) = next(iter((moved.both or moved.theirs).items()))
    trouble = problem(
        "changed_by_person",
        wanted.subject,
        name,
        field=name.replace("_", " "),
        platform=_platform(book, wanted),
        by=(now.there.modified_by if now.there else "") or _("somebody"),
        theirs=_said(theirs, book),
        ours=_said(ours, book),
    )
    return replace(_held(wanted, now, confirmed, trouble), notes=tuple(moved.theirs))


def _said(value: Any, book: Book) -> str:
    """A value as a person reads it: money with its currency, another record by its name."""
    match value:
        case None | "":
            return _("nothing")
        case [amount, currency]:
            return f"{amount} {currency}"
        case str() if value.count("/") >= 2:
            return _named(value, book)
    return str(value)


def _named(ref: str, book: Book) -> str:
    kept = (book.customers, book.projects, book.tasks, book.resources, book.rate_cards)
    found = (shelf[ref].name for shelf in kept if ref in shelf)
    connection = ref.split("/", 1)[0]
    return next(found, _("another record") if connection in book.tenants else ref)


def _held(wanted: Wanted, now: Now, confirmed: Confirmed, *problems: Problem) -> Decision:
    """An update that somebody has to decide about first."""
    return Decision(
        wanted,
        State.HELD,
        "hold",
        Verb.UPDATE,
        remote_id=now.remote_id,
        confirmed=confirmed,
        problems=problems,
    )


def _update(wanted: Wanted, now: Now, confirmed: Confirmed, moved: Comparison, book: Book) -> Decision:
    if isinstance(now.there, BillingLine):
        change = after_posting(now.there)
        if change == Change.TELL_OWNER:
            invoice = _invoice(now.there)
            return _held(wanted, now, confirmed, problem("on_draft_invoice", wanted.subject, "amount", invoice=invoice))
        if change == Change.ADJUST:
            return _adjust(wanted, now, now.there, confirmed, moved, book)
    elif wanted.kind in LINES:
        return Decision(wanted, State.WAITING, "waiting", Verb.UPDATE, NOT_READ, now.remote_id, confirmed=confirmed)
    if wanted.problems:
        return _held(wanted, now, confirmed, *wanted.problems)
    ours = replace(wanted, body={name: value for name, value in wanted.body.items() if name not in moved.theirs})
    return replace(_at_the_door(ours, now, Verb.UPDATE, "update"), confirmed=confirmed, notes=tuple(moved.theirs))


def _invoice(line: BillingLine) -> str:
    return parse_ref(line.invoice).remote_id if line.invoice else _("its number is not known")


def _adjust(
    wanted: Wanted, now: Now, there: BillingLine, confirmed: Confirmed, moved: Comparison, book: Book
) -> Decision:
    """An invoiced line is never touched: the difference becomes a line of its own, proposed until approved."""
    if wanted.money is None or there.amount is None or not ("amount" in moved.ours or now.adjustments):
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id, confirmed=confirmed)
    if wanted.money.currency != there.amount.currency:
        platform = _platform(book, wanted)
        line, currency = _("its line in {platform}", platform=platform), there.amount.currency
        mine = wanted.money.currency
        return _held(wanted, now, confirmed, different_currencies(wanted.subject, _("The work"), mine, line, currency))
    delta = wanted.money - sum(now.adjustments, start=there.amount)
    if not delta.amount:
        return Decision(wanted, State.DONE, "unchanged", remote_id=now.remote_id, confirmed=confirmed)
    adjusting = _adjusting(wanted, delta, len(now.adjustments), book)
    trouble = problem("invoiced_change", wanted.subject, "amount", invoice=_invoice(there), delta=delta)
    return Decision(adjusting, State.HELD, "hold", Verb.CREATE, problems=(trouble,))


def _adjusting(wanted: Wanted, delta: Money, earlier: int, book: Book) -> Wanted:
    """The line that brings an invoiced one to what is wanted, named apart from the `earlier` ones."""
    day = first_open_day(book, wanted.target, wanted.legal_entity, wanted.on or book.today) or book.today
    part = hashlib.blake2b(f"{wanted.key} {wanted.money} {earlier}".encode(), digest_size=4).hexdigest()
    limit = book.tenants[wanted.target].key_limit if wanted.target in book.tenants else len(wanted.key) + len(part) + 1
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
    return replace(
        wanted,
        ref=f"{wanted.ref}#{part}",
        kind="charge_line",
        key=f"{wanted.key[: limit - len(part) - 1]}-{part}",
        body=body,
        money=delta,
        on=day,
        adjusts=wanted.key,
    )
