"""Bulk API tables: CSV with the types of the fields put back, and rows of ours as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from console.platforms.salesforce.cursor import stamp_of
from console.platforms.salesforce.shape import Shape

NULL = "#N/A"
_LONGEST_CELL = 10 * 1024 * 1024


def rows_of(body: bytes, shape: Shape) -> Iterator[dict[str, Any]]:
    """The rows of a query result in the same form a REST page has: typed values, parents as objects."""
    csv.field_size_limit(_LONGEST_CELL)
    table = csv.reader(io.StringIO(body.decode("utf-8-sig", "replace"), newline=""))
    head = next(table, [])
    columns = [(name.split("."), _typed(shape.type_of(name))) for name in head]
    for cells in table:
        if cells:
            yield _row(columns, cells)


def _row(columns: Sequence[tuple[list[str], Callable[[str], Any]]], cells: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for (path, typed), cell in zip(columns, cells, strict=False):
        value = typed(cell) if cell != "" else None
        if len(path) == 1:
            row[path[0]] = value
        else:
            _put_parent(row, path, value)
    return row


def _put_parent(row: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """A parent's field; a parent of whom nothing is known stays null, as in a REST page."""
    if value is None:
        row.setdefault(path[0], None)
        return
    parent = row.get(path[0]) or {}
    row[path[0]] = {**parent, ".".join(path[1:]): value}


def plain_rows(body: bytes) -> Iterator[dict[str, str]]:
    """The rows of an ingest result, all text."""
    csv.field_size_limit(_LONGEST_CELL)
    table = csv.DictReader(io.StringIO(body.decode("utf-8-sig", "replace"), newline=""))
    for row in table:
        yield {name: value or "" for name, value in row.items() if isinstance(name, str)}


def _typed(kind: str) -> Callable[[str], Any]:
    match kind:
        case "boolean":
            return lambda cell: cell.strip().lower() == "true"
        case "double" | "currency" | "percent":
            return _number
        case "int" | "long":
            return _whole
        case "datetime":
            return _moment
        case _:
            return lambda cell: cell


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _whole(cell: str) -> int | str:
    try:
        return int(cell)
    except ValueError:
        return cell


def _moment(cell: str) -> str:
    """A time as a REST page writes it, so that a record has one version however it was read."""
    moment = stamp_of(cell)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000" if moment else cell


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Rows as CSV with LF line ends; a null is `#N/A`, a column a row lacks stays unchanged."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\n")
    write.writerow(columns)
    for row in rows:
        write.writerow([_cell(row[name]) if name in row else "" for name in columns])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None or value == "":
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
