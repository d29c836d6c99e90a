"""A page token seen twice would make a read endless."""

import pytest

from console.wire.faults import Unexpected
from console.wire.paging import PageGuard


def test_a_token_passes_once() -> None:
    guard = PageGuard("deal")
    assert [guard.pass_by("a"), guard.pass_by("b")] == ["a", "b"] and guard.pages == 2
    with pytest.raises(Unexpected, match="deal"):
        guard.pass_by("a")
