"""Every table of a workspace, under one metadata."""

from __future__ import annotations

from local_db.tables import acts, book, firm, ledger, matching, reading
from local_db.tables.base import METADATA

__all__ = ["METADATA", "acts", "book", "firm", "ledger", "matching", "reading"]
