"""The bare loop: httpx, orjson, and executemany of each page into one table, as durably as Tieout's own store."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from operator import itemgetter
from pathlib import Path

import httpx
import orjson

from tests.benchmarks.asking import QUERY, printed

_PRAGMAS = ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL")
_FIELDS = [
    "id",
    "created_at",
    "updated_at",
    "date_performed",
    "time_in_minutes",
    "billable",
    "notes",
    "rate_in_cents",
    "cost_rate_in_cents",
    "currency",
    "currency_symbol",
    "currency_base_unit",
    "user_can_edit",
    "approved",
    "taxable",
    "is_invoiced",
    "location",
    "workspace_id",
    "user_id",
    "story_id",
    "role_id",
    "active_submission_id",
    "recent_submission_id",
]


def pull(url: str, file: Path) -> int:
    """Every page into one table with a column for each field; answers how many rows there are."""
    store = _opened(file)
    insert = f"INSERT OR REPLACE INTO time_entry VALUES ({', '.join('?' * len(_FIELDS))})"
    fields = itemgetter(*_FIELDS)
    with httpx.Client(trust_env=False) as client:
        number, taken, total = 1, 0, 1
        while taken < total:
            answer = client.get(f"{url}/api/v1/time_entries", params={**QUERY, "page": number})
            body = orjson.loads(answer.content)
            listed = body["time_entries"]
            rows = [fields(listed[each["id"]]) for each in body["results"]]
            store.execute("BEGIN IMMEDIATE")
            store.executemany(insert, rows)
            store.execute("COMMIT")
            number, taken, total = number + 1, taken + len(rows), body["count"]
    kept = int(store.execute("SELECT count(*) FROM time_entry").fetchone()[0])
    store.close()
    return kept


def _opened(file: Path) -> sqlite3.Connection:
    store = sqlite3.connect(file, isolation_level=None)
    for pragma in _PRAGMAS:
        store.execute(f"PRAGMA {pragma}")
    store.execute(f"CREATE TABLE time_entry ({', '.join(_FIELDS)}, PRIMARY KEY (id))")
    return store


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        kept = pull(sys.argv[1], Path(folder) / "bare.db")
        printed(kept, time.perf_counter() - began, f"httpx {httpx.__version__}, orjson {orjson.__version__}")
