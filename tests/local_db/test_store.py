"""A workspace opens, reads in snapshots, writes durably, and says in a sentence what is wrong with it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from local_db import clock, cutovers
from local_db.store import Store, StoreFault
from local_db.tables.firm import workspace
from local_db.tables.reading import replica


def code(fault: pytest.ExceptionInfo[StoreFault]) -> str:
    assert fault.value.sentence.endswith(".") and fault.value.remedy.endswith(".")
    return fault.value.code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "work.tieout"
    Store.open(path, create=True).close()
    return path


def test_a_new_workspace_knows_itself(where: str) -> None:
    with_id = Store.open(where, create=True, environment="practice")
    id = with_id.workspace_id
    with_id.close()
    again = Store.open(where)
    assert (again.workspace_id, again.environment, len(id)) == (id, "practice", 36)
    again.note_fact("environment", "test")
    again.close()
    third = Store.open(where, create=True)
    assert (third.workspace_id, third.environment) == (id, "test")
    third.close()


_ADD = "INSERT INTO cutover (flow, legal_entity, starts_on, set_at) VALUES ('f', 'e', 'd', 's')"


def test_a_snapshot_does_not_move(store: Store) -> None:
    count = text("SELECT count(*) FROM cutover")
    with store.reading() as db:
        assert db.execute(count).scalar_one() == 0
        with store.writing() as other:
            other.execute(text(_ADD))
        assert db.execute(count).scalar_one() == 0
    with store.reading() as db:
        assert db.execute(count).scalar_one() == 1


def test_a_step_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as db:
        db.execute(text(_ADD))
        raise RuntimeError
    with store.reading() as db:
        assert cutovers.rows_of(db) == []


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreFault) as fault, store.reading() as db:
        db.execute(workspace.delete())
    assert code(fault) == "read_only"


def test_a_bug_is_no_sentence(store: Store) -> None:
    with pytest.raises(DBAPIError), store.reading() as db:
        db.execute(text("SELECT nothing FROM nowhere"))


def test_data_version_moves_with_every_commit(store: Store) -> None:
    before = store.data_version()
    assert store.data_version() == before
    store.note_fact("environment", "dev")
    assert store.data_version() != before


def test_sqlite_is_durable(path: Path) -> None:
    store = Store.open(path)
    with store.reading() as db:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "page_size")
        said = {name: db.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas}
    store.close()
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "page_size": 8192}


def test_a_folder_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(StoreFault) as fault:
        Store.open(tmp_path, create=True)
    assert code(fault) == "not_a_workspace"


def test_a_missing_workspace_is_only_made_when_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreFault) as fault:
        Store.open(tmp_path / "none.tieout")
    assert code(fault) == "missing" and list(tmp_path.iterdir()) == []
    Store.open(tmp_path / "new" / "one.tieout", create=True).close()


@pytest.mark.parametrize("content", [b"PK\x03\x04 a zip file, longer than a header" * 9, b"short", b""])
def test_another_file_is_no_workspace(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(content)
    with pytest.raises(StoreFault) as fault:
        Store.open(path)
    assert code(fault) == "not_a_workspace" and path.read_bytes() == content


def test_another_database_is_no_workspace(where: str, tmp_path: Path) -> None:
    url = where if "://" in where else f"sqlite:///{where}"
    engine = create_engine(url)
    with engine.begin() as db:
        db.execute(text("CREATE TABLE workspace (x INT)"))
    engine.dispose()
    with pytest.raises(StoreFault) as fault:
        Store.open(where, create=True)
    assert code(fault) == "not_a_workspace"


def test_a_newer_workspace_is_left_alone(store: Store, place: str) -> None:
    with store.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreFault) as fault:
        Store.open(place)
    assert code(fault) == "newer" and "9999" in str(fault.value)


def test_a_damaged_file_is_found_on_opening(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(3 * 8192)
        file.write(os.urandom(20 * 8192))
    with pytest.raises(StoreFault) as fault:
        Store.open(path)
    assert code(fault) == "corrupted"


def test_a_cut_off_file_is_found_on_opening(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreFault) as fault:
        Store.open(path)
    assert code(fault) == "corrupted"


def test_damage_met_later_is_a_sentence_too(path: Path) -> None:
    store = Store.open(path)
    with store.writing() as db:
        db.execute(
            replica.insert(),
            [
                {
                    "connection": "a",
                    "kind": "b",
                    "remote_id": str(n),
                    "payload": {"x": "y" * 900},
                    "seen_at": clock.now(),
                }
                for n in range(3000)
            ],
        )
        root = db.execute(text("SELECT rootpage FROM sqlite_schema WHERE name = 'replica'")).scalar_one()
    store.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 8192)
        file.write(b"\xff" * 8192)
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.DatabaseError):
        raw.execute("SELECT count(*) FROM replica WHERE payload LIKE '%z%'").fetchall()
    raw.close()
    with pytest.raises(StoreFault) as fault:
        Store.open(path)
    assert code(fault) == "corrupted"


def test_a_locked_workspace_says_so(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = Store.open(path, patience=0.1)
    with pytest.raises(StoreFault) as fault, store.writing():
        pytest.fail("two writers")
    store.close()
    other.close()
    assert code(fault) == "locked"


def test_a_lock_on_the_server_says_so(postgres_url: str) -> None:
    store = Store.open(postgres_url, create=True, patience=0.2)
    with store.writing() as db:
        db.execute(select(workspace).with_for_update())
        with pytest.raises(StoreFault) as fault, store.writing() as other:
            other.execute(workspace.update().values(value="x"))
    store.close()
    assert code(fault) == "locked"


def test_a_full_disk_says_so_and_loses_nothing(path: Path) -> None:
    store = Store.open(path)
    with store.reading() as db:
        pages = db.execute(text("PRAGMA page_count")).scalar_one()
    with pytest.raises(StoreFault) as fault, store.writing() as db:
        db.execute(text(f"PRAGMA max_page_count = {pages + 5}"))
        db.execute(workspace.insert(), [{"name": f"n{n}", "value": "x" * 4000} for n in range(100)])
    assert code(fault) == "full"
    with store.reading() as db:
        assert db.execute(select(workspace.c.name).where(workspace.c.name == "n1")).first() is None
    store.close()


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[None]:
    """Root may write everything, so the test is somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_file_that_may_not_be_written_says_so(path: Path, request: pytest.FixtureRequest) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)
    request.getfixturevalue("nobody")
    with pytest.raises(StoreFault) as fault:
        Store.open(path)
    assert code(fault) == "read_only"


@pytest.mark.parametrize("address", ["postgresql://nobody@127.0.0.1:1/none", "postgresql://x@/db?host=/nowhere"])
def test_a_server_that_does_not_answer_says_so(address: str) -> None:
    with pytest.raises(StoreFault) as fault:
        Store.open(address)
    assert code(fault) == "unreachable"


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreFault) as fault:
        Store.open("postgresql://me:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(fault.value) + repr(fault.value)


def test_a_database_that_is_not_there_says_so(postgres_url: str) -> None:
    with pytest.raises(StoreFault) as fault:
        Store.open(postgres_url.replace("/test_", "/gone_"))
    assert code(fault) == "missing"


def test_many_threads_share_a_store(store: Store) -> None:
    def add(number: int) -> None:
        with store.writing() as db:
            db.execute(workspace.insert().values(name=f"t{number}", value="x"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with store.reading() as db:
        found = db.execute(select(workspace.c.name).where(workspace.c.name.like("t%"))).scalars().all()
    assert len(found) == 12
