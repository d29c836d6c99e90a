"""What Kantata says when it will not: a status and errors of a type, a message and perhaps a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """A request that is not done. `kind` is `oauth`, `system` or `validation`; the messages are no contract."""

    status: int
    kind: str
    message: str
    field: str = ""

    def body(self) -> dict[str, Any]:
        """`{"errors": [{"type", "message"[, "field"]}]}`."""
        error = {"type": self.kind, "message": self.message}
        if self.field:
            error["field"] = self.field
        return {"errors": [error]}


def not_found() -> Refusal:
    return Refusal(404, "system", "Not found")


def unauthorised() -> Refusal:
    return Refusal(401, "oauth", "Invalid OAuth 2 Request")


def invalid(field: str, message: str) -> Refusal:
    """A value that the vendor will not take."""
    return Refusal(422, "validation", message, field)


def blank(field: str) -> Refusal:
    """A required value that is missing."""
    words = field.removesuffix("_id").replace("_", " ").capitalize()
    return invalid(field, f"{words} can't be blank")
