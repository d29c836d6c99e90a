"""Several requests in one: `/composite` with references, `/composite/batch`, and `/composite/tree`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.salesforce.context import Context
from console.sandbox.salesforce.refusal import Refusal
from console.sandbox.salesforce.store import Unit
from console.sandbox.salesforce.writing import Writer, table_of

Serve = Callable[[Request], Answer]
"""Answers one subrequest as if it had come alone."""

_MOST = 25
_MOST_QUERIES = 5
_MOST_TREE = 200
_REFERENCE = re.compile(r"@\{([^}]+)\}")
_HEAVY = re.compile(r"/(query|queryAll|composite/sobjects)(/|\?|$)")
_STEP = re.compile(r"[^.\[\]]+")


def composite(context: Context, serve: Serve) -> Answer:
    """`POST /composite`: subrequests in order, each able to name the answers before it."""
    body = context.body()
    parts = _parts(body, "compositeRequest")
    if sum(1 for each in parts if _HEAVY.search(str(each.get("url")))) > _MOST_QUERIES:
        raise Refusal(400, "LIMIT_EXCEEDED", f"cannot have more than {_MOST_QUERIES} query or collection subrequests")
    if body.get("allOrNone") is not True:
        return as_json(200, {"compositeResponse": _in_order(context, parts, serve)})
    org = context.view.org
    org.begin_together()
    answers: list[dict[str, Any]] = []
    try:
        answers = _in_order(context, parts, serve, until_failure=True)
    finally:
        well = len(answers) == len(parts) and not _failed(answers[-1])
        org.end_together(well)
    return as_json(200, {"compositeResponse": answers if well else _halted(parts, answers)})


def _parts(body: Mapping[str, Any], name: str) -> Sequence[dict[str, Any]]:
    parts = body.get(name)
    if not isinstance(parts, list) or not parts or not all(isinstance(each, dict) for each in parts):
        raise Refusal(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{name}]", (name,))
    if len(parts) > _MOST:
        raise Refusal(400, "LIMIT_EXCEEDED", f"the maximum number of subrequests, {_MOST}, is exceeded")
    return parts


def _failed(answer: Mapping[str, Any]) -> bool:
    return int(answer["httpStatusCode"]) >= 400


def _in_order(
    context: Context, parts: Sequence[dict[str, Any]], serve: Serve, until_failure: bool = False
) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    bodies: dict[str, Any] = {}
    for part in parts:
        answer = _answered(context, part, bodies, serve)
        bodies[str(part.get("referenceId"))] = answer["body"]
        answers.append(answer)
        if until_failure and _failed(answer):
            break
    return answers


def _answered(context: Context, part: Mapping[str, Any], bodies: Mapping[str, Any], serve: Serve) -> dict[str, Any]:
    reference = part.get("referenceId")
    try:
        url = _filled(str(part.get("url", "")), bodies)
        inner = _request(context, str(part.get("method", "GET")), url, _filled(part.get("body"), bodies))
        answer = serve(inner)
    except Refusal as refusal:
        answer = as_json(refusal.status, refusal.body())
    location = next((value.decode() for name, value in answer.headers if name == b"location"), "")
    return {
        "body": orjson.loads(answer.body) if answer.body else None,
        "httpHeaders": {"Location": location} if location else {},
        "httpStatusCode": answer.status,
        "referenceId": reference,
    }


def _request(context: Context, method: str, url: str, body: Any) -> Request:
    """A subrequest as if it had come alone, with the headers of the whole."""
    parts = urlsplit(url)
    return Request(
        method=method.upper(),
        segments=[unquote(each) for each in parts.path.split("/") if each],
        query_string=parts.query,
        headers={**context.request.headers, "content-type": "application/json"},
        body=b"" if body is None else orjson.dumps(body),
        origin=context.request.origin,
    )


def _filled(value: Any, bodies: Mapping[str, Any]) -> Any:
    """The value with every `@{ref.path}` replaced. Raises PROCESSING_HALTED when a reference leads nowhere."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _looked_up(whole[1], bodies)
        return _REFERENCE.sub(lambda found: str(_looked_up(found[1], bodies)), value)
    if isinstance(value, dict):
        return {name: _filled(each, bodies) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, bodies) for each in value]
    return value


def _looked_up(text: str, bodies: Mapping[str, Any]) -> Any:
    first, *steps = _STEP.findall(text)
    here: Any = bodies.get(first)
    try:
        for step in steps:
            here = here[int(step)] if isinstance(here, list) else here[step]
    except (KeyError, IndexError, ValueError, TypeError):
        raise Refusal(
            400,
            "PROCESSING_HALTED",
            f"Invalid reference specified. No value for {text} found in {first}",
        ) from None
    return here


def _halted(parts: Sequence[Mapping[str, Any]], answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All or none: only the one that failed keeps its own error."""
    why = "The transaction was rolled back since another operation in the same transaction failed."
    error = Refusal(400, "PROCESSING_HALTED", why)
    halted: list[dict[str, Any]] = [
        {"body": error.body(), "httpHeaders": {}, "httpStatusCode": 400, "referenceId": each.get("referenceId")}
        for each in parts
    ]
    if answers and _failed(answers[-1]):
        halted[len(answers) - 1] = answers[-1]
    return halted


def batch(context: Context, serve: Serve) -> Answer:
    """`POST /composite/batch`: up to 25 independent subrequests; `haltOnError` skips those after a failure."""
    body = context.body()
    results: list[dict[str, Any]] = []
    halted = False
    for part in _parts(body, "batchRequests"):
        if halted:
            skipped = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]
            results.append({"statusCode": 412, "result": skipped})
            continue
        url = str(part.get("url", ""))
        inner = _request(context, str(part.get("method", "GET")), _rooted(url), part.get("richInput"))
        answer = serve(inner)
        results.append({"statusCode": answer.status, "result": orjson.loads(answer.body) if answer.body else None})
        halted = body.get("haltOnError") is True and answer.status >= 400
    return as_json(200, {"hasErrors": any(each["statusCode"] >= 400 for each in results), "results": results})


def _rooted(url: str) -> str:
    """Batch addresses begin at the version (`v62.0/sobjects/...`)."""
    return url if url.startswith("/") else f"/services/data/{url}"


def tree(context: Context, kind: str) -> Answer:
    """`POST /composite/tree/<kind>`: up to 200 records with their children, all or none."""
    roots = context.body().get("records")
    if not isinstance(roots, list) or not roots:
        raise Refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [records]", ("records",))
    unit = Unit()
    planter = _Planter(Writer(context.view, unit))
    try:
        for each in roots:
            planter.plant(kind, each, {})
    except Refusal as refusal:
        context.view.org.take_back(unit)
        error = {"statusCode": refusal.code, "message": refusal.message, "fields": list(refusal.fields or ())}
        return as_json(400, {"hasErrors": True, "results": [{"referenceId": planter.reference, "errors": [error]}]})
    context.view.org.keep(unit)
    return as_json(201, {"hasErrors": False, "results": planter.planted})


class _Planter:
    """Creates a tree of records, parents first; `reference` is the one at hand."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.reference = ""
        self.planted: list[dict[str, str]] = []

    def plant(self, kind: str, node: Mapping[str, Any], link: Mapping[str, str]) -> None:
        table = table_of(self.writer.view, kind)
        self.reference = str(node.get("attributes", {}).get("referenceId", ""))
        if len(self.planted) >= _MOST_TREE:
            raise Refusal(400, "LIMIT_EXCEEDED", f"cannot have more than {_MOST_TREE} records in one tree request", ())
        children = {name: value for name, value in node.items() if isinstance(value, dict) and "records" in value}
        body = {name: value for name, value in node.items() if name not in children}
        made = self.writer.create(table, {**body, **link})
        self.planted.append({"referenceId": self.reference, "id": made})
        for relation, below in children.items():
            name, field = self._link(table.shape.name, relation)
            for each in below["records"]:
                self.plant(name, each, {field: made})

    def _link(self, kind: str, relation: str) -> tuple[str, str]:
        for there in self.writer.org.tables.values():
            for field in there.shape.fields:
                if field.to == kind and field.children.lower() == relation.lower():
                    return there.shape.name, field.name
        raise Refusal(400, "INVALID_FIELD", f"No such column '{relation}' on sobject of type {kind}", ())
