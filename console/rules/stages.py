"""What may still happen to a billing line once it is in the ERP."""

from __future__ import annotations

from enum import StrEnum

from console.records.billing import BillingLine, Stage


class Change(StrEnum):
    """How a difference on a posted line is carried out."""

    UPDATE = "update"
    TELL_OWNER = "tell_owner"
    ADJUST = "adjust"
    LEAVE = "leave"


_AFTER: dict[str, Change] = {
    Stage.POSTED: Change.UPDATE,
    Stage.ON_DRAFT: Change.TELL_OWNER,
    Stage.INVOICED: Change.ADJUST,
    Stage.CREDITED: Change.ADJUST,
    Stage.PAID: Change.ADJUST,
    Stage.VOIDED: Change.LEAVE,
}


def after_posting(line: BillingLine) -> Change:
    """Not invoiced: update. On a draft: its owner decides. Invoiced: only an adjustment. Voided: leave it."""
    return _AFTER.get(line.stage, Change.TELL_OWNER)
