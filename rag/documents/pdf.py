"""PDF files to lines of text with their places. Only this module knows PDFium.

What is changed on the way: ligatures become letters, a character whose font does not say what it is becomes U+FFFD, raised figures that
refer to a note are left out, and other raised figures (10²) become superscripts. Text that stands in a picture is not there.
"""

from __future__ import annotations

import ctypes
import math
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import CorpusError

MAX_PAGES = 2000
"""Reading takes 20 ms a page, but embedding what stands on it half a second; a file of more pages is mostly an archive of several."""
_MARK = 1024
"""Readers look for the header and for the end mark this far into the file from either end."""
_UNREADABLE = 0.05
"""Share of characters without a meaning from which the words are no longer what the page shows."""
_REPLACEMENT = "\ufffd"
_HYPHEN = "\x02"
"""PDFium's own sign for a hyphen at the end of a line."""
_LIGATURES = range(0xFB00, 0xFB07)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_REFERENCE_AFTER = 3
"""Letters of a word behind which a raised figure is a reference; behind fewer (m², km²) it may be a unit's power."""
_LOCK = threading.Lock()
"""PDFium may be used by one thread at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; lengths in points, upwards and to the right."""

    text: str
    sources: tuple[int, ...]
    """Of each character, where it stands in the text of the file."""
    page: int
    """From 1."""
    left: float
    right: float
    base: float
    """Height of the baseline above the page's lower edge."""
    size: float
    """Of most of its letters."""
    bold: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """The lines of a file in its own order, and where each page starts in its text."""

    lines: tuple[Line, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    index: int
    """On its page, as PDFium counts."""
    source: int
    x: float
    right: float
    y: float
    size: float


def read_pages(data: bytes, name: str) -> Pages:
    """The lines of a PDF file; `name` is for messages.

    Raises:
        CorpusError: the file is no PDF, damaged, cut off, encrypted, too long, or holds no text that can be read.
    """
    if b"%PDF-" not in data[:_MARK]:
        raise CorpusError(f"{name} is not a PDF file, whatever its name says; give it its right suffix")
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise CorpusError(_why_closed(name, str(error))) from error
        try:
            if b"%%EOF" not in data[-_MARK:]:  # PDFium would repair it and leave out what is missing without a word
                raise CorpusError(f"{name} is cut off: its end mark is missing; copy or download it again")
            return _read(document, name)
        finally:
            document.close()


def _why_closed(name: str, error: str) -> str:
    if "password" in error.lower() or "security" in error.lower():
        return f"{name} is encrypted; save a copy without a password"
    return f"{name} is damaged or cut off; get it again, or convert it to text"


def _read(document: pypdfium2.PdfDocument, name: str) -> Pages:
    count = len(document)
    if not 0 < count <= MAX_PAGES:
        raise CorpusError(f"{name} has {count:,} pages, 1 to {MAX_PAGES:,} can be read; split it")
    lines: list[Line] = []
    starts: list[int] = []
    length = 0
    for number in range(1, count + 1):
        starts.append(length)
        try:
            page = document[number - 1].get_textpage()
        except pypdfium2.PdfiumError as error:
            raise CorpusError(
                f"page {number} of {name} is damaged; get the file again, or convert it to text"
            ) from error
        lines += [_line(page.raw, glyphs, number) for glyphs in _glyph_lines(page, length)]
        length += page.count_chars() + 1  # apart from the next page's, so that nothing reads as one stretch of both
    letters = Counter(character for line in lines for character in line.text if not character.isspace())
    if not letters:
        pages = "1 page" if count == 1 else f"{count} pages"
        raise CorpusError(
            f"{name} holds {pages} but no text, so it is a scan; run it through text recognition (for example ocrmypdf) and add the result"
        )
    if letters[_REPLACEMENT] > _UNREADABLE * letters.total():
        raise CorpusError(
            f"{name} does not say which letters its fonts show; print it to a new PDF, or run text recognition"
        )
    return Pages(tuple(lines), tuple(starts))


def _glyph_lines(page: pypdfium2.PdfTextPage, offset: int) -> Iterator[list[_Glyph]]:
    """The glyphs of a page, line by line; ends of lines and empty lines left out."""
    line: list[_Glyph] = []
    for index in range(page.count_chars()):
        glyph = _glyph(page.raw, index, offset)
        if glyph.text in "\r\n" or (line and line[-1].text == _HYPHEN):
            if any(not one.text.isspace() for one in line):
                yield line
            line = []
        if glyph.text not in "\r\n":
            line.append(glyph)
    if any(not one.text.isspace() for one in line):
        yield line


def _glyph(page: pdfium.FPDF_TEXTPAGE, index: int, offset: int) -> _Glyph:
    code = pdfium.FPDFText_GetUnicode(page, index)
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = ctypes.c_double(), ctypes.c_double(), ctypes.c_double(), ctypes.c_double()
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetCharOrigin(page, index, x, y)
    pdfium.FPDFText_GetCharBox(page, index, left, right, bottom, top)
    pdfium.FPDFText_GetMatrix(page, index, matrix)
    size = pdfium.FPDFText_GetFontSize(page, index) * (math.hypot(matrix.c, matrix.d) or 1.0)
    unknown = code == 0 or pdfium.FPDFText_HasUnicodeMapError(page, index) == 1
    text = _REPLACEMENT if unknown else chr(code) if code < 0x110000 else _REPLACEMENT
    return _Glyph(text, index, offset + index, x.value, max(right.value, x.value), y.value, size)


def _is_bold(page: pdfium.FPDF_TEXTPAGE, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(page, index, name, len(name), ctypes.c_int())
    font = name.value.lower()
    return any(word in font for word in (b"bold", b"black", b"heavy", b"cmbx")) or (
        pdfium.FPDFText_GetFontWeight(page, index) >= 600
    )


def _line(text: pdfium.FPDF_TEXTPAGE, glyphs: list[_Glyph], page: int) -> Line:
    shown = [glyph for glyph in glyphs if not glyph.text.isspace()]
    size = Counter(round(glyph.size, 1) for glyph in shown).most_common(1)[0][0]
    base = Counter(round(glyph.y, 1) for glyph in shown if round(glyph.size, 1) == size).most_common(1)[0][0]
    characters = list(_characters(glyphs, size, base))
    return Line(
        "".join(character for character, _ in characters),
        tuple(source for _, source in characters),
        page,
        shown[0].x,
        max(glyph.right for glyph in shown),
        base,
        size,
        all(_is_bold(text, glyph.index) for glyph in {shown[0], shown[len(shown) // 2], shown[-1]}),
    )


def _characters(glyphs: list[_Glyph], size: float, base: float) -> Iterator[tuple[str, int]]:
    before = ""
    for glyph in glyphs:
        text = glyph.text
        if ord(text) in _LIGATURES:
            text = unicodedata.normalize("NFKC", text)
        elif text in "0123456789" and glyph.size < 0.8 * size and glyph.y > base + 0.15 * size:
            if _takes_reference(before):
                continue
            text = text.translate(_SUPERSCRIPTS)
        before += text
        yield from ((character, glyph.source) for character in text)


def _takes_reference(before: str) -> bool:
    """Whether a raised figure behind this text refers to a note."""
    word = before.rsplit(None, 1)[-1] if before[-1:].strip() else ""
    return word[-1:] in tuple(".,;:!?)]\"'”’»") or (len(word) >= _REFERENCE_AFTER and word.isalpha())
