"""Which records may be the same: by our key, a stored cross-reference, a natural key, or a name that resembles."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")

_LEGAL_FORMS = re.compile(
    r"\b(incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|plc|gmbh|ag|se|kg|sa|sas|sarl|bv|nv|ab|oy|"
    r"as|a s|aps|kk|k k|pty|spa|srl|s a|b v|n v|group|holding|holdings)\b"
)
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that no accent can be taken from."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_BREAKS = re.compile(r"[\W_]+|株式会社|有限会社|合同会社")
COMMON = 100
"""How many records may share a word before it is no help in finding a name that resembles."""
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
    folded = name.casefold().translate(_LETTERS).replace(".", "")
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    words = " ".join(_BREAKS.sub(" ", unicodedata.normalize("NFC", bare)).split())
    return " ".join(_LEGAL_FORMS.sub(" ", words).split()) or words


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1, after normalising."""
    return _alike(normal(one), normal(other))


def _alike(left: str, right: str, least: float = 0.0) -> float:
    """How alike two normalised names are; 0 as soon as it is sure to be below `least`."""
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def match(masters: Sequence[Candidate], others: Sequence[Candidate]) -> Matches:
    """Match records of one kind: exact methods first, in their order; each record is linked at most once.

    A value proves identity when one record on each side has it. One master with several others is a double, one other
    record with several masters waits for a person, and what several on both sides have (a word, a shared domain) says
    nothing.
    """
    open_masters = {each.ref: each for each in masters}
    open_others = {each.ref: each for each in others}
    proven: list[Match] = []
    unclear: list[Match] = []
    doubles: dict[str, Sequence[Match]] = {}
    for method in METHODS:
        for hits in _exact(method, open_masters.values(), open_others.values()):
            found = {hit.master for hit in hits}
            if len(found) > 1:
                unclear += hits
            elif len(hits) > 1:
                doubles[hits[0].master] = hits
            else:
                proven += hits
            for hit in hits:
                open_masters.pop(hit.master, None)
                open_others.pop(hit.other, None)
    likely = _resembling(open_masters.values(), open_others.values())
    return Matches(proven, [*unclear, *likely], doubles)


def _exact(method: str, masters: Iterable[Candidate], others: Iterable[Candidate]) -> list[list[Match]]:
    """Matches by one method, those that share a record together.

    Values that a single record has on either side come first; one that several have adds to them, or to what they
    leave open, but never goes against them.
    """
    left, right = _by_value(method, masters), _by_value(method, others)
    shared = [(value, left[value], right[value]) for value in left if value in right]
    hits: dict[tuple[str, str], Match] = {}
    partner: dict[str, str] = {}
    for (_group, value), own, there in shared:
        if len(own) == len(there) == 1:
            hits.setdefault((own[0], there[0]), Match(own[0], there[0], method, value))
            partner |= {own[0]: there[0], there[0]: own[0]}
    for (_group, value), own, there in shared:
        for pair in _several(own, there, partner):
            hits.setdefault(pair, Match(*pair, method, value))
    return _together(hits.values())


def _several(own: Sequence[str], there: Sequence[str], partner: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a value says that one record has on one side and several on the other."""
    if len(own) == 1 < len(there) and all(partner.get(other, own[0]) == own[0] for other in there):
        return [(own[0], other) for other in there]
    if len(there) == 1 < len(own) and not partner.keys() & {there[0], *own}:
        return [(master, there[0]) for master in own]
    return []


def _by_value(method: str, candidates: Iterable[Candidate]) -> dict[tuple[str, str], list[str]]:
    """(group, value) -> the refs that have it."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for each in candidates:
        for value in each.keys.get(method, ()):
            if value:
                found[each.group, value.casefold()][each.ref] = None
    return {value: list(refs) for value, refs in found.items()}


def _together(hits: Iterable[Match]) -> list[list[Match]]:
    """Hits in groups: two that share a master or an other record belong together."""
    home: dict[str, list[Match]] = {}
    for hit in hits:
        one, other = home.get(hit.master, []), home.get(hit.other, [])
        merged = [*one, *(other if other is not one else []), hit]
        for each in merged:
            home[each.master] = home[each.other] = merged
    return list({id(group): group for group in home.values()}.values())


def _resembling(masters: Iterable[Candidate], others: Iterable[Candidate]) -> list[Match]:
    by_word: dict[tuple[str, str], list[tuple[Candidate, str]]] = defaultdict(list)
    for other in others:
        name = normal(other.name)
        for word in _beginnings(name):
            by_word[other.group, word].append((other, name))
    likely: list[Match] = []
    for master in masters:
        name = normal(master.name)
        lists = sorted((by_word.get((master.group, word), []) for word in _beginnings(name)), key=len)
        near = {other.ref: (other, said) for listed in _telling(lists) for other, said in listed}
        for other, said in near.values():
            score = _alike(said, name, LIKELY)
            if score >= LIKELY:
                likely.append(Match(master.ref, other.ref, "likeness", f"{master.name} ~ {other.name}", score))
    return sorted(likely, key=lambda each: (-each.score, each.master, each.other))


def _telling(lists: Sequence[list[T]]) -> Sequence[list[T]]:
    """Of the records that share each word, shortest list first, those of words that are not on everybody's lips."""
    found = [each for each in lists if each]
    return [each for each in found if len(each) <= COMMON] or found[:1]


def _beginnings(name: str) -> set[str]:
    return {word[:4] for word in name.split()}
