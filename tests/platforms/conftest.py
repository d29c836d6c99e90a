"""The practice platforms of every stage, shared by the tests of this folder that ask for no fault."""

from collections.abc import Iterator

import pytest

from tests.platforms.stages import STAGES
from tests.sandbox import Sandbox, running, start_sandbox

__all__ = ["sandbox", "start_sandbox"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    platforms = [option for stage in STAGES for option in ("--platform", stage.key)]
    journal = tmp_path_factory.mktemp("sandbox") / "journal.jsonl"
    with running(journal, "--history", "3m", "--foreign-keys", *platforms) as ready:
        yield ready
