"""What Salesforce says when it will not: a status and one error, in the array form of the data API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """A request or a row that is not done. `fields` is None where the vendor leaves the key out (not row errors)."""

    status: int
    code: str
    message: str
    fields: Sequence[str] | None = None

    def body(self) -> list[dict[str, Any]]:
        """The answer of a data resource: `[{"message", "errorCode"[, "fields"]}]`."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = list(self.fields)
        return [error]

    def row(self) -> dict[str, Any]:
        """The same as one row of a collection answer: `statusCode` instead of `errorCode`."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}

    def cell(self) -> str:
        """The same in the `sf__Error` column of a bulk job."""
        return f"{self.code}:{self.message}:{' '.join(self.fields or ())} --"


def not_found() -> Refusal:
    return Refusal(404, "NOT_FOUND", "The requested resource does not exist")


def no_such_record(named: str) -> Refusal:
    return Refusal(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {named}")


def bad_json(message: str) -> Refusal:
    return Refusal(400, "JSON_PARSER_ERROR", message)
