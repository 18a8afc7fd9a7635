"""A conversation as a file to take away, and back from its JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rag.answering.verifying import enforce
from rag.exporting import Conversation, Imported, imported, to_html, to_json, to_markdown
from rag.page.session import Session, history
from rag.records import Document

FORMS: Mapping[str, tuple[str, str]] = {
    "markdown": ("md", "text/markdown"),
    "html": ("html", "text/html"),
    "docx": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "json": ("json", "application/json"),
}
"""Of each form the ending of its files and their type."""


@dataclass(frozen=True, slots=True)
class File:
    """What the browser saves."""

    name: str
    type: str
    data: str
    """In base 64."""
    left_out: int
    """Turns that are not in it: they have no outcome yet, failed, or no longer stand."""


def taken(session: Session, form: str, documents: Mapping[str, Document], now: datetime) -> File | None:
    """The conversation in one of `FORMS`; None where there is nothing to take."""
    turns = tuple(history(session.turns))
    if not turns or form not in FORMS:
        return None
    ending, kind = FORMS[form]
    content = _written(Conversation(turns[0].question, now, turns, documents), form)
    name = f"report-chat-{now:%Y-%m-%d-%H%M}.{ending}"
    return File(name, kind, base64.b64encode(content).decode(), len(session.turns) - len(turns))


def brought(text: str, documents: Mapping[str, Document]) -> Imported:
    """The turns of an exported conversation, each quotation and each sentence checked again.

    Raises:
        CitationInvalid: the text is no exported conversation.
    """
    return imported(text, documents, check=enforce)


def _written(conversation: Conversation, form: str) -> bytes:
    if form == "docx":
        from rag.exporting.word import to_docx  # its library is read only by those who want it

        return to_docx(conversation)
    write = {"markdown": to_markdown, "html": to_html, "json": to_json}[form]
    return write(conversation).encode()
