"""The firm's sellers at work inside the org: what they do is journalled as done by people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from console.sandbox.firm.model import Sale
from console.sandbox.journal import PEOPLE
from console.sandbox.salesforce.records import in_one_unit
from console.sandbox.salesforce.seed import Planter
from console.sandbox.salesforce.view import View
from console.sandbox.salesforce.writing import Writer

_OBJECTS = {"customer": "Account", "deal": "Opportunity"}


class Sellers:
    """Wins, adds and edits deals; the planter knows which record a firm key stands for."""

    def __init__(self, view: View, planter: Planter) -> None:
        self._view = view
        self._planter = planter

    def win(self, sale: str, on: date) -> str:
        """The open opportunity of this Sale key becomes Closed Won on that day; answers its id."""
        self.edit("deal", sale, {"StageName": "Closed Won", "CloseDate": on.isoformat()})
        return self._planter.ids[sale]

    def add(self, sale: Sale) -> str:
        """A new opportunity with its lines (an amendment names the one it amends); answers its id."""
        return in_one_unit(self._view, lambda writer: self._plant(writer, sale), PEOPLE)

    def _plant(self, writer: Writer, sale: Sale) -> str:
        tables = writer.org.tables
        made = writer.create(tables["Opportunity"], self._planter.deal(sale) | {"Amount": float(sale.amount)})
        self._planter.ids[sale.key] = made
        for line in sale.lines:
            writer.create(tables["OpportunityLineItem"], self._planter.line(sale, line))
        return made

    def edit(self, kind: str, key: str, fields: Mapping[str, Any]) -> None:
        """Change vendor fields of a `customer` (Company key) or `deal` (Sale key)."""
        table = self._view.org.tables[_OBJECTS[kind]]
        record_id = self._planter.ids[key]
        in_one_unit(self._view, lambda writer: writer.update(table, record_id, fields), PEOPLE)
