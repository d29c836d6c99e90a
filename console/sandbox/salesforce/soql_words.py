"""The words of SOQL: a query text cut into tokens that remember where they stood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from console.sandbox.salesforce.refusal import Refusal

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
    | (?P<money>[A-Z]{3}-?\d+(?:\.\d+)?(?![\w]))
    | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w]))
    | (?P<word>[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*(?::\d+)?)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Token(NamedTuple):
    """One word: its kind (`string`, `word`, `sign`, ... or `end`), its text and where it begins."""

    kind: str
    text: str
    at: int


def malformed(query: str, at: int, what: str) -> Refusal:
    """The vendor's three-line complaint: the query, a caret, and where."""
    return Refusal(400, "MALFORMED_QUERY", pointed(query, at, what))


def pointed(query: str, at: int, what: str) -> str:
    start = max(0, at - 30)
    shown = query[start : at + 30].replace("\n", " ")
    return f"\n{shown}\n{' ' * (at - start)}^\nERROR at Row:1:Column:{at + 1}\n{what}"


def tokens(query: str) -> Sequence[Token]:
    """The query's words, closed by an `end` token. Raises MALFORMED_QUERY at a sign SOQL does not know."""
    found: list[Token] = []
    at = 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            if not query[at:].strip():
                break
            raise malformed(query, at, _unknown(query[at:].lstrip()))
        kind = match.lastgroup or "end"
        found.append(Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    found.append(Token("end", "<EOF>", len(query)))
    return found


def _unknown(rest: str) -> str:
    if rest.startswith("'"):
        return "line 1: unterminated string: the quote is not closed"
    return f"unexpected character '{rest[0]}'"


def unquoted(text: str) -> str:
    """The value of a string literal: without its quotes and escapes."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group(1)), text[1:-1])
