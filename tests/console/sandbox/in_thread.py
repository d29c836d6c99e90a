"""Serves practice platforms from a loop in another thread, for clients that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from console.sandbox.port import served
from console.sandbox.serve import Options, Running, TenantMaker, prepared

TODAY = date(2025, 11, 20)


@contextmanager
def serving(making: dict[str, TenantMaker], **options: Any) -> Iterator[Running]:
    """These tenants on real sockets, over one firm with two years of past and another middleware's keys."""
    asked = Options(today=TODAY, foreign_keys=True, **options)
    begun, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    with prepared(asked, making) as running:

        async def serve() -> None:
            async with served(list(zip(running.fronts, running.sockets, strict=True)), running.certificate):
                begun.set()
                await ended.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
        thread.start()
        try:
            assert begun.wait(10)
            yield running
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join(10)
            loop.close()
