"""Matching: what may be the same record on two platforms, and what people have said about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from console.records.firm import Record
from console.sync import linking
from local_db import book as shelf
from local_db import crosswalk
from local_db.questions import matching
from local_db.store import Db


def candidates(db: Db) -> list[dict[str, Any]]:
    """What may be the same and waits for a person, the most alike first."""
    refused = {(each.ref, linking.there_of(each)) for each in crosswalk.refusals(db)}
    rows = []
    for each in matching.every(db):
        there = f"{each.connection}/{each.kind}/{each.remote_id}"
        if (each.ref, there) not in refused and ("", there) not in refused:
            rows.append(
                {
                    "ref": each.ref,
                    "name": _name(db, each.ref),
                    "there": there,
                    "there_name": _name(db, there),
                    "method": each.method,
                    "score": each.score,
                    "why": each.why,
                }
            )
    return rows


def _name(db: Db, ref: str) -> str:
    record: Record | None = shelf.get(db, ref)
    return str(getattr(record, "name", "") or getattr(record, "title", "") or "")


def said(db: Db) -> list[dict[str, Any]]:
    """What people said, each with the id under which `adopt --undo` takes it back."""
    rows = [asdict(each) for each in linking.said(db)]
    return [{**row, "by": row.pop("actor")} for row in rows]
