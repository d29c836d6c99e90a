"""What every resource of the org needs to answer one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from console.sandbox.answering import Request
from console.sandbox.salesforce.refusal import bad_json
from console.sandbox.salesforce.view import View

if TYPE_CHECKING:
    from console.sandbox.salesforce.bulk_jobs import Jobs
    from console.sandbox.salesforce.reading import Cursors


@dataclass(frozen=True, slots=True)
class Context:
    """The request, what its user sees, the version it asked for (`62.0`) and the org's open cursors and jobs."""

    request: Request
    view: View
    version: float
    cursors: Cursors
    jobs: Jobs

    @property
    def root(self) -> str:
        return f"/services/data/v{self.version:.1f}"

    def body(self) -> dict[str, object]:
        """The JSON object of the request. Raises JSON_PARSER_ERROR."""
        try:
            value = orjson.loads(self.request.body or b"{}")
        except orjson.JSONDecodeError as error:
            place = f"[line:{error.lineno}, column:{error.colno}]"
            raise bad_json(f"Unexpected character or end of input at {place}") from None
        if not isinstance(value, dict):
            raise bad_json("The request body must be a JSON object at [line:1, column:1]")
        return value
