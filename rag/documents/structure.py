"""Blocks to structure: which are body, headings, captions, contents and credits, and which were one paragraph.

The rules, in the order in which they apply (a *short* block is one line of at most 120 characters that does not end like a sentence):

1. A block that is the word "Contents", and the blocks behind it whose lines end in page numbers, are a contents list.
2. In plain text, everything before a contents list near the start is title or credits.
3. A paragraph that does not end like a sentence is continued by the next one if that starts with a small letter: a page break.
4. In plain text, a run of short blocks that holds a bare web address or a "Sources:" line is what a lost figure left behind:
   caption, up to the last such line. So is a run of short blocks with nothing after it.
5. In plain text, every other short block is a heading; one followed by two or more empty lines opens a chapter (level 1), else a
   section (level 2). In Markdown, headings are those that are marked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby

from rag.documents.blocks import Block
from rag.records import Kind

_SENTENCE_END = re.compile(r"[.!…:;][\"'”’»)\]]*$|[\"”»]$")
_CONTENTS_TITLE = re.compile(r"(table of )?contents|índice|contenido", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(^|[\s.])\d{1,3}$")
_ADDRESS = re.compile(
    r"\S*(https?://|www\.)\S+|[\w-]+(\.[\w-]+)*\.(com|org|net|info|gov|edu|[a-z]{2})(/\S*)?", re.IGNORECASE
)
_SOURCES = re.compile(r"(sources?|fuentes?|photo|foto|credit|graphic|figure)s?\s*:", re.IGNORECASE)
_BYLINE = re.compile(
    r"(?i:by|por) [A-ZÁÉÍÓÚÑ][^.]*$|(?i:authors?|autores|editors?|editing|written by|published|date)\b.*:|(19|20)\d\d$"
    r"|[A-Z][a-zé]+ (\d{1,2}, )?(19|20)\d\d$"
)
_FRONT = 40
_SHORT = 120


@dataclass(frozen=True, slots=True)
class Part:
    """A block and what it is."""

    block: Block
    kind: Kind
    level: int = 0
    """Of a heading, from 1."""


def classify(blocks: list[Block], title: str, *, markdown: bool) -> list[Part]:
    """Parts of the document in order, continued paragraphs joined."""
    parts = [Part(block, "heading" if block.level else "body", block.level) for block in blocks]
    parts = _mark_contents(parts)
    if not markdown:
        parts = _join_page_breaks(_mark_front(parts, title))
        parts = [part for run in _runs(parts) for part in _mark_run(run, followed=run[-1] is not parts[-1])]
    else:
        parts = [replace(p, kind="caption") if p.kind == "body" and _is_figure_line(p.block.text) else p for p in parts]
        parts = _join_page_breaks(parts)
    parts = [replace(p, kind="title") if p.kind == "heading" and _same(p.block.text, title) else p for p in parts]
    if not any(part.kind == "body" for part in parts):  # a note of a line or two
        parts = [replace(p, kind="body", level=0) if p.kind in ("heading", "caption") else p for p in parts]
    return parts


def _same(text: str, title: str) -> bool:
    return text.casefold() == title.casefold()


def _is_short(part: Part) -> bool:
    text = part.block.text
    return part.kind == "body" and len(text) <= _SHORT and "\n" not in text and not _SENTENCE_END.search(text)


def _is_figure_line(text: str) -> bool:
    return bool(_ADDRESS.fullmatch(text) or _SOURCES.match(text))


def _is_contents(block: Block) -> bool:
    return bool(_CONTENTS_TITLE.fullmatch(block.text))


def _mark_contents(parts: list[Part]) -> list[Part]:
    marked: list[Part] = []
    for part in parts:
        inside = bool(marked) and marked[-1].kind == "contents"
        listed = inside and any(_PAGE_NUMBER.search(line) for line in part.block.lines)
        marked.append(replace(part, kind="contents") if _is_contents(part.block) or listed else part)
    return marked


def _mark_front(parts: list[Part], title: str) -> list[Part]:
    """Title and credits: what stands before the contents list, or the byline under the title."""
    contents = next((i for i, part in enumerate(parts[:_FRONT]) if part.kind == "contents"), None)
    end = contents if contents is not None else 0
    if contents is None:
        while end < len(parts) and (_same(parts[end].block.text, title) or _is_byline(parts[end])):
            end += 1
    kinds: list[Kind] = ["title" if _same(part.block.text, title) else "credits" for part in parts[:end]]
    return [replace(p, kind=kind) for p, kind in zip(parts, kinds, strict=False)] + parts[end:]


def _is_byline(part: Part) -> bool:
    return len(part.block.text) <= _SHORT and bool(_BYLINE.match(part.block.text))


def _runs(parts: list[Part]) -> list[list[Part]]:
    """Neighbouring parts, short ones together and others together."""
    return [
        list(run)
        for _, run in groupby(parts, key=lambda p: _is_short(p) or (p.kind == "body" and _is_figure_line(p.block.text)))
    ]


def _mark_run(run: list[Part], *, followed: bool) -> list[Part]:
    if not (_is_short(run[0]) or _is_figure_line(run[0].block.text)) or run[0].kind != "body":
        return run
    figure = max((i for i, part in enumerate(run) if _is_figure_line(part.block.text)), default=-1)
    captions = figure + 1 if followed else len(run)
    return [
        replace(part, kind="caption")
        if i < captions
        else replace(part, kind="heading", level=1 if part.block.blank_lines >= 2 else 2)
        for i, part in enumerate(run)
    ]


def _join_page_breaks(parts: list[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and _continues(last, part):
            joined[-1] = replace(last, block=last.block.joined(part.block))
        else:
            joined.append(part)
    return joined


def _continues(last: Part, part: Part) -> bool:
    if last.kind != "body" or part.kind != "body" or last.block.blank_lines == 0 or _is_figure_line(part.block.text):
        return False
    return (
        len(last.block.text) > _SHORT / 2 and not _SENTENCE_END.search(last.block.text) and part.block.text[0].islower()
    )
