"""The entries that carry a planted trouble: which days, how many, under which code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from console.sandbox.firm.calendar import add_months, monday
from console.sandbox.firm.model import Trouble, Work

INACTIVE_TASK = "Workshops"
FIRST_CAPPED_OUT = 12
CAPPED = 15


@dataclass(frozen=True, slots=True)
class Spot:
    """A day counted from the cut-over: month, week (1 to 3: wholly inside the month) and weekday; and minutes."""

    month: int
    week: int
    weekday: int
    minutes: int

    def day(self, cutover: date) -> date:
        first = add_months(cutover, self.month)
        return monday(first + timedelta(days=7 * self.week)) + timedelta(days=self.weekday)


SPOTS = {
    "inactive_task": (Spot(3, 1, 0, 220), Spot(3, 1, 1, 400), Spot(3, 1, 2, 340)),
    "expired_rate": (Spot(2, 2, 0, 480), Spot(2, 2, 1, 260), Spot(2, 2, 2, 320), Spot(2, 2, 3, 140)),
    "unknown_resource": (Spot(3, 2, 0, 480), Spot(3, 2, 1, 400), Spot(3, 2, 2, 260)),
    "closed_period": (Spot(0, 1, 1, 320), Spot(0, 1, 2, 200)),
    "reopened": (Spot(2, 1, 0, 240), Spot(2, 1, 1, 400), Spot(2, 3, 0, 340), Spot(2, 3, 1, 220)),
    "edited": (Spot(1, 1, 0, 400), Spot(1, 2, 0, 240), Spot(1, 3, 0, 320), Spot(2, 1, 0, 480), Spot(2, 2, 0, 140)),
    "invoiced": (Spot(1, 1, 1, 320), Spot(1, 2, 1, 260), Spot(1, 3, 1, 440), Spot(2, 1, 1, 200), Spot(2, 2, 1, 400)),
}
"""Part -> the days of its entries. All are by one person who does nothing else on that project."""


def keys(project: str, part: str) -> tuple[str, ...]:
    """The Work keys of a part's entries, in the order of its spots."""
    return tuple(f"w-{project}-x{n}" for n in range(len(SPOTS[part])))


def works(project: str, part: str, person: str, role: str, task: str, cutover: date) -> list[Work]:
    """The entries of a part on a project, not yet handed in."""
    return [
        Work(key, project, task, person, role, spot.day(cutover), spot.minutes, True, "On site")
        for key, spot in zip(keys(project, part), SPOTS[part], strict=True)
    ]


def last_week(today: date) -> date:
    """The Monday of the last whole week; what was worked from then on is not approved yet."""
    return monday(today) - timedelta(days=7)


def tax_keys(project: str) -> tuple[str, ...]:
    return tuple(f"w-{project}-x{n}" for n in range(4))


def tax_works(project: str, person: str, role: str, task: str, today: date) -> list[Work]:
    """Four entries of last week that wait for approval when the tax code goes."""
    first = last_week(today)
    return [
        Work(key, project, task, person, role, first + timedelta(days=n), 200 + 80 * n, True, "Remote support")
        for n, key in enumerate(tax_keys(project))
    ]


def capped_keys(sale: str) -> tuple[str, ...]:
    return tuple(f"w-{sale}-c{n:02}" for n in range(CAPPED))


def troubles(parts: dict[str, str]) -> tuple[Trouble, ...]:
    """Everything planted, for the parts that this firm has."""
    found = [trouble for part, key in parts.items() for trouble in _of_part(part, key)]
    return tuple(sorted(found, key=lambda trouble: (trouble.code, trouble.from_step)))


_OF_SALE = {
    "wrong_legal_entity": "The deal is sold by Ltd; the ERP files the customer under GmbH.",
    "currency_mismatch": "The deal is in USD; account, customer, entity and rate card are in EUR.",
    "duplicate_customer": "The ERP has the customer twice: same name, tax number and domain.",
}
_OF_WORK = {
    "inactive_task": "The ERP's task was inactivated; work goes on in the PSA.",
    "expired_rate": "The only version of the rate card ended before the work.",
    "unknown_resource": "The person logs time but has no employee in the ERP.",
}


def _of_part(part: str, key: str) -> list[Trouble]:
    if part in _OF_SALE:
        return [Trouble(part, (key,), _OF_SALE[part])]
    if part in _OF_WORK:
        return [Trouble(part, keys(key, part), _OF_WORK[part])]
    return _of_later_part(part, key)


def _of_later_part(part: str, key: str) -> list[Trouble]:
    match part:
        case "closed_period":
            found = [Trouble(part, keys(key, part), "Approved in step 4, after step 3 closed its month.", 4)]
        case "missing_tax_code":
            why = "Approved in step 4, after step 3 inactivated the entity's only tax code."
            found = [Trouble(part, tax_keys(key), why, 4)]
        case "capped":
            why = "Twelve entries fit under the deal's cap, each further one exceeds it."
            found = [Trouble("cap_exceeded", capped_keys(key)[FIRST_CAPPED_OUT:], why, 2)]
        case "amended_out_of_order":
            found = [Trouble("amendment_gap", (f"{key}-a2",), "Amendment 2 is won before 1 is written.", 2, 3)]
        case "reopened":
            stays, mended = keys(key, part)[:2], keys(key, part)[2:]
            found = [
                Trouble("reopened_approval", stays, "Billed, then the approval was withdrawn for good.", 2),
                Trouble("reopened_approval", mended, "Billed, reopened, changed and approved again.", 2, 4),
            ]
        case "edited":
            edited, deleted = keys(key, part)[:3], keys(key, part)[3:]
            found = [
                Trouble("changed_by_person", edited, "Somebody changed the line's hours or price in the ERP.", 3),
                Trouble("voided_by_person", deleted, "Somebody deleted the line in the ERP.", 3),
            ]
        case "invoiced":
            why = "Changed in the PSA after its line was invoiced: an adjustment is proposed."
            found = [Trouble("invoiced_change", keys(key, part)[:1], why, 4)]
        case _:
            found = []
    return found
