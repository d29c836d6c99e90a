"""Bulk API 2.0 jobs: what each is, the states it goes through, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from console.sandbox.salesforce.ids import mint
from console.sandbox.salesforce.refusal import Refusal, no_such_record

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
OPEN, UPLOADED, RUNNING, COMPLETE, ABORTED, FAILED = (
    "Open",
    "UploadComplete",
    "InProgress",
    "JobComplete",
    "Aborted",
    "Failed",
)
TERMINAL = (COMPLETE, ABORTED, FAILED)


@dataclass(slots=True)
class Job:
    """One job. `source` is the uploaded CSV; `rows` are what is to be done (ingest) or what was found (query)."""

    id: str
    kind: str
    operation: str
    object: str
    external_id: str
    delimiter: str
    ending: str
    version: float
    created_by: str
    created: str
    state: str
    query: str = ""
    modified: str = ""
    error: str = ""
    done: int = 0
    source: bytes = b""
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    successes: list[list[str]] = field(default_factory=list)
    failures: list[list[str]] = field(default_factory=list)
    untouched: list[list[str]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The job as the create answer shows it."""
        answer: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.created_by,
            "createdDate": self.created,
            "systemModstamp": self.modified or self.created,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": self.version,
            "lineEnding": self.ending,
            "columnDelimiter": self.delimiter,
        }
        if self.kind == "ingest":
            answer |= {
                "contentUrl": f"services/data/v{self.version:.1f}/jobs/ingest/{self.id}/batches",
                "externalIdFieldName": self.external_id or None,
                "assignmentRuleId": None,
            }
        return answer

    def told(self) -> dict[str, Any]:
        """The job as a poll shows it."""
        done = len(self.rows) if self.state == COMPLETE else self.done
        answer = self.shown() | {
            "jobType": "V2Query" if self.kind == "query" else "V2Ingest",
            "numberRecordsProcessed": done if self.kind == "query" else len(self.successes) + len(self.failures),
            "retries": 0,
            "totalProcessingTime": done,
        }
        if self.kind == "ingest":
            answer |= {
                "numberRecordsFailed": len(self.failures),
                "apiActiveProcessingTime": done,
                "apexProcessingTime": 0,
            }
        if self.error:
            answer["errorMessage"] = self.error
        return answer


class Jobs:
    """The jobs of one org, by id."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def new_id(self) -> str:
        return mint("750", len(self._jobs) + 1)

    def add(self, job: Job) -> None:
        self._jobs[job.id] = job

    def find(self, kind: str, job_id: str) -> Job:
        """Raises NOT_FOUND."""
        job = self._jobs.get(job_id) or next((each for each in self._jobs.values() if each.id[:15] == job_id), None)
        if job is None or job.kind != kind:
            raise no_such_record(job_id)
        return job

    def all_of(self, kind: str) -> list[Job]:
        return [each for each in self._jobs.values() if each.kind == kind]

    def drop(self, job: Job) -> None:
        """Raises INVALIDJOBSTATE unless the job has come to an end."""
        if job.state not in TERMINAL:
            raise Refusal(400, "INVALIDJOBSTATE", "Deletion not allowed in current state")
        del self._jobs[job.id]
