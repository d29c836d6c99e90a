"""Rate budgets shared by everyone who speaks to one tenant: width, speed, the daily allowance, and patience."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

from console.wire.faults import TryLater
from console.words import _

_DAY = 86_400.0
_BACKFILL: ContextVar[bool] = ContextVar("backfill", default=False)


@contextmanager
def backfill() -> Iterator[None]:
    """Calls made inside wait behind live work and use at most the backfill share of every budget."""
    token = _BACKFILL.set(True)
    try:
        yield
    finally:
        _BACKFILL.reset(token)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tenant allows. `in_flight` calls at once; `per_second` 0 is unlimited.

    `daily_stop` is the share of the daily allowance after which we leave the rest to others, `backfill_share` the
    part of width and allowance that backfill may use; `probe` seconds pass between looks at a spent allowance.
    """

    in_flight: int = 8
    per_second: float = 0.0
    daily_stop: float = 0.9
    backfill_share: float = 0.3
    probe: float = 900.0
    first_pause: float = 0.2
    longest_pause: float = 30.0


class Pacing:
    """One tenant's budget in this process: narrows by half when the platform says so, widens again as it eases."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self.width = self.limits.in_flight
        self.busy = 0
        self._busy_backfill = 0
        self._live: deque[asyncio.Future[None]] = deque()
        self._behind: deque[asyncio.Future[None]] = deque()
        self._clock = clock
        self._bucket = AsyncLimiter(self.limits.per_second, 1.0) if self.limits.per_second else None
        self._paused_until = self._pressed_at = self._spent_until = 0.0
        self._presses = self._calm = 0
        self._used = self._allowed = 0
        self._day_began, self._backfilled = clock(), 0

    async def enter(self) -> bool:
        """Wait for a place; the answer says whether it is a backfill place, and is given back to `leave`.

        Raises `TryLater` (nothing sent) when our share of the daily allowance is spent.
        """
        behind = _BACKFILL.get()
        self._refuse_when_spent(behind)
        while not self._room(behind):
            await self._wait(self._behind if behind else self._live)
        self.busy += 1
        self._busy_backfill += behind
        try:
            await self._patience()
        except BaseException:
            self.leave(behind)
            raise
        return behind

    def leave(self, behind: bool) -> None:
        self.busy -= 1
        self._busy_backfill -= behind
        self._wake()

    def pressed(self, began: float, wait: float = 0.0) -> None:
        """The platform said slow down to a call that began at `began` (this clock): halve the width and pause.

        Answers of calls that began before the last press belong to the same storm and change nothing but the wait.
        """
        now = self._clock()
        if began >= self._pressed_at:
            self._pressed_at = now
            self.width = max(1, self.width // 2)
            self._calm = 0
            self._presses = min(self._presses + 1, 16)
        pause = wait or min(self.limits.longest_pause, self.limits.first_pause * 2.0 ** (self._presses - 1))
        self._paused_until = max(self._paused_until, now + pause)

    def eased(self) -> None:
        """A call went through: after as many as the width is, one more may run at once."""
        if self.width >= self.limits.in_flight:
            self._presses = 0
            return
        self._calm += 1
        if self._calm >= self.width:
            self._calm = 0
            self.width += 1
            self._presses = max(0, self._presses - 1)
            self._wake()

    def heard(self, used: int, allowed: int) -> None:
        """The platform told how much of the daily allowance is used."""
        self._used, self._allowed = used, allowed
        if allowed and used >= allowed * self.limits.daily_stop:
            self._spent_until = self._clock() + self.limits.probe
        else:
            self._spent_until = 0.0

    def spent(self, wait: float = 0.0) -> None:
        """The platform refused because the allowance is gone: nothing is sent until the next probe."""
        self._spent_until = self._clock() + (wait or self.limits.probe)

    def now(self) -> float:
        return self._clock()

    @property
    def allowance(self) -> tuple[int, int]:
        """Used and allowed calls of the day as last heard; (0, 0) when never told."""
        return self._used, self._allowed

    def _room(self, behind: bool) -> bool:
        if self.busy >= self.width:
            return False
        if not behind:
            return True
        share = max(1, int(self.width * self.limits.backfill_share))
        return self._busy_backfill < share and not self._live

    def _refuse_when_spent(self, behind: bool) -> None:
        wait = self._spent_until - self._clock()
        if wait <= 0 and behind:
            wait = self._backfill_wait()
        if wait > 0:
            raise TryLater(
                _(
                    "Tieout's share of the platform's daily calls is used ({used} of {allowed}).",
                    used=self._used,
                    allowed=self._allowed or "?",
                ),
                _("Calls resume by themselves when the platform's window frees; raise the share in Connections."),
                wait=wait,
                sent=False,
            )

    def _backfill_wait(self) -> float:
        """Count one backfill call; seconds until the next day when backfill's share of the allowance is spent."""
        now = self._clock()
        if now - self._day_began >= _DAY:
            self._day_began, self._backfilled = now, 0
        if self._allowed and self._backfilled >= self._allowed * self.limits.backfill_share:
            return self._day_began + _DAY - now
        self._backfilled += 1
        return 0.0

    async def _patience(self) -> None:
        if self._bucket is not None:
            await self._bucket.acquire()
        while (pause := self._paused_until - self._clock()) > 0:
            if pause > self.limits.longest_pause:
                raise TryLater(
                    _("The platform asks for a pause."), _("Calls resume by themselves."), wait=pause, sent=False
                )
            await asyncio.sleep(pause * random.uniform(1.0, 1.25))

    async def _wait(self, line: deque[asyncio.Future[None]]) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._wake()
            raise
        finally:
            if place in line:
                line.remove(place)

    def _wake(self) -> None:
        """Let as many of those who wait look again as there is room for, live work first."""
        free = self.width - self.busy
        for line in (self._live, self._behind):
            while free > 0 and line:
                place = line.popleft()
                if not place.done():
                    place.set_result(None)
                    free -= 1


_BUDGETS: WeakValueDictionary[str, Pacing] = WeakValueDictionary()


def budget_of(name: str, limits: Limits | None = None) -> Pacing:
    """The one budget of a connection in this process; `limits` count only for whoever asks first."""
    found = _BUDGETS.get(name)
    if found is None:
        found = _BUDGETS[name] = Pacing(limits)
    return found


def backoff(attempt: int, first: float = 0.2, longest: float = 10.0) -> float:
    """Seconds before the next try: doubled each time (attempt 0 is the first), with a random half taken off."""
    return float(min(longest, first * 2.0**attempt) * random.uniform(0.5, 1.0))
