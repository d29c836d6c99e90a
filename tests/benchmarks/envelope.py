"""Entries as the vendor sends them: rows by id, the related rows beside them, and the order in `results`."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from tests.benchmarks.entries import (
    SHEET,
    day_of,
    entry_id,
    minutes_of,
    notes_of,
    person_of,
    project_of,
    role_of,
    stamp_at,
    task_of,
)


def row_json(n: int, projects: int, second: int, version: int = 0) -> bytes:
    """`"id":{row}`, a member of the collection."""
    sheet = str(n // SHEET + 1)
    row = {
        "id": entry_id(n),
        "created_at": stamp_at(second - 86_400),
        "updated_at": stamp_at(second),
        "date_performed": day_of(n).isoformat(),
        "time_in_minutes": minutes_of(n, version),
        "billable": True,
        "notes": notes_of(n),
        "rate_in_cents": 15_000,
        "cost_rate_in_cents": 6_000,
        "currency": "USD",
        "currency_symbol": "$",
        "currency_base_unit": 100,
        "user_can_edit": False,
        "approved": True,
        "taxable": False,
        "is_invoiced": False,
        "location": None,
        "workspace_id": str(project_of(n, projects)),
        "user_id": str(person_of(n)),
        "story_id": str(task_of(n, projects)),
        "role_id": str(role_of(n)),
        "active_submission_id": sheet,
        "recent_submission_id": sheet,
        "external_reference_ids": [],
    }
    return b'"%s":%s' % (entry_id(n).encode(), orjson.dumps(row))


def result_json(n: int) -> bytes:
    return b'{"key":"time_entries","id":"%s"}' % entry_id(n).encode()


def beside_json(numbers: Sequence[int], projects: int) -> bytes:
    """The included collections of a page."""
    sheets = {str(n // SHEET + 1): project_of(n, projects) for n in numbers}
    people = {person_of(n) for n in numbers}
    beside = {
        "timesheet_submissions": {
            name: {"id": name, "status": "approved", "workspace_id": str(project)} for name, project in sheets.items()
        },
        "workspaces": {
            str(each): {"id": str(each), "title": f"Project {each}", "currency": "USD", "require_time_approvals": True}
            for each in set(sheets.values())
        },
        "users": {str(each): {"id": str(each), "full_name": f"Person {each}", "headline": ""} for each in people},
        "stories": {
            str(each): {"id": str(each), "title": f"Task {each}", "story_type": "task"}
            for each in {task_of(n, projects) for n in numbers}
        },
        "roles": {str(each): {"id": str(each), "name": f"Role {each}"} for each in {role_of(n) for n in numbers}},
        "external_references": {},
    }
    return orjson.dumps(beside)[1:-1]
