"""First contact with what is there already: matched, linked, kept for a person, or refused for good."""

from __future__ import annotations

from typing import Any

import pytest

from console.desk import matching
from console.records.intent import State
from console.sync.acts import NotPossible
from console.sync.adopting import adopted_at
from console.sync.linking import link, refuse, undo
from console.sync.sending import drain
from local_db import audit, crosswalk
from tests.console.sync.firm import Firm, a_customer, a_deal

MINE, THEIRS = "salesforce/customer/c1", "netsuite/customer/31"


def known(firm: Firm, connection: str = "netsuite", kind: str = "customer") -> dict[str, str]:
    """Ref -> the id it is linked to there."""
    links = firm.ask(lambda db: crosswalk.links(db, connection, kind))
    return {each.ref: each.remote_id for each in links}


def methods(firm: Firm) -> set[str]:
    return {each.method for each in firm.ask(lambda db: crosswalk.links(db, "netsuite", "customer"))}


def alike(firm: Firm, **there: Any) -> None:
    """A customer on both sides whose names only resemble."""
    a_customer(firm, tax_number="", name="Lindqvist Freight GmbH")
    firm.erp.put("customer", "31", **{"name": "Lindquist Freight", "currency": "EUR", **there})
    firm.run(send=False)
    firm.adopt()


def say(firm: Firm, act: Any, *words: str) -> str:
    said: str = firm.act(lambda db: act(db, *words, "seen in both", "ann"))
    return said


def candidates(firm: Firm) -> list[dict[str, Any]]:
    return list(firm.ask(matching.candidates))


@pytest.mark.parametrize(
    ("mine", "theirs", "method"),
    [
        ({"external_key": "relay-77812345"}, {"external_key": "relay-77812345"}, "cross_reference"),
        ({"tax_number": "DE811"}, {"tax_number": "DE811"}, "natural_key"),
        ({"tax_number": "", "domain": "www.lindqvist.example"}, {"domain": "lindqvist.example"}, "natural_key"),
    ],
)
def test_proven_ones_are_linked_and_nothing_is_created(
    firm: Firm, mine: dict[str, str], theirs: dict[str, str], method: str
) -> None:
    a_deal(firm, a_customer(firm, **mine))
    firm.erp.put("customer", "31", name="Lindqvist Freight", currency="EUR", **theirs)
    firm.live()
    assert (known(firm), methods(firm)) == ({MINE: "31"}, {method})
    firm.run()
    assert firm.erp.wrote("customer") == []
    assert firm.erp.only("project")[1].customer == "netsuite/customer/31"


def test_a_likeness_only_waits_for_a_person(firm: Firm) -> None:
    alike(firm)
    assert known(firm) == {}
    (found,) = candidates(firm)
    assert (found["ref"], found["there"], found["method"]) == (MINE, THEIRS, "likeness")
    assert found["name"] == "Lindqvist Freight GmbH" and found["there_name"] == "Lindquist Freight"
    assert 86 <= found["score"] < 100


def test_a_person_links_two_and_takes_it_back(firm: Firm) -> None:
    alike(firm)
    assert say(firm, link, MINE, THEIRS) == f"{MINE} is now linked to {THEIRS}."
    assert (known(firm), candidates(firm)) == ({MINE: "31"}, [])
    (said,) = firm.ask(matching.said)
    assert (said["what"], said["by"], said["why"]) == ("link", "ann", "seen in both")
    say(firm, undo, said["id"])
    assert (known(firm), firm.ask(matching.said)) == ({}, [])
    firm.adopt()
    assert len(candidates(firm)) == 1
    assert [each.act for each in firm.ask(audit.every)][-6:] == [
        "adopt",
        "adopt",
        "link",
        "undo match",
        "adopt",
        "adopt",
    ]


def test_a_refusal_is_kept_and_can_be_taken_back(firm: Firm) -> None:
    alike(firm)
    say(firm, refuse, MINE, THEIRS)
    assert candidates(firm) == []
    firm.adopt()
    assert candidates(firm) == []
    (said,) = firm.ask(matching.said)
    assert (said["what"], said["ref"], said["there"], said["by"]) == ("refusal", MINE, THEIRS, "ann")
    say(firm, undo, said["id"])
    firm.adopt()
    assert len(candidates(firm)) == 1


def test_a_refused_pair_is_not_linked_however_well_it_is_proven(firm: Firm) -> None:
    a_customer(firm)
    firm.erp.put("customer", "31", name="Lindqvist Freight", tax_number="DE811", currency="EUR")
    firm.run(send=False)
    firm.adopt()
    say(firm, refuse, MINE, THEIRS)
    assert known(firm) == {}
    firm.adopt()
    assert known(firm) == {}


def test_what_belongs_to_nobody_is_matched_with_nobody(firm: Firm) -> None:
    alike(firm)
    assert say(firm, refuse, "", THEIRS) == f"{THEIRS} belongs to nobody."
    firm.adopt()
    assert candidates(firm) == []
    assert [each["what"] for each in firm.ask(matching.said)] == ["nobody"]


def test_what_cannot_be_linked_is_refused_in_one_sentence(firm: Firm) -> None:
    alike(firm)
    for words, said in (
        ((MINE, "netsuite/customer/404"), "has not been read"),
        (("salesforce/customer/404", THEIRS), "has not been read"),
        ((MINE, "31"), "names no record"),
        ((MINE, "netsuite/legal_entity/1"), "different kinds"),
    ):
        with pytest.raises(NotPossible, match=said):
            say(firm, link, *words)
    with pytest.raises(NotPossible, match="no match link-99"):
        say(firm, undo, "link-99")


def test_a_double_holds_the_deal_and_says_how_many_there_are(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    for number in ("31", "32"):
        firm.erp.put("customer", number, name="Lindqvist Freight", tax_number="DE811", currency="EUR")
    firm.live()
    firm.run()
    assert "2 customers" in firm.one_held("duplicate_customer").sentence
    assert firm.erp.wrote() == []
    assert [each["method"] for each in candidates(firm)] == ["double", "double"]


def test_refusing_one_of_two_ends_the_double(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    for number in ("31", "32"):
        firm.erp.put("customer", number, name="Lindqvist Freight", tax_number="DE811", currency="EUR")
    firm.live()
    firm.run()
    say(firm, refuse, MINE, THEIRS)
    firm.adopt()
    firm.run()
    assert known(firm) == {MINE: "32"}
    assert firm.held() == []


def test_a_match_made_after_planning_takes_the_create_back(firm: Firm) -> None:
    """Somebody else wrote the customer and the work meanwhile: what was ready is not sent beside it."""
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.run(send=False)
    assert firm.intent("customer").state == State.READY
    firm.erp.put("customer", "31", name="Lindqvist Freight", tax_number="DE811", currency="EUR")
    firm.run(send=False)
    firm.adopt()
    firm.wait(drain(firm.session, "netsuite"))
    firm.run()
    assert firm.erp.wrote("customer") == []
    assert firm.intent("customer").remote_id == "31"


def test_lines_of_another_writer_are_linked_by_the_reference_both_carry(sold: Firm) -> None:
    sold.run(send=False)
    sold.psa.edit("time_entry", "t1", external_key="relay-77812345")
    sold.erp.put("time_line", "55", line_type="time", minutes=120, external_key="relay-77812345")
    sold.run(send=False)
    sold.adopt()
    sold.wait(drain(sold.session, "netsuite"))
    sold.run()
    assert (known(sold, kind="time_line"), sold.erp.wrote("time_line")) == ({"kantata/time_entry/t1": "55"}, [])


def test_matching_is_noted_for_every_connection_with_who(firm: Firm) -> None:
    assert firm.ask(lambda db: adopted_at(db, "netsuite")) is None
    firm.adopt()
    assert firm.ask(lambda db: adopted_at(db, "netsuite")) is not None
    assert firm.ask(lambda db: adopted_at(db, "salesforce")) is None
    acts = [(each.actor, each.act, each.subject) for each in firm.ask(audit.every)]
    assert acts == [("ann", "adopt", "kantata"), ("ann", "adopt", "netsuite")]


def test_matching_again_links_nothing_twice(sold: Firm) -> None:
    sold.run()
    before = sold.ask(crosswalk.links)
    sold.adopt()
    assert sold.ask(crosswalk.links) == before
