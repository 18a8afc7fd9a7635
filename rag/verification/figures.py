"""The figures of a text: counts, sums of money, shares, lengths of time, years and ordinals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from rag.verification.dates import date_places
from rag.verification.numerals import digits, number_at
from rag.verification.quantities import (
    CURRENCIES,
    FRACTIONS,
    INSERTED,
    MEASURES,
    MODIFIERS,
    PER_CENT,
    SYMBOLS,
    TIMES,
    VAGUE,
    Bound,
    Figure,
)
from rag.verification.texts import Text
from rag.verification.unnumbered import lettered_at, special_at, vague_at


@lru_cache(maxsize=128)
def figures(text: Text) -> tuple[Figure, ...]:
    """All figures in order, without days and months of dates."""
    found: list[Figure] = []
    place, dates = 0, date_places(text)
    while place < len(text.tokens):
        after = place + 1
        if place not in dates and not _is_part_of_name(text, place):
            figure, after = _figure_at(text, place)
            if figure:
                found.append(_with_nouns(text, _with_bound(text, figure, place), after, found))
        place = max(after, place + 1)
    return tuple(found)


def _figure_at(text: Text, place: int) -> tuple[Figure | None, int]:
    token = text.tokens[place]
    number = number_at(text, place)
    if number:
        return _quantity(text, place, number[0], number[1])
    if token.word in VAGUE[text.language] and not (place and text.tokens[place - 1].word in ("so", "too")):
        return vague_at(text, place)
    if special := special_at(text, place):
        return special
    figure = digits(token.word) if token.word[0].isdigit() else None
    if figure and figure[1]:
        return lettered_at(text, place, *figure)
    return None, place + 1


def _is_part_of_name(text: Text, place: int) -> bool:
    """Whether digits stand behind a hyphen that ties them to a word or an acronym, as in "COVID-19"."""
    if not place or text.gap(place) != "-" or not text.tokens[place].word[0].isdigit():
        return False
    before = text.tokens[place - 1]
    return before.raw.isalpha() and before.word not in ("mid", "pre", "post", "early", "late", "non", "us", "usd")


def _quantity(text: Text, place: int, value: float, after: int) -> tuple[Figure, int]:
    low = high = value
    shared = text.tokens[place].word in ("one", "a", "an") and after == place + 1
    second = _second(text, place, after)
    if second:
        (high, after), shared = second, False
    start, end = text.tokens[place].start, text.tokens[after - 1].end
    figure = Figure("count", low, high, start, end, weak=shared)
    if (fraction := _fraction(text, figure, after)) is not None:
        return fraction
    if _is_year(text, place, after, value):
        return replace(figure, kind="year"), after
    return _measured(text, place, figure, after)


def _second(text: Text, place: int, after: int) -> tuple[float, int] | None:
    """The end of a range and the place behind it."""
    if after >= len(text.tokens):
        return None
    gap, word = text.gap(after), text.tokens[after].word
    opener = text.tokens[place - 1].word if place else ""
    if gap.strip(" $€£us") == "-" and len(gap) <= 6:
        second = number_at(text, after)
    elif gap == " " and (word in ("to", "a", "or", "o") or (word in ("and", "y") and opener in ("between", "entre"))):
        second = number_at(text, after + 1) if after + 1 < len(text.tokens) else None
    else:
        return None
    if second and text.language == "en" and word == "a":
        return None
    if second and _looks_like_year(text.tokens[place].word) and second[0] < 100:
        century = float(text.tokens[place].word) // 100 * 100
        return century + second[0], second[1]
    return second


def _looks_like_year(word: str) -> bool:
    return bool(re.fullmatch(r"(?:1[5-9]|20)\d\d", word))


def _is_year(text: Text, place: int, after: int, value: float) -> bool:
    return (
        _looks_like_year(text.tokens[place].word)
        and value < 2100
        and not re.search(r"[$€£%]", text.gap(place) + text.gap(after)[:2])
        and (after == len(text.tokens) or text.tokens[after].word not in PER_CENT | MEASURES.keys())
    )


def _fraction(text: Text, figure: Figure, after: int) -> tuple[Figure, int] | None:
    """A share told as "two thirds" or "one in five"."""
    if after >= len(text.tokens) or text.gap(after) not in (" ", "-"):
        return None
    word = text.tokens[after].word
    if (part := FRACTIONS.get(word)) and figure.low < part:
        share = 100 * figure.low / part
        return replace(figure, kind="share", low=share, high=share, end=text.tokens[after].end, weak=False), after + 1
    if word in ("in", "de", "of") and after + 2 < len(text.tokens) and text.tokens[after + 1].word in ("every", "cada"):
        after += 1
    if word in ("in", "out") and after + 1 < len(text.tokens) and figure.high < 10:
        step = after + 2 if text.tokens[after + 1].word == "of" and after + 2 < len(text.tokens) else after + 1
        if (whole := number_at(text, step)) and figure.low < whole[0] <= 20:
            share = 100 * figure.low / whole[0]
            end = text.tokens[whole[1] - 1].end
            return replace(figure, kind="share", low=share, high=share, end=end, weak=False), whole[1]
    return None


def _measured(text: Text, place: int, figure: Figure, after: int) -> tuple[Figure, int]:
    """The figure with its currency, percent sign or unit."""
    before = text.gap(place)[-4:].replace(" ", "") + text.gap(after - 1 if after - 1 > place else place)[-4:]
    behind = text.gap(after)
    if symbol := next((code for sign, code in SYMBOLS if sign in before), None):
        return replace(figure, kind="money", unit=symbol, weak=False), after
    if place and text.tokens[place - 1].word in ("usd", "eur", "us") and ("$" in before or text.gap(place) == " "):
        code = "euro" if text.tokens[place - 1].word == "eur" else "dollar"
        if text.tokens[place - 1].word != "us" or "$" in before:
            return replace(figure, kind="money", unit=code, weak=False), after
    if behind.lstrip(" ").startswith("%"):
        return replace(figure, kind="share", weak=False), after
    step = after
    if step < len(text.tokens) and text.gap(step) in (" ", "-") and text.tokens[step].word in INSERTED:
        step += 1
    if step >= len(text.tokens) or text.gap(step) not in (" ", "-", "\n"):
        return _aged(text, place, figure), after
    word = text.tokens[step].word
    if word in PER_CENT or (
        word in ("per", "por") and text.tokens[min(step + 1, len(text.tokens) - 1)].word in PER_CENT
    ):
        return replace(figure, kind="share", weak=False), step + (1 if word in PER_CENT else 2)
    return _with_unit(text, figure, step, word) or (_aged(text, place, figure), after)


def _with_unit(text: Text, figure: Figure, step: int, word: str) -> tuple[Figure, int] | None:
    end = text.tokens[step].end
    if days := TIMES.get(word):
        low, high = figure.low * days, figure.high * days
        return replace(figure, kind="length", unit="day", low=low, high=high, end=end), step + 1
    if currency := CURRENCIES.get(word):
        return replace(figure, kind="money", unit=currency, end=end, weak=False), step + 1
    if measure := MEASURES.get(word):
        unit, factor = measure
        return replace(figure, unit=unit, low=figure.low * factor, high=figure.high * factor, end=end), step + 1
    return None


def _aged(text: Text, place: int, figure: Figure) -> Figure:
    if place and text.tokens[place - 1].word == "aged":
        return replace(figure, kind="length", unit="day", low=figure.low * 365.25, high=figure.high * 365.25)
    return figure


def _with_bound(text: Text, figure: Figure, place: int) -> Figure:
    before = text.flat[max(0, figure.start - 24) : figure.start].rstrip(" $€£us")
    found: Bound = next((bound for pattern, bound in MODIFIERS if pattern.search(before)), "")
    return replace(figure, bound=found)


_PARTITIVE = frozenset("of the its their these those de los las".split())
_STOPS = re.compile(r"[^ '\-]")


def _with_nouns(text: Text, figure: Figure, after: int, earlier: list[Figure]) -> Figure:
    nouns = set(_run(text, after))
    if not nouns and earlier and earlier[-1].kind == figure.kind and figure.kind == "count":
        nouns = {noun for noun in earlier[-1].nouns if not noun.startswith("@")}
    return replace(figure, nouns=frozenset(nouns | set(_where(text, after))))


def _run(text: Text, after: int) -> Iterator[str]:
    """Roots of up to four words behind a figure, to the first mark or word without matter; "of the" and "of the 24" are passed over."""
    skipping = True
    for place in range(after, min(len(text.tokens), after + 6)):
        token = text.tokens[place]
        if _STOPS.search(text.gap(place)):
            return
        if token.content:
            skipping = False
            yield token.root
        elif _is_inside_name(text, place):
            continue
        elif not skipping or not (token.word in _PARTITIVE or (token.word[0].isdigit() and place > after)):
            return


def _is_inside_name(text: Text, place: int) -> bool:
    """Whether it is the "de" of "30 Tren de Aragua members"."""
    around = text.tokens[place - 1 : place + 2]
    return (
        text.tokens[place].word in ("de", "del", "la") and len(around) == 3 and around[0].capital and around[2].capital
    )


def _where(text: Text, after: int) -> Iterator[str]:
    """The name of the place that stands behind a figure and its noun, marked so that it is no noun."""
    for place in range(after, min(len(text.tokens) - 1, after + 5)):
        if text.gap(place).strip(" -'") or text.tokens[place].word[0].isdigit():
            return
        if text.tokens[place].word in ("in", "from", "at", "en", "de"):
            if text.tokens[place + 1].capital:
                yield "@" + text.tokens[place + 1].root
            return
