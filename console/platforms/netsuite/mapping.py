"""What the mapping file cannot say: ids into names, hours into minutes, NetSuite's statuses into ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from console.platforms.netsuite.billing_types import BillingTypes
from console.platforms.netsuite.directory import COLUMNS, Directory, text_of
from console.platforms.netsuite.stamps import NotADate, clock_of, clock_text, day_of, tells_time, utc_text
from console.platforms.netsuite.suiteql import Row
from console.platforms.netsuite.zone import AccountClock
from console.records.billing import Stage
from console.records.money import Money, NotMoney
from console.rules.amounts import hours, worth
from console.wire import mapping as wire_mapping
from console.wire.mapping import KindMapping
from console.wire.surface import Remote

OURS = re.compile(r"TO[a-z0-9]{5,}-")
"""How an external id of Tieout's begins; any other belongs to somebody else."""
_WORKED_OUT = "tieout"
_STATUSES: Mapping[str, str] = {
    "a": "open",
    "b": "paid",
    "v": "voided",
    "d": "draft",
    "p": "draft",
    "open": "open",
    "paid in full": "paid",
    "fully applied": "paid",
    "voided": "voided",
    "pending approval": "draft",
}
_PENDING = "1"
_LINE_WORDS: Sequence[tuple[str, str]] = (
    ("expense", "expense"),
    ("milestone", "milestone"),
    ("retainer", "retainer"),
    ("recurring", "retainer"),
    ("time", "time"),
    ("fixed", "fixed_fee"),
)
_KEY_KINDS: Mapping[str, str] = {"expense": "expense", "milestone": "milestone", "contract_line": "retainer"}


class Rows:
    """Turns rows of one account into records: the mapping of the workspace, and the account's own lists."""

    def __init__(
        self,
        connection: str,
        mapping: wire_mapping.Mapping,
        directory: Directory,
        billing_types: BillingTypes,
        clock: AccountClock,
    ) -> None:
        self.connection = connection
        self.billing_types = billing_types
        self.mapping = mapping
        self.directory = directory
        self.clock = clock
        self._columns = {kind: _columns(each) for kind, each in mapping.kinds.items()}

    def columns(self, kind: str) -> Sequence[str]:
        """The columns to query, `id` first."""
        return self._columns[kind]

    def record_columns(self, kind: str) -> Sequence[str]:
        """The columns to take from a record of the record API."""
        return (*self._columns[kind], *self.mapping.kind(kind).table.get("record_only", ()))

    def essential(self, kind: str) -> frozenset[str]:
        """Columns that a field of ours is read from alone: their absence is a change somebody must know of.

        Columns that point into the account's lists are no part of it: a firm of one company has no subsidiaries.
        """
        entries: Mapping[str, Any] = self.mapping.kind(kind).table.get("fields") or {}
        paths = (each.get("path", each.get("link")) if isinstance(each, dict) else each for each in entries.values())
        return frozenset(first_step(path) for path in paths if isinstance(path, str)) - {_WORKED_OUT, *COLUMNS}

    async def remotes(self, kind: str, rows: Sequence[Row], suspect: bool = False) -> list[Remote]:
        """The records of a page, each understood or with its fault; oldest change first."""
        if not rows:
            return []
        await self.clock.ready()
        await self.directory.learn(rows)
        if kind == "project":
            await self.billing_types.learn(rows)
        if kind in ("time_line", "charge_line"):
            column = "customer" if kind == "time_line" else "billto"
            await self.directory.learn_projects(text_of(row.get(column)) for row in rows)
        found = [self.remote(kind, row, suspect, position) for position, row in enumerate(rows)]
        return sorted(found, key=_age)

    def remote(self, kind: str, row: Row, suspect: bool = False, position: int = 0) -> Remote:
        """One record; the lists it points into were learned before."""
        payload = self.worked_out(kind, row)
        remote = self.mapping.remote(kind, payload, self.connection, suspect=suspect, position=position)
        if remote.key and not OURS.match(remote.key):
            remote = replace(remote, key="")
        return self.dated(remote)

    def dated(self, remote: Remote) -> Remote:
        """The remote with its record's instant moved from the account's clock to UTC."""
        if remote.record is None or not remote.record.modified_at or self.clock.zone is UTC:
            return remote
        stamp = datetime.fromisoformat(remote.record.modified_at).replace(tzinfo=None)
        return replace(remote, record=replace(remote.record, modified_at=utc_text(stamp, self.clock.zone)))

    def worked_out(self, kind: str, row: Row) -> Row:
        """The row with references named, dates in ISO form, and what only code can work out below `tieout`."""
        payload = {name: value for name, value in row.items() if value is not None}
        extra: dict[str, Any] = {}
        if not tells_time(payload.get("lastmodifieddate")):
            payload.pop("lastmodifieddate", None)
            extra["digest"] = hashlib.blake2b(orjson.dumps(row, default=str), digest_size=12).hexdigest()
        for name in COLUMNS.keys() & payload.keys():
            payload[name] = self.directory.reference(name, payload[name])
        for name in payload:
            if name.endswith("date"):
                payload[name] = self._dated(name, payload[name])
        if kind == "project":
            extra["billing_type"] = self.billing_types.ours(text_of(payload.get("jobbillingtype")))
        if (work := _EXTRAS.get(kind)) is not None:
            extra.update(work(payload, self.directory))
        payload[_WORKED_OUT] = extra
        return payload

    def _dated(self, name: str, value: Any) -> Any:
        """ISO text; what is no date stays as it is, for the mapping to name it."""
        try:
            if name == "lastmodifieddate":
                stamp = clock_of(value, self.clock.zone)
                return clock_text(stamp) if stamp else value
            day = day_of(value)
        except NotADate:
            return value
        return day.isoformat() if day else value


def flat(record: Mapping[str, Any], columns: Iterable[str]) -> Row:
    """A record of the record API as SuiteQL would show it: lower-case names, ids for references, 'T' and 'F'."""
    lower = {name.lower(): value for name, value in record.items()}
    return {name: _plain(lower[name]) for name in columns if lower.get(name) is not None}


def _plain(value: Any) -> Any:
    match value:
        case bool():
            return "T" if value else "F"
        case {"id": identity}:
            return str(identity)
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return repr(value)
    return value


def _columns(mapping: KindMapping) -> Sequence[str]:
    read = [first_step(path) for paths in mapping.paths.values() for path in paths]
    named = ("id", *read, *mapping.table.get("columns", ()))
    unasked = {_WORKED_OUT, *mapping.table.get("record_only", ())}
    return tuple(dict.fromkeys(each for each in named if each not in unasked))


def first_step(path: str) -> str:
    """The column a mapping path begins with."""
    return path.partition(".")[0]


def _age(remote: Remote) -> str:
    return remote.record.modified_at if remote.record else ""


def minutes_of(value: Any) -> int | None:
    """Whole minutes behind hours as NetSuite shows them: '0:20', '0.3333', 8; None when it is neither."""
    text = str(value).strip()
    try:
        if ":" in text:
            whole, _colon, rest = text.partition(":")
            minutes = abs(int(whole)) * 60 + int(rest.split(":")[0])
            return -minutes if text.startswith("-") else minutes
        return int((Decimal(text) * 60).to_integral_value())
    except (ValueError, InvalidOperation, OverflowError):
        return None


def hours_text(minutes: int) -> str:
    """Minutes as NetSuite takes a duration, exactly: 80 is '1:20'."""
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def _time(payload: Row, directory: Directory) -> dict[str, Any]:
    """Minutes, hours, the project's currency, and the amount NetSuite's billing run will make of them.

    Hours that are no number stay what they are, so that the record is held and not counted as nothing.
    """
    currency = directory.currency_of_project(text_of(payload.get("customer")))
    minutes = minutes_of(payload.get("hours", "0"))
    extra: dict[str, Any] = {"currency": currency, "minutes": payload.get("hours") if minutes is None else minutes}
    if minutes is not None:
        extra["quantity"] = str(hours(minutes))
        amount = _product(minutes, payload.get("rate"), currency)
        if amount is not None:
            extra["amount"] = amount
    return extra


def _product(minutes: int, rate: Any, currency: str) -> str | None:
    try:
        return f"{worth(minutes, Money.of(str(rate), currency)).amount:f}"
    except NotMoney:
        return None


def _charge(payload: Row, directory: Directory) -> dict[str, Any]:
    stage = Stage.CREDITED if payload.get("creditmemo") else Stage.INVOICED if payload.get("invoice") else Stage.POSTED
    return {
        "currency": directory.currency_of_project(text_of(payload.get("billto"))),
        "line_type": _line_type(payload),
        "stage": stage.value,
    }


def _line_type(payload: Row) -> str:
    """From the name of the charge type, else of the item, else from our own key, else a fixed fee."""
    names = (each["name"].casefold() for each in (payload.get("chargetype"), payload.get("billingitem")) if each)
    for name in names:
        for word, line_type in _LINE_WORDS:
            if word in name:
                return line_type
    key = str(payload.get("externalid") or "")
    return _KEY_KINDS.get(key.split("-")[1], "fixed_fee") if OURS.match(key) else "fixed_fee"


def _task(payload: Row, directory: Directory) -> dict[str, Any]:
    closed = str(payload.get("isinactive", "F")) == "T" or str(payload.get("status", "")).upper() == "COMPLETE"
    return {"closed": "T" if closed else "F"}


def _person(payload: Row, directory: Directory) -> dict[str, Any]:
    name = " ".join(str(payload[part]) for part in ("firstname", "lastname") if payload.get(part))
    return {"name": name} if name else {}


def _tax(payload: Row, directory: Directory) -> dict[str, Any]:
    rate = str(payload.get("rate", "")).strip().rstrip("%").strip()
    return {"per_cent": rate} if rate else {}


def _transaction(payload: Row, directory: Directory) -> dict[str, Any]:
    if payload.get("voided") == "T":
        return {"status": "voided"}
    if str(payload.get("approvalstatus", "")) == _PENDING:
        return {"status": "draft"}
    said = str(payload.get("status", "")).rpartition(":")[2].strip().casefold()
    return {"status": _STATUSES.get(said, said)}


def _settlement(payload: Row, directory: Directory) -> dict[str, Any]:
    """Status, the amount without its sign, and the first invoice it was applied to."""
    extra = _transaction(payload, directory)
    named = (payload.get(name) for name in ("foreigntotal", "total", "payment"))
    total = next((str(each) for each in named if each not in (None, "")), "")
    if total:
        extra["total"] = total.removeprefix("-")
    applied = payload.get("applied")
    if isinstance(applied, list) and applied:
        extra["invoice"] = applied[0]["id"]
    return extra


_EXTRAS: Mapping[str, Callable[[Row, Directory], dict[str, Any]]] = {
    "time_line": _time,
    "charge_line": _charge,
    "task": _task,
    "resource": _person,
    "tax_code": _tax,
    "invoice": _transaction,
    "credit_note": _settlement,
    "payment": _settlement,
}
