"""Thousands of creates go as one job, once, and its outcome is what NetSuite holds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from console.platforms.netsuite import NetSuite
from console.platforms.netsuite.jobs import THRESHOLD, fits
from console.records.intent import Verb
from console.wire.faults import Fault
from console.wire.surface import Want, Written
from tests.console.platforms.netsuite.account import furnished, with_connector
from tests.console.platforms.netsuite.test_writing import key, time_line

WANTS = [time_line(number) for number in range(THRESHOLD + 1)]


def test_only_many_creates_go_as_a_job() -> None:
    assert fits(WANTS)
    assert not fits(WANTS[:THRESHOLD])
    assert not fits([*WANTS[:-1], time_line(1, verb=Verb.UPDATE, remote_id="7")])


def test_a_job_is_handed_over_once_and_asked_for_its_outcome() -> None:
    account = furnished()

    async def use(ns: NetSuite) -> tuple[Sequence[Written | Fault], Sequence[Written | Fault], object, object]:
        first, again = await ns.write_many(WANTS), await ns.write_many(WANTS)
        assert isinstance(first[0], Written)
        running = await ns.outcome(first[0].job)
        account.jobs = dict.fromkeys(account.jobs, True)
        return first, again, running, await ns.outcome(first[0].job)

    _freeze(account)
    first, again, running, outcome = with_connector(account, use)
    assert len(first) == len(WANTS)
    jobs = {each.job.split("/")[0] for each in (*first, *again) if isinstance(each, Written)}
    assert len(jobs) == 1
    assert running is None
    assert isinstance(outcome, dict)
    answer = outcome[key(7)]
    assert isinstance(answer, Written)
    assert answer.stored is not None
    assert len(account.rows["timebill"]) == len(WANTS)


def _freeze(account: object) -> None:
    """Stamp everything with a time that is later than any hand-over."""
    account.stamp = lambda: "2099-01-01 00:00:00"  # type: ignore[attr-defined]


def test_an_account_that_takes_no_lists_gets_single_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    account = furnished()
    account.takes_lists = False
    monkeypatch.setattr("console.platforms.netsuite.jobs.THRESHOLD", 3)
    answers = with_connector(account, lambda ns: ns.write_many(WANTS[:4]))
    assert all(isinstance(each, Written) and each.remote_id for each in answers)
    assert len(account.rows["timebill"]) == 4


@pytest.mark.parametrize("changed", [{"token": "another"}])
def test_another_attempt_is_another_job(changed: dict[str, str]) -> None:
    account = furnished()

    async def use(ns: NetSuite) -> int:
        await ns.write_many(WANTS)
        await ns.write_many([*WANTS[:-1], Want(**{**_fields(WANTS[-1]), **changed})])
        return len(account.jobs)

    assert with_connector(account, use) == 2


def _fields(want: Want) -> dict[str, object]:
    return {name: getattr(want, name) for name in Want.__dataclass_fields__}
