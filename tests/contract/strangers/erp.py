"""A NetSuite account nobody prepared for Tieout: signatures checked, five rows a page, fields and tables missing."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from tests.contract.strangers.tables import Lacking, Row, Tables
from tests.loopback import Asked, Reply, told

SECRETS = {
    "consumer_key": "erp-consumer-key",
    "consumer_secret": "erp-consumer-secret&1",
    "token_id": "erp-token-id",
    "token_secret": "erp-token-secret=2",
}
PAGE = 5
_RECORDS = {"customer": "customer", "job": "job", "employee": "employee", "invoice": "transaction"}
_AHEAD_HOURS = 1


def _changed(number: int, day: int = 10) -> str:
    """The account's own clock, an hour ahead of UTC in winter."""
    return f"2026-02-{day:02d} 09:00:{number:02d}"


def _firm(one_world: bool) -> dict[str, list[Row]]:
    home = {"subsidiary": "3"} if one_world else {}
    money = {"currency": "2"} if one_world else {}
    tables: dict[str, list[Row]] = {
        "item": [
            {"id": 61, "itemid": "Consultant", "itemtype": "Service", "lastmodifieddate": _changed(1)},
            {"id": 62, "itemid": "Travel", "itemtype": "OthCharge", "lastmodifieddate": _changed(2)},
        ],
        "employee": [
            {
                "id": number,
                "entityid": f"E{number}",
                "firstname": "Person",
                "lastname": str(number),
                "email": f"p{number}@lind.example",
                "isinactive": "F",
                "lastmodifieddate": _changed(number - 500),
                **home,
            }
            for number in (501, 502)
        ],
        "customer": [
            {
                "id": number,
                "entityid": f"C{number}",
                "companyname": name,
                "isinactive": "F",
                "lastmodifieddate": _changed(number, 11),
                "externalid": None if number == 12 else f"relay-{number}",
                "custentity_mood": "good",
                **home,
                **money,
            }
            for number, name in enumerate(("Fjordline AS", "Bauer & Söhne", "Fjordline Cargo"), 11)
        ],
        "job": [
            {
                "id": number,
                "entityid": f"P{number}",
                "companyname": f"Fjordline {number}",
                "parent": "11",
                "startdate": "2026-01-01",
                "isinactive": "F",
                "lastmodifieddate": _changed(number),
                "externalid": f"relay-P{number}",
                **home,
                **money,
            }
            for number in range(21, 34)
        ],
        "projecttask": [
            {"id": 41, "title": "Task 1", "project": "21", "estimatedwork": "10", "lastmodifieddate": _changed(5)}
        ],
        "timebill": [
            {
                "id": number,
                "customer": "21",
                "casetaskevent": "41",
                "employee": "501",
                "item": "61",
                "trandate": f"2026-02-0{1 + number % 5}",
                "hours": "1:20" if number % 2 else "0.6667",
                "rate": "150.00",
                "isbillable": "T",
                "posted": "F",
                "memo": None,
                "lastmodifieddate": _changed(7),
                **home,
            }
            for number in range(101, 113)
        ],
        "accountingperiod": [
            {
                "id": number,
                "periodname": f"{number - 70}/2026",
                "startdate": f"2026-0{number - 70}-01",
                "enddate": f"2026-0{number - 70}-28",
                "isquarter": "F",
                "isyear": "F",
                "closed": "T" if number == 71 else "F",
                "arlocked": "F",
            }
            for number in (71, 72, 73)
        ],
        "transaction": [
            {
                "id": 301,
                "type": "CustInvc",
                "tranid": "INV301",
                "entity": "11",
                "trandate": "2026-02-20",
                "status": "A",
                "foreigntotal": "1200.50",
                "foreignamountunpaid": "1200.50",
                "lastmodifieddate": _changed(9),
                **money,
            }
        ],
    }
    if one_world:
        tables["subsidiary"] = [
            {"id": 3, "name": "Lind GmbH", "country": "DE", "currency": "2", "isinactive": "F"},
        ]
        tables["currency"] = [{"id": 2, "symbol": "EUR", "name": "Euro"}]
    return tables


@dataclass
class Erp:
    """One account. `written` are requests that would have changed something."""

    account: str = "8812345"
    one_world: bool = True
    written: list[str] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self._rows = _firm(self.one_world)
        self._tables = Tables(self._rows)

    def answer(self, asked: Asked) -> Reply:
        self.calls += 1
        if not self._signed(asked):
            return _refused(401, "INVALID_LOGIN", "Invalid login attempt.")
        if self.calls in (3, 17):
            return _refused(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
        if asked.path == "/services/rest/query/v1/suiteql" and asked.method == "POST":
            return self._query(asked)
        if asked.method != "GET":
            self.written.append(f"{asked.method} {asked.path}")
            return _refused(403, "INSUFFICIENT_PERMISSION", "Your current role does not have permission.")
        return self._record(asked.path.removeprefix("/services/rest/record/v1/").split("/"))

    def _signed(self, asked: Asked) -> bool:
        """Whether the signature is the one RFC 5849 makes of this request with HMAC-SHA256."""
        scheme, _space, rest = asked.headers.get("authorization", "").partition(" ")
        said = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', rest)}
        told_by = (scheme, said.get("realm"), said.get("oauth_signature_method"))
        if told_by != ("OAuth", self.account.upper().replace("-", "_"), "HMAC-SHA256"):
            return False
        query = parse_qsl(asked.target.partition("?")[2], keep_blank_values=True)
        named = [(name, value) for name, value in said.items() if name not in ("realm", "oauth_signature")]
        pairs = sorted((_enc(name), _enc(value)) for name, value in (*query, *named))
        base = "&".join(
            (
                asked.method,
                _enc(f"http://{asked.headers['host']}{unquote(asked.target.partition('?')[0])}"),
                _enc("&".join(f"{name}={value}" for name, value in pairs)),
            )
        )
        key = f"{_enc(SECRETS['consumer_secret'])}&{_enc(SECRETS['token_secret'])}"
        made = b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
        return hmac.compare_digest(made, said.get("oauth_signature", ""))

    def _query(self, asked: Asked) -> Reply:
        if asked.headers.get("prefer") != "transient":
            return _refused(400, "INVALID_HEADER", "Invalid or missing Prefer header.")
        try:
            rows = self._tables.ask(re.sub(r"\btransaction\b", '"transaction"', str(asked.json()["q"])))
        except Lacking as lacking:
            what = "Record" if lacking.what == "table" else "Field"
            return _refused(400, "USER_ERROR", f"Search error occurred: {what} '{lacking.name}' not found.")
        size, start = min(PAGE, int(asked.query.get("limit", "1000"))), int(asked.query.get("offset", "0"))
        items = [
            {"links": [], **{name: str(value) for name, value in row.items() if value is not None}}
            for row in rows[start : start + size]
        ]
        return told({"links": [], "hasMore": start + size < len(rows), "items": items, "offset": start})

    def _record(self, path: list[str]) -> Reply:
        """One record, or the ids of a type; types that stand in no table are not there at all."""
        table = _RECORDS.get(path[0], path[0].lower())
        if table not in self._rows:
            return _refused(404, "NOT_FOUND", f"Record type {path[0]} does not exist.")
        rows = self._rows[table]
        if len(path) == 1:
            items = [{"links": [], "id": str(row["id"])} for row in rows]
            return told({"links": [], "count": len(items), "hasMore": False, "items": items, "offset": 0})
        found = next((row for row in rows if path[1] in (str(row["id"]), f"eid:{row.get('externalid')}")), None)
        if found is None:
            return _refused(404, "NONEXISTENT_ID", "The record instance does not exist.")
        return told(_whole(found))


def _whole(row: Row) -> dict[str, Any]:
    """A row as the record API shows it: references as objects, instants in UTC."""
    shown: dict[str, Any] = {"links": [], **{name: value for name, value in row.items() if value is not None}}
    if stamp := shown.pop("lastmodifieddate", ""):
        hour = int(stamp[11:13]) - _AHEAD_HOURS
        shown["lastModifiedDate"] = f"{stamp[:10]}T{hour:02d}{stamp[13:]}Z"
    for name in ("subsidiary", "currency", "parent", "entity"):
        if name in shown:
            shown[name] = {"links": [], "id": str(shown[name]), "refName": "named"}
    return {**shown, "id": str(row["id"])}


def _enc(text: str) -> str:
    return quote(text, safe="-._~")


def _refused(status: int, code: str, detail: str) -> Reply:
    errors = [{"detail": detail, "o:errorCode": code}]
    return told({"title": "Bad Request", "status": status, "o:errorDetails": errors}, status)
