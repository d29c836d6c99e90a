"""The audit chain notices any change, and still holds after values were erased."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from local_db import audit
from local_db.store import Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def kept(store: Store) -> Store:
    with store.writing() as db:
        for number in range(1, 6):
            audit.append(db, "anna", "mode", f"ns/{number}", {"mode": "write", "n": number}, NOW)
    return store


def test_acts_are_numbered_and_chained(kept: Store) -> None:
    with kept.reading() as db:
        acts = audit.every(db)
        assert audit.verify(db) is None
    assert [each.id for each in acts] == [1, 2, 3, 4, 5]
    assert [each.previous for each in acts[1:]] == [each.hash for each in acts[:-1]]
    assert (acts[1].actor, acts[1].values, acts[1].at) == ("anna", {"mode": "write", "n": 2}, NOW)


CHANGES = {
    "UPDATE audit SET act = 'read' WHERE id = 3": 3,
    "UPDATE audit SET actor = 'bob' WHERE id = 3": 3,
    "UPDATE audit SET subject = 'ns/9' WHERE id = 2": 2,
    "UPDATE audit_value SET value = '9' WHERE audit = 4 AND name = 'n'": 4,
    "DELETE FROM audit WHERE id = 3": 3,
    "DELETE FROM audit WHERE id = 5": 5,
    "DELETE FROM audit": 1,
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_found(kept: Store, change: str) -> None:
    with kept.writing() as db:
        db.execute(text(change))
        broken = audit.verify(db)
    assert broken is not None and broken.id == CHANGES[change] and broken.sentence.endswith(".")


def test_erased_values_are_gone_and_the_chain_still_holds(kept: Store) -> None:
    with kept.writing() as db:
        assert audit.erase(db, NOW, subject="ns/2") == 2
        assert audit.erase(db, NOW, actor="anna") == 5
        assert audit.verify(db) is None
        assert audit.every(db, "ns/2")[0].values == {}
        assert {each.actor for each in audit.every(db)} == {""}
        beside = db.execute(text("SELECT count(*) FROM audit_value WHERE value LIKE '%anna%'")).scalar_one()
        assert beside == 0
        audit.append(db, "bob", "dismiss", "x", {}, NOW)
        assert audit.verify(db) is None and audit.every(db, after_id=5)[0].actor == "bob"
