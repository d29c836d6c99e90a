"""Guards a walk over pages: a token seen twice would make it endless, and a total that changes must be noticed."""

from __future__ import annotations

from console.wire.faults import Unexpected
from console.words import _


class PageGuard:
    """Remembers the page tokens of one read."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._seen: set[str] = set()

    def pass_by(self, token: str) -> str:
        """The token, or `Unexpected` when this read already followed it."""
        if token in self._seen:
            raise Unexpected(
                _("The platform sent the same page of {kind} twice; reading was stopped.", kind=self._kind),
                _("Nothing was lost: the read goes on from its last cursor. If it stays, tell the platform's support."),
                vendor_text=token[:200],
                sent=False,
            )
        self._seen.add(token)
        return token

    @property
    def pages(self) -> int:
        return len(self._seen)
