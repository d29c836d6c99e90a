"""What is gone: Kantata's event feed where it may be read, checked against the list; absence alone proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.platforms.kantata.client import Client
from console.platforms.kantata.envelope import Row, id_of
from console.platforms.kantata.position import Cursor, instant, stamp_of
from console.platforms.kantata.resources import Resource
from console.wire.surface import Remote, Unsure
from console.words import _

FEED = Resource("event", "subscribed_events", "subscribed_event", "", "created_at:asc")
_ASKED_SINGLY = 20


class Deletions:
    """Hears of deleted records: an add-on for administrators, nine days long, unordered, with repeats."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def since(self, resource: Resource, cursor: Cursor, first: bool) -> Sequence[str]:
        """Ids deleted since the cursor, confirmed by the list not showing them; a first read only takes its place."""
        if not resource.events or not await self._client.feed_open():
            return ()
        position = cursor.of(FEED.path)
        event = {"event_types": f"{resource.events}:deleted"}
        if first:
            newest = await self._client.page(FEED, {**event, "order": "created_at:desc", "per_page": "1"})
            position.at = max((instant(each.get("created_at")) for each in newest.rows), default=0)
            return ()
        after = {"created_after": stamp_of(position.since)} if position.since else {}
        told = await self._events({**event, **after})
        fresh = [each for each in told if position.fresh(id_of(each.get("id")), instant(each.get("created_at")))]
        names = list(dict.fromkeys(id_of(each.get("subject_id")) for each in fresh if _deletion(each, resource)))
        rows = await self._client.rows_by_id(resource, names) if names else ()
        there = {id_of(row.get("id")) for row in rows if not row.get("deleted_at")}
        return [name for name in names if name and name not in there]

    async def judge(self, resource: Resource, missing: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        """What became of records the list does not show: gone needs both the feed's word and a 404."""
        deleted = await self._deleted(resource, missing)
        return {
            name: await self._judged(resource, name, name in deleted)
            if name in deleted or len(missing) <= _ASKED_SINGLY
            else _unsure()
            for name in missing
        }

    async def _judged(self, resource: Resource, name: str, deleted: bool) -> Remote | Unsure | None:
        row = await self._client.one(resource, name) if name.isdecimal() else None
        if row is None:
            return None if deleted else _unsure()
        return None if row.get("deleted_at") else self._client.remotes(resource, [row])[0]

    async def _deleted(self, resource: Resource, names: Sequence[str]) -> set[str]:
        if not names or not resource.events or not await self._client.feed_open():
            return set()
        told = await self._events({"event_types": f"{resource.events}:deleted"})
        return {id_of(each.get("subject_id")) for each in told if _deletion(each, resource)} & set(names)

    async def _events(self, params: Mapping[str, str]) -> Sequence[Row]:
        return [row async for page in self._client.pages(FEED, params) for row in page.rows]


def _deletion(event: Row, resource: Resource) -> bool:
    return event.get("event_type") == f"{resource.events}:deleted"


def _unsure() -> Unsure:
    return Unsure(
        _("Kantata does not show it, but nothing proves that it was deleted: its project may be hidden from this user.")
    )
