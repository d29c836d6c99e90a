"""A small NetSuite account on a real socket, made from the vendor's documented behaviour, for the connector's tests."""

from __future__ import annotations

import asyncio
import itertools
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import unquote

import orjson
import uvicorn
from oauthlib.common import Request as OAuthRequest
from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.platforms.netsuite import NetSuite, connect
from console.wire.http import Bounds, Wire

SECRETS = {
    "consumer_key": "consumer-key-of-the-test",
    "consumer_secret": "consumer-secret-of-the-test",
    "token_id": "token-id-of-the-test",
    "token_secret": "token-secret-of-the-test",
}
ACCOUNT = "1234567_SB1"
TABLES: Mapping[str, str] = {
    "subsidiary": "id name legalname country currency parent isinactive lastmodifieddate",
    "currency": "id symbol name",
    "term": "id name",
    "item": "id itemid displayname itemtype isinactive lastmodifieddate",
    "chargetype": "id name",
    "salestaxitem": "id itemid rate country subsidiary isinactive lastmodifieddate",
    "accountingperiod": "id periodname startdate enddate closed alllocked arlocked aplocked isquarter isyear isadjust "
    "lastmodifieddate",
    "employee": "id entityid firstname lastname email subsidiary title isinactive externalid lastmodifieddate",
    "customer": "id entityid companyname altname vatregnumber externalid parent subsidiary currency terms url "
    "defaulttaxreg isinactive lastmodifieddate lastmodifiedby",
    "job": "id entityid companyname externalid parent subsidiary currency jobbillingtype entitystatus startdate "
    "projectedenddate estimatedrevenue isinactive lastmodifieddate lastmodifiedby",
    "projecttask": "id title project parent nonbillabletask estimatedwork status isinactive externalid "
    "lastmodifieddate lastmodifiedby",
    "timebill": "id employee trandate hours customer casetaskevent item isbillable rate overriderate price posted "
    "subsidiary memo externalid lastmodifieddate lastmodifiedby",
    "charge": "id billto projecttask chargedate quantity rate amount stage use chargetype billingitem currency "
    "subsidiary memo description timerecord invoice invoiceline creditmemo externalid lastmodifieddate lastmodifiedby",
    "transaction": "id type tranid entity trandate duedate status approvalstatus voided currency foreigntotal "
    "foreignamountunpaid taxtotal externalid lastmodifieddate lastmodifiedby",
    "transactionline": "id transaction mainline subsidiary",
    "nexttransactionlinelink": "previousdoc nextdoc foreignamount linktype",
    "deletedrecord": "recordid type deleteddate",
}
RECORDS = {
    "customer": "customer",
    "job": "job",
    "projectTask": "projecttask",
    "timeBill": "timebill",
    "charge": "charge",
}
_NO_FIELD = re.compile(r"no such column: (?:\w+\.)?(\w+)")
_NO_TABLE = re.compile(r"no such table: (\w+)")
T = TypeVar("T")
Answering = Callable[[Request], Awaitable[Response | None]]


def error(status: int, code: str, detail: str, path: str = "", title: str = "Bad Request") -> JSONResponse:
    entry = {"detail": detail, "o:errorCode": code, **({"o:errorPath": path} if path else {})}
    return JSONResponse({"type": "about:blank", "title": title, "status": status, "o:errorDetails": [entry]}, status)


class Account:
    """State and habits of one account. `before` may answer a request instead; `seen` keeps what was asked."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {table: {} for table in TABLES}
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.seen: list[tuple[str, str, Any]] = []
        self.queries: list[str] = []
        self.hidden_columns: set[str] = set()
        self.forbidden_tables: set[str] = set()
        self.before: Answering | None = None
        self.page = 1000
        self.announce_total = True
        self.location = "{base}/services/rest/record/v1/{record}/{id}"
        self.write_status = 204
        self.jobs: dict[str, bool] = {}
        self.takes_lists = True
        self.nonces: set[str] = set()
        self._ids = itertools.count(1000)
        self._clock = itertools.count(1)

    def put(self, table: str, identity: int, **columns: Any) -> None:
        """A record as a query shows it."""
        given = {"id": identity, "lastmodifieddate": self.stamp(), **columns}
        self.rows[table][str(identity)] = {name: given[name] for name in given if name in TABLES[table].split()}

    def stamp(self) -> str:
        at = next(self._clock)
        return f"2026-03-{1 + at // 86400:02d} {at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}"

    def app(self) -> Starlette:
        base = "/services/rest"
        return Starlette(
            routes=[
                Route(f"{base}/query/v1/suiteql", self._suiteql, methods=["POST"]),
                Route(f"{base}/record/v1/{{record}}", self._collection, methods=["GET", "PUT"]),
                Route(
                    f"{base}/record/v1/{{record}}/{{place}}", self._record, methods=["GET", "PUT", "PATCH", "DELETE"]
                ),
                Route(f"{base}/async/v1/job/{{job}}", self._job, methods=["GET"]),
                Route(f"{base}/async/v1/job/{{job}}/task", self._tasks, methods=["GET"]),
            ]
        )

    async def _enter(self, request: Request) -> Response | None:
        """Every request: note it, check its signature with oauthlib, let a test answer first."""
        body = await request.body()
        self.seen.append((request.method, str(request.url.path), orjson.loads(body) if body else None))
        if not self._signed(request):
            return error(401, "INVALID_LOGIN", "Invalid login attempt. For more details, see the Login Audit Trail.")
        return await self.before(request) if self.before else None

    def _signed(self, request: Request) -> bool:
        header = request.headers.get("authorization", "")
        params = dict(parse_authorization_header(header)) if header.startswith("OAuth ") else {}
        nonce = params.get("oauth_nonce", "")
        if params.get("realm") != ACCOUNT or not nonce or nonce in self.nonces:
            return False
        self.nonces.add(nonce)
        asked = OAuthRequest(str(request.url), http_method=request.method)
        asked.params = signature.collect_parameters(
            uri_query=request.url.query, headers={"Authorization": header}, exclude_oauth_signature=True
        )
        asked.signature = unquote(params.get("oauth_signature", ""))
        return signature.verify_hmac_sha256(asked, SECRETS["consumer_secret"], SECRETS["token_secret"])

    async def _suiteql(self, request: Request) -> Response:
        if (early := await self._enter(request)) is not None:
            return early
        if request.headers.get("prefer") != "transient":
            return error(400, "INVALID_HEADER", "The Prefer header must be transient.")
        text = orjson.loads(await request.body())["q"]
        self.queries.append(text)
        limit, offset = int(request.query_params["limit"]), int(request.query_params["offset"])
        try:
            rows = self._run(text)
        except sqlite3.OperationalError as wrong:
            return self._bad_search(str(wrong))
        except PermissionError:
            return error(
                403, "INSUFFICIENT_PERMISSION", "Your current role does not have permission to perform this action."
            )
        shown = rows[offset : offset + min(limit, self.page)]
        more = offset + len(shown) < len(rows)
        items = [{"links": [], **{k: str(v) for k, v in row.items() if v is not None}} for row in shown]
        body = {"links": [], "count": len(shown), "hasMore": more, "items": items, "offset": offset}
        return JSONResponse(body | ({"totalResults": len(rows)} if self.announce_total else {}))

    @staticmethod
    def _bad_search(wrong: str) -> Response:
        field, table = _NO_FIELD.search(wrong), _NO_TABLE.search(wrong)
        said = f"Field '{field.group(1)}' not found." if field else "Invalid or unsupported search."
        if table:
            said = f"Record '{table.group(1)}' was not found."
        return error(400, "USER_ERROR", f"Search error occurred: {said}", title="Invalid search query.")

    def _run(self, text: str) -> list[dict[str, Any]]:
        table = re.search(r"FROM (\w+)", text)
        assert table
        if table.group(1) in self.forbidden_tables:
            raise PermissionError
        base = sqlite3.connect(":memory:")
        base.row_factory = sqlite3.Row
        base.create_function("TO_CHAR", 2, lambda value, form: value and value[: 10 if form == "YYYY-MM-DD" else 19])
        # Numbers compare with texts that hold them, as in the vendor's database.
        base.create_function("TO_DATE", 2, lambda value, form: value)
        name = table.group(1)
        columns = [each for each in TABLES.get(name, "").split() if each not in self.hidden_columns]
        if columns:
            numeric = ", ".join(f'"{each}" NUMERIC' for each in columns)
            base.execute(f'CREATE TABLE "{name}" ({numeric})')
            marks = ", ".join("?" * len(columns))
            base.executemany(
                f'INSERT INTO "{name}" VALUES ({marks})',
                [[row.get(column) for column in columns] for row in self.rows[name].values()],
            )
        found = [dict(row) for row in base.execute(re.sub(r"\btransaction\b", '"transaction"', text))]
        base.close()
        return found

    async def _collection(self, request: Request) -> Response:
        if (early := await self._enter(request)) is not None:
            return early
        record = request.path_params["record"]
        if request.method == "PUT":
            return await self._take_list(request, record)
        ids = [identity for (name, identity) in self.records if name == record]
        offset, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
        shown = ids[offset : offset + limit]
        return JSONResponse(
            {"items": [{"links": [], "id": each} for each in shown], "hasMore": offset + limit < len(ids)}
        )

    async def _take_list(self, request: Request, record: str) -> Response:
        if not self.takes_lists:
            return error(405, "METHOD_NOT_ALLOWED", "Not supported.")
        assert request.headers["prefer"] == "respond-async"
        key = request.headers["x-netsuite-idempotency-key"]
        where = {"location": f"/services/rest/async/v1/job/{key[:8]}"}
        if key[:8] in self.jobs:
            answer = error(400, "IDEMPOTENCY_ERROR", "A request with this key was sent before.", title="Conflict")
            answer.headers.update(where)
            return answer
        self.jobs[key[:8]] = False
        for item in orjson.loads(await request.body())["items"]:
            self.store(record, item.pop("externalId"), item)
        return Response(status_code=202, headers=where)

    async def _job(self, request: Request) -> Response:
        if (early := await self._enter(request)) is not None:
            return early
        return JSONResponse({"completed": self.jobs[request.path_params["job"]], "progress": "pending"})

    async def _tasks(self, request: Request) -> Response:
        return await self._enter(request) or JSONResponse({"items": []})

    async def _record(self, request: Request) -> Response:
        if (early := await self._enter(request)) is not None:
            return early
        record, place = request.path_params["record"], request.path_params["place"]
        identity = self._place(record, place)
        if request.method == "PUT":
            assert request.headers["x-netsuite-propertynamevalidation"] == "Error"
            identity = self.store(record, place.removeprefix("eid:"), orjson.loads(await request.body()))
            return self._stored(request, record, identity)
        held = self.records.get((record, identity))
        if held is None:
            return error(404, "NONEXISTENT_ID", "The record instance does not exist.", title="Not Found")
        if request.method == "GET":
            return JSONResponse({"links": [], **held})
        if request.method == "PATCH":
            self._keep(record, identity, held | orjson.loads(await request.body()))
            return self._stored(request, record, identity)
        del self.records[record, identity]
        self.rows[RECORDS[record]].pop(identity, None)
        return Response(status_code=204)

    def _place(self, record: str, place: str) -> str:
        if not place.startswith("eid:"):
            return place
        key = place.removeprefix("eid:")
        found = (i for (name, i), held in self.records.items() if name == record and held.get("externalId") == key)
        return next(found, "")

    def store(self, record: str, key: str, fields: dict[str, Any]) -> str:
        """Create or update by external id, as an upsert does."""
        identity = self._place(record, f"eid:{key}") or str(next(self._ids))
        held = self.records.get((record, identity), {})
        self._keep(record, identity, held | fields | {"externalId": key})
        return identity

    def _keep(self, record: str, identity: str, held: dict[str, Any]) -> None:
        stamp = self.stamp()
        self.records[record, identity] = held | {"id": identity, "lastModifiedDate": f"{stamp.replace(' ', 'T')}Z"}
        if (table := RECORDS.get(record)) is not None:
            row = {name.lower(): _shown(value) for name, value in held.items()}
            self.put(table, int(identity), **{k: v for k, v in row.items() if k not in ("id", "lastmodifieddate")})

    def _stored(self, request: Request, record: str, identity: str) -> Response:
        base = str(request.base_url).rstrip("/")
        place = self.location.format(base=base, record=record, id=identity)
        return Response(status_code=self.write_status, headers={"location": place} if place else {})


def _shown(value: Any) -> Any:
    match value:
        case bool():
            return "T" if value else "F"
        case {"id": identity}:
            return identity
        case str() if re.fullmatch(r"\d+:\d\d", value):
            whole, rest = value.split(":")
            return f"{int(whole) + int(rest) / 60:.4f}"
        case dict():
            return None
    return value


def furnished() -> Account:
    """An account with two companies, a customer, a project, a task, a person and the lists they point into."""
    account = Account()
    account.put("currency", 1, symbol="USD", name="USA")
    account.put("currency", 2, symbol="GBP", name="British pound")
    account.put("subsidiary", 1, name="Northlight Inc", legalname="Northlight Inc.", country="US", currency="1")
    account.put("subsidiary", 2, name="Northlight Ltd", legalname="Northlight Limited", country="GB", currency="2")
    account.put("term", 4, name="Net 30")
    account.put("item", 7, itemid="Consulting", itemtype="Service", isinactive="F")
    account.put("chargetype", 3, name="Milestone")
    account.put("chargetype", 4, name="Expense-Based")
    account.put("employee", 21, entityid="Ana Ruiz", firstname="Ana", lastname="Ruiz", subsidiary="1", isinactive="F")
    account.put(
        "customer",
        31,
        companyname="Harbour & Sons",
        externalid="relay-31",
        subsidiary="2",
        currency="2",
        terms="4",
        isinactive="F",
    )
    account.put(
        "job",
        41,
        companyname="Harbour rollout",
        parent="31",
        subsidiary="2",
        currency="2",
        jobbillingtype="TM",
        estimatedrevenue="12000.50",
        startdate="2026-01-05",
        isinactive="F",
        lastmodifiedby="21",
    )
    account.put("projecttask", 51, title="Design", project="41", status="PROGRESS", isinactive="F", nonbillabletask="F")
    return account


@asynccontextmanager
async def served(account: Account) -> AsyncIterator[str]:
    """The account on a loopback port of its own."""
    config = uvicorn.Config(account.app(), port=0, log_level="critical", lifespan="off", http="h11", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def connected(
    account: Account, /, override: Mapping[str, Any] | None = None, **fields: str
) -> AsyncIterator[NetSuite]:
    """A connector on the served account; calls are tried once, so that every answer is seen."""
    async with served(account) as base_url:
        wire = Wire(connection="erp", bounds=Bounds(tries_idempotent=1, tries_unstored=1))
        given = {"account": ACCOUNT, "base_url": base_url, **fields}
        connector = connect(given, SECRETS, transport=wire, mapping=override)
        assert isinstance(connector, NetSuite)
        try:
            yield connector
        finally:
            await connector.close()


def with_connector(account: Account, use: Callable[[NetSuite], Awaitable[T]], /, **fields: Any) -> T:
    """What `use` answers, in a loop of its own."""

    async def run() -> T:
        async with connected(account, **fields) as connector:
            return await use(connector)

    return asyncio.run(run())
