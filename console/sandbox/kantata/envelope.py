"""The side-loaded answer: results in order, each collection by id, foreign keys only where they were included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.sandbox.kantata.kinds import Kind, Link, link
from console.sandbox.kantata.store import Account, Row

Shown = dict[str, Any]
_REFERENCES = link("external_references:external_references*")
_VALUES = link("custom_field_values:custom_field_values*")
_VALUE_SUBJECTS = {"workspaces", "stories", "users", "workspace_groups", "workspace_resources"}
_UNREFERENCED = {"external_references", "custom_field_values", "external_payments", "subscribed_events"}


@dataclass(frozen=True, slots=True)
class Sight:
    """What the token may see: without `financial` access some attributes vanish; `half` hides half of the rows."""

    user_id: str
    financial: bool = True
    half: frozenset[str] = frozenset()
    lost: Mapping[str, str] = field(default_factory=dict)
    gained: Mapping[str, str] = field(default_factory=dict)

    def sees(self, plural: str, row: Row) -> bool:
        return plural not in self.half or int(row.id) % 2 == 0

    def altered(self, kind: Kind) -> bool:
        return not self.financial or kind.plural in self.lost


@dataclass(slots=True)
class Envelope:
    """Builds one answer. `include` and `optional` are what the request asked for."""

    account: Account
    sight: Sight
    include: Sequence[str] = ()
    optional: Sequence[str] = ()

    def of(self, kind: Kind, rows: Sequence[Row], count: int, number: int, size: int, pages: int) -> Shown:
        """The envelope around one page of `count` rows in all."""
        links = self.links(kind)
        main: Shown = {}
        answer: Shown = {
            "count": count,
            "results": [{"key": kind.plural, "id": row.id} for row in rows],
            kind.plural: main,
        }
        readers = [(each, self.reader(kind, each)) for each in links]
        show = self.shower(kind, readers)
        for row in rows:
            main[row.id] = show(row)
        for each, read in readers:
            self.side_load(answer.setdefault(each.to, {}), each, read, rows)
        if kind.plural == "subscribed_events" and "subject" in self.include:
            self.side_load_subjects(answer, rows)
        answer["meta"] = {"count": count, "page_count": pages, "page_number": number, "page_size": size}
        return answer

    def links(self, kind: Kind) -> list[Link]:
        """The associations asked for; unknown names are passed over."""
        found = []
        for name in self.include:
            if name in kind.links_by_name:
                found.append(kind.links_by_name[name])
            elif name == "external_references" and kind.plural not in _UNREFERENCED:
                found.append(_REFERENCES)
            elif name == "custom_field_values" and kind.plural in _VALUE_SUBJECTS:
                found.append(_VALUES)
        return found

    def reader(self, kind: Kind, link: Link) -> Callable[[Row], Any]:
        """How to read a foreign key (or list of keys) from a row."""
        account = self.account
        if link is _REFERENCES:
            return lambda row: [each.id for each in account.references_on(kind.subject, row.id)]
        if link is _VALUES:
            return lambda row: [each.id for each in account.values_on(kind.singular, row.id)]
        if link.via:
            there = account[link.to]
            if not link.many:
                return lambda row: next((each.id for each in there.linked(link.via, row.id)), None)
            return lambda row: [each.id for each in there.linked(link.via, row.id)]
        return lambda row: row.links.get(link.key)

    def shower(self, kind: Kind, readers: Sequence[tuple[Link, Callable[[Row], Any]]]) -> Callable[[Row], Shown]:
        keys = [(link.key, read) for link, read in readers]
        included = {link.key for link, _ in readers}
        always = [each.key for each in kind.links if each.always and each.key not in included]
        optional = [each.name for each in kind.attrs if each.optional and each.name in self.optional]
        if not (keys or always or optional or self.sight.altered(kind)):
            return lambda row: row.shown

        def show(row: Row) -> Shown:
            shown = dict(row.shown)
            for key in always:
                shown[key] = row.links.get(key)
            for name in optional:
                shown[name] = row.extra.get(name)
            for key, read in keys:
                shown[key] = read(row)
            return self.narrowed(kind, shown) if self.sight.altered(kind) else shown

        return show

    def narrowed(self, kind: Kind, shown: Shown) -> Shown:
        """The same without what this user may not see, and as a drifted account would show it."""
        if not self.sight.financial:
            for each in kind.attrs:
                if each.financial:
                    shown.pop(each.name, None)
        if kind.plural in self.sight.lost:
            shown.pop(self.sight.lost[kind.plural], None)
            shown[self.sight.gained[kind.plural]] = None
        return shown

    def side_load(self, into: Shown, link: Link, read: Callable[[Row], Any], rows: Iterable[Row]) -> None:
        """Add the objects a link points to, each once, without keys of their own."""
        there = self.account[link.to]
        show = self.shower(there.kind, ())
        for row in rows:
            found = read(row)
            for each in found if isinstance(found, list) else (found,):
                if each is None or each in into:
                    continue
                other = there.rows.get(each)
                if other is not None and self.sight.sees(link.to, other):
                    into[each] = show(other)

    def side_load_subjects(self, answer: Shown, rows: Iterable[Row]) -> None:
        """What events are about, where it still exists."""
        for row in rows:
            about = row.shown["subject_ref"]
            there = self.account[about["key"]]
            other = there.rows.get(about["id"])
            if other is not None and self.sight.sees(about["key"], other):
                answer.setdefault(about["key"], {}).setdefault(other.id, self.shower(there.kind, ())(other))
