"""The writing resources for one record: create, update, upsert by external id, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from console.sandbox.answering import Answer, as_json
from console.sandbox.salesforce import reading
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.store import Unit
from console.sandbox.salesforce.view import View
from console.sandbox.salesforce.writing import Writer, table_of

_OLD_UPSERT = 46.0
"""Before this version an upsert that updated answered 204 without a body."""
Done = TypeVar("Done")


def in_one_unit(view: View, act: Callable[[Writer], Done], by: str = "api") -> Done:
    """Run one act; its changes and journal lines stand together or, after a Refusal, not at all."""
    unit = Unit()
    try:
        done = act(Writer(view, unit))
    except Refusal:
        view.org.take_back(unit)
        raise
    view.org.keep(unit, by)
    return done


def create(context: Context, kind: str) -> Answer:
    table = table_of(context.view, kind)
    made = in_one_unit(context.view, lambda writer: writer.create(table, context.body()))
    place = f"{context.root}/sobjects/{table.shape.name}/{made}"
    return as_json(201, saved(made), ((b"location", place.encode()),))


def saved(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": []}


def one(context: Context, kind: str, record_id: str) -> Answer:
    """GET, PATCH or DELETE of `/sobjects/<kind>/<id>`."""
    method = _method(context)
    if method in ("GET", "HEAD"):
        return reading.record(context, kind, record_id)
    table = table_of(context.view, kind)
    if method == "PATCH":
        in_one_unit(context.view, lambda writer: writer.update(table, record_id, context.body()))
        return Answer(204)
    if method == "DELETE":
        in_one_unit(context.view, lambda writer: writer.delete(table, record_id))
        return Answer(204)
    raise not_allowed(context, "DELETE,GET,HEAD,PATCH")


def keyed(context: Context, kind: str, name: str, value: str) -> Answer:
    """GET, PATCH (upsert) or DELETE of `/sobjects/<kind>/<external field>/<value>`."""
    method = _method(context)
    if method in ("GET", "HEAD"):
        return reading.record_by_key(context, kind, name, value)
    table = table_of(context.view, kind)
    if method == "PATCH":
        return upsert(context, kind, name, value, context.body())
    if method == "DELETE":
        found = table.by_key(name, value) if name in table.keys else ()
        if len(found) != 1:
            raise Refusal(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {value}")
        in_one_unit(context.view, lambda writer: writer.delete(table, found[0]))
        return Answer(204)
    raise not_allowed(context, "DELETE,GET,HEAD,PATCH")


def upsert(context: Context, kind: str, name: str, value: str, body: Mapping[str, Any]) -> Answer:
    table = table_of(context.view, kind)
    only = context.request.query.get("updateOnly", "").lower() == "true"
    if any(each.lower() == name.lower() for each in body):
        raise Refusal(400, "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")
    try:
        record_id, created = in_one_unit(context.view, lambda writer: writer.upsert(table, name, value, body, only))
    except Refusal as refusal:
        if refusal.status != 300:
            raise
        return as_json(300, [f"{context.root}/sobjects/{table.shape.name}/{each}" for each in refusal.fields or ()])
    if not created and context.version < _OLD_UPSERT:
        return Answer(204)
    return as_json(201 if created else 200, saved(record_id) | {"created": created})


def _method(context: Context) -> str:
    """The method; `?_HttpMethod=PATCH` on a POST counts, for clients that cannot send PATCH."""
    if context.request.method == "POST":
        return context.request.query.get("_HttpMethod", "POST").upper()
    return context.request.method


def not_allowed(context: Context, allowed: str) -> Refusal:
    return Refusal(
        405, "METHOD_NOT_ALLOWED", f"HTTP Method '{context.request.method}' not allowed. Allowed are {allowed}"
    )
