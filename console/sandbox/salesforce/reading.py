"""The reading resources: queries and their cursors, records by id or key, and what changed or went in a window."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.salesforce import describe
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.refusal import Refusal, no_such_record, not_found
from console.sandbox.salesforce.soql_parse import parse
from console.sandbox.salesforce.soql_run import Found, Runner
from console.sandbox.salesforce.soql_show import Show, Shown
from console.sandbox.salesforce.store import Row, stamp_text
from console.sandbox.salesforce.writing import living, table_of

_PAGE = 2000
_SMALLEST_PAGE = 200
_MOST_CURSORS = 5000
_DELETED_DAYS = 15
_UPDATED_DAYS = 30


@dataclass(frozen=True, slots=True)
class _Cursor:
    rows: Sequence[Any]
    show: Show
    page: int


class Cursors:
    """Query results still being read, by locator; the oldest are dropped when there are too many."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Cursor] = OrderedDict()

    def keep(self, rows: Sequence[Any], show: Show, page: int) -> str:
        locator = "01g8d0000" + secrets.token_hex(5)[:9].upper()
        self._open[locator] = _Cursor(rows, show, page)
        if len(self._open) > _MOST_CURSORS:
            self._open.popitem(last=False)
        return locator

    def find(self, locator: str) -> _Cursor:
        """Raises INVALID_QUERY_LOCATOR when it was never given out, or too long ago."""
        found = self._open.get(locator)
        if found is None:
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return found

    def page(self, root: str, locator: str, start: int) -> Shown:
        """One page of an open result: `/query/<locator>-<start>`."""
        cursor = self.find(locator)
        if not 0 <= start <= len(cursor.rows):
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        end = start + cursor.page
        done = end >= len(cursor.rows)
        answer: Shown = {"totalSize": len(cursor.rows), "done": done}
        if not done:
            answer["nextRecordsUrl"] = f"{root}/query/{locator}-{end}"
        answer["records"] = [cursor.show(row) for row in cursor.rows[start:end]]
        return answer


def page_size(request: Request) -> int:
    """Rows per page: `Sforce-Query-Options: batchSize=n` within 200 and 2,000, else 2,000."""
    for option in request.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize" and value.strip().isdigit():
            return min(_PAGE, max(_SMALLEST_PAGE, int(value)))
    return _PAGE


def query(context: Context, rest: Sequence[str], deleted_too: bool) -> Answer:
    """`/query?q=`, `/queryAll?q=` and `/query/<locator>-<offset>`."""
    if rest:
        locator, _, start = rest[0].rpartition("-")
        return as_json(200, context.cursors.page(context.root, locator, int(start) if start.isdigit() else -1))
    text = context.request.query.get("q")
    if text is None:
        raise Refusal(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    page = page_size(context.request)
    return as_json(200, results(context, run(context, text, deleted_too, page), page))


def run(context: Context, text: str, deleted_too: bool, page: int = _PAGE) -> Found:
    """The rows of a SOQL text as the request's user sees them."""

    def more(rows: Sequence[Row], show: Show) -> Shown:
        return _result(context, rows, show, page)

    return Runner(context.view, context.root, more, deleted_too).run(parse(text))


def results(context: Context, found: Found, page: int) -> Shown:
    if found.counted is not None:
        return {"totalSize": found.counted, "done": True, "records": []}
    if found.shown is not None:
        return _result(context, found.shown, lambda shown: shown, page)
    return _result(context, found.rows, found.show, page)


def _result(context: Context, rows: Sequence[Any], show: Show, page: int) -> Shown:
    if len(rows) <= page:
        return {"totalSize": len(rows), "done": True, "records": [show(row) for row in rows]}
    return context.cursors.page(context.root, context.cursors.keep(rows, show, page), 0)


def record(context: Context, kind: str, record_id: str) -> Answer:
    """`GET /sobjects/<kind>/<id>[?fields=a,b]`."""
    table = table_of(context.view, kind)
    return as_json(200, shown_record(context, kind, living(table, record_id, context.view)))


def record_by_key(context: Context, kind: str, name: str, value: str) -> Answer:
    """`GET /sobjects/<kind>/<external field>/<value>`; 300 with their addresses when several share the value."""
    table = table_of(context.view, kind)
    field = context.view.shape(table).by_name.get(name.lower())
    if field is None or not (field.external or field.kind == "id"):
        raise no_such_record(name)
    if field.kind == "id":
        return record(context, kind, value)
    found = [each for each in table.by_key(field.name, value) if context.view.sees(table.shape.name, table.rows[each])]
    if not found:
        raise not_found()
    if len(found) > 1:
        return as_json(300, [f"{context.root}/sobjects/{table.shape.name}/{each}" for each in found])
    return as_json(200, shown_record(context, kind, table.rows[found[0]]))


def shown_record(context: Context, kind: str, row: Row, fields: Sequence[str] = ()) -> Shown:
    table = table_of(context.view, kind)
    shape = context.view.shape(table)
    asked = fields or [each for each in context.request.query.get("fields", "").split(",") if each]
    unknown = [each for each in asked if each.lower() not in shape.by_name]
    if unknown:
        raise Refusal(400, "INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type {shape.name}")
    names = [shape.by_name[each.lower()].name for each in asked] if asked else [each.name for each in shape.fields]
    attributes = {"type": shape.name, "url": f"{context.root}/sobjects/{shape.name}/{row['Id']}"}
    return {"attributes": attributes} | {name: row.get(name) for name in names} | {"Id": row["Id"]}


def global_describe(context: Context) -> Answer:
    shapes = [describe.brief(each.shape, context.root) for each in context.view.org.tables.values()]
    return as_json(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shapes})


def object_describe(context: Context, kind: str) -> Answer:
    table = table_of(context.view, kind)
    others = [each.shape for each in context.view.org.tables.values()]
    return as_json(200, describe.full(context.view.shape(table), others, context.root, context.request.origin))


def object_basics(context: Context, kind: str) -> Answer:
    """`GET /sobjects/<kind>/`: what it is, and the records seen last."""
    table = table_of(context.view, kind)
    living = [row for row in table.since("") if not row.get("IsDeleted") and context.view.sees(table.shape.name, row)]
    recent = [{"Id": row["Id"], "Name": row.get("Name")} for row in living[-10:]]
    return as_json(200, {"objectDescribe": describe.brief(table.shape, context.root), "recentItems": recent})


def updated(context: Context, kind: str) -> Answer:
    """`/sobjects/<kind>/updated/?start=&end=`: ids changed in the window, at most 30 days back."""
    table = table_of(context.view, kind)
    start, end = _window(context, _UPDATED_DAYS)
    rows = table.since(stamp_text(start), stamp_text(end))
    ids = [row["Id"] for row in rows if not row.get("IsDeleted") and context.view.sees(table.shape.name, row)]
    return as_json(200, {"ids": ids, "latestDateCovered": stamp_text(end)})


def deleted(context: Context, kind: str) -> Answer:
    """`/sobjects/<kind>/deleted/?start=&end=`: what was deleted in the window, at most 15 days back."""
    table = table_of(context.view, kind)
    start, end = _window(context, _DELETED_DAYS)
    rows = [row for row in table.since(stamp_text(start), stamp_text(end)) if row.get("IsDeleted")]
    earliest = datetime.now(UTC) - timedelta(days=_DELETED_DAYS)
    return as_json(
        200,
        {
            "deletedRecords": [{"deletedDate": row["SystemModstamp"], "id": row["Id"]} for row in rows],
            "earliestDateAvailable": stamp_text(earliest),
            "latestDateCovered": stamp_text(end),
        },
    )


def _window(context: Context, days: int) -> tuple[datetime, datetime]:
    """The asked window, its end no later than now. Raises INVALID_REPLICATION_DATE."""
    start, end = (_moment(context.request.query.get(each, ""), each) for each in ("start", "end"))
    now = context.view.org.present()
    end = min(end, now)
    if end - start < timedelta(minutes=1):
        raise Refusal(400, "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate")
    if start < now - timedelta(days=days, minutes=1):
        raise Refusal(400, "INVALID_REPLICATION_DATE", f"startDate cannot be more than {days} days ago")
    return start, end


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+").replace("Z", "+00:00"))
    except ValueError:
        raise Refusal(400, "INVALID_REPLICATION_DATE", f"{name} is not a date and time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
