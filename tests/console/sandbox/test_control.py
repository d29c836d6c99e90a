"""The paths under `/-/`: hello, journal, people, faults, steps."""

import asyncio
import hashlib
import hmac

NONCE = "0123456789abcdef" * 2


def test_hello_is_signed_and_names_the_tenant(opened):
    async def story() -> None:
        async with opened() as (client, _):
            told = (await client.get("/-/hello", params={"nonce": NONCE})).json()
            message = f"notebook\nbook-notebook\n{NONCE}".encode()
            assert told.pop("signature") == hmac.digest(b"tieout practice platforms", message, hashlib.sha256).hex()
            assert told == {
                "practice": "tieout",
                "version": 1,
                "platform": "notebook",
                "tenant": "book-notebook",
                "key": "notebook",
                "nonce": NONCE,
            }

    asyncio.run(story())


def test_a_nonce_is_32_hexadecimal_digits(opened):
    async def story() -> None:
        async with opened() as (client, _):
            for nonce in ("", "short", "Z" * 32, NONCE + "0"):
                assert (await client.get("/-/hello", params={"nonce": nonce})).status_code == 400

    asyncio.run(story())


def test_people_act_and_are_journalled_as_people(opened):
    async def story() -> None:
        async with opened() as (client, _):
            await client.post("/notes", content="mine")
            act = {"act": "rewrite", "number": 0, "text": "theirs", "on": "2025-11-03"}
            assert (await client.post("/-/people", json=act)).json() == {"done": "rewrite", "answer": "theirs"}
            found = (await client.get("/-/journal", params={"by": "people"})).json()
            assert found["next"] == 2
            (entry,) = found["entries"]
            assert (entry["kind"], entry["verb"], entry["body"]["on"]) == ("note", "update", "2025-11-03")

    asyncio.run(story())


def test_people_refuse_with_a_sentence(opened):
    async def story() -> None:
        async with opened() as (client, _):
            asked = [
                {"act": "fly"},
                {"act": "_tenant"},
                {"act": "rewrite", "number": 0, "colour": "red"},
                {"act": "rewrite", "number": 9, "text": "no such note"},
                {"act": "rewrite", "number": 0, "text": "t", "on": "yesterday"},
                {"act": "rewrite", "platform": "elsewhere"},
            ]
            for act in asked:
                answer = await client.post("/-/people", json=act)
                assert answer.status_code in (400, 404) and answer.json()["error"], act

    asyncio.run(story())


def test_faults_come_and_go_while_it_runs(opened):
    async def story() -> None:
        async with opened() as (client, _):
            await client.post("/-/faults", json={"spec": "notebook:rate_storm:notes:1.0"})
            assert (await client.get("/notes")).status_code == 429
            told = (await client.get("/-/faults")).json()["faults"]
            assert told == [{"spec": "notebook:rate_storm:notes:1.0", "seen": 1, "struck": 1}]
            await client.post("/-/faults", json={"clear": True})
            assert (await client.get("/notes")).status_code == 200
            assert (await client.post("/-/faults", json={"spec": "nonsense"})).status_code == 400

    asyncio.run(story())


def test_unknown_paths_and_bodies_are_refused(opened):
    async def story() -> None:
        async with opened() as (client, _):
            assert (await client.get("/-/nothing")).status_code == 404
            assert (await client.get("/-/advance")).status_code == 404
            assert (await client.post("/-/people", content="{")).status_code == 400
            assert (await client.post("/-/people", content="[]")).status_code == 400
            assert (await client.get("/-/journal", params={"after": "all"})).status_code == 400

    asyncio.run(story())


def test_work_on_projects_that_do_not_exist_waits(opened):
    async def story() -> None:
        async with opened() as (client, _):
            before = (await client.get("/-/expected")).json()
            told = (await client.post("/-/advance")).json()
            assert (told["step"], told["of"], told["acts"]) == (1, 4, 0)
            assert told["waiting"] == before["projects_created"]
            assert (await client.get("/-/expected")).json()["entries_billed"] == before["entries_billed"]

    asyncio.run(story())
