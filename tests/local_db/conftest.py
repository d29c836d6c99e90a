"""A fresh workspace on each of the two databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_db.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new workspace may be made: a file, then a server's database."""
    if request.param == "sqlite":
        return str(tmp_path / "work.tieout")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    store = Store.open(where, create=True, environment="practice")
    yield store
    store.close()
