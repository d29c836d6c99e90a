"""The practice account's front: addresses, tokens, limits, and one envelope for every answer."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.faults import FaultPlan
from console.sandbox.kantata import billing, feed, submissions
from console.sandbox.kantata.bodies import body_of
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.envelope import Envelope, Sight
from console.sandbox.kantata.kinds import Kind
from console.sandbox.kantata.listing import Lists, page_of
from console.sandbox.kantata.oauth import Gate, Holder
from console.sandbox.kantata.references import checked, on_service, put, subject_of
from console.sandbox.kantata.refusal import Refusal, invalid, not_found, unauthorised
from console.sandbox.kantata.saving import Saver
from console.sandbox.kantata.store import Account, Row

DRIFT: Mapping[str, tuple[str, str]] = {
    "workspaces": ("stage", "lifecycle_stage"),
    "stories": ("priority", "urgency"),
    "time_entries": ("notes", "work_notes"),
    "expenses": ("notes", "comment"),
    "users": ("headline", "job_title"),
    "billing_milestones": ("billing_type", "schedule_type"),
}
"""Under the fault `drift`: the attribute each collection loses, and the one it gains."""
_WINDOW = 60.0
_TOO_MANY = Refusal(429, "system", "Too many requests. Please retry your request after a small delay.")
Act = Callable[["Visit", Kind, Row], Row]


@dataclass(slots=True)
class Limit:
    """So many calls in a minute, for an endpoint that has a limit of its own."""

    a_minute: int
    calls: deque[float] = field(default_factory=deque)

    def spend(self) -> None:
        """Count a call. Raises 429 when the minute is full; nothing says when to come back."""
        now = time.monotonic()
        while self.calls and self.calls[0] <= now - _WINDOW:
            self.calls.popleft()
        if len(self.calls) >= self.a_minute:
            raise _TOO_MANY
        self.calls.append(now)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request whose token is good."""

    request: Request
    sight: Sight

    def listed(self, name: str) -> Sequence[str]:
        return [each.strip() for each in self.request.query.get(name, "").split(",") if each.strip()]


class Site:
    """Answers every request to one account. `limits` are calls a minute on the endpoints with their own limit."""

    def __init__(self, account: Account, gate: Gate, saver: Saver, faults: FaultPlan) -> None:
        self.account = account
        self.gate = gate
        self.saver = saver
        self.faults = faults
        self.lists = Lists(account)
        self.limits = {"workspaces": Limit(6000), "custom_field_values": Limit(6000)}
        self._specials: Mapping[tuple[str, ...], Callable[[Visit], Answer]] = {
            ("GET", "users", "me"): self.myself,
            ("GET", "subscribed_events"): self.events,
            ("GET", "subscribed_events", "event_types"): lambda _: as_json(200, {"event_types": feed.event_types()}),
            ("POST", "external_references"): lambda visit: self.referenced(visit, again=False),
            ("POST", "external_references", "create_or_update"): lambda visit: self.referenced(visit, again=True),
            **{("POST", plural): self.decided_together(plural) for plural in submissions.BULK},
        }
        self._acts: Mapping[tuple[str, str], Act] = {
            **{(plural, act): self.decided(act) for plural in submissions.LINES for act in submissions.DECISIONS},
            ("invoices", "cancel"): self.cancelled,
            ("account_memberships", "disable"): self.disabled,
        }

    def __call__(self, request: Request) -> Answer:
        try:
            answer = self.routed(request)
        except Refusal as refusal:
            answer = as_json(refusal.status, refusal.body())
        return Answer(answer.status, answer.body, (*answer.headers, (b"x-request-id", secrets.token_hex(16).encode())))

    def routed(self, request: Request) -> Answer:
        match request.segments:
            case ["oauth", "authorize"]:
                return self.gate.authorize(request)
            case ["oauth", "token"] if request.method == "POST":
                return self.gate.token(request)
            case ["oauth", "revoke"] if request.method == "POST":
                return self.gate.revoke(request)
            case ["api", "v1", *rest] if rest:
                return self.served(request, [*rest[:-1], rest[-1].removesuffix(".json")])
        raise not_found()

    def served(self, request: Request, rest: Sequence[str]) -> Answer:
        holder = self.gate.holder_of(request)
        if holder is None:
            raise unauthorised()
        visit = Visit(request, self.sight(request, holder, rest[0]))
        if rest[0] in self.limits and request.method in ("GET", "POST") and len(rest) == 1:
            self.limits[rest[0]].spend()
        return self.plain(visit, rest)

    def sight(self, request: Request, holder: Holder, plural: str) -> Sight:
        """What the token sees now; the faults whose form is the vendor's own strike here."""
        if not self.faults.rules:
            return Sight(holder.user_id, holder.financial)
        if self.faults.wants("token_expiry", plural):
            self.gate.revoke_used(request)
            raise unauthorised()
        if self.faults.wants("rate_storm", plural):
            raise _TOO_MANY
        half = self.faults.wants("half_role", plural)
        drifted = plural in DRIFT and self.faults.wants("drift", plural)
        lost, gained = DRIFT[plural] if drifted else ("", "")
        return Sight(
            holder.user_id,
            holder.financial and not half,
            frozenset((plural,)) if half else frozenset(),
            {plural: lost} if drifted else {},
            {plural: gained} if drifted else {},
        )

    def plain(self, visit: Visit, rest: Sequence[str]) -> Answer:
        special = self._specials.get((visit.request.method, *rest))
        if special is not None:
            return special(visit)
        kind = KINDS.get(rest[0])
        if kind is None:
            raise not_found()
        match rest[1:]:
            case []:
                return self.many(visit, kind)
            case [row_id]:
                return self.single(visit, kind, row_id)
            case [row_id, act] if (kind.plural, act) in self._acts and visit.request.method in ("PUT", "POST"):
                return self.one(visit, kind, self._acts[kind.plural, act](visit, kind, self.found(visit, kind, row_id)))
        raise not_found()

    def many(self, visit: Visit, kind: Kind) -> Answer:
        """`/<collection>`: a list, or something new."""
        if visit.request.method == "POST":
            return self.created(visit, kind)
        if visit.request.method not in ("GET", "HEAD"):
            raise not_found()
        return self.listed(visit, kind, self.lists.rows(kind, visit.request.query, visit.sight))

    def single(self, visit: Visit, kind: Kind, row_id: str) -> Answer:
        """`/<collection>/<id>`: one object read, changed or deleted."""
        match visit.request.method:
            case "GET" | "HEAD":
                return self.one(visit, kind, self.visible(visit, kind, row_id))
            case "PUT" | "PATCH":
                row, body = self.found(visit, kind, row_id), _inner(body_of(visit.request), kind)
                return self.one(visit, kind, self.saver.update(kind, row, body, visit.sight))
            case "DELETE":
                self.saver.delete(kind, self.found(visit, kind, row_id))
                return Answer(204)
        raise not_found()

    def found(self, visit: Visit, kind: Kind, row_id: str) -> Row:
        row = self.account.row(kind.plural, row_id)
        if row is None or not visit.sight.sees(kind.plural, row):
            raise not_found()
        return row

    def visible(self, visit: Visit, kind: Kind, row_id: str) -> Row:
        """A row as a single GET finds it: hidden by a default filter is not found."""
        row = self.found(visit, kind, row_id)
        if not self.lists.visible(kind, row, visit.request.query, visit.sight):
            raise not_found()
        return row

    def envelope(self, visit: Visit) -> Envelope:
        return Envelope(self.account, visit.sight, visit.listed("include"), visit.listed("optional_fields"))

    def listed(self, visit: Visit, kind: Kind, rows: Sequence[Row]) -> Answer:
        page = page_of(visit.request.query)
        part = rows[page.start : page.start + page.size]
        count = len(rows)
        return as_json(200, self.envelope(visit).of(kind, part, count, page.number, page.size, page.pages(count)))

    def one(self, visit: Visit, kind: Kind, *rows: Row) -> Answer:
        return as_json(200, self.envelope(visit).of(kind, rows, len(rows), 1, max(len(rows), 1), 1))

    def created(self, visit: Visit, kind: Kind) -> Answer:
        """`{"time_entry": {...}}`, or `{"time_entries": [{...}, ...]}` for many."""
        body = body_of(visit.request)
        several = body.get(kind.plural)
        if isinstance(several, list) and all(isinstance(each, dict) for each in several) and several:
            return self.one(visit, kind, *self.saver.create(kind, several, visit.sight))
        return self.one(visit, kind, *self.saver.create(kind, [_inner(body, kind)], visit.sight))

    def events(self, visit: Visit) -> Answer:
        """The feed is for account administrators only."""
        if not visit.sight.financial:
            raise Refusal(403, "system", "You do not have permission to access subscribed events")
        kind = KINDS["subscribed_events"]
        query = {"order": "created_at:asc"} | visit.request.query
        rows = self.lists.rows(kind, query, visit.sight)
        if query.get("most_recent", "").lower() == "true":
            rows = list({row.shown["subject_type"] + str(row.shown["subject_id"]): row for row in rows}.values())
        return self.listed(visit, kind, feed.untidy(rows))

    def referenced(self, visit: Visit, again: bool) -> Answer:
        """A reference on its own; `create_or_update` replaces the service's reference on the object."""
        kind = KINDS["external_references"]
        body = _inner(body_of(visit.request), kind)
        reference = checked(body)
        subject_type, subject_id = subject_of(self.account, body)
        known = on_service(self.account, subject_type, subject_id, reference.service_name)
        if known is not None and not again:
            raise invalid("service_name", "Service name has already been taken")
        row = put(self.account, subject_type, subject_id, reference)
        self.saver.tell(kind, "create" if known is None else "update", row, body)
        return self.one(visit, kind, row)

    def decided(self, act: str) -> Act:
        def decide(visit: Visit, kind: Kind, row: Row) -> Row:
            body = body_of(visit.request)
            given = body.get(kind.singular)
            words = given if isinstance(given, dict) else body
            submissions.decide(self.saver, kind.plural, row, act, visit.sight.user_id, words)
            return row

        return decide

    def decided_together(self, plural: str) -> Callable[[Visit], Answer]:
        """`POST /timesheet_approvals {"timesheet_approval": {"submission_ids": [...]}}` and its likes."""
        target, act = submissions.BULK[plural]
        kind = KINDS[target]

        def decide(visit: Visit) -> Answer:
            body = body_of(visit.request)
            given = body.get(plural.removesuffix("s"))
            inner = given if isinstance(given, dict) else body
            ids = inner.get("submission_ids") or inner.get("ids")
            if not isinstance(ids, list) or not ids:
                raise invalid("submission_ids", "Submission ids can't be blank")
            rows = [self.found(visit, kind, str(each)) for each in ids]
            for row in rows:
                submissions.decide(self.saver, target, row, act, visit.sight.user_id, inner)
            return self.one(visit, kind, *rows)

        return decide

    def myself(self, visit: Visit) -> Answer:
        return self.one(visit, KINDS["users"], self.account["users"].rows[visit.sight.user_id])

    def cancelled(self, visit: Visit, kind: Kind, row: Row) -> Row:
        billing.cancel(self.account, row)
        self.saver.tell(kind, "update", row, {"status": billing.CANCELLED})
        return row

    def disabled(self, visit: Visit, kind: Kind, row: Row) -> Row:
        user = self.account["users"].rows[row.links["user_id"]]
        self.saver.amend(KINDS["users"], user, {"disabled": True})
        self.saver.amend(kind, row, {"disabled_at": user.shown["updated_at"]})
        self.saver.tell(kind, "update", row, {"disabled_at": user.shown["updated_at"]})
        return row


def _inner(body: Mapping[str, Any], kind: Kind) -> Mapping[str, Any]:
    """The object under its singular name. Raises a system error when it is not there."""
    given = body.get(kind.singular)
    if not isinstance(given, dict):
        raise Refusal(400, "system", f"param is missing or the value is empty: {kind.singular}")
    return given
