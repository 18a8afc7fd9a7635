"""Lines of a PDF's pages to blocks: lines joined to paragraphs, headings told by their type.

The rules, in the order in which they apply:

1. A line continues the paragraph before it when it has the same type, stands one line below, is not indented against it, and the line
   before it does not end a sentence early. A line that starts with a bullet does not.
2. On the next page or column it does so when the paragraph before is cut: no end of a sentence, a full last line. Notes at the foot of the
   page in between then come first.
3. A hyphen at the end of a line goes when the word without it occurs within a line of the same file, and the word with it does not;
   else it stays, without a space behind it.
4. Larger type than most of the text's is a heading, a level for each size; so is a bold line by itself. What ends like a sentence is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.documents.blocks import Block, Characters, clean
from rag.documents.pdf import Line, Pages
from rag.documents.running import without_running_lines

_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•·▪◦‣●○■□]\s*\S")
_MAYBE_BULLET = re.compile(r"(?:[-*–]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S")
"""What stands at the start of a list item, or at the start of a line by chance."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS = ("\x02", "-", "\u2010", "\xad")
_SAME_TYPE = 0.08
"""By which share two sizes may differ: rounding, not design."""
_LOOSE = 1.35
"""Times the usual distance of two lines from which a distance parts paragraphs."""
_INDENT = 0.8
"""Of the letters' size, from which a line is indented."""
_FULL = 0.15
"""Share of the column by which a full line may fall short of it."""
_HEADING_LINES, _HEADING_CHARACTERS = 4, 250
_BOLD_LINES, _BOLD_CHARACTERS = 2, 120
_LEVELS = 6


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line]

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def text(self) -> str:
        return " ".join(line.text.strip() for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Type:
    """What is usual in a file."""

    size: float
    leading: dict[float, float]
    """Distance of two lines of a paragraph by the letters' size."""
    words: frozenset[str]
    """Those that stand whole within a line, folded."""
    columns: dict[tuple[int, int], float] = field(default_factory=dict)
    """Right edge of the lines that start at the same place of a page."""


def page_blocks(pages: Pages) -> list[Block]:
    """Blocks in order; their places are those in the text of the pages."""
    lines = without_running_lines(pages)
    if not lines:
        return []
    usual = _usual(lines)
    paragraphs: list[_Paragraph] = []
    for line in lines:
        _place(line, paragraphs, usual)
    _join_initials(paragraphs)
    levels = _heading_levels(paragraphs, usual)
    blocks = (_block(paragraph, levels.get(id(paragraph), 0), usual.words) for paragraph in paragraphs)
    return [block for block in blocks if block.text]


# --- paragraphs


def _usual(lines: Sequence[Line]) -> _Type:
    sizes: Counter[float] = Counter()
    columns: dict[tuple[int, int], float] = {}
    for line in lines:
        sizes[line.size] += len(line.text)
        columns[_column(line)] = max(columns.get(_column(line), 0.0), line.right)
    distances: dict[float, Counter[float]] = {}
    for above, below in pairwise(lines):
        distance = round(above.base - below.base, 1)
        if above.page == below.page and _same_type(above, below) and 0 < distance < 4 * below.size:
            distances.setdefault(below.size, Counter())[distance] += 1
    words = Counter(word.casefold() for line in lines for word in _WORD.findall(line.text)[1:-1])
    size = sizes.most_common(1)[0][0]
    return _Type(size, {s: _leading(found) for s, found in distances.items()}, frozenset(words), columns)


def _leading(distances: Counter[float]) -> float:
    """The smallest distance that is common: that of two paragraphs may be the commoner one in a list."""
    return min(distance for distance, count in distances.items() if count >= 0.15 * distances.total())


def _column(line: Line) -> tuple[int, int]:
    """Lines that start within an inch of each other are taken to be of one column."""
    return line.page, round(line.left / 72)


def _same_type(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_TYPE * max(one.size, other.size) and one.bold == other.bold


def _place(line: Line, paragraphs: list[_Paragraph], usual: _Type) -> None:
    """Add the line to the paragraph that it continues, or begin one."""
    if paragraphs and _goes_on(paragraphs[-1], line, usual):
        paragraphs[-1].lines.append(line)
        return
    if (cut := _cut_before(paragraphs, line, usual)) is not None:
        paragraph = paragraphs.pop(cut)
        paragraph.lines.append(line)
        paragraphs.append(paragraph)
        return
    paragraphs.append(_Paragraph([line]))


def _goes_on(paragraph: _Paragraph, line: Line, usual: _Type) -> bool:
    """Whether a line of the same column continues the paragraph."""
    last = paragraph.last
    distance = last.base - line.base
    loose = _LOOSE * usual.leading.get(line.size, 1.2 * line.size)
    if last.page != line.page or not _same_type(last, line) or not -0.3 * line.size < distance <= loose:
        return False
    if distance < 0.3 * line.size:  # the same line, after a gap
        return True
    return not (_opens_item(line, paragraph) or _is_short_end(last, usual) or _is_indented(paragraph, line))


def _opens_item(line: Line, paragraph: _Paragraph) -> bool:
    text, before = line.text.strip(), paragraph.text
    if _BULLET.match(text):
        return True
    return bool(_MAYBE_BULLET.match(text)) and bool(_SENTENCE_END.search(before) or _MAYBE_BULLET.match(before))


def _is_short_end(line: Line, usual: _Type) -> bool:
    return bool(_SENTENCE_END.search(line.text.strip())) and not _is_full(line, usual)


def _is_full(line: Line, usual: _Type) -> bool:
    right = usual.columns[_column(line)]
    return line.right >= right - _FULL * (right - line.left) or line.text.rstrip().endswith(_HYPHENS)


def _is_indented(paragraph: _Paragraph, line: Line) -> bool:
    last, limit = paragraph.last, _INDENT * line.size
    shift = line.left - last.left
    if abs((line.left + line.right) - (last.left + last.right)) < 0.5 * line.size:  # centred lines
        return False
    if len(paragraph.lines) == 1:  # its first line may itself be indented, or a bullet hang before the rest
        hangs = _BULLET.match(last.text.strip()) or _MAYBE_BULLET.match(last.text.strip())
        return shift > limit and not hangs
    return abs(shift) > limit


def _cut_before(paragraphs: list[_Paragraph], line: Line, usual: _Type) -> int | None:
    """Number of the paragraph that goes on with this line of another column or page."""
    for number in range(len(paragraphs) - 1, -1, -1):
        paragraph = paragraphs[number]
        last = paragraph.last
        if last.page < line.page - 1:
            return None
        if _same_type(last, line):
            elsewhere = last.page < line.page or last.base < line.base
            return number if elsewhere and _is_cut(paragraph, line, usual) else None
        if last.size > line.size or last.page == line.page:  # only notes may stand between
            return None
    return None


def _is_cut(paragraph: _Paragraph, line: Line, usual: _Type) -> bool:
    text = paragraph.last.text.strip()
    if line.size > (1 + _SAME_TYPE) * usual.size or _opens_item(line, paragraph) or _SENTENCE_END.search(text):
        return False
    small = line.text.strip()[:1].islower()
    return _is_full(paragraph.last, usual) and (small or len(paragraph.text) > _BOLD_CHARACTERS)


def _join_initials(paragraphs: list[_Paragraph]) -> None:
    """Put a large first letter before the paragraph that it opens."""
    for number in range(len(paragraphs) - 2, -1, -1):
        one, other = paragraphs[number], paragraphs[number + 1]
        letter = one.text
        if len(letter) == 1 and letter.isupper() and one.first.size > 1.8 * other.first.size:
            glued = other.first
            other.lines[0] = Line(
                letter + glued.text.lstrip(), (*one.first.sources[:1], *glued.sources[-len(glued.text.lstrip()) :]),
                glued.page, glued.left, glued.right, glued.base, glued.size, glued.bold,
            )  # fmt: skip
            del paragraphs[number]


# --- headings and text


def _heading_levels(paragraphs: list[_Paragraph], usual: _Type) -> dict[int, int]:
    """Level of each paragraph that is a heading, by its id."""
    large = [paragraph for paragraph in paragraphs if _is_large(paragraph, usual)]
    sizes = sorted({round(paragraph.first.size) for paragraph in large}, reverse=True)
    levels = {id(paragraph): min(sizes.index(round(paragraph.first.size)) + 1, _LEVELS) for paragraph in large}
    below = min(len(sizes) + 1, _LEVELS)
    bold = (paragraph for paragraph in paragraphs if id(paragraph) not in levels and _is_bold_line(paragraph, usual))
    return levels | {id(paragraph): below for paragraph in bold}


def _is_large(paragraph: _Paragraph, usual: _Type) -> bool:
    large = paragraph.first.size > (1 + _SAME_TYPE) * usual.size
    return large and _reads_as_heading(paragraph, _HEADING_LINES, _HEADING_CHARACTERS)


def _is_bold_line(paragraph: _Paragraph, usual: _Type) -> bool:
    bold = all(line.bold for line in paragraph.lines) and paragraph.first.size >= (1 - _SAME_TYPE) * usual.size
    return bold and _reads_as_heading(paragraph, _BOLD_LINES, _BOLD_CHARACTERS)


def _reads_as_heading(paragraph: _Paragraph, lines: int, characters: int) -> bool:
    text = paragraph.text
    if len(paragraph.lines) > lines or len(text) > characters or not any(c.isalpha() for c in text):
        return False
    return text.endswith("?") or not _SENTENCE_END.search(text)


def _block(paragraph: _Paragraph, level: int, words: frozenset[str]) -> Block:
    characters: Characters = []
    for line in paragraph.lines:
        here = _stripped(zip(line.text, line.sources, strict=True))
        _end_line(characters, here, words)
        characters += here
    cleaned = clean([("-" if c == "\x02" else c, source) for c, source in characters])
    text = "".join(c for c, _ in cleaned)
    return Block(text.replace("\n", " ") if level else text, tuple(source for _, source in cleaned), level, 1)


def _stripped(characters: Iterable[tuple[str, int]]) -> Characters:
    kept = list(characters)
    while kept and kept[-1][0].isspace():
        kept.pop()
    return kept[next((i for i, (c, _) in enumerate(kept) if not c.isspace()), 0) :]


def _end_line(before: Characters, after: Characters, words: frozenset[str]) -> None:
    """Make ready for the next line: a space, or a hyphen that stays, or neither."""
    if not before or not after:
        return
    if before[-1][0] not in _HYPHENS or len(before) < 2 or not before[-2][0].isalnum():
        before.append(("\n", -1))
        return
    left = _WORD.findall("".join(c for c, _ in before[-60:-1]))[-1:]
    right = _WORD.match("".join(c for c, _ in after[:60]))
    if left and right and _is_one_word(left[0], right[0], words):
        before.pop()
    else:
        before[-1] = ("-", before[-1][1])


def _is_one_word(left: str, right: str, words: frozenset[str]) -> bool:
    whole, divided = f"{left}{right}".casefold(), f"{left}-{right}".casefold()
    return right[0].islower() and whole in words and divided not in words
