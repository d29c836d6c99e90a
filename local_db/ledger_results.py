"""Results: what came of an attempt, recorded only by the worker that still holds the fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from console.records.problem import Problem


@dataclass(frozen=True, slots=True)
class Done:
    """The platform stored it. `stored` is the body as read back (None: what was sent)."""

    remote_id: str
    version: str = ""
    stored: Mapping[str, Any] | None = None
    created: bool | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """Taken, not processed yet: poll `job` after `wait` seconds."""

    job: str
    wait: float = 5.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer: look it up after `wait` seconds."""

    sentence: str
    wait: float = 120.0


@dataclass(frozen=True, slots=True)
class Held:
    """A person must act on `problem`; nothing was stored."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was stored; try again after `wait` seconds."""

    wait: float
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Replan:
    """The world changed meanwhile; nothing was stored. The subject is planned again."""

    sentence: str


Result = Done | Accepted | Unknown | Held | Later | Replan


@dataclass(frozen=True, slots=True)
class Closing:
    """The result of one attempt under one fence. `answer` and `error` are kept with the attempt (JSON, struck out)."""

    intent: int
    fence: int
    attempt: int
    result: Result
    answer: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    ms: int | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Tries:
    """When trying ends: the intent is then held as `tries_ended` (or `answer_lost` while its outcome is unknown)."""

    most: int = 8
    hours: float = 24.0


def close_attempts(
    db: Connection, closings: Sequence[Closing], at: datetime, tries: Tries = Tries()
) -> list[int]:
    """Record results where fence and lease still hold; answers the ids of intents lost to a newer fence or lease.

    An attempt's own row is closed in any case. Held results open their hold, done ones end it, and subjects with a
    newer plan waiting are marked for planning, all in the caller's step.
    """
    ...
