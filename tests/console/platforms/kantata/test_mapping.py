from decimal import Decimal

from console.platforms.kantata.mapping import body_of, remotes_of
from console.platforms.kantata.resources import PROJECTS
from console.records.delivery import Expense, Project
from console.records.intent import Verb
from console.records.money import Money
from console.wire.mapping import load
from console.wire.surface import Want

MAPPING = load("kantata")
EXPENSE = {"id": "7", "date": "2026-03-01", "amount_in_cents": 1500, "version": "1", "workspace_id": "30"}


def expense(**more: object) -> Expense:
    found = remotes_of(MAPPING, "expense", [{**EXPENSE, **more}], "k1", suspect=False)[0].record
    assert isinstance(found, Expense)
    return found


def test_cents_are_parts_of_the_base_unit() -> None:
    assert expense(currency="USD", currency_base_unit=100).amount == Money(Decimal("15.00"), "USD")
    assert expense(currency="JPY", currency_base_unit=1).amount == Money(Decimal(1500), "JPY")
    assert expense(currency="JPY", currency_base_unit=100).amount == Money(Decimal(15), "JPY")
    assert expense(currency="KWD", currency_base_unit=100).amount == Money(Decimal(15), "KWD")
    assert expense(currency="USD").amount == Money(Decimal("15.00"), "USD")


def test_a_base_unit_that_makes_no_sense_is_passed_over() -> None:
    assert expense(currency="USD", currency_base_unit=0).amount == Money(Decimal("15.00"), "USD")


def test_a_workspace_may_keep_what_kantata_has_no_field_for_in_custom_fields() -> None:
    mapping = load("kantata", {"project": {"fields": {"legal_entity": {"path": "custom_fields.Entity"}}}})
    row = {"id": "30", "title": "A", "version": "1", "custom_fields": {"Entity": "Northlight GmbH"}}
    project = remotes_of(mapping, "project", [row], "k1", suspect=False)[0].record
    assert isinstance(project, Project) and project.legal_entity == "Northlight GmbH"
    body = {"name": "A", "legal_entity": "Northlight GmbH", "billing_type": "retainer"}
    sent = body_of(mapping, PROJECTS, Want("project", Verb.CREATE, "TOa", "t", body))
    assert sent["custom_fields"] == {"Entity": "Northlight GmbH"}
    assert "billing_type" not in sent
