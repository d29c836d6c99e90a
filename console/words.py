"""Words people read: every sentence passes here on its way to a translation."""

from __future__ import annotations

import gettext
from pathlib import Path

_CATALOGUES = Path(__file__).resolve().parent.parent / "resources" / "translations"


class _Reader:
    translation: gettext.NullTranslations = gettext.NullTranslations()


def use_language(*languages: str) -> None:
    """Choose the reader's languages, best first; English where no catalogue has the sentence."""
    _Reader.translation = gettext.translation("tieout", _CATALOGUES, languages=list(languages) or None, fallback=True)


def _(sentence: str, /, **facts: object) -> str:
    """The sentence in the reader's language, its `{names}` filled in."""
    translated = _Reader.translation.gettext(sentence)
    return translated.format(**facts) if facts else translated
