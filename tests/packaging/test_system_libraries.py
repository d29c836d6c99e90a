"""Only what is missing is installed, as root or with sudo, else there is one command to type."""

import os
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The module on a Debian where `tools` are the only commands."""
    monkeypatch.syspath_prepend(Path(__file__).resolve().parent.parent.parent / "packaging")
    import system_libraries

    monkeypatch.setattr(system_libraries, "_debian", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    return system_libraries


def tool(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def an_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_only_what_is_missing_counts_also_under_its_newer_name(libraries: ModuleType, tmp_path: Path) -> None:
    tool(
        tmp_path, "dpkg-query", "echo 'libgl1 installed'; echo 'libglib2.0-0t64 installed'; echo 'libegl1 config-files'"
    )
    assert libraries.missing(["offscreen"]) == [
        "libegl1",
        "libfontconfig1",
        "libxkbcommon0",
        "libdbus-1-3",
        "libbrotli1",
    ]


def test_root_installs_and_reads_the_lists_when_that_helps(
    libraries: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tool(tmp_path, "env", 'shift; exec "$@"')
    answer = (
        f'echo "$@" >> {tmp_path}/calls; case "$*" in *update) : > {tmp_path}/fresh;; esac; [ -e {tmp_path}/fresh ]'
    )
    tool(tmp_path, "apt-get", answer)
    assert libraries.install(["libgl1"]) is None
    assert [call.rsplit(maxsplit=1)[-1] for call in calls(tmp_path)][-2:] == ["update", "libgl1"]


def test_without_root_and_sudo_there_is_one_command_to_type(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_ordinary_user(monkeypatch)
    told = libraries.install(["python3-venv", "libgl1"])
    command = "su -c 'apt-get update && apt-get install --yes --no-install-recommends python3-venv libgl1'"
    assert told.splitlines() == ["Tieout needs system packages. Type this once, then start again:", f"  {command}"]


def test_sudo_that_asks_nothing_is_used(libraries: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_ordinary_user(monkeypatch)
    tool(tmp_path, "sudo", f'printf "%s\\n" "$*" >> {tmp_path}/calls')
    assert libraries.install(["libgl1"]) is None
    assert calls(tmp_path)[0] == "-n true"
    assert calls(tmp_path)[-1].startswith("-n env DEBIAN_FRONTEND=noninteractive apt-get")


def test_sudo_that_asks_is_left_to_the_person(
    libraries: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_ordinary_user(monkeypatch)
    tool(tmp_path, "sudo", "exit 1")
    assert libraries.install(["libgl1"]).splitlines()[1].startswith("  sudo sh -c 'apt-get update && apt-get install")


def test_python_without_venv_names_its_package(libraries: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(libraries.sys, "executable", "/usr/bin/python3")
    assert libraries.missing_venv() == ["python3-venv"]


@pytest.mark.parametrize(
    ("verb", "screen", "groups"),
    [
        ("sandbox", ":0", []),
        ("test", ":0", ["offscreen"]),
        ("app", "", ["offscreen"]),
        ("app", ":0", ["offscreen", "screen"]),
        ("", ":0", ["offscreen", "screen"]),
    ],
)
def test_libraries_follow_verb_and_screen(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, verb: str, screen: str, groups: list[str]
) -> None:
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert libraries.needed_by(verb) == groups
