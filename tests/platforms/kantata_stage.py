"""Kantata on trial: tasks of any project, in side-loaded envelopes."""

from __future__ import annotations

import orjson

from console.platforms import kantata
from console.records.intent import Verb
from console.wire.surface import Connector, Want
from tests.loopback import Asked, Reply, told
from tests.platforms.contract import Stage

SPOILED = "Trial task 300"


async def _any_project(connector: Connector) -> str:
    async for batch in connector.read("project"):
        for remote in batch.records:
            return remote.remote_id
    raise AssertionError("there is no project")


async def task(connector: Connector, number: int) -> Want:
    body = {
        "project": {"$link": ["project", "psa/project/1"]},
        "name": f"Trial task {number}",
        "billable": True,
        "active": True,
        "estimate_minutes": 20 * (1 + number % 12),
    }
    links = {"project": await _any_project(connector)}
    return Want("task", Verb.CREATE, f"TOtrial-task-{number}", f"token-{number}", body, links)


def _page(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path == "/api/v1/stories"


def looping(asked: Asked, reply: Reply) -> Reply:
    """Whatever page is asked for, the same two of nine."""
    if not _page(asked):
        return reply
    stamped = {f"{number}": f"2024-01-01T09:00:0{number}+01:00" for number in (1, 2)}
    rows = {name: {"id": name, "title": f"Task {name}", "updated_at": stamp} for name, stamp in stamped.items()}
    results = [{"key": "stories", "id": name} for name in rows]
    return told({"count": 9, "results": results, "stories": rows, "meta": {"count": 9}})


def spoiled(asked: Asked, reply: Reply) -> Reply:
    if not _page(asked):
        return reply
    envelope = orjson.loads(reply.body)
    for story in envelope["stories"].values():
        if story["title"] == SPOILED:
            story["time_estimate_in_minutes"] = "about a week"
    reply.body = orjson.dumps(envelope)
    return reply


KANTATA = Stage(
    card=kantata.CARD,
    connect=kantata.connect,
    kind="task",
    vendor_kind="stories",
    want=task,
    sign_in="access_token",
    dead=lambda _good, token: {"sign_in": "access_token", "access_token": token},
    looping=looping,
    spoiled=spoiled,
    change={"name": "Trial task, renamed", "estimate_minutes": 60},
    renews=False,
)
