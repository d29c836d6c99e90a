"""The shared budget: width that halves and grows, backfill behind live work, a daily allowance that ends."""

from __future__ import annotations

import asyncio

import pytest

from console.wire.faults import TryLater
from console.wire.pacing import Limits, Pacing, backfill, backoff, budget_of


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def widest(pacing: Pacing, count: int = 40) -> int:
    """The most calls that ran at once."""
    most = 0

    async def one() -> None:
        nonlocal most
        place = await pacing.enter()
        most = max(most, pacing.busy)
        await asyncio.sleep(0)
        pacing.leave(place)

    await asyncio.gather(*(one() for _ in range(count)))
    return most


def test_no_more_run_at_once_than_allowed() -> None:
    assert asyncio.run(widest(Pacing(Limits(in_flight=5)))) == 5


def test_a_storm_halves_the_width_once_and_success_widens_it_again() -> None:
    clock = Clock()
    pacing = Pacing(Limits(in_flight=16), clock)
    for _ in range(16):
        pacing.pressed(began=clock.now - 1)
    assert pacing.width == 8, "all sixteen belong to one storm"
    clock.now += 1
    pacing.pressed(began=clock.now)
    assert pacing.width == 4
    for _ in range(200):
        pacing.eased()
    assert pacing.width == 16


def test_everyone_waits_while_the_platform_asks_for_it() -> None:
    async def paused() -> float:
        pacing = Pacing(Limits(in_flight=4))
        pacing.pressed(pacing.now(), wait=0.15)
        loop = asyncio.get_running_loop()
        began = loop.time()
        pacing.leave(await pacing.enter())
        return loop.time() - began

    assert asyncio.run(paused()) >= 0.15


def test_a_long_pause_goes_back_to_the_caller() -> None:
    pacing = Pacing()
    pacing.pressed(pacing.now(), wait=120)
    with pytest.raises(TryLater) as caught:
        asyncio.run(pacing.enter())
    assert 100 < caught.value.wait <= 120 and not caught.value.sent and pacing.busy == 0


def test_backfill_takes_its_share_and_stands_behind_live_work() -> None:
    async def order() -> tuple[int, list[str]]:
        pacing = Pacing(Limits(in_flight=10))
        done: list[str] = []
        with backfill():
            most = await widest(pacing)
        places = [await pacing.enter() for _ in range(10)]

        async def later(name: str) -> None:
            place = await pacing.enter()
            done.append(name)
            pacing.leave(place)

        with backfill():
            behind = asyncio.create_task(later("backfill"))
        await asyncio.sleep(0)
        live = asyncio.create_task(later("live"))
        await asyncio.sleep(0)
        for place in places:
            pacing.leave(place)
        await asyncio.gather(behind, live)
        return most, done

    assert asyncio.run(order()) == (3, ["live", "backfill"])


def test_one_who_stops_waiting_gives_its_turn_away() -> None:
    async def turn() -> bool:
        pacing = Pacing(Limits(in_flight=1))
        place = await pacing.enter()
        first, second = asyncio.create_task(pacing.enter()), asyncio.create_task(pacing.enter())
        await asyncio.sleep(0)
        pacing.leave(place)
        first.cancel()
        return await asyncio.wait_for(second, 1)

    assert asyncio.run(turn()) is False


def test_a_spent_day_refuses_before_anything_is_sent_and_probes_later() -> None:
    clock = Clock()
    pacing = Pacing(Limits(daily_stop=0.9, probe=60), clock)
    pacing.heard(899, 1000)
    asyncio.run(pacing.enter())
    pacing.heard(900, 1000)
    with pytest.raises(TryLater) as caught:
        asyncio.run(pacing.enter())
    assert not caught.value.sent and caught.value.wait == 60
    clock.now += 61
    asyncio.run(pacing.enter())


def test_backfill_stops_at_its_share_of_the_day() -> None:
    pacing = Pacing(Limits(backfill_share=0.3))
    pacing.heard(0, 10)

    async def many() -> None:
        for _ in range(4):
            pacing.leave(await pacing.enter())

    asyncio.run(many())
    with backfill(), pytest.raises(TryLater):
        asyncio.run(many())
    asyncio.run(many())


def test_one_budget_serves_all_users_of_a_connection() -> None:
    mine = budget_of("crm", Limits(in_flight=3))
    assert budget_of("crm") is mine and budget_of("erp") is not mine


def test_calls_per_second_are_held() -> None:
    async def five() -> float:
        pacing = Pacing(Limits(per_second=20))
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(24):
            pacing.leave(await pacing.enter())
        return loop.time() - began

    assert asyncio.run(five()) >= 0.15


def test_backoff_doubles_up_to_its_longest() -> None:
    assert 0.1 <= backoff(0) <= 0.2 and backoff(30) <= 10.0 and backoff(4) >= 1.6
