"""What the verbs print: one JSON object for programs, short lines for people, faults on the error stream."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import typer


@dataclass(slots=True)
class Refusal(Exception):
    """A verb ends with exit code 1 and this sentence."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


_UNSAFE = [each for each in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
"""Characters that command a terminal or turn the direction of what follows."""
_IN_JSON = {each: f"\\u{each:04x}" for each in _UNSAFE if each >= 0x7F}
_ON_TERMINAL = {each: f"\\u{each:04x}" for each in _UNSAFE if chr(each) not in "\n\t"}


def safe(text: str) -> str:
    """The text with characters that command a terminal written out; names come from other people's systems."""
    return text.translate(_ON_TERMINAL)


def say_json(value: object) -> None:
    """One JSON document on one line."""
    typer.echo(orjson.dumps(value, default=str).decode().translate(_IN_JSON))


def say(sentence: str) -> None:
    typer.echo(safe(sentence))


def say_fault(sentence: str) -> None:
    typer.echo(safe(sentence), err=True)


def say_rows(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> None:
    """Rows as a plain table: as wide as needed, numbers to the right."""
    names = list(columns)
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    widths = [max([len(name), *(len(line[at]) for line in cells)]) for at, name in enumerate(names)]
    typer.echo("  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True)).rstrip())
    for row, line in zip(rows, cells, strict=True):
        shown = (
            text.rjust(width) if isinstance(row.get(name), int) else text.ljust(width)
            for name, text, width in zip(names, line, widths, strict=True)
        )
        typer.echo("  ".join(shown).rstrip())


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case Mapping():
            return ", ".join(f"{name} {_cell(each)}" for name, each in value.items())
        case list() | tuple():
            return ", ".join(_cell(each) for each in value)
        case str():
            return safe(value.replace("\n", " ").replace("\t", " "))
    return safe(str(value))


class Progress:
    """One line on the error stream that says what is being done; silent where nobody looks."""

    def __init__(self, quiet: bool = False) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._last = ""

    def __call__(self, title: str, done: int, total: int | None) -> None:
        if not self._shown:
            return
        of = f" of {total:,}" if total else ""
        line = safe(f"{title}: {done:,}{of}")
        sys.stderr.write("\r" + line.ljust(len(self._last)))
        sys.stderr.flush()
        self._last = line

    def end(self) -> None:
        if self._shown and self._last:
            sys.stderr.write("\r" + " " * len(self._last) + "\r")
            self._last = ""
