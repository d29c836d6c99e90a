"""One row of the bench: what we took, what a named peer took, their ratio and the bar it has to hold."""

from __future__ import annotations

import operator
from dataclasses import asdict, dataclass
from typing import Any

MOST, LEAST = "<=", ">="
_HOLDS = {MOST: operator.le, LEAST: operator.ge}


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` and `theirs` are in `unit`; `ratio` is ours / theirs and has to be `sense` `bar`.

    `theirs` is None where there is no peer (the ratio is then ours) or where `note` says why it was not measured.
    """

    name: str
    peer: str
    unit: str
    ours: float
    theirs: float | None
    bar: float
    sense: str = MOST
    note: str = ""
    measured: bool = True

    @property
    def ratio(self) -> float | None:
        if not self.measured:
            return None
        return self.ours if self.theirs is None else self.ours / self.theirs

    @property
    def holds(self) -> bool | None:
        ratio = self.ratio
        return None if ratio is None else bool(_HOLDS[self.sense](round(ratio, 3), self.bar))

    def as_json(self) -> dict[str, Any]:
        ratio = self.ratio
        told = {name: value for name, value in asdict(self).items() if name not in ("sense", "measured")}
        return {**told, "ratio": None if ratio is None else round(ratio, 3), "sense": self.sense, "holds": self.holds}

    def line(self) -> str:
        """The row as people read it."""
        theirs = "-" if self.theirs is None else f"{self.theirs:,.2f}"
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "holds", False: "MISSED", None: "not measured"}[self.holds]
        figures = f"{self.ours:>12,.2f} {theirs:>12} {ratio:>7}  {self.sense} {self.bar:<6g} {verdict:<13}"
        return f"{self.name:<20} {figures} {self.unit}, beside {self.peer}" + (f" ({self.note})" if self.note else "")


HEAD = f"{'row':<20} {'ours':>12} {'theirs':>12} {'ratio':>7}  {'bar':<9} {'':<13}"
