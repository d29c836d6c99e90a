"""Where a person's workspaces are on this machine when no place is named."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def home() -> Path:
    """Where Tieout keeps this person's files."""
    return Path(platformdirs.user_data_dir("Tieout", appauthor=False))


def default_workspace() -> Path:
    """The workspace used when none is named."""
    return home() / "workspace.tieout"


def practice_workspace() -> Path:
    """The workspace of `demo`: made anew each time."""
    return home() / "practice.tieout"
