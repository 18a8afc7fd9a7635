"""A conversation as Markdown with footnotes."""

from __future__ import annotations

from rag.exporting.attributed import quoted
from rag.exporting.conversation import Block, Conversation, Note, blocks, described, notes
from rag.exporting.escaping import in_markdown
from rag.records import Document

_SHAPES = {"question": "## {}", "quotation": "> {}", "verdict": "**{}**", "label": "*{}*", "withheld": "- {}"}
"""By kind; the others are paragraphs."""


def to_markdown(conversation: Conversation) -> str:
    """The conversation in CommonMark with footnotes `[^1]`; none of its text is interpreted."""
    parts = [f"# {in_markdown(conversation.title.strip())}", in_markdown(conversation.facts)]
    parts += [_block(block) for block in blocks(conversation)]
    parts += ["---", *map(_source, conversation.cited)] if conversation.cited else []
    return "\n\n".join([*parts, *map(_note, notes(conversation))]) + "\n"


def _block(block: Block) -> str:
    text = quoted(block.text) if block.kind == "quotation" else block.text.strip()
    marks = "".join(f"[^{number}]" for number in block.notes)
    return _SHAPES.get(block.kind, "{}").format(in_markdown(text)) + marks


def _note(note: Note) -> str:
    return f"[^{note.number}]: {in_markdown(note.attribution)} · `{note.reference}`"


def _source(document: Document) -> str:
    return f"- {in_markdown(described(document))} · SHA-256 `{document.sha256}`"
