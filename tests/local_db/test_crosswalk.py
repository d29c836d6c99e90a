"""Links join records both ways, keep who and why, and a refused pair stays refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from console.records.money import Money
from local_db import crosswalk
from local_db.crosswalk import Link, Refusal, Relation
from local_db.store import Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def link(ref: str = "sf/customer/1", remote_id: str = "9", **more: object) -> Link:
    fields = {
        "ref": ref,
        "connection": "ns",
        "kind": "customer",
        "remote_id": remote_id,
        "method": "natural_key",
        "actor": "anna",
        "recorded_at": NOW,
        "why": "Same tax number.",
    }
    return Link(**{**fields, **more})  # type: ignore[arg-type]


def test_links_are_asked_both_ways(store: Store) -> None:
    with store.writing() as db:
        assert crosswalk.link(db, [link(), link("sf/customer/2", "8"), link(relation=Relation.COVERS)]) == 3
        assert crosswalk.link(db, [link(method="person")]) == 0
        asked = ["sf/customer/1", "sf/customer/2", "sf/customer/3"]
        assert crosswalk.remote_ids(db, "ns", "customer", asked) == {"sf/customer/1": "9", "sf/customer/2": "8"}
        assert crosswalk.refs_of(db, "ns", "customer", ["8", "7"]) == {"8": "sf/customer/2"}
        assert crosswalk.remote_ids(db, "ns", "project", asked) == {}


def test_an_ended_link_is_remembered_but_joins_nothing(store: Store) -> None:
    with store.writing() as db:
        crosswalk.link(db, [link()])
        [kept] = crosswalk.links(db)
        crosswalk.unlink(db, [kept.id], "bob", "Wrong company.")
        assert crosswalk.links(db) == [] and crosswalk.remote_ids(db, "ns", "customer", [kept.ref]) == {}
        [ended] = crosswalk.links(db, "ns", "customer", [kept.ref], ended=True)
        assert (ended.ended_by, ended.ended_why, ended.why) == ("bob", "Wrong company.", "Same tax number.")
        assert crosswalk.link(db, [link()]) == 1


def test_shares_are_many_to_many_and_exact(store: Store) -> None:
    shares = [
        link(
            "kan/time_entry/1",
            n,
            kind="invoice_line",
            relation=Relation.COVERS,
            share_minutes=20,
            share=Money(Decimal("33.333333"), "EUR"),
            valid_from=date(2026, 1, 1),
        )
        for n in ("a", "b")
    ]
    with store.writing() as db:
        crosswalk.link(db, shares)
        assert [(each.remote_id, each.share, each.share_minutes, each.valid_from) for each in crosswalk.links(db)] == [
            (n, Money(Decimal("33.333333"), "EUR"), 20, date(2026, 1, 1)) for n in ("a", "b")
        ]


def test_refusals_stand_until_withdrawn(store: Store) -> None:
    nobody = Refusal("ns", "customer", "5", "", "anna", "A test customer.", NOW)
    pair = Refusal("ns", "customer", "6", "sf/customer/1", "anna", "Two firms of one name.", NOW)
    with store.writing() as db:
        crosswalk.refuse(db, [nobody, pair, pair])
        kept = crosswalk.refusals(db, "ns", "customer")
        assert [(each.remote_id, each.ref) for each in kept] == [("5", ""), ("6", "sf/customer/1")]
        crosswalk.withdraw_refusals(db, [kept[1].id], "bob")
        assert [each.remote_id for each in crosswalk.refusals(db)] == ["5"]
        assert crosswalk.refusals(db, "ns", "project") == []
