"""The set-up, tried for real on a copy of the repository whose pins are two tiny packages of our own."""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CLI = '''"""A stand-in that needs one package."""
import json, sys
import tiny_runtime
def main() -> int:
    print(json.dumps({"args": sys.argv[1:], "prefix": sys.prefix}))
    return 7 if "seven" in sys.argv else 0
'''


def wheel(folder: Path, name: str) -> str:
    """Make a wheel with one module; answers its line for a pin file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "KNOWN = True\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},{_digest(text)},{len(text)}\n" for file, text in files.items())
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(file, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Copy:
    """A copy of the repository, and ways to start it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.note = self.venv / "tieout-ready.json"

    @classmethod
    def fresh(cls, root: Path) -> "Copy":
        ignored = shutil.ignore_patterns("requirements-*", "__pycache__")
        shutil.copytree(REPOSITORY / "packaging", root / "packaging", ignore=ignored)
        shutil.copy(REPOSITORY / "main.py", root)
        (root / "console").mkdir()
        (root / "console" / "cli.py").write_text(CLI)
        (root / "wheels").mkdir()
        for name in ("runtime", "dev"):
            pin = root / "packaging" / f"requirements-{name}.txt"
            pin.write_text(wheel(root / "wheels", f"tiny_{name}"))
        _tools(root / "bin")
        return cls(root)

    def environment(self) -> dict[str, str]:
        own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.root / "wheels"), "PIP_CONFIG_FILE": os.devnull}
        path = os.pathsep.join([str(self.root / "bin"), os.environ["PATH"]])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "TIEOUT_"))}
        return {**kept, **own, "PATH": path}

    def begin(self, *args: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(self.root / "main.py"), *args]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=self.environment())

    def start(self, *args: str) -> subprocess.CompletedProcess[str]:
        process = self.begin(*args)
        out, err = process.communicate()
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def module(self, name: str) -> Path:
        return next(self.venv.rglob(f"{name}.py"))


def _tools(folder: Path) -> None:
    """No test installs a system package: all are said to be there."""
    folder.mkdir()
    for name, script in {
        "dpkg-query": 'for name; do echo "$name installed"; done',
        "apt-get": "exit 1",
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Copy, subprocess.CompletedProcess[str]]:
    copy = Copy.fresh(tmp_path_factory.mktemp("first") / "repository")
    return copy, copy.start("sandbox", "--seed", "1")


@pytest.fixture
def made(first: tuple[Copy, subprocess.CompletedProcess[str]], tmp_path: Path) -> Copy:
    """A finished copy that a test may spoil."""
    shutil.copytree(first[0].root, tmp_path / "repository", symlinks=True)
    return Copy(tmp_path / "repository")


def test_first_start_sets_up_and_runs_the_verb(first: tuple[Copy, subprocess.CompletedProcess[str]]) -> None:
    copy, done = first
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"args": ["sandbox", "--seed", "1"], "prefix": str(copy.venv)}
    assert done.stderr.splitlines()[0] == "Setting Tieout up; this is done once."
    assert done.stderr.splitlines()[-1].startswith("Ready after")


def test_later_start_is_silent_and_hands_the_exit_code_on(made: Copy) -> None:
    done = made.start("seven")
    assert (done.returncode, done.stderr) == (7, "")


def test_killed_set_up_is_finished_by_the_next_start(made: Copy) -> None:
    shutil.rmtree(made.venv)
    process = made.begin("sandbox")
    assert process.stderr is not None
    while "Python packages" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert process.stdout is not None
    process.stdout.close()
    assert not made.note.exists()
    done = made.start("sandbox")
    assert done.returncode == 0, done.stderr
    assert "Python environment" in done.stderr


def test_two_at_once_set_up_only_once(made: Copy) -> None:
    shutil.rmtree(made.venv)
    both = [made.begin("sandbox"), made.begin("sandbox")]
    said = "".join(process.communicate()[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert said.count("Setting Tieout up") == 1
    assert said.count("Another start is setting Tieout up; waiting for it.") == 1


def test_missing_interpreter_is_replaced(made: Copy) -> None:
    for link in (made.venv / "bin").glob("python*"):
        link.unlink()
        link.symlink_to(made.root / "gone")
    done = made.start("sandbox")
    assert done.returncode == 0, done.stderr
    assert "Ready after" in done.stderr


def test_damaged_package_is_mended(made: Copy) -> None:
    made.module("tiny_runtime").unlink()
    done = made.start("sandbox")
    assert done.returncode == 0, done.stderr
    assert "A Python package is damaged." in done.stderr


def test_our_own_wrong_import_is_shown_not_mended(made: Copy) -> None:
    (made.root / "console" / "cli.py").write_text("import not_there_at_all\n")
    done = made.start("sandbox")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
    assert "Setting Tieout up" not in done.stderr


def test_developer_verb_adds_its_set_and_keeps_the_rest(made: Copy) -> None:
    done = made.start("lint")
    assert done.returncode == 0, done.stderr
    assert "  Python packages: dev\n" in done.stderr
    assert "Python environment" not in done.stderr
    assert made.module("tiny_dev")
    assert json.loads(made.note.read_text())["pins"].keys() == {"runtime", "dev"}
    assert made.start("sandbox").stderr == ""


@pytest.mark.parametrize(
    ("pattern", "wrong", "sentence"),
    [
        (r"sha256:\w+", "sha256:" + "0" * 64, "A package that came is not the one pinned"),
        (r"==1.0", "==2.0", "A pinned package was not found."),
    ],
)
def test_failed_install_is_one_sentence_with_a_log(made: Copy, pattern: str, wrong: str, sentence: str) -> None:
    pin = made.root / "packaging" / "requirements-dev.txt"
    pin.write_text(re.sub(pattern, wrong, pin.read_text()))
    done = made.start("lint")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(sentence)
    assert (made.venv / "setup.log").read_text()
    assert not made.note.exists()


def test_other_pins_mean_a_new_environment(made: Copy) -> None:
    leftover = made.module("tiny_runtime").with_name("leftover.py")
    leftover.write_text("")
    pin = made.root / "packaging" / "requirements-runtime.txt"
    pin.write_text(f"\n{pin.read_text()}")
    assert made.start("sandbox").returncode == 0
    assert not leftover.exists()
