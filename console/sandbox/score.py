"""Judges a console by the journal alone: what it created through the APIs against what it must have created."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from console.sandbox.firm.tally import BilledLine, Tally
from console.sandbox.journal import API, Entry

TIME = "time_line"
CHARGE = "charge_line"


@dataclass(slots=True)
class Made:
    """What was made through the APIs and still stands there, by tenant, kind and remote id."""

    living: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    created: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    without_key: int = 0

    def take(self, entry: Entry) -> None:
        """Follow one entry. What people do to a line afterwards does not change what the console sent."""
        place = (entry.tenant, entry.kind, entry.remote_id)
        if entry.verb == "create":
            self.created[entry.tenant, entry.kind, entry.key].add(entry.remote_id)
            self.living[place] = entry
        elif entry.verb == "delete":
            self._forget(place)
        elif place in self.living:
            self.living[place] = entry if entry.facts else self.living[place]

    def _forget(self, place: tuple[str, str, str]) -> None:
        gone = self.living.pop(place, None)
        if gone is not None:
            self.created[gone.tenant, gone.kind, gone.key].discard(gone.remote_id)

    def of(self, kind: str) -> list[Entry]:
        return [entry for (_, found, _), entry in self.living.items() if found == kind]

    def repeated(self) -> int:
        """How many records share their key with an earlier one of the same kind and tenant."""
        return sum(len(ids) - 1 for (_, _, key), ids in self.created.items() if key and len(ids) > 1)


@dataclass(frozen=True, slots=True)
class Gap:
    """How made lines differ from wanted ones: missing, made more than once, and made though nobody wanted them."""

    lost: int
    repeated: int
    unexpected: int


def score(entries: Iterable[Entry], tally: Tally) -> dict[str, Any]:
    """Counts from the journal beside what is expected.

    `duplicates`: records with a key that another one of their kind has, and lines beyond one for the same thing
    (time: project, person, task and day; charges: project and amount). `lost`: expected lines that were never made;
    `unexpected`: lines that nobody expected. `ok`: nothing of these, and projects and money agree to the coin.
    """
    made = Made()
    for entry in entries:
        if entry.by == API:
            made.take(entry)
    expected = tally.expected()
    lines = list(tally.lines())
    gaps = (
        _gap(Counter(map(_time_place, made.of(TIME))), Counter(_wanted_place(line) for line in lines if line.work)),
        _gap(
            Counter(map(_charge_place, made.of(CHARGE))), Counter(_wanted_sum(line) for line in lines if not line.work)
        ),
    )
    counted = {
        "projects_created": _projects(made),
        "entries_billed": len(made.of(TIME)),
        "money_billed": _money(made),
    }
    duplicates = made.repeated() + sum(gap.repeated for gap in gaps)
    lost, unexpected = sum(gap.lost for gap in gaps), sum(gap.unexpected for gap in gaps)
    agree = all(counted[name] == expected[name] for name in counted)
    return {
        "expected": expected,
        "counted": counted,
        "created": dict(sorted(Counter(f"{tenant} {kind}" for tenant, kind, _ in made.living).items())),
        "duplicates": duplicates,
        "lost": lost,
        "unexpected": unexpected,
        "ok": agree and not (duplicates or lost or unexpected),
    }


def _gap(made: Counter[Any], wanted: Counter[Any]) -> Gap:
    beyond = made - wanted
    repeated = sum(count for place, count in beyond.items() if place in wanted)
    return Gap((wanted - made).total(), repeated, beyond.total() - repeated)


def _time_place(entry: Entry) -> tuple[str, ...]:
    return tuple(str(entry.facts.get(name, "")) for name in ("project", "person", "task", "on"))


def _wanted_place(line: BilledLine) -> tuple[str, ...]:
    return (line.project, line.person, line.task, str(line.on))


def _charge_place(entry: Entry) -> tuple[str, str]:
    return str(entry.facts.get("project", "")), _plain(entry.facts.get("amount", 0))


def _wanted_sum(line: BilledLine) -> tuple[str, str]:
    return line.project, _plain(line.amount)


def _plain(amount: Any) -> str:
    return f"{Decimal(str(amount)):.2f}"


def _projects(made: Made) -> int:
    """Projects made on every platform that has any: the smallest count among them."""
    platforms = Counter(entry.platform for entry in made.of("project"))
    return min(platforms.values(), default=0)


def _money(made: Made) -> dict[str, str]:
    """What the lines add up to, by currency, as decimal text."""
    money: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in (*made.of(TIME), *made.of(CHARGE)):
        money[str(entry.facts.get("currency", ""))] += Decimal(str(entry.facts.get("amount", 0)))
    return {currency: str(amount) for currency, amount in sorted(money.items())}
