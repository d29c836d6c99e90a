"""Which records may be the same: by our key, a stored cross-reference, a natural key, or a name that resembles."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

_LEGAL_FORMS = re.compile(
    r"\b(incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|plc|gmbh|ag|se|kg|sa|sas|sarl|bv|nv|ab|oy|"
    r"as|aps|kk|pty|spa|srl|group|holding|holdings)\b"
)
LIKELY = 0.86
"""How alike two normalised names are, from 0 to 1, before a person is asked."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record to match: exact keys by method, strongest first, and a name compared within a group.

    `keys` maps a method (`key`, `cross_reference`, `natural_key`) to values that prove identity within `group`
    (a parent record or legal entity; empty: everywhere).
    """

    ref: str
    name: str = ""
    group: str = ""
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A master and a record elsewhere; `score` is 1 for proven ones."""

    master: str
    other: str
    method: str
    why: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Matches:
    """`proven` may be linked at once, `likely` needs a person, `doubles` are masters with several proven records."""

    proven: Sequence[Match]
    likely: Sequence[Match]
    doubles: Mapping[str, Sequence[Match]]


METHODS = ("key", "cross_reference", "natural_key")


def normal(name: str) -> str:
    """A name without accents, case, punctuation and legal form, for comparing only."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold() or name.casefold()
    words = re.sub(r"[^0-9a-z\u0080-\uffff]+", " ", folded)
    return re.sub(r"\s+", " ", _LEGAL_FORMS.sub(" ", words)).strip()


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1, after normalising."""
    left, right = normal(one), normal(other)
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def match(masters: Sequence[Candidate], others: Sequence[Candidate]) -> Matches:
    """Match records of one kind: exact methods first, in their order; each record is linked at most once."""
    open_masters = {each.ref: each for each in masters}
    open_others = {each.ref: each for each in others}
    proven: list[Match] = []
    doubles: dict[str, Sequence[Match]] = {}
    for method in METHODS:
        found = _exact(method, open_masters.values(), open_others.values())
        for master, hits in found.items():
            if len(hits) > 1:
                doubles[master] = hits
            else:
                proven.append(hits[0])
            open_masters.pop(master, None)
            for hit in hits:
                open_others.pop(hit.other, None)
    return Matches(proven, _alike(open_masters.values(), open_others.values()), doubles)


def _exact(method: str, masters: Iterable[Candidate], others: Iterable[Candidate]) -> dict[str, list[Match]]:
    index: dict[tuple[str, str], list[str]] = defaultdict(list)
    for other in others:
        for value in other.keys.get(method, ()):
            if value:
                index[other.group, value.casefold()].append(other.ref)
    found: dict[str, list[Match]] = {}
    taken: set[str] = set()
    for master in masters:
        hits: dict[str, Match] = {}
        for value in master.keys.get(method, ()):
            for ref in index.get((master.group, value.casefold()), ()) if value else ():
                if ref not in taken:
                    hits.setdefault(ref, Match(master.ref, ref, method, value))
        if hits:
            found[master.ref] = list(hits.values())
            taken.update(hits)
    return found


def _alike(masters: Iterable[Candidate], others: Iterable[Candidate]) -> list[Match]:
    by_group: dict[str, list[tuple[Candidate, frozenset[str]]]] = defaultdict(list)
    for other in others:
        if other.name:
            by_group[other.group].append((other, _words(other.name)))
    likely: list[Match] = []
    for master in masters:
        words = _words(master.name)
        for other, other_words in by_group.get(master.group, ()):
            if not words & other_words:
                continue
            score = likeness(master.name, other.name)
            if score >= LIKELY:
                likely.append(Match(master.ref, other.ref, "likeness", f"{master.name} ~ {other.name}", score))
    return sorted(likely, key=lambda each: (-each.score, each.master, each.other))


def _words(name: str) -> frozenset[str]:
    return frozenset(word[:4] for word in normal(name).split())
