"""All practice platforms together: one firm, one journal, one script over three vendors and a further tenant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import httpx
import pytest

from console.sandbox.port import served
from console.sandbox.serve import PLATFORMS, Options, Running, makers, prepared

TODAY = date(2025, 11, 21)


@asynccontextmanager
async def together(*keys: str) -> AsyncIterator[tuple[dict[str, httpx.AsyncClient], Running]]:
    options = Options(today=TODAY, foreign_keys=True, platforms=keys or PLATFORMS)
    with prepared(options, makers(options.platforms)) as running:
        async with served(list(zip(running.fronts, running.sockets, strict=True))):
            clients = {
                key: httpx.AsyncClient(base_url=tenant.base_url, timeout=30)
                for key, tenant in running.practice.tenants.items()
            }
            try:
                yield clients, running
            finally:
                for client in clients.values():
                    await client.aclose()


def test_the_ready_object_has_what_a_console_needs():
    async def story() -> None:
        async with together() as (clients, running):
            told = running.ready()["platforms"]
            assert list(told) == list(PLATFORMS)
            for key, platform in told.items():
                assert platform["expired_token"] and platform["sign_ins"]
                for sign_in in platform["sign_ins"]:
                    assert sign_in["sign_in"]
                    assert sign_in["token_url"] == "" or sign_in["token_url"].startswith(platform["base_url"])
                answer = await clients[key].get("/-/hello", params={"nonce": "a1" * 16})
                assert answer.json()["platform"] == key
            assert told["netsuite"]["closed_date"] < running.practice.firm.cutover

    asyncio.run(story())


def test_without_a_console_people_sell_and_wait():
    async def story() -> None:
        async with together() as (clients, _):
            client = clients["kantata"]
            steps = [(await client.post("/-/advance")).json() for _ in range(5)]
            assert [step["step"] for step in steps] == [1, 2, 3, 4, 4]
            assert steps[-1]["waiting"] > 0
            by_people = (await client.get("/-/journal", params={"by": "people"})).json()["entries"]
            done = {(entry["tenant"], entry["kind"], entry["verb"]) for entry in by_people}
            assert {("salesforce", "deal", "create"), ("salesforce", "deal", "update")} <= done
            assert ("netsuite", "accounting_period", "update") in done
            assert not (await client.get("/-/journal", params={"by": "api"})).json()["entries"]
            score = (await client.get("/-/score")).json()
            assert (score["ok"], score["duplicates"], score["unexpected"]) == (False, 0, 0)
            assert score["lost"] == score["expected"]["entries_billed"] + sum(
                score["expected"]["charges_billed"].values()
            )

    asyncio.run(story())


def test_a_further_tenant_shares_the_firm_and_the_script():
    async def story() -> None:
        async with together("salesforce", "kantata", "netsuite", "netsuite:eu") as (clients, running):
            ids = {tenant.tenant_id for tenant in running.practice.tenants.values()}
            assert len(ids) == 4
            for _ in range(4):
                await clients["netsuite:eu"].post("/-/advance")
            journal = (await clients["salesforce"].get("/-/journal", params={"kind": "accounting_period"})).json()
            assert {entry["tenant"] for entry in journal["entries"]} == {"netsuite", "netsuite:eu"}

    asyncio.run(story())


@pytest.mark.parametrize(
    ("act", "status"),
    [
        ({"act": "close_period", "name": "Nov 2025"}, 200),
        ({"act": "close_period", "name": "Smarch"}, 400),
        ({"act": "set_active", "kind": "tax_code", "name": "JP-STANDARD", "active": False}, 200),
        ({"act": "delete_line", "line_id": "999999999"}, 400),
    ],
)
def test_people_of_netsuite_act_over_http(act: dict, status: int):
    async def story() -> None:
        async with together("netsuite") as (clients, _):
            answer = await clients["netsuite"].post("/-/people", json=act)
            assert answer.status_code == status, answer.text

    asyncio.run(story())


def test_the_platforms_rules_hold_for_people_too():
    async def story() -> None:
        async with together("netsuite") as (clients, running):
            people = running.practice.tenants["netsuite"].people
            project = running.practice.firm.projects[0]
            line = people.lines(people.project(project.name))[0]
            answer = await clients["netsuite"].post("/-/people", json={"act": "delete_line", "line_id": line.id})
            assert answer.status_code == 400
            assert "billed" in answer.json()["error"]

    asyncio.run(story())
