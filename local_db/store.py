"""One workspace's database: opened with care, read in snapshots, written in durable steps."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from local_db import clock, faults, files, rows, schema
from local_db.columns import stamp
from local_db.engine import postgres_engine, shown, sqlite_engine
from local_db.faults import StoreFault
from local_db.tables.firm import workspace

__all__ = ["Db", "Store", "StoreFault"]

Db = Connection
"""What `reading` and `writing` give, for the signatures of those who may not know SQL."""

PATIENCE = 10.0
"""Seconds a writer waits for another before it says that the workspace is locked."""


class Store:
    """A workspace in an SQLite file or a PostgreSQL database, with the same tables, types and questions."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._snapshots = engine.execution_options(**_snapshot_options(engine))
        self._steps = engine.execution_options(writing=True)
        self._watch: Any = None
        self._watching = threading.Lock()
        self._facts: dict[str, str] = {}
        self.where = where
        """The file or the address (without its password), as people see it."""

    @classmethod
    def open(
        cls, where: str | Path, create: bool = False, environment: str = "", patience: float | None = None
    ) -> Store:
        """The workspace at a path or `postgresql://` URL; with `create` it is made when it is not there.

        `environment` is noted in a new workspace. An older workspace is brought to the present version. Raises
        StoreFault: newer, not_a_workspace, missing, corrupted, locked, full, read_only, unreachable, refused.
        """
        patience = PATIENCE if patience is None else patience
        if isinstance(where, str) and where.startswith(("postgresql:", "postgresql+", "postgres:")):
            store = cls._on_server(where, patience)
        else:
            path = Path(where).expanduser().absolute()
            files.examine(path, create)
            store = cls(sqlite_engine(path, patience), str(path))
        try:
            store._enter(create, environment)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def _on_server(cls, where: str, patience: float) -> Store:
        try:
            return cls(postgres_engine(where.replace("postgres:", "postgresql:", 1), patience), shown(where))
        except ArgumentError:
            raise faults.missing("postgresql:…") from None

    def _enter(self, create: bool, environment: str) -> None:
        with self.reading() as db:
            version = schema.version_of(db)
            empty = version is None and schema.is_empty(db)
        if version is None:
            self._make(create, empty, environment)
        elif version not in schema.VERSIONS:
            raise faults.newer(self.where, version)
        elif version != schema.VERSIONS[-1]:
            with self._telling():
                schema.upgrade(self._engine)
        with self.reading() as db:
            files.look_over(db, self.where)
            self._facts = facts(db)

    def _make(self, create: bool, empty: bool, environment: str) -> None:
        if not empty:
            raise faults.not_a_workspace(self.where)
        if not create:
            raise faults.missing(self.where)
        with self.writing() as db:
            schema.one_at_a_time(db)
            if schema.version_of(db) is not None:
                return
            schema.make(db)
            new = {
                "id": str(uuid.uuid4()),
                "salt": secrets.token_hex(16),
                "environment": environment,
                "created": stamp(clock.now()),
            }
            db.execute(insert(workspace), [{"name": name, "value": value} for name, value in new.items()])

    @property
    def workspace_id(self) -> str:
        return self._facts["id"]

    @property
    def environment(self) -> str:
        """practice, dev, test or prod, as its first tenant said; empty before."""
        return self._facts.get("environment", "")

    @property
    def on_server(self) -> bool:
        return self._engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot: everything read inside is of one moment, from the first question on. Writing is an error."""
        with self._telling(), self._snapshots.begin() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable step: on disk at the end, or nothing at all when an exception leaves the block.

        On SQLite there is one writer at a time, from the first line of the block on.
        """
        with self._telling(), self._steps.begin() as db:
            yield db

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            fault = faults.fault_of(error, self.where)
            if fault is None:
                raise
            raise fault from error

    def note_fact(self, name: str, value: str) -> None:
        """Keep a fact about the workspace (`environment`)."""
        with self.writing() as db:
            rows.write(db, rows.insert_sql(db, workspace, ("name", "value"), ("name",)), [(name, value)])
        self._facts[name] = value

    def data_version(self) -> int:
        """A number that changes whenever something may have been committed, here or by another process."""
        asked = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text" if self.on_server else "PRAGMA data_version"
        with self._telling(), self._watching:
            cursor = self._watcher().cursor()
            try:
                cursor.execute(asked)
                return int(cursor.fetchone()[0])
            finally:
                cursor.close()

    def _watcher(self) -> Any:
        if self._watch is None:
            self._watch = self._engine.raw_connection()
            if self.on_server:
                self._watch.driver_connection.autocommit = True
            self._watch.detach()
        return self._watch

    def check(self) -> None:
        """Read the whole file and raise StoreFault when any of it is damaged (minutes on a large workspace)."""
        with self.reading() as db:
            files.read_through(db, self.where)

    def close(self) -> None:
        """Give back every connection; the store is not used afterwards."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self._engine.dispose()


def _snapshot_options(engine: Engine) -> Mapping[str, Any]:
    if engine.dialect.name == "sqlite":
        return {}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def facts(db: Connection) -> dict[str, str]:
    """What the workspace says of itself: id, salt, environment, created."""
    return {row.name: row.value for row in db.execute(select(workspace))}
