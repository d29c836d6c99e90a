"""What came back from one call: status, headers, body; and the note of it that a trace keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from console.wire.faults import Unexpected
from console.wire.payload import RECORD_LIMIT, NotJson, parse
from console.words import _

_TRACE_NAMES = frozenset(
    (b"x-request-id", b"x-n-operationid", b"request-id", b"x-correlation-id", b"sfdc-request-id", b"x-amzn-requestid")
)
_UNREAD = object()


@dataclass(slots=True)
class Answer:
    """One answer, whole and decoded; any status. `mended` says its JSON held something that is no JSON."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
    mended: bool = False
    _value: Any = field(default=_UNREAD, repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def trace_id(self) -> str:
        """The platform's own id of this request, when it gives one."""
        for name, value in self.headers.raw:
            if name.lower() in _TRACE_NAMES:
                return value.decode("latin-1")[:100]
        return ""

    @property
    def suspect(self) -> bool:
        """Whether a record in it may be too large or was mended, so that each must be examined."""
        return self.mended or len(self.body) > RECORD_LIMIT

    def json(self) -> Any:
        """The parsed body, parsed once; raises `Unexpected` when it is no whole JSON document."""
        if self._value is _UNREAD:
            try:
                self._value, self.mended = parse(self.body)
            except NotJson as broken:
                raise Unexpected(
                    _("The platform's answer is not complete JSON ({size} bytes).", size=len(self.body)),
                    _("Try again; if it stays, a proxy on the way may be changing answers."),
                    vendor_text=str(broken),
                    trace_id=self.trace_id,
                ) from None
        return self._value

    def json_object(self) -> dict[str, Any]:
        """The parsed body when it is an object; raises `Unexpected` otherwise."""
        value = self.json()
        if not isinstance(value, dict):
            raise Unexpected(
                _("The platform's answer has another form than documented."),
                _("Check the address of the connection: it must be the platform's own API."),
                trace_id=self.trace_id,
            )
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP exchange for a trace: nothing in it is secret.

    `path` holds the query with secrets struck out; `request_text` and `answer_text` are kept for writes and for
    refusals only. `status` 0 and `fault` say that no answer came.
    """

    connection: str
    method: str
    host: str
    path: str
    status: int
    ms: float
    sent_bytes: int
    received_bytes: int
    trace_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    request_text: str = ""
    answer_text: str = ""
    fault: str = ""
