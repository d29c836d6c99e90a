"""One Salesforce organisation, signed in: calls on its own host, its limits heard, its objects described once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from console.platforms.salesforce.faults import fault_of, hidden_column, out_of_calls, slow_down
from console.platforms.salesforce.shape import Shape, columns, shape_from
from console.wire import soql
from console.wire.answer import Answer
from console.wire.faults import Fault, Refused, TryLater
from console.wire.http import Wire
from console.wire.mapping import Mapping as FieldMapping
from console.wire.sign_in import OAuth2

_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
_HIDDEN_AT_MOST = 40
_BURST = 5.0
"""Seconds after which a burst is over."""
PAGE_HINT = {"Sforce-Query-Options": "batchSize=2000"}


class Org:
    """Speaks to the instance host. `instance_url` empty takes the one the sign-in names, else `login_url`."""

    def __init__(
        self,
        transport: Wire,
        auth: httpx.Auth,
        mapping: FieldMapping,
        *,
        login_url: str,
        instance_url: str = "",
        version: str = "62.0",
    ) -> None:
        self.mapping = mapping
        self.version = version.removeprefix("v")
        self.root = f"/services/data/v{self.version}"
        self.auth = auth
        self.connection = transport.connection
        self._transport = transport
        self._login_url = login_url
        self._instance_url = instance_url
        self._wire: Wire | None = None
        self._shapes: dict[str, Shape | None] = {}
        self._describing = asyncio.Lock()
        self._server_date = ""

    async def wire(self) -> Wire:
        """The signed wire to the instance; signs in first when only that tells the host."""
        if self._wire is None:
            url = self._instance_url
            if not url and isinstance(self.auth, OAuth2):
                url = (await self.auth.token()).facts.get("instance_url", "")
            self._wire = self._transport.signed(url or self._login_url, self.auth, pressed=self._pressed)
        return self._wire

    async def close(self) -> None:
        await self._transport.close()

    async def ask(self, method: str, path: str, *, about: str = "", **how: Any) -> Answer:
        """One call below the data root (or to an absolute path); raises the fault of anything but success."""
        answer = await self.tell(method, path, **how)
        if not answer.ok:
            raise self.fault(answer, about)
        return answer

    async def tell(self, method: str, path: str, **how: Any) -> Answer:
        """One call, whatever its status; hears what it says of the day's allowance."""
        wire = await self.wire()
        answer = await wire.send(method, path if path.startswith("/services") else self.root + path, **how)
        self._hear(answer, wire)
        return answer

    def fault(self, answer: Answer, about: str = "") -> Fault:
        fault = fault_of(answer, self._transport.redaction.body(answer.body, 500), about)
        if isinstance(fault, TryLater) and self._momentary(answer):
            fault.wait = _BURST
        return fault

    def _hear(self, answer: Answer, wire: Wire) -> None:
        self._server_date = answer.headers.get("date", self._server_date)
        if usage := _usage(answer):
            wire.pacing.heard(*usage)
        if out_of_calls(answer) and not self._momentary(answer):
            wire.pacing.spent()

    def _pressed(self, answer: Answer) -> bool:
        return slow_down(answer) or self._momentary(answer)

    def _momentary(self, answer: Answer) -> bool:
        """A limit that is reached although most of the day's allowance is left: a burst, not the day."""
        used, allowed = _usage(answer) or self._transport.pacing.allowance
        return out_of_calls(answer) and allowed > 0 and used < allowed * self._transport.pacing.limits.daily_stop

    def server_clock(self) -> datetime | None:
        """The server's clock as its last answer told it; None when it does not tell."""
        try:
            return parsedate_to_datetime(self._server_date).astimezone(UTC)
        except (TypeError, ValueError):
            return None

    def server_now(self) -> datetime:
        """The server's clock, else ours."""
        return self.server_clock() or datetime.now(UTC)

    async def query(self, statement: str) -> dict[str, Any]:
        """The first page of a query. Raises the fault of a refusal."""
        return (await self.query_answer("/query", {"q": statement})).json_object()

    async def select(
        self,
        kind: str,
        where: Sequence[str],
        order: Sequence[str] = (),
        *,
        extra: Sequence[str] = (),
        deleted_too: bool = False,
    ) -> Answer:
        """The first page of the mapped columns of a kind; columns that turn out to be hidden are left out."""
        path, record = "/queryAll" if deleted_too else "/query", self.mapping.kind(kind).record_name
        while True:
            shape = await self.shape(record)
            seen = [name for name in extra if shape is None or shape.has(name)]
            statement = soql.select([*await self.columns(kind), *seen], record, where, order)
            try:
                return await self.query_answer(path, {"q": statement})
            except Refused as refused:
                if not await self.learn(kind, refused):
                    raise

    async def query_answer(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("GET", path, params=params, headers=PAGE_HINT)

    async def shape(self, record: str) -> Shape | None:
        """What our user sees of an object; None when Salesforce says there is no such object."""
        async with self._describing:
            if record not in self._shapes:
                self._shapes[record] = await self._described(record)
            return self._shapes[record]

    async def _described(self, record: str) -> Shape | None:
        answer = await self.tell("GET", f"/sobjects/{record}/describe")
        if answer.ok:
            told = answer.json()
            return shape_from(record, told if isinstance(told, dict) else {})
        fault = self.fault(answer, record)
        if not isinstance(fault, Refused):
            raise fault
        # A custom object that is not found is not there; a standard one may only refuse to be described.
        return None if record.endswith("__c") else Shape(record)

    async def columns(self, kind: str) -> list[str]:
        """What to select for a kind, as far as the user can see it."""
        entry = self.mapping.kind(kind)
        shape = await self.shape(entry.record_name) or Shape(entry.record_name)
        return columns(entry, shape)

    async def learn(self, kind: str, fault: Fault) -> bool:
        """After a refused query: note the column it names as hidden. True when asking again without it may work."""
        found = hidden_column(fault)
        shape = await self.shape(self.mapping.kind(kind).record_name)
        if found is None or shape is None or len(shape.hidden) >= _HIDDEN_AT_MOST:
            return False
        return shape.hide(*found)


def _usage(answer: Answer) -> tuple[int, int] | None:
    """Used and allowed calls of the day, when the answer tells."""
    found = _USAGE.search(answer.headers.get("sforce-limit-info", ""))
    return (int(found.group(1)), int(found.group(2))) if found else None


def plain_row(row: Any) -> Any:
    """One row of a page without the type and address Salesforce adds to each object; what is no object stays."""
    if type(row) is not dict:
        return row
    row.pop("attributes", None)
    for value in row.values():
        if type(value) is dict:
            value.pop("attributes", None)
    return row
