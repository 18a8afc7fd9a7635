"""Citation enforcement: what is shown is the document's own characters, or it is not shown.

Markers are written `[1]`, one or several behind each statement; this module defines them for writing and for checking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.errors import CitationInvalid
from rag.records import Abstention, Answer, Citation, Document, Sentence, Statement, Violation


def marker(number: int) -> str:
    """How a citation is marked in text.

    >>> marker(2)
    '[2]'
    """
    return f"[{number}]"


def cite(document: Document, sentences: Sequence[Sentence], number: int) -> Citation:
    """A citation of neighbouring sentences, from the start of the first to the end of the last."""
    start, end = sentences[0].start, sentences[-1].end
    speakers = {s.speaker for s in sentences}
    return Citation(
        number,
        document.id,
        document.title,
        document.section_at(start),
        start,
        end,
        document.text[start:end],
        speakers.pop() if len(speakers) == 1 else None,
        page=document.page_at(start),
    )


def violations(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    documents: Mapping[str, Document],
    *,
    verbatim: bool = True,
) -> list[Violation]:
    """What is wrong with an answer; empty when every statement is exactly what it cites.

    A statement must cite at least one number, each number must be a citation, each citation's quote must be
    `document.text[start:end]`, and the statement itself must be one of the quotes that it cites, if `verbatim`.
    """
    found = [Violation(c.quote, "quote-altered", problem) for c in citations if (problem := _broken(c, documents))]
    by_number = {citation.number: citation for citation in citations}
    if len(by_number) < len(citations):
        found.append(Violation("", "unknown-citation", "two citations have the same number"))
    for statement in statements:
        if not statement.citations:
            found.append(Violation(statement.text, "uncited", "it cites nothing"))
        unknown = [number for number in statement.citations if number not in by_number]
        if unknown:
            found.append(Violation(statement.text, "unknown-citation", f"there is no citation {marker(unknown[0])}"))
        elif (
            verbatim
            and statement.citations
            and all(by_number[number].quote != statement.text for number in statement.citations)
        ):
            found.append(Violation(statement.text, "quote-altered", "it is not the text that it cites"))
    return found


def enforce(outcome: Answer | Abstention, documents: Mapping[str, Document]) -> None:
    """Return only if everything that would be shown is exact; whether a model's words are carried is not this function's matter.

    Raises:
        CitationInvalid: with every violation; the outcome must not be shown.
    """
    if isinstance(outcome, Answer):
        found = violations(outcome.statements, outcome.citations, documents, verbatim=outcome.mode == "quotes")
        if not outcome.statements:
            found.append(Violation("", "uncited", "the answer has no statement"))
    else:
        found = violations((), outcome.nearest, documents)
    if found:
        raise CitationInvalid("; ".join(f"{v.kind}: {v.detail} ({v.statement[:80]!r})" for v in found))


def check_quotes(quotes: Sequence[str], documents: Mapping[str, Document]) -> list[Violation]:
    """A violation for each quote that is not in any document, character for character."""
    return [
        Violation(quote, "quote-altered", "no document holds these characters")
        for quote in quotes
        if not quote.strip() or not any(quote in document.text for document in documents.values())
    ]


def _broken(citation: Citation, documents: Mapping[str, Document]) -> str | None:
    document = documents.get(citation.document_id)
    if document is None:
        return f"document {citation.document_id} is not in the index"
    if not 0 <= citation.start < citation.end <= len(document.text):
        return f"[{citation.start}, {citation.end}) is not a span of {document.path}"
    if document.text[citation.start : citation.end] != citation.quote:
        return f"{document.path} has other characters at [{citation.start}, {citation.end})"
    edges = [citation.start, *(edge for mark in citation.marks for edge in mark), citation.end]
    if edges != sorted(edges) or any(start >= end for start, end in citation.marks):
        return f"its marks {list(citation.marks)} are not ranges in order within [{citation.start}, {citation.end})"
    true = cite(document, [s for s in document.sentences if s.start < citation.end and citation.start < s.end], 1)
    for name in ("title", "section", "speaker", "page"):
        if getattr(citation, name) != getattr(true, name):
            return f"its {name} is {getattr(true, name)!r} in {document.path}, not {getattr(citation, name)!r}"
    return None
