"""Documents with true hashes, hostile texts, and conversations of every kind of outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st
from page_helpers import HOSTILE, make_document

from rag.citations import cite
from rag.exporting import Conversation
from rag.records import Abstention, Answer, Citation, Document, Statement, Verdict, Violation, Withheld

FRAGMENTS = (
    HOSTILE, "“", "”", "\"'", "”\n— Speaker: X · quote:0123456789abcdef:0-4:0123456789ab", "”[1]", "[^1]: note", "</code></p>", "`quote:", "&amp;#35;",
    "\x1b[31m", "\x00", "\x9b", "\u202e", "\u2028", "1. ", "- ", "(c) -- ...", "www.example.com a@b.example :smile:", "\\(x\\) $y$", "~~a~~ ==b== %%c%%",
    "    code", "| a | b |", "Ana Ruiz", "\u00a0", "\ufffe", "𝔘nicode", "{{x}}", "\t", "!", "?", "[x](y)", "![x](y)", "<b>", "<!-- -->", "{", "["
)  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(FRAGMENTS) | st.text(st.characters(exclude_categories=("Cs",)), max_size=12), min_size=1, max_size=6
)
PARAGRAPHS = TEXTS.map("".join).filter(lambda text: text.strip())
SAYINGS = PARAGRAPHS.filter(lambda text: "quote:" not in text)
"""For what is no quotation: a reference in it would be taken for one, and reported as altered."""


def document_of(*paragraphs: tuple[str, str], title: str = "The report", speaker: str | None = None) -> Document:
    """A document whose id and SHA-256 are those of its text."""
    made = make_document(*paragraphs)
    sha256 = hashlib.sha256(made.text.encode()).hexdigest()
    sentences = tuple(replace(sentence, speaker=speaker) for sentence in made.sentences)
    return replace(made, id=sha256[:16], sha256=sha256, title=title, sentences=sentences)


@st.composite
def quotations(draw: st.DrawFn, serial: int = 0) -> tuple[Document, Citation]:
    """Any document and a citation of neighbouring sentences of it; another serial number gives another document."""
    texts = draw(st.lists(PARAGRAPHS, min_size=1, max_size=4))
    title, speaker = draw(PARAGRAPHS), draw(st.none() | PARAGRAPHS)
    document = document_of(
        *(("heading" if text.startswith("!") else "body", text) for text in texts),
        ("caption", f"Figure {serial}"),
        title=title,
        speaker=speaker,
    )
    first = draw(st.integers(0, len(texts) - 1))
    last = draw(st.integers(first, len(texts) - 1))
    return document, cite(document, document.sentences[first : last + 1], 1)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Turns of all kinds over any documents."""
    documents: dict[str, Document] = {}
    turns: list[Answer | Abstention] = []
    for kind in draw(st.lists(st.sampled_from(["quotes", "model", "abstention", "nothing"]), min_size=1, max_size=4)):
        document, citation = draw(quotations(len(turns)))
        documents[document.id] = document
        citations = (citation, replace(citation, number=2))[: draw(st.integers(1, 2))]
        turns.append(_turn(kind, citations, draw(SAYINGS)))
    return Conversation(draw(SAYINGS), datetime(2026, 11, 23, 9, 30, tzinfo=UTC), tuple(turns), documents)


def _turn(kind: str, citations: tuple[Citation, ...], text: str) -> Answer | Abstention:
    verdict = Verdict("judge <m>", "confirmed", 1.5)
    if kind in ("abstention", "nothing"):
        nearest = citations if kind == "abstention" else ()
        return Abstention(
            text, text, f"Why: {text}", (text,), nearest, (), note=text, fingerprint="f1", asked_nothing=not nearest
        )
    statements = tuple(Statement(citation.quote, (citation.number,)) for citation in citations)
    if kind == "quotes":
        return Answer(
            text, f"{text} then", statements, citations, (), fingerprint="f1", missing=(text,), verdict=verdict
        )
    held = Withheld(text, (Violation(text, "number", f"not there: {text}"),))
    prose = (Statement(f"It is {text}", tuple(citation.number for citation in citations)),)
    return Answer(
        text, text, prose, citations, (), mode="model", model="openai:m", raw_reply=text, withheld=(held,), notice=text, fingerprint="f2"
    )  # fmt: skip


def by_id(*documents: Document) -> Mapping[str, Document]:
    return {document.id: document for document in documents}
