"""Real tenants nobody prepared for Tieout, on real sockets, worked with the verbs as a person would."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from console.cli import main
from console.platforms import kantata, netsuite, salesforce
from console.records.billing import BillingLine
from console.records.delivery import Project, TimeEntry
from console.records.firm import Record
from console.records.money import Money
from console.records.selling import Deal
from local_db import book, preferences
from local_db.preferences import MappingOverride
from local_db.store import Store
from tests.contract.strangers import crm, erp, psa
from tests.contract.strangers.crm import Crm
from tests.contract.strangers.erp import Erp
from tests.contract.strangers.psa import Psa
from tests.loopback import served
from tests.sandbox import ROOT

Kept = TypeVar("Kept", bound=Record)
PHRASE = "a horse of another colour"
CLOSED = {
    "salesforce": set[str](),
    "kantata": {"rate"},
    "netsuite": {"tax_code", "charge_line"},
}
"""Kinds these tenants do not show."""
ROWS = {
    "salesforce": {"customer": 3, "contact": 1, "deal": 3, "contract_line": 3},
    "kantata": {
        "customer": 2,
        "resource": 4,
        "role": 1,
        "rate_card": 0,
        "project": 5,
        "task": 8,
        "milestone": 0,
        "approval": 0,
        "time_entry": 7,
        "expense": 1,
    },
    "netsuite": {
        "legal_entity": 1,
        "accounting_period": 3,
        "billing_item": 2,
        "resource": 2,
        "customer": 3,
        "project": 13,
        "task": 1,
        "time_line": 12,
        "invoice": 1,
        "invoice_line": 0,
        "credit_note": 0,
        "payment": 0,
    },
}
"""Everything else, as often as it is there."""
CARDS = {each.CARD.key: each.CARD for each in (salesforce, kantata, netsuite)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert "Traceback" not in self.err, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """One workspace and the strangers beside it. `apart` runs every verb in a process of its own."""

    path: Path
    apart: bool
    strangers: Mapping[str, Crm | Psa | Erp] = field(default_factory=dict)

    def __call__(self, *words: str, given: object = None, sealed: bool = True) -> Outcome:
        """Run one verb; `sealed` ones open the credential file, whose passphrase comes through a descriptor."""
        reading, writing = os.pipe()
        try:
            with open(writing, "w") as phrase:
                phrase.write(f"{PHRASE}\n")
            opening = ["--passphrase-fd", str(reading)] if sealed else []
            line = [*words, "--workspace", str(self.path), *opening, "--json"]
            return (_apart if self.apart else _here)(line, "" if given is None else json.dumps(given), reading)
        finally:
            os.close(reading)

    def tell(self, *words: str) -> Any:
        """What a verb prints that only looks."""
        outcome = self(*words, sealed=False)
        assert outcome.code == 0, outcome.err
        return outcome.json


def _apart(line: list[str], given: str, descriptor: int) -> Outcome:
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *line],
        cwd=ROOT,
        check=False,
        input=given,
        capture_output=True,
        text=True,
        pass_fds=(descriptor,),
        timeout=90,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _here(line: list[str], given: str, _descriptor: int) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    argv, stdin = sys.argv, sys.stdin
    sys.argv, sys.stdin = ["tieout", *line], io.TextIOWrapper(io.BytesIO(given.encode()))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main()
    finally:
        sys.argv, sys.stdin = argv, stdin
    return Outcome(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def among(path: Path, *keys: str, apart: bool = False) -> Iterator[tuple[Desk, dict[str, Any]]]:
    """A workspace connected to these platforms, and what connecting said of each."""
    with ExitStack() as stack:
        strangers: dict[str, Crm | Psa | Erp] = {}
        desk = Desk(path / "firm.tieout", apart, strangers)
        said: dict[str, Any] = {}
        for key in keys:
            strangers[key], fields, secrets = _met(stack, key)
            named = [word for name, value in fields.items() for word in ("--field", f"{name}={value}")]
            outcome = desk("connect", key, *named, "--secrets", "-", given=secrets)
            assert outcome.code == 0, outcome.err
            said[key] = outcome.json
        yield desk, said


def _met(stack: ExitStack, key: str) -> tuple[Crm | Psa | Erp, dict[str, str], dict[str, str]]:
    """A stranger of this platform being served; what to fill into the Connect form, and the secrets."""
    if key == "salesforce":
        org = Crm()
        data = stack.enter_context(served(org.answer))
        login = stack.enter_context(served(lambda asked: org.login(asked, data.url)))
        fields = {"base_url": login.url, "client_id": crm.CLIENT_ID, "currency": "NOK"}
        return org, fields, {"client_secret": crm.CLIENT_SECRET}
    if key == "kantata":
        account = Psa()
        url = stack.enter_context(served(account.answer)).url
        return account, {"base_url": url}, {"access_token": psa.TOKEN}
    books = Erp()
    url = stack.enter_context(served(books.answer)).url
    return books, {"base_url": url, "account": books.account}, dict(erp.SECRETS)


FIRMS = [
    ("salesforce",),
    ("kantata",),
    ("netsuite",),
    ("salesforce", "netsuite"),
    ("kantata", "netsuite"),
    ("salesforce", "kantata", "netsuite"),
]


@pytest.mark.parametrize("keys", FIRMS, ids="+".join)
def test_a_firm_nobody_prepared_is_read_planned_and_left_as_it_is(tmp_path: Path, keys: tuple[str, ...]) -> None:
    with among(tmp_path, *keys, apart=len(keys) == 1) as (desk, said):
        assert {each["environment"] for each in said.values()} == {"prod"}
        for _time in range(2):
            _synced(desk, keys)
        connections = {row["id"]: row for row in desk.tell("connections")}
        for key in keys:
            _read_whole(key, connections[key])
        plan = desk("plan").json
        assert plan if set(keys) - {"netsuite"} else not plan
        for row in plan:
            assert row["conserves"] and not row["intents"]
            assert row["create"] == row["update"] == row["close"] == 0
        _sensible(desk, plan)
        if len(keys) == 3:
            said_so = desk("mode", "--cutover", "2026-01-01", "--reason", "the firm begins here")
            assert said_so.code == 0 and len(said_so.json) == 2, said_so.err
            _sensible(desk, desk("plan").json)
        for key in keys:
            assert desk.strangers[key].written == [], "something was written in mode read"


def _synced(desk: Desk, keys: tuple[str, ...]) -> None:
    """A sync goes well but for the kinds a tenant does not show, each of which is named once."""
    outcome = desk("sync")
    closed = {kind for key in keys for kind in CLOSED[key]}
    assert outcome.code == (1 if closed else 0), outcome.err
    answer = outcome.json
    assert answer["sent"] == {} and answer["unreadable"] == 0
    named = [kind for fault in answer["faults"] for kind in fault.partition("(")[2].partition(")")[0].split(", ")]
    assert sorted(named) == sorted(closed), answer["faults"]


def _read_whole(key: str, row: Mapping[str, Any]) -> None:
    covered = {each["kind"]: each for each in row["coverage"]}
    assert row["environment"] == "prod" and row["platform"] == key
    assert set(covered) == set(CARDS[key].reads) == set(ROWS[key]) | CLOSED[key]
    assert {kind: covered[kind]["rows"] for kind in ROWS[key]} == ROWS[key]
    assert all(covered[kind]["state"] == "complete" for kind in ROWS[key])
    assert all(covered[kind]["state"] != "complete" for kind in CLOSED[key])
    assert row["modes"] == [] or {each["mode"] for each in row["modes"]} == {"read"}


def _sensible(desk: Desk, plan: list[dict[str, Any]]) -> None:
    """Whatever is held says what is wrong, what to do and who does it; `status` counts the same."""
    queue = desk.tell("queue", "list")
    status = desk.tell("status")
    assert all(each["sentence"] and each["remedy"] and each["who"] and each["owner"] for each in queue)
    assert Counter(each["problem"] for each in queue) == status["held"]
    held = sum(number for row in plan for number in row["hold"].values())
    assert len({each["subject"] for each in queue}) == held
    assert status["intents"] == {} and status["doubtful"] == []
    usual = {"no_route", "missing_project", "missing_billing_terms", "missing_customer", "no_cutover"}
    assert {each["problem"] for each in queue} <= usual
    assert not [each for each in queue if "None" in each["sentence"] or "  " in each["sentence"]]


def test_what_administrators_must_do_is_listed(tmp_path: Path) -> None:
    with among(tmp_path, "salesforce", "kantata", "netsuite") as (_desk, said):
        advice = {key: {each["code"]: each for each in answer["advice"]} for key, answer in said.items()}
        every = [each for answer in said.values() for each in answer["advice"]]
        assert all(each["sentence"] and each["instruction"] for each in every)
        told = " ".join(each["sentence"] for each in said["salesforce"]["advice"])
        for name in ("Opportunity.Billing_Type__c", "Account.Tieout_Key__c", "Tieout_Invoice__c"):
            assert name in told
        assert advice["kantata"]["rates_hidden"]["blocks"] == ["rate_card", "rate"]
        assert "no_event_feed" in advice["kantata"]
        blocked = {kind for each in said["netsuite"]["advice"] for kind in each["blocks"]}
        assert blocked == CLOSED["netsuite"]


def test_what_a_tenant_meant_is_what_is_kept(tmp_path: Path) -> None:
    """Offsets, the account's own clock, money in cents and in texts, ids now texts and now numbers."""
    with among(tmp_path, "kantata", "netsuite") as (desk, _said):
        _synced(desk, ("kantata", "netsuite"))
        entry = _kept(desk, "kantata/time_entry/80002", TimeEntry)
        assert (entry.project, entry.task) == ("kantata/project/901", "kantata/task/7001")
        assert (entry.minutes, entry.approved, entry.rate) == (40, True, Money.of("150", "EUR"))
        assert datetime.fromisoformat(entry.modified_at) == datetime(2026, 3, 2, 16, 30, 2, tzinfo=UTC)
        line = _kept(desk, "netsuite/time_line/102", BillingLine)
        assert (line.minutes, line.project, line.legal_entity) == (40, "netsuite/project/21", "Lind GmbH")
        assert line.rate == Money.of("150.00", "EUR") and line.on == date(2026, 2, 3)
        assert datetime.fromisoformat(line.modified_at) == datetime(2026, 2, 10, 8, 0, 7, tzinfo=UTC)


def test_a_workspaces_own_mapping_is_followed(tmp_path: Path) -> None:
    with among(tmp_path, "kantata") as (desk, _said):
        _synced(desk, ("kantata",))
        assert _kept(desk, "kantata/project/901", Project).legal_entity == ""
        always = {"always": "Lind GmbH"}
        entry = MappingOverride("kantata", "project", "legal_entity", always, "me", "one company", datetime.now(UTC))
        with _store(desk) as store, store.writing() as db:
            preferences.put_mapping(db, entry)
        _synced(desk, ("kantata",))
        project = _kept(desk, "kantata/project/901", Project)
        assert (project.legal_entity, project.name) == ("Lind GmbH", "Fjordline 1")
        assert project.budget == Money.of("12000.50", "EUR")


def test_an_organisation_of_one_currency_is_asked_to_name_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        org, fields, secrets = _met(stack, "salesforce")
        desk = Desk(tmp_path / "firm.tieout", apart=False)
        named = [word for name in ("base_url", "client_id") for word in ("--field", f"{name}={fields[name]}")]
        connected = desk("connect", "salesforce", *named, "--secrets", "-", given=secrets).json
        (advice,) = [each for each in connected["advice"] if each["code"] == "single_currency"]
        assert advice["blocks"] == ["deal", "contract_line"] and "currency" in advice["instruction"]
        unnamed = desk("sync")
        assert unnamed.code == 1 and unnamed.json["unreadable"] == 6
        renamed = [*named, "--field", "currency=NOK"]
        again = desk("connect", "salesforce", *renamed, "--secrets", "-", given=secrets).json
        assert not [each for each in again["advice"] if each["code"] == "single_currency"]
        assert desk("sync").json["unreadable"] == 0
        assert _kept(desk, "salesforce/deal/006Kp000001aaaaIAA", Deal).amount == Money.of("12000.5", "NOK")
        desk("connect", "salesforce", *named, "--field", "currency=SEK", "--secrets", "-", given=secrets)
        assert desk("sync").code == 0
        assert _kept(desk, "salesforce/deal/006Kp000001aaaaIAA", Deal).amount == Money.of("12000.5", "SEK")
        assert org.written == []


@contextlib.contextmanager
def _store(desk: Desk) -> Iterator[Store]:
    store = Store.open(desk.path)
    try:
        yield store
    finally:
        store.close()


def _kept(desk: Desk, ref: str, record: type[Kept]) -> Kept:
    """The record as the book has it."""
    with _store(desk) as store, store.reading() as db:
        (found,) = book.current(db, ref.split("/")[1], refs=[ref])
    assert isinstance(found, record)
    return found


def test_a_login_host_gives_no_client_credentials(tmp_path: Path) -> None:
    """Salesforce gives tokens for an app's own user on the firm's My Domain address only."""
    refusal = {"error": "invalid_grant", "error_description": "request not supported on this domain"}
    with served(lambda _asked: crm.told(refusal, 400)) as login:
        desk = Desk(tmp_path / "firm.tieout", apart=False)
        fields = ("--field", f"base_url={login.url}", "--field", f"client_id={crm.CLIENT_ID}")
        outcome = desk("connect", "salesforce", *fields, "--secrets", "-", given={"client_secret": crm.CLIENT_SECRET})
    assert outcome.code == 1 and "My Domain" in outcome.err and crm.CLIENT_SECRET not in outcome.err
    assert not desk.path.exists()


def test_an_account_of_one_company_says_that_it_has_no_subsidiaries(tmp_path: Path) -> None:
    books = Erp(account="8812345-sb2", one_world=False)
    with served(books.answer) as there:
        desk = Desk(tmp_path / "firm.tieout", apart=False)
        fields = ("account=8812345_SB2", f"base_url={there.url}", "base_currency=EUR")
        named = [word for each in fields for word in ("--field", each)]
        connected = desk("connect", "netsuite", *named, "--secrets", "-", given=erp.SECRETS)
        assert connected.code == 0, connected.err
        assert connected.json["environment"] == "test"
        assert "legal_entity" in {kind for each in connected.json["advice"] for kind in each["blocks"]}
        synced = desk("sync")
        assert synced.code == 1 and "subsidiary" in synced.err
        covered = {each["kind"]: each for each in desk.tell("connections")[0]["coverage"]}
        whole = {**ROWS["netsuite"], "legal_entity": 0}
        assert {kind: covered[kind]["rows"] for kind in whole} == whole
        assert covered["time_line"]["state"] == "complete" and covered["legal_entity"]["state"] != "complete"
        assert _kept(desk, "netsuite/time_line/102", BillingLine).rate == Money.of("150", "EUR")
        assert books.written == []
