"""What can be wrong with a store, said so that a person knows what to do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from console.words import _


@dataclass(slots=True, eq=False)
class StoreFault(Exception):
    """The workspace cannot be used: one sentence and a remedy. `code` is newer, not_a_workspace, missing, corrupted,
    locked, full, read_only, unreachable, refused."""

    code: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}"


def newer(where: str, version: str) -> StoreFault:
    return StoreFault(
        "newer",
        _("{where} was made by a newer Tieout (store version {version}).", where=where, version=version),
        _("Install the newest Tieout and open it again."),
    )


def not_a_workspace(where: str) -> StoreFault:
    return StoreFault(
        "not_a_workspace",
        _("{where} is not a Tieout workspace.", where=where),
        _("Choose a workspace file, or a new name to make one."),
    )


def missing(where: str) -> StoreFault:
    return StoreFault(
        "missing",
        _("There is no workspace at {where}.", where=where),
        _("Check the name, or make a new workspace there."),
    )


def corrupted(where: str) -> StoreFault:
    return StoreFault(
        "corrupted",
        _("{where} is damaged and cannot be read safely.", where=where),
        _("Close Tieout, keep a copy of the file and restore the last backup."),
    )


def locked(where: str) -> StoreFault:
    return StoreFault(
        "locked",
        _("{where} is locked by another program.", where=where),
        _("Close the other program, a backup or sync tool perhaps, and try again."),
    )


def full(where: str) -> StoreFault:
    return StoreFault(
        "full",
        _("The disk that holds {where} is full.", where=where),
        _("Free some space and try again; nothing was lost."),
    )


def read_only(where: str) -> StoreFault:
    return StoreFault(
        "read_only",
        _("{where} cannot be written.", where=where),
        _("Give your account the right to write the file and its folder."),
    )


def unreachable(where: str) -> StoreFault:
    return StoreFault(
        "unreachable",
        _("The database {where} does not answer.", where=where),
        _("Check the network, the address and that the database runs."),
    )


def refused(where: str) -> StoreFault:
    return StoreFault(
        "refused",
        _("The database {where} did not let you in.", where=where),
        _("Check user name, password and your rights on this database."),
    )


_SAID = (
    ("database is locked", locked),
    ("database table is locked", locked),
    ("database or disk is full", full),
    ("disk i/o error", full),
    ("attempt to write a readonly database", read_only),
    ("unable to open database file", read_only),
    ("file is not a database", not_a_workspace),
    ("malformed", corrupted),
    ("password authentication failed", refused),
    ("no pg_hba.conf entry", refused),
    ('fatal:  role "', refused),
    ('fatal:  database "', missing),
    ("connection is bad", unreachable),
    ("connection failed", unreachable),
    ("connection refused", unreachable),
    ("connection timeout", unreachable),
    ("closed the connection", unreachable),
    ("failed to resolve host", unreachable),
)
"""What SQLite and a server one cannot reach say; they give no code."""
_POSTGRES = (
    ("55P03", locked),
    ("53100", full),
    ("25006", read_only),
    ("42501", refused),
    ("28", refused),
    ("3D000", missing),
    ("08", unreachable),
    ("57P", unreachable),
    ("XX001", corrupted),
)
"""What the server's codes begin with."""


def fault_of(error: DBAPIError, where: str) -> StoreFault | None:
    """The fault behind a driver's error, or None when it is not one of these (a bug, say)."""
    state = getattr(error.orig, "sqlstate", None)
    for prefix, fault in _POSTGRES:
        if state and state.startswith(prefix):
            return fault(where)
    said = str(error.orig).lower()
    return next((fault(where) for words, fault in _SAID if words in said), None)
