"""What can be asked of the service, as plain functions of the assistant, for both of its front ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from rag.answering import Assistant
from rag.citations import cite
from rag.errors import DocumentUnknown, QuestionInvalid
from rag.records import Citation, Document, Hit
from rag.rendering import place
from rag.service import schemas

MOST_PLACES = 50
"""A single word stands everywhere."""
_BEFORE = r"(?<![^\W_])(?<!\d[.,])"
_AFTER = r"(?![^\W_])(?![.,]\d)"
"""Letters and figures that go on, also behind the comma of a number."""


def chosen(assistant: Assistant, ids: Collection[str] | None) -> Collection[str] | None:
    """The ids, every one known.

    Raises:
        DocumentUnknown: one is not in the index.
    """
    for document_id in ids or ():
        document(assistant, document_id)
    return ids


def document(assistant: Assistant, document_id: str) -> Document:
    """The document with the id.

    Raises:
        DocumentUnknown: there is none.
    """
    found = assistant.documents.get(document_id)
    if found is None:
        raise DocumentUnknown(
            f"no document has the id {document_id[:40]!r}; an id changes with the text, GET /documents lists them"
        )
    return found


def search(assistant: Assistant, asked: schemas.Search) -> schemas.Hits:
    """The best passages."""
    hits = assistant.retrieve(asked.question, asked.k, documents=chosen(assistant, asked.documents))
    return schemas.Hits(hits=[_found(hit) for hit in hits])


def _found(hit: Hit) -> schemas.FoundHit:
    chunk = hit.chunk
    names = (f"{leg}_{what}" for leg in ("dense", "lexical", "multilingual") for what in ("rank", "score"))
    return schemas.FoundHit(
        chunk=chunk.id, document=chunk.document_id, section=" › ".join(chunk.section), start=chunk.start, end=chunk.end,
        text=chunk.text, score=hit.score, rank=hit.rank, reader_score=hit.reader_score,
        **{name: getattr(hit, name) for name in names},
    )  # fmt: skip


def verify(assistant: Assistant, asked: schemas.Verify) -> schemas.Verification:
    """What keeps the statement from being shown."""
    found = assistant.verify(asked.statement, asked.quotes)
    violations = [schemas.Violation(kind=one.kind, detail=one.detail) for one in found]
    return schemas.Verification(supported=not found, violations=violations)


def verify_quote(assistant: Assistant, asked: schemas.VerifyQuote) -> schemas.Quotation:
    """Where the quotation stands.

    Raises:
        QuestionInvalid: it is empty.
        DocumentUnknown: the document is not in the index.
    """
    if not asked.quote.strip():
        raise QuestionInvalid("the quotation is empty; give its words")
    named = [document(assistant, asked.document)] if asked.document is not None else assistant.documents.values()
    found = places(asked.quote, list(named))
    return schemas.Quotation(exact=bool(found), places=[_place(one, assistant.documents) for one in found])


def places(quote: str, documents: Sequence[Document]) -> list[Citation]:
    """A citation for each place where the quotation stands in whole words, not overlapping, numbered in order, 50 at most.

    "1,000 police" does not stand in "11,000 police", nor "11" in "11,000".
    """
    whole = re.compile(
        rf"{_BEFORE if _in_word(quote[:1]) else ''}{re.escape(quote)}{_AFTER if _in_word(quote[-1:]) else ''}"
    )
    matches = ((one, match) for one in documents for match in whole.finditer(one.text))
    return [_cited(one, *match.span(), n) for n, (one, match) in enumerate(islice(matches, MOST_PLACES), 1)]


def _in_word(character: str) -> bool:
    return character.isalnum()


def _cited(document: Document, start: int, end: int, number: int) -> Citation:
    touched = [sentence for sentence in document.sentences if sentence.start < end and start < sentence.end]
    return replace(
        cite(document, touched, number), start=start, end=end, quote=document.text[start:end],
        section=document.section_at(start), page=document.page_at(start),
    )  # fmt: skip


def _place(citation: Citation, documents: Mapping[str, Document]) -> schemas.Place:
    return schemas.Place(
        document=citation.document_id, title=citation.title, section=" › ".join(citation.section), start=citation.start,
        end=citation.end, speaker=citation.speaker, page=citation.page, place=place(citation, documents),
    )  # fmt: skip


def line_of(one: Document) -> dict[str, Any]:
    """What a list of documents says of one."""
    names = ("id", "title", "publisher", "published", "authors", "language", "path", "sha256")
    return {**{name: getattr(one, name) for name in names}, "characters": len(one.text)}


def text_of(one: Document) -> schemas.DocumentText:
    """A document with its text."""
    sections = [schemas.Section(path=list(s.path), start=s.start, end=s.end) for s in one.sections]
    return schemas.DocumentText(**line_of(one), text=one.text, sections=sections, pages=list(one.pages))


def readiness(assistant: Assistant) -> schemas.Readiness:
    """What is ready."""
    made = assistant.manifest
    return schemas.Readiness(
        ready=True, fingerprint=made.fingerprint, built=made.built, documents=made.documents, chunks=made.chunks,
        judge=assistant.judge, writer=assistant.writer,
    )  # fmt: skip
