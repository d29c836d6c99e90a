"""The help explains every term the console uses without saying more than is true."""

import re
from pathlib import Path

import pytest

from console.records.billing import Stage
from console.records.intent import Mode, State

HELP = Path(__file__).resolve().parents[2] / "resources" / "help"
TERMS = ("modes", "cut_over", "adoption", "coverage", "stages_of_billing", "states")


@pytest.mark.parametrize("term", [*TERMS, "whats_new"])
def test_a_page_is_short_and_has_a_title(term: str) -> None:
    text = (HELP / f"{term}.md").read_text(encoding="utf-8")
    assert re.match(r"# [A-Z][^.\n]+\n\n", text)
    assert len(text.split()) <= 320
    assert all(len(line) <= 120 for line in text.splitlines())


def test_there_is_no_page_beside_these() -> None:
    assert {path.stem for path in HELP.glob("*.md")} == {*TERMS, "whats_new"}


@pytest.mark.parametrize(("page", "words"), [("modes", Mode), ("states", State), ("stages_of_billing", Stage)])
def test_every_word_of_a_list_is_explained(page: str, words: type[Mode] | type[State] | type[Stage]) -> None:
    text = (HELP / f"{page}.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^- \*\*(\w+)\*\*", text, re.MULTILINE)) == {word.value for word in words}
