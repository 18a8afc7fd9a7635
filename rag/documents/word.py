"""DOCX files to blocks. Only this module knows python-docx.

Read are paragraphs, list items, table rows and notes, inserted and hyperlinked text with the rest. Left out are deleted text, comments,
page headers and footers, and the second copy that Word keeps of a text box.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.styles.style import ParagraphStyle
from lxml import etree

from rag.documents.blocks import Block, clean
from rag.errors import CorpusError

MAX_UNPACKED = 300 * 1024 * 1024
"""Bytes of all parts together; a report with hundreds of photographs stays below, a zip bomb does not."""
MAX_PARTS = 10_000
_HEADING = re.compile(r"heading ([1-6])$", re.IGNORECASE)
_NOTES = ("footnotes", "endnotes")
_SKIPPED = {qn(name) for name in ("w:del", "w:moveFrom", "w:instrText", "w:delText")} | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
_CHARACTERS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_PARAGRAPH, _ROW, _CELL, _TEXT = qn("w:p"), qn("w:tr"), qn("w:tc"), qn("w:t")


def word_blocks(data: bytes, name: str) -> list[Block]:
    """Blocks of a DOCX file in order, notes last; `name` is for messages.

    Raises:
        CorpusError: the file is no DOCX, damaged, encrypted, or unpacks to far more than a document does.
    """
    _check_archive(data, name)
    try:
        document = docx.Document(io.BytesIO(data))
        bodies = [document.element.body, *_notes(document)]
        return [block for body in bodies for block in _blocks(body, _levels(document))]
    except (OpcError, KeyError, ValueError, OSError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError) as error:
        raise CorpusError(f"{name} is damaged or no Word document; open and save it again as .docx") from error


def _check_archive(data: bytes, name: str) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # an OLE container: what encrypted DOCX files and old DOC files are
        raise CorpusError(f"{name} is encrypted or an old .doc file; save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CorpusError(
            f"{name} is damaged, cut off or no Word document; get it again, or save it as text"
        ) from error
    unpacked = sum(part.file_size for part in parts)  # zipfile never unpacks more of a part than it declares
    if unpacked > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise CorpusError(
            f"{name} unpacks to {unpacked / 2**20:,.0f} MB in {len(parts):,} parts, {MAX_UNPACKED / 2**20:,.0f} MB in {MAX_PARTS:,} "
            "are allowed; take out its pictures"
        )


def _notes(document: WordDocument) -> Iterator[etree._Element]:
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.rpartition("/")[2] in _NOTES:
            yield etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))


def _levels(document: WordDocument) -> dict[str, int]:
    """Heading level by the id of a paragraph style; a style that is based on a heading is one."""
    levels = {}
    for style in document.styles:
        base = style
        while isinstance(base, ParagraphStyle):
            if found := _HEADING.match(base.name or ""):
                levels[style.style_id] = int(found[1])
            elif (base.name or "").casefold() == "title":
                levels[style.style_id] = 1
            if style.style_id in levels or base.base_style is base:
                break
            base = base.base_style
    return levels


def _blocks(body: etree._Element, levels: dict[str, int]) -> Iterator[Block]:
    for element in _units(body):
        if element.tag == _ROW:
            cells = (" ".join(_text(p) for p in _paragraphs(cell)) for cell in element.iterchildren(_CELL))
            block = _block(" | ".join(text for text in (cell.strip() for cell in cells) if text), 0)
        else:
            block = _block(_text(element), _level(element, levels))
        if block.text:
            yield block


def _units(element: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and table rows in order, with those inside content controls and text boxes."""
    for child in element.iterchildren():
        if child.tag in _SKIPPED:
            continue
        if child.tag in (_PARAGRAPH, _ROW):
            yield child
        if child.tag != _ROW:
            yield from _units(child)


def _paragraphs(cell: etree._Element) -> Iterator[etree._Element]:
    return (paragraph for paragraph in cell.iter(_PARAGRAPH))


def _level(paragraph: etree._Element, levels: dict[str, int]) -> int:
    properties = paragraph.find(qn("w:pPr"))
    if properties is None:
        return 0
    style, outline = properties.find(qn("w:pStyle")), properties.find(qn("w:outlineLvl"))
    if outline is not None and (value := outline.get(qn("w:val"), "9")).isdecimal():
        return int(value) + 1 if int(value) < 6 else 0
    return levels.get(style.get(qn("w:val"), ""), 0) if style is not None else 0


def _text(element: etree._Element) -> str:
    """What a paragraph shows, without that of paragraphs inside it, which stand for themselves."""
    pieces = []
    for child in element.iterchildren():
        if child.tag == _TEXT:
            pieces.append(child.text or "")
        elif child.tag in _CHARACTERS:
            pieces.append(_CHARACTERS[child.tag])
        elif child.tag not in _SKIPPED and child.tag not in (_PARAGRAPH, qn("w:pPr")):
            pieces.append(_text(child))
    return "".join(pieces)


def _block(text: str, level: int) -> Block:
    cleaned = clean([(character, -1) for character in text])
    return Block("".join(character for character, _ in cleaned), (-1,) * len(cleaned), level, 1)
