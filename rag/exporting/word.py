"""A conversation as a Word document with real footnotes. Apart from the package's front, since python-docx takes time to import."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from rag.exporting.attributed import quoted
from rag.exporting.conversation import Block, Conversation, Note, blocks, described, notes, program
from rag.exporting.escaping import shown

_STYLES = {"question": "Heading 2", "quotation": "Quote", "withheld": "List Bullet"}
_NOTE_TEXT, _NOTE_MARK = "footnote text", "footnote reference"
_SEPARATORS = {-1: "separator", 0: "continuationSeparator"}
"""Word wants these two before the footnotes proper, whose ids here are their numbers."""


def to_docx(conversation: Conversation) -> bytes:
    """The conversation as DOCX; its footnotes are Word's own, and a sentence that rests on a quotation links to it."""
    word = docx.Document()
    _add_styles(word)
    core = word.core_properties
    core.title, core.author, core.comments = shown(conversation.title)[:255], program(), ""
    word.add_heading(shown(conversation.title), 0)
    word.add_paragraph(shown(conversation.facts))
    for block in blocks(conversation):
        _add_block(word, block)
    for document in conversation.cited:
        word.add_paragraph(f"{described(document)} · SHA-256 {document.sha256}", "List Bullet")
    _add_footnotes(word, notes(conversation))
    stream = BytesIO()
    word.save(stream)
    return stream.getvalue()


def _add_styles(word: WordDocument) -> None:
    """The template has none for footnotes."""
    text = word.styles.add_style(_NOTE_TEXT, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    text.font.size = Pt(9)
    mark = word.styles.add_style(_NOTE_MARK, WD_STYLE_TYPE.CHARACTER, builtin=True)
    mark.font.superscript = True


def _add_block(word: WordDocument, block: Block) -> None:
    paragraph = word.add_paragraph(style=_STYLES.get(block.kind))
    run = paragraph.add_run(shown(quoted(block.text) if block.kind == "quotation" else block.text))
    run.bold = True if block.kind == "verdict" else None
    run.italic = True if block.kind in ("label", "writer") else None
    for number in block.notes:
        if block.kind == "quotation":
            _add_reference(paragraph, number)
        else:
            _add_link(paragraph, number)


def _add_reference(paragraph: Paragraph, number: int) -> None:
    """The mark of a footnote, and a bookmark over it."""
    run = paragraph.add_run(style=_NOTE_MARK)
    run._r.append(_element("w:footnoteReference", id=number))
    run._r.addprevious(_element("w:bookmarkStart", id=number, name=f"quotation_{number}"))
    run._r.addnext(_element("w:bookmarkEnd", id=number))


def _add_link(paragraph: Paragraph, number: int) -> None:
    """The number of a quotation, which may have only one mark of its footnote."""
    run = paragraph.add_run(f"[{number}]", _NOTE_MARK)
    link = _element("w:hyperlink", anchor=f"quotation_{number}")
    run._r.addprevious(link)
    link.append(run._r)


def _add_footnotes(word: WordDocument, footnotes: Sequence[Note]) -> None:
    root = _element("w:footnotes")
    for number, kind in _SEPARATORS.items():
        root.append(_footnote(number, _run(_element(f"w:{kind}")), type=kind))
    text, mark = (word.styles[name].style_id for name in (_NOTE_TEXT, _NOTE_MARK))
    for note in footnotes:
        said = _element("w:t")
        said.text = f"\N{NO-BREAK SPACE}{note.attribution} · {note.reference}"
        own = _run(_element("w:rPr", _element("w:rStyle", val=mark)), _element("w:footnoteRef"))
        style = _element("w:pPr", _element("w:pStyle", val=text))
        root.append(_footnote(note.number, style, own, _run(said)))
    name, kind = PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES
    part = Part(name, kind, serialize_part_xml(root), word.part.package)
    word.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def _footnote(number: int, *content: BaseOxmlElement, **attributes: str) -> BaseOxmlElement:
    return _element("w:footnote", _element("w:p", *content), id=number, **attributes)


def _run(*content: BaseOxmlElement) -> BaseOxmlElement:
    return _element("w:r", *content)


def _element(tag: str, *content: BaseOxmlElement, **attributes: object) -> BaseOxmlElement:
    element = OxmlElement(tag, {qn(f"w:{name}"): str(value) for name, value in attributes.items()})
    element.extend(content)
    return element
