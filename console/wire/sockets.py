"""Opens the HTTP clients: TLS always verified, plain http to loopback only and never through a proxy."""

from __future__ import annotations

import ipaddress
import ssl
from functools import lru_cache
from pathlib import Path

import certifi
import httpx

from console.wire.faults import Unexpected
from console.words import _

_KEEP_ALIVE = 3.0
"""Seconds an idle socket is kept: shorter than servers keep theirs, else a write meets a closing one."""


@lru_cache(maxsize=8)
def _trust(ca: str) -> ssl.SSLContext:
    """The system's authorities, the well-known ones, and the file `ca` when one is named."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca:
        try:
            context.load_verify_locations(Path(ca).expanduser())
        except (OSError, ssl.SSLError):
            raise Unexpected(
                _("The certificate file {ca} cannot be read.", ca=ca),
                _("Name a PEM file with the certificate authority in the field ca."),
                sent=False,
            ) from None
    return context


def is_loopback(host: str) -> bool:
    """Whether the host is this computer itself, by its form alone (no look-up)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def checked_url(text: str) -> httpx.URL:
    """The address, or `Unexpected` when it is no URL or would send secrets in the clear to another computer."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise Unexpected(
            _("{address} is no web address.", address=repr(text[:100])),
            _("Give the whole address, beginning with https://."),
            sent=False,
        )
    if url.scheme == "http" and not is_loopback(url.host):
        raise Unexpected(
            _("{host} would be called without encryption.", host=url.host),
            _("Use an address that begins with https://; plain http is for this computer only."),
            sent=False,
        )
    return url


class Sockets:
    """The open connections of one platform connection: one client for this computer, one for the rest."""

    def __init__(self, ca: str = "", width: int = 64) -> None:
        self._ca = ca
        self._limits = httpx.Limits(
            max_connections=width, max_keepalive_connections=width, keepalive_expiry=_KEEP_ALIVE
        )
        self._clients: dict[str, httpx.AsyncClient] = {}

    def client(self, url: httpx.URL) -> httpx.AsyncClient:
        near = is_loopback(url.host)
        place = f"{url.scheme} near" if near else "far"
        found = self._clients.get(place)
        if found is None:
            found = self._clients[place] = self._open(plain=url.scheme == "http", near=near)
        return found

    def _open(self, plain: bool, near: bool) -> httpx.AsyncClient:
        # A context without authorities trusts nobody: enough for a client that only speaks plain http.
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else _trust(self._ca)
        return httpx.AsyncClient(
            verify=verify,
            http2=False,
            trust_env=not near,
            follow_redirects=False,
            limits=self._limits,
        )

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
