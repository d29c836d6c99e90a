"""Kantata's side-loaded answers: the rows a request asked for, in order, told apart from the rows beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.wire.answer import Answer
from console.wire.faults import Unexpected
from console.words import _

Row = dict[str, Any]
Beside = Mapping[str, Mapping[str, Row]]

_NOTHING: dict[str, Row] = {}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer taken apart: `rows` as `results` lists them, `total` of the whole query (-1 when not told).

    `beside` holds every collection by id; `suspect` says that a row may be too large or had to be mended.
    """

    rows: Sequence[Row]
    total: int
    beside: Beside
    suspect: bool = False
    trace_id: str = ""


def opened(answer: Answer, path: str) -> Page:
    """The page in an answer about the collection `path`; raises `Unexpected` when it is no envelope."""
    body = answer.json_object()
    results = body.get("results")
    listed = _collection(body.get(path))
    if not isinstance(results, list | None) or (results is None and path not in body):
        raise Unexpected(
            _("Kantata's answer about {path} holds no results.", path=path),
            _("Check the address of the connection: it must be Kantata's own API."),
            trace_id=answer.trace_id,
        )
    rows = list(listed.values()) if not isinstance(results, list) else _in_order(results, listed, path)
    beside = {name: _collection(value) for name, value in body.items() if name not in ("results", "meta", "count")}
    return Page(rows, _total(body), beside, answer.suspect, answer.trace_id)


def _collection(value: Any) -> Mapping[str, Row]:
    """A collection keyed by text ids, whether it came as an object or as a list."""
    if type(value) is dict:
        return value
    if isinstance(value, list):
        return {str(row["id"]): row for row in value if isinstance(row, dict) and row.get("id") is not None}
    return _NOTHING


def _in_order(results: Sequence[Any], listed: Mapping[str, Row], path: str) -> list[Row]:
    rows: list[Row] = []
    for entry in results:
        if type(entry) is not dict or entry.get("key", path) != path:
            continue
        number = entry.get("id")
        name = number if type(number) is str else str(number)
        row = listed.get(name)
        if type(row) is not dict:
            row = {}
        if row.get("id") is None and number is not None:
            row["id"] = name
        rows.append(row)
    return rows


def _total(body: Mapping[str, Any]) -> int:
    meta = body.get("meta")
    for holder in (body, meta if isinstance(meta, dict) else {}):
        count = holder.get("count")
        if isinstance(count, int) and not isinstance(count, bool):
            return count
    return -1


def id_of(value: Any) -> str:
    """An id as text, whether the vendor sent a string or a number; empty when there is none."""
    if type(value) is str:
        return value
    return str(value) if type(value) is int else ""
