"""Evidence to an answer in the documents' own words, or to an abstention that shows what came nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.citations import cite
from rag.index import Index
from rag.reader import Reading
from rag.reader.questions import Question
from rag.records import Citation, Document, Sentence, Statement

NEAREST = 3
"""Passages that an abstention shows."""
_LEANS = re.compile(
    r"(?:[\"“])?(?:He|She|They|It|This|These|Those|That|Such|Here|There|Another|Both|Neither|The latter|To do this|In this (?:way|phase)|At this point)\b"
)
_LONGEST_LEAN = 450
"""Characters of a sentence that is put before one that leans on it."""
_WHAT = {
    "number": "a figure", "date": "a date", "duration": "a length of time", "person": "a name", "place": "a place",
    "speaker": "who said so", "reason": "a reason",
}  # fmt: skip


def quote_evidence(index: Index, reading: Reading, most: int) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Statements and the citations that they are, the best first and the others in document order.

    Neighbouring sentences become one quotation; a sentence that opens with a pronoun takes the one before it along.
    """
    chosen = reading.answering[:most]
    spans: list[tuple[str, list[int]]] = []
    for number in sorted({n for evidence in chosen for n in _with_antecedent(index, evidence)}):
        document_id = index.sentences[number][0]
        if spans and spans[-1][0] == document_id and spans[-1][1][-1] == number - 1 and _belong_together(index, number):
            spans[-1][1].append(number)
        else:
            spans.append((document_id, [number]))
    best = chosen[0]
    spans.sort(key=lambda span: (best not in span[1], span[1][0]))
    distinct: dict[tuple[str, str], Citation] = {}
    for _, numbers in spans:
        citation = _cite(index, numbers, len(distinct) + 1)
        distinct.setdefault((citation.document_id, citation.quote), citation)  # a title may stand twice
    citations = tuple(distinct.values())
    return tuple(Statement(citation.quote, (citation.number,)) for citation in citations), citations


def nearest_passages(index: Index, reading: Reading) -> tuple[Citation, ...]:
    """The best sentences that do not answer, best first."""
    return tuple(_cite(index, [number], position) for position, number in enumerate(reading.nearest[:NEAREST], 1))


def reason_to_abstain(index: Index, question: Question, reading: Reading) -> str:
    """What is missing, in a sentence or two."""
    if question.about_document:
        return f"The credits do not say. {' '.join(_record(document) for document in index.documents.values())}"
    if reading.unknown:
        listed = ", ".join(f"“{word}”" for word in reading.unknown)
        return f"Nothing in the documents mentions {listed}."
    if reading.type_missing and question.answer_type in _WHAT:
        return f"The nearest passages do not give {_WHAT[question.answer_type]} that answers the question."
    if reading.uncovered:
        listed = ", ".join(f"“{word}”" for word in reading.uncovered[:5])
        return f"No sentence answers the question; the nearest passages do not speak of {listed}."
    return "No sentence answers the question, though its words occur in the passages below."


def _record(document: Document) -> str:
    known = [
        f"{name} {value}"
        for name, value in (("publisher", document.publisher), ("published", document.published))
        if value
    ]
    return f"The corpus records “{document.title}” with {', '.join(known) or 'no publisher and no date'}."


def _cite(index: Index, numbers: Sequence[int], position: int) -> Citation:
    document_id = index.sentences[numbers[0]][0]
    return cite(index.documents[document_id], [index.sentences[n][1] for n in numbers], position)


def _with_antecedent(index: Index, number: int) -> list[int]:
    document_id, sentence = index.sentences[number]
    if number == 0 or sentence.kind != "body" or not _belong_together(index, number):
        return [number]
    text = index.documents[document_id].text
    before: Sentence = index.sentences[number - 1][1]
    leans = _LEANS.match(text, sentence.start) and before.end - before.start <= _LONGEST_LEAN
    return [number - 1, number] if leans else [number]


def _belong_together(index: Index, number: int) -> bool:
    """Whether a sentence and the one before it stand in one paragraph and are the words of one speaker."""
    (document_a, a), (document_b, b) = index.sentences[number - 1], index.sentences[number]
    return document_a == document_b and a.paragraph == b.paragraph and a.speaker == b.speaker
