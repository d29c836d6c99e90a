"""In CI only the skip for an absent ../shared is allowed, and it is counted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TESTS = '''"""Two skips."""
import pytest

@pytest.mark.shared
def test_vendor(): ...

def test_vendor_too(shared): ...
'''
MISSING_TOOL = """
def test_tool():
    pytest.skip("no tool here")
"""


def run(folder: Path, tests: str, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "tests").mkdir()
    shutil.copy(HERE / "conftest.py", folder / "tests")
    for plugin in ("postgres.py", "sandbox.py"):
        shutil.copy(HERE / plugin, folder / "tests")
    (folder / "tests" / "test_skips.py").write_text(tests)
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath=["."]\nmarkers=["shared"]\n')
    environment = {**os.environ, "CI": ci, "TIEOUT_SHARED": str(folder / "absent")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_absent_shared_is_counted_and_allowed(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS, "true")
    assert done.returncode == 0, done.stdout
    assert "Skipped because ../shared is not here: 2" in done.stdout


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_any_other_skip_fails_in_ci_only(tmp_path: Path, ci: str, code: int) -> None:
    done = run(tmp_path, TESTS + MISSING_TOOL, ci)
    assert done.returncode == code, done.stdout
    assert ("Skipped, which CI does not allow" in done.stdout) == bool(code)


@pytest.mark.parametrize(("ci", "code"), [("true", 2), ("", 5)])
def test_skipping_a_whole_module_fails_in_ci_too(tmp_path: Path, ci: str, code: int) -> None:
    done = run(tmp_path, 'import pytest\npytest.importorskip("not_there_at_all")\n', ci)
    assert done.returncode == code, done.stdout
