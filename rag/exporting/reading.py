"""A file to the quotations in it: what each says, and which place of which document it names.

Every form is first made the text that a reader sees. In it, a quotation stands either before a line "— attribution ·
reference", or before the mark of a footnote "[1] attribution · reference". The reference tells how long the quotation
is, so it is found whatever it holds; only an altered one is found by its quotation marks.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from io import BytesIO
from itertools import product
from typing import Any
from xml.etree import ElementTree

from markdown_it import MarkdownIt

from rag.errors import CitationInvalid
from rag.exporting.attributed import attribution, brings_marks
from rag.records import Answer, Citation, Document
from rag.rendering.text import from_line

_REFERENCE = re.compile(r"quote:(\w+):(\d{1,12})-(\d{1,12}):([0-9a-f]{12})\b")
_AT_LINE_END = re.compile(_REFERENCE.pattern + r"(?=[\])]?[ \t]*(?:\n|$))")
_BLANK_LINE = re.compile(r"\n[ \t>]*(?=\n)")
_DASH = re.compile(r"(?:^|\n)[ \t>]*—\s+")
_FOOTNOTE = re.compile(r"(?:^|\n)[ \t>]*\[\^?(\d+)\]:?\s+")
_OPENING = re.compile(r"(?:^|\n)[ \t>]*(?=[\"'“”„‟‘’‚‛«»])")
_BOUNDARY = re.compile(rf"{_REFERENCE.pattern}|\[\^?\d+\]")
_LARGEST_PART = 50_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLOCKS = frozenset(
    "address article blockquote div footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section table td th tr ul".split()
)


@dataclass(frozen=True, slots=True)
class Found:
    """A quotation of a file. Nothing in it is believed before it is compared with a document."""

    words: str
    document_id: str
    start: int
    end: int
    attribution: str
    """Empty where the file gives none."""
    short_hash: str | None
    """None where the form has none."""
    others: tuple[str, ...] = ()
    """What the words may be as well, where marks in the text leave that open."""


def read_quote_file(data: bytes) -> str:
    """The text of a file in UTF-8, or of a Word document with its footnotes.

    Raises:
        CitationInvalid: it is neither.
    """
    try:
        return _word_text(data) if data.startswith(b"PK\x03\x04") else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CitationInvalid(
            f"the file is not UTF-8 (byte {error.start} is 0x{data[error.start]:02x}); save it as UTF-8 text"
        ) from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ElementTree.ParseError, RuntimeError) as error:
        raise CitationInvalid(
            f"the file is no Word document that can be read ({error}); export the conversation again"
        ) from error


def found_in(text: str, documents: Mapping[str, Document]) -> list[Found]:
    """The quotations of a file in any of the exported forms, in order of their references; none where there are none.

    The last reference tells the form of a file that is not JSON.

    Raises:
        CitationInvalid: the file is JSON of an exported form, but not whole.
    """
    if text.lstrip()[:1] in ("{", "["):
        try:
            return list(_in_json(json.loads(text), documents))
        except (json.JSONDecodeError, RecursionError):
            pass  # a text may begin with a bracket
    return _in_text(_visible(text.replace("\r\n", "\n")))


# --- JSON --------------------------------------------------------------------------------------------------------


def _in_json(value: object, documents: Mapping[str, Document]) -> Iterator[Found]:
    """Of annotations, alone or in a list or page; of a conversation; of a batch line."""
    if isinstance(value, list):
        for one in value:
            yield from _in_json(one, documents)
    elif isinstance(value, dict) and value.get("type") == "Annotation":
        yield _annotated(value)
    elif isinstance(value, dict) and "abstained" in value:
        outcome = from_line(value)
        for citation in outcome.citations if isinstance(outcome, Answer) else outcome.nearest:
            yield claimed(citation, documents)
    elif isinstance(value, dict):
        yield from _in_json(value.get("turns", value.get("items", [])), documents)


def claimed(citation: Citation, documents: Mapping[str, Document]) -> Found:
    """What a citation that was read says of itself."""
    document = documents.get(citation.document_id)
    source = attribution(citation, replace(document, title=citation.title) if document else None)
    return Found(citation.quote, citation.document_id, citation.start, citation.end, source, None)


def _annotated(value: Mapping[str, Any]) -> Found:
    try:
        target = value["target"]
        selectors = {selector["type"]: selector for selector in target["selector"]}
        place, digest = selectors["TextPositionSelector"], str(target["source"]["schema:sha256"])
        start, end = int(place["start"]), int(place["end"])
        words = str(selectors["TextQuoteSelector"]["exact"])
        line = str(value["body"]["value"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CitationInvalid(
            f"an annotation lacks what was written into it ({type(error).__name__}: {error}); copy the quotation anew"
        ) from error
    match = _last_reference(line)
    source = line[: match.start()] if match else line
    return Found(words, digest[:16], start, end, source.rstrip(" ·"), match[4] if match else None)


# --- text --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """An attribution with its place, and where the quotation that it belongs to may end."""

    start: int
    text: str
    ends: tuple[int, ...]


def _in_text(text: str) -> list[Found]:
    """From the last reference to the first, since one that stands in another's words or attribution is none."""
    found: list[Found] = []
    references = list(_AT_LINE_END.finditer(text))
    taken: list[range] = []
    for position, match in reversed(list(enumerate(references))):
        if any(match.start() in span for span in taken):
            continue
        line = _attributed(text, match)
        length = int(match[3]) - int(match[2])
        spans = _words(text, line, length, references[position - 1].end() if position else 0)
        if spans[0][1] - spans[0][0] == length:
            taken += [range(line.start, match.start()), *(range(start, end) for start, end in spans)]
        readings = tuple(text[start:end] for start, end in spans)
        found.append(Found(readings[0], match[1], int(match[2]), int(match[3]), line.text, match[4], readings[1:]))
    return found[::-1]


def _attributed(text: str, reference: re.Match[str]) -> _Line:
    """The line that ends in a reference, in either layout."""
    blank = [match.end() for match in _BLANK_LINE.finditer(text, 0, reference.start())]
    begin = blank[-1] if blank else 0
    dashes = list(_DASH.finditer(text, begin, reference.start()))
    footnotes = list(_FOOTNOTE.finditer(text, begin, reference.start()))
    if footnotes and not dashes:
        last = footnotes[-1]
        marks = re.finditer(rf"(?<=\S)\s?\[\^?{last[1]}\]", text[: last.start()])
        start, ends = last.end(), [match.start() for match in marks]
    else:
        start = dashes[-1].end() if dashes else begin
        ends = [len(text[: dash.start()].rstrip(" \t\n>")) for dash in dashes]
    return _Line(start, " ".join(text[start : reference.start()].split()).rstrip(" ·["), tuple(ends))


def _words(text: str, line: _Line, length: int, before: int) -> list[tuple[int, int]]:
    """The ranges of the length that stand in quotation marks, as `quoted` sets them; nearly always one.

    Without any, the range that comes nearest to the length, after whatever precedes; without marks, an empty one.
    """
    last = max(line.ends, default=0)
    starts = [match.end() for match in _OPENING.finditer(text, 0, last)]
    outer = [(start, end) for start, end in product(starts, line.ends) if brings_marks(text, start, end)]
    inner = [_without_marks(text, start, end) for start, end in outer]
    exact = [span for span in dict.fromkeys(outer + inner) if span[1] - span[0] == length]
    if exact:
        return exact
    boundaries = [match.end() for match in _BOUNDARY.finditer(text, 0, last)]
    floor = max([before if before < last else 0, *boundaries])
    near = [span for span in inner if span[0] >= floor] or inner
    return [min(near, key=lambda span: abs(span[1] - span[0] - length), default=(0, 0))]


def _without_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the marks that `quoted` puts around it; as it is where they are its own."""
    put = text[start] + text[end - 1] == "“”" and not brings_marks(text, start + 1, end - 1)
    return (start + 1, end - 1) if put else (start, end)


def _last_reference(text: str) -> re.Match[str] | None:
    return next(reversed(list(_REFERENCE.finditer(text))), None)


# --- what a reader sees ------------------------------------------------------------------------------------------


def _visible(text: str) -> str:
    last = _last_reference(text)
    before, after = (text[: last.start()][-1:], text[last.end() :][:1]) if last else ("", "")
    if before == ">" or after == "<":
        return _html_text(text)
    return _html_text(MarkdownIt("commonmark", {"html": False}).render(text)) if before == "`" else text


class _Text(HTMLParser):
    """The text between tags, a blank line around each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("head", "script", "style")
        if tag == "br" or tag in _BLOCKS:
            self.pieces.append("\n" if tag == "br" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("head", "script", "style")
        if tag in _BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def _html_text(markup: str) -> str:
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return "".join(parser.pieces)


def _word_text(data: bytes) -> str:
    with zipfile.ZipFile(BytesIO(data)) as package:
        names = [
            name
            for name in ("word/document.xml", "word/footnotes.xml")
            if name == "word/document.xml" or name in package.namelist()
        ]
        if any(package.getinfo(name).file_size > _LARGEST_PART for name in names):
            raise CitationInvalid(
                f"the Word document is larger than {_LARGEST_PART} bytes; export the conversation again"
            )
        parts = [ElementTree.fromstring(package.read(name)) for name in names]
    paragraphs = ["".join(_run_texts(paragraph)) for paragraph in parts[0].iter(f"{_WORD}p")]
    notes = [note for part in parts[1:] for note in part.iter(f"{_WORD}footnote")]
    paragraphs += [f"[{note.get(f'{_WORD}id')}] {''.join(_run_texts(note)).strip()}" for note in notes]
    return "\n\n".join(paragraphs)


def _run_texts(element: ElementTree.Element) -> Iterator[str]:
    for part in element.iter():
        match part.tag.removeprefix(_WORD):
            case "t":
                yield part.text or ""
            case "tab":
                yield "\t"
            case "br" | "cr":
                yield "\n"
            case "footnoteReference":
                yield f"[{part.get(f'{_WORD}id')}]"
