"""`python -m tests.benchmarks [NAME]... [--scale F] [--json]`: measures rows and says which bars hold."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping

import orjson

from console.sync.session import collect_seldom
from tests.benchmarks import incremental, ledger, planning, pull
from tests.benchmarks.row import HEAD, Row

ROWS: Mapping[str, Callable[[float], Iterator[Row]]] = {
    "pull": pull.rows,
    "incremental": incremental.rows,
    "plan": planning.rows,
    "ledger": ledger.rows,
}


def main() -> None:
    asked = _asked()
    collect_seldom()  # as every verb does
    measured = (row for name in asked.names or ROWS for row in ROWS[name](asked.scale))
    if asked.json:
        print(orjson.dumps([row.as_json() for row in measured]).decode())
        return
    print(HEAD)
    for row in measured:
        print(row.line(), flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*ROWS, []], help=", ".join(ROWS))
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data: 1 is the full bar")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    return parser.parse_args()


if __name__ == "__main__":
    main()
