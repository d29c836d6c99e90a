"""What a SOQL query says, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Path:
    """A field, reached through lookups: `Account.Owner.Name` has three parts. `at` is where it stands in the text."""

    parts: Sequence[str]
    at: int

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value to compare with. `kind`: string, number, boolean, null, date, datetime, span or money."""

    kind: str
    value: object
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """`path op value`; `op` is one of = != < <= > >= like."""

    path: Path
    op: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Among:
    """`path [NOT] IN (...)`, or INCLUDES / EXCLUDES with `many` set; `values` may be a query on another object."""

    path: Path
    values: Sequence[Literal] | Query
    negated: bool
    many: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """All (`AND`) or any (`OR`) of several conditions."""

    word: str
    parts: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Nay:
    """`NOT condition`."""

    part: Condition


Condition: TypeAlias = "Compare | Among | Both | Nay"


@dataclass(frozen=True, slots=True)
class Fold:
    """An aggregate: COUNT, COUNT_DISTINCT, SUM, AVG, MIN or MAX of a field; `path` is None for COUNT()."""

    word: str
    path: Path | None
    alias: str


@dataclass(frozen=True, slots=True)
class AllFields:
    """`FIELDS(ALL | STANDARD | CUSTOM)`."""

    which: str
    at: int


Selected: TypeAlias = "Path | Fold | AllFields | Query"


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `source` is an object, or a child relationship in a subquery."""

    select: Sequence[Selected]
    source: str
    source_at: int
    where: Condition | None = None
    group: Sequence[Path] = ()
    order: Sequence[Order] = ()
    limit: int | None = None
    offset: int = 0
    text: str = ""
