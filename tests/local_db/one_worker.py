"""A worker process of the tests: it claims, writes attempts down, sends to a file and closes, until nothing is left."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from local_db.ledger_claims import Opening, claim_and_open
from local_db.ledger_results import Closing, Done, close_attempts
from local_db.store import Store


def main(where: str, journal: str, die_after: int) -> None:
    store = Store.open(where)
    worker = f"w{os.getpid()}"
    sent = 0
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        with store.writing() as db:
            now = datetime.now(UTC)
            claimed = claim_and_open(db, "ns", 7, worker, 30, now, lambda each: Opening(each, "t", {"n": each.key}))
        if not claimed:
            break
        with open(journal, "ab") as file:
            for each in claimed:
                file.write(f"{each.key}\n".encode())
                file.flush()
                sent += 1
                if sent == die_after:
                    os._exit(9)
        with store.writing() as db:
            closings = [Closing(each.id, each.fence, each.attempt, Done(f"r{each.id}")) for each in claimed]
            lost = close_attempts(db, closings, datetime.now(UTC))
            assert not lost, lost
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
