"""A small firm on platforms in memory, fresh for every test that asks for one."""

from __future__ import annotations

import asyncio
import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.wire.surface import Capability
from local_db.store import Store
from tests.console.sync.firm import Firm, firm_of, furnished, set_up
from tests.console.sync.stand_in import Platform


@pytest.fixture(scope="session")
def new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace nobody has used yet, to be copied."""
    path = tmp_path_factory.mktemp("new") / "work.tieout"
    Store.open(path, create=True, environment="practice").close()
    return path


@pytest.fixture
def store(new_workspace: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "work.tieout"
    shutil.copy(new_workspace, path)
    store = Store.open(path)
    yield store
    store.close()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def firm(store: Store, runner: asyncio.Runner) -> Firm:
    """A furnished firm in which nothing was sold yet; every kind is KEYED."""
    return furnished(store, runner)


@pytest.fixture
def findable(store: Store, runner: asyncio.Runner) -> Firm:
    """The same on platforms where a record can only be looked up."""
    return furnished(store, runner, Capability.FINDABLE)


@pytest.fixture
def blind(store: Store, runner: asyncio.Runner) -> Firm:
    """The same on platforms that can neither upsert nor look up."""
    return furnished(store, runner, Capability.BLIND)


@pytest.fixture(scope="session")
def set_up_once(new_workspace: Path) -> tuple[Path, list[Platform]]:
    """The workspace and platforms of a firm after `set_up`, to be copied."""
    path = new_workspace.with_name("sold.tieout")
    shutil.copy(new_workspace, path)
    store = Store.open(path)
    with asyncio.Runner() as runner:
        firm = set_up(furnished(store, runner))
    store.close()
    return path, [firm.crm, firm.psa, firm.erp]


@pytest.fixture
def sold(set_up_once: tuple[Path, list[Platform]], tmp_path: Path, runner: asyncio.Runner) -> Iterator[Firm]:
    """One deal was won and set up everywhere; two hours are waiting to be billed."""
    path, platforms = set_up_once
    shutil.copy(path, tmp_path / "sold.tieout")
    store = Store.open(tmp_path / "sold.tieout")
    yield firm_of(store, runner, *copy.deepcopy(platforms))
    store.close()
