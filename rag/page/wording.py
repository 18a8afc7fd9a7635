"""What the page says in each of its languages, and which language a visitor reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Literal, get_args

from rag.page.assets import asset

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
COOKIE = "language"

WORDS: Mapping[Language, Mapping[str, str]] = {
    language: json.loads(asset(f"{language}.json")) for language in LANGUAGES
}
"""Of each language every text of the page by its key; the same keys in all. The page's scripts put values for # and ##."""
NAMES: Mapping[Language, str] = {"en": "English", "es": "Español"}


def say(key: str, language: Language, **values: object) -> str:
    """The text of a key, with the values in their places.

    >>> say("position", "es", number=2, count=4)
    '2 de 4'
    """
    return WORDS[language][key].format(**values)


def spoken(value: object) -> Language:
    """The language of this code, English for any other.

    >>> spoken("es"), spoken("fr"), spoken(None)
    ('es', 'en', 'en')
    """
    return "es" if value == "es" else "en"


def language_of_visitor(cookie: str | None, accepted: str) -> Language:
    """What the visitor chose before, else the first of the browser's languages that the page speaks, else English.

    >>> language_of_visitor(None, "fr-FR,fr;q=0.9,es;q=0.8,en;q=0.7")
    'es'

    Args:
        cookie: Value of the cookie `COOKIE`.
        accepted: The header Accept-Language, whose order browsers keep by preference.
    """
    if cookie in LANGUAGES:
        return spoken(cookie)
    codes = re.findall(r"(?:^|,)\s*([a-z]{2})", accepted.lower())
    return spoken(next((code for code in codes if code in LANGUAGES), "en"))
