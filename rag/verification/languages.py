"""Which language a statement is written in."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French", "de": "German", "it": "Italian"}
"""The languages that are told apart."""
_SURE = 0.02
"""Probability of the wanted language below which a statement is in another; of 168 English statements about the report none is below."""
_LEAST = 4
"""Words without names; fewer say nothing about their language."""
_NAME = re.compile(r"(?<=[^\W_] )[^\W\d_a-zà-ÿ][^\W\d_]*(?: (?:de|del|la|el) [^\W\d_a-zà-ÿ][^\W\d_]*)*")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_END = 0x250


def other_language(statement: str, wanted: str) -> str | None:
    """The name of the language that a statement is surely written in, if it is not the wanted one, by its code.

    >>> other_language("La police a repris la prison au mois de septembre.", "en")
    'French'
    """
    letters = _LETTER.findall(statement)
    if sum(ord(letter) >= _LATIN_END for letter in letters) > len(letters) / 2:
        return "another language"
    plain = _NAME.sub("", statement)
    if wanted not in NAMES or len(plain.split()) < _LEAST:
        return None
    ranked = dict(_identifier().rank(plain))
    best = max(ranked, key=ranked.__getitem__)
    return NAMES[best] if ranked[wanted] < _SURE else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a second to load, and only for a model's replies

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier
