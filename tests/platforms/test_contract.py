"""Every connector against the practice platforms, over real sockets, with their faults."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.loopback import served, through
from tests.platforms import contract
from tests.platforms.contract import Stage, Trial
from tests.platforms.stages import STAGES
from tests.sandbox import Sandbox, StartSandbox

EVERY = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.key)
PLAIN = (
    contract.tells_who_it_is,
    contract.reads_whole_kinds_in_order,
    contract.goes_on_from_every_cursor,
    contract.reads_only_what_changed,
    contract.writes_one_record_for_one_key,
    contract.writes_many_in_order,
    contract.rereads_by_id,
    contract.refuses_with_a_sentence,
    contract.says_no_secret,
)


def trial_on(sandbox: Sandbox, stage: Stage) -> Trial:
    return Trial(stage, sandbox.base_url(stage.key), sandbox.sign_in(stage.key, stage.sign_in))


def faulty(start_sandbox: StartSandbox, stage: Stage, *faults: str) -> tuple[Sandbox, Trial]:
    """A tenant of its own with faults; `{}` stands for the platform."""
    options = [option for fault in faults for option in ("--fault", fault.replace("{}", stage.key))]
    sandbox = start_sandbox("--platform", stage.key, "--history", "3m", *options)
    return sandbox, trial_on(sandbox, stage)


@EVERY
def test_the_card_is_whole(stage: Stage) -> None:
    contract.promises_what_the_card_says(stage.card)


@EVERY
@pytest.mark.parametrize("promise", PLAIN, ids=lambda promise: promise.__name__)
def test_it_keeps_its_promise(sandbox: Sandbox, stage: Stage, promise: contract.Promise) -> None:
    asyncio.run(promise(trial_on(sandbox, stage)))


@EVERY
def test_every_sign_in_works(sandbox: Sandbox, stage: Stage) -> None:
    for offered in sandbox.platforms[stage.key]["sign_ins"]:
        if offered["sign_in"] != "authorization_code":
            asyncio.run(contract.tells_who_it_is(Trial(stage, sandbox.base_url(stage.key), offered)))


@EVERY
def test_a_lost_answer_leaves_a_doubt_that_find_ends(start_sandbox: StartSandbox, stage: Stage) -> None:
    _sandbox, trial = faulty(start_sandbox, stage, f"{{}}:lost_answer:{stage.vendor_kind}:1")
    asyncio.run(contract.a_lost_answer_leaves_a_doubt_that_find_ends(trial))


@EVERY
def test_an_expired_token_is_renewed_once(start_sandbox: StartSandbox, stage: Stage) -> None:
    _sandbox, trial = faulty(start_sandbox, stage, "{}:token_expiry:*:0.2")
    asyncio.run(contract.an_expired_token_is_renewed_once(trial))


@EVERY
def test_a_dead_credential_asks_for_a_person(sandbox: Sandbox, stage: Stage) -> None:
    if stage.stale is None:
        assert stage.card.sign_ins, "a sign-in without tokens has none that can end"
        return
    stale = stage.stale(sandbox.platforms[stage.key]["expired_token"])
    asyncio.run(contract.a_dead_credential_asks_for_a_person(trial_on(sandbox, stage).with_credential(stale)))


@EVERY
def test_a_storm_stores_nothing(start_sandbox: StartSandbox, stage: Stage) -> None:
    sandbox, trial = faulty(start_sandbox, stage, "{}:rate_storm:*:0.3")
    later = asyncio.run(contract.a_storm_stores_nothing(trial))
    committed = [entry["key"] for entry in sandbox.journal(platform=stage.key, by="api")]
    assert not set(later) & set(committed) and len(committed) + len(later) >= 6


@EVERY
def test_half_a_view_proves_no_absence(start_sandbox: StartSandbox, stage: Stage) -> None:
    sandbox, trial = faulty(start_sandbox, stage, "{}:half_role")

    async def write(connector: contract.Connector) -> list[str]:
        wants = [await contract.wanted(connector, stage, number) for number in range(8)]
        return [want.key for want in wants if await connector.write(want)]

    keys = asyncio.run(trial.run(write))
    assert {entry["key"] for entry in sandbox.journal(platform=stage.key, by="api")} >= set(keys)
    asyncio.run(contract.half_a_view_proves_no_absence(trial, keys, stage.kind))


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage.looping], ids=lambda stage: stage.key)
def test_a_page_that_leads_to_itself_is_a_fault(sandbox: Sandbox, stage: Stage) -> None:
    assert stage.looping
    with served(through(sandbox.base_url(stage.key), stage.looping)) as between:
        trial = replace(trial_on(sandbox, stage), base_url=between.url)
        asyncio.run(contract.a_page_that_leads_to_itself_is_a_fault(trial))


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage.spoiled], ids=lambda stage: stage.key)
def test_only_the_spoiled_record_is_held(sandbox: Sandbox, stage: Stage) -> None:
    assert stage.spoiled
    asyncio.run(contract.writes_many_in_order(trial_on(sandbox, stage)))
    with served(through(sandbox.base_url(stage.key), stage.spoiled)) as between:
        trial = replace(trial_on(sandbox, stage), base_url=between.url)
        asyncio.run(contract.only_the_spoiled_record_is_held(trial))


@EVERY
@pytest.mark.parametrize("fault", ["truncated", "slow", "reset", "drift"])
def test_reading_survives(start_sandbox: StartSandbox, stage: Stage, fault: str) -> None:
    _sandbox, trial = faulty(start_sandbox, stage, f"{{}}:{fault}:*:0.1")
    asyncio.run(contract.reads_whole_kinds_in_order(trial))
