"""Lets a person's act be asked for in JSON: finds the act and turns its fields into what the act takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


class NoSuchAct(Exception):
    """The people of this platform do not do that, or not with these fields; `str()` says what they do."""


def acts_of(people: Any) -> list[str]:
    """The names of everything these people can do."""
    return sorted(name for name in dir(people) if not name.startswith("_") and callable(getattr(people, name)))


def perform(people: Any, act: str, given: Mapping[str, Any]) -> Any:
    """Do an act (a method of a `People` of `tenant.py`) with JSON fields; raises `NoSuchAct`, and `ValueError` for a
    field that cannot be understood, `LookupError` for a record that is not there."""
    if act not in acts_of(people):
        raise NoSuchAct(f"There is no act {act!r}; there are {', '.join(acts_of(people))}.")
    method = getattr(people, act)
    hints = {name: hint for name, hint in get_type_hints(method).items() if name != "return"}
    if strange := set(given) - set(hints):
        raise NoSuchAct(f"{act} takes {', '.join(hints)}; it does not know {', '.join(sorted(strange))}.")
    try:
        return method(**{name: revived(hints[name], value) for name, value in given.items()})
    except TypeError as wrong:
        raise NoSuchAct(f"{act} takes {', '.join(hints)}. {wrong}") from None


def revived(hint: Any, value: Any) -> Any:
    """A JSON value as the type an act declares: dates, decimals, dataclasses, sequences of them."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return None if value is None else revived(next(kind for kind in inner if kind is not type(None)), value)
    if origin in (Sequence, list, tuple):
        return tuple(revived(inner[0], each) for each in value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _revived_record(hint, value)
    if hint is date:
        return date.fromisoformat(value)
    return _decimal(value) if hint is Decimal else value


def _revived_record(kind: type, value: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}
    return kind(**{name: revived(hints[name], each) for name, each in value.items() if name in names})


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not an amount.") from None
