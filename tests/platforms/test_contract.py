"""Every connector against the practice platforms, over real sockets, with their faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    contract.changes_what_it_wrote,
    contract.reads_by_the_workspaces_mapping,
    contract.rereads_by_id,
    contract.refuses_with_a_sentence,
    contract.says_no_secret,
)


NOW_AND_THEN = ("@2", "@4", "@7")


def trial_on(sandbox: Sandbox, stage: Stage) -> Trial:
    return Trial(stage, sandbox.base_url(stage.key), sandbox.sign_in(stage.key, stage.sign_in))


@contextmanager
def faulty(sandbox: Sandbox, stage: Stage, *faults: str) -> Iterator[Callable[[], int]]:
    """The tenant of a stage with faults, `kind` in them its own word; gives how often they struck so far."""

    def struck() -> int:
        told = sandbox.ask(stage.key, "GET", "/-/faults")["faults"]
        return sum(rule["struck"] for rule in told)

    for fault in faults:
        spec = f"{stage.key}:{fault.replace('kind', stage.vendor_kind)}"
        sandbox.ask(stage.key, "POST", "/-/faults", {"spec": spec})
    try:
        yield struck
    finally:
        sandbox.ask(stage.key, "POST", "/-/faults", {"clear": True})


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
def test_a_lost_answer_leaves_a_doubt_that_find_ends(sandbox: Sandbox, stage: Stage) -> None:
    with faulty(sandbox, stage, "lost_answer:kind:1") as struck:
        asyncio.run(contract.a_lost_answer_leaves_a_doubt_that_find_ends(trial_on(sandbox, stage)))
        assert struck() == 1


@EVERY
def test_a_token_that_ends_is_renewed_once_or_asks_for_a_person(start_sandbox: StartSandbox, stage: Stage) -> None:
    """On a tenant of its own, for a token that cannot be renewed is gone for good."""
    platform = start_sandbox("--platform", stage.key, "--history", "1m")
    with faulty(platform, stage, *(f"token_expiry:*:{place}" for place in NOW_AND_THEN)) as struck:
        asyncio.run(contract.an_ended_token(trial_on(platform, stage)))
        assert struck() == (len(NOW_AND_THEN) if stage.renews else 1)


@EVERY
def test_a_dead_credential_asks_for_a_person(sandbox: Sandbox, stage: Stage) -> None:
    trial = trial_on(sandbox, stage)
    dead = stage.dead(trial.credential, sandbox.platforms[stage.key]["expired_token"])
    asyncio.run(contract.a_dead_credential_asks_for_a_person(trial.with_credential(dead)))


@EVERY
def test_a_storm_stores_nothing(sandbox: Sandbox, stage: Stage) -> None:
    trial = trial_on(sandbox, stage)
    wants = asyncio.run(contract.prepared(trial, range(700, 706)))
    with faulty(sandbox, stage, "rate_storm:*:@2+2", "rate_storm:*:@6+6") as struck:
        later = asyncio.run(contract.a_storm_stores_nothing(trial, wants))
        assert struck() >= 4
    asked = {want.key for want in wants}
    committed = [entry["key"] for entry in sandbox.journal(platform=stage.key, by="api") if entry["key"] in asked]
    assert sorted([*committed, *later]) == sorted(asked)


@EVERY
def test_half_a_view_proves_no_absence(sandbox: Sandbox, stage: Stage) -> None:
    trial = trial_on(sandbox, stage)
    keys = asyncio.run(contract.written(trial, range(900, 908)))
    with faulty(sandbox, stage, "half_role"):
        asyncio.run(contract.half_a_view_proves_no_absence(trial, keys, stage.kind))


@EVERY
def test_a_page_that_leads_to_itself_is_a_fault(sandbox: Sandbox, stage: Stage) -> None:
    with served(through(sandbox.base_url(stage.key), stage.looping)) as between:
        trial = replace(trial_on(sandbox, stage), base_url=between.url)
        asyncio.run(contract.a_page_that_leads_to_itself_is_a_fault(trial))


@EVERY
def test_only_the_spoiled_record_is_held(sandbox: Sandbox, stage: Stage) -> None:
    asyncio.run(contract.writes_many_in_order(trial_on(sandbox, stage)))
    with served(through(sandbox.base_url(stage.key), stage.spoiled)) as between:
        trial = replace(trial_on(sandbox, stage), base_url=between.url)
        asyncio.run(contract.only_the_spoiled_record_is_held(trial))


@EVERY
@pytest.mark.parametrize("fault", ["truncated", "slow", "reset"])
def test_reading_survives_a_bad_line(sandbox: Sandbox, stage: Stage, fault: str) -> None:
    with faulty(sandbox, stage, *(f"{fault}:*:{place}:0.2" for place in NOW_AND_THEN)) as struck:
        asyncio.run(contract.reads_whole_kinds_in_order(trial_on(sandbox, stage)))
        assert struck() == len(NOW_AND_THEN)


@EVERY
@pytest.mark.parametrize("share", ["0.1", "1"])
def test_reading_survives_drift(sandbox: Sandbox, stage: Stage, share: str) -> None:
    with faulty(sandbox, stage, f"drift:*:{share}") as struck:
        asyncio.run(contract.reads_whole_kinds_in_order(trial_on(sandbox, stage)))
        assert struck()
