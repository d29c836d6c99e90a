"""From a kept record to the JSON the platform answers with: links, references, sublists, choices and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from console.sandbox.netsuite.catalogue import TYPES
from console.sandbox.netsuite.fields import Field, Kind
from console.sandbox.netsuite.store import Record, Store, Values, name_of

DRIFTED = {
    "customer": {"isInactive": "isinactive", "vatRegNumber": "taxRegNumber"},
    "job": {"projectedEndDate": "calculatedEndDate"},
    "projectTask": {"estimatedWork": "estimatedworkhours"},
    "timeBill": {"memo": "memoText"},
    "charge": {"description": "chargeDescription"},
    "invoice": {"amountRemaining": "amountremaining"},
}
"""What a release renamed, under the fault `drift`; each of these types also gains `custrecord_release_note`."""


@dataclass(frozen=True, slots=True)
class View:
    """How one request wants its records told. `base` is scheme://host of the request."""

    base: str
    expand: bool = False
    fields: frozenset[str] = frozenset()
    plain_choices: bool = False
    drifted: bool = False

    def href(self, *path: object) -> list[dict[str, str]]:
        return [{"rel": "self", "href": "/".join((f"{self.base}/services/rest/record/v1", *map(str, path)))}]


def stamp_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hours_text(minutes: int) -> str:
    """A duration as the record API tells it: 0:20, 8:00."""
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def record_json(store: Store, record: Record, view: View) -> dict[str, Any]:
    """One record; properties without a value are left out, those of `fields` only when named there."""
    declared = TYPES[record.type]
    told: dict[str, Any] = {"links": view.href(record.type, record.id)}
    values = _with_own(record)
    for name in sorted((*declared.fields, *declared.sublists), key=str.lower):
        if view.fields and name not in view.fields:
            continue
        if name in declared.sublists:
            told[name] = sublist_json(store, record, name, view)
            continue
        value = _value(store, declared.fields[name], values.get(name), view, (record.type, record.id, name))
        if value is not None:
            told[name] = value
    return _drift(record.type, told) if view.drifted else told


def _with_own(record: Record) -> Values:
    own: Values = {"id": str(record.id), "lastModifiedDate": record.modified, "createdDate": record.created}
    own["dateCreated"] = record.created
    if record.external_id:
        own["externalId"] = record.external_id
    return {**record.values, **own}


def _drift(kind: str, told: dict[str, Any]) -> dict[str, Any]:
    renamed = DRIFTED.get(kind)
    if renamed is None:
        return told
    return {renamed.get(name, name): value for name, value in told.items()} | {"custrecord_release_note": "2026.2"}


def sublist_json(store: Store, record: Record, name: str, view: View) -> dict[str, Any]:
    """A sublist as a link, or with all its lines when sub-resources are expanded."""
    answer: dict[str, Any] = {"links": view.href(record.type, record.id, name)}
    if view.expand:
        lines = record.lines.get(name, [])
        answer["items"] = [line_json(store, record, name, place, view) for place in range(len(lines))]
        answer["totalResults"] = len(lines)
    return answer


def line_json(store: Store, record: Record, name: str, place: int, view: View) -> dict[str, Any]:
    line, fields = record.lines[name][place], TYPES[record.type].sublists[name]
    where = (record.type, record.id, name, "items", line.get("line", line.get("id", place + 1)))
    told: dict[str, Any] = {"links": view.href(record.type, record.id, name, where[-1])}
    for each in fields.values():
        value = _value(store, each, line.get(each.name), view, where)
        if value is not None:
            told[each.name] = value
    return told


def _value(store: Store, field: Field, value: Any, view: View, where: Sequence[object]) -> Any:
    if value is None:
        return False if field.kind is Kind.BOOL and not field.read_only else None
    match field.kind:
        case Kind.REF:
            value = reference_json(store, field.targets, value, view)
        case Kind.CHOICE if not view.plain_choices:
            value = {"id": value, "refName": field.choices[value]}
        case Kind.STAMP:
            value = stamp_text(value)
        case Kind.HOURS:
            value = hours_text(value)
        case Kind.SUBRECORD:
            value = {"links": view.href(*where), **(value if view.expand else {})}
    return value


def reference_json(store: Store, targets: Sequence[str], number: int, view: View) -> dict[str, Any]:
    """A reference: where it leads, its id, and the name the platform shows for it."""
    found = store.one_of(tuple(targets), number)
    if found is None:
        return {"id": str(number)}
    return {
        "links": view.href(found.type, found.id),
        "id": str(found.id),
        "refName": name_of(store, found),
    }


def collection_json(
    url: str, query: Mapping[str, str], items: Sequence[Any], total: int, limit: int, offset: int
) -> dict[str, Any]:
    """A page of a list with its links to the neighbours, as records and SuiteQL share it."""
    links = [{"rel": "self", "href": _page(url, query, limit, offset)}]
    if offset + limit < total:
        last = (total - 1) // limit * limit
        links[:0] = [
            {"rel": "next", "href": _page(url, query, limit, offset + limit)},
            {"rel": "last", "href": _page(url, query, limit, last)},
        ]
    if offset:
        links += [
            {"rel": "first", "href": _page(url, query, limit, 0)},
            {"rel": "previous", "href": _page(url, query, limit, max(0, offset - limit))},
        ]
    return {
        "links": links,
        "count": len(items),
        "hasMore": offset + len(items) < total,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }


def _page(url: str, query: Mapping[str, str], limit: int, offset: int) -> str:
    return f"{url}?{''.join(f'{name}={value}&' for name, value in query.items())}limit={limit}&offset={offset}"
