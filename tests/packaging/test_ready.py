"""The note that says what the environment was made from holds only while nothing underneath has changed."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).resolve().parent.parent.parent / "packaging")
    import ready
    import system_libraries

    monkeypatch.setattr(system_libraries, "_debian", lambda: True)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return ready


@pytest.fixture
def root(tmp_path: Path, ready: ModuleType) -> Path:
    """A repository whose environment has the runtime packages and Qt's libraries, but no screen's."""
    (tmp_path / "packaging").mkdir()
    for name in ("runtime", "dev", "bench"):
        ready.pin_file(tmp_path, name).write_text(f"{name}==1\n")
    python = ready.python_of(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.write_text("")
    (tmp_path / "base").write_text("an interpreter")
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"version = 3.11\nexecutable = {tmp_path / 'base'}\n")
    ready.remember(tmp_path, ("runtime",), ["offscreen"], {})
    return tmp_path


def test_nothing_lacks_right_after_the_note(ready: ModuleType, root: Path) -> None:
    assert ready.lack(root, ["sandbox"]) is None
    assert ready.lack(root, ["--version"]) is None
    assert ready.lack(root, ["app"]) is None


def test_a_half_written_note_counts_as_none(ready: ModuleType, root: Path) -> None:
    note = root / ".venv" / ready.NOTE
    note.write_text(note.read_text()[:20])
    assert ready.lack(root, ["sandbox"]) is ready.Lack.EVERYTHING
    note.write_text(json.dumps({"pins": {}}))
    assert ready.lack(root, ["sandbox"]) is ready.Lack.EVERYTHING


@pytest.mark.parametrize("change", ["upgraded", "gone", "settings gone"])
def test_another_interpreter_means_everything(ready: ModuleType, root: Path, change: str) -> None:
    match change:
        case "upgraded":
            (root / "base").write_text("a newer interpreter")
        case "gone":
            ready.python_of(root / ".venv").unlink()
        case _:
            (root / ".venv" / "pyvenv.cfg").unlink()
    assert ready.lack(root, ["sandbox"]) is ready.Lack.EVERYTHING


def test_more_packages_and_libraries_are_told_apart(
    ready: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready.lack(root, ["--seed", "test"]) is ready.Lack.PACKAGES
    monkeypatch.setenv("DISPLAY", ":0")
    assert ready.lack(root, ["app"]) is ready.Lack.LIBRARIES
    assert ready.lack(root, ["worker"]) is None


def test_what_was_there_before_still_holds(ready: ModuleType, root: Path) -> None:
    ready.remember(root, ("runtime", "dev"), [], ready.read(root / ".venv"))
    ready.remember(root, ("runtime",), ["screen"], ready.read(root / ".venv"))
    note = ready.read(root / ".venv")
    assert note["pins"].keys() == {"runtime", "dev"}
    assert note["libraries"] == ["offscreen", "screen"]


def test_an_old_python_is_told_so(
    ready: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import set_up

    monkeypatch.setattr(set_up, "OLDEST", (99, 0))
    ready.forget(root / ".venv")
    assert set_up.set_up(root, ["sandbox"]) == 1
    assert capsys.readouterr().err == f"Tieout needs Python 3.11 or newer; this is {sys.version.split()[0]}.\n"
