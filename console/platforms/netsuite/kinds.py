"""Where each kind lives in NetSuite: its SuiteQL table, its REST record, and the permission a role needs for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One kind. `conditions` narrow the table; `names` are what `deletedrecord` calls it (letters only, lower case).

    `permission` is the path in NetSuite's role editor; `level` what our work with the kind needs.
    """

    kind: str
    table: str
    record: str
    permission: str
    conditions: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    level: str = "View"


def _source(
    kind: str,
    table: str,
    record: str,
    permission: str,
    *conditions: str,
    also: tuple[str, ...] = (),
    level: str = "View",
) -> Source:
    return Source(kind, table, record, permission, conditions, frozenset((record.lower(), *also)), level)


_ALL = (
    _source("legal_entity", "subsidiary", "subsidiary", "Lists > Subsidiaries"),
    _source("tax_code", "salestaxitem", "salesTaxItem", "Lists > Tax Records"),
    _source(
        "accounting_period",
        "accountingperiod",
        "accountingPeriod",
        "Lists > Manage Accounting Periods",
        "isquarter = 'F'",
        "isyear = 'F'",
        "isadjust = 'F'",
    ),
    _source(
        "billing_item",
        "item",
        "serviceSaleItem",
        "Lists > Items",
        "itemtype IN ('Service', 'NonInvtPart', 'OthCharge')",
        also=("item", "serviceitem"),
    ),
    _source("resource", "employee", "employee", "Lists > Employees"),
    _source("customer", "customer", "customer", "Lists > Customers", also=("custjob",), level="Edit"),
    _source("project", "job", "job", "Lists > Projects", also=("project",), level="Edit"),
    _source("task", "projecttask", "projectTask", "Lists > Project Tasks", level="Edit"),
    _source("time_line", "timebill", "timeBill", "Transactions > Track Time", also=("time",), level="Full"),
    _source("charge_line", "charge", "charge", "Lists > Charge", "timerecord IS NULL", level="Full"),
    _source("invoice", "transaction", "invoice", "Transactions > Invoice", "type = 'CustInvc'", also=("custinvc",)),
    _source(
        "invoice_line", "transaction", "invoice", "Transactions > Invoice", "type = 'CustInvc'", also=("custinvc",)
    ),
    _source(
        "credit_note",
        "transaction",
        "creditMemo",
        "Transactions > Credit Memo",
        "type = 'CustCred'",
        also=("custcred",),
    ),
    _source(
        "payment",
        "transaction",
        "customerPayment",
        "Transactions > Customer Payment",
        "type = 'CustPymt'",
        also=("custpymt",),
    ),
)

SOURCES: Mapping[str, Source] = {each.kind: each for each in _ALL}
"""Every kind read, in dependency order."""
