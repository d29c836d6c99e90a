"""Each preference of a person on this machine, declared once with its kind, default and sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from console.words import _


@dataclass(frozen=True, slots=True)
class Preference:
    """One preference: its name, default and what it does, as people read it."""

    name: str
    default: str
    sentence: str


PREFERENCES = (
    Preference("workspace", "", _("The workspace that opens when none is named.")),
    Preference("language", "", _("The language of the console; empty follows the system.")),
)


def home() -> Path:
    """Where Tieout keeps this person's files."""
    return Path(platformdirs.user_data_dir("Tieout", appauthor=False))


def default_workspace() -> Path:
    """The workspace used when none is named."""
    return home() / "workspace.tieout"


def practice_workspace() -> Path:
    """The workspace of `demo`: made anew each time."""
    return home() / "practice.tieout"
