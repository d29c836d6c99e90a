"""Starts the practice platforms, says when they are ready, and runs until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, cast

import orjson

from console.sandbox.clock import Clock
from console.sandbox.control import Front
from console.sandbox.faults import FAULTS, BadFault, FaultPlan
from console.sandbox.firm.make import make_firm
from console.sandbox.firm.script import Script, people_of
from console.sandbox.firm.shapes import SCALES, UnknownScale
from console.sandbox.firm.share import entities_by_tenant, share_of
from console.sandbox.journal import Journal
from console.sandbox.port import address, bind, served
from console.sandbox.practice import Practice
from console.sandbox.tenant import Tenant
from console.sandbox.tls import Certificate, issue

PLATFORMS = ("salesforce", "kantata", "netsuite")
_MONTHS = 24


class TenantMaker(Protocol):
    def __call__(self, key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> Tenant: ...


class CannotStart(Exception):
    """The options make no sense or a port is taken; `str()` is a sentence."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the practice platforms are to be started. `port` 0 takes any free ones."""

    seed: int = 7
    scale: str = "small"
    history_months: int = _MONTHS
    foreign_keys: bool = False
    today: date | None = None
    port: int = 0
    journal: Path | None = None
    faults: Sequence[str] = ()
    tls: Path | None = None
    platforms: Sequence[str] = PLATFORMS
    as_json: bool = False
    until_stdin_closes: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """Practice platforms whose sockets are bound: serve `fronts` on `sockets`, in the same order."""

    practice: Practice
    fronts: Sequence[Front]
    sockets: Sequence[socket.socket]
    certificate: Certificate | None

    def ready(self) -> dict[str, Any]:
        """What is printed when ready."""
        told: dict[str, Any] = {"platforms": {key: _told(t) for key, t in self.practice.tenants.items()}}
        return told | {"ca": str(self.certificate.ca)} if self.certificate else told


def _told(tenant: Tenant) -> dict[str, Any]:
    return {
        "base_url": tenant.base_url,
        "sign_ins": list(tenant.sign_ins()),
        "expired_token": tenant.expired_token,
        "closed_date": tenant.closed_date,
    }


def makers(keys: Sequence[str]) -> dict[str, TenantMaker]:
    """Tenant key -> what makes it. Raises `CannotStart` for a platform there is no practice twin of."""
    for key in keys:
        if key.partition(":")[0] not in PLATFORMS:
            raise CannotStart(f"There is no practice platform {key!r}; there are {', '.join(PLATFORMS)}.")
    if len(set(keys)) < len(keys):
        raise CannotStart("A platform is listed twice; name the second one, as in netsuite:eu.")
    return {key: importlib.import_module(f"console.sandbox.{key.partition(':')[0]}").tenant for key in keys}


@contextmanager
def prepared(options: Options, making: Mapping[str, TenantMaker] | None = None) -> Iterator[Running]:
    """The firm made, the tenants seeded and their sockets bound; `making` takes other tenants than the listed ones.

    Raises `CannotStart`."""
    making = makers(options.platforms) if making is None else making
    today = options.today or datetime.now().astimezone().date()
    try:
        faults = FaultPlan(options.faults, options.seed)
        firm = make_firm(options.seed, options.scale, options.history_months, options.foreign_keys, today)
    except (BadFault, UnknownScale) as wrong:
        raise CannotStart(str(wrong)) from None
    certificate = issue(options.tls) if options.tls else None
    with Journal(options.journal) as journal, _bound(options.port, len(making)) as sockets:
        held = entities_by_tenant(list(making))
        tenants = {}
        for (key, make), listener in zip(making.items(), sockets, strict=True):
            tenant = make(key, journal, faults.for_tenant(key), Clock(today))
            tenant.base_url = address(listener, certificate)
            tenant.seed(share_of(firm, held[key]))
            tenants[key] = tenant
        practice = Practice(firm, tenants, journal, faults, Script(firm, people_of(tenants.values())))
        yield Running(practice, [Front(tenant, practice) for tenant in tenants.values()], sockets, certificate)


@contextmanager
def _bound(port: int, count: int) -> Iterator[list[socket.socket]]:
    found: list[socket.socket] = []
    try:
        for place in range(count):
            found.append(_taken(port + place if port else 0))
        yield found
    finally:
        for each in found:
            each.close()


def _taken(port: int) -> socket.socket:
    try:
        return bind(port)
    except OSError as wrong:
        raise CannotStart(f"Port {port} cannot be used: {wrong.strerror}.") from None


async def run(options: Options, making: Mapping[str, TenantMaker] | None = None) -> None:
    """Serve until SIGTERM or SIGINT (or until stdin closes, when asked to). Raises `CannotStart`."""
    with prepared(options, making) as running:
        ports = list(zip(running.fronts, running.sockets, strict=True))
        async with served(ports, running.certificate):
            stop = _stop_asked(options.until_stdin_closes)
            _say_ready(running, options.as_json)
            await stop
            for front in running.fronts:
                await front.wire.settle()


def _say_ready(running: Running, as_json: bool) -> None:
    ready = running.ready()
    if as_json:
        sys.stdout.write(orjson.dumps(ready, default=str).decode() + "\n")
    else:
        width = max(map(len, ready["platforms"]))
        lines = [f"{key:<{width}}  {told['base_url']}" for key, told in ready["platforms"].items()]
        sys.stdout.write("\n".join(("The practice platforms are ready:", *lines, "Press Ctrl+C to stop.\n")))
    sys.stdout.flush()


def _stop_asked(watch_stdin: bool) -> asyncio.Future[None]:
    """Done when somebody wants an end."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not asked.done():
            asked.set_result(None)

    _on_signals(loop, stop)
    if watch_stdin:
        threading.Thread(target=_wait_for_end_of_stdin, args=(loop, stop), daemon=True).start()
    return asked


def _wait_for_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    while sys.stdin.readline():
        pass
    with suppress(RuntimeError):  # the loop may have ended already
        loop.call_soon_threadsafe(stop)


def _on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows has no signal handlers on a loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def options_from(words: Sequence[str]) -> Options:
    """The options behind command-line words; exits with 2 and a usage text when they make no sense."""
    parser = argparse.ArgumentParser("sandbox", description="Practice platforms on loopback over one made-up firm.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", choices=list(SCALES), default="small")
    parser.add_argument("--history", type=_months, default=_MONTHS, help="months of past, as 24m; 0 for none")
    parser.add_argument("--foreign-keys", action="store_true", help="another middleware has left its keys")
    parser.add_argument("--today", type=date.fromisoformat, help="the firm's today, as 2025-11-21")
    parser.add_argument("--port", type=int, default=0, help="the first platform's port, the next ones follow")
    parser.add_argument("--journal", type=Path, help="a file that gets one JSON line per commit")
    parser.add_argument(
        "--fault", action="append", default=[], help=f"platform:fault[:kind[:amount]]: {', '.join(FAULTS)}"
    )
    parser.add_argument("--tls", type=Path, help="a folder for a certificate authority; serves https")
    parser.add_argument("--platform", action="append", default=[], help="a platform, or a further tenant: netsuite:eu")
    parser.add_argument("--json", action="store_true", help="print one JSON object when ready")
    parser.add_argument("--until-stdin-closes", action="store_true")
    asked = parser.parse_args(words)
    return Options(
        seed=asked.seed,
        scale=asked.scale,
        history_months=asked.history,
        foreign_keys=asked.foreign_keys,
        today=asked.today,
        port=asked.port,
        journal=asked.journal,
        faults=asked.fault,
        tls=asked.tls,
        platforms=asked.platform or PLATFORMS,
        as_json=asked.json,
        until_stdin_closes=asked.until_stdin_closes,
    )


def _months(text: str) -> int:
    count = int(text.removesuffix("m"))
    if not 0 <= count <= 120:
        raise ValueError(text)
    return count


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it can be had; None is the usual loop (Windows)."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    return cast("Callable[[], asyncio.AbstractEventLoop]", importlib.import_module("uvloop").new_event_loop)


def main(words: Sequence[str] | None = None) -> int:
    """Run from the command line; answers the exit code (0 stopped, 1 could not start)."""
    options = options_from(sys.argv[1:] if words is None else words)
    try:
        with asyncio.Runner(loop_factory=_fast_loop()) as runner:
            runner.run(run(options))
    except CannotStart as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    return 0
