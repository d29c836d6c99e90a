"""A Salesforce organisation nobody prepared for Tieout: two hosts, small pages, no custom field, sessions that end."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from tests.contract.strangers.tables import Lacking, Row, Tables
from tests.loopback import Asked, Reply, told

CLIENT_ID, CLIENT_SECRET = "3MVG9stranger", "crm-secret-7f21"
PAGE = 2
_STAMP = re.compile(r"\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:?00)")
_DOTTED = re.compile(r"(?<!')\b([A-Z]\w+\.[A-Z]\w+)\b(?!')")
_FLAGS = frozenset(("IsDeleted", "IsWon", "IsClosed"))


def _stamped(rows: list[Row], month: int) -> list[Row]:
    """Rows as Salesforce keeps them, changed one after the other, two at the same moment."""
    return [
        {
            **row,
            "IsDeleted": 0,
            "OwnerId": "005Kp00000Abcde",
            "LastModifiedById": "005Kp00000Abcde",
            "SystemModstamp": f"2026-{month:02d}-0{1 + number // 2}T10:15:00.000+0000",
        }
        for number, row in enumerate(rows)
    ]


ACCOUNTS = _stamped(
    [
        {"Id": "001Kp000001aaaaIAA", "Name": "Fjordline AS", "BillingCountry": "Norway", "Website": "fjord.example"},
        {"Id": "001Kp000001bbbbIAA", "Name": "Bauer & Söhne", "BillingCity": "Köln", "AnnualRevenue": 1.5e7},
        {"Id": "001Kp000001ccccIAA", "Name": "Fjordline Cargo", "ParentId": "001Kp000001aaaaIAA", "Rating": "Hot"},
    ],
    2,
)
CONTACTS = _stamped([{"Id": "003Kp000001aaaaIAA", "Name": "Ola Berg", "AccountId": "001Kp000001aaaaIAA"}], 2)
DEALS = _stamped(
    [
        {
            "Id": f"006Kp00000{number}aaaaIAA",
            "Name": name,
            "AccountId": account,
            "StageName": stage,
            "IsWon": won,
            "IsClosed": won,
            "CloseDate": f"2026-0{number}-15",
            "Amount": 12000.5 * number,
            "Probability": 100 if won else 40,
            "ForecastCategoryName": "Closed" if won else "Pipeline",
        }
        for number, (name, account, stage, won) in enumerate(
            (
                ("Rollout", "001Kp000001aaaaIAA", "Gewonnen", 1),
                ("Second phase", "001Kp000001aaaaIAA", "Gewonnen", 1),
                ("Pilot", "001Kp000001bbbbIAA", "Vorschlag", 0),
            ),
            1,
        )
    ],
    3,
)
LINES = _stamped(
    [
        {
            "Id": f"00kKp00000{number}aaaaIAA",
            "OpportunityId": "006Kp000001aaaaIAA",
            "Name": f"Rollout line {number}",
            "Quantity": 10.0,
            "UnitPrice": 1200.05,
            "TotalPrice": 12000.5,
            "Product2.Name": "Consultant",
        }
        for number in (1, 2, 3)
    ],
    3,
)


@dataclass
class Crm:
    """The data host. `written` are requests that would have changed something; `sessions` end after some calls."""

    tables: Tables = field(
        default_factory=lambda: Tables(
            {"Account": ACCOUNTS, "Contact": CONTACTS, "Opportunity": DEALS, "OpportunityLineItem": LINES}
        )
    )
    written: list[str] = field(default_factory=list)
    tokens: int = 0
    calls: int = 0
    _places: dict[str, tuple[list[Row], str]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return f"00DKp!stranger{self.tokens}"

    def login(self, asked: Asked, instance: str) -> Reply:
        """The My Domain host: it gives tokens and holds no data."""
        basic = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked.path != "/services/oauth2/token":
            return Reply(404, b"<html>URL No Longer Exists</html>", {"content-type": "text/html"})
        form = asked.form()
        named = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if not (named or asked.headers.get("authorization") == f"Basic {basic}"):
            return told({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        self.tokens += 1
        facts = {"instance_url": instance, "token_type": "Bearer", "issued_at": "1789000000000", "signature": "c2ln"}
        identity = "https://login.salesforce.com/id/00DKp000000abcdMAA/005Kp00000Abcde"
        return told({**facts, "access_token": self.token, "id": identity, "api_instance_url": "ignored"})

    def answer(self, asked: Asked) -> Reply:
        """The data host, whose answers tell no limit."""
        if asked.path == "/services/data":
            return told([{"label": "Autumn", "url": f"/services/data/v{n}.0", "version": f"{n}.0"} for n in (62, 66)])
        self.calls += 1
        if asked.headers.get("authorization") != f"Bearer {self.token}" or self.calls == 9:
            self.tokens += self.calls == 9
            return _refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.calls == 5:
            return _refused(503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable")
        if asked.method != "GET":
            self.written.append(f"{asked.method} {asked.path}")
            return _refused(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights")
        return self._read(asked, asked.path.removeprefix("/services/data/v62.0"))

    def _read(self, asked: Asked, path: str) -> Reply:
        match path.strip("/").split("/"):
            case ["query"] if "q" in asked.query:
                return self._query(asked.query["q"])
            case ["query", place] if place in self._places:
                return self._page(*self._places[place])
            case ["sobjects", name, "describe"]:
                return self._described(name)
            case ["sobjects", _name, "deleted"]:
                return _refused(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on replication")
        return _refused(404, "NOT_FOUND", "The requested resource does not exist")

    def _query(self, statement: str) -> Reply:
        stamped = _STAMP.sub(lambda found: f"'{found[1]}.000+0000'", statement)
        name = re.search(r"FROM (\w+)", statement)
        assert name is not None, statement
        try:
            rows = self.tables.ask(_DOTTED.sub(r'"\1" AS "\1"' if "WHERE" not in stamped else r'"\1"', stamped))
        except Lacking as lacking:
            if lacking.what == "table":
                return _refused(400, "INVALID_TYPE", f"sObject type '{lacking.name}' is not supported.")
            column = lacking.name.rpartition(".")[2]
            return _refused(400, "INVALID_FIELD", f"No such column '{column}' on sobject of type {name[1]}")
        if "COUNT()" in statement:
            return told({"totalSize": rows[0]["COUNT()"], "done": True, "records": []})
        return self._page([_shown(name[1], row) for row in rows], name[1])

    def _page(self, rows: list[Row], name: str) -> Reply:
        page: dict[str, Any] = {"totalSize": len(rows), "done": len(rows) <= PAGE, "records": rows[:PAGE]}
        if len(rows) > PAGE:
            place = f"0r8Kp{len(self._places)}-{PAGE}"
            self._places[place] = (rows[PAGE:], name)
            page["nextRecordsUrl"] = f"/services/data/v62.0/query/{place}"
            page["queryLocator"] = None
        del page["totalSize"]
        return told(page)

    def _described(self, name: str) -> Reply:
        """Every column of a table; line items may be read and not be described."""
        if name == "OpportunityLineItem":
            return _refused(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object")
        try:
            rows = self.tables.ask(f"SELECT * FROM {name}")
        except Lacking:
            return _refused(404, "NOT_FOUND", "The requested resource does not exist")
        fields = [{"name": each, "type": "string", "custom": False, "updateable": True} for each in rows[0]]
        return told({"name": name, "custom": False, "fields": fields, "hasSubtypes": False, "keyPrefix": "001"})


def _shown(name: str, row: Row) -> Row:
    """A row with its address, nested parents, and texts of a later release."""
    shown: Row = {"attributes": {"type": name, "url": f"/services/data/v62.0/sobjects/{name}/{row.get('Id')}"}}
    for column, value in row.items():
        head, dot, rest = column.partition(".")
        if dot:
            shown[head] = {"attributes": {"type": head}, rest: value}
        else:
            shown[column] = bool(value) if column in _FLAGS else value
    return shown


def _refused(status: int, code: str, message: str) -> Reply:
    return told([{"message": message, "errorCode": code}], status)
