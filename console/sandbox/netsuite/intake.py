"""From a request body to the values of a record: names, types, references and lines checked as the platform does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from console.sandbox.netsuite.catalogue import TYPES
from console.sandbox.netsuite.fields import Field, Kind
from console.sandbox.netsuite.refusals import bad_value, missing, unreadable
from console.sandbox.netsuite.store import Lines, Record, Store, Values, internal_id

_IGNORED = frozenset({"id", "links", "refName", "externalId"})
_CLOCK = re.compile(r"(-?)(\d{1,4}):([0-5]\d)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LINE_KEYS = {"time": "doc", "apply": "doc", "currencyList": "currency"}
"""What tells the lines of a sublist apart; for the others it is their running number."""


@dataclass(slots=True)
class Draft:
    """A record as it would be after a write. `given` are the field names the body named; `before` what is kept now."""

    kind: str
    values: Values
    lines: Lines
    external_id: str = ""
    before: Record | None = None
    given: set[str] = made_by(default_factory=set)
    ignored: list[str] = made_by(default_factory=list)

    def changed(self, name: str) -> bool:
        return self.before is None or self.before.values.get(name) != self.values.get(name)


def draft_of(
    store: Store, kind: str, body: Mapping[str, Any], before: Record | None, *, strict: bool, replace: frozenset[str]
) -> Draft:
    """The record that `body` makes of `before` (or of nothing).

    `strict` refuses unknown property names, else they are left out and named in `ignored`; `replace` names the
    sublists whose lines are thrown away first.
    """
    declared = TYPES[kind]
    draft = Draft(
        kind,
        dict(before.values) if before else {},
        {name: [dict(line) for line in lines] for name, lines in before.lines.items()} if before else {},
        before.external_id if before else "",
        before,
    )
    for name, value in body.items():
        if name in declared.fields and name not in _IGNORED:
            draft.given.add(name)
            _take(store, draft.values, declared.fields[name], value, name)
        elif name in declared.sublists:
            draft.given.add(name)
            kept = [] if name in replace else draft.lines.get(name, [])
            draft.lines[name] = _lines(store, declared.sublists[name], name, value, kept, strict)
        elif name not in _IGNORED:
            if strict:
                raise unreadable(f"Invalid property name: {name}.", name)
            draft.ignored.append(name)
    if isinstance(body.get("externalId"), str):
        draft.external_id = body["externalId"]
    for required in declared.fields.values():
        if required.required and draft.values.get(required.name) is None:
            raise missing(required.label, required.name)
    return draft


def _take(store: Store, values: Values, field: Field, value: Any, path: str) -> None:
    if field.read_only:
        return
    if value is None:
        values.pop(field.name, None)
    elif field.kind is Kind.SUBRECORD:
        part = dict(values.get(field.name) or {})
        for name, inner in _object(value, path).items():
            if name in field.parts:
                _take(store, part, field.parts[name], inner, f"{path}.{name}")
        values[field.name] = part
    else:
        values[field.name] = READERS[field.kind](store, field, value, path)


def _lines(
    store: Store, fields: Mapping[str, Field], name: str, value: Any, kept: list[Values], strict: bool
) -> list[Values]:
    """The lines after merging: a line with a known key changes that line, any other is added."""
    items = value if isinstance(value, list) else _object(value, name).get("items", [])
    if not isinstance(items, list):
        raise unreadable(f"Invalid value for {name}.items.", f"{name}.items")
    key = LINE_KEYS.get(name) or ("line" if "line" in fields and name != "expense" else "id")
    for place, item in enumerate(items):
        path = f"{name}.items[{place}]"
        known = _line_to_change(kept, key, _object(item, path).get(key))
        line: Values = {} if known is None else known
        for each, inner in item.items():
            if each in fields:
                _take(store, line, fields[each], inner, f"{path}.{each}")
            elif strict and each not in _IGNORED:
                raise unreadable(f"Invalid property name: {each}.", f"{path}.{each}")
        if known is None:
            line.setdefault(key, 1 + max((int(other.get(key, 0)) for other in kept), default=0))
            kept.append(line)
        absent = next((each for each in fields.values() if each.required and line.get(each.name) is None), None)
        if absent is not None:
            raise missing(absent.label, f"{path}.{absent.name}")
    return kept


def _line_to_change(kept: list[Values], key: str, given: Any) -> Values | None:
    wanted = given.get("id") if isinstance(given, dict) else given
    if wanted is None:
        return None
    return next((line for line in kept if str(line.get(key)) == str(wanted)), None)


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise unreadable(f"Invalid value for the resource {path}.", path)
    return value


def _text(store: Store, field: Field, value: Any, path: str) -> str:
    if field.name == "country" and isinstance(value, dict):
        value = value.get("id")  # A choice from a fixed list may come as an object.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise unreadable(f"Invalid value for {field.name}: a string is expected.", path)
    text = str(value)
    if len(text) > 4000:
        raise unreadable(
            f"The field {field.name} contained more than the maximum number (4000) of characters allowed.", path
        )
    return text


def _bool(store: Store, field: Field, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise unreadable(f"Invalid value for {field.name}: a boolean is expected.", path)
    return value


def _number(store: Store, field: Field, value: Any, path: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unreadable(f"Invalid value for {field.name}: a number is expected.", path)
    if abs(value) > 1e15:
        raise bad_value(value, field.name, path)
    return value


def _day(store: Store, field: Field, value: Any, path: str) -> str:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise unreadable(f"Invalid date value (must be YYYY-MM-DD) for {field.name}.", path)


def _stamp(store: Store, field: Field, value: Any, path: str) -> int:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise unreadable(f"Invalid date-time value for {field.name}.", path) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def minutes_of(value: str | int | float) -> int | None:
    """Whole minutes of a duration: `8:00`, `0:20`, `8.5`, 8; None when it is none of these."""
    text = str(value).strip()
    if found := _CLOCK.fullmatch(text):
        return (-1 if found[1] else 1) * (60 * int(found[2]) + int(found[3]))
    try:
        hours = Decimal(text)
    except ArithmeticError:
        return None
    return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP)) if hours.is_finite() else None


def _hours(store: Store, field: Field, value: Any, path: str) -> int:
    minutes = None if isinstance(value, bool) or not isinstance(value, str | int | float) else minutes_of(value)
    if minutes is None:
        raise unreadable(f"Invalid value for {field.name}: a duration is expected.", path)
    return minutes


def _choice(store: Store, field: Field, value: Any, path: str) -> str:
    wanted = value.get("id") if isinstance(value, dict) else value
    if isinstance(value, dict) and wanted is None:
        wanted = next((known for known, label in field.choices.items() if label == value.get("refName")), None)
    if str(wanted) not in field.choices:
        raise bad_value(wanted, field.name, path, "INVALID_CONTENT")
    return str(wanted)


def _reference(store: Store, field: Field, value: Any, path: str) -> int:
    """The internal id behind {id}, {externalId}, {refName} or a bare id."""
    if isinstance(value, dict):
        wanted = value.get("id", value.get("externalId", value.get("refName")))
        found = _referred(store, field.targets, value)
    else:
        wanted = value
        found = _referred(store, field.targets, {"id": value})
    if found is None:
        raise bad_value(wanted, field.name, path, "INVALID_CONTENT")
    return found.id


def _referred(store: Store, targets: tuple[str, ...], value: Mapping[str, Any]) -> Record | None:
    if "id" in value:
        text = str(value["id"])
        if text.startswith("eid:"):
            return _by_external(store, targets, text[4:])
        return store.one_of(targets, internal_id(text))
    if "externalId" in value:
        return _by_external(store, targets, str(value["externalId"]))
    if "refName" in value:
        return next((found for kind in targets if (found := store.named(kind, str(value["refName"])))), None)
    return None


def _by_external(store: Store, targets: tuple[str, ...], external_id: str) -> Record | None:
    return next((found for kind in targets if (found := store.by_external(kind, external_id))), None)


READERS: Mapping[Kind, Callable[[Store, Field, Any, str], Any]] = {
    Kind.TEXT: _text,
    Kind.BOOL: _bool,
    Kind.NUMBER: _number,
    Kind.INTEGER: _number,
    Kind.DATE: _day,
    Kind.STAMP: _stamp,
    Kind.HOURS: _hours,
    Kind.CHOICE: _choice,
    Kind.REF: _reference,
}
