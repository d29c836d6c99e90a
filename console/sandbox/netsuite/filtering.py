"""The `q` parameter of a record collection: conditions joined by AND, OR and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from console.sandbox.netsuite.catalogue import TYPES
from console.sandbox.netsuite.fields import Field, Kind
from console.sandbox.netsuite.refusals import Refusal, bad_parameter
from console.sandbox.netsuite.store import Record

Condition = Callable[[Record], bool]

_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([()\[\],])|([^\s()\[\],"]+))')
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ([AaPp])[Mm])?)?")
_ID = Field("id", Kind.INTEGER)


def _refused(words: str) -> Refusal:
    return bad_parameter(f"Invalid query filter. {words}", "q")


@dataclass(frozen=True, slots=True)
class Word:
    """One piece of a filter; a quoted one is never an operator."""

    text: str
    quoted: bool = False


def condition_of(kind: str, text: str, zone: ZoneInfo) -> Condition:
    """The test behind a filter on records of a type; raises a refusal that names `q`."""
    reader = _Reader(kind, _words(text), zone)
    condition = reader.either()
    if reader.rest:
        raise _refused(f"Unexpected '{reader.rest[0].text}'.")
    return condition


def _words(text: str) -> list[Word]:
    words, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise _refused("Unbalanced quotation marks.")
        quoted = found[1] is not None
        words.append(Word(re.sub(r"\\(.)", r"\1", found[1]) if quoted else found[2] or found[3], quoted))
        place = found.end()
    return words


class _Reader:
    def __init__(self, kind: str, words: list[Word], zone: ZoneInfo) -> None:
        self.rest = words
        self._fields: Mapping[str, Field] = {name.lower(): field for name, field in TYPES[kind].fields.items()}
        self._zone = zone

    def either(self) -> Condition:
        choices = [self._both()]
        while self._next_is("OR"):
            self.rest = self.rest[1:]
            choices.append(self._both())
        return choices[0] if len(choices) == 1 else lambda record: any(each(record) for each in choices)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._next_is("AND"):
            self.rest = self.rest[1:]
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda record: all(each(record) for each in parts)

    def _one(self) -> Condition:
        if self._next_is("("):
            self.rest = self.rest[1:]
            inner = self.either()
            if not self._next_is(")"):
                raise _refused("A closing parenthesis is missing.")
            self.rest = self.rest[1:]
            return inner
        return self._test()

    def _test(self) -> Condition:
        field = self._field(self._take().text)
        operator = self._take().text.upper()
        opposite = operator.endswith("_NOT")
        plain = operator.removesuffix("_NOT")
        if plain == "EMPTY":
            return lambda record: (value_of(record, field) in (None, "")) is not opposite
        compare = _OPERATORS.get(field.kind, {}).get(plain)
        if compare is None:
            raise _refused(f"Operator {operator} is not allowed for field {field.name}.")
        operands = [self._operand(field, each) for each in self._operands()]
        if not operands or (plain in ("BETWEEN", "WITHIN") and len(operands) != 2):
            raise _refused(f"Operator {operator} has the wrong number of values.")
        return lambda record: _holds(compare, value_of(record, field), operands) is not opposite

    def _field(self, name: str) -> Field:
        if name.lower() in ("id", "internalid"):
            return _ID
        field = self._fields.get(name.lower())
        if field is None:
            raise _refused(f"Field '{name}' not found.")
        return field

    def _operands(self) -> list[Word]:
        if not self._next_is("["):
            return [self._take()]
        self.rest = self.rest[1:]
        found = []
        while not self._next_is("]"):
            word = self._take()
            if word.quoted or word.text != ",":
                found.append(word)
        self.rest = self.rest[1:]
        return found

    def _operand(self, field: Field, word: Word) -> Any:
        match field.kind:
            case Kind.DATE | Kind.STAMP:
                return _moment(word.text, field, self._zone)
            case Kind.BOOL:
                return word.text.lower() in ("true", "t")
            case Kind.NUMBER | Kind.INTEGER | Kind.REF | Kind.HOURS:
                return _number(word.text, field)
            case _:
                return word.text.casefold()

    def _take(self) -> Word:
        if not self.rest:
            raise _refused("The filter ends too early.")
        word, self.rest = self.rest[0], self.rest[1:]
        return word

    def _next_is(self, text: str) -> bool:
        return bool(self.rest) and not self.rest[0].quoted and self.rest[0].text.upper() == text


def value_of(record: Record, field: Field) -> Any:
    """What a filter compares: text in one case, times as their numbers."""
    own = _OWN.get(field.name)
    value = own(record) if own else record.values.get(field.name)
    if field.kind is Kind.BOOL:
        return bool(value)
    if field.kind is Kind.DATE and value is not None:
        return int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
    return value.casefold() if isinstance(value, str) else value


_OWN: Mapping[str, Callable[[Record], Any]] = {
    "id": lambda record: record.id,
    "externalId": lambda record: record.external_id or None,
    "lastModifiedDate": lambda record: record.modified,
    "createdDate": lambda record: record.created,
    "dateCreated": lambda record: record.created,
}


def _number(text: str, field: Field) -> float:
    try:
        return float(text)
    except ValueError:
        raise _refused(f"Invalid number '{text}' for field {field.name}.") from None


def _moment(text: str, field: Field, zone: ZoneInfo) -> tuple[int, int]:
    """First and last second of what the account's date format (M/D/YYYY, or with a time) names."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise _refused(f"Invalid date '{text}' for field {field.name}. Use the date format of the account.")
    month, day, year = int(found[1]), int(found[2]), int(found[3])
    hour = int(found[4] or 0) % 12 + (12 if found[7] in ("P", "p") else 0) if found[7] else int(found[4] or 0)
    try:
        at = datetime(
            year + 2000 if year < 100 else year,
            month,
            day,
            hour,
            int(found[5] or 0),
            int(found[6] or 0),
            tzinfo=UTC if field.kind is Kind.DATE else zone,
        )
    except ValueError:
        raise _refused(f"Invalid date '{text}' for field {field.name}.") from None
    span = timedelta(days=1) if found[4] is None else timedelta(minutes=1) if found[6] is None else timedelta(seconds=1)
    return int(at.timestamp()), int((at + span).timestamp()) - 1


def _holds(compare: Callable[[Any, Any], bool], value: Any, operands: list[Any]) -> bool:
    return value is not None and compare(value, operands if compare in _MANY else operands[0])


def _any_of(value: Any, operands: list[Any]) -> bool:
    return value in operands


def _between(value: Any, operands: list[Any]) -> bool:
    return bool(operands[0] <= value <= operands[1])


_MANY = (_any_of, _between)
_NUMBERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "ANY_OF": _any_of,
    "BETWEEN": _between,
    "WITHIN": _between,
    "EQUAL": lambda value, other: bool(value == other),
    "IS": lambda value, other: bool(value == other),
    "GREATER": lambda value, other: bool(value > other),
    "GREATER_OR_EQUAL": lambda value, other: bool(value >= other),
    "LESS": lambda value, other: bool(value < other),
    "LESS_OR_EQUAL": lambda value, other: bool(value <= other),
}
_TEXTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "IS": lambda value, other: bool(value == other),
    "CONTAIN": lambda value, other: other in value,
    "START_WITH": lambda value, other: bool(value.startswith(other)),
    "END_WITH": lambda value, other: bool(value.endswith(other)),
    "ENDWITH": lambda value, other: bool(value.endswith(other)),
    "ANY_OF": _any_of,
}
_TIMES: Mapping[str, Callable[[Any, Any], bool]] = {
    "AFTER": lambda value, span: bool(value > span[1]),
    "BEFORE": lambda value, span: bool(value < span[0]),
    "ON": lambda value, span: bool(span[0] <= value <= span[1]),
    "ON_OR_AFTER": lambda value, span: bool(value >= span[0]),
    "ON_OR_BEFORE": lambda value, span: bool(value <= span[1]),
}
_OPERATORS: Mapping[Kind, Mapping[str, Callable[[Any, Any], bool]]] = {
    Kind.TEXT: _TEXTS,
    Kind.CHOICE: _TEXTS,
    Kind.BOOL: {"IS": lambda value, other: bool(value == other)},
    Kind.NUMBER: _NUMBERS,
    Kind.INTEGER: _NUMBERS,
    Kind.HOURS: _NUMBERS,
    Kind.REF: _NUMBERS,
    Kind.DATE: _TIMES,
    Kind.STAMP: _TIMES,
}
