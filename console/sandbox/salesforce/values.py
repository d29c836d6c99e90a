"""Turns the values of a request into what a field keeps, or refuses them as the vendor does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.refusal import Refusal, bad_json
from console.sandbox.salesforce.schema import Field
from console.sandbox.salesforce.soql_dates import datetime_text

_Turn = Callable[[Field, Any], Any]


def kept(field: Field, value: Any) -> Any:
    """The value as the org keeps it; None clears the field. Raises JSON_PARSER_ERROR, STRING_TOO_LONG, ..."""
    if value is None or value == "":
        return False if field.kind == "boolean" else None
    turn: _Turn = _TURNS.get(field.kind, _text)
    return turn(field, value)


def _unreadable(field: Field, value: Any) -> Refusal:
    form = "STRING" if isinstance(value, str) else "NUMBER" if isinstance(value, int | float) else "OBJECT"
    return bad_json(
        f"Cannot deserialize instance of {field.kind} from VALUE_{form} value {value} or request may be missing a "
        "required field at [line:1, column:1]"
    )


def _text(field: Field, value: Any) -> str | None:
    if isinstance(value, bool | dict | list):
        raise _unreadable(field, value)
    text = str(value).strip()
    if field.length and len(text) > field.length:
        raise Refusal(
            400,
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text[:80]} (max length={field.length})",
            (field.name,),
        )
    return text or None


def _picked(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if field.strict and text is not None and text not in field.choices:
        raise Refusal(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {text}",
            (field.name,),
        )
    return text


def _number(field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _unreadable(field, value)
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise _unreadable(field, value) from None
    if not math.isfinite(exact):
        raise _unreadable(field, value)
    exact = exact.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    if abs(exact) >= Decimal(10) ** (field.digits - field.scale):
        raise Refusal(
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            (field.name,),
        )
    return int(exact) if field.kind == "int" else float(exact)


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    raise _unreadable(field, value)


def _day(field: Field, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise _unreadable(field, value) from None


def _moment(field: Field, value: Any) -> str:
    text = str(value)
    try:
        date.fromisoformat(text[:10])
        if len(text) == 10:
            text += "T00:00:00+00:00"
        return datetime_text(text if datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo else text + "Z")
    except ValueError:
        raise _unreadable(field, value) from None


def _reference(field: Field, value: Any) -> str:
    found = to18(str(value)) if isinstance(value, str) else None
    if found is None:
        raise Refusal(400, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (field.name,))
    return found


_TURNS: Mapping[str, _Turn] = {
    "picklist": _picked,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "int": _number,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
    "reference": _reference,
}
