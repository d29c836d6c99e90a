"""Turns the conditions of a query into tests on rows, and the paths of a query into ways to their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.schema import Field, SObject
from console.sandbox.salesforce.soql_dates import datetime_text, midnight, span
from console.sandbox.salesforce.soql_tree import Among, Both, Compare, Condition, Literal, Nay, Path, Query
from console.sandbox.salesforce.soql_words import pointed
from console.sandbox.salesforce.store import Row, Table
from console.sandbox.salesforce.view import View

Test = Callable[[Row], bool]
Getter = Callable[[Row], Any]
Subquery = Callable[[Query], set[Any]]


def unknown_field(query: str, path: Path, name: str, entity: str) -> Refusal:
    return Refusal(
        400,
        "INVALID_FIELD",
        pointed(
            query,
            path.at,
            f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
            "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
        ),
    )


def unknown_relation(query: str, path: Path, name: str) -> Refusal:
    return Refusal(
        400,
        "INVALID_FIELD",
        pointed(
            query,
            path.at,
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
            "relationship, be sure to append the '__r' after the custom relationship name. Please reference your "
            "WSDL or the describe call for the appropriate names.",
        ),
    )


def steps(path: Path, table: Table, view: View, query: str) -> tuple[list[tuple[Field, Table]], Field, SObject]:
    """The lookups a path goes through (with the table each leads to), its last field and that field's object."""
    walked: list[tuple[Field, Table]] = []
    shape = view.shape(table)
    for part in path.parts[:-1]:
        field = shape.by_relation.get(part.lower())
        there = view.table(field.to) if field else None
        if field is None or there is None:
            raise unknown_relation(query, path, part)
        walked.append((field, there))
        shape = view.shape(there)
    last = shape.by_name.get(path.parts[-1].lower())
    if last is None:
        raise unknown_field(query, path, path.parts[-1], shape.name)
    return walked, last, shape


def getter(path: Path, table: Table, view: View, query: str) -> tuple[Getter, Field]:
    """How to read a path from a row of the table, and the field it ends in."""
    walked, last, _ = steps(path, table, view, query)
    name = last.name
    if not walked:
        return (lambda row: row.get(name)), last
    hops = [(field.name, there.rows) for field, there in walked]

    def read(row: Row) -> Any:
        here: Row | None = row
        for link, rows in hops:
            here = rows.get((here or {}).get(link) or "")
        return None if here is None else here.get(name)

    return read, last


class Filter:
    """Compiles conditions for one query on one table; `inner` runs a semi-join."""

    def __init__(self, table: Table, view: View, query: Query, inner: Subquery) -> None:
        self.table = table
        self.view = view
        self.text = query.text
        self.inner = inner
        self.today = datetime.now(UTC).date()

    def test(self, condition: Condition) -> Test:
        match condition:
            case Both(word, parts):
                tests = [self.test(each) for each in parts]
                if word == "AND":
                    return lambda row: all(each(row) for each in tests)
                return lambda row: any(each(row) for each in tests)
            case Nay(part):
                inner = self.test(part)
                return lambda row: not inner(row)
            case Compare():
                return self.compare(condition)
            case Among():
                return self.among(condition)

    def compare(self, condition: Compare) -> Test:
        read, field = getter(condition.path, self.table, self.view, self.text)
        if condition.op == "like":
            return _like(read, self.value(field, condition.value, condition.path))
        if condition.value.kind == "span":
            return self.spanned(condition, read, field)
        value = self.value(field, condition.value, condition.path)
        fold = _folded(field)
        if fold is None:
            return _comparison(condition.op, read, value)
        return _comparison(condition.op, lambda row: fold(read(row)), fold(value))

    def spanned(self, condition: Compare, read: Getter, field: Field) -> Test:
        found = span(str(condition.value.value), self.today)
        if found is None or field.kind not in ("date", "datetime"):
            raise self.mistyped(field, condition.path, condition.value)
        turn: Callable[[date], str] = midnight if field.kind == "datetime" else date.isoformat
        first, after = turn(found[0]), turn(found[1])
        match condition.op:
            case "=":
                return lambda row: (value := read(row)) is not None and first <= value < after
            case "!=":
                return lambda row: (value := read(row)) is None or not first <= value < after
            case "<" | ">=":
                return _comparison(condition.op, read, first)
        return _comparison(">=" if condition.op == ">" else "<", read, after)

    def among(self, condition: Among) -> Test:
        read, field = getter(condition.path, self.table, self.view, self.text)
        if isinstance(condition.values, Query):
            wanted = self.inner(condition.values)
            return _member(read, wanted, condition.negated)
        fold = _folded(field)
        values = [self.value(field, each, condition.path) for each in condition.values]
        if condition.many:
            return _multiple(read, [str(each) for each in values], condition.negated)
        folded = {fold(each) if fold else each for each in values}
        return _member((lambda row: fold(read(row))) if fold else read, folded, condition.negated)

    def value(self, field: Field, literal: Literal, path: Path) -> Any:
        """The literal as the rows hold it. Raises INVALID_FIELD where the vendor minds quotes or types."""
        if literal.kind == "null":
            return None
        if literal.kind != _wanted(field):
            raise self.mistyped(field, path, literal)
        match field.kind:
            case "datetime":
                return self.moment(str(literal.value))
            case "id" | "reference":
                return self.record_id(str(literal.value))
        return literal.value

    def moment(self, literal: str) -> str:
        try:
            return datetime_text(literal)
        except ValueError:
            raise Refusal(400, "MALFORMED_QUERY", f"Invalid datetime: {literal}") from None

    def record_id(self, text: str) -> str:
        found = to18(text)
        if found is None and text:
            raise Refusal(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
        return found or ""

    def mistyped(self, field: Field, path: Path, literal: Literal) -> Refusal:
        kinds = {"datetime": "dateTime", "id": "id", "reference": "id", "int": "int"}
        kind = kinds.get(field.kind, "double" if field.is_number else field.kind)
        quotes = "should be enclosed in quotes" if _quoted(field) else "should not be enclosed in quotes"
        return Refusal(
            400,
            "INVALID_FIELD",
            pointed(
                self.text,
                path.at,
                f"value of filter criterion for field '{field.name}' must be of type {kind} and {quotes}",
            ),
        )


def _wanted(field: Field) -> str:
    """The kind of literal a field is compared with."""
    if field.kind in ("date", "datetime", "boolean"):
        return field.kind
    return "number" if field.is_number else "string"


def _quoted(field: Field) -> bool:
    return field.kind not in ("date", "datetime", "boolean") and not field.is_number


def _folded(field: Field) -> Callable[[Any], Any] | None:
    """Text is compared without regard to case; ids, numbers and dates as they are."""
    if field.kind in ("date", "datetime", "boolean", "id", "reference") or field.is_number:
        return None
    return lambda value: value.lower() if isinstance(value, str) else value


def _comparison(op: str, read: Getter, value: Any) -> Test:
    match op:
        case "=":
            return lambda row: read(row) == value
        case "!=":
            return lambda row: read(row) != value
        case "<":
            return lambda row: (here := read(row)) is not None and value is not None and here < value
        case "<=":
            return lambda row: (here := read(row)) is not None and value is not None and here <= value
        case ">":
            return lambda row: (here := read(row)) is not None and value is not None and here > value
    return lambda row: (here := read(row)) is not None and value is not None and here >= value


def _member(read: Getter, wanted: set[Any], negated: bool) -> Test:
    if negated:
        return lambda row: read(row) not in wanted
    return lambda row: read(row) in wanted


def _multiple(read: Getter, values: Sequence[str], negated: bool) -> Test:
    """INCLUDES of a multi-select list: each value may itself ask for several, joined with semicolons."""
    wanted = [set(each.split(";")) for each in values]

    def holds(row: Row) -> bool:
        here = set(str(read(row) or "").split(";"))
        return any(each <= here for each in wanted) is not negated

    return holds


def _like(read: Getter, value: Any) -> Test:
    pieces = (re.escape(each) for each in re.split(r"([%_])", str(value or "")))
    pattern = "".join({"%": ".*", "_": "."}.get(each, each) for each in pieces)
    match = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch
    return lambda row: (here := read(row)) is not None and match(str(here)) is not None
