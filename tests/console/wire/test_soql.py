"""SOQL is written so that no value can become part of a statement."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from console.wire import soql


@given(st.text())
def test_no_text_leaves_its_quotes(value: str) -> None:
    written = soql.text(value)
    assert re.fullmatch(r"'(?:[^'\\\n\r]|\\.)*'", written, re.DOTALL)


def test_literals() -> None:
    moment = datetime(2024, 1, 31, 1, 2, 3, 456_789, timezone(timedelta(hours=1)))
    written = [soql.literal(value) for value in (None, True, 3, date(2024, 1, 31), moment, "O'B")]
    assert written == ["null", "true", "3", "2024-01-31", "2024-01-31T00:02:03.456Z", "'O\\'B'"]


def test_a_statement_has_its_parts_in_order() -> None:
    where = [soql.among("Id", ["a", "b"]), f"S >= {soql.instant(datetime(2024, 1, 1, tzinfo=UTC))}"]
    assert soql.select(["Id", "Name"], "Account", where, ["S", "Id"]) == (
        "SELECT Id, Name FROM Account WHERE Id IN ('a', 'b') AND S >= 2024-01-01T00:00:00.000Z ORDER BY S, Id"
    )
