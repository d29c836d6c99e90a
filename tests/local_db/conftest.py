"""A fresh workspace on each of the two databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local_db import schema
from local_db.store import Store
from local_db.tables import METADATA

BOTH = ["sqlite", "postgresql"]
_EMPTY = "".join(f"DELETE FROM {table.name};" for table in METADATA.sorted_tables if table.name != "workspace")
_ANEW = "".join(
    f"ALTER SEQUENCE {table.name}_id_seq RESTART;"
    for table in METADATA.sorted_tables
    if "id" in table.c and table.c.id.autoincrement is True
)
_FACTS = "DELETE FROM workspace WHERE name NOT IN ('id', 'salt', 'environment', 'created');"
_VERSION = f"UPDATE alembic_version SET version_num = '{schema.VERSIONS[-1]}'"


@pytest.fixture(params=BOTH)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new workspace may be made: a file, then a server's database."""
    if request.param == "sqlite":
        return str(tmp_path / "work.tieout")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def server_place(postgres_server: psycopg.Connection) -> Iterator[str]:
    """One workspace on the server, made once because making its tables takes longer than most tests."""
    postgres_server.execute("CREATE DATABASE workspace TEMPLATE template0")
    url = f"postgresql+psycopg://tieout@/workspace?host={postgres_server.info.host}"
    Store.open(url, create=True, environment="practice").close()
    yield url
    postgres_server.execute("DROP DATABASE workspace WITH (FORCE)")


@pytest.fixture
def emptied(server_place: str) -> str:
    """The server's workspace as if it were new."""
    with psycopg.connect(server_place.replace("+psycopg", "")) as db:
        db.execute(f"{_EMPTY}{_ANEW}{_FACTS}{_VERSION}".encode())
    return server_place


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a workspace is that was made just now."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("emptied"))
    path = tmp_path / "work.tieout"
    Store.open(path, create=True, environment="practice").close()
    return str(path)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    store = Store.open(place)
    yield store
    store.close()
