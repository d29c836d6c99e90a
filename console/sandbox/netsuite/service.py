"""The practice NetSuite on the wire: who may come in, how many at once, and which part of the API answers."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from console.sandbox.answering import Answer, as_json
from console.sandbox.faults import FaultPlan
from console.sandbox.netsuite import oauth1
from console.sandbox.netsuite.jobs import Queue
from console.sandbox.netsuite.mirror import MOST_ROWS, Mirror
from console.sandbox.netsuite.oauth2 import Denied, TokenOffice
from console.sandbox.netsuite.refusals import Refusal, bad_parameter, not_found, not_signed_in, too_many, unreadable
from console.sandbox.netsuite.request import Request, read
from console.sandbox.netsuite.resources import Resources, bad_header, page_of, refused
from console.sandbox.netsuite.shape import collection_json
from console.sandbox.netsuite.tables import TABLES
from console.sandbox.tenant import Receive, Scope, Send

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
AUTHORIZE_PATH = "/app/login/oauth2/authorize.nl"
QUERY_SECONDS = 0.005
"""How long a query keeps its place among the concurrent requests at least; records take only what they take."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Both ways in, and how many requests may be inside at once."""

    tokens: oauth1.Verifier
    office: TokenOffice
    concurrency: int


class Service:
    """The ASGI app."""

    def __init__(self, doors: Doors, resources: Resources, mirror: Mirror, queue: Queue, faults: FaultPlan) -> None:
        self._doors = doors
        self._resources = resources
        self._mirror = mirror
        self._queue = queue
        self._faults = faults
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._inside += 1
        try:
            answer = await self._answer(await read(scope, receive))
        finally:
            self._inside -= 1
        headers = [*answer.headers, (b"x-n-operationid", secrets.token_hex(16).encode())]
        if answer.status != 204:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _answer(self, request: Request) -> Answer:
        if request.path == TOKEN_PATH:
            return self._token(request)
        if request.path == AUTHORIZE_PATH:
            return self._authorize(request)
        try:
            self._let_in(request)
            if "/query/" in request.path:
                await asyncio.sleep(QUERY_SECONDS)
            return self._route(request, request.segments)
        except Refusal as refusal:
            return refused(refusal)

    def _let_in(self, request: Request) -> None:
        """Raise 401 for strangers and 429 for one too many; the faults of this kind come in the same form."""
        kind = _kind(request)
        bearer = self._sign_in(request)
        if self._faults.wants("token_expiry", kind):
            self._doors.office.end(bearer)
            raise not_signed_in()
        if self._inside > self._doors.concurrency or self._faults.wants("rate_storm", kind):
            raise too_many()

    def _sign_in(self, request: Request) -> str:
        """The bearer token of the request, empty when it was signed instead; raises 401 when neither holds."""
        header, now = request.headers.get("authorization", ""), time.time()
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer" and self._doors.office.holds(rest.strip(), now):
            return rest.strip()
        if scheme.lower() != "oauth":
            raise not_signed_in()
        signed = oauth1.Signed(request.method, request.scheme, request.host, request.path, request.raw_query, header)
        if self._doors.tokens.signer(signed, now) is None:
            raise not_signed_in()
        return ""

    def _route(self, request: Request, path: Sequence[str]) -> Answer:
        match list(path[:4]):
            case ["services", "rest", "record", "v1"]:
                return self._resources.answer(request, path[4:])
            case ["services", "rest", "query", "v1"] if list(path[4:]) == ["suiteql"]:
                return self._query(request)
            case ["services", "rest", "async", "v1"] if path[4:5] == ["job"]:
                return self._queue.answer(request.origin, path[5:])
        raise not_found()

    def _query(self, request: Request) -> Answer:
        if request.method != "POST":
            raise Refusal(405, "METHOD_NOT_ALLOWED", f"Method {request.method} is not allowed for this resource.")
        if "transient" not in request.headers.get("prefer", "").lower():
            raise bad_header("Invalid or missing Prefer header. Set its value to transient.", "Prefer")
        limit, offset = page_of(request.query)
        if offset + limit > MOST_ROWS:
            raise bad_parameter(f"A query returns at most {MOST_ROWS} rows.", "offset")
        body = request.json()
        text = body.get("q") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise unreadable("The request body must contain the query in q.", "q")
        tables = self._mirror.tables_of(text) if self._faults.rules else frozenset()
        half = frozenset(each for each in tables if TABLES_HALVED.get(each) and self._faults.wants("half_role", each))
        drifted = frozenset(each for each in tables if self._faults.wants("drift", each))
        rows, total = self._mirror.page(text, limit, offset, half, drifted)
        url = f"{request.origin}{request.path}"
        page = collection_json(url, {}, rows, total, limit, offset)
        headers = [(b"content-type", b"application/vnd.oracle.resource+json; type=collection")]
        return Answer(200, orjson.dumps(page), headers)

    def _token(self, request: Request) -> Answer:
        if request.method != "POST":
            return as_json(405, {"error": "invalid_request"})
        basic = request.headers.get("authorization", "")
        address = oauth1.address(request.scheme, request.host, request.path)
        try:
            form = request.body.decode("utf-8", "replace")
            return as_json(
                200, self._doors.office.grant(form, basic, address, time.time()), [(b"cache-control", b"no-store")]
            )
        except Denied as denied:
            return as_json(denied.status, {"error": denied.error})

    def _authorize(self, request: Request) -> Answer:
        try:
            target = self._doors.office.authorize(request.raw_query, time.time())
        except Denied as denied:
            return as_json(denied.status, {"error": denied.error})
        return Answer(302, b"", [(b"location", target.encode())])


TABLES_HALVED = {name: table.halved for name, table in TABLES.items()}


def _kind(request: Request) -> str:
    """The record type a request is about, `suiteql` for a query: what a fault may be limited to."""
    path = request.segments
    return path[4].lower() if len(path) > 4 else "*"
