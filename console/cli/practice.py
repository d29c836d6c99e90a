"""A practice firm of one's own: started, asked over its control paths, and stopped again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from console.cli.speaking import Refusal
from console.composition import PLATFORMS, actor, connector_for
from console.desk import connecting as desk
from console.records.intent import Flow, Mode
from console.sync.limits import confirm
from console.sync.permissions import set_cutover, set_mode
from console.sync.session import SETTLING, Session
from console.vault import Vault
from console.words import _
from local_db.connections import ConnectionRow
from local_db.store import Db, Store

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_LINE = 1 << 20
WRITES = {
    "netsuite": ("customer", "project", "task", "time_line", "charge_line"),
    "kantata": ("project", "task", "milestone"),
}
FLOWS = (Flow.DEAL_TO_PROJECT.value, Flow.WORK_TO_BILLING.value)
LIMIT = 1_000_000
REASON = "practice"
PRACTICE_SETTLING = "4"
"""Seconds after which a practice platform has surely stored a write whose answer was lost."""


@dataclass(slots=True)
class Practice:
    """Practice platforms that run: what they said when ready, and a way to their control paths."""

    platforms: Mapping[str, Mapping[str, Any]]
    client: httpx.AsyncClient

    async def _ask(self, method: str, path: str, body: object = None, **asked: str) -> Any:
        answer = await self.client.request(method, path, params=asked, json=body)
        if answer.is_error:
            raise Refusal(_("The practice platforms refused {path}: {text}", path=path, text=answer.text[:500]))
        return orjson.loads(answer.content)

    async def firm(self) -> dict[str, Any]:
        return dict(await self._ask("GET", "/-/firm"))

    async def score(self) -> dict[str, Any]:
        return dict(await self._ask("GET", "/-/score"))

    async def expected(self) -> dict[str, Any]:
        """What a correct console must have done by now."""
        return dict(await self._ask("GET", "/-/expected"))

    async def journal(self, **asked: str) -> list[dict[str, Any]]:
        """Commits, oldest first; `by="api"` leaves out what people did."""
        return list((await self._ask("GET", "/-/journal", **asked))["entries"])

    async def people(self, act: str, **details: object) -> dict[str, Any]:
        """Let somebody do something inside a platform."""
        return dict(await self._ask("POST", "/-/people", {"act": act, **details}))

    async def fault(self, spec: str) -> None:
        """Let something go wrong from now on; an empty spec ends all faults."""
        await self._ask("POST", "/-/faults", {"spec": spec} if spec else {"clear": True})

    async def advance(self) -> dict[str, Any] | None:
        """Let people do the next thing; None when they had nothing left to do."""
        step = dict(await self._ask("POST", "/-/advance"))
        return step if step["acts"] or step["step"] < step["of"] else None


@asynccontextmanager
async def started(options: Sequence[str]) -> AsyncIterator[Practice]:
    """Practice platforms in a process of their own; they end when this one does, however it ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "console.sandbox",
        "--json",
        "--until-stdin-closes",
        *options,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise Refusal(_("The practice platforms did not start."))
        platforms = orjson.loads(line)["platforms"]
        first = next(iter(platforms.values()))["base_url"]
        async with httpx.AsyncClient(base_url=first, timeout=60.0, trust_env=False) as client:
            yield Practice(platforms, client)
    finally:
        process.stdin.close()
        await process.wait()


async def connect(store: Store, vault: Vault, practice: Practice) -> None:
    """Connect every practice platform with the first sign-in it offers."""
    for key, told in practice.platforms.items():
        card = PLATFORMS[key.partition(":")[0]].CARD
        given = {name: str(value) for name, value in told["sign_ins"][0].items()}
        way = desk.chosen_sign_in(card, given.pop("sign_in", ""), given)
        declared = {field.name for field in (*card.fields, *way.fields)}
        fields, secrets = desk.sorted_fields(
            card, way, {"base_url": told["base_url"]}, {name: given[name] for name in given if name in declared}
        )
        row = ConnectionRow(
            id=key.replace(":", "_"),
            platform=card.key,
            title=card.title,
            environment="practice",
            base_url=told["base_url"],
            sign_in=way.name,
            fields={**fields, SETTLING: PRACTICE_SETTLING},
            credential=f"{store.workspace_id}/{key}",
        )
        vault.keep(row.credential, secrets)
        connector = connector_for(row, secrets)
        try:
            standing = await connector.check()
        finally:
            await connector.close()
        with store.writing() as db:
            desk.keep(db, row, standing, actor(standing.user))


async def allow_writing(session: Session, firm: Mapping[str, Any]) -> None:
    """Go live on the practice firm: its cut-over, limits a person has seen, and every kind that flows write."""

    def allow(db: Db) -> None:
        for flow in FLOWS:
            for entity in firm["entities"]:
                day = {"flow": flow, "entity": entity, "day": firm["cutover"], "reason": REASON}
                set_cutover(db, day, session.actor)
        for connection, row in session.rows.items():
            for kind in WRITES.get(row.platform, ()):
                confirm(db, connection, kind, LIMIT, session.actor, REASON)
                for flow in FLOWS:
                    asked = {"connection": connection, "flow": flow, "kind": kind, "mode": Mode.WRITE, "reason": REASON}
                    set_mode(db, session, asked, session.actor)

    await session.write(allow)
