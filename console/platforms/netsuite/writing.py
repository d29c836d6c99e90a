"""Writes one record: an upsert by our key, a change by id where the record is known, an end by the kind's own way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from console.platforms.netsuite.body import WRITTEN, Bodies
from console.platforms.netsuite.directory import text_of
from console.platforms.netsuite.looking import Looker
from console.platforms.netsuite.records import Records, id_behind, path_of
from console.records.intent import Verb
from console.records.problem import Problem
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused
from console.wire.surface import Remote, Unsure, Want, Written
from console.words import _

LINES = frozenset(("time_line", "charge_line"))


class Writer:
    """Every write of one account. A record whose id is known is never found by key, so a foreign key stays."""

    def __init__(self, records: Records, bodies: Bodies, looker: Looker) -> None:
        self._records = records
        self._bodies = bodies
        self._looker = looker

    async def write(self, want: Want) -> Written:
        """One write; raises the five faults."""
        if want.kind not in WRITTEN:
            raise _not_written(want)
        match want.verb:
            case Verb.CREATE if not want.remote_id:
                return await self._upsert(want)
            case Verb.CREATE | Verb.UPDATE:
                return await self._change(want)
            case Verb.CLOSE if want.kind in LINES:
                return await self._remove(want)
            case Verb.CLOSE:
                return await self._change(want, {"isInactive": True})
        raise _not_written(want)

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        """Each write on its own, as many at once as the budget allows; then one query for what NetSuite kept."""
        answers = await asyncio.gather(*(self._attempt(each) for each in wants))
        kept = await self._kept(wants, answers)
        return [
            replace(answer, stored=kept[answer.remote_id], version=kept[answer.remote_id].version)
            if isinstance(answer, Written) and answer.remote_id in kept
            else answer
            for answer in answers
        ]

    async def _attempt(self, want: Want) -> Written | Fault:
        try:
            return await self.write(want)
        except Fault as fault:
            return fault

    async def _kept(self, wants: Sequence[Want], answers: Sequence[Written | Fault]) -> Mapping[str, Remote]:
        """What NetSuite stored, by id; nothing when it cannot be asked now, since the writes stand anyway."""
        ids = [
            answer.remote_id
            for want, answer in zip(wants, answers, strict=True)
            if isinstance(answer, Written) and answer.remote_id and want.verb != Verb.CLOSE
        ]
        if not ids:
            return {}
        try:
            found = await self._looker.by_ids(wants[0].kind, ids)
        except Fault:
            return {}
        return {identity: remote for identity, remote in found.items() if isinstance(remote, Remote)}

    async def _upsert(self, want: Want) -> Written:
        with _nothing_sent():
            body = await self._bodies.of(want)
        path = path_of(WRITTEN[want.kind], f"eid:{want.key}")
        if "addressBook" in body:
            path += "?replace=addressBook"
        answer = await self._records.write("PUT", path, body, want.kind, want.key)
        identity = id_behind(answer) or _id_in(answer) or await self._id_after(want)
        return Written(want.key, identity, trace_id=answer.trace_id)

    async def _change(self, want: Want, fields: Mapping[str, Any] | None = None) -> Written:
        with _nothing_sent():
            body = await self._bodies.of(want) if fields is None else fields
            identity = want.remote_id or await self._id_of(want)
        if not identity:
            raise _gone(want)
        answer = await self._records.write("PATCH", path_of(WRITTEN[want.kind], identity), body, want.kind, want.key)
        return Written(want.key, identity, created=False, trace_id=answer.trace_id)

    async def _remove(self, want: Want) -> Written:
        """Delete a line that nothing was made of yet; one that is gone already is what was wanted."""
        with _nothing_sent():
            there = await self._there(want)
        if there is None:
            return Written(want.key, want.remote_id, created=False)
        if text_of(there.get("invoice")) or there.get("posted") is True:
            raise _made_into_more(want, there)
        identity = text_of(there.get("id")) or want.remote_id
        try:
            answer = await self._records.write(
                "DELETE", path_of(WRITTEN[want.kind], identity), None, want.kind, want.key
            )
        except ChangedMeanwhile as gone:
            if gone.problem is None or gone.problem.code != "gone_at_target":
                raise
            return Written(want.key, identity, created=False, trace_id=gone.trace_id)
        return Written(want.key, identity, created=False, trace_id=answer.trace_id)

    async def _there(self, want: Want) -> Mapping[str, Any] | None:
        got = await self._records.get(WRITTEN[want.kind], want.remote_id or f"eid:{want.key}")
        if isinstance(got, Unsure):
            raise Refused(got.sentence, _("Ask the NetSuite administrator for the permission."), sent=False)
        return got

    async def _id_after(self, want: Want) -> str:
        """The id of what was just stored; empty when NetSuite cannot say it now, since the write stands anyway."""
        try:
            return await self._id_of(want)
        except Fault:
            return ""

    async def _id_of(self, want: Want) -> str:
        """The id behind our key; empty when NetSuite has no such record or may not show it."""
        got = await self._records.get(WRITTEN[want.kind], f"eid:{want.key}")
        return text_of(got.get("id")) if isinstance(got, Mapping) else ""


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """What fails inside is only asked before the write: nothing can have been stored."""
    try:
        yield
    except Fault as fault:
        fault.sent = False
        raise


def _id_in(answer: Answer) -> str:
    """The id in a body, for servers that answer an upsert with the record."""
    if not answer.body:
        return ""
    try:
        value = answer.json()
    except Fault:
        return ""
    return text_of(value.get("id")) if isinstance(value, Mapping) else ""


def _not_written(want: Want) -> Refused:
    sentence = _("Tieout does not {verb} a {kind} in NetSuite.", verb=want.verb.value, kind=want.kind)
    return Refused(sentence, _("Do it in NetSuite."), sent=False)


def _gone(want: Want) -> ChangedMeanwhile:
    sentence = _("The record is not in NetSuite any more.")
    remedy = _("Restore it in NetSuite, or link this record to another one.")
    trouble = Problem("gone_at_target", sentence, remedy, "controller", "erp", ref=want.key)
    return ChangedMeanwhile(sentence, remedy, problem=trouble, sent=False)


def _made_into_more(want: Want, there: Mapping[str, Any]) -> Refused:
    invoice = text_of(there.get("invoice"))
    sentence = (
        _("The line is on invoice {invoice} in NetSuite.", invoice=invoice)
        if invoice
        else _("The line is already posted in NetSuite.")
    )
    remedy = _("Correct it with an adjustment; a line that is posted or invoiced is never removed.")
    return Refused(
        sentence,
        remedy,
        problem=Problem("invoiced_change", sentence, remedy, "controller", "erp", ref=want.key),
        sent=False,
    )
