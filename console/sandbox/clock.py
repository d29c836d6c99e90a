"""The clock of the practice platforms: real time for what happens now, a made-up calendar for the past."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_TICK = timedelta(microseconds=1)
_EVENING = time(18, 0, tzinfo=UTC)


class Clock:
    """One tenant's clock. `today` is the business day; stamps are real UTC and never repeat.

    A vendor that shows seconds or milliseconds cuts the stamp when it shows it, so two records written in the same
    second may show the same stamp there, exactly as they would with the vendor.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The real time, UTC."""
        return datetime.now(UTC)

    def stamp(self) -> datetime:
        """A modification stamp: now, or just after the stamp given before, whichever is later."""
        self._last = max(self.now(), self._last + _TICK)
        return self._last

    def evening(self, day: date) -> datetime:
        """When something of the past was last touched: 18:00 UTC of that day, never later than now."""
        return min(datetime.combine(day, _EVENING), self.now())
