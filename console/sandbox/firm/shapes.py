"""Which engagements the firm has: how many at which scale, and which of them carry a planted trouble."""

from __future__ import annotations

from dataclasses import dataclass

from console.sandbox.firm.model import FIXED_FEE, MILESTONE, RETAINER, TIME_AND_MATERIALS


class UnknownScale(ValueError):
    """There is no such scale; `str()` names those there are."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything. Entries are totals: `past` before the cut-over, `recent` after it on projects the
    firm had already, `fresh` on projects sold after it."""

    name: str
    people: int
    companies: int
    new_companies: int
    continuing: int
    ended: int
    sold: int
    past: int
    recent: int
    fresh: int
    spends: int


SCALES = {
    "small": Scale("small", 120, 40, 12, 18, 12, 30, 5_000, 1_350, 1_300, 150),
    "month": Scale("month", 120, 60, 20, 40, 20, 60, 10_000, 10_500, 10_500, 600),
    "year": Scale("year", 400, 240, 60, 250, 50, 200, 30_000, 200_000, 55_000, 4_000),
}


def scale_of(name: str) -> Scale:
    """The scale with this name; raises `UnknownScale`."""
    if name not in SCALES:
        raise UnknownScale(f"There is no scale {name!r}; choose one of {', '.join(SCALES)}.")
    return SCALES[name]


@dataclass(frozen=True, slots=True)
class Shape:
    """One engagement to be made: entity key, billing type and the part it plays (empty: none in particular)."""

    entity: str
    billing_type: str
    part: str = ""


_T, _F, _M, _R = TIME_AND_MATERIALS, FIXED_FEE, MILESTONE, RETAINER

_CONTINUING = (
    Shape("us", _T, "inactive_task"),
    Shape("de", _T, "expired_rate"),
    Shape("gb", _T, "unknown_resource"),
    Shape("us", _T, "closed_period"),
    Shape("gb", _T, "reopened"),
    Shape("de", _T, "edited"),
    Shape("us", _T, "invoiced"),
    Shape("jp", _T, "missing_tax_code"),
    Shape("us", _M),
    Shape("gb", _M),
    Shape("de", _F),
    Shape("gb", _T),
    Shape("de", _T),
    Shape("us", _T),
    Shape("jp", _T),
    Shape("us", _F),
    Shape("de", _M),
    Shape("gb", _T),
)
_ENDED = (
    Shape("us", _T),
    Shape("gb", _R),
    Shape("de", _T),
    Shape("us", _M),
    Shape("jp", _F),
    Shape("gb", _T),
    Shape("us", _R),
    Shape("de", _F),
)
_SOLD = (
    Shape("gb", _T, "wrong_legal_entity"),
    Shape("de", _T, "currency_mismatch"),
    Shape("us", _T, "duplicate_customer"),
    Shape("us", _T, "capped"),
    Shape("us", _T, "amended_out_of_order"),
    Shape("gb", _F, "amended"),
    Shape("de", _T, "replaced"),
    Shape("us", _T, "won_later"),
    Shape("gb", _M, "won_later"),
    Shape("us", _R),
    Shape("gb", _T),
    Shape("de", _M),
    Shape("jp", _T),
    Shape("us", _F),
    Shape("gb", _R),
    Shape("de", _T),
    Shape("us", _T),
    Shape("de", _R),
    Shape("gb", _T),
    Shape("us", _M),
    Shape("jp", _F),
    Shape("de", _F),
    Shape("us", _T),
    Shape("gb", _T),
)


def _stretched(shapes: tuple[Shape, ...], count: int) -> tuple[Shape, ...]:
    """The shapes, then as many again without a part as it takes to reach the count."""
    plain = [shape for shape in shapes if not shape.part]
    more = (plain[n % len(plain)] for n in range(count - len(shapes)))
    return (*shapes, *more)


def continuing(scale: Scale) -> tuple[Shape, ...]:
    """Engagements sold before the cut-over that people still work on."""
    return _stretched(_CONTINUING, scale.continuing)


def ended(scale: Scale) -> tuple[Shape, ...]:
    """Engagements over before the cut-over."""
    return tuple(_ENDED[n % len(_ENDED)] for n in range(scale.ended))


def sold(scale: Scale) -> tuple[Shape, ...]:
    """Engagements sold after the cut-over."""
    return _stretched(_SOLD, scale.sold)
