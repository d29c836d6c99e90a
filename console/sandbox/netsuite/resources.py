"""The record API: collections, instances, sublists, upserts by external id, transforms and asynchronous batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson

from console.sandbox.answering import Answer
from console.sandbox.faults import FaultPlan
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.catalogue import TYPES
from console.sandbox.netsuite.filtering import condition_of
from console.sandbox.netsuite.jobs import Queue, Work
from console.sandbox.netsuite.metadata import catalogue_json, openapi_json
from console.sandbox.netsuite.refusals import Refusal, bad_id, bad_parameter, not_found, unreadable, user_error
from console.sandbox.netsuite.request import Request
from console.sandbox.netsuite.shape import View, collection_json, line_json, record_json, sublist_json
from console.sandbox.netsuite.store import Record, internal_id, plain_type
from console.sandbox.netsuite.writing import Writer

MOST_PER_PAGE = 1000
_MOST_PER_BATCH = 100
HALVED = frozenset(
    {"customer", "contact", "job", "projectTask", "timeBill", "charge", "invoice", "creditMemo", "customerPayment"}
)
"""Record types of which a role that sees half sees those with an even id."""
_TYPE = "application/vnd.oracle.resource+json; type="
_TRANSFORMS = {
    ("customer", "invoice"): "entity",
    ("customer", "customerPayment"): "customer",
    ("invoice", "customerPayment"): "customer",
    ("invoice", "creditMemo"): "entity",
}


def _typed(status: int, kind: str, value: Any) -> Answer:
    return Answer(status, orjson.dumps(value), [(b"content-type", f"{_TYPE}{kind}".encode())])


def refused(refusal: Refusal) -> Answer:
    """A refusal as it goes over the wire."""
    headers = [(b"content-type", f"{_TYPE}error".encode())]
    if refusal.location:
        headers += [(b"location", refusal.location.encode()), (b"preference-applied", b"respond-async")]
    return Answer(refusal.status, refusal.body(), headers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One record request after its path was read: the record type, the rest of the path, whether half is seen."""

    request: Request
    kind: str
    rest: Sequence[str]
    half: bool

    @property
    def view(self) -> View:
        query = self.request.query
        return View(
            self.request.origin,
            expand=query.get("expandSubResources", "").lower() == "true",
            fields=frozenset(each for each in query.get("fields", "").split(",") if each),
            plain_choices=query.get("simpleEnumFormat", "").lower() == "true",
        )

    @property
    def strict(self) -> bool:
        return self.request.headers.get("x-netsuite-propertynamevalidation", "").lower() == "error"

    @property
    def replace(self) -> frozenset[str]:
        return frozenset(each.strip() for each in self.request.query.get("replace", "").split(",") if each.strip())

    @property
    def form(self) -> str:
        """Which kind of resource the path names: a collection, an instance, a transform, or something below."""
        if len(self.rest) == 3 and self.rest[1] == "!transform":
            return "transform"
        return ("collection", "instance", "below")[min(len(self.rest), 2)]

    @property
    def name(self) -> str:
        """The external id of `eid:...`; a refusal for an internal id, which an upsert does not take."""
        if not self.rest[0].startswith("eid:"):
            raise bad_id(self.rest[0], self.request.path)
        return self.rest[0][4:]

    @property
    def is_async(self) -> bool:
        return "respond-async" in self.request.headers.get("prefer", "").lower()


class Resources:
    """Everything under `/services/rest/record/v1`."""

    def __init__(self, books: Books, writer: Writer, queue: Queue, faults: FaultPlan) -> None:
        self._books = books
        self._writer = writer
        self._queue = queue
        self._faults = faults
        self._acts: Mapping[tuple[str, str], Callable[[_Asked], Answer]] = {
            ("GET", "collection"): self._list,
            ("POST", "collection"): lambda asked: self._create(asked, asked.request.json()),
            **{(method, "collection"): _refuse_now for method in ("PUT", "PATCH", "DELETE")},
            ("GET", "instance"): self._read,
            ("PUT", "instance"): lambda asked: self._upsert(asked, asked.name, asked.request.json()),
            ("PATCH", "instance"): lambda asked: self._update(asked, self._found(asked), asked.request.json()),
            ("DELETE", "instance"): self._delete,
            ("GET", "below"): self._read,
            ("POST", "transform"): self._transform,
        }

    def answer(self, request: Request, path: Sequence[str]) -> Answer:
        """The answer to a request, `path` being what follows `v1`; raises the platform's refusal."""
        if path[:1] == ["metadata-catalog"]:
            return self._metadata(request, path[1:])
        kind = plain_type(path[0]) if path else None
        if kind is None:
            raise Refusal(
                404, "NONEXISTENT_RECORD_TYPE", f"Record type '{'/'.join(path)}' does not exist.", url=request.path
            )
        half = kind in HALVED and self._faults.wants("half_role", kind)
        asked = _Asked(request, kind, path[1:], half)
        if asked.is_async:
            return self._queue.submit(self._works(asked), request.headers.get("x-netsuite-idempotency-key", ""))
        return self._now(asked)

    def _now(self, asked: _Asked) -> Answer:
        method = "GET" if asked.request.method == "HEAD" else asked.request.method
        act = self._acts.get((method, asked.form))
        if act is None:
            raise Refusal(405, "METHOD_NOT_ALLOWED", f"Method {method} is not allowed for this resource.")
        return act(asked)

    def _works(self, asked: _Asked) -> list[Work]:
        """What an asynchronous request will do: one thing, or one thing per item of a batch."""
        if asked.rest or asked.request.method not in ("POST", "PUT", "PATCH", "DELETE"):
            return [partial(_answered, partial(self._now, asked))]
        if asked.request.method == "DELETE":
            ids = asked.request.query.get("ids", asked.request.query.get("id", ""))
            bodies: list[Mapping[str, Any]] = [{"id": each} for each in ids.split(",") if each]
        else:
            body = asked.request.json()
            items = body.get("items") if isinstance(body, dict) else None
            if items is None:
                return [partial(_answered, partial(self._now, asked))]
            bodies = items if isinstance(items, list) else []
        if not 1 <= len(bodies) <= _MOST_PER_BATCH:
            raise unreadable(f"A batch holds 1 to {_MOST_PER_BATCH} items.", "items")
        return [partial(_answered, partial(self._one_of_batch, asked, each)) for each in bodies]

    def _one_of_batch(self, asked: _Asked, body: Mapping[str, Any]) -> Answer:
        method = asked.request.method
        if method == "POST":
            return self._create(asked, body)
        if method == "PUT":
            return self._upsert(asked, str(body.get("externalId", "")), body)
        named = str(body["id"]) if "id" in body else f"eid:{body.get('externalId', '')}"
        record = self._by_name(asked, named)
        if method == "PATCH":
            return self._update(asked, record, body)
        self._writer.delete(record)
        return Answer(204)

    def _delete(self, asked: _Asked) -> Answer:
        self._writer.delete(self._found(asked))
        return Answer(204)

    def _found(self, asked: _Asked) -> Record:
        return self._by_name(asked, asked.rest[0])

    def _by_name(self, asked: _Asked, name: str) -> Record:
        """The record behind an internal id or `eid:`; raises 404 for what is not there or not seen."""
        store = self._books.store
        if name.startswith("eid:"):
            record = store.by_external(asked.kind, name[4:])
        elif (number := internal_id(name)) is not None:
            record = store.get(asked.kind, number)
        else:
            raise bad_id(name, asked.request.path)
        if record is None or (asked.half and record.id % 2):
            raise not_found()
        return record

    def _list(self, asked: _Asked) -> Answer:
        query = asked.request.query
        limit, offset = page_of(query)
        test = condition_of(asked.kind, query["q"], self._books.zone) if query.get("q") else None
        found = [
            each
            for each in self._books.store.all(asked.kind)
            if not (asked.half and each.id % 2) and (test is None or test(each))
        ]
        if offset and offset >= len(found):
            raise Refusal(404, "NONEXISTENT_OFFSET", "Specified offset is out of bounds.", query="offset")
        found.sort(key=lambda each: each.id)
        view = asked.view
        items = [
            {"links": view.href(each.type, each.id), "id": str(each.id)} for each in found[offset : offset + limit]
        ]
        url = f"{asked.request.origin}{asked.request.path}"
        kept = {"q": quote(query["q"])} if query.get("q") else {}
        return _typed(200, "collection", collection_json(url, kept, items, len(found), limit, offset))

    def _read(self, asked: _Asked) -> Answer:
        record, view = self._found(asked), asked.view
        if self._faults.wants("drift", asked.kind):
            view = View(view.base, view.expand, view.fields, view.plain_choices, drifted=True)
        if len(asked.rest) == 1:
            return _typed(200, "singular", record_json(self._books.store, record, view))
        name = asked.rest[1]
        if name not in TYPES[asked.kind].sublists or len(asked.rest) > 3:
            raise not_found()
        if len(asked.rest) == 2:
            return _typed(200, "collection", self._sublist(record, name, view))
        place = self._place(record, name, asked.rest[2])
        return _typed(200, "singular", line_json(self._books.store, record, name, place, view))

    def _sublist(self, record: Record, name: str, view: View) -> Mapping[str, Any]:
        if view.expand:
            return sublist_json(self._books.store, record, name, view)
        items = [
            {"links": line_json(self._books.store, record, name, place, view)["links"]}
            for place in range(len(record.lines.get(name, [])))
        ]
        return {"links": view.href(record.type, record.id, name), "items": items, "totalResults": len(items)}

    def _place(self, record: Record, name: str, number: str) -> int:
        for place, line in enumerate(record.lines.get(name, [])):
            if str(line.get("line", line.get("id", place + 1))) == number:
                return place
        raise not_found()

    def _create(self, asked: _Asked, body: Any) -> Answer:
        record, ignored = self._writer.create(asked.kind, _object(body), strict=asked.strict)
        return self._written(asked, record, ignored)

    def _update(self, asked: _Asked, record: Record, body: Any) -> Answer:
        record, ignored = self._writer.update(record, _object(body), strict=asked.strict, replace=asked.replace)
        return self._written(asked, record, ignored)

    def _upsert(self, asked: _Asked, external_id: str, body: Any) -> Answer:
        known = self._books.store.by_external(asked.kind, external_id)
        if known is not None and asked.half and known.id % 2:
            raise user_error("This record already exists.", "externalId")
        body = _object(body)
        record, ignored = self._writer.upsert(asked.kind, external_id, body, strict=asked.strict, replace=asked.replace)
        return self._written(asked, record, ignored)

    def _transform(self, asked: _Asked) -> Answer:
        """Make one record of another: whom it is for is taken over, the body adds the rest."""
        target = plain_type(asked.rest[2]) or ""
        name = _TRANSFORMS.get((asked.kind, target))
        if name is None:
            raise Refusal(400, "INVALID_REQUEST", f"{asked.kind} cannot be transformed to {asked.rest[2]}.")
        source = self._found(asked)
        body: dict[str, Any] = dict(_object(asked.request.json()))
        body.setdefault(name, {"id": source.values["entity"] if source.type == "invoice" else source.id})
        if source.type == "invoice":
            body.setdefault("apply", {"items": [{"doc": {"id": source.id}, "apply": True}]})
        record, ignored = self._writer.create(target, body, strict=asked.strict)
        return self._written(asked, record, ignored)

    def _written(self, asked: _Asked, record: Record, ignored: Sequence[str]) -> Answer:
        href = View(asked.request.origin).href(record.type, record.id)[0]["href"]
        headers = [(b"location", href.encode())]
        if ignored:
            told = "; ".join(f"Unknown property name: {name}" for name in ignored)
            headers.append((b"x-netsuite-propertyvalidation", told.encode("ascii", "replace")))
        return Answer(204, b"", headers)

    def _metadata(self, request: Request, path: Sequence[str]) -> Answer:
        if not path:
            wanted = request.query.get("select", "")
            names = [kind for each in wanted.split(",") if (kind := plain_type(each))] if wanted else list(TYPES)
            if "swagger" in request.headers.get("accept", ""):
                return Answer(
                    200,
                    orjson.dumps(openapi_json(request.origin, names)),
                    [(b"content-type", b"application/swagger+json")],
                )
            return _typed(200, "collection", catalogue_json(request.origin, names))
        kind = plain_type(path[0])
        if kind is None or len(path) > 1:
            raise not_found()
        return Answer(
            200, orjson.dumps(openapi_json(request.origin, [kind])), [(b"content-type", b"application/swagger+json")]
        )


def _refuse_now(asked: _Asked) -> Answer:
    raise bad_header("The operation is supported only as an asynchronous request.", "Prefer")


def _answered(work: Work) -> Answer:
    try:
        return work()
    except Refusal as refusal:
        return refused(refusal)


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise unreadable("The request body must be a JSON object.")
    return body


def bad_header(words: str, name: str) -> Refusal:
    return Refusal(400, "INVALID_HEADER", words, header=name)


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """Limit (1000 when not said, and at most) and offset, which must be a multiple of the limit."""
    limit, offset = (_count(query, name, usual) for name, usual in (("limit", MOST_PER_PAGE), ("offset", 0)))
    if not 1 <= limit <= MOST_PER_PAGE:
        raise bad_parameter(
            f"Invalid value for the query parameter limit. Provide a number between 1 and {MOST_PER_PAGE}.", "limit"
        )
    if offset < 0 or offset % limit:
        raise bad_parameter(
            "Invalid value for the query parameter offset. It must be divisible by the limit.", "offset"
        )
    return limit, offset


def _count(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not text.isdecimal() or len(text) > 9:
        raise bad_parameter(f"Invalid value for the query parameter {name}.", name)
    return int(text)
