"""The account's rows: one collection per kind, found by id, link, reference or time of change."""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.kinds import Kind


class Row:
    """One object. `shown` is what the API shows of it as JSON values; `links` and `extra` only appear when asked for.

    `created` and `stamp` are microseconds since 1970; `shown` carries them cut to seconds.
    """

    __slots__ = ("created", "extra", "id", "links", "shown", "stamp")

    def __init__(
        self, row_id: str, shown: dict[str, Any], links: dict[str, Any], extra: dict[str, Any], moment: datetime
    ) -> None:
        self.id = row_id
        self.shown = shown
        self.links = links
        self.extra = extra
        self.created = self.stamp = stamps.ticks(moment)


class Collection:
    """All rows of one kind. `version` moves with every change, so that a list may be kept between pages."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.rows: dict[str, Row] = {}
        self.version = 0
        self._by_link: dict[str, dict[str, dict[str, None]]] = {key: {} for key in kind.indexed}
        self._log: list[tuple[int, int]] = []
        self._last = 1000 + zlib.crc32(kind.plural.encode()) % 9000 * 100

    def next_id(self) -> str:
        self._last += 1
        return str(self._last)

    def put(self, row: Row) -> None:
        """Stand a new row in the collection."""
        self.rows[row.id] = row
        for key, index in self._by_link.items():
            linked = row.links.get(key)
            if linked is not None:
                index.setdefault(linked, {})[row.id] = None
        self._logged(row)

    def relink(self, row: Row, links: Mapping[str, Any]) -> None:
        """Change where a row points to."""
        for key, value in links.items():
            index = self._by_link.get(key)
            if index is not None and row.links.get(key) != value:
                index.get(row.links.get(key) or "", {}).pop(row.id, None)
                if value is not None:
                    index.setdefault(value, {})[row.id] = None
            row.links[key] = value

    def touched(self, row: Row, moment: datetime) -> None:
        """A row has changed: its stamp and place among the changes move."""
        row.stamp = stamps.ticks(moment)
        if "updated_at" in row.shown:
            row.shown["updated_at"] = stamps.shown(moment)
        self._logged(row)

    def _logged(self, row: Row) -> None:
        self.version += 1
        entry = (row.stamp, int(row.id))
        if not self._log or self._log[-1] < entry:
            self._log.append(entry)
        else:
            insort(self._log, entry)

    def drop(self, row: Row) -> None:
        self.version += 1
        del self.rows[row.id]
        for key, index in self._by_link.items():
            linked = row.links.get(key)
            if linked is not None:
                index.get(linked, {}).pop(row.id, None)

    def linked(self, key: str, value: str) -> Sequence[Row]:
        """Rows whose single link points to an id, oldest first."""
        index = self._by_link.get(key)
        if index is None:
            return [row for row in self.rows.values() if value in (row.links.get(key) or ())]
        return [self.rows[each] for each in index.get(value, ())]

    def since(self, ticks: int) -> Iterator[Row]:
        """Rows changed at or after an instant, oldest change first."""
        for stamp, number in self._log[bisect_left(self._log, (ticks, 0)) :]:
            row = self.rows.get(str(number))
            if row is not None and row.stamp == stamp:
                yield row


class Account:
    """The whole account: its collections, the references on its objects, and who hears of a change."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.of: dict[str, Collection] = {name: Collection(kind) for name, kind in KINDS.items()}
        self.id = "0"
        self.user_id = ""
        self.locked_to = ""
        self._references: dict[tuple[str, str], dict[str, None]] = {}
        self._by_ref: dict[str, dict[str, None]] = {}
        self._values: dict[tuple[str, str], dict[str, None]] = {}

    def __getitem__(self, plural: str) -> Collection:
        return self.of[plural]

    def row(self, plural: str, row_id: object) -> Row | None:
        return self.of[plural].rows.get(str(row_id)) if row_id is not None else None

    def build(
        self,
        plural: str,
        values: Mapping[str, Any],
        links: Mapping[str, Any],
        extra: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Row:
        """A new row with every attribute of its kind, standing in its collection."""
        collection = self.of[plural]
        moment = at or self.now()
        text = stamps.shown(moment)
        shown: dict[str, Any] = {}
        hidden: dict[str, Any] = dict(extra or {})
        for attr in collection.kind.attrs:
            value = values.get(attr.name)
            if attr.name in ("created_at", "updated_at"):
                value = text
            if attr.optional:
                hidden.setdefault(attr.name, value)
            else:
                shown[attr.name] = value
        row_id = collection.next_id()
        shown["id"] = row_id
        own = [each for each in collection.kind.links if not each.via]
        kept = {each.key: links.get(each.key, [] if each.many else None) for each in own}
        row = Row(row_id, shown, kept, hidden, moment)
        collection.put(row)
        return row

    def hang_reference(self, reference: Row) -> None:
        """Make an external reference findable from its subject and by its ref."""
        subject = (reference.shown["subject_type"], str(reference.shown["subject_id"]))
        self._references.setdefault(subject, {})[reference.id] = None
        self._by_ref.setdefault(str(reference.shown["service_model_ref"]), {})[reference.id] = None

    def unhang_reference(self, reference: Row) -> None:
        subject = (reference.shown["subject_type"], str(reference.shown["subject_id"]))
        self._references.get(subject, {}).pop(reference.id, None)
        self._by_ref.get(str(reference.shown["service_model_ref"]), {}).pop(reference.id, None)

    def references_on(self, subject_type: str, subject_id: str) -> list[Row]:
        rows = self.of["external_references"].rows
        return [rows[each] for each in self._references.get((subject_type, subject_id), ())]

    def references_named(self, ref: str) -> Iterable[Row]:
        rows = self.of["external_references"].rows
        return [rows[each] for each in self._by_ref.get(ref, ())]

    def hang_value(self, value: Row) -> None:
        """Make a custom field value findable from its subject (`workspace`, id)."""
        subject = (value.shown["subject_type"], str(value.shown["subject_id"]))
        self._values.setdefault(subject, {})[value.id] = None

    def unhang_value(self, value: Row) -> None:
        subject = (value.shown["subject_type"], str(value.shown["subject_id"]))
        self._values.get(subject, {}).pop(value.id, None)

    def values_on(self, subject_type: str, subject_id: str) -> list[Row]:
        """Custom field values of a subject (`workspace`, id)."""
        rows = self.of["custom_field_values"].rows
        return [rows[each] for each in self._values.get((subject_type, subject_id), ())]
