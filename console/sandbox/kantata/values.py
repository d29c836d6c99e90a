"""Turns the values of a request into what an attribute or link keeps, or refuses them with the field's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.kinds import Attr, Kind, Link
from console.sandbox.kantata.refusal import blank, invalid
from console.sandbox.kantata.store import Account


def taken(
    account: Account, kind: Kind, body: Mapping[str, Any], creating: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(attributes, foreign keys) of a request; what may not be written is passed over, as the vendor does."""
    values: dict[str, Any] = {}
    links: dict[str, Any] = {}
    for name, value in body.items():
        attr, link = kind.attrs_by_sent.get(name), kind.links_by_sent.get(name)
        if attr is not None and (attr.create if creating else attr.update):
            values[attr.name] = _TURNS[attr.kind](attr, value)
        elif link is not None and (link.create if creating else link.update):
            links[link.key] = pointed(account, link, value)
    absent = "" if creating else 0
    given = {each.sent_as: values.get(each.name, absent) for each in kind.required_attrs}
    given |= {each.sent_as: links.get(each.key, absent) for each in kind.required_links}
    missing = next((name for name, value in given.items() if value in (None, "")), None)
    if missing is not None:
        raise blank(missing)
    return values, links


def pointed(account: Account, link: Link, value: Any) -> Any:
    """The id (or ids) a request points to, as text. Raises when there is no such object."""
    if link.many:
        items = value if isinstance(value, list) else str(value or "").split(",")
        return [_one(account, link, each) for each in items if each not in (None, "")]
    return None if value in (None, "") else _one(account, link, value)


def _one(account: Account, link: Link, value: Any) -> str:
    if isinstance(value, bool | dict | list) or account.row(link.to, value) is None:
        raise invalid(link.sent_as, f"{link.name.replace('_', ' ').capitalize()} does not exist")
    return str(value)


def _text(attr: Attr, value: Any) -> str | None:
    if isinstance(value, dict):
        raise invalid(attr.sent_as, f"{attr.name} must be text")
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return None if value is None else str(value)


def _int(attr: Attr, value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value))
        whole = int(number)
    except (InvalidOperation, ValueError, OverflowError):
        raise invalid(attr.sent_as, f"{attr.name} is not a number") from None
    if isinstance(value, bool) or number != whole:
        raise invalid(attr.sent_as, f"{attr.name} must be an integer")
    return whole


def _number(attr: Attr, value: Any) -> float | None:
    if value in (None, ""):
        return None
    try:
        return float(Decimal(str(value)))
    except InvalidOperation:
        raise invalid(attr.sent_as, f"{attr.name} is not a number") from None


def _bool(attr: Attr, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return str(value).lower() in ("true", "1", "t", "yes", "on")


def _date(attr: Attr, value: Any) -> str | None:
    if value in (None, ""):
        return None
    try:
        return stamps.day_of(str(value)).isoformat()
    except ValueError:
        raise invalid(attr.sent_as, f"{attr.name} is not a valid date") from None


def _any(_: Attr, value: Any) -> Any:
    return value


_TURNS: Mapping[str, Callable[[Attr, Any], Any]] = {
    "text": _text,
    "int": _int,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "any": _any,
    "stamp": _any,
}
