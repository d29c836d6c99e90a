"""Pin files name versions and hashes and nothing else, and cover what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ENTRY = re.compile(
    r"^[a-z0-9-]+==[\w.+!]+(?: ; [\w\s.'<>=!()]+?)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+$", re.MULTILINE
)
SETS = ["runtime", "dev", "bench"]


def pins(name: str) -> str:
    return (REPOSITORY / "packaging" / f"requirements-{name}.txt").read_text(encoding="utf-8")


def names(text: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


@pytest.mark.parametrize("name", SETS)
def test_names_versions_markers_and_hashes_only(name: str) -> None:
    assert ENTRY.sub("", pins(name)).strip() == ""


def test_sets_do_not_repeat_one_another() -> None:
    runtime, dev, bench = (names(pins(name)) for name in SETS)
    assert not (runtime & dev or runtime & bench or dev & bench)


def test_every_wish_is_pinned() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wishes = {"runtime": project["project"]["dependencies"], "dev": groups["dev"], "bench": groups["bench"]}
    for name, wanted in wishes.items():
        assert {re.split(r"[\[<>=;]", wish)[0].strip() for wish in wanted} <= names(pins(name)), name
