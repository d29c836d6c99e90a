"""The platforms on trial: how each is connected and what a valid record of it is."""

from __future__ import annotations

from console.platforms import salesforce
from console.records.intent import Verb
from console.wire.surface import Connector, Want
from tests.platforms.contract import Stage


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


SALESFORCE = Stage(
    card=salesforce.CARD,
    connect=salesforce.connect,
    kind="invoice",
    vendor_kind="Tieout_Invoice__c",
    want=salesforce_invoice,
    stale=lambda token: {"sign_in": "access_token", "access_token": token},
)

STAGES = (SALESFORCE,)
