"""The org's API allowance: what has been used, what is left, and the header that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from console.sandbox.salesforce.refusal import Refusal

_ALLOWED = 1_000_000


@dataclass
class Allowance:
    """Calls of the last 24 hours. `allowed` may be set small to see the org refuse."""

    allowed: int = _ALLOWED
    used: int = 0

    def spend(self) -> None:
        """Count one call. Raises REQUEST_LIMIT_EXCEEDED when there are none left."""
        if self.used >= self.allowed:
            raise exceeded()
        self.used += 1

    def header(self) -> tuple[bytes, bytes]:
        return b"sforce-limit-info", f"api-usage={self.used}/{self.allowed}".encode()

    def shown(self) -> dict[str, Any]:
        left = max(0, self.allowed - self.used)
        return {
            "ActiveScratchOrgs": _line(3),
            "ConcurrentAsyncGetReportInstances": _line(200),
            "DailyApiRequests": {"Max": self.allowed, "Remaining": left},
            "DailyAsyncApexExecutions": _line(250_000),
            "DailyBulkApiBatches": _line(15_000),
            "DailyBulkV2QueryFileStorageMB": _line(976_562),
            "DailyBulkV2QueryJobs": _line(10_000),
            "DataStorageMB": _line(1024),
            "FileStorageMB": _line(1024),
        }


def _line(most: int) -> dict[str, int]:
    return {"Max": most, "Remaining": most}


def exceeded() -> Refusal:
    return Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
