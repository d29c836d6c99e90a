"""Writes SOQL: quoting and literals in one place, so that no value can become part of a statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def text(value: str) -> str:
    """A quoted string literal."""
    return f"'{value.translate(_ESCAPES)}'"


def instant(value: datetime) -> str:
    """A date-time literal in UTC to the millisecond, unquoted as SOQL wants it."""
    moment = value.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def literal(value: str | int | bool | date | datetime | None) -> str:
    """Any value as SOQL writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return text(value)


def among(field: str, values: Iterable[str]) -> str:
    """`field IN ('a', 'b')`; values must not be none."""
    return f"{field} IN ({', '.join(text(each) for each in values)})"


def select(fields: Sequence[str], record: str, where: Sequence[str] = (), order: Sequence[str] = ()) -> str:
    """`SELECT fields FROM record WHERE all of where ORDER BY order`."""
    pieces = [f"SELECT {', '.join(fields)} FROM {record}"]
    if where:
        pieces.append("WHERE " + " AND ".join(where))
    if order:
        pieces.append("ORDER BY " + ", ".join(order))
    return " ".join(pieces)
