"""Sentences come out in the reader's language, and in English where there is none."""

from collections.abc import Iterator

import pytest

from console.words import _, use_language


@pytest.fixture(autouse=True)
def _back_to_english() -> Iterator[None]:
    yield
    use_language("en")


def test_facts_fill_their_names_whatever_they_hold() -> None:
    assert _("{name} is held.", name="{0} <b>") == "{0} <b> is held."
    assert _("{sentence}", sentence="x") == "x"


def test_a_sentence_without_facts_is_left_as_it_is() -> None:
    assert _("It holds {braces}.") == "It holds {braces}."


def test_a_language_without_a_catalogue_reads_english() -> None:
    use_language("tlh")
    assert _("Try again.") == "Try again."
