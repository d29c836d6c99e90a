"""The book as a flow sees it: everything it may ask, in memory, for one run of planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from console.records.billing import BillingLine
from console.records.calendar import AccountingPeriod, TaxCode
from console.records.delivery import Expense, Milestone, Project, Task, TimeEntry
from console.records.firm import BillingItem, Customer, LegalEntity, Resource
from console.records.selling import ContractLine, Deal, Rate, RateCard
from console.rules.amounts import DEFAULT_POLICY, MoneyPolicy


@dataclass(frozen=True, slots=True)
class Route:
    """Records of `kind` go to `connection` when entity, region, service line and day agree.

    Empty fields agree with all; `region` is the country of the legal entity (ISO alpha-2), kind `*` is every kind.
    """

    kind: str
    connection: str
    legal_entity: str = ""
    region: str = ""
    service_line: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tenant:
    """A connection as flows see it: its roles (`crm`, `psa`, `erp`), tenant tag and longest business key."""

    connection: str
    platform: str
    roles: frozenset[str]
    tag: str
    key_limit: int = 64


Subject = Deal | TimeEntry | Expense | Milestone | ContractLine


@dataclass(slots=True)
class Book:
    """Records by ref, the crosswalk both ways, calendars and settings; overrides already lie over the records.

    `entities` are by (connection, name), `rates` by (card ref, role ref), calendars by connection, `cutovers` by
    (flow, entity or `*`), `lines` and `amendments` by deal ref.

    `links` maps (connection, kind, master ref) to the record's ref there; `masters` maps a record's ref to the ref
    it is known by in its system of record (itself when it is not linked). `doubles` maps (connection, customer
    master ref) to how many records there may be the same one.
    """

    today: date
    tenants: Mapping[str, Tenant] = field(default_factory=dict)
    cutovers: Mapping[tuple[str, str], date] = field(default_factory=dict)
    routes: Sequence[Route] = ()
    entities: Mapping[tuple[str, str], LegalEntity] = field(default_factory=dict)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    deals: Mapping[str, Deal] = field(default_factory=dict)
    lines: Mapping[str, Sequence[ContractLine]] = field(default_factory=dict)
    amendments: Mapping[str, Sequence[Deal]] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    rate_cards: Mapping[str, RateCard] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], Sequence[Rate]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role ref -> its name."""
    periods: Mapping[str, Sequence[AccountingPeriod]] = field(default_factory=dict)
    tax_codes: Mapping[str, Sequence[TaxCode]] = field(default_factory=dict)
    items: Mapping[str, Sequence[BillingItem]] = field(default_factory=dict)
    policies: Mapping[tuple[str, str], MoneyPolicy] = field(default_factory=dict)
    """(ERP connection, legal entity) -> how lines are rounded there."""
    links: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    masters: Mapping[str, str] = field(default_factory=dict)
    doubles: Mapping[tuple[str, str], int] = field(default_factory=dict)
    over_cap: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Entry ref -> (total it would reach, cap), for work beyond a cap."""
    posted: Mapping[str, BillingLine | None] = field(default_factory=dict)
    """Business keys already written -> the line as the ERP shows it (None: not read back yet)."""
    memo: dict[object, object] = field(default_factory=dict)
    """Answers kept for the length of one run, such as the terms of a project."""

    def master(self, ref: str) -> str:
        return self.masters.get(ref, ref)

    def there(self, connection: str, kind: str, ref: str) -> str:
        """The ref on a connection of the record known by `ref` (a master ref or any twin), or ''."""
        return self.links.get((connection, kind, self.masters.get(ref, ref)), "")

    def policy(self, erp: str, entity: str) -> MoneyPolicy:
        return self.policies.get((erp, entity), DEFAULT_POLICY)

    def with_role(self, role: str) -> list[Tenant]:
        return [tenant for tenant in self.tenants.values() if role in tenant.roles]
