"""Our own side of `pull`: the real connector and `console.sync.pull` into replica and book."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from console.platforms.kantata import connect
from console.platforms.kantata.connector import Kantata
from console.sync.pull import Pulled, pull
from console.sync.session import Session, collect_seldom
from console.wire.http import Wire
from local_db import book
from local_db.connections import ConnectionRow
from local_db.store import Store
from tests.benchmarks.asking import printed
from tests.benchmarks.entries import PSA


def psa_row(url: str) -> ConnectionRow:
    return ConnectionRow(PSA, "kantata", "Kantata", tag="psatag00", base_url=url)


def psa_connector(url: str) -> Kantata:
    return connect({"base_url": url}, {"access_token": "bench"}, transport=Wire(url, connection=PSA))


async def pulled(store: Store, url: str) -> Pulled:
    connector = psa_connector(url)
    session = Session(store, {PSA: psa_row(url)}, {PSA: connector}, "bench", "bench")
    try:
        return (await pull(session, PSA, ["time_entry"]))[0]
    finally:
        await connector.close()


def main(url: str, folder: str) -> None:
    store = Store.open(Path(folder) / "bench.tieout", create=True, environment="practice")
    collect_seldom()
    began = time.perf_counter()
    done = asyncio.run(pulled(store, url))
    seconds = time.perf_counter() - began
    if not done.complete:
        raise SystemExit(f"The pull did not end: {done}")
    with store.reading() as db:
        printed(book.count(db, "time_entry"), seconds, "Tieout")
    store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1], folder)
