"""Bulk API 2.0: query jobs with CSV results, ingest jobs with CSV uploads, both worked off after the answer."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from console.sandbox.answering import Answer, as_json
from console.sandbox.salesforce import bulk_jobs, bulk_work
from console.sandbox.salesforce.bulk_jobs import DELIMITERS, ENDINGS, Job
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.records import not_allowed
from console.sandbox.salesforce.refusal import Refusal, not_found

_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_MOST_ROWS = 50_000
_QUEUED = 0.2
"""Seconds a job waits for its turn."""
_STEP = 500


def jobs(context: Context, rest: Sequence[str]) -> Answer:
    """`/jobs/query...` and `/jobs/ingest...`."""
    match rest:
        case [("query" | "ingest") as kind]:
            return _all(context, kind)
        case [("query" | "ingest") as kind, job_id]:
            return _one(context, context.request.method, context.jobs.find(kind, job_id))
        case [("query" | "ingest") as kind, job_id, part]:
            return _part(context, context.jobs.find(kind, job_id), part)
    raise not_found()


def _all(context: Context, kind: str) -> Answer:
    """The jobs there are, or a new one."""
    if context.request.method == "POST":
        return _new_query(context) if kind == "query" else _new_ingest(context)
    shown = [each.told() for each in context.jobs.all_of(kind)]
    return as_json(200, {"done": True, "nextRecordsUrl": None, "records": shown})


def _part(context: Context, job: Job, part: str) -> Answer:
    match (context.request.method, job.kind, part):
        case ("GET", "query", "results"):
            return _results(context, job)
        case ("PUT", "ingest", "batches"):
            return _upload(context, job)
        case ("GET", "ingest", "successfulResults" | "failedResults" | "unprocessedRecords"):
            return _outcomes(job, part)
    raise not_found()


def _new_query(context: Context) -> Answer:
    body = context.body()
    text = str(body.get("query") or "")
    if body.get("operation") not in ("query", "queryAll"):
        raise Refusal(400, "INVALIDJOB", "Unsupported operation")
    found = bulk_work.checked(context, text)
    job = _job(context, "query", body, found)
    job.query, job.state = text, bulk_jobs.UPLOADED
    context.jobs.add(job)
    later(lambda: bulk_work.query(context, job))
    return as_json(200, job.shown())


def _new_ingest(context: Context) -> Answer:
    body = context.body()
    table = context.view.table(str(body.get("object") or ""))
    operation = str(body.get("operation") or "")
    if operation not in _OPERATIONS:
        raise Refusal(400, "INVALIDJOB", f"Unsupported operation: {operation}")
    if table is None or not table.shape.writable:
        raise Refusal(400, "INVALIDENTITY", f"Entity '{body.get('object')}' is not supported by the Bulk API.")
    if operation == "upsert" and not body.get("externalIdFieldName"):
        raise Refusal(400, "INVALIDJOB", "External ID field name is required for upsert")
    job = _job(context, "ingest", body, table.shape.name)
    context.jobs.add(job)
    return as_json(200, job.shown())


def _job(context: Context, kind: str, body: dict[str, Any], name: str) -> Job:
    delimiter, ending = str(body.get("columnDelimiter") or "COMMA"), str(body.get("lineEnding") or "LF")
    if delimiter not in DELIMITERS or ending not in ENDINGS or body.get("contentType", "CSV") != "CSV":
        raise Refusal(400, "INVALIDJOB", "Unsupported contentType, columnDelimiter or lineEnding")
    return Job(
        id=context.jobs.new_id(),
        kind=kind,
        operation=str(body["operation"]),
        object=name,
        external_id=str(body.get("externalIdFieldName") or ""),
        delimiter=delimiter,
        ending=ending,
        version=context.version,
        created_by=context.view.org.user_id,
        created=context.view.org.stamp(),
        state=bulk_jobs.OPEN,
    )


def _one(context: Context, method: str, job: Job) -> Answer:
    match method:
        case "GET" | "HEAD":
            return as_json(200, job.told())
        case "DELETE":
            context.jobs.drop(job)
            return Answer(204)
        case "PATCH":
            return _move(context, job, str(context.body().get("state") or ""))
    raise not_allowed(context, "DELETE,GET,HEAD,PATCH")


def _move(context: Context, job: Job, state: str) -> Answer:
    """A client closes its upload, or gives the job up."""
    if job.state in bulk_jobs.TERMINAL or state not in (bulk_jobs.UPLOADED, bulk_jobs.ABORTED):
        raise Refusal(400, "INVALIDJOBSTATE", f"Job state cannot be changed from {job.state} to {state}")
    if state == bulk_jobs.UPLOADED and (job.kind == "query" or job.state != bulk_jobs.OPEN):
        raise Refusal(400, "INVALIDJOBSTATE", f"Job state cannot be changed from {job.state} to {state}")
    job.state, job.modified = state, context.view.org.stamp()
    if state == bulk_jobs.UPLOADED:
        later(lambda: _work(context, job))
    return as_json(200, job.shown())


def _work(context: Context, job: Job) -> None:
    """Work off some rows and come back for the rest, so that others are answered meanwhile."""
    if bulk_work.ingest(context, job, _STEP):
        later(lambda: _work(context, job), 0.0)


def later(act: Callable[[], None], seconds: float = _QUEUED) -> None:
    """Do it some time after the answer has left; at once where no loop runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        act()
    else:
        loop.call_later(seconds, act)


def _upload(context: Context, job: Job) -> Answer:
    if job.state != bulk_jobs.OPEN or job.source:
        raise Refusal(400, "INVALIDJOBSTATE", "Job is not open for an upload, or has its data already")
    if context.request.content_type != "text/csv":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Only text/csv is accepted for job data")
    job.source = context.request.body
    return Answer(201)


def _results(context: Context, job: Job) -> Answer:
    """One part of a query job's rows; `Sforce-Locator` leads to the next and says `null` at the end."""
    if job.state != bulk_jobs.COMPLETE:
        raise Refusal(400, "INVALIDJOBSTATE", f"Job is not complete: {job.state}")
    asked = context.request.query
    start = _offset(asked.get("locator", ""))
    most = asked.get("maxRecords", "")
    end = start + (max(1, min(int(most), _MOST_ROWS)) if most.isdigit() else _MOST_ROWS)
    part = job.rows[start:end]
    rest = "null" if end >= len(job.rows) else base64.urlsafe_b64encode(str(end).encode()).decode().rstrip("=")
    headers = ((b"sforce-locator", rest.encode()), (b"sforce-numberofrecords", str(len(part)).encode()))
    return _csv(job, [job.header, *part], headers)


def _offset(locator: str) -> int:
    if locator in ("", "null"):
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None


def _outcomes(job: Job, which: str) -> Answer:
    rows = {
        "successfulResults": [["sf__Id", "sf__Created", *job.header], *job.successes],
        "failedResults": [["sf__Id", "sf__Error", *job.header], *job.failures],
        "unprocessedRecords": [list(job.header), *job.untouched],
    }[which]
    return _csv(job, rows)


def _csv(job: Job, rows: Sequence[Sequence[str]], headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=DELIMITERS[job.delimiter], lineterminator=ENDINGS[job.ending], quoting=csv.QUOTE_ALL
    )
    writer.writerows(rows)
    return Answer(200, text.getvalue().encode(), ((b"content-type", b"text/csv;charset=UTF-8"), *headers))
