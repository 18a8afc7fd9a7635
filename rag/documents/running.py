"""Lines of a PDF's pages without running headers, footers and page numbers.

Only the one or two uppermost or lowermost lines of a page that stand apart from the rest can be such. They are when their words and type
recur there on three pages (on both of two), numbers aside, or when they start or end with the number that is printed on the pages.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

from rag.documents.pdf import Line, Pages

_EDGE = 2
"""Lines of a page's head, and of its foot, that may be running ones."""
_APART = 1.5
"""Times the size of the letters: distance of a running line from the text, where lines of a paragraph keep 1.2."""
_SHORT = 120
"""Characters of a running line at most."""
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_FIRST_NUMBER, _LAST_NUMBER = re.compile(r"(\d{1,4})\b(?![.,]\d)"), re.compile(r"(?<![.,\d])\b(\d{1,4})$")
_PAGE_NUMBER = re.compile(
    r"[-–—| ]*(?:page|página|pág\.?|p\.)?\s*(\d+)(?:\s*(?:/|of|de)\s*\d+)?[-–—| ]*", re.IGNORECASE
)


def without_running_lines(pages: Pages) -> list[Line]:
    """The lines in order, those aside."""
    edges = {page: _edges(list(lines)) for page, lines in groupby(pages.lines, key=lambda line: line.page)}
    recurring = Counter(key for lines in edges.values() for key in {_recurring(line) for line in lines})
    least = min(3, max(len(pages.starts), 2))
    shifts = Counter(shift for lines in edges.values() for shift in {s for line in lines for s in _shifts(line)})
    text = 1.1 * Counter(line.size for line in pages.lines).most_common(1)[0][0]
    printed = {shift for shift, count in shifts.items() if count >= max(least, len(pages.starts) / 3)}
    running = {
        id(line)
        for lines in edges.values()
        for line in lines
        if (
            any(map(str.isalpha, line.text)) and recurring[_recurring(line)] >= least
        )  # not the rows of a table of figures
        or _is_page_number(line)
        or (line.size <= text and printed.intersection(_shifts(line)))  # not the heading "Chapter 5" of page 5
    }
    return [line for line in pages.lines if id(line) not in running]


def _edges(lines: list[Line]) -> list[Line]:
    """The lines at the head and at the foot that stand apart."""
    down = sorted(lines, key=lambda line: -line.base)
    return [*_first_apart(down), *_first_apart(down[::-1])]


def _first_apart(lines: list[Line]) -> list[Line]:
    heights = sorted({line.base for line in lines}, reverse=lines[0].base > lines[-1].base)
    for count in range(min(_EDGE, len(heights) - 1), 0, -1):
        first = [line for line in lines if line.base in heights[:count]]
        if abs(heights[count - 1] - heights[count]) >= _APART * max(line.size for line in first):
            return first
    return lines if len(heights) == 1 else []


def _recurring(line: Line) -> tuple[str, int]:
    """What is the same on other pages: words and type; a title in large type may recur as a header in small."""
    return _NUMBER.sub("#", " ".join(line.text.split())), round(line.size)


def _shifts(line: Line) -> set[int]:
    """By how much a number at either end of a short line differs from the page's, which a printed page number does by the same on all."""
    text = line.text.strip(" -–—|")
    ends = [match for match in (_FIRST_NUMBER.match(text), _LAST_NUMBER.search(text)) if match]
    return {int(match[1]) - line.page for match in ends} if len(text) <= _SHORT else set()


def _is_page_number(line: Line) -> bool:
    found = _PAGE_NUMBER.fullmatch(line.text.strip())
    return found is not None and int(found[1]) == line.page
