"""Numbers in digits and in words, English and Spanish."""

from __future__ import annotations

import re

from rag.verification.texts import Text

_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_ES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve"
).split()
_TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_TENS_ES = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_TWENTIES = (
    "veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve".split()
)
_HUNDREDS_ES = (
    "doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()
_SMALL = {
    "en": {w: float(n) for n, w in enumerate(_EN)} | {w: 10.0 * n for n, w in enumerate(_TENS_EN, 2)},
    "es": {w: float(n) for n, w in enumerate(_ES)}
    | {w: 10.0 * n for n, w in enumerate(_TENS_ES, 2)}
    | {w: 20.0 + n for n, w in enumerate(_TWENTIES, 1)}
    | {w: 100.0 * n for n, w in enumerate(_HUNDREDS_ES, 2)}
    | {w[:-2] + "as": 100.0 * n for n, w in enumerate(_HUNDREDS_ES, 2)}
    | {"cien": 100.0, "ciento": 100.0},
}
_SCALES = {
    "en": {"hundred": 1e2, "dozen": 12.0, "dozens": 12.0, "score": 20.0},
    "es": {"mil": 1e3, "docena": 12.0, "docenas": 12.0, "millon": 1e6, "millones": 1e6, "billon": 1e12, "billones": 1e12},
}  # fmt: skip
_SCALES["en"] |= {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SCALES["en"] |= {"mn": 1e6, "bn": 1e9}
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9}
_ARTICLES = {"en": ("a", "an", "one", "half"), "es": ("un", "una", "medio", "media")}
_PARTS = re.compile(r"(\d+(?:[.,:]\d+)*)([^\W\d_]*)")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_JOINED = (" ", "-", " and ", " y ", "\n")
_LONGEST = 8
"""Words of a number: "three hundred and sixty-five thousand and twelve"."""


def digits(word: str) -> tuple[float, str] | None:
    """The value of a figure in digits and the letters behind it; None for a word or a time of day.

    >>> digits("1,500,000"), digits("1.5bn"), digits("11.000"), digits("2,5")
    ((1500000.0, ''), (1.5, 'bn'), (11000.0, ''), (2.5, ''))
    """
    match = _PARTS.fullmatch(word)
    if not match or ":" in word:
        return None
    figure = match[1]
    if _GROUPED.fullmatch(figure) and not figure.startswith("0"):
        figure = re.sub(r"[.,]", "", figure)
    elif figure.count(",") + figure.count(".") > 1:
        figure = re.sub(r"[.,](?=\d+[.,])", "", figure)
    return float(figure.replace(",", ".")[:300]), match[2]


def number_at(text: Text, place: int) -> tuple[float, int] | None:
    """The value of the number that begins at a token, and the place behind it.

    "a", "half" and their like begin one only before "hundred", "dozen", "million" …
    """
    tokens, language = text.tokens, text.language
    value, after = _first(text, place)
    if value is None:
        return None
    total, current = 0.0, value
    while after < min(len(tokens), place + _LONGEST) and text.gap(after) in _JOINED:
        word = tokens[after].word
        here = _SCALES[language].get(word)
        step = after
        if here is None and word in ("and", "y") and after + 1 < len(tokens):
            word, step = tokens[after + 1].word, after + 1
        if here is not None:
            current *= here
            if here >= 1e3:
                total, current = total + current, 0.0
        elif (small := _SMALL[language].get(word)) is not None and _adds(total + current, small, step > after):
            current += small
        else:
            break
        after = step + 1
    return total + current, after


def _adds(before: float, small: float, joined: bool) -> bool:
    """Whether a small number word goes on with the number before it, as in "twenty-five", rather than being a number of its own."""
    if before % 100 == 0 and before >= 100:
        return joined or small < (1000 if before % 1000 == 0 else 100)
    return before % 10 == 0 and before % 100 >= 20 and 0 < small < 10 and before % 1 == 0


def _first(text: Text, place: int) -> tuple[float | None, int]:
    token, language = text.tokens[place], text.language
    if token.word[0].isdigit():
        read = digits(token.word)
        if read is None or (read[1] and read[1] not in _SUFFIXES):
            return None, place
        if read[1] and not (text.gap(place).endswith(("$", "€", "£")) or read[1] in ("k", "bn", "mn")):
            return None, place
        return read[0] * _SUFFIXES.get(read[1], 1.0), place + 1
    if token.word in _ARTICLES[language]:
        return _with_article(text, place)
    if language == "es" and token.word == "mil":
        return 1000.0, place + 1
    return _SMALL[language].get(token.word), place + 1


def _with_article(text: Text, place: int) -> tuple[float | None, int]:
    """The first factor of "a hundred" or "half a million", and one for "one"."""
    token, language = text.tokens[place], text.language
    share = 0.5 if token.word in ("half", "medio", "media") else 1.0
    after = place + 1
    if share < 1 and after < len(text.tokens) and text.tokens[after].word in ("a", "an"):
        after += 1
    if after < len(text.tokens) and text.tokens[after].word in _SCALES[language] and text.gap(after) in (" ", "-"):
        return share, after
    return (1.0, place + 1) if token.word == "one" else (None, place)
