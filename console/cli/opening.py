"""Opening a workspace for a verb: the store, its vault, and a session with every connection."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from console.cli.speaking import Progress, Refusal
from console.composition import open_session
from console.desk.connecting import WrongUse
from console.settings import default_workspace, home
from console.sync.session import Session
from console.vault import Vault, open_vault
from console.words import _
from local_db.store import Store

_SAID: ContextVar[dict[int, str]] = ContextVar("passphrases")
Workspace = Annotated[str, typer.Option("--workspace", help=_("The workspace: a file, or a postgresql:// address."))]
AsJson = Annotated[bool, typer.Option("--json", help=_("Print one JSON document."))]
PassphraseFd = Annotated[
    int, typer.Option("--passphrase-fd", help=_("Read the vault's passphrase from this open file descriptor."))
]
Reason = Annotated[str, typer.Option("--reason", help=_("Why: it is kept with your name."))]


def pair(text: str) -> tuple[str, str]:
    """The two sides of name=value; what is none is not repeated whole, since it may be a secret. Raises `WrongUse`."""
    name, found, value = text.partition("=")
    if not found or not name:
        raise WrongUse(_("{text}… is no field: write name=value.", text=re.split(r"\W", text)[0][:40]))
    return name, value


def where(workspace: str) -> str:
    return workspace or str(default_workspace())


def on_server(workspace: str) -> bool:
    return workspace.startswith(("postgresql:", "postgresql+", "postgres:"))


@contextmanager
def opened(workspace: str, create: bool = False, environment: str = "") -> Iterator[Store]:
    """The store of a workspace; made with its folder when `create` says so."""
    store = Store.open(where(workspace), create=create, environment=environment)
    try:
        yield store
    finally:
        store.close()


def beside(workspace: str, store: Store) -> Path:
    """Where the vault of a workspace stands: beside its file, or among the person's own files."""
    place = where(workspace)
    return home() / store.workspace_id if on_server(place) else Path(place).expanduser().absolute()


def passphrase_from(fd: int) -> Callable[[], str]:
    """How the sealed vault asks: from a descriptor, else on the terminal, else not at all."""

    def ask() -> str:
        if fd >= 0:
            return _once(fd, lambda: _from_descriptor(fd))
        if _has_terminal():
            return _once(fd, lambda: getpass.getpass(_("Passphrase of the credential file: ")))
        return ""

    return ask


@contextmanager
def one_verb() -> Iterator[None]:
    """While a verb runs, a descriptor or a person says the passphrase once, however often the vault is opened."""
    token = _SAID.set({})
    try:
        yield
    finally:
        _SAID.reset(token)


def _once(fd: int, read: Callable[[], str]) -> str:
    said = _SAID.get({})
    if fd not in said:
        said[fd] = read()
    return said[fd]


def _from_descriptor(fd: int) -> str:
    try:
        with os.fdopen(os.dup(fd), encoding="utf-8", errors="surrogateescape") as source:
            return source.readline().rstrip("\r\n")
    except OSError:
        raise Refusal(
            _("File descriptor {fd} gives no passphrase: open it for reading, as in 3<file --passphrase-fd 3.", fd=fd)
        ) from None


def _has_terminal() -> bool:
    """Whether a person sits there, also when the secrets come in on standard input."""
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def vault_of(workspace: str, store: Store, fd: int = -1) -> Vault:
    return open_vault(beside(workspace, store), store.environment == "practice", passphrase_from(fd))


@asynccontextmanager
async def in_session(store: Store, vault: Vault, progress: Progress | None = None) -> AsyncIterator[Session]:
    """Every connection of the workspace, closed again at the end; call times are kept."""
    session, calls = open_session(store, vault, progress)
    try:
        yield session
    finally:
        for connector in session.connectors.values():
            await connector.close()
        calls.save(store)
        if progress is not None:
            progress.end()
