"""Faults of the wire, over real sockets: what is stored, what arrives, and in which order it is written down."""

import asyncio
import time
from pathlib import Path

import httpx
import orjson
import pytest


def test_a_lost_answer_is_stored_and_journalled_first(opened, tmp_path: Path):
    journal = tmp_path / "journal.jsonl"

    async def story() -> None:
        async with opened(faults=["notebook:lost_answer:notes:@2"], journal=journal) as (client, _):
            assert (await client.post("/notes", content="first")).status_code == 201
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post("/notes", content="second")
            lines = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
            assert [(line["key"], line["verb"], line["by"]) for line in lines] == [
                ("first", "create", "api"),
                ("second", "create", "api"),
            ]
            assert (await client.get("/notes")).json() == {"notes": ["first", "second"]}

    asyncio.run(story())


def test_a_late_commit_comes_after_the_connection_has_ended(opened):
    async def story() -> None:
        async with opened(faults=["notebook:late_commit:*:@1:0.3"]) as (client, running):
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post("/notes", content="late")
            assert (await client.get("/notes")).json() == {"notes": []}
            await running.fronts[0].wire.settle()
            assert (await client.get("/notes")).json() == {"notes": ["late"]}
            assert [entry.key for entry in running.practice.journal.entries] == ["late"]

    asyncio.run(story())


def test_a_reset_stores_nothing(opened):
    async def story() -> None:
        async with opened(faults=["notebook:reset:*:@1"]) as (client, running):
            with pytest.raises(httpx.ReadError):
                await client.post("/notes", content="never")
            assert (await client.get("/notes")).json() == {"notes": []}
            assert running.practice.journal.entries == []

    asyncio.run(story())


def test_a_truncated_answer_is_complete_to_http_and_broken_json(opened):
    async def story() -> None:
        async with opened(faults=["notebook:truncated:notes:@1"]) as (client, _):
            answer = await client.post("/notes", content="half")
            assert answer.status_code == 201
            assert int(answer.headers["content-length"]) == len(answer.content) == len(b'{"number":0}') // 2
            with pytest.raises(orjson.JSONDecodeError):
                orjson.loads(answer.content)

    asyncio.run(story())


def test_slow_bytes_arrive_whole_and_late(opened):
    async def story() -> None:
        async with opened(faults=["notebook:slow:*:@1:0.4"]) as (client, _):
            begun = time.monotonic()
            assert (await client.get("/notes")).json() == {"notes": []}
            assert time.monotonic() - begun >= 0.4

    asyncio.run(story())


def test_control_paths_always_arrive(opened):
    async def story() -> None:
        async with opened(faults=["*:reset:*:1.0"]) as (client, _):
            assert (await client.get("/-/journal")).json() == {"entries": [], "next": 0}

    asyncio.run(story())


def test_a_rate_storm_is_the_tenants_own_answer(opened):
    async def story() -> None:
        async with opened(faults=["notebook:rate_storm:notes:@2+2"]) as (client, _):
            codes = [(await client.get("/notes")).status_code for _ in range(5)]
            assert codes == [200, 429, 429, 200, 200]

    asyncio.run(story())
