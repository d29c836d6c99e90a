"""Putting a run together: the register of platforms, credentials, and connections signed in to."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from console.platforms import kantata, netsuite, salesforce
from console.sync.session import Progress, Session
from console.vault import Secrets, Vault
from console.wire.answer import Call
from console.wire.hello import Acquaintance
from console.wire.http import Wire
from console.wire.pacing import Limits, budget_of
from console.wire.surface import Card, Connector
from local_db import preferences
from local_db.connections import ConnectionRow, every
from local_db.sketches import Timing, add_many
from local_db.store import Store


class Platform(Protocol):
    """What every platform's folder offers."""

    CARD: Card

    def connect(
        self,
        fields: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        transport: Wire,
        mapping: Mapping[str, Any] | None,
    ) -> Connector: ...


_VERSION = re.compile(r"v\d+(\.\d+)?")

PLATFORMS: Mapping[str, Platform] = {platform.CARD.key: platform for platform in (salesforce, kantata, netsuite)}
"""Every platform Tieout speaks to, by key."""
PRACTICE = "practice"
BY_BROWSER = "authorization_code"
Open = Callable[[str], Awaitable[None] | None]
"""Shows a person the page at an address."""
_AUTHORISE = {"salesforce": salesforce.authorise, "kantata": kantata.authorise, "netsuite": netsuite.authorise}


def actor(platform_user: str = "") -> str:
    """Who acts: the OS account on this machine, and the platform user when there is one."""
    account = f"{getpass.getuser()}@{socket.gethostname()}"
    return f"{account} as {platform_user}" if platform_user else account


def worker_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def route_of(path: str) -> str:
    """A path without its query, its record ids written `{id}`: what calls of one sort share."""
    parts = path.partition("?")[0].split("/")
    return "/".join("{id}" if any(map(str.isdigit, part)) and not _VERSION.fullmatch(part) else part for part in parts)


class Calls:
    """Call times of this process, handed to the store in batches: a trace of speed, never of content."""

    def __init__(self) -> None:
        self._timings: list[Timing] = []

    def hook(self, connection: str) -> Callable[[Call], None]:
        def note(call: Call) -> None:
            self._timings.append(
                Timing(
                    datetime.now(UTC), connection, "", route_of(call.path)[:80], call.method, call.ms, call.status < 400
                )
            )

        return note

    def save(self, store: Store) -> None:
        """Write what was measured since the last time."""
        timings, self._timings = self._timings, []
        if timings:
            with store.writing() as db:
                add_many(db, timings)


def connector_for(
    row: ConnectionRow,
    secrets: Mapping[str, str],
    *,
    overrides: Sequence[preferences.MappingOverride] = (),
    on_call: Callable[[Call], None] | None = None,
    on_rotated: Callable[[Mapping[str, str]], None] | None = None,
) -> Connector:
    """A platform ready to be asked; nothing is sent until it is."""
    mapping: dict[str, dict[str, Any]] = {}
    for each in overrides:
        mapping.setdefault(each.kind, {"fields": {}})["fields"][each.field] = each.value
    wire = _wire(row, on_call, on_rotated)
    return PLATFORMS[row.platform].connect(_fields(row), secrets, transport=wire, mapping=mapping or None)


def _wire(
    row: ConnectionRow,
    on_call: Callable[[Call], None] | None = None,
    on_rotated: Callable[[Mapping[str, str]], None] | None = None,
) -> Wire:
    """The way to a tenant; where its workspace has an environment, only to platforms that belong there."""
    wire = Wire(
        row.base_url,
        connection=row.id,
        pacing=budget_of(f"{row.platform} {row.base_url}", Limits(in_flight=PLATFORMS[row.platform].CARD.in_flight)),
        on_call=on_call,
        on_rotated=on_rotated,
        ca=row.fields.get("ca", ""),
    )
    if row.environment:
        wire.before = Acquaintance(_fields(row), row.environment == PRACTICE)
    return wire


def _fields(row: ConnectionRow) -> dict[str, str]:
    return {**row.fields, "base_url": row.base_url, "sign_in": row.sign_in}


def needs_browser(row: ConnectionRow, secrets: Mapping[str, str]) -> bool:
    """Whether a person must sign in on the platform's own page before the connection can speak."""
    return row.sign_in == BY_BROWSER and not (secrets.get("refresh_token") or secrets.get("access_token"))


async def by_browser(row: ConnectionRow, secrets: Mapping[str, str], show: Open) -> Secrets:
    """The secrets to keep once a person has signed in. Raises `SignInAgain`, `TryLater` or `Unexpected`."""
    wire = _wire(row)
    try:
        answer = await _AUTHORISE[row.platform](_fields(row), secrets, transport=wire, open_browser=show)
        return dict(answer)
    finally:
        await wire.close()


def open_session(store: Store, vault: Vault, progress: Progress | None = None) -> tuple[Session, Calls]:
    """Every connection of a workspace with its credential; those that fail to open say so when they are used."""
    calls = Calls()
    with store.reading() as db:
        rows = {row.id: row for row in every(db) if row.platform in PLATFORMS}
        overrides = preferences.mapping_overrides(db)
    connectors = {
        row.id: connector_for(
            row,
            vault.read(row.credential) if row.credential else {},
            overrides=[each for each in overrides if each.connection == row.id],
            on_call=calls.hook(row.id),
            on_rotated=_keeper(vault, row),
        )
        for row in rows.values()
    }
    session = Session(store, rows, connectors, actor(), worker_name())
    if progress is not None:
        session.progress = progress
    return session, calls


def _keeper(vault: Vault, row: ConnectionRow) -> Callable[[Mapping[str, str]], None]:
    """Keeps secrets a platform replaced, at once, beside those it did not."""

    def keep(replaced: Mapping[str, str]) -> None:
        kept: Secrets = {**vault.read(row.credential), **replaced}
        vault.keep(row.credential, kept)

    return keep
