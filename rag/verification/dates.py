"""Days, months and years that belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.texts import Text, Token

_NAMES = (
    "january jan enero|february feb febrero|march mar marzo|april apr abril|may mayo|june jun junio|july jul julio|august aug agosto"
    "|september sep sept septiembre setiembre|october oct octubre|november nov noviembre|december dec diciembre"
)
MONTHS = {word: number for number, words in enumerate(_NAMES.split("|"), 1) for word in words.split()}
_WEEKDAYS = {
    word: number
    for number, words in enumerate(
        "monday lunes|tuesday martes|wednesday miercoles|thursday jueves|friday viernes|saturday sabado|sunday domingo".split("|"), 1
    )
    for word in words.split()
}  # fmt: skip
_ALSO_WORDS = frozenset("may march mar sep sept jan jun jul apr aug oct nov dec feb".split())
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_ISO = re.compile(r"\b((?:1[5-9]|20)\d\d)-(\d\d)-(\d\d)\b")
_BEFORE = frozenset("by before until till hasta antes".split())
_AFTER = frozenset("since after desde tras despues".split())


@dataclass(frozen=True, slots=True)
class Date:
    """The parts that are told of a date; 0 for those that are not."""

    day: int
    month: int
    year: int
    weekday: int
    start: int
    end: int
    side: str = ""
    """"before" or "after" where the text says so."""


@lru_cache(maxsize=128)
def _parsed(text: Text) -> tuple[tuple[Date, ...], frozenset[int]]:
    found: list[Date] = []
    used: set[int] = set()
    for place, token in enumerate(text.tokens):
        if (number := MONTHS.get(token.word)) and _is_month(text, place):
            places, date = _around(text, place, number)
            found.append(date)
            used |= places
        elif (weekday := _WEEKDAYS.get(token.word)) and (token.capital or text.language == "es"):
            found.append(Date(0, 0, 0, weekday, token.start, token.end))
    for match in _ISO.finditer(text.flat):
        year, month, day = (int(part) for part in match.groups())
        found.append(Date(day, month, year, 0, *match.span()))
        used |= {n for n, t in enumerate(text.tokens) if match.start() <= t.start < match.end()}
    return tuple(found), frozenset(used)


def dates(text: Text) -> tuple[Date, ...]:
    """Every date with a month or a day of the week; a year alone is a figure."""
    return _parsed(text)[0]


def date_places(text: Text) -> frozenset[int]:
    """Which tokens are days or months, so that they are not counted as figures; years are left in."""
    return _parsed(text)[1]


def _is_month(text: Text, place: int) -> bool:
    token = text.tokens[place]
    if token.word not in _ALSO_WORDS:
        return token.capital or text.language == "es" or token.word not in ("may", "march")
    near = [text.tokens[n].word for n in (place - 1, place + 1) if 0 <= n < len(text.tokens)]
    beside_figure = any(_DAY.fullmatch(word) or _YEAR.fullmatch(word) for word in near)
    after_preposition = place > 0 and text.tokens[place - 1].word in (
        "in",
        "since",
        "until",
        "by",
        "last",
        "early",
        "late",
        "mid",
    )
    return token.capital and (beside_figure or (after_preposition and not token.opens))


def _around(text: Text, place: int, month: int) -> tuple[set[int], Date]:
    """The day and the year beside a month, and which tokens are taken by it (not the year's)."""
    tokens = text.tokens
    before, after = place - 1, place + 1
    if before >= 0 and tokens[before].word in ("de", "of"):
        before -= 1
    day, used = 0, {place}
    first, last = tokens[place], tokens[place]
    if before >= 0 and (match := _day(tokens[before], text.flat[tokens[before].end : tokens[place].start])):
        day, used, first = match, used | {before}, tokens[before]
    elif after < len(tokens) and (match := _day(tokens[after], text.gap(after))):
        day, used, last, after = match, used | {after}, tokens[after], after + 1
    if after < len(tokens) and tokens[after].word in ("de", "del", "of"):
        after += 1
    year = 0
    if after < len(tokens) and _YEAR.fullmatch(tokens[after].word) and tokens[after].start - last.end <= 5:
        year, last = int(tokens[after].word), tokens[after]
    side = _side(tokens, min(used))
    return used, Date(day, month, year, 0, first.start, last.end, side)


def _day(token: Token, gap: str) -> int:
    match = _DAY.fullmatch(token.word)
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 and gap in (" ", " de ", " of ", ". ", "\n") else 0


def _side(tokens: tuple[Token, ...], place: int) -> str:
    before = tokens[place - 1].word if place else ""
    return "before" if before in _BEFORE else "after" if before in _AFTER else ""


def side_of_year(text: Text, start: int) -> str:
    """Whether the text says "before" or "after" of what begins at an offset."""
    words = text.flat[max(0, start - 14) : start].split()
    return "before" if words and words[-1] in _BEFORE else "after" if words and words[-1] in _AFTER else ""


def carried(date: Date, others: Iterable[Date], years: frozenset[int]) -> bool:
    """Whether one of the others has all parts of a date; where it tells no year, the only year of the text is taken.

    Args:
        date: From the statement.
        others: From the passages.
        years: All years of the passages.
    """
    for other in others:
        year = other.year or (next(iter(years)) if len(years) == 1 else 0)
        same = (
            date.day in (0, other.day)
            and date.month in (0, other.month)
            and date.year in (0, year)
            and date.weekday in (0, other.weekday)
        )
        if same and {date.side, other.side} != {"before", "after"}:
            return True
    return False
