"""One field of a record, read from and written to a platform: paths, types, units, tables of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from operator import methodcaller
from typing import Any

from console.records.money import LIMIT, Money, NotMoney, minor_digits
from console.words import _

Payload = Mapping[str, Any]
Getter = Callable[[Payload], Any]
Reading = Callable[[Payload, str], Any]
"""Payload and connection -> our value, or None when there is none; raises `FieldFault`."""
Shape = Callable[[str], Callable[[Any], Any]]
"""Connection -> the function that makes our value out of the vendor's."""
Writing = Callable[[dict[str, Any], Any, Mapping[str, str]], None]
"""Puts our value (and the links) into the vendor's body."""

_REMEMBERED = 10_000
_CURRENCIES: set[str] = set()
_MINUTES = {"minutes": Decimal(1), "hours": Decimal(60), "days": Decimal(480), "seconds": Decimal(1) / 60}
_YES: dict[Any, bool] = {
    **dict.fromkeys((True, "T", "true", "True", "1", "Yes", "yes"), True),
    **dict.fromkeys((False, "F", "false", "False", "0", "No", "no", ""), False),
}


class Remembered(dict[Any, Any]):
    """What vendor values became: a month of time has few days, rates and people. Keeps at most ten thousand."""

    def __init__(self, turn: Callable[[Any], Any]) -> None:
        super().__init__()
        self._turn = turn

    def __missing__(self, value: Any) -> Any:
        ours = self._turn(value)
        if len(self) < _REMEMBERED:
            self[value] = ours
        return ours


class FieldFault(ValueError):
    """A value that cannot be understood; `str()` is a sentence that names the field."""


def path_getter(path: Any) -> Getter:
    """A getter for `A.b.0` (into objects and lists), for the first of several that holds something, or for
    `{always: value}`."""
    if not path:
        return lambda payload: None
    if isinstance(path, dict):
        always = path["always"]
        return lambda payload: always
    if not isinstance(path, str):
        getters = [path_getter(each) for each in path]
        return lambda payload: _first(getters, payload)
    steps = path.split(".")
    if len(steps) == 1:
        return methodcaller("get", path)
    if len(steps) == 2:
        return partial(_step, steps[0], steps[1], steps)
    return lambda payload: _walk(payload, steps)


def _step(first: str, second: str, steps: list[str], payload: Payload) -> Any:
    """The short way of `_walk` for a field of a parent."""
    parent = payload.get(first)
    return parent.get(second) if type(parent) is dict else _walk(parent, steps[1:])


def _first(getters: list[Getter], payload: Payload) -> Any:
    for get in getters:
        value = get(payload)
        if value is not None and value != "":
            return value
    return None


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if type(value) is dict:
            value = value.get(step)
        elif type(value) is list and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def plain_text(value: Any) -> str:
    """A vendor's id, code or text as text; raises `FieldFault` for objects and lists."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return str(int(value)) if value.is_integer() else repr(value)
    if value is None:
        return ""
    raise FieldFault(_("A text was expected, not {found}.", found=_shown(value)))


def instant(name: str, value: Any) -> str:
    """An ISO instant in UTC; a time without zone is taken as UTC. Raises `FieldFault`."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise FieldFault(_("{field} is no time: {found}.", field=name, found=_shown(value))) from None
    if moment.tzinfo is not UTC:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat()


def day(name: str, value: Any) -> date:
    """A business date out of `2026-01-31` or the day part of a time; raises `FieldFault`."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value).date()
    except (TypeError, ValueError):
        raise FieldFault(_("{field} is no date: {found}.", field=name, found=_shown(value))) from None


def decimal(name: str, value: Any) -> Decimal:
    """An exact finite number out of a number or a text; raises `FieldFault`."""
    kind = type(value)
    try:
        number = Decimal(repr(value)) if kind is float else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("NaN")
    if kind is bool or not number.is_finite():
        raise FieldFault(_("{field} is no number: {found}.", field=name, found=_shown(value)))
    return number


def yes(name: str, value: Any) -> bool:
    """Yes or no, in any of the forms platforms use; raises `FieldFault`."""
    try:
        return _YES[value]
    except (KeyError, TypeError):
        raise FieldFault(_("{field} is neither yes nor no: {found}.", field=name, found=_shown(value))) from None


def _money(name: str, value: Any, currency: Any, unit: str) -> Money:
    if not isinstance(currency, str) or not currency:
        raise FieldFault(_("{field} is an amount without a currency.", field=name))
    try:
        amount = decimal(name, value)
        if unit == "minor":
            amount = amount.scaleb(-minor_digits(currency))
        if currency in _CURRENCIES and -LIMIT < amount < LIMIT:
            return Money(amount, currency)
        known = Money.of(amount, currency)
        _CURRENCIES.add(currency)
        return known
    except NotMoney as wrong:
        raise FieldFault(f"{name}: {wrong}") from None


def _whole(name: str, value: Any, factor: Decimal) -> int:
    if factor == 1 and (type(value) is int or (type(value) is float and value.is_integer())):
        return int(value)
    number = decimal(name, value) * factor
    try:
        return int(number.to_integral_value(ROUND_HALF_UP))
    except (InvalidOperation, OverflowError):
        raise FieldFault(_("{field} is too large: {found}.", field=name, found=_shown(value))) from None


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _spec(entry: Any) -> dict[str, Any]:
    return dict(entry) if isinstance(entry, dict) else {"path": entry}


def short_reading(kind: str, name: str, type_name: str, entry: Any) -> tuple[str, Shape] | None:
    """Key and turn of a field that hangs on one value of the record alone; None where `reading` is needed.

    The turn gets the connection's id first and then remembers by value.
    """
    spec = _spec(entry)
    path = spec.get("link", spec.get("path"))
    alone = isinstance(path, str) and "." not in path and not {"always", "values"} & set(spec)
    if not alone or "Money" in type_name or name.endswith("_at"):
        return None
    if "link" in spec:
        target = spec.get("kind", kind)
        return str(path), lambda connection: lambda value: f"{connection}/{target}/{plain_text(value)}"
    turn = _turn(name, type_name, spec)
    return str(path), lambda connection: turn


def reading(kind: str, name: str, type_name: str, entry: Any, currency: Any) -> Reading | None:
    """How one field is read; None when it is only written. Raises `ValueError` for an entry that makes no sense."""
    spec = _spec(entry)
    if "always" in spec:
        always = spec["always"]
        return lambda payload, connection: always
    if "link" in spec:
        return _link(spec.get("kind", kind), path_getter(spec["link"]))
    if not spec.get("path"):
        if "write" in spec:
            return None
        raise ValueError(f"{name} names no path")
    get = path_getter(spec["path"])
    if "values" in spec:
        return _table(name, get, spec["values"], spec.get("otherwise", "keep"), type_name)
    if "Money" in type_name:
        return _amount(name, get, path_getter(spec.get("currency", currency) or ()), spec.get("unit", "major"))
    return _typed(name, get, type_name, spec)


def _typed(name: str, get: Getter, type_name: str, spec: dict[str, Any]) -> Reading:
    turn = _turn(name, type_name, spec)

    def read(payload: Payload, connection: str) -> Any:
        value = get(payload)
        return None if value is None or value == "" else turn(value)

    return read


def _turn(name: str, type_name: str, spec: dict[str, Any]) -> Callable[[Any], Any]:
    """The function that makes our value out of the vendor's."""
    if "date" in type_name:
        return partial(day, name)
    if type_name == "bool":
        return (lambda value: not yes(name, value)) if spec.get("not") else partial(yes, name)
    if type_name == "int":
        return partial(_whole, name, factor=_factor(name, spec))
    if name.endswith("_at"):
        return partial(instant, name)
    texts = {"text": plain_text, "domain": domain, "decimal": lambda value: _plain(decimal(name, value))}
    kind = spec.get("type", "text")
    if kind not in texts:
        raise ValueError(f"{name} has the unknown type {kind}")
    return texts[kind]


def _plain(number: Decimal) -> str:
    """Decimal text without exponent and without zeros at the end."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def domain(value: Any) -> str:
    """The bare host of a web address: `https://www.example.com/x` is `example.com`."""
    host = plain_text(value).strip().lower().split("://")[-1].split("/")[0].split("@")[-1].split(":")[0]
    return host.removeprefix("www.")


def _factor(name: str, spec: dict[str, Any]) -> Decimal:
    unit = spec.get("unit", "minutes")
    if unit not in _MINUTES:
        raise ValueError(f"{name} has the unknown unit {unit}")
    return _MINUTES[unit]


def _link(kind: str, get: Getter) -> Reading:
    def read(payload: Payload, connection: str) -> str | None:
        value = get(payload)
        return None if value is None or value == "" else f"{connection}/{kind}/{plain_text(value)}"

    return read


def _amount(name: str, get: Getter, currency: Getter, unit: str) -> Reading:
    if unit not in ("major", "minor"):
        raise ValueError(f"{name} has the unknown unit {unit}")

    known = Remembered(lambda pair: _money(name, pair[0], pair[1], unit))

    def read(payload: Payload, connection: str) -> Money | None:
        value = get(payload)
        return None if value is None or value == "" else known[value, currency(payload)]

    return read


def _table(name: str, get: Getter, table: Mapping[Any, Any], otherwise: str, type_name: str) -> Reading:
    """Vendor value -> ours. A value not in the table is kept (`keep`), emptied (`empty`) or refused (`refuse`)."""
    if otherwise not in ("keep", "empty", "refuse"):
        raise ValueError(f"{name} has the unknown otherwise {otherwise}")
    known = {plain_text(theirs): ours for theirs, ours in table.items()}

    def read(payload: Payload, connection: str) -> Any:
        value = get(payload)
        if value is None:
            return None
        text = plain_text(value)
        if text in known:
            return known[text]
        if otherwise == "refuse" or (otherwise == "keep" and type_name != "str"):
            raise FieldFault(_("{field} has the unknown value {found}.", field=name, found=_shown(value)))
        return text if otherwise == "keep" else None

    return read


def writing(name: str, type_name: str, entry: Any, currency: Any) -> Writing | None:
    """How one field is written; None when it never is."""
    spec = _spec(entry)
    path = spec.get("write", spec.get("link", spec.get("path")))
    if path is False or not isinstance(path, str):
        return None
    steps = path.split(".")
    if "link" in spec or spec.get("form") == "reference":
        return _write_link(name, steps, spec.get("form") == "reference")
    turn = _outward(name, type_name, spec)
    money_currency = spec.get("currency", currency)
    put_currency = money_currency.split(".") if isinstance(money_currency, str) and "Money" in type_name else None

    def write(body: dict[str, Any], value: Any, links: Mapping[str, str]) -> None:
        put(body, steps, turn(value))
        if put_currency and isinstance(value, dict):
            put(body, put_currency, value["currency"])

    return write


def _write_link(name: str, steps: list[str], reference: bool) -> Writing:
    """A link is written as its remote id; a plain text (a name the platform accepts) as it is."""

    def write(body: dict[str, Any], value: Any, links: Mapping[str, str]) -> None:
        linked = links.get(name)
        if linked is None and isinstance(value, dict):
            raise FieldFault(_("{field} points to a record that is not linked yet.", field=name))
        remote = linked if linked is not None else value
        put(body, steps, {"id": remote} if reference and remote else (remote or None))

    return write


def put(body: dict[str, Any], steps: list[str], value: Any) -> None:
    """Set a value below nested objects, making them on the way."""
    for step in steps[:-1]:
        body = body.setdefault(step, {})
    body[steps[-1]] = value


def _outward(name: str, type_name: str, spec: dict[str, Any]) -> Callable[[Any], Any]:
    if "values" in spec:
        theirs = {ours: vendor for vendor, ours in reversed(list(spec["values"].items()))}
        return lambda value: theirs.get(value, value)
    if "Money" in type_name:
        return lambda value: _money_out(value, spec.get("unit", "major"))
    if type_name == "bool":
        opposite = bool(spec.get("not", False))
        return lambda value: None if value is None else bool(value) is not opposite
    if type_name == "int" and _factor(name, spec) != 1:
        factor = _factor(name, spec)
        return lambda value: None if value is None else number_out(Decimal(value) / factor)
    if spec.get("type") == "decimal":
        return lambda value: None if value in (None, "") else number_out(decimal(name, value))
    return lambda value: value


def _money_out(value: Any, unit: str) -> int | float | str | None:
    if value is None:
        return None
    amount = Decimal(value["amount"])
    return number_out(amount.scaleb(minor_digits(value["currency"])) if unit == "minor" else amount)


def number_out(number: Decimal) -> int | float | str:
    """A JSON number that is exactly this decimal; decimal text when no such number exists."""
    if number == number.to_integral_value():
        return int(number)
    near = float(number)
    return near if Decimal(repr(near)) == number else f"{number:f}"
