"""A stand-in for an ERP whose every write is one bare PUT: what our door costs is then what is left of the bill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
import orjson

from console.records.billing import BillingLine
from console.records.intent import Verb
from console.records.kinds import RECORDS
from console.sync.loading import from_json
from console.wire.faults import Fault, Unexpected
from console.wire.surface import (
    Batch,
    Capability,
    Card,
    Remote,
    Standing,
    Unsure,
    Want,
    WriteAbility,
    Written,
)
from tests.benchmarks.entries import ERP

AT_ONCE = 16
KINDS = ("customer", "project", "task", "time_line")
CARD = Card(
    key="bench_erp",
    title="An ERP",
    roles=("erp",),
    fields=(),
    sign_ins=(),
    reads=KINDS,
    writes=tuple(WriteAbility("time_line", verb, Capability.KEYED) for verb in (Verb.CREATE, Verb.UPDATE)),
    deletions="",
    period_lock="",
    drift="",
    limits="",
    freshness=3_600.0,
    in_flight=AT_ONCE,
)


def client() -> httpx.AsyncClient:
    """The one both sides of the comparison write with."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(trust_env=False, limits=limits)


async def put(client: httpx.AsyncClient, url: str, key: str, body: Mapping[str, object]) -> str:
    """One bare write; answers the remote id."""
    answer = await client.put(
        f"{url}/lines/{key}", content=orjson.dumps(body), headers={"content-type": "application/json"}
    )
    answer.raise_for_status()
    return str(orjson.loads(answer.content)["id"])


class QuietErp:
    """Takes lines and shows what it took; there is nothing in it to read. See `wire.surface.Connector`."""

    card = CARD

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = client()

    async def check(self) -> Standing:
        return Standing(ERP, "An ERP", "practice", "bench")

    async def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        yield Batch(kind, (), cursor=since, last=True)

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        return {each: Unsure("It shows nothing.") for each in remote_ids}

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        return None

    async def find_many(self, kind: str, keys: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        return dict.fromkeys(keys)

    async def write(self, want: Want) -> Written:
        try:
            remote_id = await put(self._client, self._url, want.key, want.body)
        except httpx.HTTPError as broken:
            raise Unexpected(f"The write failed: {broken}") from None
        return Written(want.key, remote_id, "1", True, stored=stored(want, remote_id))

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        return [await self.write(want) for want in wants]

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        return {}

    async def close(self) -> None:
        await self._client.aclose()


def stored(want: Want, remote_id: str) -> Remote:
    """The line as an ERP shows it after the write."""
    return line(want.key, remote_id, {**want.body, **{name: linked(name, to) for name, to in want.links.items()}})


def linked(kind: str, remote_id: str) -> str:
    return f"{ERP}/{kind}/{remote_id}"


_FIELDS = {name: str(each.type) for name, each in RECORDS["billing_line"].__dataclass_fields__.items()}


def line(key: str, remote_id: str, body: Mapping[str, object]) -> Remote:
    """A record of the ERP whose fields are those of a body in our words, its links refs on the ERP."""
    known = {name: from_json(value, _FIELDS[name]) for name, value in body.items() if name in _FIELDS}
    record = BillingLine(ref=f"{ERP}/time_line/{remote_id}", external_key=key, **known)
    return Remote("time_line", remote_id, {"id": remote_id}, "1", record, key)
