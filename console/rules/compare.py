"""Comparing three ways: what was last confirmed, what is wanted, what is there now; on fields we own only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from console.records.intent import Body, Linked
from console.records.money import Money

Plain = dict[str, Any]
"""A body whose values compare by `==`: money as (normalised amount, currency), links as refs, empty as None."""


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
"""A number as bodies write it. A postcode (01067) or a name (1e5) is none."""


def _number(text: str) -> str:
    """A number without superfluous zeros or a negative zero; other text as it is."""
    if not _NUMBER.fullmatch(text):
        return text
    whole, _point, rest = text.partition(".")
    rest = rest.rstrip("0")
    short = f"{whole}.{rest}" if rest else whole
    return "0" if short == "-0" else short


def plain_value(value: Any, resolve: Callable[[Linked], str]) -> Any:
    """One value in comparable form; `resolve` turns a `Linked` into the ref it has on the target."""
    if isinstance(value, Linked):
        return resolve(value) or None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _number(f"{value:f}")
    return None if value == "" else _plain_money(value)


def _plain_money(value: Any) -> Any:
    match value:
        case Money(amount=amount, currency=currency):
            return (_number(f"{amount:f}"), currency)
        case {"amount": amount, "currency": currency}:
            return (_number(str(amount)), currency)
        case [str(amount), str(currency)] if len(currency) == 3:
            return (_number(amount), currency)
    return value


def plain(body: Body, resolve: Callable[[Linked], str]) -> Plain:
    """A whole body in comparable form. JSON that was plain before stays what it was."""
    return {name: plain_value(value, resolve) for name, value in body.items()}


def same(one: Any, other: Any) -> bool:
    """Equal, or equal as numbers written differently ('1.50' and '1.5')."""
    return bool(one == other) or (isinstance(one, str) and isinstance(other, str) and _number(one) == _number(other))


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
