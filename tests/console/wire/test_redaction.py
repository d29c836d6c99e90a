"""Secrets are struck out of everything that is kept."""

from __future__ import annotations

import pytest

from console.wire.redaction import STRUCK, Redaction


@pytest.mark.parametrize(
    "text",
    [
        "grant_type=refresh_token&refresh_token=SECRET-1&client_id=app",
        '{"access_token": "SECRET-1", "instance_url": "https://x"}',
        '{"client_assertion" : "SECRET-1\\"quoted"}',
        "Authorization: Bearer SECRET-1",
        "<sessionId>SECRET-1</sessionId>",
        "/callback?code=SECRET-1&state=x",
    ],
)
def test_secrets_are_known_by_their_name(text: str) -> None:
    assert "SECRET-1" not in Redaction().text(text) and STRUCK in Redaction().text(text)


def test_secrets_are_known_by_their_value() -> None:
    redaction = Redaction(["hunter2-and-more"])
    redaction.learn("second-secret", "tiny")
    text = redaction.text("hunter2-and-more or second-secret or tiny")
    assert text == f"{STRUCK} or {STRUCK} or tiny"


def test_only_harmless_headers_keep_their_value() -> None:
    told = Redaction().headers([(b"Authorization", b"x"), (b"X-Api-Key", b"y"), (b"Content-Type", b"text/csv")])
    assert told == {"Authorization": STRUCK, "X-Api-Key": STRUCK, "Content-Type": "text/csv"}


def test_ordinary_words_stay() -> None:
    text = '{"errorCode": "INVALID_FIELD", "code": "E1", "message": "no such column"}'
    assert Redaction().text(text) == text


def test_a_secret_at_the_cut_is_not_half_shown() -> None:
    redaction = Redaction(["0123456789abcdef"])
    assert "0123" not in redaction.text("x" * 95 + "0123456789abcdef", limit=100)
