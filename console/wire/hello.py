"""Telling the practice platforms from real ones: by their signed hello, never by their address alone."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from console.wire.faults import Unexpected
from console.wire.sockets import Sockets, checked_url, is_loopback
from console.words import _

ADDRESSES = ("base_url", "instance_url", "token_url", "authorize_url", "app_url")
"""Fields of a connection under which it may call somebody."""
_KEY = b"tieout practice platforms"
_PATIENCE = 5.0


async def greeted(address: str, ca: str = "") -> bool | None:
    """Whether a practice platform answers there; None when nobody answers. Only this machine is ever asked.

    Raises `Unexpected` when the address or the certificate file is none.
    """
    url = checked_url(address)
    if not is_loopback(url.host):
        return False
    nonce = secrets.token_hex(16)
    sockets = Sockets(ca)
    try:
        answer = await sockets.client(url).get(url.join("/-/hello"), params={"nonce": nonce}, timeout=_PATIENCE)
    except httpx.HTTPError:
        return None
    finally:
        await sockets.close()
    return answer.status_code == 200 and _signed(_said(answer.content), nonce)


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _signed(said: Mapping[str, Any], nonce: str) -> bool:
    if said.get("practice") != "tieout" or said.get("nonce") != nonce:
        return False
    message = f"{said.get('platform')}\n{said.get('tenant')}\n{nonce}".encode()
    return hmac.compare_digest(hmac.new(_KEY, message, hashlib.sha256).hexdigest(), str(said.get("signature")))


async def is_practice(fields: Mapping[str, str]) -> bool | None:
    """Whether a connection leads to a practice platform; None when nobody answers.

    Raises `Unexpected` when its addresses disagree.
    """
    ca = fields.get("ca", "")
    addresses = [fields[name] for name in ADDRESSES if fields.get(name)]
    found = {each for each in [await greeted(address, ca) for address in addresses] if each is not None}
    if len(found) > 1:
        raise Unexpected(
            _(
                "Some addresses of this connection are of a practice platform, some are not: {addresses}.",
                addresses=", ".join(addresses),
            ),
            _("Give the addresses of one platform."),
            sent=False,
        )
    return found.pop() if found else None if addresses else False


class Acquaintance:
    """Asked before the first call of a connection: practice workspaces and real tenants never speak to each other."""

    def __init__(self, fields: Mapping[str, str], practice: bool) -> None:
        self._ca = fields.get("ca", "")
        self._open = [fields[name] for name in ADDRESSES if fields.get(name)]
        self._practice = practice
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self) -> None:
        """Raises `Unexpected` when somebody of the wrong kind answers; who does not answer is asked again."""
        if self._open:
            async with self._one_at_a_time:
                self._open = [each for each in self._open if not await self._met(each)]

    async def _met(self, address: str) -> bool:
        found = await greeted(address, self._ca)
        if found is None:
            return False
        if found != self._practice:
            raise _stranger(address, found)
        return True


def _stranger(address: str, practice: bool) -> Unexpected:
    if practice:
        return Unexpected(
            _("{address} is a practice platform, and this workspace is a real one.", address=address),
            _("Use a practice workspace for it."),
            sent=False,
        )
    return Unexpected(
        _("{address} is no practice platform, and this workspace speaks only to those.", address=address),
        _("Start the practice platforms again, or use another workspace for a real tenant."),
        sent=False,
    )
