"""A firm small enough to see at once: one entity, one customer, one deal, its project on both sides, one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from console.records.calendar import AccountingPeriod, TaxCode
from console.records.delivery import Expense, Milestone, Project, Task, TimeEntry
from console.records.firm import BillingItem, Customer, LegalEntity, Resource
from console.records.intent import Flow
from console.records.money import Money
from console.records.selling import ContractLine, Deal, Rate, RateCard
from console.rules.book import Book, Tenant

ENTITY = "Alder Ltd"
CUTOVER = date(2025, 3, 1)
TODAY = date(2025, 6, 15)
DEAL, LINE = "crm/deal/1", "crm/contract_line/1"
PSA_PROJECT, ERP_PROJECT = "psa/project/1", "erp/project/9"
PSA_TASK, ERP_TASK = "psa/task/1", "erp/task/5"
PERSON, EMPLOYEE = "psa/resource/1", "erp/resource/3"
BUYER, DEBTOR = "crm/customer/1", "erp/customer/7"
CARD, ROLE = "psa/rate_card/1", "psa/role/1"


def gbp(amount: str) -> Money:
    return Money.of(amount, "GBP")


def a_deal(**changes: Any) -> Deal:
    deal = Deal(
        ref=DEAL,
        name="Brook data platform",
        customer=BUYER,
        is_won=True,
        is_closed=True,
        closed_on=date(2025, 3, 10),
        amount=gbp("24000"),
        billing_type="time_and_materials",
        legal_entity=ENTITY,
        starts_on=date(2025, 3, 15),
        ends_on=date(2025, 12, 31),
        rate_card="Standard",
    )
    return replace(deal, **changes)


def an_amendment(number: int, **changes: Any) -> Deal:
    own: dict[str, Any] = {
        "ref": f"crm/deal/1{number}",
        "name": f"Brook data platform (amendment {number})",
        "amends": DEAL,
        "amendment_number": number,
        "amount": gbp("1000"),
        "ends_on": None,
        "rate_card": "",
        "closed_on": date(2025, 4, 1),
    }
    return a_deal(**{**own, **changes})


def a_line(**changes: Any) -> ContractLine:
    line = ContractLine(
        ref=LINE, deal=DEAL, title="Engineering", quantity="200", unit_price=gbp("120"), amount=gbp("24000")
    )
    return replace(line, **changes)


def an_entry(**changes: Any) -> TimeEntry:
    entry = TimeEntry(
        ref="psa/time_entry/77",
        project=PSA_PROJECT,
        resource=PERSON,
        worked_on=date(2025, 4, 2),
        minutes=80,
        task=PSA_TASK,
        role=ROLE,
        approved=True,
        notes="On site",
    )
    return replace(entry, **changes)


def an_expense(**changes: Any) -> Expense:
    expense = Expense(
        ref="psa/expense/5",
        project=PSA_PROJECT,
        resource=PERSON,
        spent_on=date(2025, 4, 3),
        amount=gbp("99.905"),
        category="Travel",
        approved=True,
    )
    return replace(expense, **changes)


def a_milestone(**changes: Any) -> Milestone:
    milestone = Milestone(
        ref="psa/milestone/3",
        project=PSA_PROJECT,
        title="Design",
        amount=gbp("5000"),
        due_on=date(2025, 4, 30),
        completed=True,
        completed_on=date(2025, 4, 28),
    )
    return replace(milestone, **changes)


def link(book: Book, master: str, ref: str) -> None:
    """Say that `ref` is the record known as `master`."""
    connection, kind, _remote_id = ref.split("/", 2)
    book.links = {**book.links, (connection, kind, master): ref}
    book.masters = {**book.masters, ref: master}


def unlink(book: Book, ref: str) -> None:
    """Forget what `ref` is."""
    book.links = {place: there for place, there in book.links.items() if there != ref}
    book.masters = {own: master for own, master in book.masters.items() if own != ref}


def bill(book: Book, billing_type: str) -> None:
    """Make the deal one of another billing type."""
    book.deals = {**book.deals, DEAL: replace(book.deals[DEAL], billing_type=billing_type)}


def a_book() -> Book:
    """Everything in order: an approved entry of the project is billed."""
    book = _selling(Book(TODAY))
    book.tenants = {
        name: Tenant(name, name.upper(), frozenset({name}), f"{name}tag0"[:8]) for name in ("crm", "psa", "erp")
    }
    book.cutovers = {(Flow.DEAL_TO_PROJECT, ENTITY): CUTOVER, (Flow.WORK_TO_BILLING, ENTITY): CUTOVER}
    book.entities = {("erp", ENTITY): LegalEntity(ref="erp/legal_entity/1", name=ENTITY, country="GB", currency="GBP")}
    book.tax_codes = {"erp": [TaxCode(ref="erp/tax_code/1", name="Standard", legal_entity=ENTITY, per_cent="20")]}
    book.items = {
        "erp": [BillingItem(ref="erp/billing_item/1", name="Consultant"), BillingItem(ref="i", name="Fixed Fee")]
    }
    book.periods = {
        "erp": [
            AccountingPeriod(
                ref=f"erp/accounting_period/{month}",
                name=f"2025-{month:02}",
                starts_on=date(2025, month, 1),
                ends_on=date(2025, month, 28),
            )
            for month in range(1, 13)
        ]
    }
    return _delivering(book)


def _selling(book: Book) -> Book:
    book.deals = {DEAL: a_deal()}
    book.lines = {DEAL: [a_line()]}
    book.customers = {
        BUYER: Customer(ref=BUYER, name="Brook & Co", legal_entity=ENTITY, currency="GBP", tax_number="GB1"),
        DEBTOR: Customer(ref=DEBTOR, name="Brook", legal_entity=ENTITY, currency="GBP"),
    }
    book.rate_cards = {CARD: RateCard(ref=CARD, name="Standard", currency="GBP")}
    book.rates = {
        (CARD, ROLE): [
            Rate(ref="psa/rate/1", rate_card=CARD, role=ROLE, hourly=gbp("100"), starts_on=date(2025, 1, 1))
        ],
    }
    book.roles = {ROLE: "Consultant"}
    link(book, BUYER, DEBTOR)
    return book


def _delivering(book: Book) -> Book:
    book.projects = {
        PSA_PROJECT: Project(ref=PSA_PROJECT, name="Brook data platform", currency="GBP", rate_card=CARD),
        ERP_PROJECT: Project(
            ref=ERP_PROJECT, name="Brook data platform", customer=DEBTOR, legal_entity=ENTITY, currency="GBP"
        ),
    }
    book.tasks = {ERP_TASK: Task(ref=ERP_TASK, project=ERP_PROJECT, name="Engineering")}
    book.resources = {
        PERSON: Resource(ref=PERSON, name="A. Consultant"),
        EMPLOYEE: Resource(ref=EMPLOYEE, name="A. Consultant"),
    }
    for master, ref in (
        (DEAL, PSA_PROJECT),
        (DEAL, ERP_PROJECT),
        (LINE, PSA_TASK),
        (LINE, ERP_TASK),
        (PERSON, EMPLOYEE),
    ):
        link(book, master, ref)
    return book
