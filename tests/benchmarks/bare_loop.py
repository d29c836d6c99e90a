"""The bare loop: httpx, orjson and executemany into one table, with the durability Tieout's own store has."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import httpx
import orjson

from tests.benchmarks.asking import QUERY, printed

_PRAGMAS = ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL")


def pull(url: str, file: Path) -> int:
    """Every page into one table; answers how many rows there are."""
    store = sqlite3.connect(file, isolation_level=None)
    for pragma in _PRAGMAS:
        store.execute(f"PRAGMA {pragma}")
    store.execute("CREATE TABLE time_entry (id TEXT PRIMARY KEY, updated_at TEXT, payload TEXT)")
    with httpx.Client(trust_env=False) as client:
        number, taken, total = 1, 0, 1
        while taken < total:
            answer = client.get(f"{url}/api/v1/time_entries", params={**QUERY, "page": number})
            body = orjson.loads(answer.content)
            listed = body["time_entries"]
            rows = [listed[each["id"]] for each in body["results"]]
            store.execute("BEGIN IMMEDIATE")
            store.executemany(
                "INSERT INTO time_entry VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " updated_at = excluded.updated_at, payload = excluded.payload",
                [(row["id"], row["updated_at"], orjson.dumps(row).decode()) for row in rows],
            )
            store.execute("COMMIT")
            number, taken, total = number + 1, taken + len(rows), body["count"]
    kept = int(store.execute("SELECT count(*) FROM time_entry").fetchone()[0])
    store.close()
    return kept


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        kept = pull(sys.argv[1], Path(folder) / "bare.db")
        printed(kept, time.perf_counter() - began, f"httpx {httpx.__version__}, orjson {orjson.__version__}")
