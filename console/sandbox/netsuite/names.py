"""Which names stand behind a column's values, for BUILTIN.DF: records by their id, choices by theirs."""

from __future__ import annotations

from collections.abc import Mapping

from console.sandbox.netsuite.catalogue import TRANSACTIONS, TYPES
from console.sandbox.netsuite.fields import Kind

_COLUMNS = {
    ("customer", "job", "employee", "vendor", "contact"): "entity",
    ("job", "customer"): "customer billto",
    ("customer", "projectTask", "accountingPeriod", "subsidiary"): "parent",
    ("job",): "job project",
    ("employee",): "employee chargeemployee resource supervisor projectmanager",
    ("subsidiary",): "subsidiary billingsubsidiary",
    ("currency",): "currency primarycurrency",
    ("serviceSaleItem",): "item billingitem serviceitem jobitem",
    ("term",): "terms",
    ("salesTaxItem",): "taxcode taxitem",
    ("accountingPeriod",): "postingperiod",
    ("projectTask",): "casetaskevent projecttask",
    ("department",): "department",
    ("classification",): "class",
    ("location",): "location",
    ("invoice",): "invoice",
    ("creditMemo",): "creditmemo",
    ("priceLevel",): "pricelevel price",
    ("billingClass",): "billingclass",
    ("billingRateCard",): "billingratecard",
    ("billingSchedule",): "billingschedule",
    ("expenseCategory",): "category",
    tuple(TRANSACTIONS): "transaction previousdoc nextdoc",
}

NAMED_BY: Mapping[str, tuple[str, ...]] = {
    column: kinds for kinds, columns in _COLUMNS.items() for column in columns.split()
}
"""Column -> the record types its ids belong to."""

CHOICES_OF: Mapping[str, Mapping[str, str]] = {
    field.name.lower(): field.choices
    for kind in TYPES.values()
    for field in kind.fields.values()
    if field.kind is Kind.CHOICE and field.name not in ("status", "approvalStatus")
}
"""Column -> the labels of its closed list."""
