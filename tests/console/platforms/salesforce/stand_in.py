"""A small Salesforce of our own: just enough protocol to show one habit at a time. Tests bend single answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from console.platforms.salesforce import CARD
from console.platforms.salesforce.client import Salesforce
from console.platforms.salesforce.org import Org
from console.wire.faults import Fault
from console.wire.http import Bounds, Wire
from console.wire.mapping import load
from console.wire.pacing import Limits, Pacing
from console.wire.sign_in import Bearer
from console.wire.surface import Batch, Remote
from tests.loopback import Asked, Reply, StandIn, served, told

ROOT = "/services/data/v62.0"
Result = TypeVar("Result")
Bent = Callable[[Asked], Reply | None]
"""Answers what it wants to bend, None for the rest."""


def account(number: int, stamp: str = "", **fields: Any) -> dict[str, Any]:
    """One account as a query shows it; accounts are a minute apart."""
    return {
        "attributes": {"type": "Account", "url": f"{ROOT}/sobjects/Account/{account_id(number)}"},
        "Id": account_id(number),
        "Name": f"Account {number}",
        "SystemModstamp": stamp
        or f"2024-01-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00.000+0000",
        **fields,
    }


def account_id(number: int) -> str:
    return f"001{number:012d}AAA"


def refusal(code: str, message: str = "no", status: int = 400, **more: Any) -> Reply:
    return told([{"errorCode": code, "message": message, **more}], status)


def page(rows: list[dict[str, Any]], total: int | None = None, forward: str = "") -> Reply:
    body = {"totalSize": len(rows) if total is None else total, "done": not forward, "records": rows}
    return told({**body, **({"nextRecordsUrl": forward} if forward else {})})


def statement(asked: Asked) -> str:
    return asked.query.get("q", "")


class Fake:
    """Accounts in memory behind query, queryAll and describe."""

    def __init__(self, rows: list[dict[str, Any]], bent: Bent) -> None:
        self.rows = rows
        self.bent = bent

    def answer(self, asked: Asked) -> Reply:
        return self.bent(asked) or self._usual(asked)

    def _usual(self, asked: Asked) -> Reply:
        match asked.path.removeprefix(ROOT).split("/")[1:]:
            case ["sobjects", record, "describe"]:
                return described(record)
            case ["query" | "queryAll"]:
                return self._query(statement(asked))
            case ["sobjects", _record, "deleted", *_rest]:
                return told({"deletedRecords": [], "earliestDateAvailable": "2000-01-01T00:00:00.000+0000"})
            case _:
                return refusal("NOT_FOUND", "The requested resource does not exist", 404)

    def _query(self, soql: str) -> Reply:
        rows = self.rows
        if found := re.search(r"SystemModstamp >=? (\d[\d\-T:.]+)", soql):
            rows = [row for row in rows if row["SystemModstamp"][:23] >= found.group(1)[:23]]
        if "COUNT()" in soql:
            return told({"totalSize": len(rows), "done": True, "records": []})
        if found := re.search(r"IN \(([^)]*)\)", soql):
            wanted = re.findall(r"'([^']*)'", found.group(1))
            rows = [row for row in rows if row["Id"] in wanted or row.get("Tieout_Key__c") in wanted]
        return page([dict(row) for row in rows])


def described(record: str, names: tuple[str, ...] = (), **flags: Any) -> Reply:
    """A description that shows every mapped field, or only those named."""
    kinds = load("salesforce").kinds.values()
    paths = {path for kind in kinds if kind.record_name == record for found in kind.paths.values() for path in found}
    seen = names or tuple(path for path in {"Id", "SystemModstamp", "IsDeleted", *paths} if "." not in path)
    types = {"SystemModstamp": "datetime", "IsDeleted": "boolean", "Amount__c": "currency"}
    fields = [{"name": name, "type": types.get(name, "string"), **flags} for name in seen]
    return told({"name": record, "fields": fields})


@contextmanager
def salesforce(bent: Bent = lambda asked: None, rows: list[dict[str, Any]] | None = None) -> Iterator[StandIn]:
    with served(Fake([account(1), account(2)] if rows is None else rows, bent).answer) as there:
        yield there


def speak(there: StandIn, doing: Callable[[Salesforce], Awaitable[Result]], bulk_above: int = 2_000) -> Result:
    """Do something with a connector that already has a token."""

    async def run() -> Result:
        wire = Wire(connection="crm", bounds=Bounds(2, 5, 10), pacing=Pacing(Limits(first_pause=0.01)))
        org = Org(wire, Bearer("token", wire), load("salesforce"), login_url=there.url)
        connector = Salesforce(CARD, org, bulk_above)
        try:
            return await doing(connector)
        finally:
            await connector.close()

    return asyncio.run(run())


async def read(connector: Salesforce, since: str = "", kind: str = "customer") -> list[Batch]:
    return [batch async for batch in connector.read(kind, since)]


def remotes(batches: list[Batch]) -> list[Remote]:
    return [remote for batch in batches for remote in batch.records]


async def fault_of(doing: Awaitable[Any]) -> Fault:
    try:
        result = await doing
    except Fault as fault:
        return fault
    raise AssertionError(f"nothing went wrong: {result!r}")
