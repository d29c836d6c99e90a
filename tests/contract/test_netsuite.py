"""The NetSuite connector against the vendor's own metadata, recorded answers, and the worked signatures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema
import orjson
import pytest

from console.platforms.netsuite.billing_types import BillingTypes
from console.platforms.netsuite.directory import Directory
from console.platforms.netsuite.faults import fault_of
from console.platforms.netsuite.kinds import SOURCES
from console.platforms.netsuite.mapping import Rows, flat
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.suiteql import SuiteQL, _page
from console.platforms.netsuite.zone import AccountClock
from console.records.firm import Customer, LegalEntity
from console.records.intent import Verb
from console.wire.answer import Answer
from console.wire.faults import Refused, SignInAgain, TryLater
from console.wire.http import Wire
from console.wire.mapping import load
from console.wire.oauth1 import OAuth1
from console.wire.surface import Want
from tests.console.platforms.netsuite.account import furnished, with_connector
from tests.console.platforms.netsuite.test_writing import charge, customer, time_line

pytestmark = pytest.mark.shared
QUERIES_ONLY = frozenset(("lastmodifiedby", "altname", "customer", "entity", "foreigntotal"))
DAY, STAMP = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{4}-\d{2}-\d{2}T")


@pytest.fixture
def netsuite(shared: Path) -> Path:
    return shared / "platforms" / "netsuite"


@pytest.fixture
def fields(netsuite: Path) -> dict[str, dict[str, str]]:
    return orjson.loads((netsuite / "spec/record_fields.json").read_bytes())


def recorded(netsuite: Path, name: str) -> Any:
    return orjson.loads((netsuite / f"fixtures/rest/{name}.json").read_bytes())


def _bodies() -> dict[str, dict[str, Any]]:
    """What is really sent, by record: the bodies as an account received them."""
    project = {
        "name": "Rollout",
        "legal_entity": "Northlight Ltd",
        "currency": "GBP",
        "billing_type": "fixed_fee",
        "starts_on": "2026-02-01",
        "ends_on": "2026-06-30",
        "budget": {"amount": "1000.10", "currency": "GBP"},
        "active": True,
    }
    task = {"name": "Build", "billable": True, "active": True, "estimate_minutes": 100}
    wants = (
        customer(),
        Want("project", Verb.CREATE, "TOabcdefgh-deal-1", "t", project, {"customer": "31"}),
        Want("task", Verb.CREATE, "TOabcdefgh-task-1", "t", task, {"project": "41", "parent": "51"}),
        time_line(),
        charge(),
    )
    account = furnished()

    async def write(ns: Any) -> None:
        for want in wants:
            await ns.write(want)

    with_connector(account, write)
    return {path.split("/")[-2]: body for method, path, body in account.seen if method == "PUT"}


def test_the_worked_signatures_come_out(netsuite: Path) -> None:
    facts = (netsuite / "facts.md").read_text(encoding="utf-8")
    names = ("consumer_key", "consumer_secret", "token_id", "token_secret", "realm")
    values = {name: re.search(rf"^{name} +(\S+)$", facts, re.MULTILINE).group(1) for name in names}  # type: ignore[union-attr]
    vectors = re.findall(
        r"^\d\) (\w+) (https://\S.*)\n +nonce (\S+) +timestamp (\d+)\n.*\n +signature (\S+)$", facts, re.MULTILINE
    ) + re.findall(
        r"^\d\) (\w+) (https://\S.*)\n +nonce (\S+) +timestamp (\d+) +\(.*\)\n +signature (\S+)$", facts, re.MULTILINE
    )
    assert len(vectors) == 3
    for method, url, nonce, stamp, expected in vectors:
        auth = OAuth1(nonce=lambda nonce=nonce: nonce, now=lambda stamp=stamp: int(stamp), **values)
        request = next(auth.auth_flow(httpx.Request(method, url)))
        header = request.headers["Authorization"]
        assert header.startswith(f'OAuth realm="{values["realm"]}", ')
        assert unquote(header.partition('oauth_signature="')[2].partition('"')[0]) == expected


def test_customer_bodies_meet_the_vendors_schema(netsuite: Path) -> None:
    spec = orjson.loads((netsuite / "spec/customer.selfcontained.openapi.json").read_bytes())
    schema = {"$ref": "#/components/schemas/customer", "components": spec["components"]}
    jsonschema.validate(_bodies()["customer"], schema)


def test_every_field_sent_is_one_the_vendor_lists(netsuite: Path, fields: dict[str, dict[str, str]]) -> None:
    spec = orjson.loads((netsuite / "spec/customer.selfcontained.openapi.json").read_bytes())
    older = spec["components"]["schemas"]["customer"]["properties"]
    for path, body in _bodies().items():
        known = {**fields[path], **(dict.fromkeys(older, "") if path == "customer" else {})}
        assert body
        assert not set(body) - set(known), path
        for name, value in body.items():
            assert _is(known[name], value), f"{path}.{name}: {value!r} is no {known[name]}"


@pytest.mark.parametrize(
    "kind", ["accounting_period", "customer", "project", "task", "time_line", "charge_line", "payment"]
)
def test_every_column_read_is_a_field_the_vendor_lists(
    netsuite: Path, fields: dict[str, dict[str, str]], kind: str
) -> None:
    """SuiteQL columns are the record's fields in lower case, but for a few that only queries have."""
    spec = orjson.loads((netsuite / "spec/customer.selfcontained.openapi.json").read_bytes())
    older = spec["components"]["schemas"]["customer"]["properties"] if kind == "customer" else {}
    known = {name.lower() for name in (*fields[SOURCES[kind].record], *older)}
    read = {*rows().record_columns(kind)} - {"id"}
    assert len(read) > 4 and read - known <= QUERIES_ONLY


def _is(kind: str, value: Any) -> bool:
    name, _colon, choices = kind.partition(":")
    match name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "double" | "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return isinstance(value, str) and DAY.fullmatch(value) is not None
        case "date-time":
            return isinstance(value, str) and STAMP.match(value) is not None
        case "ref":
            return isinstance(value, dict) and set(value) == {"id"} and isinstance(value["id"], str)
        case "enum":
            return isinstance(value, dict) and value["id"] in choices.split(",")
        case "sublist":
            return isinstance(value, dict) and isinstance(value["items"], list)
    return True


@pytest.mark.parametrize("name", ["account", "customer", "department", "subsidiary"])
def test_recorded_query_answers_are_rows(netsuite: Path, name: str) -> None:
    body = orjson.dumps(recorded(netsuite, f"{name}_search"))
    page = _page(Answer(200, httpx.Headers(), body), 1000)
    assert (len(page.rows), page.more) == (2, False)
    assert all(row["id"].isdigit() and "links" not in row for row in page.rows)


def rows() -> Rows:
    suiteql, records = SuiteQL(Wire(connection="erp")), Records(Wire(connection="erp"))
    clock = AccountClock(suiteql, records, known=True)
    return Rows("erp", load("netsuite"), Directory(suiteql, "USD"), BillingTypes(suiteql, records), clock)


def test_a_recorded_customer_is_understood_whatever_the_case_of_its_names(netsuite: Path) -> None:
    found = rows()
    remote = found.remote("customer", flat(recorded(netsuite, "customer"), found.columns("customer")))
    assert remote.fault == ""
    assert isinstance(remote.record, Customer)
    assert (remote.remote_id, remote.record.name) == ("1137", "Company 1575890547")
    assert remote.record.active
    assert remote.record.modified_at == "2019-12-09T11:22:00+00:00"
    assert remote.record.currency == "USD"


def test_a_recorded_subsidiary_is_understood(netsuite: Path) -> None:
    found = rows()
    remote = found.remote("legal_entity", flat(recorded(netsuite, "subsidiary"), found.columns("legal_entity")))
    assert isinstance(remote.record, LegalEntity)
    assert (remote.record.name, remote.record.country) == ("Modern Treasury", "US")
    assert remote.record.parent == "erp/legal_entity/1"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("delete__delete_customer_error", Refused),
        ("login__failure_concurrent_requests", TryLater),
        ("login__failure_invalid_credentials", SignInAgain),
        ("upsert__upsert_invoice_error", Refused),
    ],
)
def test_recorded_refusal_codes_have_their_meaning(netsuite: Path, name: str, fault: type[Exception]) -> None:
    text = (netsuite / f"fixtures/soap/{name}.xml").read_text(encoding="utf-8")
    code = re.search(r":code>(\w+)<", text)
    message = re.search(r":message>([^<]+)<", text)
    assert code is not None
    entry = {"o:errorCode": code.group(1), "detail": message.group(1) if message else ""}
    assert type(fault_of(Answer(400, httpx.Headers(), orjson.dumps({"o:errorDetails": [entry]})))) is fault


def test_every_error_of_the_facts_has_a_meaning_of_its_own(netsuite: Path) -> None:
    facts = (netsuite / "facts.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([\w /]+) \| (\d{3})[^|]*\| ([^|]+) \| ([^|]+) \|", facts, re.MULTILINE)
    assert len(table) >= 8
    generic = []
    for case, status, codes, detail in table:
        code = re.findall(r"[A-Z][A-Z_]{5,}", codes)[-1]
        entry = {"o:errorCode": code, "detail": detail.split(" ; ")[0]}
        fault = fault_of(Answer(int(status), httpx.Headers(), orjson.dumps({"o:errorDetails": [entry]})), "customer")
        if fault.sentence.startswith("NetSuite refused it"):
            generic.append(case)
    assert generic == ["bad SuiteQL"]
