"""Figures told without a number: "a decade", "half", "the third", "doubled", "dozens"; and those with letters: "21st", "1990s"."""

from __future__ import annotations

from collections.abc import Callable

from rag.verification.quantities import FRACTIONS, MEASURES, MULTIPLES, ORDINALS, TIMES, VAGUE, Figure
from rag.verification.texts import Text

_ARTICLES = ("a", "an", "un", "una")
Found = tuple[Figure, int] | None
"""A figure and the token behind it."""


def special_at(text: Text, place: int) -> Found:
    """The figure that begins at a token without a number word; None where there is none."""
    rules: tuple[Callable[[Text, int], Found], ...] = (_article, _share, _multiple, _ordinal)
    return next((found for rule in rules if (found := rule(text, place))), None)


def _words_around(text: Text, place: int) -> tuple[str, str]:
    before = text.tokens[place - 1].word if place else ""
    return before, text.tokens[place + 1].word if place + 1 < len(text.tokens) else ""


def _article(text: Text, place: int) -> Found:
    """A unit of time or a fraction behind an article."""
    token, following = text.tokens[place], _words_around(text, place)[1]
    if token.word not in _ARTICLES or not following:
        return None
    end = text.tokens[place + 1].end
    if (days := TIMES.get(following)) and text.gap(place + 1) == " ":
        weak = following not in ("decade", "century", "decada", "siglo")
        return Figure("length", days, days, token.start, end, "day", weak=weak), place + 2
    part = FRACTIONS.get(following)
    behind = text.tokens[place + 2].word if place + 2 < len(text.tokens) else "of"
    if part and (behind in ("of", "de", "the", "less", "more") or text.gap(place + 2).strip()):
        return Figure("share", 100 / part, 100 / part, token.start, end), place + 2
    return None


def _share(text: Text, place: int) -> Found:
    token = text.tokens[place]
    before, following = _words_around(text, place)
    other = before in ("first", "second", "primera", "segunda", "other", "otra") or following in ("hour", "year")
    half = token.word in ("half", "mitad") and not other and not text.gap(place + 1).startswith("-")
    if half or token.word in ("halved", "halves", "halving"):
        return Figure("share", 50, 50, token.start, token.end), place + 1
    return None


def _multiple(text: Text, place: int) -> Found:
    token = text.tokens[place]
    multiple = MULTIPLES.get(token.word)
    return (Figure("count", multiple, multiple, token.start, token.end, "times"), place + 1) if multiple else None


def _ordinal(text: Text, place: int) -> Found:
    token = text.tokens[place]
    value = ORDINALS[text.language].get(token.word)
    if not value or (token.word == "second" and _words_around(text, place)[0] == "per"):
        return None
    return Figure("ordinal", value, value, token.start, token.end, weak=value == 1), place + 1


def lettered_at(text: Text, place: int, value: float, letters: str) -> tuple[Figure | None, int]:
    """The figure of digits with letters behind them; None where the letters make it a name."""
    token = text.tokens[place]
    if letters in ("st", "nd", "rd", "th"):
        return Figure("ordinal", value, value, token.start, token.end), place + 1
    if letters == "s":
        return Figure("year", value, value, token.start, token.end, "decade"), place + 1
    if measure := MEASURES.get(letters):
        return Figure("count", value * measure[1], value * measure[1], token.start, token.end, measure[0]), place + 1
    return None, place + 1


def vague_at(text: Text, place: int) -> tuple[Figure, int]:
    """The range of values that "dozens" or "tens of thousands" can stand for."""
    token = text.tokens[place]
    low, high = VAGUE[text.language][token.word]
    after = place + 1
    if after + 1 < len(text.tokens) and text.tokens[after].word in ("of", "de"):
        word = text.tokens[after + 1].word
        if word in VAGUE[text.language] and VAGUE[text.language][word][0] >= 100:
            factor = VAGUE[text.language][word][0]
            low, high, after = low * factor, high * factor, after + 2
    weak = low < 10 and token.word not in ("dozens", "decenas", "docenas")
    return Figure("vague", low, high, token.start, text.tokens[after - 1].end, weak=weak), after
