"""What the org works out itself when a record is saved: stages, prices, names and roll-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.store import Org, Row

_STAGE: Mapping[str, tuple[int, str]] = {
    "Prospecting": (10, "Pipeline"),
    "Qualification": (10, "Pipeline"),
    "Needs Analysis": (20, "Pipeline"),
    "Value Proposition": (50, "Pipeline"),
    "Proposal/Price Quote": (75, "Best Case"),
    "Negotiation/Review": (90, "Commit"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}
_CENT = Decimal("0.01")


def fill(org: Org, kind: str, row: Row, sent: set[str]) -> None:
    """Complete a row about to be saved; `sent` names the fields the request gave. Raises a Refusal."""
    if kind in _FILLS:
        _FILLS[kind](org, row, sent)


def _opportunity(_: Org, row: Row, sent: set[str]) -> None:
    stage = row["StageName"] or ""
    probability, forecast = _STAGE.get(stage, (50, "Pipeline"))
    if "Probability" not in sent and ("StageName" in sent or row["Probability"] is None):
        row["Probability"] = float(probability)
    row["ForecastCategoryName"] = forecast
    row["IsWon"] = stage == "Closed Won"
    row["IsClosed"] = stage.startswith("Closed")
    row["ExpectedRevenue"] = None if row["Amount"] is None else round(row["Amount"] * row["Probability"] / 100, 2)


def _contact(_: Org, row: Row, __: set[str]) -> None:
    row["Name"] = " ".join(each for each in (row["FirstName"], row["LastName"]) if each)


def _line(org: Org, row: Row, sent: set[str]) -> None:
    if {"UnitPrice", "TotalPrice"} <= sent and row["UnitPrice"] is not None and row["TotalPrice"] is not None:
        raise Refusal(
            400,
            "FIELD_INTEGRITY_EXCEPTION",
            "field integrity exception: unknown (only one of unit price, total price may be specified)",
            (),
        )
    quantity = Decimal(str(row["Quantity"]))
    if "TotalPrice" in sent and row["TotalPrice"] is not None and quantity:
        row["UnitPrice"] = float((Decimal(str(row["TotalPrice"])) / quantity).quantize(_CENT, ROUND_HALF_UP))
    elif row["UnitPrice"] is not None:
        row["TotalPrice"] = float((Decimal(str(row["UnitPrice"])) * quantity).quantize(_CENT, ROUND_HALF_UP))
    _line_names(org, row)


def _line_names(org: Org, row: Row) -> None:
    entry = org.record("PricebookEntry", row["PricebookEntryId"])
    if entry is not None:
        row["Product2Id"] = entry["Product2Id"]
        if row["UnitPrice"] is None:
            row["UnitPrice"] = entry["UnitPrice"]
            row["TotalPrice"] = round(entry["UnitPrice"] * row["Quantity"], 2)
    deal = org.record("Opportunity", row["OpportunityId"])
    product = org.record("Product2", row["Product2Id"])
    if deal is not None:
        row["CurrencyIsoCode"] = deal["CurrencyIsoCode"]
        row["Name"] = f"{deal['Name']} {product['Name'] if product else ''}".strip()
    row["ProductCode"] = product["ProductCode"] if product else None


def _entry(org: Org, row: Row, _: set[str]) -> None:
    product = org.record("Product2", row["Product2Id"])
    if product is not None:
        row["Name"], row["ProductCode"] = product["Name"], product["ProductCode"]


def _named_after_id(_: Org, row: Row, __: set[str]) -> None:
    row["Name"] = row["Name"] or row["Id"]


_FILLS: Mapping[str, Callable[[Org, Row, set[str]], None]] = {
    "Opportunity": _opportunity,
    "Contact": _contact,
    "OpportunityLineItem": _line,
    "PricebookEntry": _entry,
    "Tieout_Invoice__c": _named_after_id,
}


def rolled_up(org: Org, row: Row) -> Row | None:
    """The deal above a line item with its amount and flag summed anew; None when nothing changes."""
    deal = org.record("Opportunity", row["OpportunityId"])
    if deal is None:
        return None
    lines = org.tables["OpportunityLineItem"]
    prices = [lines.rows[each]["TotalPrice"] or 0 for each in lines.children("OpportunityId", deal["Id"])]
    amount = float(sum((Decimal(str(each)) for each in prices), Decimal(0))) if prices else deal["Amount"]
    if deal["Amount"] == amount and deal["HasOpportunityLineItem"] is bool(prices):
        return None
    changed = {**deal, "Amount": amount, "HasOpportunityLineItem": bool(prices)}
    _opportunity(org, changed, set())
    return changed
