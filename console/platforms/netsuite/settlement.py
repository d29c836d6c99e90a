"""What the header of a transaction does not say: its legal entity, and the invoices that money was applied to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from console.platforms.netsuite.directory import text_of
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.suiteql import PAGE, Query, Row, SuiteQL, among

_CHUNK = 200
_LINKS = Query(
    "nexttransactionlinelink",
    ("previousdoc", "nextdoc", "foreignamount"),
    ("linktype = 'Payment'",),
    order="nextdoc, previousdoc",
)


_MAIN_LINES = Query("transactionline", ("transaction", "subsidiary"), ("mainline = 'T'",), order="transaction")


async def with_subsidiaries(rows: Sequence[Row], suiteql: SuiteQL) -> Sequence[Row]:
    """The rows, each with the `subsidiary` of its main line where the account shows lines."""
    ids = [text_of(row.get("id")) for row in rows if row.get("id") and not row.get("subsidiary")]
    found: dict[str, str] = {}
    for start in range(0, len(ids), PAGE):
        lines = await suiteql.helpful(_MAIN_LINES.only(among("transaction", ids[start : start + PAGE])))
        found |= {text_of(line.get("transaction")): text_of(line.get("subsidiary")) for line in lines or ()}
    return [{"subsidiary": found.get(text_of(row.get("id")), ""), **row} for row in rows] if found else rows


async def with_invoices(rows: Sequence[Row], record: str, suiteql: SuiteQL, records: Records) -> Sequence[Row]:
    """The rows, each with `applied`: `[{"id": invoice, "amount": text}]`, empty when it is applied to nothing."""
    ids = [text_of(row.get("id")) for row in rows if row.get("id")]
    linked = await _linked(ids, suiteql)
    if linked is None:
        found = await records.many(record, ids, expand=True)
        linked = {identity: settled(each).get("applied", []) for identity, each in found.items()}
    return [{**row, "applied": linked.get(text_of(row.get("id")), [])} for row in rows]


async def _linked(ids: Sequence[str], suiteql: SuiteQL) -> Mapping[str, list[Row]] | None:
    applied: defaultdict[str, list[Row]] = defaultdict(list)
    for start in range(0, len(ids), _CHUNK):
        rows = await suiteql.helpful(_LINKS.only(among("nextdoc", ids[start : start + _CHUNK])))
        if rows is None:
            return None
        for row in rows:
            share = {"id": text_of(row.get("previousdoc")), "amount": text_of(row.get("foreignamount"))}
            applied[text_of(row.get("nextdoc"))].append(share)
    return applied


def settled(record: Mapping[str, Any]) -> dict[str, list[Row]]:
    """`applied` out of the `apply` lines of a record read with its sublists; nothing when it has none."""
    lines = next((value for name, value in record.items() if name.lower() == "apply"), None)
    items = lines.get("items") if isinstance(lines, Mapping) else None
    if not isinstance(items, list):
        return {}
    applied = [each for each in items if isinstance(each, Mapping) and each.get("apply", True)]
    return {"applied": [{"id": text_of(each.get("doc")), "amount": text_of(each.get("amount"))} for each in applied]}
