"""Turns a broken connection into a fault: what happened, what to do, and whether anything can have been sent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from console.wire.faults import Fault, TryLater, Unexpected
from console.words import _


class Breakage(NamedTuple):
    """A fault, and whether the same idempotent call may work in a moment."""

    fault: Fault
    again: bool


def breakage(error: Exception, host: str) -> Breakage:
    """The fault behind an httpx or asyncio error while calling `host`."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _not_connected(error, host)
    if isinstance(error, httpx.ProxyError):
        return Breakage(
            TryLater(
                _("The proxy of this network refused the way to {host}.", host=host),
                _("Ask who runs the proxy to allow {host}, or sign in to it.", host=host),
                sent=False,
            ),
            True,
        )
    if isinstance(error, httpx.PoolTimeout):
        crowded = TryLater(_("Too many calls to {host} wait for a free connection.", host=host), sent=False)
        return Breakage(crowded, True)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Breakage(_bad_address(host), False)
    return _no_answer(error, host)


def _no_answer(error: Exception, host: str) -> Breakage:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        sentence = _("{host} did not answer in time.", host=host)
    elif isinstance(error, httpx.DecodingError):
        sentence = _("The answer of {host} cannot be unpacked.", host=host)
    else:
        sentence = _("The connection to {host} broke before its answer was complete.", host=host)
    remedy = _("Try again; what became of a write is looked up before anything is sent again.")
    return Breakage(Unexpected(sentence, remedy, vendor_text=type(error).__name__), True)


def _not_connected(error: Exception, host: str) -> Breakage:
    causes = list(_causes(error))
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return _not_trusted(causes, host)
    if any(isinstance(each, socket.gaierror) for each in causes):
        fault = TryLater(
            _("No host named {host} was found.", host=host),
            _("Check the address in Connections, and that this computer is online."),
            sent=False,
        )
    elif any(isinstance(each, ConnectionRefusedError) for each in causes):
        fault = TryLater(
            _("{host} refuses connections.", host=host),
            _("Check the address and port in Connections; the platform may be down."),
            sent=False,
        )
    else:
        fault = TryLater(
            _("{host} cannot be reached.", host=host),
            _("Check that this computer is online and that a firewall lets it through."),
            sent=False,
        )
    return Breakage(fault, True)


def _not_trusted(causes: list[BaseException], host: str) -> Breakage:
    reason = next((str(each.verify_message) for each in causes if isinstance(each, ssl.SSLCertVerificationError)), "")
    sentence = _("{host} could not prove who it is: {reason}.", host=host, reason=reason.rstrip(".") or "TLS failed")
    remedy = _("Check the address; behind a company proxy, name its certificate file in the field ca.")
    return Breakage(Unexpected(sentence, remedy, sent=False), False)


def _bad_address(host: str) -> Fault:
    return Unexpected(
        _("{host} is no address Tieout can call.", host=host or "''"),
        _("Give the whole address, beginning with https://."),
        sent=False,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        yield step
        step = step.__cause__ or step.__context__
