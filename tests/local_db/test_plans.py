"""The questions asked all day are answered from indexes, whatever the size of the workspace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from console.records.intent import State
from local_db import book, crosswalk, holds, ledger, ledger_claims, replica, subjects, trace
from local_db.store import Db, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

QUESTIONS: dict[str, Callable[[Db], object]] = {
    "a record": lambda db: book.get(db, "kan/time_entry/1"),
    "records by ref": lambda db: list(book.current(db, "time_entry", refs=["kan/time_entry/1"])),
    "time of a project": lambda db: list(book.current(db, "time_entry", where={"project": "kan/project/1"})),
    "time of projects": lambda db: list(book.current(db, "time_entry", where={"project": ["kan/project/1", "x"]})),
    "lines of an invoice": lambda db: list(book.current(db, "billing_line", where={"invoice": "ns/invoice/1"})),
    "shares of a line": lambda db: list(book.current(db, "invoice_line", where={"billing_line": "ns/time_line/1"})),
    "history": lambda db: book.history(db, "kan/time_entry/1"),
    "payload": lambda db: replica.payload(db, "kan/time_entry/1"),
    "by our key": lambda db: replica.by_key(db, "ns", "time_line", ["k1"]),
    "faults": lambda db: replica.with_fault(db, "ns", "time_line"),
    "remote ids": lambda db: crosswalk.remote_ids(db, "ns", "customer", ["sf/customer/1"]),
    "refs": lambda db: crosswalk.refs_of(db, "ns", "customer", ["1"]),
    "marked subjects": lambda db: subjects.take(db, "f", 100),
    "intent by key": lambda db: ledger.by_keys(db, "ns", "time_line", ["k1"]),
    "intents of subjects": lambda db: ledger.intents(db, subjects=["a/b/1"]),
    "claim": lambda db: ledger_claims.claim(db, "ns", 16, "w", 60, NOW),
    "unknown due": lambda db: ledger_claims.unknown_due(db, "ns", NOW, "w", 60),
    "expired leases": lambda db: ledger_claims.expire_leases(db, NOW),
    "release": lambda db: ledger.release_waiting(db, "ns", "project", ["sf/deal/1"], NOW),
    "writes today": lambda db: ledger.writes_today(db, "ns", "time_line", ["1"], NOW),
    "held intents": lambda db: ledger.intents(db, states=[State.HELD], flow="f", kind="time_line"),
    "holds of a problem": lambda db: holds.every(db, problem="closed_period"),
    "holds of subjects": lambda db: holds.every(db, subjects=["a/b/1"]),
    "end holds": lambda db: holds.end(db, "f", ["a/b/1"]),
    "trace": lambda db: trace.of(db, "kan/time_entry/1"),
}

_WHOLE = re.compile(r"^SCAN (?!listed|CONSTANT)|Seq Scan on")


@contextmanager
def asked(db: Db) -> Iterator[list[tuple[str, Any]]]:
    """The statements that run inside, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    event.listen(db, "before_cursor_execute", note)
    yield statements
    event.remove(db, "before_cursor_execute", note)


def _explained(db: Db, statement: str, parameters: Any) -> list[str]:
    if db.dialect.name == "sqlite":
        return [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    return [row[0] for row in db.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_reads_a_whole_table(store: Store, question: str) -> None:
    with store.writing() as db:
        if store.on_server:
            db.exec_driver_sql("SET LOCAL enable_seqscan = off")
        with asked(db) as statements:
            QUESTIONS[question](db)
        asking = [each for each in statements if each[0].lstrip().startswith(("SELECT id", "SELECT", "UPDATE", "WITH"))]
        assert asking
        for statement, parameters in asking:
            steps = _explained(db, statement, parameters)
            assert not [step for step in steps if _WHOLE.search(step)], (statement, steps)
