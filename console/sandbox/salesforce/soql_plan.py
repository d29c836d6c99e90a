"""Chooses where a query begins to look: by id, key, lookup or stamp where its condition allows, else everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.schema import Field
from console.sandbox.salesforce.soql_dates import datetime_text
from console.sandbox.salesforce.soql_tree import Among, Both, Compare, Condition, Literal, Query
from console.sandbox.salesforce.store import Row, Table


def candidates(where: Condition | None, table: Table, deleted_too: bool) -> Iterable[Row]:
    """A superset of the rows that satisfy a condition."""
    parts = conjuncts(where)
    for part in parts:
        ids = _named(part, table, deleted_too)
        if ids is not None:
            return [table.rows[each] for each in dict.fromkeys(ids) if each in table.rows]
    stamp = next((found for part in parts if (found := _since(part)) is not None), None)
    return table.rows.values() if stamp is None else table.since(stamp)


def conjuncts(where: Condition | None) -> Sequence[Condition]:
    """The conditions that must all hold."""
    if isinstance(where, Both) and where.word == "AND":
        return [part for each in where.parts for part in conjuncts(each)]
    return () if where is None else (where,)


def _named(condition: Condition, table: Table, deleted_too: bool) -> Sequence[str] | None:
    """Ids that can satisfy `Id = / IN`, an external key or a lookup; None when no index helps."""
    values = _texts(condition)
    if values is None or not isinstance(condition, Compare | Among):
        return None
    field = table.shape.by_name.get(condition.path.text.lower())
    if field is None or (deleted_too and field.kind != "id"):
        return None
    return _found(field, table, values)


def _found(field: Field, table: Table, values: Sequence[str]) -> Sequence[str] | None:
    if field.kind == "id":
        return [to18(each) or "" for each in values]
    if field.name in table.links:
        return [child for each in values for child in table.children(field.name, to18(each) or "")]
    if field.name in table.keys:
        return [found for each in values for found in table.by_key(field.name, each)]
    return None


def _texts(condition: Condition) -> Sequence[str] | None:
    """The texts a field must equal one of; None for any other condition."""
    literals: tuple[Literal, ...]
    match condition:
        case Compare(op="=", value=value):
            literals = (value,)
        case Among(negated=False, many=False, values=values) if not isinstance(values, Query):
            literals = tuple(values)
        case _:
            return None
    return [str(each.value) for each in literals] if all(each.kind == "string" for each in literals) else None


def _since(condition: Condition) -> str | None:
    """The stamp after which all wanted rows were changed, when the condition says so."""
    match condition:
        case Compare(op=">" | ">=", value=value) if value.kind == "datetime":
            if condition.path.text.lower() == "systemmodstamp":
                return datetime_text(str(value.value))
    return None
