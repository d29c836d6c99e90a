"""What may still happen to a line by how far it has come."""

import pytest

from console.records.billing import BillingLine, Stage
from console.rules.stages import Change, after_posting


@pytest.mark.parametrize(
    ("stage", "change"),
    [
        (Stage.POSTED, Change.UPDATE),
        (Stage.ON_DRAFT, Change.TELL_OWNER),
        (Stage.INVOICED, Change.ADJUST),
        (Stage.CREDITED, Change.ADJUST),
        (Stage.PAID, Change.ADJUST),
        (Stage.VOIDED, Change.LEAVE),
        ("something new", Change.TELL_OWNER),
    ],
)
def test_only_what_is_on_no_invoice_is_updated(stage: str, change: Change) -> None:
    assert after_posting(BillingLine(ref="erp/time_line/1", line_type="time", stage=stage)) is change


def test_every_stage_has_its_answer() -> None:
    lines = [BillingLine(ref="x", line_type="time", stage=stage) for stage in Stage]
    assert [after_posting(line) for line in lines].count(Change.TELL_OWNER) == 1
