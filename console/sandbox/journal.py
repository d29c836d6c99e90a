"""The judge's record: every change a practice platform commits, written down before its answer leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

API = "api"
PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Entry:
    """One committed change.

    `platform` is the vendor (`netsuite`), `tenant` the tenant's key (`netsuite:eu`). `kind` is our word for the
    record: customer, project, task, milestone, time_line, charge_line, invoice, credit_note, deal, time_entry,
    expense, approval, ...; for anything else the vendor's own name. `verb` is create, update, close or delete.
    `key` is the external key stored on the record (empty when there is none), `body` what was asked in the
    vendor's words, `by` is `api` or `people`.

    `facts` say in neutral words what the record holds *after* the change; they are what `/-/score` compares:
    time_line: project (the job's name), person (the employee's email), task (name), on (ISO day), minutes, rate,
    amount, currency (decimal text); charge_line: project, line_type, on, amount, currency; project: name.
    """

    time: str
    platform: str
    tenant: str
    kind: str
    verb: str
    key: str
    remote_id: str
    body: Any
    by: str = API
    facts: Mapping[str, Any] = field(default_factory=dict)


class Journal:
    """Entries in the order they were committed, in memory and, with a path, one JSON line each in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._file = path.open("ab") if path else None

    def commit(self, entry: Entry) -> None:
        """Write one change down (`Tenant.commit` does it). Call it after the change is stored and before the answer
        is sent: the line has left this process when this returns, so it outlives a `kill -9`."""
        self.entries.append(entry)
        if self._file:
            self._file.write(as_line(entry))
            self._file.flush()

    def since(self, place: int, *, by: str = "", tenant: str = "", kind: str = "") -> Sequence[Entry]:
        """Entries from a place (a count of entries) on, all or only those by, of and for."""
        return [
            entry
            for entry in self.entries[place:]
            if (not by or entry.by == by)
            and (not tenant or entry.tenant == tenant)
            and (not kind or entry.kind == kind)
        ]

    def close(self) -> None:
        if self._file:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def as_line(entry: Entry) -> bytes:
    """The entry as one line of JSON."""
    return orjson.dumps(asdict(entry), default=str, option=orjson.OPT_APPEND_NEWLINE)
