"""The firm itself and the people and companies around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Anything a platform told us, in our words. `ref` is `connection/kind/remote id`."""

    ref: str
    external_key: str = ""
    """The external id or reference the platform keeps on the record: ours, another middleware's, or empty."""
    modified_at: str = ""
    """ISO instant with zone, as the platform says it; empty when it does not."""
    modified_by: str = ""
    """The platform's own name or id of who changed it last, when it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity(Record):
    """A company of the firm that keeps books. `name` is what CRM, PSA and ERP call it; `zone` an IANA name."""

    name: str
    legal_name: str = ""
    country: str = ""
    currency: str = ""
    zone: str = ""
    parent: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Record):
    """A company that buys. `parent` is a ref on the same platform; `legal_entity` a LegalEntity's name."""

    name: str
    number: str = ""
    parent: str = ""
    legal_entity: str = ""
    currency: str = ""
    tax_number: str = ""
    payment_terms: str = ""
    domain: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Record):
    """A person at a customer."""

    customer: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Record):
    """A person (or unnamed place on a team) who does the work. `billing_item` is the ERP's service item."""

    name: str
    email: str = ""
    role: str = ""
    legal_entity: str = ""
    location: str = ""
    cost_centre: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill(Record):
    """What a resource can do, and how well (1 to 5)."""

    resource: str
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingItem(Record):
    """What an ERP bills a line as: a service item, by name."""

    name: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Record):
    """A role that rate cards price: consultant, senior consultant."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Record):
    """Days a resource is away. `minutes` per day."""

    resource: str
    starts_on: date
    ends_on: date
    minutes: int = 0
