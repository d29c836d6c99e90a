"""The small lists of an account that records only point to: subsidiaries, currencies, terms, items, charge types."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.platforms.netsuite.suiteql import PAGE, NoTable, Query, Row, SuiteQL, among
from console.wire.faults import Refused

_FRESH = 600.0
"""Seconds for which the lists are believed; an id they do not know has them read again at once, but not twice."""
_QUIET = 30.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list. `symbol` is a currency's ISO code, `currency` the id of a subsidiary's."""

    id: str
    name: str
    symbol: str = ""
    currency: str = ""


_LISTS: Mapping[str, Query] = {
    "subsidiary": Query("subsidiary", ("id", "name", "currency")),
    "currency": Query("currency", ("id", "symbol", "name")),
    "terms": Query("term", ("id", "name")),
    "item": Query("item", ("id", "itemid", "displayname"), ("itemtype IN ('Service', 'NonInvtPart', 'OthCharge')",)),
    "chargetype": Query("chargetype", ("id", "name")),
    "billingratecard": Query("billingratecard", ("id", "name")),
}
COLUMNS: Mapping[str, str] = {**{name: name for name in _LISTS}, "billingitem": "item"}
"""Column of a record -> the list it points into. A list the account does not offer stays empty."""


@dataclass(slots=True)
class Directory:
    """What ids mean in one account, read when first needed and kept for ten minutes.

    `base_currency` is used where an account with a single currency does not show its currency list.
    """

    suiteql: SuiteQL
    base_currency: str = ""
    lists: dict[str, dict[str, Entry]] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    """Project -> id of its currency, where the account says."""
    people: dict[str, str] | None = None
    _read_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _projects_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _people_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self) -> None:
        """Read the lists when they are missing or old; however many ask, once."""
        await self._read(_FRESH)

    async def learn(self, rows: Iterable[Row]) -> None:
        """Make sure that the ids in these rows are known, as far as the account shows them."""
        await self.ready()
        offered = [(column, entries) for column, name in COLUMNS.items() if (entries := self.lists.get(name))]
        for row in rows:
            if any((value := text_of(row.get(column))) and value not in entries for column, entries in offered):
                await self._read(_QUIET)
                return

    async def learn_projects(self, ids: Iterable[str]) -> None:
        """Make sure that the currencies of these projects are known."""
        await self.ready()
        async with self._projects_lock:
            missing = sorted({each for each in ids if each and each not in self.projects})
            for start in range(0, len(missing), PAGE):
                chunk = missing[start : start + PAGE]
                found = await self._rows(Query("job", ("id", "currency", "subsidiary"), strict=(among("id", chunk),)))
                currencies = {text_of(row.get("id")): self._currency_of(row) for row in found}
                self.projects |= {each: currency for each, currency in currencies.items() if currency}

    async def learn_people(self) -> None:
        """Make sure that the job titles of the employees are known."""
        async with self._people_lock:
            if self.people is None:
                rows = await self._rows(Query("employee", ("id", "title")))
                self.people = {text_of(row.get("id")): str(row.get("title") or "") for row in rows}

    def title_of(self, person: str) -> str:
        return (self.people or {}).get(person, "")

    def _currency_of(self, project: Row) -> str:
        return text_of(project.get("currency")) or self._entry("subsidiary", project.get("subsidiary")).currency

    def reference(self, column: str, value: Any) -> Mapping[str, str] | None:
        """`{"id", "name"}` (and `"symbol"` for a currency) behind the id in a column; None when it is empty."""
        identity = text_of(value)
        if not identity:
            return None
        entry = self._entry(COLUMNS[column], identity)
        found = {"id": identity, "name": entry.name or _ref_name(value)}
        if column == "currency":
            found["symbol"] = entry.symbol or self.base_currency
        return found

    def currency_of_project(self, project: str) -> str:
        """ISO code of what a project is billed in; empty when the account does not say."""
        return self._entry("currency", self.projects.get(project, "")).symbol or self.base_currency

    def id_of(self, listed: str, name: str) -> str:
        """The id behind a name (or a currency's code, or an id itself); empty when the list does not hold it."""
        wanted = name.strip().casefold()
        entries = self.lists.get(listed, {})
        named = (e.id for e in entries.values() if wanted in (e.name.casefold(), e.symbol.casefold()))
        last = (e.id for e in entries.values() if e.name.rpartition(":")[2].strip().casefold() == wanted)
        return next(named, "") or next(last, "") or (name if name in entries else "")

    def only(self, listed: str) -> str:
        """The id of a list's single entry; empty when it has none or several."""
        entries = self.lists.get(listed, {})
        return next(iter(entries)) if len(entries) == 1 else ""

    def like(self, listed: str, word: str) -> str:
        """The id of the first entry whose name holds `word`; empty when none does."""
        return next((e.id for e in self.lists.get(listed, {}).values() if word in e.name.casefold()), "")

    def offers(self, listed: str) -> bool:
        """Whether the account shows this list at all."""
        return bool(self.lists.get(listed))

    def _entry(self, listed: str, value: Any) -> Entry:
        return self.lists.get(listed, {}).get(text_of(value), Entry("", ""))

    async def _read(self, fresh: float) -> None:
        async with self._lock:
            if time.monotonic() - self._read_at < fresh:
                return
            first, *others = _LISTS
            found = [await self._rows(_LISTS[first])]  # alone: a wrong credential must not fail six times at once
            found += await asyncio.gather(*(self._rows(_LISTS[name]) for name in others))
            self.lists = {name: _entries(rows) for name, rows in zip(_LISTS, found, strict=True)}
            self._read_at = time.monotonic()

    async def _rows(self, query: Query) -> Iterable[Row]:
        """The rows, or none when this account or role does not offer the table."""
        try:
            return await self.suiteql.all(query)
        except (NoTable, Refused):
            return ()


def _entries(rows: Iterable[Row]) -> dict[str, Entry]:
    entries = (
        Entry(
            text_of(row.get("id")),
            str(row.get("name") or row.get("itemid") or row.get("displayname") or ""),
            str(row.get("symbol") or ""),
            text_of(row.get("currency")),
        )
        for row in rows
    )
    return {each.id: each for each in entries if each.id}


def text_of(value: Any) -> str:
    """The id in a value: a text, a number, or a reference object; empty for none."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return "" if value is None else str(value).strip()


def _ref_name(value: Any) -> str:
    return str(value.get("refName") or "") if isinstance(value, Mapping) else ""
