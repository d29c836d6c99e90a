"""A small Kantata account for tests: the envelope, filters, gates and bad habits its facts describe, over a socket."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import unquote_plus

import uvicorn

from console.platforms.kantata import connect
from console.platforms.kantata.connector import Kantata
from console.wire.http import Bounds, Wire
from console.wire.surface import Batch, Remote

TOKEN = "token-of-an-administrator"
EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFSET = timedelta(hours=-7)
SINGULAR = {"workspaces": "workspace", "stories": "story", "billing_milestones": "billing_milestone"}
GATED = {
    "time_entries": {
        "workspace": ("workspace_id", "workspaces"),
        "user": ("user_id", "users"),
        "story": ("story_id", "stories"),
        "role": ("role_id", "roles"),
        "active_submission": ("active_submission_id", "timesheet_submissions"),
        "recent_submission": ("recent_submission_id", "timesheet_submissions"),
    },
    "expenses": {
        "workspace": ("workspace_id", "workspaces"),
        "user": ("user_id", "users"),
        "active_submission": ("active_submission_id", "expense_report_submissions"),
    },
    "workspaces": {"primary_workspace_group": ("primary_workspace_group_id", "workspace_groups")},
    "stories": {"workspace": ("workspace_id", "workspaces"), "parent": ("parent_id", "stories")},
    "billing_milestones": {"workspace": ("workspace_id", "workspaces"), "story": ("story_id", "stories")},
    "users": {
        "role": ("role_id", "roles"),
        "account_membership": ("account_membership_id", "account_memberships"),
    },
    "rate_cards": {"rate_card_set": ("rate_card_set_id", "rate_card_sets")},
    "rate_card_versions": {
        "rate_card": ("rate_card_id", "rate_cards"),
        "rate_card_set_version": ("rate_card_set_version_id", "rate_card_set_versions"),
    },
}
LISTED = {
    "rate_card_versions": {"rate_card_roles": ("rate_card_role_ids", "rate_card_roles")},
    "timesheet_submissions": {"time_entries": ("time_entry_ids", "time_entries")},
    "expense_report_submissions": {"expenses": ("expense_ids", "expenses")},
}
Row = dict[str, Any]
Result = TypeVar("Result")


def stamp(second: float) -> str:
    """Kantata's form of a time: ISO 8601 with the account's offset, down to the second."""
    moment = EPOCH + timedelta(seconds=int(second)) + OFFSET
    return moment.replace(tzinfo=None).isoformat() + "-07:00"


class Refusal(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, *errors: Row) -> None:
        self.status = status
        self.errors = list(errors)


class Account:
    """One account: `rows[path][id]`, every request in `asked`, and switches for what can go wrong."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = defaultdict(dict)
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.now = 0.0
        self.next_id = 1000
        self.closed_paths: set[str] = set()
        self.ignored: set[str] = set()
        self.hidden_rows: set[tuple[str, str]] = set()
        self.before_answer: Callable[[str, str, dict[str, str]], None] = lambda method, path, params: None
        self.refusals: list[Refusal] = []
        self.lose_answers = 0
        self.bulk_refused = False
        self.number_ids = False
        self.mangle: Callable[[Row], Row] = lambda body: body

    def add(self, path: str, row_id: str = "", **fields: Any) -> str:
        """Put a row there as if a person had made it."""
        self.now += 1
        row_id = row_id or self._number()
        row = {"id": row_id, "created_at": stamp(self.now), "updated_at": stamp(self.now), **fields}
        self.rows[path][row_id] = row
        return row_id

    def touch(self, path: str, row_id: str, **fields: Any) -> None:
        """Change a row as a person would."""
        self.now += 1
        self.rows[path][row_id].update({"updated_at": stamp(self.now), **fields})

    def remove(self, path: str, row_id: str, event: str = "") -> None:
        """Delete a row, and tell of it twice in the feed when `event` names it."""
        del self.rows[path][row_id]
        for _copy in range(2 if event else 0):
            self.add("subscribed_events", event_type=f"{event}:deleted", subject_type=event, subject_id=row_id)

    def refer(self, path: str, row_id: str, service: str, model: str, key: str) -> None:
        """Give a row an external reference."""
        name = self.add("external_references", service_name=service, service_model=model, service_model_ref=key)
        self.rows[path][row_id].setdefault("external_reference_ids", []).append(name)

    def _number(self) -> str:
        self.next_id += 1
        return str(self.next_id)

    def requests(self, method: str, path: str) -> list[dict[str, str]]:
        return [params for verb, place, params, _body in self.asked if verb == method and place == path]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _body_of(receive)
        path = scope["path"].removeprefix("/api/v1/")
        params = {}
        for pair in scope["query_string"].decode().split("&"):
            name, _sign, value = pair.partition("=")
            params[name] = unquote_plus(value)
        params.pop("", None)
        method = scope["method"]
        self.asked.append((method, path, params, body))
        try:
            self._admit(dict(scope["headers"]), path)
            self.before_answer(method, path, params)
            status, answer = self._answer(method, path, params, body)
        except Refusal as refusal:
            status, answer = refusal.status, {"errors": refusal.errors}
        if method != "GET" and status == 200 and self.lose_answers:
            self.lose_answers -= 1
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]})
            raise ConnectionResetError
        text = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"x-request-id", b"req-%d" % len(self.asked))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def _admit(self, headers: dict[bytes, bytes], path: str) -> None:
        if headers.get(b"authorization") != f"Bearer {TOKEN}".encode():
            raise Refusal(401, {"type": "oauth", "message": "Invalid OAuth 2 Request"})
        if self.refusals:
            raise self.refusals.pop(0)
        if path.split("/")[0] in self.closed_paths:
            raise Refusal(403, {"type": "system", "message": "Forbidden"})

    def _answer(self, method: str, path: str, params: dict[str, str], body: Any) -> tuple[int, Row]:
        collection, _slash, row_id = path.partition("/")
        if path == "users/me":
            return 200, self._envelope("users", [self.rows["users"]["1"]], params, 1)
        if method == "POST":
            return 200, self._created(collection, params, body)
        if method == "PUT":
            return 200, self._changed(collection, row_id, params, body)
        if row_id:
            row = self.rows[collection].get(row_id)
            if row is None or (collection, row_id) in self.hidden_rows:
                raise Refusal(404, {"type": "system", "message": "Not found"})
            return 200, self._envelope(collection, [row], params, 1)
        return 200, self._listed(collection, params)

    def _listed(self, path: str, params: dict[str, str]) -> Row:
        rows = [row for row in self.rows[path].values() if (path, row["id"]) not in self.hidden_rows]
        rows = [row for row in rows if self._passes(path, row, params)]
        field, _colon, direction = params.get("order", "created_at:desc").partition(":")
        if "order" not in self.ignored and field in ("updated_at", "created_at"):
            rows.sort(key=lambda row: row.get(field, ""), reverse=direction == "desc")
        size = min(int(params.get("per_page", 20)), 200)
        start = (int(params.get("page", 1)) - 1) * size
        if "limit" in params and "offset" in params and "limit" not in self.ignored:
            start, size = int(params["offset"]), min(int(params["limit"]), 200)
        return self._envelope(path, rows[start : start + size], params, len(rows))

    def _passes(self, path: str, row: Row, params: dict[str, str]) -> bool:
        if "only" in params and row["id"] not in params["only"].split(","):
            return False
        after = params.get("updated_after") if "updated_after" not in self.ignored else None
        if after and _moment(row["updated_at"]) <= _moment(after):
            return False
        if path == "workspaces" and row.get("archived") and params.get("include_archived") != "true":
            return False
        if path == "stories" and row.get("archived") and params.get("show_archived") != "true":
            return False
        if "event_types" in params and row["event_type"] not in params["event_types"].split(","):
            return False
        return self._referenced(row, params)

    def _referenced(self, row: Row, params: dict[str, str]) -> bool:
        keys = params.get("external_reference_service_model_refs")
        if keys is None or "external_reference" in self.ignored:
            return True
        found = [self.rows["external_references"][name] for name in row.get("external_reference_ids", [])]
        return any(
            each["service_model_ref"] in keys.split(",")
            and each["service_name"] == params.get("external_reference_service_name", each["service_name"])
            for each in found
        )

    def _created(self, path: str, params: dict[str, str], body: Row) -> Row:
        many = body.get(path)
        if many is not None and (self.bulk_refused or len(many) > 100):
            raise Refusal(422, {"type": "validation", "message": "Too many or not allowed", "field": "base"})
        wanted = many if many is not None else [body[SINGULAR[path]]]
        for each in wanted:
            if not each.get("title"):
                raise Refusal(422, {"type": "validation", "message": "Please give it a title", "field": "title"})
        made = [self._stored(path, self.add(path), each) for each in wanted]
        return self._envelope(path, made, params, len(made))

    def _changed(self, path: str, row_id: str, params: dict[str, str], body: Row) -> Row:
        if row_id not in self.rows[path]:
            raise Refusal(404, {"type": "system", "message": "Not found"})
        self.touch(path, row_id)
        return self._envelope(path, [self._stored(path, row_id, body[SINGULAR[path]])], params, 1)

    def _stored(self, path: str, row_id: str, fields: Row) -> Row:
        fields = dict(fields)
        reference = fields.pop("external_reference", None)
        row = self.rows[path][row_id]
        row.update({name: str(value) if name.endswith("_id") else value for name, value in fields.items()})
        if path == "workspaces" and "price" in fields:
            row["price_in_cents"] = round(float(fields["price"]) * 100)
        if reference:
            self.refer(path, row_id, *(reference[f"service_{name}"] for name in ("name", "model", "model_ref")))
        return row

    def _envelope(self, path: str, rows: list[Row], params: dict[str, str], total: int) -> Row:
        beside: dict[str, dict[str, Row]] = defaultdict(dict)
        included = params.get("include", "").split(",")
        shown = {}
        for row in rows:
            shown[row["id"]] = self._shown(path, row, included, beside)
        body = {
            "count": total,
            "results": [{"key": path, "id": row["id"]} for row in rows],
            "meta": {"count": total, "page_size": 200},
            **beside,
        }
        body[path] = {**beside.get(path, {}), **shown}
        return self.mangle(body)

    def _shown(self, path: str, row: Row, included: list[str], beside: dict[str, dict[str, Row]]) -> Row:
        plain = dict(row)
        for association, (field, collection) in GATED.get(path, {}).items():
            if association not in included:
                plain.pop(field, None)
            elif plain.get(field) in self.rows[collection]:
                beside[collection][plain[field]] = dict(self.rows[collection][plain[field]])
        lists = {**LISTED.get(path, {}), "external_references": ("external_reference_ids", "external_references")}
        for association, (field, collection) in lists.items():
            if association not in included:
                plain.pop(field, None)
            else:
                plain.setdefault(field, [])
                beside[collection].update({name: dict(self.rows[collection][name]) for name in plain[field]})
        if self.number_ids:
            plain = {name: _as_number(name, value) for name, value in plain.items()}
        return plain


def _as_number(name: str, value: Any) -> Any:
    return int(value) if name.endswith("id") and isinstance(value, str) and value.isdecimal() else value


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def _body_of(receive: Any) -> Any:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return json.loads(body) if body else None


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The app on a free loopback port; its address."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="critical", ws="none", loop="asyncio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def play(
    app: Any, act: Callable[[Kantata], Awaitable[Result]], token: str = TOKEN, mapping: dict[str, Any] | None = None
) -> Result:
    """Serve the account, connect to it and act."""

    async def run() -> Result:
        async with serving(app) as url:
            wire = Wire(connection="k1", bounds=Bounds(tries_idempotent=2, tries_unstored=2))
            connector = connect({"base_url": url}, {"access_token": token}, transport=wire, mapping=mapping)
            try:
                return await act(connector)
            finally:
                await connector.close()

    return asyncio.run(run())


async def read(connector: Kantata, kind: str, since: str = "") -> tuple[list[Remote], Batch]:
    """All records of a read, and its last batch."""
    batches = [batch async for batch in connector.read(kind, since)]
    assert [batch.last for batch in batches] == [False] * (len(batches) - 1) + [True]
    return [record for batch in batches for record in batch.records], batches[-1]


def administrator(account: Account) -> None:
    """Our own user, an administrator of the account."""
    account.add("account_memberships", "9", permission="administrator", is_administrator=True, cost_rate_in_cents=0)
    account.add("users", "1", full_name="Mara Lind", account_id=77, account_membership_id="9", role_id="5")


def firm(account: Account) -> None:
    """A client, a project that asks for approvals, one that does not, and a person."""
    administrator(account)
    account.add(
        "workspace_groups", "20", name="Acme", website="https://www.acme.example/about", address="1 High Street"
    )
    common = {"currency": "USD", "currency_base_unit": 100, "primary_workspace_group_id": "20", "archived": False}
    account.add("workspaces", "30", title="Strict", require_time_approvals=True, price_in_cents=4425000, **common)
    account.add("workspaces", "31", title="Trusting", require_time_approvals=False, **common)


def entry(account: Account, project: str = "30", **fields: Any) -> str:
    """Twenty minutes of work."""
    common = {"date_performed": "2026-03-01", "time_in_minutes": 20, "billable": True, "rate_in_cents": 15000}
    money = {"currency": "USD", "currency_base_unit": 100}
    return account.add("time_entries", workspace_id=project, user_id="1", **{**common, **money, **fields})
