"""One signed-in Kantata account: calls, pages, look-ups by id and by our reference; no status leaves this module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from console.platforms.kantata.envelope import Page, Row, id_of, opened
from console.platforms.kantata.faults import fault_of, not_offered
from console.platforms.kantata.joins import joined, membership_of
from console.platforms.kantata.mapping import remotes_of
from console.platforms.kantata.position import YOUNG_MS
from console.platforms.kantata.resources import PAGE, Resource
from console.platforms.kantata.window import same_page_twice
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Refused, Unexpected
from console.wire.http import Wire
from console.wire.mapping import Mapping as FieldMapping
from console.wire.surface import Remote

_SKEW = timedelta(minutes=5)
_SEES_ALL = frozenset(("administrator", "reports_viewer", "reports_viewer_with_cost"))
_ADMINISTRATORS_SEE = frozenset(("bill_rate_in_cents", "cost_rate_in_cents"))


class Client:
    """Speaks to one account. Every method raises only the five faults."""

    def __init__(self, wire: Wire, mapping: FieldMapping) -> None:
        self.wire = wire
        self.mapping = mapping
        self._filters: dict[str, Mapping[str, str]] = {}
        self._me: Row | None = None
        self._feed_open: bool | None = None
        self._served_at: datetime | None = None

    @property
    def served_at(self) -> datetime:
        """Kantata's own clock as of its last answer; without one, ours less what clocks may differ by."""
        return self._served_at or datetime.now(UTC) - _SKEW

    @property
    def settled_at(self) -> int:
        """The instant (ms since 1970) before which a stamp tells a row's state for good."""
        return int(self.served_at.timestamp() * 1000) - YOUNG_MS

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """A GET that went well."""
        return self._checked(await self.wire.send("GET", path, params=params), write=False)

    async def store(self, method: str, path: str, body: Any, include: str, ref: str = "") -> Answer:
        """A POST or PUT that went well; `ref` is the record it is about, for the Problem when it does not."""
        params = {"include": include} if include else None
        answer = await self.wire.send(method, path, json=body, params=params, idempotent=False)
        return self._checked(answer, write=True, ref=ref)

    async def page(self, resource: Resource, params: Mapping[str, str]) -> Page:
        """One page of a collection with its filters and includes, every row completed by what came beside it."""
        answer = await self._list(resource, {**await self.filters(resource), **params})
        return self.opened(resource, answer)

    async def _list(self, resource: Resource, params: Mapping[str, str]) -> Answer:
        """The answer of a list. One that is closed or not there is refused: no record of it is gone for that."""
        answer = await self.wire.send("GET", resource.path, params=params)
        try:
            return self._checked(answer, write=False)
        except (Refused, ChangedMeanwhile) as fault:
            if answer.status not in (403, 404):
                raise
            raise not_offered(fault, resource.path) from None

    def opened(self, resource: Resource, answer: Answer) -> Page:
        """An answer about a collection, its rows completed."""
        page = opened(answer, resource.path)
        joined(resource.path, page.rows, page.beside)
        return page

    def remotes(self, resource: Resource, rows: Sequence[Row], suspect: bool = False) -> list[Remote]:
        """Rows as records of the resource's kind."""
        return remotes_of(self.mapping, resource.kind, rows, self.wire.connection, suspect)

    async def pages(self, resource: Resource, params: Mapping[str, str]) -> AsyncIterator[Page]:
        """Every page of a query, in the resource's own order where it is taken; a page seen twice is a fault."""
        number, taken, size, before = 1, 0, PAGE, tuple[str, ...]()
        ordered = {"order": resource.order, **params}
        while True:
            place = {"page": str(number), "per_page": str(PAGE)}
            try:
                page = await self.page(resource, {**ordered, **place})
            except Refused:
                if number > 1 or ordered == params:
                    raise
                ordered = dict(params)
                continue
            names = tuple(id_of(row.get("id")) for row in page.rows)
            if names and names == before:
                raise same_page_twice()
            yield page
            size = size if before else len(names)
            number, taken, before = number + 1, taken + len(names), names
            if not names or taken >= page.total >= 0 or (page.total < 0 and len(names) < size):
                return

    async def filters(self, resource: Resource) -> Mapping[str, str]:
        """The query parts every list of a collection needs; tried once where their wording leaves a doubt."""
        found = self._filters.get(resource.path)
        if found is None:
            found = {**resource.filters, **await self._tried(resource)}
            if resource.path == "stories" and await self.sees_all():
                found = {**found, "all_on_account": "true"}
            self._filters[resource.path] = found
        return {**found, "include": resource.include} if resource.include else found

    async def _tried(self, resource: Resource) -> Mapping[str, str]:
        """The doubtful filters, if Kantata says that they let at least as many rows through as their absence does."""
        if not resource.doubtful:
            return {}
        one = {**resource.filters, "per_page": "1"}
        wide, plain = await asyncio.gather(
            self._list(resource, {**one, **resource.doubtful}), self._list(resource, one)
        )
        wider = opened(wide, resource.path).total >= opened(plain, resource.path).total >= 0
        return resource.doubtful if wider else {}

    async def me(self) -> Row:
        """Our own user with `account_membership` on it; an empty row where the account does not tell."""
        if self._me is None:
            self._me = await self._asked_me()
        return self._me

    async def _asked_me(self) -> Row:
        try:
            answer = await self.get("users/me", {"include": "account_membership"})
        except (ChangedMeanwhile, Refused):
            return {}
        try:
            page = opened(answer, "users")
        except Unexpected:
            return {}
        row = dict(page.rows[0]) if page.rows else {}
        row["account_membership"] = membership_of(row, page.beside)
        return row

    async def permission(self) -> str:
        """Our user's permission on the account in Kantata's word, `administrator` say; empty where it is not told."""
        me = await self.me()
        membership = me.get("account_membership") or {}
        if True in (membership.get("is_administrator"), membership.get("is_owner")):
            return "administrator"
        said = str(membership.get("permission") or me.get("account_permission") or "")
        return said.casefold().replace(" ", "_")

    async def sees_all(self) -> bool:
        """Whether our user may see every project of the account, not only its own."""
        return await self.permission() in _SEES_ALL

    async def sees_part(self) -> bool:
        """Whether our user sees only a part of the account; False where nothing says so.

        Kantata names the permission, but fields that every administrator is shown and the administrators' event feed
        tell it too: an administrator without both is one in name only.
        """
        if await self.permission() not in ("", *_SEES_ALL):
            return True
        membership = (await self.me()).get("account_membership") or {}
        poor = bool(membership) and not _ADMINISTRATORS_SEE & membership.keys()
        return poor and not await self.feed_open()

    async def feed_open(self) -> bool:
        """Whether our user may read the event feed, asked once."""
        if self._feed_open is None:
            try:
                await self.get("subscribed_events", {"per_page": "1"})
                self._feed_open = True
            except (ChangedMeanwhile, Refused):
                self._feed_open = False
        return self._feed_open

    async def by_id(self, resource: Resource, ids: Sequence[str]) -> dict[str, Remote]:
        """The records with these ids that the list shows; the others are neither there nor proven gone."""
        rows = await self.rows_by_id(resource, ids)
        return {remote.remote_id: remote for remote in self.remotes(resource, rows)}

    async def rows_by_id(self, resource: Resource, ids: Sequence[str]) -> list[Row]:
        rows: list[Row] = []
        for start in range(0, len(ids), PAGE):
            chunk = ids[start : start + PAGE]
            wanted = set(chunk)
            page = await self.page(resource, {"only": ",".join(chunk), "per_page": str(PAGE)})
            rows += [row for row in page.rows if id_of(row.get("id")) in wanted]
        return rows

    async def one(self, resource: Resource, remote_id: str) -> Row | None:
        """The row behind `GET /path/id`, None for 404 (deleted, or hidden by a default filter)."""
        filters = await self.filters(resource)
        try:
            answer = await self.get(f"{resource.path}/{remote_id}", filters)
        except ChangedMeanwhile:
            return None
        rows = self.opened(resource, answer).rows
        return rows[0] if rows else None

    def _checked(self, answer: Answer, *, write: bool, ref: str = "") -> Answer:
        self._note_clock(answer)
        if not answer.ok:
            raise fault_of(answer, self.wire.redaction, write=write, ref=ref)
        return answer

    def _note_clock(self, answer: Answer) -> None:
        try:
            self._served_at = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError):
            return


def including(resource: Resource, *associations: str) -> Resource:
    """The same collection with other associations beside its rows."""
    return replace(resource, include=",".join(associations))
