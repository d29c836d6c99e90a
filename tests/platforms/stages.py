"""The platforms on trial: how each is connected and what a valid record of it is."""

from __future__ import annotations

from console.platforms import salesforce
from console.records.intent import Verb
from console.wire.surface import Connector, Want
from tests.loopback import Asked, Reply, told
from tests.platforms.contract import Stage
from tests.platforms.kantata_stage import KANTATA
from tests.platforms.netsuite_stage import NETSUITE


async def _first_id(connector: Connector, kind: str) -> str:
    async for batch in connector.read(kind):
        for remote in batch.records:
            return remote.remote_id
    raise AssertionError(f"there is no {kind}")


async def salesforce_invoice(connector: Connector, number: int) -> Want:
    body = {
        "number": f"INV-{number}",
        "customer": {"$link": ["customer", "erp/customer/1"]},
        "status": "open",
        "total": {"amount": "1250.50", "currency": "EUR"},
    }
    links = {"customer": await _first_id(connector, "customer")}
    return Want("invoice", Verb.CREATE, f"TOtrial-invoice-{number}", f"token-{number}", body, links)


def _salesforce_page(asked: Asked) -> bool:
    return "/query" in asked.path and "FROM Tieout_Invoice__c ORDER" in asked.query.get("q", "")


def salesforce_looping(asked: Asked, reply: Reply) -> Reply:
    forward = "/services/data/v62.0/query/01g000000000001-2000"
    if not (_salesforce_page(asked) or asked.path == forward):
        return reply
    row = {"Id": "a01000000000001AAA", "SystemModstamp": "2024-01-01T00:00:00.000+0000"}
    return told({"totalSize": 9, "done": False, "nextRecordsUrl": forward, "records": [row]})


def salesforce_spoiled(asked: Asked, reply: Reply) -> Reply:
    if _salesforce_page(asked):
        reply.body = reply.body.replace(b'"Amount__c":1250.5', b'"Amount__c":NaN', 1)
    return reply


SALESFORCE = Stage(
    card=salesforce.CARD,
    connect=salesforce.connect,
    kind="invoice",
    vendor_kind="Tieout_Invoice__c",
    want=salesforce_invoice,
    dead=lambda _good, token: {"sign_in": "access_token", "access_token": token},
    looping=salesforce_looping,
    spoiled=salesforce_spoiled,
    change={"status": "paid"},
)

STAGES = (SALESFORCE, KANTATA, NETSUITE)
