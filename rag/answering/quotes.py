"""Evidence to an answer in the documents' own words, or to an abstention that shows what came nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.marks import Spans, marks_of, no_spans
from rag.citations import cite
from rag.index import Index
from rag.phrases import phrase
from rag.reader import Reading
from rag.reader.features import stem_set
from rag.reader.patterns import NUMBER_WORDS
from rag.reader.questions import Question, name_words
from rag.records import Citation, Document, Sentence, Statement
from rag.retrieval.lexical import analyse, tokens, words

NEAREST = 3
"""Passages that an abstention shows."""
_LEANS = re.compile(
    r"(?:[\"“])?(?:He|She|They|It|This|These|Those|That|Such|Here|There|Another|Both|Neither|The latter|To do this|In this (?:way|phase)|At this point)\b"
)
_LONGEST_LEAN = 450
"""Characters of a sentence that is put before one that leans on it."""
_SAME = 0.8
"""Share of common stems above which two quotations say the same."""
_DENIALS = frozenset(
    "not no never nor neither without cannot didn't doesn't don't isn't aren't wasn't weren't hasn't haven't".split()
)
_WHAT = {
    "number": "number", "date": "date", "duration": "duration", "person": "person", "place": "place", "speaker": "source",
    "reason": "reason",
}  # fmt: skip
"""The phrase for each type of answer that can be said to be missing."""


def quote_evidence(
    index: Index, reading: Reading, most: int, *, question: Question | None = None, words_by: Spans = no_spans
) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Statements and the citations that they are, the best first and the others in document order.

    Neighbouring sentences become one quotation; a sentence that opens with a pronoun takes the one before it along. Of
    quotations that say nearly the same the better one is shown. With a question, the words that answer it are marked;
    `words_by` is the reader that names them.
    """
    chosen = reading.answering[:most]
    spans: list[tuple[str, list[int]]] = []
    for number in sorted({n for evidence in chosen for n in _with_antecedent(index, evidence)}):
        document_id = index.sentences[number][0]
        if spans and spans[-1][0] == document_id and spans[-1][1][-1] == number - 1 and _belong_together(index, number):
            spans[-1][1].append(number)
        else:
            spans.append((document_id, [number]))
    spans.sort(key=lambda span: min(chosen.index(n) for n in span[1] if n in chosen))
    kept: list[tuple[list[int], Citation]] = []
    for _, numbers in spans:
        citation = _cite(index, numbers, 0)
        if not any(_says_the_same(citation, other) for _, other in kept):
            kept.append((numbers, citation))
    ordered = [kept[0], *sorted(kept[1:], key=lambda pair: pair[0][0])]
    marks = marks_of(index, chosen, question, reading.copied, words_by) if question else {}
    citations = tuple(
        replace(citation, number=position, marks=tuple(mark for n in numbers for mark in marks.get(n, ())))
        for position, (numbers, citation) in enumerate(ordered, 1)
    )
    return tuple(Statement(citation.quote, (citation.number,)) for citation in citations), citations


def nearest_passages(index: Index, reading: Reading) -> tuple[Citation, ...]:
    """The best sentences that do not answer, best first."""
    return tuple(_cite(index, [number], position) for position, number in enumerate(reading.nearest[:NEAREST], 1))


def reason_to_abstain(index: Index, question: Question, reading: Reading) -> str:
    """What is missing, in a sentence or two in the question's language."""
    language = question.language
    if question.about_document:
        records = " ".join(_record(document, language) for document in index.documents.values())
        return phrase("credits", language, records=records)
    if reading.unknown:
        return phrase("unknown", language, words=_listed(_whole_names(question, reading.unknown)))
    if reading.apart:
        one, other = reading.apart
        return phrase("apart", language, one=one, other=other)
    if reading.type_missing and question.answer_type in _WHAT:
        return phrase("no-type", language, what=phrase(_WHAT[question.answer_type], language))
    if reading.uncovered:
        return phrase("uncovered", language, words=_listed(_whole_names(question, reading.uncovered[:5])))
    if reading.unspelled:
        return phrase("unspelled", language, words=_listed(_whole_names(question, reading.unspelled)))
    own = language in {document.language for document in index.documents.values()}
    return phrase("nothing" if own else "nothing-abroad", language)


def closest_note(index: Index, question: Question, reading: Reading) -> str | None:
    """Names and figures of the question that the chunk of the nearest sentence does not mention; None where it has them, or cannot be told.

    Other words are not listed: a passage may well say the same in words of its own.
    """
    languages = {document.language for document in index.documents.values()}
    if not reading.nearest or question.about_document or question.language not in languages:
        return None
    chunk = reading.chunks[reading.nearest[0]]
    document = index.documents[chunk.document_id]
    held = stem_set(" ".join((document.title, *chunk.section, chunk.text)), document.language)
    pairs = zip(question.stems, question.surface, strict=True)
    missing = [word for stem, word in pairs if stem in question.named and stem not in held]
    if not missing:
        return None
    either = f" {phrase('or', question.language)} "
    return phrase("closest", question.language, words=_listed(_whole_names(question, missing), either))


def _whole_names(question: Question, missing: Sequence[str]) -> list[str]:
    """The words, but those of one name of the question as that name: "Los", "Gallegos" is one thing that is missing."""
    listed = list(missing)
    for name in name_words(question.text):
        parts = [surface for surface, _ in tokens(name)]
        places = [place for place, part in enumerate(parts) if part in listed]
        if len(places) > 1:
            listed[listed.index(parts[places[0]])] = " ".join(parts[places[0] : places[-1] + 1])
            listed = [word for word in listed if word not in parts]
    return listed


def _listed(words: Sequence[str], between: str = ", ") -> str:
    return between.join(f"“{word}”" for word in words)


def _record(document: Document, language: str) -> str:
    facts = (("publisher", document.publisher), ("published", document.published))
    known = [phrase(name, language, value=value) for name, value in facts if value]
    return phrase("record", language, title=document.title, facts=", ".join(known) or phrase("no-facts", language))


def _cite(index: Index, numbers: Sequence[int], position: int) -> Citation:
    document_id = index.sentences[numbers[0]][0]
    return cite(index.documents[document_id], [index.sentences[n][1] for n in numbers], position)


def _says_the_same(one: Citation, other: Citation) -> bool:
    """Whether one quotation is enough: nearly the same words from the same speaker, no figure or name exchanged, none denied."""
    if one.quote == other.quote and one.document_id == other.document_id:
        return True  # a title may stand twice
    a, b = set(analyse(one.quote)), set(analyse(other.quote))
    if one.speaker != other.speaker or len(a & b) <= _SAME * len(a | b):
        return False
    (facts_a, denied_a), (facts_b, denied_b) = _facts(one.quote), _facts(other.quote)
    return denied_a == denied_b and (facts_a <= facts_b or facts_b <= facts_a)


def _facts(quote: str) -> tuple[set[str], frozenset[str]]:
    """Figures and names, and words that deny."""
    found = words(quote)
    figures = {word for word in found if word[0].isdigit() or word in NUMBER_WORDS}
    return figures | {word for name in name_words(quote) for word in words(name)}, _DENIALS.intersection(found)


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
