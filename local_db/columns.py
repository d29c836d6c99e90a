"""How values lie in the store: instants, days, JSON and money, one way on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from console.records.intent import Linked
from console.records.money import Money

_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS
_SORTED = _PLAIN | orjson.OPT_SORT_KEYS


@lru_cache(maxsize=1024)
def stamp(at: datetime) -> str:
    """An aware instant as sortable UTC text of fixed width: `2026-11-20T09:12:33.123456Z`."""
    if at.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def instant(text: str) -> datetime:
    """The instant behind its text in the store."""
    return datetime.fromisoformat(text)


_FORMS: dict[type, Callable[[Any], Any]] = {
    Linked: lambda to: {"$link": [to.kind, to.ref]},
    Money: lambda money: {"amount": f"{money.amount:f}", "currency": money.currency},
    Decimal: lambda number: f"{number:f}",
}


def _in_json(value: Any) -> Any:
    form = _FORMS.get(type(value))
    if form is not None:
        return form(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")


def dump(value: Any) -> str:
    """JSON text of plain values, `Money`, `Linked`, decimals, dates and instants; raises TypeError for the rest."""
    return orjson.dumps(value, default=_in_json, option=_PLAIN).decode()


def canonical(value: Any) -> str:
    """JSON text with sorted keys: equal values have equal text."""
    return orjson.dumps(value, default=_in_json, option=_SORTED).decode()


def load(text: str) -> Any:
    return orjson.loads(text)


def digest(text: str, salt: str = "") -> str:
    """32 hexadecimal digits that name a text."""
    return blake2b((salt + text).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""A whole number of 64 bits."""
TRUTH = Boolean().with_variant(Integer, "sqlite")
"""Yes or no; 1 or 0 on SQLite."""


class Json(TypeDecorator[Any]):
    """Any JSON value as TEXT. None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else load(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant as sortable text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else stamp(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


class Day(TypeDecorator[date]):
    """A business date as ISO text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


def text(name: str, default: str = "") -> Column[str]:
    """A text column that is never NULL."""
    return Column(name, Text, nullable=False, server_default=default)


def number(name: str) -> Column[int]:
    """A whole number that is never NULL."""
    return Column(name, WHOLE, nullable=False, server_default="0")


def serial() -> Column[int]:
    """A row number given by the database."""
    return Column("id", WHOLE, primary_key=True, autoincrement=True)


def money(name: str) -> tuple[Column[int], Column[str]]:
    """The two columns of one amount: whole micro-units and the currency; both NULL when there is none."""
    return Column(f"{name}_micros", WHOLE), Column(f"{name}_currency", Text)
