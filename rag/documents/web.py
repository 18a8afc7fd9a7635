"""HTML files to blocks. Only this module knows lxml's HTML parser; nothing that a page refers to is ever fetched.

Left out are scripts, styles, forms, navigation, the page's header, footer and asides, and what is marked as hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from rag.documents.blocks import Block, clean
from rag.errors import CorpusError

_LEFT_OUT = set(
    "head script style noscript template nav aside form button select textarea input iframe object embed svg math canvas audio video "
    "picture map dialog menu".split()
)
_FRAME = {"header", "footer"}
"""Left out of the page, kept inside an article, where they hold its title and byline."""
_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "menu", "menubar"}
_INLINE = set(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q ruby rt rp s samp small span strike strong "
    "sub sup time tt u var wbr".split()
)
_HEADING = re.compile(r"h([1-6])")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEAD = 4096
"""Bytes in which a page may name its encoding; browsers look at 1024, page makers are more generous."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def decode_page(data: bytes, name: str) -> str:
    """The text of an HTML file in the encoding that it names, else UTF-8.

    Raises:
        CorpusError: it is in another encoding than that.
    """
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    declared = _CHARSET.search(data[:_HEAD])
    encoding = marks.get(data[:3]) or marks.get(data[:2]) or (declared[1].decode("ascii") if declared else "utf-8")
    if encoding.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii"):  # what browsers take these names for
        encoding = "windows-1252"
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise CorpusError(f"{name} is not in the encoding {encoding} that it should be in; save it as UTF-8") from error


def read_page(data: bytes, name: str) -> tuple[list[Block], str | None]:
    """Blocks of an HTML file in order, and what the page calls itself; `name` is for messages.

    Raises:
        CorpusError: it is not in its encoding, or there is no HTML in it.
    """
    try:
        root = _parse(decode_page(data, name))
    except (etree.ParserError, ValueError) as error:
        raise CorpusError(
            f"{name} holds no HTML, or nests it too deep; save the page again, or save it as text"
        ) from error
    pieces: list[tuple[str, int]] = []
    title = " ".join((root.findtext(".//title") or "").split())
    _walk(root, pieces)
    return [block for block in _divided(pieces) if block.text], title or None


def _parse(text: str) -> html.HtmlElement:
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # lxml refuses text that says how its bytes were encoded
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    root = html.document_fromstring(bare, parser=parser)
    if any(error.message.startswith("Excessive depth") for error in parser.error_log):  # what stands deeper is lost
        raise ValueError("too deep")
    return root


_END = "\0"
"""Ends a block; it cannot stand in a page, where it would be read as U+FFFD."""


_Part = tuple["html.HtmlElement | str", bool, int]
"""An element or text, whether it is inside an article, and its heading level."""


def _walk(root: html.HtmlElement, pieces: list[tuple[str, int]]) -> None:
    """The text of an element with its heading level, `_END` between blocks. Without recursion: pages nest thousands deep."""
    todo: list[_Part] = [(root, False, 0)]
    while todo:
        item, article, level = todo.pop()
        if isinstance(item, str):
            pieces.append((item, level))
        else:
            todo += reversed(list(_parts(item, article, level)))


def _parts(element: html.HtmlElement, article: bool, level: int) -> Iterator[_Part]:
    """What stands in an element, in order: texts and elements."""
    tag = element.tag
    article = article or tag in ("article", "main")
    heading = _HEADING.fullmatch(tag)
    own = int(heading[1]) if heading else level
    around = "" if tag in _INLINE else "\n" if tag == "br" else _END
    cell = tag in ("td", "th")
    if cell:
        around = " | " if element.getprevious() is not None else ""
    yield around, article, own
    yield element.text or "", article, own
    for child in element:
        if not _is_left_out(child, article):
            yield child, article, own
        yield child.tail or "", article, own
    if not cell:
        yield around, article, own


def _is_left_out(element: html.HtmlElement, article: bool) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or tag in _LEFT_OUT or (tag in _FRAME and not article):
        return True
    if element.get("role") in _ROLES or element.get("aria-hidden") == "true" or "hidden" in element.attrib:
        return True
    return bool(_HIDDEN.search(element.get("style", "")))


def _divided(pieces: list[tuple[str, int]]) -> Iterator[Block]:
    characters: list[tuple[str, int]] = []
    level = 0
    for text, own in [*pieces, (_END, 0)]:
        if text == _END:
            cleaned = clean(characters)
            yield Block("".join(c for c, _ in cleaned), (-1,) * len(cleaned), level, 1)
            characters, level = [], 0
            continue
        if text.strip():
            level = max(level, own)
        characters += [(c if text == "\n" else " " if c.isspace() else c, -1) for c in text]
