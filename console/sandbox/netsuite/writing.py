"""The one way a record is written: body, rules, store, consequences, journal, in this order and without a pause."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from console.sandbox.journal import API
from console.sandbox.netsuite import entities, lines, receipts, sales
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.catalogue import TYPES
from console.sandbox.netsuite.facts import facts_of
from console.sandbox.netsuite.intake import Draft, draft_of
from console.sandbox.netsuite.refusals import bad_id, no_permission, user_error
from console.sandbox.netsuite.store import Record

Rule = Callable[[Books, Draft], None]
Consequence = Callable[[Books, Record | None, Record, int], None]

RULES: Mapping[str, Rule] = {
    "customer": entities.customer,
    "contact": entities.contact,
    "job": entities.job,
    "projectTask": entities.project_task,
    "timeBill": lines.time_bill,
    "charge": lines.charge,
    "invoice": sales.invoice,
    "creditMemo": sales.credit_memo,
    "customerPayment": receipts.customer_payment,
    "expenseReport": receipts.expense_report,
    "billingSchedule": receipts.billing_schedule,
}
CONSEQUENCES: Mapping[str, Consequence] = {
    "invoice": sales.invoiced,
    "creditMemo": sales.applied,
    "customerPayment": sales.applied,
}
OUR_WORDS: Mapping[str, str] = {
    "subsidiary": "legal_entity",
    "job": "project",
    "projectTask": "task",
    "timeBill": "time_line",
    "charge": "charge_line",
    "creditMemo": "credit_note",
    "customerPayment": "payment",
    "employee": "resource",
    "accountingPeriod": "accounting_period",
    "salesTaxItem": "tax_code",
    "serviceSaleItem": "billing_item",
}
"""Record types as the journal calls them; the others keep the vendor's name."""

_EXTERNAL_ID = re.compile(r"[\w-]+")


class Commit(Protocol):
    """How a change is journalled, see `Tenant.commit`."""

    def __call__(
        self,
        kind: str,
        verb: str,
        key: str,
        remote_id: str,
        body: Any,
        by: str = API,
        facts: Mapping[str, Any] | None = None,
    ) -> None: ...


class Writer:
    """Writes for somebody: `by` says for whom. Every method raises `Refusal` and then has stored nothing."""

    def __init__(self, books: Books, commit: Commit, by: str = API) -> None:
        self._books = books
        self._commit = commit
        self._by = by

    def create(
        self, kind: str, body: Mapping[str, Any], *, strict: bool = False, external_id: str = ""
    ) -> tuple[Record, list[str]]:
        """A new record and the property names that were left out."""
        draft = draft_of(self._books.store, kind, body, None, strict=strict, replace=frozenset())
        draft.external_id = external_id or draft.external_id
        return self.keep(draft, body), draft.ignored

    def update(
        self, record: Record, body: Mapping[str, Any], *, strict: bool = False, replace: frozenset[str] = frozenset()
    ) -> tuple[Record, list[str]]:
        """The record with the body's properties; the rest stays as it is."""
        draft = draft_of(self._books.store, record.type, body, record, strict=strict, replace=replace)
        return self.keep(draft, body), draft.ignored

    def upsert(
        self, kind: str, external_id: str, body: Mapping[str, Any], *, strict: bool, replace: frozenset[str]
    ) -> tuple[Record, list[str]]:
        """Create or update by external id, which the vendor keeps to letters, digits, `_` and `-`."""
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise bad_id(f"eid:{external_id}", kind)
        named = {**body, "externalId": external_id}
        known = self._books.store.by_external(kind, external_id)
        if known is None:
            return self.create(kind, named, strict=strict)
        return self.update(known, named, strict=strict, replace=replace)

    def keep(self, draft: Draft, body: Mapping[str, Any]) -> Record:
        """Judge a draft by its rules, store it with its consequences and journal it."""
        books, before = self._books, draft.before
        if not TYPES[draft.kind].writable:
            raise no_permission()
        self._external_id_is_free(draft)
        RULES[draft.kind](books, draft)
        when = books.stamp()
        number = before.id if before else books.store.new_id(draft.kind)
        created = before.created if before else when
        record = Record(draft.kind, number, draft.values, draft.lines, draft.external_id, created, when)
        books.store.put(record)
        if draft.kind in CONSEQUENCES:
            CONSEQUENCES[draft.kind](books, before, record, when)
        self._journal(_verb(before, record), record, body)
        return record

    def delete(self, record: Record) -> None:
        """Take a record away; it stays in the deletion log."""
        receipts.refuse_delete(self._books, record)
        when = self._books.stamp()
        self._books.store.remove(record, when, self._by)
        if record.type == "invoice":
            for line in sales.covered_lines(self._books, record):
                lines.uncover(self._books, line, record.id, when)
        if record.type in ("creditMemo", "customerPayment"):
            gone = Record(record.type, record.id, {**record.values, "voided": True}, record.lines)
            sales.applied(self._books, record, gone, when)
        self._journal("delete", record, None)

    def _external_id_is_free(self, draft: Draft) -> None:
        if not draft.external_id:
            return
        owner = self._books.store.by_external(draft.kind, draft.external_id)
        if owner is not None and (draft.before is None or owner.id != draft.before.id):
            raise user_error("This record already exists.", "externalId")

    def _journal(self, verb: str, record: Record, body: Mapping[str, Any] | None) -> None:
        kind = OUR_WORDS.get(record.type, record.type)
        facts = facts_of(self._books, record)
        self._commit(kind, verb, record.external_id, str(record.id), body, self._by, facts)


def _verb(before: Record | None, record: Record) -> str:
    if before is None:
        return "create"
    ended = record.values.get("isInactive") and not before.values.get("isInactive")
    return "close" if ended else "update"
