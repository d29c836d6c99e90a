"""What a bulk job does when its turn comes: runs its query, or saves its rows one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from console.sandbox.salesforce import bulk_jobs, reading
from console.sandbox.salesforce.bulk_jobs import DELIMITERS, Job
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.records import in_one_unit
from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.soql_parse import parse
from console.sandbox.salesforce.soql_tree import AllFields, Fold, Path, Query
from console.sandbox.salesforce.store import Table
from console.sandbox.salesforce.writing import Writer

_CLEARED = "#N/A"


def checked(context: Context, text: str) -> str:
    """The object a bulk query reads. Raises what the query endpoint would, and API_ERROR for what bulk cannot do."""
    query = parse(text)
    if query.group or any(isinstance(each, Fold | Query | AllFields) for each in query.select):
        raise Refusal(400, "API_ERROR", "Aggregate functions, subqueries and FIELDS() are not supported in Bulk Query")
    found = reading.run(context, text, False)
    for path in (each for each in query.select if isinstance(each, Path)):
        field = found.table.shape.by_name.get(path.text.lower())
        if field is not None and field.kind == "address":
            raise Refusal(400, "FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query")
    return found.table.shape.name


def query(context: Context, job: Job) -> None:
    """Run a query job: its rows become CSV cells."""
    if job.state == bulk_jobs.ABORTED:
        return
    found = reading.run(context, job.query, job.operation == "queryAll")
    paths = [each for each in parse(job.query).select if isinstance(each, Path)]
    job.header = [each.text for each in paths]
    job.rows = [_cells(found.show(row), paths) for row in found.rows]
    job.state, job.modified = bulk_jobs.COMPLETE, context.view.org.stamp()


def _cells(shown: Mapping[str, Any], paths: Sequence[Path]) -> list[str]:
    folded = {name.lower(): value for name, value in shown.items()}
    return [_cell(_reached(folded, path)) for path in paths]


def _reached(folded: Mapping[str, Any], path: Path) -> Any:
    here: Any = folded
    for part in path.parts:
        if here is None:
            return None
        here = {name.lower(): value for name, value in here.items()}.get(part.lower())
    return here


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ingest(context: Context, job: Job, most: int) -> bool:
    """Save up to `most` further rows of a job; whether rows are left."""
    if job.state == bulk_jobs.ABORTED:
        job.untouched = [list(each) for each in job.rows[job.done :]]
        return False
    if job.state == bulk_jobs.UPLOADED and not _opened(context, job):
        return False
    table = context.view.org.tables[job.object]
    for cells in job.rows[job.done : job.done + most]:
        _save(context, job, table, list(cells))
    job.done = min(job.done + most, len(job.rows))
    if job.done < len(job.rows):
        return True
    job.state, job.modified = bulk_jobs.COMPLETE, context.view.org.stamp()
    return False


def _opened(context: Context, job: Job) -> bool:
    """Read the upload; a job whose file or header is wrong fails as a whole."""
    text = job.source.decode("utf-8-sig", "replace")
    if ("\r\n" in text) is not (job.ending == "CRLF") and "\n" in text:
        why = f"LineEnding is invalid on user data. Current LineEnding setting is {job.ending}"
        return _fail(job, f"ClientInputError : {why}")
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter]))
    if not lines:
        return _fail(job, "InvalidBatch : The upload is empty")
    job.header, job.rows = lines[0], [each for each in lines[1:] if each]
    shape = context.view.shape(context.view.org.tables[job.object])
    for name in job.header:
        relation, dot, _ = name.partition(".")
        if (relation.lower() in shape.by_relation) if dot else (name.lower() in shape.by_name):
            continue
        return _fail(job, f"InvalidBatch : Field name not found : {name}")
    job.state = bulk_jobs.RUNNING
    return True


def _fail(job: Job, why: str) -> bool:
    job.state, job.error = bulk_jobs.FAILED, why
    return False


def _save(context: Context, job: Job, table: Table, cells: list[str]) -> None:
    named = dict(zip(job.header, cells, strict=False))
    known = to18(next((value for name, value in named.items() if name.lower() == "id"), "")) or ""
    try:
        record_id, created = in_one_unit(context.view, lambda writer: _act(writer, job, table, named, known))
    except Refusal as refusal:
        job.failures.append([known, refusal.cell(), *cells])
    else:
        job.successes.append([record_id, str(created).lower(), *cells])


def _act(writer: Writer, job: Job, table: Table, named: Mapping[str, str], known: str) -> tuple[str, bool]:
    match job.operation:
        case "insert":
            return writer.create(table, _body(named, ())), True
        case "update":
            writer.update(table, known, _body(named, ("id",)))
            return known, False
        case "upsert":
            key = next((value for name, value in named.items() if name.lower() == job.external_id.lower()), "")
            if not key:
                raise Refusal(400, "MISSING_ARGUMENT", f"{job.external_id} not specified", ())
            return writer.upsert(table, job.external_id, key, _body(named, (job.external_id.lower(),)), False)
    writer.delete(table, known)
    return known, False


def _body(named: Mapping[str, str], keys: Sequence[str]) -> dict[str, Any]:
    """The cells as a request body: an empty cell leaves a field alone, `#N/A` clears it."""
    body: dict[str, Any] = {}
    for name, value in named.items():
        if value == "" or name.lower() in keys:
            continue
        relation, dot, key = name.partition(".")
        kept = None if value == _CLEARED else value
        body[relation if dot else name] = {key: kept} if dot else kept
    return body
