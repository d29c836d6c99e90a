"""What every test has: Qt without a screen, steady hypothesis runs, and skips that are counted or refused."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["tests.postgres", "tests.sandbox"]

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
SHARED = Path(os.environ.get("TIEOUT_SHARED") or Path(__file__).resolve().parent.parent.parent / "shared")
ABSENT = "../shared is not here"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

hypothesis.settings.register_profile("here", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if IN_CI else "here")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The vendors' own material beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(ABSENT)
    return SHARED


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        pytest.skip(ABSENT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_skip((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = sum(ABSENT in str(report.longrepr) for report in terminalreporter.getreports("skipped"))
    terminalreporter.write_line(f"Skipped because {ABSENT}: {skipped}")


def _refuse_skip(report: Report) -> Report:
    """In CI a tool that is missing is a failure, not a skip."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and ABSENT not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which CI does not allow: {report.longrepr}"
    return report
