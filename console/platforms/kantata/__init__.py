"""Kantata OX (formerly Mavenlink): projects, tasks, time, expenses, milestones, rate cards and approvals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from console.platforms.kantata.card import CARD
from console.platforms.kantata.client import Client
from console.platforms.kantata.connector import Kantata
from console.platforms.kantata.sign_in import api_root, auth_of, sign_in
from console.wire.http import Wire
from console.wire.mapping import load

__all__ = ["CARD", "authorise", "connect", "sign_in"]


def connect(
    fields: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    transport: Wire,
    mapping: Mapping[str, Any] | None = None,
) -> Kantata:
    """The account behind `base_url` for the owner of `access_token`; raises `SignInAgain` when there is none.

    `mapping` holds the workspace's own entries, which lie over Tieout's.
    """
    wire = transport.signed(api_root(fields.get("base_url", "")), auth_of(secrets, transport))
    return Kantata(Client(wire, load(CARD.key, mapping)))


async def authorise(
    fields: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    transport: Wire,
    open_browser: Callable[[str], Awaitable[None] | None],
) -> Mapping[str, str]:
    """Sign a person in through their browser; the answer are the secrets to keep (`access_token`, what was given).

    Raises `SignInAgain`, `TryLater` or `Unexpected`.
    """
    return {**secrets, **await sign_in(fields, secrets, transport, open_browser)}
