"""Comparing three ways: what was last confirmed, what is wanted, what is there now; on fields we own only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from console.records.intent import Body, Linked
from console.records.money import Money

Plain = dict[str, Any]
"""A body whose values compare by `==`: money as (normalised amount, currency), links as refs, empty as None."""


def _number(text: str) -> str:
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text


def plain_value(value: Any, resolve: Callable[[Linked], str]) -> Any:
    """One value in comparable form; `resolve` turns a `Linked` into the ref it has on the target."""
    match value:
        case None | "":
            return None
        case Linked():
            return resolve(value) or None
        case Money(amount=amount, currency=currency):
            return (_number(str(amount)), currency)
        case {"amount": amount, "currency": currency}:
            return (_number(str(amount)), currency)
        case [amount, currency] if isinstance(amount, str) and isinstance(currency, str) and len(currency) == 3:
            return (amount, currency)
        case date():
            return value.isoformat()
        case Decimal():
            return _number(str(value))
    return value


def plain(body: Body, resolve: Callable[[Linked], str]) -> Plain:
    """A whole body in comparable form. JSON that was plain before stays what it was."""
    return {name: plain_value(value, resolve) for name, value in body.items()}


def same(one: Any, other: Any) -> bool:
    """Equal, or equal as numbers written differently ('1.50' and '1.5')."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and one[:1].isdigit() and other[:1].isdigit():
        return _number(one) == _number(other)
    return False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Fields by who moved them: `ours` to update, `theirs` to keep, `both` to hold; values are (there, wanted)."""

    ours: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    theirs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    both: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def still(self) -> bool:
        return not (self.ours or self.theirs or self.both)


def compare(sent: Plain, stored: Plain, wanted: Plain, there: Plain) -> Comparison:
    """Who moved which field since the last confirmed write.

    `sent` is the body last sent, `stored` what the platform kept of it (its rounding is no difference), `wanted` the
    body now, `there` the record now. Only fields of `wanted` count; fields the platform does not show are ours.
    """
    ours: dict[str, tuple[Any, Any]] = {}
    theirs: dict[str, tuple[Any, Any]] = {}
    both: dict[str, tuple[Any, Any]] = {}
    for name, value in wanted.items():
        visible = name in there
        now = there.get(name)
        moved_ours = not same(sent.get(name), value)
        moved_theirs = visible and not same(stored.get(name, sent.get(name)), now)
        if moved_ours and visible and same(now, value):
            continue
        if moved_ours and moved_theirs:
            both[name] = (now, value)
        elif moved_ours:
            ours[name] = (now, value)
        elif moved_theirs:
            theirs[name] = (now, value)
    return Comparison(ours, theirs, both)
