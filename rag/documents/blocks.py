"""File text to blocks: markup removed, every remaining character traced to its place in the file.

What is removed, in both formats: emphasis marks (`**`, `*`, `_`), backslashes before punctuation, control and
zero-width characters, soft hyphens and byte-order marks. Runs of white space become one space. In Markdown also: heading, list,
quote and table marks, link targets, images, comments and tags. Nothing is added but the spaces between joined lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NEWLINE = re.compile(r"\r\n?|\n")
_FIGURES = re.compile(r"(?<=\d)\*(?=\d)")
"""A multiplication, which CommonMark would read as emphasis: 2*3*4."""
_AFTER_LINK = re.compile(r"\]\((?:[^()\\\"']|\\.|\([^()]*\)|\"[^\"]*\"|'[^']*')*\)|\]\[[^\]]*\]|\]|>")
_IMAGE = re.compile(r"!\[[^\]]*" + _AFTER_LINK.pattern.rpartition("|")[0].join(("(?:", ")")))
_TAGS = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_BULLET = re.compile(r"[-*•·▪◦–]\s+\S")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row."""

    text: str
    """White space collapsed to single spaces; a line break of the file stays a newline."""
    sources: tuple[int, ...]
    """For each character its offset in the file, or -1 where a space was put in."""
    level: int
    """1 to 6 for a marked heading, else 0."""
    blank_lines: int
    """Empty lines after it in the file."""

    @property
    def lines(self) -> list[str]:
        """The lines of the block."""
        return self.text.split("\n")

    def joined(self, other: Block) -> Block:
        """This block continued by another, with a space between."""
        return Block(f"{self.text} {other.text}", (*self.sources, -1, *other.sources), self.level, other.blank_lines)


def parse_blocks(text: str, *, markdown: bool) -> list[Block]:
    """Blocks of a file in order.

    Plain text knows only emphasis and escapes, since a line may well start with `#`, `1.` or four spaces there.
    """
    parser = (
        MarkdownIt("commonmark").enable("table")
        if markdown
        else MarkdownIt("zero").enable(["emphasis", "escape", "newline"])
    )
    parser.disable("text_join")  # keeps escapes apart from text, so that each piece stands in the file as it is
    starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
    text = text.replace("\ufeff", " ", 1) if text.startswith("\ufeff") else text
    plain = _FIGURES.sub("\N{ASTERISK OPERATOR}", text)  # same length; put back from the file's characters below
    blocks: list[Block] = []
    for pieces, level, lines in _pieces(parser.parse(plain), plain, starts):
        after = next((n for n in range(lines, len(starts)) if _line(text, starts, n).strip()), len(starts))
        pieces = [(text[source] if source >= 0 else character, source) for character, source in pieces]
        for characters in _lines_with_bullets(clean(pieces)):
            if characters:
                body = "".join(character for character, _ in characters)
                blocks.append(Block(body, tuple(source for _, source in characters), level, after - lines))
    return blocks


def _line(text: str, starts: list[int], number: int) -> str:
    end = starts[number + 1] if number + 1 < len(starts) else len(text)
    return text[starts[number] : end]


Characters = list[tuple[str, int]]
"""Each with its place in the file, or -1."""


def _pieces(tokens: list[Token], text: str, starts: list[int]) -> Iterator[tuple[Characters, int, int]]:
    """Characters of each block with their places, its heading level and the line after it."""
    level = 0
    row: Characters | None = None
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row:
            yield row, 0, token.map[1] if token.map else 0
            row = None
        elif token.type in ("fence", "code_block", "html_block") and token.map:
            yield _verbatim(token, text, starts[token.map[0]]), 0, token.map[1]
        elif token.type == "inline" and token.map:
            characters = _inline(token, text, starts[token.map[0]] if row is None or not row else row[-1][1] + 1)
            if row is None:
                yield characters, level, token.map[1]
                level = 0
            else:
                row += [(" ", -1), ("|", -1), (" ", -1), *characters] if row else characters


def _verbatim(token: Token, text: str, position: int) -> Characters:
    """Characters of a code block, or of an HTML block without its tags."""
    if token.type != "html_block":
        found = text.find(token.content.split("\n", 1)[0], position)
        return _place(token.content, text, max(found, 0))
    cuts = [match.span() for match in _TAGS.finditer(text, position, position + len(token.content))]
    starts = [position, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), position + len(token.content)]
    outside = [[(text[i], i) for i in range(a, b)] for a, b in zip(starts, ends, strict=True)]
    return [character for piece in outside for character in [*piece, (" ", -1)]]


def _place(content: str, text: str, position: int) -> Characters:
    """Each character of the content with its offset, looked for forward from the position."""
    placed: Characters = []
    for character in content:
        found = text.find(character, position)
        placed.append((character, found))
        position = found + 1 if found >= 0 else position
    return placed


def _inline(token: Token, text: str, position: int) -> Characters:
    characters: Characters = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            characters.append(("\n", -1))
        elif child.type == "link_close":
            after = _AFTER_LINK.match(text, position)
            position = after.end() if after else position
        elif child.type == "image":
            image = _IMAGE.search(text, position)
            position = image.end() if image else position
        elif child.type in ("text", "text_special", "code_inline") and child.content:
            source = child.markup if child.type == "text_special" else child.content
            found = text.find(source, position)
            exact = found >= 0 and source.endswith(child.content)
            offset = found + len(source) - len(child.content)
            characters += [(c, offset + i if exact else -1) for i, c in enumerate(child.content)]
            position = found + len(source) if found >= 0 else position
    return characters


def clean(characters: Characters) -> Characters:
    """Without invisible characters, white space collapsed, none at the ends."""
    cleaned: Characters = []
    for character, source in characters:
        if character.isspace():
            character = "\n" if character == "\n" else " "
            if cleaned and cleaned[-1][0].isspace():
                if character == "\n":
                    cleaned[-1] = (character, source)
                continue
        elif unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co"):
            continue
        cleaned.append((character, source))
    while cleaned and cleaned[-1][0].isspace():
        cleaned.pop()
    return cleaned[1:] if cleaned and cleaned[0][0].isspace() else cleaned


def _lines_with_bullets(characters: Characters) -> Iterator[Characters]:
    """The block, divided before each line that starts with a bullet."""
    text = "".join(character for character, _ in characters)
    cuts = [m.start() + 1 for m in re.finditer(r"\n", text) if _BULLET.match(text, m.end())]
    for start, end in zip([0, *cuts], [*cuts, len(characters)], strict=True):
        yield clean(characters[start:end])
