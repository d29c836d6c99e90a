"""Oracle's functions as SuiteQL offers them, made known to the mirror's database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, Protocol

from console.sandbox.netsuite import days
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.names import CHOICES_OF, NAMED_BY
from console.sandbox.netsuite.store import name_of


class Functions:
    """What the functions of one mirror share: the row count of ROWNUM, and why a function failed."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.row = 0
        self.trouble: str | None = None

    def guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its failure remembered in the platform's words."""

        def call(*given: Any) -> Any:
            try:
                return function(*given)
            except (ValueError, ArithmeticError, TypeError, IndexError, KeyError) as why:
                self.trouble = str(why) if isinstance(why, days.NotADay) else "Invalid number or argument"
                raise

        return call

    def next_row(self) -> int:
        self.row += 1
        return self.row

    def now(self) -> float:
        return days.of_wall(datetime.now(UTC).astimezone(self._books.zone).replace(tzinfo=None, microsecond=0))

    def shown(self, column: str, value: Any) -> Any:
        """BUILTIN.DF: the name behind an id, the label of a choice, anything else itself."""
        if value is None:
            return None
        if column in CHOICES_OF:
            return CHOICES_OF[column].get(str(value), value)
        kinds = NAMED_BY.get(column)
        if not kinds or not str(value).isdecimal():
            return value
        record = self._books.store.one_of(kinds, int(value))
        return name_of(self._books.store, record) if record else value


class Declare(Protocol):
    """How a database is told of a function: its name, its number of arguments (-1: any) and what it is."""

    def __call__(
        self, name: str, narg: int, func: Callable[..., Any] | None, /, *, deterministic: bool = False
    ) -> None: ...


def register(declare: Declare, books: Books) -> Functions:
    """Make all functions known to a database."""
    shared = Functions(books)
    for name, function in _STEADY.items():
        declare(name, -1, shared.guarded(function), deterministic=True)
    declare("ns_df", 2, shared.guarded(shared.shown))
    declare("ns_sysdate", 0, shared.now)
    declare("ns_row", 0, shared.next_row)
    return shared


def to_day(text: Any, shape: Any = days.ACCOUNT_FORMAT) -> float | None:
    if text is None or text == "":
        return None
    return text if days.is_day(text) else days.read(str(text), str(shape))


def account_day(text: Any) -> float:
    return days.read(str(text))


def to_char(value: Any, shape: Any = None) -> str | None:
    if value is None:
        return None
    if days.is_day(value):
        return days.told(value, str(shape or days.ACCOUNT_FORMAT))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def to_number(value: Any, shape: Any = None) -> int | float | None:
    if value is None or value == "":
        return None
    number = float(str(value).replace(",", ""))
    return int(number) if number.is_integer() else number


def nvl(value: Any, other: Any) -> Any:
    return other if value is None or value == "" else value


def nvl2(value: Any, filled: Any, empty: Any) -> Any:
    return empty if value is None or value == "" else filled


def decode(value: Any, *pairs: Any) -> Any:
    for place in range(0, len(pairs) - 1, 2):
        if value == pairs[place]:
            return pairs[place + 1]
    return pairs[-1] if len(pairs) % 2 else None


def trunc(value: Any, unit: Any = None) -> Any:
    """Of a day its date (or month, year, ...), of a number its whole part (or so many digits)."""
    if value is None:
        return None
    if days.is_day(value):
        return days.truncated(value, str(unit or "DD"))
    step = Decimal(1).scaleb(-int(unit or 0))
    return float(Decimal(str(value)).quantize(step, ROUND_DOWN))


def add_months(value: Any, months: Any) -> float | None:
    return None if value is None else days.plus_months(float(value), int(months))


def last_day(value: Any) -> float | None:
    if value is None:
        return None
    at = days.wall(float(value))
    return days.of_wall(at.replace(day=days.last_of_month(at)))


def months_between(late: Any, early: Any) -> float | None:
    if late is None or early is None:
        return None
    one, other = days.wall(float(late)), days.wall(float(early))
    return (one.year - other.year) * 12 + one.month - other.month + (one.day - other.day) / 31


def greatest(*values: Any) -> Any:
    return None if None in values else max(values)


def least(*values: Any) -> Any:
    return None if None in values else min(values)


def concat(one: Any, other: Any) -> str:
    return f"{'' if one is None else to_char(one)}{'' if other is None else to_char(other)}"


def initcap(value: Any) -> str | None:
    return None if value is None else str(value).title()


def lpad(value: Any, length: Any, fill: Any = " ") -> str | None:
    return (
        None
        if value is None
        else (str(fill) * int(length) + str(value))[-int(length) :]
        if len(str(value)) < int(length)
        else str(value)[: int(length)]
    )


def rpad(value: Any, length: Any, fill: Any = " ") -> str | None:
    return None if value is None else (str(value) + str(fill) * int(length))[: int(length)]


def mod(value: Any, by: Any) -> Any:
    return None if value is None or by is None else value if not by else value - by * int(value / by)


_STEADY: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(("to_date", "to_timestamp", "to_timestamp_tz"), to_day),
    "ns_account_day": account_day,
    **{
        each.__name__: each
        for each in (
            to_char,
            to_number,
            nvl,
            nvl2,
            decode,
            trunc,
            add_months,
            last_day,
            months_between,
            greatest,
            least,
            concat,
            initcap,
            lpad,
            rpad,
            mod,
        )
    },
}
"""What always answers the same for the same arguments, by its name in SuiteQL."""
