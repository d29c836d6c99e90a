"""Looking at a workspace file before and while it is opened, so that a bad one is named and never made worse."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from local_db import faults

_HEADER = b"SQLite format 3\x00"
_SMALL = 16 * 1024 * 1024


def examine(path: Path, create: bool) -> None:
    """Raise StoreFault when the path cannot be a workspace; make its folder when a new one may be made."""
    where = str(path)
    try:
        if path.is_dir():
            raise faults.not_a_workspace(where)
        if not path.exists() or not path.stat().st_size:
            if not create:
                raise faults.missing(where) if not path.exists() else faults.not_a_workspace(where)
            path.parent.mkdir(parents=True, exist_ok=True)
            return
        _examine_head(path, where)
        if _belongs_to_another(path):
            raise faults.not_a_workspace(where)
    except OSError as error:
        raise faults.read_only(where) from error


def _examine_head(path: Path, where: str) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    if head[:16] != _HEADER:
        raise faults.not_a_workspace(where)
    if len(head) < 100:
        raise faults.corrupted(where)
    page = int.from_bytes(head[16:18], "big")
    wanted = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    log = path.with_name(path.name + "-wal")
    unfinished = log.exists() and log.stat().st_size > 0
    if path.stat().st_size < wanted and not unfinished:
        raise faults.corrupted(where)


def _belongs_to_another(path: Path) -> bool:
    """Whether the file holds tables of another program; looks without changing its header. What cannot be read yet
    is judged when it is opened."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0.0)) as db:
        try:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.Error:
            return False
    return bool(tables) and "alembic_version" not in tables


def look_over(db: Connection, where: str) -> None:
    """The check every opening can afford: all of a small file, the schema of a large one."""
    if db.dialect.name != "sqlite":
        return
    pages = int(db.execute(text("PRAGMA page_count")).scalar_one())
    size = int(db.execute(text("PRAGMA page_size")).scalar_one())
    if pages * size <= _SMALL:
        read_through(db, where)


def read_through(db: Connection, where: str) -> None:
    """Raise StoreFault when any page is damaged. On a server this is the server's own work."""
    if db.dialect.name != "sqlite":
        return
    if db.execute(text("PRAGMA quick_check(1)")).scalar_one() != "ok":
        raise faults.corrupted(where)
