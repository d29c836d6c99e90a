"""The practice twin of NetSuite: its record API, SuiteQL, sign-ins and habits over the made-up firm."""

from __future__ import annotations

from console.sandbox.clock import Clock
from console.sandbox.faults import FaultPlan
from console.sandbox.journal import Journal
from console.sandbox.netsuite.tenant import NetsuiteTenant


def tenant(key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> NetsuiteTenant:
    """A practice account; `key` is `netsuite` or `netsuite:eu`."""
    return NetsuiteTenant(key, journal, faults, clock)
