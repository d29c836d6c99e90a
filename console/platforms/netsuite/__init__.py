"""NetSuite, the ERP: customers, jobs, tasks, time and charges written by our key; invoices and periods read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.platforms.netsuite.browser import authorise
from console.platforms.netsuite.client import NetSuite
from console.platforms.netsuite.kinds import SOURCES
from console.platforms.netsuite.probing import API_VERSION
from console.platforms.netsuite.sign_in import SIGN_INS, credential, service_url
from console.records.intent import Verb
from console.wire.http import Wire
from console.wire.surface import Capability, Card, ConnectField, Connector, WriteAbility

_EDITABLE: Mapping[str, tuple[str, ...]] = {
    "customer": (
        "name",
        "parent",
        "legal_entity",
        "currency",
        "tax_number",
        "payment_terms",
        "domain",
        "active",
    ),
    "project": (
        "name",
        "customer",
        "legal_entity",
        "currency",
        "billing_type",
        "starts_on",
        "ends_on",
        "budget",
        "active",
    ),
    "task": ("project", "name", "parent", "billable", "active", "estimate_minutes"),
    "time_line": ("project", "task", "resource", "item", "legal_entity", "on", "minutes", "rate", "billable", "memo"),
    "charge_line": ("project", "task", "item", "legal_entity", "on", "quantity", "rate", "amount", "billable", "memo"),
}
_BATCH: Mapping[str, int] = {"time_line": 5000, "charge_line": 5000}

CARD = Card(
    key="netsuite",
    title="NetSuite",
    roles=("erp",),
    fields=(
        ConnectField("account", "Account id as NetSuite shows it, for example 1234567 or 1234567_SB1."),
        ConnectField("base_url", "Service address; follows from the account when left empty.", required=False),
        ConnectField(
            "time_zone",
            "Time zone of the integration user, as an IANA name; found out when left empty.",
            required=False,
        ),
        ConnectField("time_item", "Service item of time lines that name none.", required=False),
        ConnectField("charge_item", "Item of expense, fee and milestone lines that name none.", required=False),
        ConnectField("base_currency", "Currency code, where the account has only one.", required=False),
        ConnectField("overlap", "Seconds of changes read again each time.", required=False),
        ConnectField("ca", "File with the certificate authority of a proxy on the way.", required=False),
    ),
    sign_ins=SIGN_INS,
    reads=tuple(SOURCES),
    writes=tuple(
        WriteAbility(kind, verb, Capability.KEYED, _BATCH.get(kind, 200), fields if verb is Verb.UPDATE else ())
        for kind, fields in _EDITABLE.items()
        for verb in (Verb.CREATE, Verb.UPDATE, Verb.CLOSE)
    ),
    deletions="NetSuite lists deleted records; without that permission they show when a record is read again by id.",
    period_lock="A closed or locked accounting period refuses lines dated in it.",
    drift="A field that is renamed or hidden is left out and named; everything else is read on.",
    limits="15 to 55 calls at once for the whole account, shared with every other integration; 1,000 rows a page.",
    api_version=API_VERSION,
    key_limit=64,
    settling=120.0,
    in_flight=8,
)


def connect(
    fields: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    transport: Wire,
    mapping: Mapping[str, Any] | None = None,
) -> Connector:
    """A NetSuite account behind a credential; nothing is sent yet.

    `fields` and `secrets` carry the card's names; `mapping` holds the workspace's own entries. Raises `SignInAgain`
    when a value of the credential is missing, `Unexpected` when an address or time zone is none.
    """
    values = {**fields, **secrets}
    base_url = (values.get("base_url") or service_url(values.get("account", ""))).rstrip("/")
    wire = transport.signed(base_url, credential(values, transport), headers={"accept": "application/json"})
    return NetSuite(CARD, wire, values, mapping)


__all__ = ["CARD", "NetSuite", "authorise", "connect"]
