"""The practice org's front: which address leads to which resource, who may pass, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.faults import FaultPlan
from console.sandbox.salesforce import bulk, composite, gathered, identity, limits, reading, records
from console.sandbox.salesforce.bulk_jobs import Jobs
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.limits import Allowance
from console.sandbox.salesforce.oauth import Gate
from console.sandbox.salesforce.reading import Cursors
from console.sandbox.salesforce.refusal import Refusal, not_found
from console.sandbox.salesforce.store import Org
from console.sandbox.salesforce.view import View

OLDEST, NEWEST = 31, 68
_SEASONS = ("Summer", "Winter", "Spring")
_VERSION = re.compile(r"v(\d+)\.0")
_FROM = re.compile(r"\bFROM[\s+]+(\w+)", re.IGNORECASE)
_RESOURCES = ("composite", "jobs", "limits", "query", "queryAll", "sobjects")
_DEAD = Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")


def version_label(number: int) -> str:
    """The release name of an API version: 31 is Summer '14, 62 is Winter '25."""
    step = number - OLDEST
    season = _SEASONS[step % 3]
    year = 14 + step // 3 + (season != "Summer")
    return f"{season} '{year}"


def versions() -> Answer:
    """`GET /services/data`: needs no sign-in."""
    known = [
        {"label": version_label(each), "url": f"/services/data/v{each}.0", "version": f"{each}.0"}
        for each in range(OLDEST, NEWEST + 1)
    ]
    return as_json(200, known)


class Site:
    """Answers every request to one org."""

    def __init__(self, org: Org, gate: Gate, faults: FaultPlan) -> None:
        self.org = org
        self.gate = gate
        self.faults = faults
        self.allowance = Allowance()
        self.cursors = Cursors()
        self.jobs = Jobs()

    def __call__(self, request: Request) -> Answer:
        match request.segments:
            case ["services", "data", *rest]:
                return self.data(request, rest)
            case ["services", "oauth2", page]:
                return self.oauth(request, page)
            case ["id", org_id, user_id]:
                return self.whoami(request, org_id, user_id)
            case [".well-known", "openid-configuration"]:
                return identity.discovery(request)
        return _refused(not_found())

    def oauth(self, request: Request, page: str) -> Answer:
        if page == "userinfo":
            return identity.userinfo(self.org, request) if self.signed_in(request) else _bad_token()
        served = {
            "token": self.gate.token,
            "authorize": self.gate.authorize,
            "revoke": self.gate.revoke,
            "introspect": self.gate.introspect,
        }.get(page)
        return served(request) if served else _refused(not_found())

    def whoami(self, request: Request, org_id: str, user_id: str) -> Answer:
        if not self.signed_in(request):
            return _bad_token()
        if org_id[:15] != self.org.id[:15] or user_id[:15] != self.org.user_id[:15]:
            return Answer(404, b"Bad_Id", ((b"content-type", b"text/html;charset=UTF-8"),))
        return identity.identity(self.org, request)

    def signed_in(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() in ("bearer", "oauth") and token in self.gate.alive

    def data(self, request: Request, rest: Sequence[str]) -> Answer:
        if not rest:
            return versions()
        try:
            version = _version(rest[0])
            if not self.signed_in(request):
                return _refused(_DEAD)
            self.suffer(request, rest[1:])
            self.allowance.spend()
        except Refusal as refusal:
            return _refused(refusal)
        answer = self.serve(request, version, rest[1:])
        return Answer(answer.status, answer.body, (*answer.headers, self.allowance.header()))

    def suffer(self, request: Request, rest: Sequence[str]) -> None:
        """The faults whose form is the vendor's own. Raises what they look like."""
        if not self.faults.rules:
            return
        kind = _kind(request, rest)
        if self.faults.wants("token_expiry", kind):
            self.gate.alive.discard(request.headers["authorization"].partition(" ")[2])
            raise _DEAD
        if self.faults.wants("rate_storm", kind):
            raise limits.exceeded()

    def serve(self, request: Request, version: float, rest: Sequence[str]) -> Answer:
        """Answer a data request that may pass; refusals become the vendor's error array."""
        context = Context(request, self.view(), version, self.cursors, self.jobs)
        try:
            _readable(request)
            return self.resource(context, rest)
        except Refusal as refusal:
            return _refused(refusal)

    def view(self) -> View:
        if not self.faults.rules:
            return View(self.org)
        return View(self.org, _Once(self.faults, "half_role"), _Once(self.faults, "drift"))

    def resource(self, context: Context, rest: Sequence[str]) -> Answer:
        if not rest:
            return as_json(200, {each: f"{context.root}/{each}" for each in _RESOURCES})
        first, *more = rest
        match first:
            case "sobjects":
                return _sobjects(context, more)
            case "query" | "queryAll":
                return reading.query(context, more, deleted_too=first == "queryAll")
            case "composite":
                return self.composed(context, more)
            case "jobs":
                return bulk.jobs(context, more)
            case "limits" if not more:
                return as_json(200, self.allowance.shown())
        raise not_found()

    def composed(self, context: Context, rest: Sequence[str]) -> Answer:
        match rest:
            case []:
                return composite.composite(context, self.subrequest)
            case ["sobjects", *more]:
                return gathered.collections(context, more)
            case ["batch"]:
                return composite.batch(context, self.subrequest)
            case ["tree", kind]:
                return composite.tree(context, kind)
        raise not_found()

    def subrequest(self, request: Request) -> Answer:
        """One part of a composite request: counted with the whole, refused alone."""
        if request.segments[:2] != ["services", "data"] or len(request.segments) < 3:
            return _refused(not_found())
        return self.serve(request, _version(request.segments[2]), request.segments[3:])


def _sobjects(context: Context, rest: Sequence[str]) -> Answer:
    match rest:
        case []:
            return reading.global_describe(context)
        case [kind]:
            return _object(context, kind)
        case [kind, ("describe" | "updated" | "deleted") as page]:
            return _PAGES[page](context, kind)
        case [kind, record_id]:
            return records.one(context, kind, record_id)
        case [kind, name, value]:
            return records.keyed(context, kind, name, value)
    raise not_found()


_PAGES = {"describe": reading.object_describe, "updated": reading.updated, "deleted": reading.deleted}


def _object(context: Context, kind: str) -> Answer:
    """`/sobjects/<kind>/`: what it is, or a new record of it."""
    if context.request.method == "POST":
        return records.create(context, kind)
    if context.request.method in ("GET", "HEAD"):
        return reading.object_basics(context, kind)
    raise records.not_allowed(context, "GET,HEAD,POST")


def _version(text: str) -> float:
    """The version a path asks for. Raises UNSUPPORTED_API_VERSION for retired ones, NOT_FOUND for unknown ones."""
    found = _VERSION.fullmatch(text)
    number = int(found[1]) if found else 0
    if found is None or number > NEWEST:
        raise not_found()
    if number < OLDEST:
        raise Refusal(410, "UNSUPPORTED_API_VERSION", f"The requested API version ({text}) has been retired")
    return float(number)


def _readable(request: Request) -> None:
    """A body must say that it is JSON (or CSV, where a job takes it)."""
    written = request.method in ("POST", "PATCH", "PUT") and request.body
    if written and request.content_type not in ("application/json", "text/csv"):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type {request.content_type!r} is not supported")


def _kind(request: Request, rest: Sequence[str]) -> str:
    """The object a request is about, as far as its address says."""
    match rest:
        case ["sobjects", kind, *_] | ["composite", ("sobjects" | "tree"), kind, *_]:
            return kind
        case ["query" | "queryAll"]:
            found = _FROM.search(request.query.get("q", ""))
            return found[1] if found else "query"
        case [first, *_]:
            return first
    return "*"


class _Once:
    """Asks the fault plan once per request and object."""

    def __init__(self, faults: FaultPlan, fault: str) -> None:
        self._faults = faults
        self._fault = fault
        self._known: dict[str, bool] = {}

    def __call__(self, kind: str) -> bool:
        if kind not in self._known:
            self._known[kind] = self._faults.wants(self._fault, kind)
        return self._known[kind]


def _bad_token() -> Answer:
    return Answer(403, b"Bad_OAuth_Token", ((b"content-type", b"text/html;charset=UTF-8"),))


def _refused(refusal: Refusal) -> Answer:
    return as_json(refusal.status, refusal.body())
