"""What the numbers of an account's project billing types mean, read off its own projects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.platforms.netsuite.directory import text_of
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.suiteql import Query, Row, SuiteQL
from console.records.selling import BillingType
from console.wire.faults import Refused

_COLUMN = "jobbillingtype"
_WORDS: Sequence[tuple[str, BillingType]] = (
    ("time", BillingType.TIME_AND_MATERIALS),
    ("milestone", BillingType.MILESTONE),
    ("retainer", BillingType.RETAINER),
    ("fixed", BillingType.FIXED_FEE),
)


@dataclass(slots=True)
class BillingTypes:
    """Queries and writes know a number only; one project of each number tells its name."""

    suiteql: SuiteQL
    records: Records
    names: dict[str, str] = field(default_factory=dict)
    _looked: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def learn(self, rows: Iterable[Row]) -> None:
        """Look at one project for each number that is not known yet."""
        unknown = {text_of(row.get(_COLUMN)): text_of(row.get("id")) for row in rows}
        for number, project in unknown.items():
            if number and project and number not in self.names:
                self.names[number] = await self._name(project)

    async def ready(self) -> None:
        """Before the first write: learn from the projects that are there."""
        async with self._lock:
            if not self._looked:
                await self.learn(await self.suiteql.helpful(Query("job", ("id", _COLUMN))) or ())
                self._looked = True

    def ours(self, number: str) -> str:
        """Our billing type behind a number; empty when its name says none."""
        name = self.names.get(number, "").casefold()
        return next((ours.value for word, ours in _WORDS if word in name), "")

    def theirs(self, ours: str, usual: str) -> str:
        """The number of a billing type; the usual one where the account's projects show neither; empty when the usual
        number means something else here."""
        found = next((number for number in self.names if self.ours(number) == ours), "")
        return found or ("" if self.ours(usual) else usual)

    async def _name(self, project: str) -> str:
        try:
            record = await self.records.get("job", project)
        except Refused:
            return ""
        lower = {name.lower(): value for name, value in record.items()} if isinstance(record, Mapping) else {}
        value: Any = lower.get(_COLUMN)
        return str(value.get("refName") or "") if isinstance(value, Mapping) else ""
