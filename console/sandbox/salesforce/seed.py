"""Fills the org with the firm as its sellers know it: companies, contacts, products, deals and their lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.sandbox.clock import Clock
from console.sandbox.firm.model import Company, Firm, Person, Sale, SaleLine
from console.sandbox.salesforce import derived
from console.sandbox.salesforce.objects import CURRENCIES
from console.sandbox.salesforce.store import Org, Row, stamp_text

BILLING = {
    "time_and_materials": "Time and Materials",
    "fixed_fee": "Fixed Fee",
    "milestone": "Milestone",
    "retainer": "Retainer",
}
STAGE = {"won": "Closed Won", "open": "Negotiation/Review", "lost": "Closed Lost"}
_SERVICES = "Services"
_RATES = {"USD": 1.0, "GBP": 0.79, "EUR": 0.92, "JPY": 151.0}


class Planter:
    """Plants the firm and remembers which record stands for which of its keys."""

    def __init__(self, org: Org, clock: Clock, firm: Firm) -> None:
        self.org = org
        self.clock = clock
        self.firm = firm
        self.ids: dict[str, str] = {}
        self.entities = {each.key: each.name for each in firm.entities}
        self.cards = {each.key: each.name for each in firm.rate_cards}
        self.entries: dict[tuple[str, str], str] = {}

    def plant(self, kind: str, values: Mapping[str, Any], at: datetime) -> str:
        """A record of the past: saved like any other, stamped with its own day, not journalled."""
        table = self.org.tables[kind]
        stamp = stamp_text(at)
        row: Row = {**table.shape.blank, **values, "Id": values.get("Id") or table.next_id()}
        row |= {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
        row |= {"CreatedById": self.org.user_id, "LastModifiedById": self.org.user_id}
        if "OwnerId" in row and row["OwnerId"] is None:
            row["OwnerId"] = self.org.user_id
        derived.fill(self.org, kind, row, set())
        table.replace(row["Id"], row)
        return str(row["Id"])

    def everything(self) -> None:
        start = self.clock.evening(self.firm.history_starts_on)
        self.organization(start)
        for person in self.firm.people:
            if any(each.owner == person.key for each in self.firm.sales):
                self.ids[person.key] = self.plant("User", _user(person), start)
        self.price_book(start)
        for company in self.firm.companies:
            self.company(company)
        for company in self.firm.companies:
            self.parent(company)
        for sale in sorted(self.firm.sales, key=lambda each: (each.amends != "", each.created_on)):
            self.sale(sale)

    def organization(self, at: datetime) -> None:
        about = {"Name": "Norrvik Hale", "Country": "US", "InstanceName": "TIE1", "IsSandbox": True}
        more = {"OrganizationType": "Developer Edition", "DefaultLocaleSidKey": "en_US", "TimeZoneSidKey": "GMT"}
        self.plant("Organization", {"Id": self.org.id} | about | more, at)
        user = {
            "Id": self.org.user_id,
            "Username": "integration@norrvik-hale.example",
            "FirstName": "Integration",
            "LastName": "User",
            "Name": "Integration User",
            "Email": "integration@norrvik-hale.example",
        }
        self.plant("User", user | _USER, at)
        for code in CURRENCIES:
            places = 0 if code == "JPY" else 2
            rate = {"IsoCode": code, "ConversionRate": _RATES[code], "DecimalPlaces": places}
            self.plant("CurrencyType", rate | {"IsActive": True, "IsCorporate": code == "USD"}, at)

    def price_book(self, at: datetime) -> None:
        standard = {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True}
        self.ids["price book"] = self.plant("Pricebook2", standard, at)
        for name in (*self.firm.roles, _SERVICES):
            code = "".join(word[0] for word in name.split()).upper()
            about = {"Name": name, "ProductCode": code, "IsActive": True, "Family": _SERVICES}
            product = self.plant("Product2", about, at)
            for currency in CURRENCIES:
                entry = {
                    "Pricebook2Id": self.ids["price book"],
                    "Product2Id": product,
                    "UnitPrice": 0.0,
                    "IsActive": True,
                    "CurrencyIsoCode": currency,
                }
                self.entries[name, currency] = self.plant("PricebookEntry", entry, at)

    def company(self, company: Company) -> None:
        at = self.clock.evening(company.created_on)
        values = {
            "Name": company.name,
            "Type": "Customer - Direct",
            "AccountNumber": company.number,
            "Website": f"https://www.{company.domain}" if company.domain else None,
            "BillingStreet": company.street,
            "BillingCity": company.city,
            "BillingPostalCode": company.postcode,
            "BillingCountry": company.country,
            "CurrencyIsoCode": company.currency,
            "Legal_Entity__c": self.entities.get(company.entity),
            "Tax_Number__c": company.tax_number or None,
            "Payment_Terms__c": company.payment_terms or None,
            "Relay_Id__c": company.foreign_key or None,
        }
        self.ids[company.key] = self.plant("Account", values, at)
        first, _, last = company.contact_name.rpartition(" ")
        contact = {"AccountId": self.ids[company.key], "FirstName": first or None, "LastName": last or company.name}
        self.plant("Contact", contact | {"Email": company.contact_email, "CurrencyIsoCode": company.currency}, at)

    def parent(self, company: Company) -> None:
        if company.parent in self.ids:
            table = self.org.tables["Account"]
            row = table.rows[self.ids[company.key]]
            table.replace(row["Id"], {**row, "ParentId": self.ids[company.parent]})

    def sale(self, sale: Sale) -> None:
        touched = sale.closed_on if sale.stage == "won" else sale.created_on
        at = self.clock.evening(touched)
        values = self.deal(sale) | {"Amount": float(sale.amount), "HasOpportunityLineItem": bool(sale.lines)}
        self.ids[sale.key] = self.plant("Opportunity", values, at)
        for line in sale.lines:
            self.plant("OpportunityLineItem", self.line(sale, line) | {"TotalPrice": float(line.amount)}, at)

    def deal(self, sale: Sale) -> dict[str, Any]:
        """A sale as an opportunity, in the vendor's fields, without what the org works out itself."""
        return {
            "AccountId": self.ids.get(sale.company),
            "Name": sale.name,
            "StageName": STAGE[sale.stage],
            "CloseDate": sale.closed_on.isoformat(),
            "Type": "Amendment" if sale.amends else "New Customer",
            "Pricebook2Id": self.ids["price book"],
            "CurrencyIsoCode": sale.currency,
            "OwnerId": self.ids.get(sale.owner, self.org.user_id),
            "Legal_Entity__c": self.entities.get(sale.entity),
            "Billing_Type__c": BILLING[sale.billing_type],
            "Start_Date__c": sale.starts_on.isoformat(),
            "End_Date__c": sale.ends_on.isoformat(),
            "Cap__c": None if sale.cap is None else float(sale.cap),
            "Service_Line__c": sale.service_line or None,
            "Rate_Card__c": self.cards.get(sale.rate_card),
            "Purchase_Order__c": sale.purchase_order or None,
            "Amends__c": self.ids.get(sale.amends),
            "Amendment_Number__c": float(sale.amendment_number) if sale.amends else None,
            "Effective_Date__c": sale.effective_on.isoformat() if sale.effective_on else None,
            "Relay_Id__c": sale.foreign_key or None,
        }

    def line(self, sale: Sale, line: SaleLine) -> dict[str, Any]:
        """A sale's line as an opportunity product."""
        name = line.role if (line.role, sale.currency) in self.entries else _SERVICES
        return {
            "OpportunityId": self.ids[sale.key],
            "PricebookEntryId": self.entries[name, sale.currency],
            "Quantity": float(line.quantity),
            "UnitPrice": float(line.unit_price),
            "ServiceDate": line.due_on.isoformat() if line.due_on else None,
            "Description": line.title,
        }


_USER = {"IsActive": True, "TimeZoneSidKey": "GMT", "DefaultCurrencyIsoCode": "USD"}


def _user(person: Person) -> dict[str, Any]:
    first, _, last = person.name.rpartition(" ")
    named = {"FirstName": first, "LastName": last, "Name": person.name, "Email": person.email}
    return named | {"Username": person.email} | _USER
