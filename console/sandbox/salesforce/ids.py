"""Record ids as Salesforce makes them: a prefix for the object, a counter, and three letters that survive lost case."""

from __future__ import annotations

import re
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FORM = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_POD = "8d00000"


def checksum(short: str) -> str:
    """The three letters after a 15-character id: one for each five, a bit for every capital letter."""
    return "".join(
        _SUFFIX[sum(1 << place for place, letter in enumerate(short[at : at + 5]) if "A" <= letter <= "Z")]
        for at in (0, 5, 10)
    )


def mint(prefix: str, number: int) -> str:
    """The 18-character id of the n-th record (from 1) of the object with a three-character prefix."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    short = f"{prefix}{_POD}{digits.rjust(5, '0')}"
    return short + checksum(short)


@lru_cache(maxsize=65536)
def to18(text: str) -> str | None:
    """The 18-character form of a 15- or 18-character id; None when it is neither."""
    if not _FORM.fullmatch(text):
        return None
    if len(text) == 18:
        return _restored(text)
    return text + checksum(text)


def _restored(text: str) -> str | None:
    """The id behind 18 characters whose case may be lost: the suffix says which letters were capitals."""
    short = ""
    for place, letter in enumerate(text[:15]):
        bits = _SUFFIX.find(text[15 + place // 5].upper())
        if bits < 0:
            return None
        short += letter.upper() if bits >> (place % 5) & 1 else letter.lower()
    return short + text[15:].upper()
