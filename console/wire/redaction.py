"""Strikes secrets out of everything that is kept or shown: headers, queries, bodies and known secret values."""

from __future__ import annotations

import re
from collections.abc import Iterable

STRUCK = "•••"
KEPT = 4_000
"""Characters of a body that a trace keeps."""
_SHORTEST = 6
_OPEN_HEADERS = frozenset(
    b"accept content-type content-length content-encoding location prefer preference-applied retry-after date "
    b"if-match etag user-agent sforce-limit-info sforce-query-options sforce-locator sforce-numberofrecords "
    b"x-request-id x-n-operationid request-id x-correlation-id".split()
)
_NAMES = (
    r"access_token|refresh_token|id_token|client_secret|client_assertion|assertion|password|passphrase|"
    r"code_verifier|consumer_secret|token_secret|private_key|api_?key|secret|authorization|sid|session_?id|signature"
)
_IN_FORM = re.compile(rf"(?i)\b((?:{_NAMES}|code|token|key)=)[^&\s\"']+")
_IN_JSON = re.compile(rf'(?i)("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"')
_BEARER = re.compile(r"(?i)\b(bearer|basic|oauth)\s+[A-Za-z0-9!._~+/=-]{8,}")
_MARKUP = re.compile(r"(?i)(<(sessionid|password|token)>)[^<]*(</)")


class Redaction:
    """What one connection must never show; learns each token as it is issued."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self.learn(*secrets)

    def __repr__(self) -> str:
        return f"Redaction({len(self._secrets)} secrets)"

    def learn(self, *secrets: str) -> None:
        """Strike these values wherever they appear from now on; shorter than six characters are too common."""
        fresh = {each for each in secrets if len(each) >= _SHORTEST} - self._secrets
        if fresh:
            self._secrets |= fresh
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._known = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str, limit: int = KEPT) -> str:
        """The text without secrets, at most `limit` characters of it."""
        text = text[: limit * 2]
        if self._known is not None:
            text = self._known.sub(STRUCK, text)
        text = _IN_FORM.sub(rf"\1{STRUCK}", text)
        text = _IN_JSON.sub(rf'\1"{STRUCK}"', text)
        text = _MARKUP.sub(rf"\1{STRUCK}\3", text)
        return _BEARER.sub(rf"\1 {STRUCK}", text)[:limit]

    def body(self, body: bytes, limit: int = KEPT) -> str:
        """The beginning of a body as text without secrets."""
        return self.text(body[: limit * 2].decode("utf-8", "replace"), limit) if body else ""

    def headers(self, raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """Header names as sent; values only of those that cannot carry a secret."""
        return {
            name.decode("latin-1"): value.decode("latin-1") if name.lower() in _OPEN_HEADERS else STRUCK
            for name, value in raw
        }
