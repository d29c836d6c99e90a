"""Database connections as the store wants them: durable, patient, and with explicit transactions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

_PRAGMAS = (
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA temp_store = MEMORY",
)


def sqlite_engine(path: Path, patience: float) -> Engine:
    """An engine on a file; `patience` is how many seconds a writer waits for another."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience, "isolation_level": None, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(raw: Any, _record: Any) -> None:
    cursor = raw.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
    finally:
        cursor.close()


def _begin(db: Connection) -> None:
    writing = db.get_execution_options().get("writing", False)
    db.exec_driver_sql("PRAGMA query_only = 0" if writing else "PRAGMA query_only = 1")
    db.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def postgres_engine(where: str, patience: float) -> Engine:
    """An engine on a PostgreSQL database; `patience` is how many seconds a lock is waited for."""
    url = make_url(where).set(drivername="postgresql+psycopg")
    engine = create_engine(
        url,
        connect_args={"connect_timeout": 10, "application_name": "tieout"},
        pool_size=8,
        max_overflow=24,
        pool_pre_ping=True,
    )
    milliseconds = int(patience * 1000)

    def settle(raw: Any, _record: Any) -> None:
        with raw.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {milliseconds}")
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute("SET plan_cache_mode = force_custom_plan")
        raw.commit()

    event.listen(engine, "connect", settle)
    return engine


def shown(where: str) -> str:
    """A database's address without its password."""
    return make_url(where).render_as_string(hide_password=True)
