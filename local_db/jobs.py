"""Jobs: long work of the worker, with progress people can see and stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from local_db.rows import Shape
from local_db.tables.acts import job as jobs


@dataclass(frozen=True, slots=True)
class JobRow:
    """`state` is running, done, failed or cancelled; `total` None when unknown."""

    id: int
    kind: str
    title: str
    state: str
    done: int
    total: int | None
    sentence: str
    worker: str
    cancel_asked: bool
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None


_SHAPE = Shape(JobRow)


def start(db: Connection, kind: str, title: str, at: datetime, total: int | None = None, worker: str = "") -> int:
    new = jobs.insert().values(
        kind=kind,
        title=title,
        state="running",
        total=total,
        worker=worker,
        cancel_asked=False,
        started_at=at,
        updated_at=at,
    )
    return int(db.execute(new.returning(jobs.c.id)).scalar_one())


def progress(db: Connection, id: int, done: int, at: datetime, total: int | None = None, sentence: str = "") -> bool:
    """Note progress; answers whether someone asked to stop."""
    changes = {"done": done, "updated_at": at} | ({} if total is None else {"total": total})
    changes |= {"sentence": sentence} if sentence else {}
    noted = jobs.update().where(jobs.c.id == id).values(changes).returning(jobs.c.cancel_asked)
    return bool(db.execute(noted).scalar())


def end(db: Connection, id: int, state: str, sentence: str, at: datetime) -> None:
    db.execute(jobs.update().where(jobs.c.id == id).values(state=state, sentence=sentence, updated_at=at, ended_at=at))


def cancel(db: Connection, id: int) -> None:
    """Ask a running job to stop."""
    db.execute(jobs.update().where(jobs.c.id == id, jobs.c.ended_at.is_(None)).values(cancel_asked=True))


def every(db: Connection, running: bool = False, limit: int = 100) -> list[JobRow]:
    """Newest first."""
    asked = select(*_SHAPE.selected(jobs)).order_by(jobs.c.id.desc()).limit(limit)
    return _SHAPE.of(db.execute(asked.where(jobs.c.ended_at.is_(None)) if running else asked))
