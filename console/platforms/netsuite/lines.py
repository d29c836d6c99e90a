"""Which billing lines an invoice covers: time picked up by the invoice, and charges that name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from console.platforms.netsuite.directory import text_of
from console.platforms.netsuite.extras import minutes_of
from console.platforms.netsuite.mapping import Rows, flat
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.suiteql import PAGE, Query, Row, SuiteQL, among
from console.wire.surface import Remote

_CHARGES = Query("charge", ("id", "timerecord", "invoice", "invoiceline", "quantity", "rate", "amount"))
_SUBLISTS = ("time", "item", "expcost", "itemcost")
_HEAD = ("id", "currency", "lastmodifieddate", "lastmodifiedby")


class Lines:
    """Reads invoices with their sublists and the charges on them."""

    def __init__(self, suiteql: SuiteQL, records: Records, rows: Rows) -> None:
        self._suiteql = suiteql
        self._records = records
        self._rows = rows

    async def of_invoices(self, heads: Sequence[Row]) -> Sequence[Remote]:
        """The lines of these invoices (rows of the transaction table)."""
        known = {text_of(head.get("id")): head for head in heads}
        return await self._of(await self._records.many("invoice", list(known), expand=True), known)

    async def of_records(self, invoices: Mapping[str, Mapping[str, Any]]) -> Sequence[Remote]:
        """The lines of invoices already read with their sublists, by id."""
        return await self._of(invoices, {identity: flat(each, _HEAD) for identity, each in invoices.items()})

    async def _of(self, invoices: Mapping[str, Mapping[str, Any]], heads: Mapping[str, Row]) -> Sequence[Remote]:
        await self._rows.clock.ready()
        await self._rows.directory.learn(heads.values())
        charges = await self._charges(list(invoices))
        found: list[Remote] = []
        for identity, invoice in invoices.items():
            head = self._rows.worked_out("invoice", {**heads[identity], "id": identity})
            found += self._lines(identity, invoice, head, charges.get(identity, {}))
        return found

    async def _charges(self, invoices: Sequence[str]) -> Mapping[str, dict[str, Row]]:
        """Invoice -> line of it (or the charge's own id where no line is named) -> charge."""
        charges: dict[str, dict[str, Row]] = {}
        for start in range(0, len(invoices), PAGE):
            query = _CHARGES.only(among("invoice", invoices[start : start + PAGE]))
            for row in await self._suiteql.helpful(query) or ():
                line = text_of(row.get("invoiceline")) or f"charge {text_of(row.get('id'))}"
                charges.setdefault(text_of(row.get("invoice")), {})[line] = row
        return charges

    def _lines(self, invoice: str, record: Mapping[str, Any], head: Row, charges: dict[str, Row]) -> Iterator[Remote]:
        rest = dict(charges)
        for sublist, line in _sublines(record):
            number = text_of(line.get("line"))
            charge = rest.pop(number, None) if sublist == "item" else None
            yield self._remote(
                f"{invoice}-{sublist}-{number}", invoice, line, head, self._covers(sublist, line, charge)
            )
        for charge in rest.values():
            identity = f"{invoice}-charge-{text_of(charge.get('id'))}"
            yield self._remote(identity, invoice, charge, head, self._covers("item", {}, charge))

    def _covers(self, sublist: str, line: Row, charge: Row | None) -> str:
        """The ref of the billing line behind an invoice line; empty when NetSuite does not say."""
        if charge is not None:
            time = text_of(charge.get("timerecord"))
            return self._ref("time_line", time) if time else self._ref("charge_line", text_of(charge.get("id")))
        if sublist == "time":
            return self._ref("time_line", text_of(line.get("doc") or line.get("timerecord")))
        return self._ref("charge_line", text_of(line.get("charge")))

    def _ref(self, kind: str, identity: str) -> str:
        return f"{self._rows.connection}/{kind}/{identity}" if identity else ""

    def _remote(self, identity: str, invoice: str, line: Row, head: Row, covers: str) -> Remote:
        is_time = "/time_line/" in covers
        minutes = minutes_of(line.get("quantity") or line.get("hours") or "0") if is_time else 0
        payload = {
            **line,
            "id": identity,
            "invoice": invoice,
            "currency": head.get("currency"),
            "version": head.get("lastmodifieddate") or head["tieout"].get("digest"),
            "lastmodifieddate": head.get("lastmodifieddate"),
            "tieout": {"billing_line": covers, "minutes": minutes if minutes is not None else line.get("quantity")},
        }
        return self._rows.dated(self._rows.mapping.remote("invoice_line", payload, self._rows.connection))


def _sublines(record: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """Each applied line of each sublist, flattened, with its number in the sublist."""
    lower = {name.lower(): value for name, value in record.items()}
    for sublist in _SUBLISTS:
        block = lower.get(sublist)
        items: Iterable[Any] = block.get("items", ()) if isinstance(block, Mapping) else ()
        for position, item in enumerate(each for each in items if isinstance(each, Mapping)):
            line = flat(item, [name.lower() for name in item if name != "links"])
            if line.get("apply", "T") == "T":
                yield sublist, {**line, "line": text_of(line.get("line")) or str(position + 1)}
