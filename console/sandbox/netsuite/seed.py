"""Takes the made-up firm over into the books: its lists first, then what its past left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from console.sandbox.firm.model import Company, Firm, Period, Person, Project, Task
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.store import Lines, Record, Values

_CURRENCIES = {
    "USD": ("US Dollar", "$", 1.0, 2),
    "GBP": ("British pound", "£", 1.27, 2),
    "EUR": ("Euro", "€", 1.09, 2),
    "JPY": ("Japanese Yen", "¥", 0.0067, 0),
}
_BILLING = {"time_and_materials": "1", "fixed_fee": "2", "milestone": "3", "retainer": "5"}
_PRICE_LEVELS = {-1: "Custom", 1: "Base Price"}
_STATUSES = {13: "CUSTOMER-Closed Won", 7: "LEAD-Qualified", 16: "CUSTOMER-Lost Customer"}
_MONTHS_AHEAD = 3


@dataclass(slots=True)
class Known:
    """Internal ids by the firm's own keys (and, for lists, by name)."""

    currencies: dict[str, int] = made_by(default_factory=dict)
    entities: dict[str, int] = made_by(default_factory=dict)
    taxes: dict[str, int] = made_by(default_factory=dict)
    items: dict[str, int] = made_by(default_factory=dict)
    terms: dict[str, int] = made_by(default_factory=dict)
    people: dict[str, int] = made_by(default_factory=dict)
    companies: dict[str, int] = made_by(default_factory=dict)
    projects: dict[str, int] = made_by(default_factory=dict)
    tasks: dict[tuple[str, str], int] = made_by(default_factory=dict)
    """Project key and task name -> id."""


class Seeder:
    """Puts records straight into the store: what is seeded obeys no rule and enters no journal."""

    def __init__(self, books: Books, firm: Firm) -> None:
        self.books = books
        self.firm = firm
        self.known = Known()
        self._evenings: dict[date, int] = {}

    def put(self, kind: str, values: Values, on: date, *, external: str = "", lines: Lines | None = None) -> Record:
        """A record last touched on the evening of a day; values that are None are left out."""
        filled = {name: value for name, value in values.items() if value is not None}
        when = self.evening(on)
        record = Record(kind, self.books.store.new_id(kind), filled, lines or {}, external, when, when)
        self.books.store.put(record)
        return record

    def evening(self, on: date) -> int:
        if on not in self._evenings:
            self._evenings[on] = int(self.books.clock.evening(on).timestamp())
        return self._evenings[on]

    def lists(self) -> None:
        """Everything that is there before the first customer."""
        begin = self.firm.history_starts_on
        for symbol, (name, sign, rate, digits) in _CURRENCIES.items():
            values = {
                "name": name,
                "symbol": symbol,
                "displaySymbol": sign,
                "exchangeRate": rate,
                "currencyPrecision": digits,
            }
            values |= {"isBaseCurrency": symbol == "USD", "isInactive": False, "symbolPlacement": "1"}
            self.known.currencies[symbol] = self.put("currency", values, begin).id
        self._subsidiaries(begin)
        self._items(begin)
        self._small_lists(begin)
        for person in self.firm.people:
            if person.in_erp:
                self._employee(person)
        self.periods()

    def _items(self, begin: date) -> None:
        for code in self.firm.tax_codes:
            values = {
                "itemId": code.name,
                "displayName": code.name,
                "rate": float(code.per_cent),
                "country": code.country,
            }
            values |= {"subsidiary": self.known.entities[code.entity], "isInactive": not code.active}
            self.known.taxes[code.name] = self.put("salesTaxItem", values, begin).id
        for name in self.firm.items:
            values = {"itemId": name, "displayName": name, "isInactive": False, "isOnline": False}
            self.known.items[name] = self.put("serviceSaleItem", values, begin).id

    def _subsidiaries(self, begin: date) -> None:
        parent = None
        for entity in self.firm.entities:
            values: dict[str, Any] = {
                "name": entity.name,
                "legalName": entity.name,
                "country": entity.country,
                "currency": self.known.currencies[entity.currency],
                "isElimination": False,
                "isInactive": False,
                "parent": parent,
            }
            number = self.put("subsidiary", values, begin).id
            self.known.entities[entity.key] = number
            parent = parent or number

    def _small_lists(self, begin: date) -> None:
        for name in sorted({company.payment_terms for company in self.firm.companies}):
            days = "".join(letter for letter in name if letter.isdecimal())
            values = {"name": name, "daysUntilNetDue": int(days or 0), "isInactive": False}
            self.known.terms[name] = self.put("term", values, begin).id
        for kind, names in _SMALL.items():
            for name in names:
                self.put(kind, {"name": name, "isInactive": False}, begin)
        for number, name in _STATUSES.items():
            when = self.evening(begin)
            self.books.store.put(Record("customerStatus", number, {"name": name}, {}, "", when, when))
        for number, name in _PRICE_LEVELS.items():
            when = self.evening(begin)
            values = {"name": name, "isInactive": False}
            self.books.store.put(Record("priceLevel", number, values, {}, "", when, when))
        for card in self.firm.rate_cards:
            self.put("billingRateCard", {"name": card.name, "isInactive": False}, begin)
        for acct, name, sort in (
            ("1100", "Accounts Receivable", "AcctRec"),
            ("1000", "Checking", "Bank"),
            ("4000", "Services", "Income"),
        ):
            self.put("account", {"acctNumber": acct, "acctName": name, "acctType": sort, "isInactive": False}, begin)

    def _employee(self, person: Person) -> None:
        first, _, last = person.name.partition(" ")
        values = {
            "entityId": person.name,
            "firstName": first,
            "lastName": last,
            "email": person.email,
            "title": person.role,
            "subsidiary": self.known.entities[person.entity],
            "isInactive": person.left_on is not None,
            "hireDate": person.hired_on.isoformat(),
            "releaseDate": person.left_on.isoformat() if person.left_on else None,
            "isJobResource": True,
        }
        record = self.put("employee", values, max(person.hired_on, self.firm.history_starts_on))
        self.known.people[person.key] = record.id

    def periods(self) -> None:
        """The firm's months, some more ahead, and the quarters and years that hold them."""
        months = [*self.firm.periods, *_ahead(self.firm.periods)]
        years: dict[int, int] = {}
        quarters: dict[tuple[int, int], int] = {}
        for month in months:
            year, quarter = month.starts_on.year, (month.starts_on.month + 2) // 3
            if year not in years:
                years[year] = self._span(f"FY {year}", date(year, 1, 1), date(year, 12, 31), {"isYear": True})
            if (year, quarter) not in quarters:
                first, last = date(year, 3 * quarter - 2, 1), _month_end(date(year, 3 * quarter, 1))
                above = {"isQuarter": True, "parent": years[year]}
                quarters[year, quarter] = self._span(f"Q{quarter} {year}", first, last, above)
            self._month(month, quarters[year, quarter])

    def _span(self, name: str, first: date, last: date, more: Mapping[str, Any]) -> int:
        values = {"periodName": name, "startDate": first.isoformat(), "endDate": last.isoformat(), "isPosting": False}
        return self.put("accountingPeriod", {**values, "closed": False, **more}, self.firm.history_starts_on).id

    def _month(self, month: Period, quarter: int) -> None:
        closed_on = month.ends_on + timedelta(days=10)
        values = {
            "periodName": month.name,
            "startDate": month.starts_on.isoformat(),
            "endDate": month.ends_on.isoformat(),
            "closed": month.closed,
            "closedOnDate": closed_on.isoformat() if month.closed else None,
            "arLocked": month.closed,
            "apLocked": month.closed,
            "allLocked": month.closed,
            "payrollLocked": month.closed,
            "allowNonGLChanges": True,
            "isPosting": True,
            "isQuarter": False,
            "isYear": False,
            "isAdjust": False,
            "parent": quarter,
        }
        self.put("accountingPeriod", values, closed_on if month.closed else self.firm.history_starts_on)

    def customers(self) -> None:
        """Customers with their addresses and contacts; parents before their children, a copy under its own number."""
        told = sorted((each for each in self.firm.companies if each.in_erp), key=lambda each: bool(each.parent))
        for company in told:
            for copy in range(company.erp_copies):
                self._customer(company, copy)

    def _customer(self, company: Company, copy: int) -> None:
        number = f"{company.number}{'-B' if copy else ''}"
        values = {
            "entityId": f"{number} {company.name}",
            "companyName": company.name,
            "accountNumber": number,
            "isPerson": False,
            "isInactive": False,
            "autoName": False,
            "subsidiary": self.known.entities[company.erp_entity],
            "currency": self.known.currencies[company.currency],
            "parent": self.known.companies.get(company.parent),
            "url": f"https://www.{company.domain}" if company.domain else None,
            "vatRegNumber": company.tax_number or None,
            "defaultTaxReg": company.tax_number or None,
            "terms": self.known.terms.get(company.payment_terms),
            "entityStatus": 13,
            "email": company.contact_email,
            "balance": 0.0,
        }
        on = max(company.created_on, self.firm.history_starts_on)
        external = company.foreign_key if not copy else ""
        record = self.put("customer", values, on, external=external, lines=self._customer_lines(company))
        self.known.companies.setdefault(company.key, record.id)
        if not copy:
            self._contact(company, record, on)

    def _customer_lines(self, company: Company) -> Lines:
        address = {
            "addressee": company.name,
            "addr1": company.street,
            "city": company.city,
            "zip": company.postcode,
            "country": company.country,
        }
        return {
            "addressBook": [{"id": 1, "defaultBilling": True, "defaultShipping": True, "addressBookAddress": address}],
            "currencyList": [{"currency": self.known.currencies[company.currency], "balance": 0.0}],
        }

    def _contact(self, company: Company, customer: Record, on: date) -> None:
        first, _, last = company.contact_name.partition(" ")
        values = {"entityId": company.contact_name, "firstName": first, "lastName": last, "company": customer.id}
        self.put("contact", {**values, "email": company.contact_email, "isInactive": False}, on)

    def projects(self) -> None:
        for project in self.firm.projects:
            self._job(project)
            for task in project.tasks:
                self._task(project, task)

    def _job(self, project: Project) -> None:
        parent = self.books.store.get("customer", self.known.companies[project.company])
        values = {
            "entityId": project.number,
            "companyName": project.name,
            "parent": self.known.companies[project.company],
            "subsidiary": parent.values["subsidiary"] if parent else self.known.entities[project.entity],
            "currency": self.known.currencies[project.currency],
            "jobBillingType": _BILLING[project.billing_type],
            "startDate": project.starts_on.isoformat(),
            "projectedEndDate": project.ends_on.isoformat(),
            "entityStatus": "2" if project.active else "1",
            "isInactive": False,
            "allowTime": True,
            "allowExpenses": True,
            "limitTimeToAssignees": False,
            "jobPrice": float(project.budget),
        }
        on = max(project.starts_on, self.firm.history_starts_on)
        record = self.put("job", values, min(on, self.firm.today), external=project.foreign_key)
        self.known.projects[project.key] = record.id

    def _task(self, project: Project, task: Task) -> None:
        values = {
            "title": task.name,
            "project": self.known.projects[project.key],
            "estimatedWork": float(Decimal(task.estimate_minutes) / 60),
            "status": "PROGRESS" if project.active else "COMPLETE",
            "priority": "MEDIUM",
            "constraintType": "ASAP",
            "nonBillableTask": not task.billable,
            "isInactive": not task.active_in_erp,
        }
        on = max(project.starts_on, self.firm.history_starts_on)
        record = self.put("projectTask", values, min(on, self.firm.today), external=task.foreign_key)
        self.known.tasks[project.key, task.name] = record.id


_SMALL = {
    "department": ("Consulting", "Operations"),
    "classification": ("Services",),
    "location": ("Boston", "London", "Berlin", "Tokyo"),
    "priceLevel": ("Base Price",),
    "billingClass": ("Standard",),
    "expenseCategory": ("Travel", "Hotel", "Meals", "Software"),
}


def _month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _ahead(periods: tuple[Period, ...]) -> list[Period]:
    """Some open months after the firm's last."""
    made: list[Period] = []
    last = periods[-1].ends_on
    for _ in range(_MONTHS_AHEAD):
        first = last + timedelta(days=1)
        last = _month_end(first)
        made.append(Period(first.strftime("%b %Y"), first, last))
    return made
