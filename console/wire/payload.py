"""Reads a platform's JSON, also when one record in it is broken: the rest of the page must not be lost."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from console.words import _

RECORD_LIMIT = 10 * 1024 * 1024
"""Bytes of JSON above which a single record is held."""
DEPTH_LIMIT = 100
"""Levels of nesting above which a record is held; no platform we know nests deeper than a dozen."""
CUT = "… nested too deeply, cut …"
_BOXES = frozenset((dict, list))
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class NotJson(ValueError):
    """The text is no JSON document, or only the beginning of one."""


def parse(body: bytes) -> tuple[Any, bool]:
    """The value, and whether it had to be mended.

    Mended values keep their text where a number should stand (`NaN`, `Infinity`, 1e400 become texts, which no money
    or date field accepts) and `CUT` where nesting passed `DEPTH_LIMIT`; raises `NotJson` when nothing helps.
    """
    try:
        return orjson.loads(body), False
    except (orjson.JSONDecodeError, RecursionError):
        return _mended(body), True


def _mended(body: bytes) -> Any:
    text = _cut_deep(body).decode("utf-8-sig", "replace")
    try:
        return json.loads(text, parse_constant=str, parse_float=_finite)
    except (ValueError, RecursionError) as broken:
        raise NotJson(str(broken)[:200]) from None


def _finite(token: str) -> float | str:
    number = float(token)
    return token if number in (float("inf"), float("-inf")) else number


def _cut_deep(body: bytes) -> bytes:
    """The document with every value below `DEPTH_LIMIT` levels replaced by `CUT`."""
    depth, kept_to, pieces = 0, 0, []
    for token in _TOKENS.finditer(body):
        mark = body[token.start()]
        if mark in b"[{":
            depth += 1
            if depth == DEPTH_LIMIT + 1:
                pieces.append(body[kept_to : token.start()] + json.dumps(CUT).encode())
        elif mark in b"]}":
            depth -= 1
            if depth == DEPTH_LIMIT:
                kept_to = token.end()
    if not pieces:
        return body
    return b"".join(pieces) + (body[kept_to:] if depth <= DEPTH_LIMIT else b"")


def nested_too_deeply(value: dict[str, Any] | list[Any], limit: int = DEPTH_LIMIT) -> bool:
    """Whether a JSON object or array nests deeper than `limit` levels, found without recursion."""
    level: list[Any] = [value]
    for _level in range(limit + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in _BOXES and inner
        ]
        if not level:
            return False
    return True


def pruned(value: Any, limit: int = DEPTH_LIMIT) -> Any:
    """The value with everything below `limit` levels replaced by `CUT`, so that it can be stored."""
    if isinstance(value, dict):
        return {name: pruned(inner, limit - 1) for name, inner in value.items()} if limit else CUT
    if isinstance(value, list):
        return [pruned(inner, limit - 1) for inner in value] if limit else CUT
    return value


def trouble_in(value: Any) -> str:
    """A sentence when one record is too large or too deep to be held, else an empty text. Reads it all: be sparing."""
    if nested_too_deeply(value, DEPTH_LIMIT - 1):
        return _("The record is nested more than {limit} levels deep.", limit=DEPTH_LIMIT)
    text = orjson.dumps(value)
    if len(text) > RECORD_LIMIT:
        size = len(text) // (1024 * 1024)
        return _("The record is {size} MB large; at most 10 MB are kept.", size=size)
    if orjson.dumps(CUT) in text:
        return _("The record is nested more than {limit} levels deep.", limit=DEPTH_LIMIT)
    return ""
