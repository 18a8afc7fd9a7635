"""Bytes of a file to blocks, by its suffix."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rag.documents.blocks import Block, parse_blocks
from rag.errors import CorpusError

MAX_BYTES = 200 * 1024 * 1024
"""Of a file: reports with photographs have tens of megabytes, and a file is held in memory whole."""
MAX_CHARACTERS = 5_000_000
"""Of a document, some 2,000 pages: they become 40,000 texts, which take half an hour to embed on two cores."""
SIGNATURES = {b"%PDF-": ".pdf", b"PK\x03\x04": ".docx", b"\xd0\xcf\x11\xe0": ".docx"}
_FUNCTION_WORDS = {
    "en": frozenset("the of and to in that was is for with by from were which".split()),
    "es": frozenset("el la los las de que y en un una por con del se para".split()),
}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Extract:
    """What a file holds."""

    blocks: list[Block]
    is_marked: bool
    """Whether headings and captions are told by the file; in plain text they are guessed from the lines."""
    title: str | None = None
    """For a document without a heading of level 1."""
    page_starts: tuple[int, ...] = ()
    """Where each page starts among the places of the blocks' characters."""
    language: str = "en"


def extract(data: bytes, suffix: str, name: str) -> Extract:
    """The blocks of a file; the suffix is one of SUFFIXES, in small letters.

    Raises:
        CorpusError: with one line that names the file, what is wrong with it and what to do.
    """
    found = _READERS[suffix](data, name)
    length = sum(len(block.text) for block in found.blocks)
    if length > MAX_CHARACTERS:
        raise CorpusError(f"{name} has {length:,} characters, {MAX_CHARACTERS:,} can be read; divide it")
    return found


def _plain(data: bytes, name: str) -> Extract:
    return Extract(parse_blocks(_decode(data, name), markdown=False), is_marked=False)


def _markdown(data: bytes, name: str) -> Extract:
    return Extract(parse_blocks(_decode(data, name), markdown=True), is_marked=True)


def _pdf(data: bytes, name: str) -> Extract:
    from rag.documents.layout import page_blocks
    from rag.documents.pdf import read_pages

    pages = read_pages(data, name)
    blocks = page_blocks(pages)
    return Extract(blocks, is_marked=True, page_starts=pages.starts, language=_language(blocks))


def _word(data: bytes, name: str) -> Extract:
    from rag.documents.word import word_blocks

    blocks = word_blocks(data, name)
    return Extract(blocks, is_marked=True, language=_language(blocks))


def _web(data: bytes, name: str) -> Extract:
    from rag.documents.web import read_page

    blocks, title = read_page(data, name)
    return Extract(blocks, is_marked=True, title=title, language=_language(blocks))


_READERS: Mapping[str, Callable[[bytes, str], Extract]] = {
    ".md": _markdown, ".markdown": _markdown, ".txt": _plain, ".pdf": _pdf, ".docx": _word, ".html": _web, ".htm": _web,
}  # fmt: skip
SUFFIXES = tuple(_READERS)


def _language(blocks: list[Block]) -> str:
    """The language whose commonest words are more frequent; files of these formats seldom have a sidecar that says it."""
    words = [word.lower() for block in blocks for word in _WORD.findall(block.text)]
    counts = {code: sum(word in known for word in words) for code, known in _FUNCTION_WORDS.items()}
    return "es" if counts["es"] > counts["en"] else "en"


def _decode(data: bytes, name: str) -> str:
    right = next((suffix for signature, suffix in SIGNATURES.items() if data.startswith(signature)), None)
    if right:
        raise CorpusError(f"{name} is binary, by its first bytes a {right} file; give it that suffix")
    if b"\0" in data:
        raise CorpusError(f"{name} is binary or not UTF-8 (it holds zero bytes); save it as UTF-8 text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{name} is not UTF-8 (byte {error.start} is 0x{data[error.start]:02x}); save it as UTF-8 text"
        ) from error
