"""The verbs over one practice firm brought all the way: exit codes and the JSON keys that others rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from local_db.store import Store

ROOT = Path(__file__).resolve().parent.parent.parent.parent
DEMO_KEYS = {
    "deals_won",
    "projects_created",
    "entries_approved",
    "entries_billed",
    "money_billed",
    "held",
    "duplicates",
    "lost",
    "ok",
}
PLAN_KEYS = {
    "create",
    "update",
    "close",
    "hold",
    "waiting",
    "unchanged",
    "before_cutover",
    "not_billable",
    "read",
    "equation",
}


class Verbs:
    """Runs verbs on one workspace and answers what they print."""

    def __init__(self, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._place, self._monkeypatch, self._capsys = place, monkeypatch, capsys

    def __call__(self, *words: str, code: int = 0, workspace: bool = True) -> Any:
        place = ["--workspace", self._place] if workspace else []
        self._monkeypatch.setattr(sys, "argv", ["main.py", *words, *place, "--json"])
        assert main() == code
        out = self._capsys.readouterr().out
        return json.loads(out) if out else None


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """A workspace that the demo has filled, and what the demo said of it."""
    place = str(tmp_path_factory.mktemp("firm") / "firm.tieout")
    command = [sys.executable, "main.py", "demo", "--headless", "--json", "--workspace", place]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place, json.loads(done.stdout)


@pytest.fixture
def verbs(firm: tuple[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verbs:
    return Verbs(firm[0], monkeypatch, capsys)


def test_the_demo_holds_exactly_what_was_planted(firm: tuple[str, dict[str, Any]]) -> None:
    told = firm[1]
    assert told.keys() >= DEMO_KEYS
    assert (told["ok"], told["duplicates"], told["lost"]) == (True, 0, 0)
    assert told["held"] == told["expected"]["held"]
    assert told["money_billed"] == told["expected"]["money_billed"]
    assert set(told["money_billed"]) == {"USD", "GBP", "EUR", "JPY"}


def test_the_plan_conserves_on_every_flow_and_kind(verbs: Verbs) -> None:
    rows = verbs("plan")
    assert {row["flow"] for row in rows} == {"deal_to_project", "work_to_billing"}
    for row in rows:
        assert row.keys() >= PLAN_KEYS
        counted = sum(
            row[name] for name in ("create", "update", "close", "unchanged", "before_cutover", "not_billable")
        )
        counted += sum(row["hold"].values()) + sum(row["waiting"].values()) + row["not_yet"] + row["dismissed"]
        assert counted == row["read"]
        assert row["conserves"]


def test_nothing_more_is_sent_when_nothing_changed(verbs: Verbs, firm: tuple[str, Any]) -> None:
    before = verbs("status")["intents"]
    verbs("plan")
    assert verbs("status")["intents"] == before


def test_platforms_say_what_they_can(verbs: Verbs) -> None:
    rows = verbs("platforms", workspace=False)
    assert [row["key"] for row in rows] == ["salesforce", "kantata", "netsuite"]
    for row in rows:
        assert row.keys() >= {
            "key", "title", "roles", "sign_ins", "reads", "writes", "deletions", "period_lock", "drift", "limits",
        }  # fmt: skip
        assert all(write.keys() == {"kind", "verb", "capability", "batch"} for write in row["writes"])


def test_connections_show_modes_and_coverage(verbs: Verbs) -> None:
    rows = {row["id"]: row for row in verbs("connections")}
    assert set(rows) == {"salesforce", "kantata", "netsuite"}
    assert {each["mode"] for each in rows["netsuite"]["modes"]} == {"write"}
    assert {each["state"] for each in rows["kantata"]["coverage"]} == {"complete"}
    assert all(row["environment"] == "practice" for row in rows.values())


def test_a_hold_is_listed_shown_and_explained(verbs: Verbs) -> None:
    listed = verbs("queue", "list", "--problem", "closed_period")
    assert len(listed) == 2
    shown = verbs("queue", "show", str(listed[0]["id"]))
    assert shown["record"]["worked_on"] == listed[0]["on"]
    assert "worked_on" in shown["fields"]
    assert verbs("explain", "closed_period", workspace=False)["text"].startswith("#")
    assert verbs("explain", listed[0]["subject"])["problems"] == ["closed_period"]


def test_a_billed_entry_is_traced_from_any_of_its_ids(verbs: Verbs) -> None:
    unheld = verbs("trace", verbs("queue", "list", "--problem", "changed_by_person")[0]["subject"])
    (intent,) = unheld["intents"]
    by_key, by_remote = verbs("trace", intent["key"]), verbs("trace", intent["remote_id"])
    assert by_key["subject"] == by_remote["subject"] == unheld["subject"]
    assert {"planned", "ready", "done", "held"} >= {each["what"] for each in unheld["events"]} >= {"done", "held"}
    assert unheld["attempts"][0]["outcome"] == "done"


def test_unbilled_adds_up_by_every_way(verbs: Verbs) -> None:
    sums = []
    for way in ("project", "customer", "legal_entity"):
        rows = verbs("unbilled", "--by", way)
        assert all(
            row.keys() >= {way, "currency", "not_in_erp", "in_erp_not_invoiced", "hours", "oldest"} for row in rows
        )
        sums.append(sum((Decimal(row["not_in_erp"]) for row in rows if row["currency"] == "USD"), start=Decimal(0)))
    assert len(set(sums)) == 1


def test_wrong_use_is_two_and_unknown_is_one(verbs: Verbs) -> None:
    verbs("unbilled", "--by", "moon", code=2)
    verbs("queue", "show", "999999", code=1)
    verbs("trace", "nothing-like-this", code=1)
    verbs("connect", "nobody", code=2)
    verbs("app", code=1)


def test_the_demo_never_touches_a_real_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "real.tieout"
    Store.open(place, create=True, environment="prod").close()
    monkeypatch.setattr(sys, "argv", ["main.py", "demo", "--workspace", str(place)])
    assert main() == 1
    with Store.open(place).reading():
        assert place.exists()


def test_the_doctor_finds_the_workspace_well(verbs: Verbs) -> None:
    rows = verbs("doctor")
    assert all(row["ok"] for row in rows)
    assert {"store", "audit", "credentials"} <= {row["check"] for row in rows}


def test_matches_are_listed_said_and_taken_back(verbs: Verbs) -> None:
    listed = verbs("adopt", "--list")
    assert set(listed) == {"candidates", "said"}
    (first, *_rest) = [each for each in listed["candidates"] if each["method"] == "double"]
    assert set(first) == {"ref", "name", "there", "there_name", "method", "score", "why"}
    verbs("adopt", "--refuse", first["ref"], first["there"], code=2)
    verbs("adopt", "--refuse", first["ref"], first["there"], "--nobody", first["there"], "--reason", "no", code=2)
    verbs("adopt", "--refuse", first["ref"], first["there"], "--reason", "another firm of that name")
    (said,) = verbs("adopt", "--list")["said"]
    assert (said["what"], said["ref"], said["why"]) == ("refusal", first["ref"], "another firm of that name")
    verbs("adopt", "--undo", said["id"], "--reason", "it was the same after all")
    assert verbs("adopt", "--list")["said"] == []
    verbs("adopt", "--undo", said["id"], "--reason", "again", code=1)


def test_what_may_be_done_is_shown_and_takes_a_reason(verbs: Verbs) -> None:
    shown = verbs("mode")
    assert set(shown) == {"modes", "cutovers", "routes"}
    assert {each["mode"] for each in shown["modes"]} == {"write"}
    assert all(each["by"] and each["reason"] for each in shown["modes"])
    verbs("mode", "netsuite", "time_line", "--limit", "70", code=1)
    verbs("mode", "netsuite", "moon", "write", "--reason", "why not", code=1)
    verbs("mode", "--cutover", "2026-13-01", code=2)


def test_an_edit_takes_a_reason_and_a_day(verbs: Verbs) -> None:
    (hold, *_rest) = verbs("queue", "list", "--problem", "expired_rate")
    verbs("queue", "edit", str(hold["id"]), "--field", "minutes=60", code=2)
    verbs("queue", "edit", str(hold["id"]), "--field", "minutes=60", "--reason", "no", "--until", "soon", code=2)
    verbs("queue", "edit", str(hold["id"]), "--field", "moon=60", "--reason", "no", code=1)
    verbs("queue", "link", str(hold["id"]), "netsuite/time_line/1", code=2)
    verbs("queue", "dismiss", str(hold["id"]), code=2)
