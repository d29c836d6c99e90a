"""Kantata as the console sees it: one object that answers in records and faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from console.platforms.kantata.card import API_VERSION, CARD
from console.platforms.kantata.checking import standing
from console.platforms.kantata.client import Client
from console.platforms.kantata.deletions import Deletions
from console.platforms.kantata.envelope import id_of
from console.platforms.kantata.finding import find_many
from console.platforms.kantata.joins import REPORT_PREFIX
from console.platforms.kantata.passes import shape_of_rates, whole
from console.platforms.kantata.position import Position
from console.platforms.kantata.reading import Reader
from console.platforms.kantata.resources import EXPENSE_REPORTS, RATES, RESOURCES, TIMESHEETS, Resource
from console.platforms.kantata.writing import Writer
from console.wire.faults import Fault
from console.wire.surface import Batch, Remote, Standing, Unsure, Want, Written
from console.words import _

Reread = dict[str, Remote | Unsure | None]


class Kantata:
    """A signed-in Kantata account; see `wire.surface.Connector`."""

    def __init__(self, client: Client) -> None:
        self.card = CARD
        self._client = client
        self._deletions = Deletions(client)
        self._reader = Reader(client, self._deletions)
        self._writer = Writer(client)

    def __repr__(self) -> str:
        return f"Kantata({self._client.wire.base_url!r})"

    async def check(self) -> Standing:
        return await standing(self._client, API_VERSION)

    def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        return self._reader.read(kind, since)

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        if kind == "rate":
            return await self._reread_rates(remote_ids)
        found: Reread = {}
        for resource, prefix in _homes(kind):
            ids = [each.removeprefix(prefix) for each in remote_ids if _at_home(each, prefix, kind)]
            found.update(await self._reread(resource, prefix, ids))
        return {each: found.get(each, _no_id()) for each in remote_ids}

    async def _reread(self, resource: Resource, prefix: str, ids: Sequence[str]) -> Reread:
        asked = [each for each in dict.fromkeys(ids) if each.isdecimal()]
        if not asked:
            return {}
        rows = await self._client.rows_by_id(resource, asked)
        there: Reread = {}
        for row, remote in zip(rows, self._client.remotes(resource, rows), strict=True):
            there[id_of(row.get("id"))] = None if row.get("deleted_at") else remote
        missing = [each for each in asked if each not in there]
        there.update(await self._deletions.judge(resource, missing))
        return {prefix + each: answer for each, answer in there.items()}

    async def _reread_rates(self, remote_ids: Sequence[str]) -> Reread:
        """Rates are read as a whole: until when one holds depends on the next version of its card."""
        there: Reread = {}
        async for step in whole(self._client, RATES, Position(), await shape_of_rates(self._client)):
            there.update((remote.remote_id, remote) for remote in self._client.remotes(RATES, step.rows))
        gone = Unsure(_("The rate is on no rate card this user sees."))
        return {each: there.get(each, gone) for each in remote_ids}

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        return (await self.find_many(kind, [key]))[key]

    async def find_many(self, kind: str, keys: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        """What carries each of these business keys, two hundred keys a call."""
        return await find_many(self._client, kind, keys)

    async def write(self, want: Want) -> Written:
        return await self._writer.write(want)

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        return await self._writer.write_many(wants)

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        """Kantata answers every write at once: there are no jobs, so nothing is known of one."""
        return {}

    async def close(self) -> None:
        await self._client.wire.close()


def _homes(kind: str) -> Sequence[tuple[Resource, str]]:
    """The collections of a kind, each with what its ids begin with in our words."""
    if kind == "approval":
        return ((TIMESHEETS, ""), (EXPENSE_REPORTS, REPORT_PREFIX))
    return ((RESOURCES[kind][0], ""),)


def _at_home(remote_id: str, prefix: str, kind: str) -> bool:
    if kind != "approval":
        return True
    return remote_id.startswith(REPORT_PREFIX) == bool(prefix)


def _no_id() -> Unsure:
    return Unsure(_("Kantata has no ids of this form."))
