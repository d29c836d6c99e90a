"""One transaction, found by any id people have, with money on every hop and no secret anywhere."""

from __future__ import annotations

import pytest

from console.desk.tracing import traced
from tests.console.sync.firm import Firm

SUBJECT = "kantata/time_entry/t1"


def names(firm: Firm) -> dict[str, str]:
    row = firm.intent("time_line")
    return {"ref": SUBJECT, "key": row.key, "remote id": row.remote_id}


@pytest.mark.parametrize("way", ["ref", "key", "remote id"])
def test_a_billed_entry_is_found_by_every_name_it_has(sold: Firm, way: str) -> None:
    sold.run()
    found = sold.ask(lambda db: traced(db, names(sold)[way]))
    assert found is not None and found["subject"] == SUBJECT


def test_every_hop_has_its_money_and_its_attempt(sold: Firm) -> None:
    sold.run()
    found = sold.ask(lambda db: traced(db, SUBJECT))
    assert found is not None
    assert set(found) == {"subject", "record", "events", "intents", "attempts", "links", "held"}
    assert [each["what"] for each in found["events"]] == ["ready", "done"]
    assert [each["hop"] for each in found["events"]] == ["kantata > netsuite"] * 2
    assert {each["money"]["amount"] for each in found["events"]} == {"300"}
    (attempt,) = found["attempts"]
    assert (attempt["outcome"], attempt["trace"]) == ("done", f"call {len(sold.erp.commits)}")
    assert found["links"] == [
        {
            "connection": "netsuite",
            "kind": "time_line",
            "remote_id": sold.intent("time_line").remote_id,
            "method": "written",
        }
    ]


def test_a_refusal_is_in_the_trace_in_the_platforms_own_words(sold: Firm) -> None:
    sold.erp.tricks.refuse = "The project is not open."
    sold.run()
    found = sold.ask(lambda db: traced(db, SUBJECT))
    assert found is not None
    assert found["attempts"][-1]["error"]["text"] == "The project is not open."
    assert "The project is not open." in found["held"][0]


def test_what_nobody_knows_is_not_traced(sold: Firm) -> None:
    for name in ("kantata/time_entry/none", "none", "99999999"):
        assert sold.ask(lambda db, name=name: traced(db, name)) is None
