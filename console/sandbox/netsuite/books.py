"""The account's books: its records with the calendar, money and naming that every rule needs."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from console.sandbox.clock import Clock
from console.sandbox.netsuite.refusals import outside_period, user_error
from console.sandbox.netsuite.store import Record, Store

UNTAXED = frozenset({"US"})
"""Countries whose subsidiaries may invoice without a tax code."""


class Books:
    """One account. `zone` is the company's time zone: SuiteQL tells dates in it."""

    def __init__(self, clock: Clock, zone: str) -> None:
        self.store = Store()
        self.clock = clock
        self.zone = ZoneInfo(zone)
        self._months: dict[str, int] = {}
        self._digits: dict[int, int] = {}

    def stamp(self) -> int:
        """Seconds since 1970, as finely as the platform tells them."""
        return int(self.clock.stamp().timestamp())

    def today(self) -> str:
        """The company's day, ISO."""
        return datetime.now(self.zone).date().isoformat()

    def period_of(self, day: str) -> Record | None:
        """The base period (month) that holds a day."""
        if not self._months:
            self._months = {
                str(each.values["startDate"])[:7]: each.id
                for each in self.store.all("accountingPeriod")
                if not each.values.get("isQuarter") and not each.values.get("isYear")
            }
        return self.store.get("accountingPeriod", self._months.get(day[:7]))

    def open_period(self, day: str, lock: str = "") -> Record:
        """The period a day posts to; raises when it is closed or locked, for all or by `lock` (arLocked, apLocked)."""
        period = self.period_of(day)
        if period is None or period.values.get("closed"):
            raise outside_period()
        if period.values.get("allLocked") or (lock and period.values.get(lock)):
            ledger = {"arLocked": "Accounts Receivable", "apLocked": "Accounts Payable"}.get(lock, "all transactions")
            name = period.values["periodName"]
            raise user_error(f"The posting period {name} is locked for {ledger}.", "postingPeriod")
        return period

    def rounded(self, amount: Decimal, currency: int | None) -> float:
        """An amount in the smallest coin of a currency, halves away from zero, as JSON shows it."""
        return float(amount.quantize(Decimal(1).scaleb(-self.digits(currency)), ROUND_HALF_UP))

    def digits(self, currency: int | None) -> int:
        found = self._digits.get(currency or 0)
        if found is None:
            record = self.store.get("currency", currency)
            found = int(record.values.get("currencyPrecision", 2)) if record else 2
            self._digits[currency or 0] = found
        return found

    def customer_of(self, entity: Record | None) -> Record | None:
        """The customer behind a job or a customer."""
        if entity is None or entity.type == "customer":
            return entity
        return self.store.get("customer", entity.values.get("parent"))

    def needs_tax_code(self, subsidiary: int | None) -> bool:
        record = self.store.get("subsidiary", subsidiary)
        return record is not None and record.values.get("country") not in UNTAXED


def exact(number: float | int | None) -> Decimal:
    """The decimal a JSON number was written as."""
    return Decimal(0) if number is None else Decimal(repr(number))


def hours_of(minutes: int) -> Decimal:
    return Decimal(minutes) / 60
