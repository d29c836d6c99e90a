"""Writes thousands of records with one Bulk API 2.0 job and tells later what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.platforms.salesforce.faults import cell_fault
from console.platforms.salesforce.org import Org
from console.platforms.salesforce.table import plain_rows, table_of
from console.wire.faults import Fault, TryLater, Unexpected
from console.wire.surface import Want, Written
from console.words import _

_CSV = {"content-type": "text/csv; charset=UTF-8"}
_CSV_BACK = {"accept": "text/csv"}
_TAKEN = frozenset(("UploadComplete", "InProgress", "JobComplete"))


class BulkIngest:
    """Upsert jobs by Tieout's key. A job is named `kind:id`."""

    def __init__(self, org: Org) -> None:
        self._org = org

    async def send(self, wants: Sequence[Want], bodies: Sequence[dict[str, Any] | Fault]) -> list[Written | Fault]:
        """One job for all; each is accepted, refused before it was sent, or (when the job broke) in doubt.

        Nothing is processed before the job is closed, so only a lost answer to the closing leaves a doubt, and
        that is asked away.
        """
        kind = wants[0].kind
        key_field = str(self._org.mapping.kind(kind).table["key"])
        rows = [
            {**body, key_field: want.key}
            for want, body in zip(wants, bodies, strict=True)
            if not isinstance(body, Fault)
        ]
        if not rows:
            return [body for body in bodies if isinstance(body, Fault)]
        try:
            job = await self._opened(kind, key_field)
            await self._filled(job, rows)
        except Unexpected as broken:
            raise TryLater(
                _("The bulk job could not be filled; nothing of it was processed."),
                _("Nothing to do: it is tried again."),
                vendor_text=broken.vendor_text,
                wait=30.0,
            ) from None
        await self._closed(job)
        name = f"{kind}:{job}"
        return [
            body if isinstance(body, Fault) else Written(want.key, job=name)
            for want, body in zip(wants, bodies, strict=True)
        ]

    async def _opened(self, kind: str, key_field: str) -> str:
        order = {
            "object": self._org.mapping.kind(kind).record_name,
            "operation": "upsert",
            "externalIdFieldName": key_field,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        job = (await self._org.ask("POST", "/jobs/ingest", json=order)).json_object().get("id")
        if not isinstance(job, str) or not job:
            raise Unexpected(_("Salesforce opened a bulk job without an id."))
        return job

    async def _filled(self, job: str, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = list(dict.fromkeys(name for row in rows for name in row))
        table = table_of(rows, columns)
        await self._org.ask("PUT", f"/jobs/ingest/{job}/batches", content=table, headers=_CSV, idempotent=True)

    async def _closed(self, job: str) -> None:
        """Let Salesforce begin; after a lost answer the job itself tells whether it did."""
        try:
            await self._org.ask("PATCH", f"/jobs/ingest/{job}", json={"state": "UploadComplete"})
        except Unexpected as lost:
            state = (await self._org.ask("GET", f"/jobs/ingest/{job}")).json_object().get("state")
            if state not in _TAKEN:
                raise lost from None

    async def outcome(self, name: str) -> Mapping[str, Written | Fault] | None:
        """What became of each record of a job, by key; None while it runs."""
        kind, _colon, job = name.partition(":")
        facts = (await self._org.ask("GET", f"/jobs/ingest/{job}")).json_object()
        if facts.get("state") not in ("JobComplete", "Failed", "Aborted"):
            return None
        key_field = str(self._org.mapping.kind(kind).table["key"])
        outcomes: dict[str, Written | Fault] = {}
        for row in await self._rows(job, "unprocessedRecords"):
            outcomes[row.get(key_field, "")] = _unprocessed(str(facts.get("errorMessage") or facts.get("state")))
        for row in await self._rows(job, "failedResults"):
            outcomes[row.get(key_field, "")] = cell_fault(row.get("sf__Error", ""), row.get(key_field, ""))
        for row in await self._rows(job, "successfulResults"):
            key, created = row.get(key_field, ""), row.get("sf__Created", "").lower() == "true"
            outcomes[key] = Written(key, row.get("sf__Id", ""), created=created)
        outcomes.pop("", None)
        return outcomes

    async def _rows(self, job: str, part: str) -> list[dict[str, str]]:
        answer = await self._org.ask("GET", f"/jobs/ingest/{job}/{part}", headers=_CSV_BACK)
        return list(plain_rows(answer.body))


def _unprocessed(why: str) -> Fault:
    return TryLater(
        _("Salesforce ended the bulk job before this record: {why}", why=why[:200]),
        _("Nothing was stored; it is sent again."),
        vendor_text=why[:500],
        wait=30.0,
    )
