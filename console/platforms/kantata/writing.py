"""Writes projects, tasks and billing milestones: looked for first, then made with our reference inside."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from console.platforms.kantata.client import Client
from console.platforms.kantata.envelope import Page, Row
from console.platforms.kantata.finding import find_many
from console.platforms.kantata.joins import our_key
from console.platforms.kantata.mapping import body_of
from console.platforms.kantata.resources import RESOURCES, Resource
from console.records.intent import Verb
from console.records.problem import Problem
from console.wire.faults import ChangedMeanwhile, Fault, Refused, Unexpected
from console.wire.surface import Remote, Unsure, Want, Written
from console.words import _


class Writer:
    """Writes to one account. Kantata knows no idempotency key: nothing is ever sent again without a look first."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._custom_fields: Mapping[str, int] | None = None

    async def write(self, want: Want) -> Written:
        """One write; see `Connector.write` for what its faults promise."""
        answer = (await self.write_many([want]))[0]
        if isinstance(answer, Fault):
            raise answer
        return answer

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        """Writes of one kind and verb, with one look for all of them before."""
        if not wants:
            return ()
        try:
            if wants[0].verb is Verb.CREATE:
                return await self._create_many(RESOURCES[wants[0].kind][0], wants)
            return await self._change_many(RESOURCES[wants[0].kind][0], wants)
        except Fault as fault:
            return [_unsent(fault)] * len(wants)

    async def _create_many(self, resource: Resource, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        answers: dict[str, Written | Fault] = {}
        known = await find_many(self._client, resource.kind, [want.key for want in wants])
        missing = [want for want in wants if not _adopted(want, known.get(want.key), answers)]
        bodies: dict[str, dict[str, Any]] = {}
        for want in missing:
            try:
                bodies[want.key] = await self._body(resource, want)
            except Fault as fault:
                answers[want.key] = fault
        rest = {want.key: want for want in missing if want.key in bodies}
        if resource.bulk > 1 and len(rest) > 1:
            answers.update(await self._create_at_once(resource, rest, bodies))
        singles = [want for key, want in rest.items() if key not in answers]
        made = await asyncio.gather(*(self._create(resource, want, bodies[want.key]) for want in singles))
        answers.update(zip((want.key for want in singles), made, strict=True))
        return [answers[want.key] for want in wants]

    async def _create(self, resource: Resource, want: Want, body: Mapping[str, Any]) -> Written | Fault:
        try:
            answer = await self._client.store("POST", resource.path, {resource.singular: body}, resource.include)
            return self._written(resource, want, self._client.opened(resource, answer), created=True)
        except Fault as fault:
            return fault

    async def _create_at_once(
        self, resource: Resource, wants: Mapping[str, Want], bodies: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, Written | Fault]:
        """Up to `bulk` records in one POST. A refusal does not say of which: then each is asked for by itself."""
        answers: dict[str, Written | Fault] = {}
        keys = list(wants)
        for start in range(0, len(keys), resource.bulk):
            chunk = keys[start : start + resource.bulk]
            body = {resource.path: [bodies[key] for key in chunk]}
            try:
                answer = await self._client.store("POST", resource.path, body, resource.include)
                page = self._client.opened(resource, answer)
            except Refused:
                answers.update(await self._stored_of_refused(resource, [wants[key] for key in chunk]))
            except Fault as fault:
                answers.update(dict.fromkeys(chunk, fault))
            else:
                answers.update(self._matched(resource, [wants[key] for key in chunk], page))
        return answers

    async def _stored_of_refused(self, resource: Resource, wants: Sequence[Want]) -> Mapping[str, Written | Fault]:
        """What a refused bulk stored all the same; nothing is said of the others."""
        answers: dict[str, Written | Fault] = {}
        try:
            known = await find_many(self._client, resource.kind, [want.key for want in wants])
        except Fault as fault:
            return dict.fromkeys((want.key for want in wants), fault)
        for want in wants:
            _adopted(want, known.get(want.key), answers)
        return answers

    def _matched(self, resource: Resource, wants: Sequence[Want], page: Page) -> Mapping[str, Written | Fault]:
        """Which row answers which body: by our reference, else by place when there are as many."""
        by_key = {our_key(row, resource.kind): row for row in page.rows}
        in_place: Sequence[Row | None] = page.rows if len(page.rows) == len(wants) else [None] * len(wants)
        keyed = any(want.key in by_key for want in wants)
        answers: dict[str, Written | Fault] = {}
        for want, row in zip(wants, in_place, strict=True):
            mine = by_key.get(want.key) if keyed else row
            answers[want.key] = self._answer(resource, want, mine, page.trace_id) if mine else _lost(page.trace_id)
        return answers

    async def _change_many(self, resource: Resource, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        unknown = [want.key for want in wants if not want.remote_id]
        found = await find_many(self._client, resource.kind, unknown) if unknown else {}
        ids = {want.key: want.remote_id or _id_in(found.get(want.key)) for want in wants}
        checked = [ids[want.key] for want in wants if want.version and ids[want.key]]
        there = await self._client.by_id(resource, checked) if checked else {}
        changes = (self._change(resource, want, ids[want.key], there) for want in wants)
        return await asyncio.gather(*changes)

    async def _change(
        self, resource: Resource, want: Want, remote_id: str, there: Mapping[str, Remote]
    ) -> Written | Fault:
        ref = f"{self._client.wire.connection}/{want.kind}/{remote_id}"
        if not remote_id or (want.version and remote_id not in there):
            return _gone(ref)
        if want.version and there[remote_id].version != want.version:
            return _moved(ref)
        try:
            body = {resource.singular: await self._body(resource, want)}
            path = f"{resource.path}/{remote_id}"
            answer = await self._client.store("PUT", path, body, resource.include, ref)
            return self._written(resource, want, self._client.opened(resource, answer), created=False)
        except Fault as fault:
            return fault

    async def _body(self, resource: Resource, want: Want) -> dict[str, Any]:
        body = body_of(self._client.mapping, resource, want)
        named = body.get("custom_fields")
        if isinstance(named, dict):
            numbers = await self._custom_field_numbers()
            body["custom_fields"] = [
                {"custom_field_id": numbers[name], "value": value} for name, value in named.items() if name in numbers
            ]
        return body

    async def _custom_field_numbers(self) -> Mapping[str, int]:
        """The ids of the account's custom fields by their name, asked once."""
        if self._custom_fields is None:
            rows = [row async for page in self._client.pages(_CUSTOM_FIELDS, {}) for row in page.rows]
            self._custom_fields = {str(row.get("name")): int(row["id"]) for row in rows if str(row["id"]).isdecimal()}
        return self._custom_fields

    def _written(self, resource: Resource, want: Want, page: Page, *, created: bool) -> Written:
        if not page.rows or not page.rows[0].get("id"):
            raise _lost(page.trace_id)
        return self._answer(resource, want, page.rows[0], page.trace_id, created=created)

    def _answer(self, resource: Resource, want: Want, row: Row, trace_id: str, *, created: bool = True) -> Written:
        stored = self._client.remotes(resource, [row])[0]
        return Written(want.key, stored.remote_id, stored.version, created=created, stored=stored, trace_id=trace_id)


_CUSTOM_FIELDS = Resource("custom_field", "custom_fields", "custom_field", "", "created_at:asc")


def _adopted(want: Want, known: Remote | Unsure | None, answers: dict[str, Written | Fault]) -> bool:
    """Whether a create needs nothing sent: its record is there already, or nobody can say."""
    if isinstance(known, Remote):
        answers[want.key] = Written(want.key, known.remote_id, known.version, created=False, stored=known)
    elif isinstance(known, Unsure):
        answers[want.key] = Refused(
            _("Tieout cannot tell whether this record is in Kantata already, so it makes none."),
            known.sentence,
            sent=False,
        )
    return known is not None


def _id_in(found: Remote | Unsure | None) -> str:
    return found.remote_id if isinstance(found, Remote) else ""


def _unsent(fault: Fault) -> Fault:
    """A fault of the look before a write: nothing was written, whatever it says of its own call."""
    fault.sent = False
    return fault


def _gone(ref: str) -> ChangedMeanwhile:
    sentence = _("The record is not in Kantata any more, or this user may not see it.")
    remedy = _("Open Kantata: if it was deleted on purpose, dismiss this; else ask for access to its project.")
    problem = Problem("gone_at_target", sentence, remedy, _("project manager"), "psa", ref=ref)
    return ChangedMeanwhile(sentence, remedy, problem=problem, sent=False)


def _moved(ref: str) -> ChangedMeanwhile:
    sentence = _("Somebody changed the record in Kantata since it was last read.")
    remedy = _("It is read again and compared before anything is sent.")
    return ChangedMeanwhile(sentence, remedy, facts={"ref": ref}, sent=False)


def _lost(trace_id: str) -> Unexpected:
    return Unexpected(
        _("Kantata took the write but did not show what it stored."),
        _("It is looked up by its key before anything is sent again."),
        trace_id=trace_id,
    )
