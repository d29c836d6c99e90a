"""One run of the practice platforms: the firm, its tenants, the journal, the faults and the script together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from console.sandbox.faults import FaultPlan
from console.sandbox.firm.model import Firm
from console.sandbox.firm.script import Script
from console.sandbox.journal import Journal
from console.sandbox.score import score
from console.sandbox.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Practice:
    """Everything that runs; `tenants` by key, in the order of their ports."""

    firm: Firm
    tenants: Mapping[str, Tenant]
    journal: Journal
    faults: FaultPlan
    script: Script

    def score(self) -> dict[str, Any]:
        """What the console has done so far, judged by the journal alone."""
        return score(self.journal.entries, self.script.tally)

    def told(self) -> dict[str, Any]:
        """What was made and what was planted, for people and tests."""
        firm = self.firm
        return {
            "seed": firm.seed,
            "scale": firm.scale,
            "today": firm.today,
            "cutover": firm.cutover,
            "foreign_keys": firm.foreign_keys,
            "entities": [entity.name for entity in firm.entities],
            "parts": dict(firm.parts),
            "troubles": [asdict(trouble) for trouble in firm.troubles],
        }
