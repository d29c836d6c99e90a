"""Salesforce: deals, customers and contract lines are read from it; invoices are shown in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.platforms.salesforce.client import Salesforce
from console.platforms.salesforce.mapping import mapping_with_currency
from console.platforms.salesforce.org import Org
from console.platforms.salesforce.sign_in import LOGIN, authorise, credential
from console.records.intent import Verb
from console.wire.http import Wire
from console.wire.mapping import load
from console.wire.surface import Capability, Card, ConnectField, SignIn, WriteAbility

VERSION = "62.0"
_CLIENT_ID = ConnectField("client_id", "Consumer key of the app your administrator made for Tieout.")
_SECRET = ConnectField("client_secret", "Consumer secret of the app.", secret=True)
_BATCH = 10_000

CARD = Card(
    key="salesforce",
    title="Salesforce",
    roles=("crm",),
    fields=(
        ConnectField("base_url", "Login or My Domain address, as https://name.my.salesforce.com.", default=LOGIN),
        ConnectField("instance_url", "Address of the data, when the sign-in does not tell it.", required=False),
        ConnectField("token_url", "Address of tokens, when it is not below base_url.", required=False),
        ConnectField("api_version", "Version of the API to speak.", required=False, default=VERSION),
        ConnectField("currency", "Currency of an organisation that has only one, as EUR.", required=False),
        ConnectField("ca", "PEM file of a further certificate authority.", required=False),
    ),
    sign_ins=(
        SignIn("client_credentials", "App with its own user", (_CLIENT_ID, _SECRET)),
        SignIn(
            "authorization_code",
            "In your browser",
            (
                _CLIENT_ID,
                ConnectField("client_secret", "Only when the app requires it.", secret=True, required=False),
                ConnectField(
                    "redirect_port", "Port of http://localhost:port/callback.", required=False, default="1717"
                ),
                ConnectField("refresh_token", "Comes from signing in.", secret=True, required=False),
            ),
        ),
        SignIn(
            "jwt_bearer",
            "App with a certificate",
            (
                _CLIENT_ID,
                ConnectField("username", "User the app acts as."),
                ConnectField("private_key", "PEM text of the key whose certificate the app holds.", secret=True),
            ),
        ),
        SignIn(
            "access_token",
            "Token you already have",
            (ConnectField("access_token", "It ends by itself; Tieout cannot renew it.", secret=True),),
        ),
    ),
    reads=("customer", "contact", "deal", "contract_line"),
    writes=(
        WriteAbility("customer", Verb.UPDATE, Capability.KEYED, 200, ("number",)),
        WriteAbility("invoice", Verb.CREATE, Capability.KEYED, _BATCH),
        WriteAbility("invoice", Verb.UPDATE, Capability.KEYED, _BATCH),
    ),
    deletions="Salesforce lists deletions for 15 days; older ones are found by reading all ids again.",
    period_lock="None: Salesforce keeps no books.",
    drift="Added fields are ignored; fields that vanish or are hidden read as empty and are named by the check.",
    limits="A daily allowance of calls for the whole organisation; Tieout stops at nine tenths of it.",
    api_version=VERSION,
)


def connect(
    fields: Mapping[str, str], secrets: Mapping[str, str], *, transport: Wire, mapping: Mapping[str, Any] | None = None
) -> Salesforce:
    """The connector for these fields and secrets; nothing is sent yet. Raises `SignInAgain` when a credential lacks.

    `mapping` holds the workspace's own entries, which lie over Tieout's.
    """
    given = {**fields, **secrets}
    transport.redaction.learn(*secrets.values())
    org = Org(
        transport,
        credential(given, transport),
        mapping_with_currency(load(CARD.key, mapping), given.get("currency", "")),
        login_url=given.get("base_url") or LOGIN,
        instance_url=given.get("instance_url", ""),
        version=given.get("api_version") or VERSION,
    )
    return Salesforce(CARD, org)


__all__ = ["CARD", "authorise", "connect"]
