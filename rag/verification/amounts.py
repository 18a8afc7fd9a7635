"""Every figure of the statement is in a passage, of the same things and with nothing contrary said of it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.verification.dates import Date, carried, dates, side_of_year
from rag.verification.figures import figures
from rag.verification.findings import Finding
from rag.verification.quantities import CONTRADICT, Figure
from rag.verification.texts import Text

_MOST = 60
"""Figures of a statement that are compared; a bound for input that is no statement."""
_CLOSE = 0.006
"""Relative difference up to which two values are one: a third is 33%, a year is 365 days."""
_LIST = re.compile(r"(?:[^,;.:]{1,60}, ){1,14}(?:and |or |y |o |e |as well as )?[^,;.:]{1,60}")
_NAMES = re.compile(r"[^\W\d_a-z][\w'’-]*(?: [^\W\d_a-z][\w'’-]*)*")
_NEAR_LIST = 60
"""Characters behind a figure within which the list of what it counts begins."""
_HALF_YEAR = re.compile(r"\b(?:first|second|last|latter) half of (?:the year|(?:19|20)\d\d)")
_TOGETHER = re.compile(
    r"\b(?:together|combined|in (?:all|total)|altogether|between them|overall|added up|total of|en total|juntos)\b"
)
_CLASSES = tuple(
    frozenset(words.split())
    for words in (
        "people person polic office soldie troop agent member migrat prison inmate victim woman man child membe reside worker guard suspec"
        " person policia soldad migran migrat mujer hombre victim",
        "countr nation pais",
        "state estado provin depart region",
        "city town villag munici ciudad pueblo",
        "prison jail carcel",
        "gang cell group cartel banda",
        "weapon gun rifle pistol arma",
        "bus vehicl car truck boat plane",
        "house buildi hotel school hospit",
        "attack killin murder homici raid",
    )
)
"""Roots of nouns of one sort; a figure of one sort is no figure of another."""


def unsupported_figures(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """A finding for each figure and date that no passage carries.

    >>> from rag.verification.texts import read
    >>> [f.detail for f in unsupported_figures(read("Police held 13 men."), [read("Twelve men were held.")])]
    ['“13” is not in the cited passage, which has “Twelve”']
    """
    theirs = [(figure, text) for text in passages for figure in _distinct(text, 2000)]
    found = [
        Finding("number", problem)
        for figure in _distinct(statement, _MOST)
        if (problem := _problem(figure, statement, theirs))
        and not _is_count_of_list(figure, statement, passages)
        and not _is_added_up(figure, statement, [other for other, _ in theirs])
    ]
    return found + _wrong_dates(statement, passages)


def _distinct(text: Text, most: int) -> list[Figure]:
    """The figures of a text, repeated ones once."""
    return list({(f.kind, f.low, f.high, f.unit, f.nouns, f.bound): f for f in reversed(figures(text))}.values())[::-1][
        :most
    ]


def _problem(figure: Figure, statement: Text, theirs: list[tuple[Figure, Text]]) -> str:
    shown = _shown(figure, statement)
    alike = [(other, text) for other, text in theirs if _same_kind(figure, other)]
    equal = [(other, text) for other, text in alike if _same_value(figure, other)]
    if not equal:
        if figure.weak and not _conflicts(figure, alike):
            return ""
        return f"“{shown}” is not in the cited passage" + _instead(figure, alike)
    fitting = [(other, text) for other, text in equal if not _other_things(figure, other, alike)]
    if not fitting:
        other, text = equal[0]
        return f"“{_widely(figure, statement)}” is not what the cited passage says: “{_widely(other, text)}”"
    if figure.kind == "year":
        return _wrong_side(figure, statement, fitting)
    if all(_contrary(figure, other) for other, _ in fitting):
        return f"“{_with_bound(figure, statement)}” is “{_with_bound(*fitting[0])}” in the cited passage"
    return ""


def _same_kind(a: Figure, b: Figure) -> bool:
    """Whether two figures can be compared: of one kind, or one of them without a unit."""
    if a.kind == "vague" or b.kind == "vague":
        return {a.kind, b.kind} <= {"vague", "count", "money", "length"}
    if a.kind == b.kind:
        return not a.unit or not b.unit or a.unit == b.unit
    return {a.kind, b.kind} <= {"count", "year", "ordinal"} and not (a.unit and b.unit)


def _same_value(a: Figure, b: Figure) -> bool:
    if a.kind == "vague":
        return b.low <= a.high and b.high >= a.low
    if b.kind == "vague":
        return False
    if a.kind == "year":
        return all(any(_close(x, y) for y in (b.low, b.high)) for x in (a.low, a.high))
    if _close(a.low, b.low, a.kind) and _close(a.high, b.high, a.kind):
        return True
    ends = (b.low if a.bound in ("least", "over") else math.nan, b.high if a.bound == "most" else math.nan)
    return a.low == a.high and any(_close(a.low, end) for end in ends)


def _close(a: float, b: float, kind: str = "") -> bool:
    return math.isclose(
        a, b, rel_tol=0.02 if kind == "share" and a % 1 else _CLOSE if kind in ("share", "length") else 1e-9
    )


def _conflicts(figure: Figure, alike: list[tuple[Figure, Text]]) -> bool:
    """Whether a doubtful figure has a different one of the same things beside it."""
    if figure.kind == "ordinal":
        return False
    if figure.kind == "length":
        return any(not other.weak and other.kind == "length" and other.bound != "nearly" for other, _ in alike)
    if figure.kind == "vague":
        same = [other for other, _ in alike if figure.nouns & other.nouns]
        return bool(same) and all(other.low > 2 * figure.high for other in same)
    return any(figure.nouns & other.nouns and other.low == other.high and not other.weak for other, _ in alike)


def _other_things(figure: Figure, other: Figure, alike: list[tuple[Figure, Text]]) -> bool:
    """Whether the equal figure counts other things than the statement's."""
    if not figure.nouns or not other.nouns or figure.kind in ("year", "ordinal") or figure.nouns & other.nouns:
        return _places_differ(figure, other, alike)
    if any(figure.nouns & third.nouns and not _same_value(figure, third) for third, _ in alike if third is not other):
        return True
    mine, theirs = (next((n for n, c in enumerate(_CLASSES) if c & item.nouns), -1) for item in (figure, other))
    return mine >= 0 and theirs >= 0 and mine != theirs


def _places_differ(figure: Figure, other: Figure, alike: list[tuple[Figure, Text]]) -> bool:
    """Whether a third figure stands beside the place that the statement names, and the equal one beside another."""
    mine, theirs = ({n for n in item.nouns if n.startswith("@")} for item in (figure, other))
    if not mine or not theirs or mine & theirs:
        return False
    return any(mine & third.nouns for third, _ in alike if third is not other)


def _contrary(figure: Figure, other: Figure) -> bool:
    if figure.kind in ("ordinal", "vague", "share") and figure.bound == "about":
        return False
    if (figure.bound, other.bound) in CONTRADICT:
        return True
    if figure.bound == "exact":
        return other.bound in ("over", "least", "under", "nearly", "most", "about")
    ambiguous = figure.kind == "length"  # "over a decade" is also "in the course of a decade"
    return other.bound == "" and figure.bound in ("over", "under", "nearly") and not ambiguous and other.kind != "vague"


def _wrong_side(figure: Figure, statement: Text, fitting: list[tuple[Figure, Text]]) -> str:
    mine = side_of_year(statement, figure.start)
    sides = {side_of_year(text, other.start) for other, text in fitting}
    if mine and sides == {"after" if mine == "before" else "before"}:
        return f"“{_widely(figure, statement)}” is “{_widely(*fitting[0])}” in the cited passage"
    return ""


def _is_added_up(figure: Figure, statement: Text, theirs: list[Figure]) -> bool:
    """Whether two or three figures of the passages make the sum, and the statement says that it adds up or names them behind it."""
    if figure.kind not in ("count", "money", "share"):
        return False
    parts = [f.low for f in theirs if f.kind == figure.kind and f.low == f.high and not f.weak][:_MOST]
    if not _TOGETHER.search(statement.flat):
        own = {f.low for f in figures(statement) if f.start > figure.start}
        parts = [part for part in parts if part in own]
    return any(_close(figure.low, sum(some)) for size in (2, 3) for some in combinations(parts[:20], size))


def _is_count_of_list(figure: Figure, statement: Text, passages: Sequence[Text]) -> bool:
    """Whether that many things are listed, in the statement or in a passage; or that many months or days."""
    if figure.kind == "length" and 1 < figure.low / 365.25 * 12 < 12.5:
        if _close(figure.low, 365.25 / 2, "length") and any(_HALF_YEAR.search(text.flat) for text in passages):
            return True
        months = {date.month for text in passages for date in dates(text) if date.month}
        return len(months) > 1 and _close(figure.low / 365.25 * 12, len(months), "length")
    if figure.kind != "count" or not 2 <= figure.low == figure.high <= 15:
        return False
    if size := _names_behind(figure, statement):
        return size == figure.low
    return any(_listed(text, int(figure.low)) for text in (statement, *passages))


def _names_behind(figure: Figure, statement: Text) -> int:
    """How many names the list behind a figure has; 0 where none begins close behind it."""
    rest = re.split(r"[.;:]", statement.raw[figure.end :])[0]
    start, size = next(_runs_of_names(rest), (0, 0))
    return size if start < _NEAR_LIST else 0


def _listed(text: Text, size: int) -> bool:
    for match in _LIST.finditer(text.flat[:5000]):
        commas = match.group().count(", ")
        last = re.split(r",? (?:and|or|y|o|e|as well as) ", match.group().rsplit(", ", 1)[-1])
        if size in (commas + 1, commas + len(last)):
            return True
    if any(size == names for _, names in _runs_of_names(text.raw[:5000])):
        return True
    return size == 2 and bool(re.search(r"\w (?:and|y) \w", text.flat)) and len(text.flat) < 5000


def _runs_of_names(raw: str) -> Iterator[tuple[int, int]]:
    """Where two names or more follow on each other with nothing but commas and "and" between, and how many."""
    start, size, end = 0, 0, -1
    for match in _NAMES.finditer(raw):
        if end >= 0 and raw[end : match.start()].strip(" ,") in ("", "and", "or", "y", "o", "as well as"):
            size += 1
        else:
            if size > 1:
                yield start, size
            start, size = match.start(), 1
        end = match.end()
    if size > 1:
        yield start, size


def _wrong_dates(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    theirs = [date for text in passages for date in dates(text)]
    years = frozenset(int(f.low) for text in passages for f in figures(text) if f.kind == "year" and f.low == f.high)
    found = []
    for date in dates(statement)[:_MOST]:
        if not carried(date, theirs, years):
            shown = statement.raw[date.start : date.end]
            had = next((_date_shown(d, passages) for d in theirs if bool(d.month) == bool(date.month)), "")
            found.append(
                Finding(
                    "number",
                    f"the date “{shown}” is not in the cited passage" + (f", which has “{had}”" if had else ""),
                )
            )
    return found


def _date_shown(date: Date, passages: Sequence[Text]) -> str:
    return next(text.raw[date.start : date.end] for text in passages if date in dates(text))


def _instead(figure: Figure, alike: list[tuple[Figure, Text]]) -> str:
    strong = [(o, t) for o, t in alike if not o.weak] or alike
    near = sorted(strong, key=lambda pair: not (pair[0].nouns & figure.nouns))
    return f", which has “{_shown(*near[0])}”" if near else ""


def _shown(figure: Figure, text: Text) -> str:
    return text.raw[figure.start : figure.end]


def _with_bound(figure: Figure, text: Text) -> str:
    before = text.raw[max(0, figure.start - 24) : figure.start].split(" ")
    words = 3 if figure.bound in ("least", "most", "over", "under") else 2
    return (" ".join(before[-words:]) if figure.bound else "") + _shown(figure, text)


def _widely(figure: Figure, text: Text) -> str:
    start = text.raw.rfind(" ", 0, max(0, figure.start - 2)) + 1 if figure.kind == "year" else figure.start
    end = figure.end
    for _ in range(3):
        step = text.raw.find(" ", end + 1)
        end = step if step > 0 else len(text.raw)
    return text.raw[start:end].rstrip(" .,;")
