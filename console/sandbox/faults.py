"""What goes wrong on purpose: which requests, how often, and the faults that happen on the wire.

A fault is asked for with `platform:fault[:kind[:share or @n[+m][:seconds]]]`, for example
`netsuite:lost_answer:timebill:0.05` (one write in twenty), `kantata:rate_storm:*:@40+20` (twenty requests from the
fortieth on) or `netsuite:eu:late_commit:*:@1:3` (the first write, three seconds late). The platform is `*`, a
platform or a tenant's key; for the faults of the wire the kind is a segment of the vendor's path in any case
(`timebill`, `stories`, `Tieout_Invoice__c`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

WIRE_FAULTS = {
    "lost_answer": "The write is stored; the connection closes without an answer.",
    "late_commit": "The connection closes without an answer; the write is stored some seconds later (2 if not said).",
    "reset": "The connection is reset before the platform has seen the request; nothing is stored.",
    "truncated": "The request is carried out; half of the JSON of its answer arrives.",
    "slow": "The request is carried out; its answer drips over some seconds (2 if not said).",
}
TENANT_FAULTS = {
    "rate_storm": "The platform answers with its rate limit, in its own form.",
    "token_expiry": "The token in use dies; the request is refused as the vendor refuses it.",
    "drift": "The schema has drifted: a field is renamed, missing or of another type.",
    "half_role": "The role sees half of the records and is told nothing about the rest.",
}
FAULTS = WIRE_FAULTS | TENANT_FAULTS
_WRITES_ONLY = frozenset(("lost_answer", "late_commit"))
_LASTING = frozenset(("drift", "half_role"))
_USUAL_SHARE = 0.05
_USUAL_STORM = 20
_AT = re.compile(r"@(\d+)(?:\+(\d+))?")


class BadFault(ValueError):
    """The SPEC of a fault cannot be read; `str()` says how to write it."""


@dataclass(slots=True)
class Rule:
    """One fault asked for. `share` is a probability, or `first` and `length` say which matching requests it hits."""

    spec: str
    where: str
    fault: str
    kind: str
    share: float
    first: int
    length: int
    seconds: float
    random: Random
    seen: int = 0
    struck: int = 0

    def strikes(self) -> bool:
        """Count one matching request; whether it is hit."""
        self.seen += 1
        hit = self.first <= self.seen < self.first + self.length if self.first else self.random.random() < self.share
        self.struck += hit
        return hit

    def is_for(self, tenant: str) -> bool:
        return self.where in ("*", tenant, tenant.partition(":")[0])


def parse_rule(spec: str, seed: int = 0) -> Rule:
    """The rule behind a SPEC; raises `BadFault`."""
    words = spec.split(":")
    place = next((i for i, word in enumerate(words) if word in FAULTS), 0)
    if not place:
        raise BadFault(f"{spec!r} names no fault. Write platform:fault, the fault one of {', '.join(FAULTS)}.")
    fault, *rest = words[place:]
    kind, amount, seconds = (*rest, "", "", "")[:3]
    share, first, length = _amount(spec, fault, amount)
    return Rule(
        spec=spec,
        where=":".join(words[:place]),
        fault=fault,
        kind=kind.lower() or "*",
        share=share,
        first=first,
        length=length,
        seconds=_number(spec, seconds) if seconds else 2.0,
        random=Random(f"{seed}/{spec}"),
    )


def _amount(spec: str, fault: str, text: str) -> tuple[float, int, int]:
    """(share, first, length) of an amount: `0.05`, `@40`, `@40+20` or nothing."""
    if found := _AT.fullmatch(text):
        usual = _USUAL_STORM if fault == "rate_storm" else 1
        return 0.0, max(1, int(found[1])), int(found[2] or usual)
    if text:
        return _number(spec, text), 0, 0
    return (1.0 if fault in _LASTING else _USUAL_SHARE), 0, 0


def _number(spec: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadFault(f"{spec!r}: {text!r} is neither a number nor @n.") from None


@dataclass(slots=True)
class FaultPlan:
    """The faults in force, shared by all tenants; `for_tenant` gives one tenant's view of the same rules."""

    specs: Sequence[str] = ()
    seed: int = 0
    tenant: str = "*"
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        for spec in self.specs:
            self.add(spec)

    def add(self, spec: str) -> None:
        """Put one more fault in force; raises `BadFault`."""
        self.rules.append(parse_rule(spec, self.seed))

    def clear(self) -> None:
        self.rules.clear()

    def for_tenant(self, key: str) -> FaultPlan:
        return FaultPlan((), self.seed, key, self.rules)

    def wants(self, fault: str, kind: str = "*") -> bool:
        """Whether this request is hit by a tenant fault (`rate_storm`, `token_expiry`, `drift`, `half_role`).

        Ask once per request: every question counts. `kind` is the vendor's word for what is asked for."""
        return bool(self.rules) and self._strike((fault,), {kind.lower()}) is not None

    def on_wire(self, path: str, is_write: bool) -> Rule | None:
        """The wire fault that hits this request, if any."""
        if not self.rules:
            return None
        names = [fault for fault in WIRE_FAULTS if is_write or fault not in _WRITES_ONLY]
        return self._strike(names, set(path.lower().replace(".json", "").split("/")))

    def _strike(self, faults: Sequence[str], kinds: set[str]) -> Rule | None:
        for rule in self.rules:
            concerned = rule.fault in faults and self._concerns(rule) and (rule.kind == "*" or rule.kind in kinds)
            if concerned and rule.strikes():
                return rule
        return None

    def _concerns(self, rule: Rule) -> bool:
        return self.tenant == "*" or rule.is_for(self.tenant)
