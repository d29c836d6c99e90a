"""Many records in one call: `/composite/sobjects` creates, updates, upserts, deletes and fetches up to 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from console.sandbox.answering import Answer, as_json
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.reading import shown_record
from console.sandbox.salesforce.records import in_one_unit, not_allowed, saved
from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.store import Table, Unit
from console.sandbox.salesforce.writing import Writer, table_of

_MOST = 200
_MOST_FETCHED = 2000
_MOST_CHUNKS = 10
_ROLLED_BACK = Refusal(
    400,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    (),
)

Row = Mapping[str, Any]
Act = Callable[[Writer], dict[str, Any]]


def collections(context: Context, rest: Sequence[str]) -> Answer:
    """`/composite/sobjects[/<kind>[/<external field>]]` by method. The answer is 200 even when rows fail."""
    method = context.request.method
    if method == "DELETE":
        ids = [each for each in context.request.query.get("ids", "").split(",") if each]
        acts = [_deletion(context, each) for each in _few(ids)]
        return as_json(200, carry_out(context, acts, context.request.query.get("allOrNone", "").lower() == "true"))
    if rest and method in ("GET", "POST") and len(rest) == 1:
        return _fetch(context, rest[0])
    if method not in ("POST", "PATCH"):
        raise not_allowed(context, "DELETE,GET,HEAD,PATCH,POST")
    body = context.body()
    rows = _few(_rows(body))
    if len(rest) == 2:
        acts = [_upsertion(context, rest[0], rest[1], row) for row in rows]
    else:
        _few_chunks(rows)
        acts = [(_creation if method == "POST" else _change)(context, row) for row in rows]
    return as_json(200, carry_out(context, acts, body.get("allOrNone") is True))


def _rows(body: Mapping[str, Any]) -> Sequence[Row]:
    rows = body.get("records")
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise Refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [records]", ("records",))
    return rows


def _few(rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) > _MOST:
        raise Refusal(400, "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_MOST} records")
    return rows


def _few_chunks(rows: Sequence[Row]) -> None:
    kinds = [_kind(each) for each in rows]
    chunks = sum(1 for at, each in enumerate(kinds) if not at or kinds[at - 1] != each)
    if chunks > _MOST_CHUNKS:
        raise Refusal(
            400, "INVALID_BATCH_SIZE", f"cannot handle more than {_MOST_CHUNKS} chunks of object types in one call"
        )


def _kind(row: Row) -> str:
    attributes = row.get("attributes")
    return str(attributes.get("type", "")) if isinstance(attributes, dict) else ""


def _named_table(context: Context, row: Row) -> Table:
    kind = _kind(row)
    table = context.view.table(kind)
    if table is None:
        raise Refusal(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.", ())
    return table


def _creation(context: Context, row: Row) -> Act:
    return lambda writer: saved(writer.create(_named_table(context, row), row))


def _change(context: Context, row: Row) -> Act:
    def act(writer: Writer) -> dict[str, Any]:
        record_id = next((str(value) for name, value in row.items() if name.lower() == "id" and value), "")
        if not record_id:
            raise Refusal(400, "MISSING_ARGUMENT", "Id not specified in an update call", ())
        table = _named_table(context, row)
        writer.update(table, record_id, {name: value for name, value in row.items() if name.lower() != "id"})
        return saved(to18(record_id) or record_id)

    return act


def _upsertion(context: Context, kind: str, name: str, row: Row) -> Act:
    def act(writer: Writer) -> dict[str, Any]:
        table = table_of(context.view, kind)
        key = next((value for each, value in row.items() if each.lower() == name.lower()), None)
        rest = {each: value for each, value in row.items() if each.lower() not in (name.lower(), "attributes")}
        if name.lower() == "id":
            return _by_id(writer, table, key, rest)
        if key in (None, ""):
            raise Refusal(400, "MISSING_ARGUMENT", f"{name} not specified", ())
        record_id, created = writer.upsert(table, name, str(key), rest, False)
        return saved(record_id) | {"created": created}

    return act


def _by_id(writer: Writer, table: Table, key: object, rest: Row) -> dict[str, Any]:
    if key:
        writer.update(table, str(key), rest)
        return saved(to18(str(key)) or str(key)) | {"created": False}
    return saved(writer.create(table, rest)) | {"created": True}


def _deletion(context: Context, record_id: str) -> Act:
    def act(writer: Writer) -> dict[str, Any]:
        known = to18(record_id)
        tables = context.view.org.tables.values()
        table = next((each for each in tables if known and known.startswith(each.shape.prefix)), None)
        if table is None or known is None:
            raise Refusal(400, "MALFORMED_ID", f"malformed id {record_id}", ())
        writer.delete(table, known)
        return saved(known)

    return act


def carry_out(context: Context, acts: Sequence[Act], all_or_none: bool) -> list[dict[str, Any]]:
    """Every row's outcome in request order; with `all_or_none` one failure takes the others back."""
    if not all_or_none:
        return [_outcome(context, act) for act in acts]
    unit = Unit()
    writer = Writer(context.view, unit)
    outcomes: list[dict[str, Any] | Refusal] = []
    for act in acts:
        try:
            outcomes.append(act(writer))
        except Refusal as refusal:
            outcomes.append(refusal)
    if not any(isinstance(each, Refusal) for each in outcomes):
        context.view.org.keep(unit)
        return [each for each in outcomes if isinstance(each, dict)]
    context.view.org.take_back(unit)
    return [failed(each if isinstance(each, Refusal) else _ROLLED_BACK) for each in outcomes]


def _outcome(context: Context, act: Act) -> dict[str, Any]:
    try:
        return in_one_unit(context.view, act)
    except Refusal as refusal:
        return failed(refusal)


def failed(refusal: Refusal) -> dict[str, Any]:
    if refusal.status == 300:
        refusal = Refusal(400, "DUPLICATE_EXTERNAL_ID", "Duplicate external id specified", ())
    return {"success": False, "errors": [refusal.row()]}


def _fetch(context: Context, kind: str) -> Answer:
    """`/composite/sobjects/<kind>?ids=&fields=` or the same as a body: the records in order, null for each unseen."""
    if context.request.method == "GET":
        asked = context.request.query
        ids, fields = asked.get("ids", "").split(","), [each for each in asked.get("fields", "").split(",") if each]
    else:
        body = context.body()
        ids, fields = _texts(body.get("ids")), _texts(body.get("fields"))
    if len(ids) > _MOST_FETCHED:
        raise Refusal(400, "EXCEEDED_ID_LIMIT", f"cannot fetch more than {_MOST_FETCHED} records in this call")
    if not fields:
        raise Refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [fields]", ("fields",))
    table = table_of(context.view, kind)
    rows = [context.view.org.record(table.shape.name, to18(each)) for each in ids if each]
    seen = [row if row is not None and context.view.sees(table.shape.name, row) else None for row in rows]
    return as_json(200, [None if row is None else shown_record(context, kind, row, fields) for row in seen])


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
