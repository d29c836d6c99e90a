"""Each tool verb runs its tools as pyproject.toml says, and a failure comes through."""

import shutil
from pathlib import Path

import pytest

from console import checks

MODULES = [
    "cli",
    "app",
    "composition",
    "ui.window",
    "desk.trace",
    "sync.plan",
    "flows.work_to_billing",
    "platforms.netsuite",
    "platforms.kantata",
    "rules.billable",
    "wire.http",
    "settings",
    "vault",
    "records.money",
    "sandbox.netsuite",
]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Tieout with our settings, which the checks are pointed at."""
    shutil.copy(checks.ROOT / "pyproject.toml", tmp_path)
    for package in ("console", "local_db"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""A package."""\n')
    for name in MODULES:
        path = tmp_path / "console" / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.touch()
    (tmp_path / "local_db" / "store.py").touch()
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    return tmp_path


def write(tree: Path, module: str, line: str) -> None:
    (tree / f"{module.replace('.', '/')}.py").write_text(f"{line}\n")


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("console.cli", "import console.app, console.composition, console.sandbox.netsuite, console.platforms.kantata"),
        ("console.composition", "import console.platforms.kantata, local_db.store, console.sync.plan"),
        ("console.ui.window", "import PySide6.QtCore, qasync, pyqtgraph, console.desk.trace"),
        ("console.sync.plan", "import console.flows.work_to_billing, local_db.store, console.vault"),
        ("local_db.store", "import sqlalchemy, sqlite3, console.records.money"),
        ("console.flows.work_to_billing", "import console.rules.billable, console.records.money"),
    ],
)
def test_imports_down_the_list_are_kept(tree: Path, module: str, line: str) -> None:
    write(tree, module, line)
    assert checks.run("imports", []) == 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("console.app", "import console.cli"),
        ("console.desk.trace", "import console.ui.window"),
        ("console.desk.trace", "import PySide6.QtCore"),
        ("console.sync.plan", "import sqlalchemy"),
        ("console.sync.plan", "import console.platforms.kantata"),
        ("console.sync.plan", "import console.composition"),
        ("console.flows.work_to_billing", "import local_db.store"),
        ("console.flows.work_to_billing", "import console.wire.http"),
        ("console.flows.work_to_billing", "import httpx"),
        ("console.platforms.netsuite", "import console.platforms.kantata"),
        ("console.platforms.netsuite", "import console.sandbox.netsuite"),
        ("console.settings", "import console.vault"),
        ("console.records.money", "import console.rules.billable"),
        ("console.sandbox.netsuite", "import console.records.money"),
        ("console.sandbox.netsuite", "import local_db.store"),
        ("local_db.store", "import console.platforms.kantata"),
    ],
)
def test_imports_against_the_list_are_refused(tree: Path, module: str, line: str) -> None:
    write(tree, module, line)
    assert checks.run("imports", []) == 1


def test_a_banned_import_is_refused_with_its_remedy(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tree, "console.vault", "import pickle\n\nprint(pickle)")
    assert checks.run("lint", []) == 1
    assert "JSON only: people open each other's files" in capfd.readouterr().out


def test_a_badly_formatted_file_is_refused(tree: Path) -> None:
    assert checks.run("lint", []) == 0
    write(tree, "console.vault", "x = { 'a':1 }")
    assert checks.run("lint", []) == 1


def test_a_missing_type_is_refused(tree: Path) -> None:
    (tree / "packaging").mkdir()
    (tree / "packaging" / "pin.py").touch()
    assert checks.run("types", []) == 0
    write(tree, "console.vault", "def secret(name): ...")
    assert checks.run("types", []) == 1


def test_arguments_reach_pytest(tree: Path) -> None:
    (tree / "tests").mkdir()
    (tree / "tests" / "test_two.py").write_text("def test_good(): ...\ndef test_bad(): assert False\n")
    assert checks.run("test", ["-k", "good"]) == 0
    assert checks.run("test", []) == 1
