"""Looks records up: by id, by our key, and among the deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from console.platforms.salesforce.cursor import OVERLAP, STAMP, stamp_of
from console.platforms.salesforce.identity import Identity
from console.platforms.salesforce.org import Org, plain_row
from console.platforms.salesforce.shape import advice_for
from console.wire import soql
from console.wire.answer import Answer
from console.wire.faults import Refused
from console.wire.paging import PageGuard
from console.wire.surface import Remote, Unsure
from console.words import _

_AT_ONCE = 200
_KEPT_DELETIONS = timedelta(days=15)


class Lookup:
    """What Salesforce says of single records."""

    def __init__(self, org: Org, identity: Identity) -> None:
        self._org = org
        self._identity = identity

    async def deletions(self, kind: str, since: datetime, until: datetime) -> Sequence[str]:
        """Ids Salesforce says are gone, and that no query shows alive."""
        record = self._org.mapping.kind(kind).record_name
        start = since - OVERLAP
        found = None
        if until - start < _KEPT_DELETIONS:
            found = await self._deleted_feed(record, start, until)
        if found is None:
            found = await self._recycled(record, start)
        if not found:
            return ()
        alive = {each for each, state in (await self._states(kind, found)).items() if isinstance(state, Remote)}
        return [each for each in found if each not in alive]

    async def _deleted_feed(self, record: str, start: datetime, until: datetime) -> list[str] | None:
        """The vendor's own list of deletions; None when it does not reach back far enough."""
        params = {"start": _second(start), "end": _second(until)}
        answer = await self._org.tell("GET", f"/sobjects/{record}/deleted/", params=params)
        if not answer.ok:
            fault = self._org.fault(answer, record)
            if isinstance(fault, Refused):
                return None
            raise fault
        body = answer.json_object()
        earliest = stamp_of(body.get("earliestDateAvailable"))
        if earliest is not None and earliest > start:
            return None
        rows = body.get("deletedRecords")
        return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")] if rows else []

    async def _recycled(self, record: str, start: datetime) -> list[str]:
        """What lies in the recycle bin since a moment; nothing for a user who may not look there."""
        shape = await self._org.shape(record)
        if shape is None or not shape.has("IsDeleted"):
            return []
        where = ["IsDeleted = true", f"{STAMP} >= {soql.instant(start)}"]
        statement = soql.select(["Id"], record, where, ("Id",))
        try:
            rows = await self._rows(await self._org.query_answer("/queryAll", {"q": statement}))
        except Refused:
            return []
        return [str(row["Id"]) for row in rows if row.get("Id")]

    async def _rows(self, answer: Answer) -> list[dict[str, Any]]:
        """Every row of a small query, from its first page on."""
        guard, rows = PageGuard("look-up"), []
        while True:
            body = answer.json_object()
            rows += [row for row in body.get("records") or () if isinstance(row, dict)]
            forward = body.get("nextRecordsUrl")
            if not forward:
                return rows
            answer = await self._org.query_answer(guard.pass_by(str(forward)))

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        """These records as they are now; what no query shows and no deletion explains is `Unsure`."""
        states = await self._states(kind, remote_ids)
        unseen = [each for each in remote_ids if each not in states]
        if unseen:
            states.update(await self._unseen(kind, unseen))
        return {each: states[each] for each in remote_ids}

    async def _states(self, kind: str, remote_ids: Sequence[str]) -> dict[str, Remote | Unsure | None]:
        """What queries show of these ids: the record, or None for one in the recycle bin."""
        mapping = self._org.mapping.kind(kind)
        asked = {_eighteen(each): each for each in remote_ids}
        states: dict[str, Remote | Unsure | None] = {}
        for begin in range(0, len(remote_ids), _AT_ONCE):
            among = soql.among("Id", remote_ids[begin : begin + _AT_ONCE])
            for row in await self._rows(await self._with_deleted(kind, among)):
                gone = row.pop("IsDeleted", False)
                remote = mapping.remote(plain_row(row), self._org.connection)
                name = asked.get(_eighteen(remote.remote_id))
                if name is not None:
                    states[name] = None if gone is True else remote
        return states

    async def _with_deleted(self, kind: str, condition: str) -> Answer:
        """The first page of a query that shows deleted records too, where Salesforce offers that."""
        try:
            return await self._org.select(kind, [condition], extra=("IsDeleted",), deleted_too=True)
        except Refused:
            return await self._org.select(kind, [condition])

    async def _unseen(self, kind: str, remote_ids: Sequence[str]) -> dict[str, Unsure | None]:
        """None for those in the list of deletions of the last fifteen days, `Unsure` for the rest."""
        until = self._org.server_now()
        record = self._org.mapping.kind(kind).record_name
        feed = await self._deleted_feed(record, until - _KEPT_DELETIONS + timedelta(hours=1), until)
        gone = {_eighteen(each) for each in feed or ()}
        hidden = Unsure(_("Salesforce does not show this record and does not say that it was deleted."))
        return {each: None if _eighteen(each) in gone else hidden for each in remote_ids}

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        """The record that carries our key."""
        return (await self.find_many(kind, [key]))[key]

    async def find_many(self, kind: str, keys: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        """The records that carry these keys, two hundred to a call."""
        mapping = self._org.mapping.kind(kind)
        key_field = str(mapping.table.get("key", ""))
        shape = await self._org.shape(mapping.record_name)
        if not key_field or shape is None or not shape.has(key_field):
            blind = Unsure(_("{object} has no field for Tieout's key that this user can see.", object=kind))
            return dict.fromkeys(keys, blind)
        found: dict[str, list[Remote]] = {key: [] for key in keys}
        for begin in range(0, len(keys), _AT_ONCE):
            among = soql.among(key_field, keys[begin : begin + _AT_ONCE])
            for row in await self._rows(await self._org.select(kind, [among])):
                remote = mapping.remote(plain_row(row), self._org.connection)
                found.get(str(row.get(key_field)), []).append(remote)
        return {key: await self._judged(kind, remotes) for key, remotes in found.items()}

    async def _sees_enough(self, kind: str) -> bool:
        """Whether our user would see the record if it were there.

        Where the rights cannot be asked, a user from whom mapped fields of the object are hidden is taken for one
        from whom records are hidden too.
        """
        mapping = self._org.mapping.kind(kind)
        sees_all = await self._identity.sees_all(mapping.record_name)
        if sees_all is not None:
            return sees_all
        shape = await self._org.shape(mapping.record_name)
        return shape is not None and not any(
            advice.code == "missing_field" for advice in advice_for(kind, mapping, shape, False)
        )

    async def _judged(self, kind: str, remotes: Sequence[Remote]) -> Remote | Unsure | None:
        """One record is an answer; none is one only where our user sees them all."""
        if len(remotes) == 1:
            return remotes[0]
        if remotes:
            return Unsure(_("{count} records of {kind} carry this key.", count=len(remotes), kind=kind))
        if not await self._sees_enough(kind):
            return Unsure(_("This user does not see every {object}, so nothing proves that it is absent.", object=kind))
        return None


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _eighteen(remote_id: str) -> str:
    """The id in its 18-letter form: three letters tell which of the first fifteen are capitals."""
    if len(remote_id) != 15:
        return remote_id
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    chunks = (remote_id[0:5], remote_id[5:10], remote_id[10:15])
    return remote_id + "".join(
        letters[sum(1 << place for place, letter in enumerate(chunk) if letter.isascii() and letter.isupper())]
        for chunk in chunks
    )
