"""NetSuite on trial: time lines on an open project, by a person of its company."""

from __future__ import annotations

from datetime import UTC, datetime

from console.platforms import netsuite
from console.records.delivery import Project, Task
from console.records.firm import Resource
from console.records.intent import Verb
from console.wire.surface import Connector, Want
from tests.loopback import Asked, Reply, told
from tests.platforms.contract import Stage


async def _records(connector: Connector, kind: str) -> list[tuple[str, object]]:
    return [(remote.remote_id, remote.record) async for batch in connector.read(kind) for remote in batch.records]


async def _place(connector: Connector) -> tuple[Project, dict[str, str]]:
    """An active project with a currency, an active task of it, and somebody of its company."""
    tasks = {r.project: name for name, r in await _records(connector, "task") if isinstance(r, Task) and r.active}
    people = {
        record.legal_entity: name
        for name, record in await _records(connector, "resource")
        if isinstance(record, Resource) and record.active
    }
    for name, project in await _records(connector, "project"):
        if not isinstance(project, Project) or not project.active or project.legal_entity not in people:
            continue
        if project.ref in tasks:
            links = {"project": name, "task": tasks[project.ref], "resource": people[project.legal_entity]}
            return project, links
    raise AssertionError("there is no open project")


async def time_line(connector: Connector, number: int) -> Want:
    project, links = await _place(connector)
    body = {
        "line_type": "time",
        "on": datetime.now(UTC).date().replace(day=1).isoformat(),
        "minutes": 20 + number,
        "legal_entity": project.legal_entity,
        "item": "Consultant",
        "rate": {"amount": "150", "currency": project.currency},
        "billable": True,
        "memo": f"Trial {number}",
    }
    return Want("time_line", Verb.CREATE, f"TOtrial-time_entry-{number}", f"token-{number}", body, links)


def _page(asked: Asked) -> bool:
    return b"FROM timebill WHERE" not in asked.body and b"FROM timebill ORDER" in asked.body


def looping(asked: Asked, reply: Reply) -> Reply:
    if b"FROM timebill" not in asked.body:
        return reply
    rows = [{"id": str(number), "lastmodifieddate": f"2024-01-01 00:00:0{number}"} for number in (1, 2)]
    return told({"items": rows, "count": 2, "offset": 0, "hasMore": True})


def spoiled(asked: Asked, reply: Reply) -> Reply:
    if _page(asked):
        reply.body = reply.body.replace(b'"hours":"', b'"hours":"about ', 1)
    return reply


NETSUITE = Stage(
    card=netsuite.CARD,
    connect=netsuite.connect,
    kind="time_line",
    vendor_kind="timebill",
    want=time_line,
    sign_in="client_credentials",
    dead=lambda good, _token: {**good, "certificate_id": "withdrawn"},
    looping=looping,
    spoiled=spoiled,
    change={"memo": "Trial, corrected", "minutes": 40},
)
