"""What can come of an attempt, and when trying ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """A person must act on `problem`. Nothing was stored, unless `unsure`: then nobody can tell."""

    problem: Problem
    unsure: bool = False


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
    """The result of one attempt under one fence. `answer` and `error` are kept with the attempt (JSON, struck out).

    A look-up that settles an unknown one closes the same attempt again.
    """

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
