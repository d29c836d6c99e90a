"""Reads a request body: JSON, or a Rails form whose names nest with brackets."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import orjson

from console.sandbox.answering import Request
from console.sandbox.kantata.refusal import Refusal

_PARTS = re.compile(r"\[([^\]]*)\]")


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object. Raises a system error when it is neither JSON nor a form."""
    if not request.body:
        return {}
    if request.content_type == "application/json":
        return _json(request.body)
    if request.content_type in ("application/x-www-form-urlencoded", ""):
        return rails(request.body.decode("utf-8", "replace"))
    raise Refusal(400, "system", f"Content type {request.content_type} is not supported")


def _json(raw: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Refusal(400, "system", "There was a problem in the JSON you submitted") from None
    if not isinstance(value, dict):
        raise Refusal(400, "system", "The request body must be a JSON object")
    return value


def rails(text: str) -> dict[str, Any]:
    """`time_entry[notes]=x&ids[]=1&a[][b]=2` as nested objects and lists."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, bracket, _ = name.partition("[")
        _place(found, [head, *_PARTS.findall(name[len(head) :])] if bracket else [head], value)
    return found


def _place(into: dict[str, Any], path: list[str], value: str) -> None:
    first, *rest = path
    if not rest:
        into[first] = value
    elif rest[0] == "":
        items = into.setdefault(first, [])
        if isinstance(items, list):
            _append(items, rest[1:], value)
    else:
        inner = into.setdefault(first, {})
        if isinstance(inner, dict):
            _place(inner, rest, value)


def _append(items: list[Any], path: list[str], value: str) -> None:
    """`a[]=x` adds a value; `a[][b]=x` fills the last object until a name comes again."""
    if not path:
        items.append(value)
        return
    if not items or not isinstance(items[-1], dict) or path[0] in items[-1]:
        items.append({})
    _place(items[-1], path, value)
