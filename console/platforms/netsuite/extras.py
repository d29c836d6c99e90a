"""What follows from several columns of one row: minutes, amounts, stages, statuses, and who is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from console.platforms.netsuite.directory import Directory, text_of
from console.platforms.netsuite.suiteql import Row
from console.records.billing import Stage
from console.records.money import Money, NotMoney
from console.rules.amounts import hours, worth

OURS = re.compile(r"TO[a-z0-9]{5,}-")
"""How an external id of Tieout's begins; any other belongs to somebody else."""
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


EXTRAS: Mapping[str, Callable[[Row, Directory], dict[str, Any]]] = {
    "time_line": _time,
    "charge_line": _charge,
    "task": _task,
    "resource": _person,
    "tax_code": _tax,
    "invoice": _transaction,
    "credit_note": _settlement,
    "payment": _settlement,
}
