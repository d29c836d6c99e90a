"""How the account's objects are declared: attributes that are always shown, links that only `include` shows.

A declaration is text, one word per attribute or link: `name:type:marks`. Marks are `c` (may be created with), `u`
(may be changed), `!` (must be given), `?` (shown only through `optional_fields`), `$` (only with financial access),
`@` (a foreign key that is shown without being included).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Attr:
    """One attribute. `kind` is text, int, bool, date, stamp, number or any; `sent_as` its name in requests."""

    name: str
    kind: str
    create: bool
    update: bool
    required: bool
    optional: bool
    financial: bool
    sent_as: str


@dataclass(frozen=True, slots=True)
class Link:
    """One association. `key` is the foreign key it adds (`workspace_id`, `approver_ids`), `to` the collection.

    A link with `via` keeps nothing: it is every row of `to` whose own key `via` names this row.
    """

    name: str
    key: str
    to: str
    many: bool
    create: bool
    update: bool
    required: bool
    always: bool
    via: str
    sent_as: str


@dataclass(frozen=True)
class Kind:
    """One collection: plural and singular words, its name as the subject of references, and what its rows hold."""

    plural: str
    singular: str
    subject: str
    attrs: Sequence[Attr]
    links: Sequence[Link]
    search: Sequence[str] = ()
    writes: str = "cud"
    dates: Mapping[str, str] = field(default_factory=dict)
    """Range filter -> the date attribute it is about."""

    @cached_property
    def links_by_name(self) -> dict[str, Link]:
        return {each.name: each for each in self.links}

    @cached_property
    def links_by_key(self) -> dict[str, Link]:
        return {each.key: each for each in self.links}

    @cached_property
    def attrs_by_sent(self) -> dict[str, Attr]:
        return {each.sent_as: each for each in self.attrs}

    @cached_property
    def links_by_sent(self) -> dict[str, Link]:
        return {each.sent_as: each for each in self.links}

    @cached_property
    def required_attrs(self) -> tuple[Attr, ...]:
        return tuple(each for each in self.attrs if each.required)

    @cached_property
    def required_links(self) -> tuple[Link, ...]:
        return tuple(each for each in self.links if each.required)

    @cached_property
    def indexed(self) -> tuple[str, ...]:
        """Keys by which rows can be looked up quickly: every single link that is kept."""
        return tuple(each.key for each in self.links if not each.many and not each.via)


def attr(text: str) -> Attr:
    name, _, rest = text.partition(":")
    kind, _, marks = rest.partition(":")
    name, _, sent_as = name.partition("<")
    return Attr(
        name,
        kind or "text",
        "c" in marks,
        "u" in marks,
        "!" in marks,
        "?" in marks,
        "$" in marks,
        sent_as or name,
    )


def link(text: str) -> Link:
    """`name:collection:marks`, or `name=key:collection:marks`; `*` makes it many, `<child_key` looks it up there."""
    head, to, marks = (*text.split(":"), "", "")[:3]
    head, _, sent_as = head.partition("<")
    name, _, key = head.partition("=")
    to, _, via = to.partition("<")
    many = to.endswith("*") or (bool(via) and name.endswith("s"))
    to = to.rstrip("*")
    key = key or (f"{_singular(name)}_ids" if many else f"{name}_id")
    return Link(name, key, to, many, "c" in marks, "u" in marks, "!" in marks, "@" in marks, via, sent_as or key)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") else word


def kind(
    plural: str,
    subject: str,
    attrs: str,
    links: str = "",
    *,
    search: str = "",
    writes: str = "cud",
    dates: Mapping[str, str] | None = None,
) -> Kind:
    """A collection from its declaration."""
    return Kind(
        plural=plural,
        singular=_singular(plural),
        subject=subject,
        attrs=tuple(attr(each) for each in attrs.split()),
        links=tuple(link(each) for each in links.split()),
        search=tuple(search.split()),
        writes=writes,
        dates=dates or {},
    )
