"""Asynchronous requests: jobs that are answered at once, carried out a moment later, and asked about afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any

from console.sandbox.answering import Answer, as_json
from console.sandbox.netsuite.refusals import Refusal
from console.sandbox.netsuite.shape import stamp_text

DELAY = 0.15
"""Seconds a job waits in the queue."""

Work = Callable[[], Answer]


@dataclass(slots=True)
class Task:
    """One request of a job and what came of it."""

    work: Work
    outcome: Answer | None = None


@dataclass(slots=True)
class Job:
    """A queued request. `started` and `ended` are seconds since 1970, 0 until then."""

    id: int
    tasks: list[Task]
    started: int = 0
    ended: int = 0

    @property
    def progress(self) -> str:
        if not self.ended:
            return "processing" if self.started else "pending"
        failed = any(task.outcome is not None and task.outcome.status >= 400 for task in self.tasks)
        return "failed" if failed else "succeeded"


@dataclass(slots=True)
class Queue:
    """The jobs of one account, and which idempotency key belongs to which."""

    now: Callable[[], int]
    jobs: dict[int, Job] = made_by(default_factory=dict)
    keys: dict[str, int] = made_by(default_factory=dict)
    waiting: set[asyncio.TimerHandle] = made_by(default_factory=set)

    def submit(self, works: Sequence[Work], key: str) -> Answer:
        """Queue the requests of one job; raises the platform's refusal when the idempotency key was used before."""
        if key in self.keys:
            raise Refusal(
                400,
                "IDEMPOTENCY_ERROR",
                'A request with the same idempotency key is already submitted. See the "Location" header for a link to '
                "the previously submitted job",
                title="Conflict",
                location=_path(self.keys[key]),
            )
        job = Job(1 + len(self.jobs), [Task(work) for work in works])
        self.jobs[job.id] = job
        if key:
            self.keys[key] = job.id
        asyncio.get_running_loop().call_later(DELAY, self._carry_out, job)
        return Answer(202, b"", [(b"preference-applied", b"respond-async"), (b"location", _path(job.id).encode())])

    def _carry_out(self, job: Job) -> None:
        job.started = self.now()
        for task in job.tasks:
            task.outcome = task.work()
        job.ended = self.now()

    def answer(self, base: str, path: Sequence[str]) -> Answer:
        """What is told of `job/{id}`, `job/{id}/task`, `job/{id}/task/{n}` and its `result`; a refusal when unknown."""
        job = self.jobs.get(int(path[0])) if path and path[0].isdecimal() else None
        if job is None or len(path) > 4 or (len(path) > 1 and path[1] != "task"):
            raise _unknown()
        root = f"{base}/services/rest/async/v1/job/{job.id}"
        if len(path) == 1:
            task = {"links": [{"rel": "self", "href": f"{root}/task"}]}
            return as_json(200, {**_told(job, root), "id": str(job.id), "task": task})
        if len(path) == 2:
            items = [_of_task(job, root, number) for number in range(1, len(job.tasks) + 1)]
            return as_json(
                200, {"links": [{"rel": "self", "href": f"{root}/task"}], "count": len(items), "items": items}
            )
        number = int(path[2]) if path[2].isdecimal() else 0
        if not 1 <= number <= len(job.tasks):
            raise _unknown()
        if len(path) == 3:
            return as_json(200, _of_task(job, root, number))
        return self._result(job.tasks[number - 1], path[3])

    def _result(self, task: Task, word: str) -> Answer:
        if word != "result" or task.outcome is None:
            raise _unknown()
        return task.outcome


def _path(number: int) -> str:
    return f"/services/rest/async/v1/job/{number}"


def _unknown() -> Refusal:
    return Refusal(404, "NONEXISTENT_ID", "The asynchronous job or its result does not exist.")


def _told(job: Job, href: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "links": [{"rel": "self", "href": href}],
        "completed": bool(job.ended),
        "progress": job.progress,
    }
    if job.started:
        told["startTime"] = stamp_text(job.started)
    if job.ended:
        told["endTime"] = stamp_text(job.ended)
    return told


def _of_task(job: Job, root: str, number: int) -> dict[str, Any]:
    href, outcome = f"{root}/task/{number}", job.tasks[number - 1].outcome
    told = {**_told(job, href), "id": str(number)}
    if outcome is not None:
        told["progress"] = "failed" if outcome.status >= 400 else "succeeded"
        told["links"].insert(0, {"rel": "related", "href": f"{href}/result"})
    return told
