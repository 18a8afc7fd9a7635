"""A statement against the spans that it cites: quotations in the documents, then every rule of `rag.verification`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.answering.supporting import STRICT, Support
from rag.citations import check_quotes
from rag.citations import enforce as enforce_quotes
from rag.errors import CitationInvalid
from rag.records import Abstention, Answer, Document, Violation
from rag.verification import Evidence, check

_ASKED = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|might)\b\s*", re.IGNORECASE
)


def verify(
    statement: str, quotes: Sequence[str], documents: Mapping[str, Document], support: Support
) -> list[Violation]:
    """What keeps a statement from being shown; empty when its quotations are the documents' and carry it."""
    if not statement.strip():
        return [Violation(statement, "unsupported", "the statement is empty")]
    if not quotes:
        return [Violation(statement, "uncited", "it cites nothing")]
    if altered := check_quotes(quotes, documents):
        return altered
    evidence = [one for quote in quotes for one in _evidence(quote, documents)]
    return support.violations(statement, evidence)


def _evidence(quote: str, documents: Mapping[str, Document]) -> list[Evidence]:
    """Where the quotation stands first: its sentences, or the parts of them that it has, each with its own speaker."""
    document = next(document for document in documents.values() if quote in document.text)
    start = document.text.index(quote)
    return evidence_in(document, start, start + len(quote))


def evidence_in(document: Document, start: int, end: int) -> list[Evidence]:
    """The sentences in a half-open range of a document, or the parts of them in it."""
    about = " | ".join(filter(None, (document.title, document.publisher, *document.section_at(start))))
    spans = [
        (max(s.start, start), min(s.end, end), s.speaker) for s in document.sentences if s.start < end and start < s.end
    ]
    return [Evidence(document.text[a:b], speaker, about) for a, b, speaker in spans] or [
        Evidence(document.text[start:end], None, about)
    ]


def may_affirm(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether no rule objects to a "yes" to the question."""
    return not check(told(question), evidence)


def told(question: str) -> str:
    """The question as the statement that it is about, in its own order of words: enough for rules that compare words.

    >>> told("Has the gang lost its home?")
    'The gang lost its home.'
    """
    words = _ASKED.sub("", question).strip(" ¿?\n")
    return f"{words[:1].upper()}{words[1:]}."


def enforce(outcome: Answer | Abstention, documents: Mapping[str, Document]) -> None:
    """Return only if every quotation is exact, every other statement carried by what it cites, and no rule speaks against the opening.

    Raises:
        CitationInvalid: with every violation; the outcome must not be shown.
    """
    enforce_quotes(outcome, documents)
    if isinstance(outcome, Answer) and outcome.opening:
        _enforce_opening(outcome, documents)
    if not isinstance(outcome, Answer) or outcome.mode == "quotes":
        return
    by_number = {citation.number: citation for citation in outcome.citations}
    for statement in outcome.statements:
        cited = [by_number[number] for number in statement.citations]
        if statement.text in {citation.quote for citation in cited}:
            continue
        evidence = [one for c in cited for one in evidence_in(documents[c.document_id], c.start, c.end)]
        excused = set(statement.excused) - STRICT
        if found := [finding for finding in check(statement.text, evidence) if finding.kind not in excused]:
            raise CitationInvalid("; ".join(f"{f.kind}: {f.detail} ({statement.text[:80]!r})" for f in found))


def _enforce_opening(answer: Answer, documents: Mapping[str, Document]) -> None:
    first = answer.citations[0]
    evidence = evidence_in(documents[first.document_id], first.start, first.end)
    if answer.mode != "quotes" or not may_affirm(answer.standalone, evidence):
        raise CitationInvalid(f"unsupported: the first quotation does not say {answer.opening!r}")
