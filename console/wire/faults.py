"""The five faults a platform can answer with, named by what happens next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from console.records.problem import Problem


@dataclass(slots=True)
class Fault(Exception):
    """Something a platform did not do.

    `sentence` and `remedy` are for people; `vendor_code` and `vendor_text` are what the platform said (secrets
    struck out, at most 500 characters); `trace_id` is the platform's own request id; `problem` is set when a
    controller can act on it. `sent` is False only when it is certain that nothing reached the platform.
    """

    sentence: str
    remedy: str = ""
    vendor_code: str = ""
    vendor_text: str = ""
    trace_id: str = ""
    problem: Problem | None = None
    sent: bool = True
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class SignInAgain(Fault):
    """The credential is wrong, expired or revoked: a person signs in again; nothing is retried until then."""


@dataclass(slots=True)
class TryLater(Fault):
    """Limits, outages, locks: the same call may work after `wait` seconds (0: the pacing decides)."""

    wait: float = 0.0


class Refused(Fault):
    """The platform understood and said no: `problem` says why; the same body will be refused again."""


class ChangedMeanwhile(Fault):
    """The record is not what we thought (version, precondition, duplicate): read again and plan again."""


class Unexpected(Fault):
    """The answer cannot be understood or never came. For a write its outcome is unknown unless `sent` is False."""
