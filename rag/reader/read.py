"""Hits to a reading: which sentences answer, and do any?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.reader.credits import credit_scores
from rag.reader.features import Candidate, stem_set
from rag.reader.questions import Question, has_answer_type
from rag.reader.spans import Span, Window
from rag.records import Chunk, Hit
from rag.retrieval.lexical import LexicalIndex, fold
from rag.retrieval.retriever import HybridRetriever, Similarities

_NEAREST = 3
_BEGINNING = 5
_LIGHT = frozenset(
    "actually along also anybody anyone ask asked behind big call called came come could did enough far gave get give go goes going gone got "
    "happen happened happens keep kept knew know known let like long made make makes manage managed many may might much must name need "
    "often old put ran really run said say says should somebody someone tell thing things told took take takes taken try tried use used "
    "uses want wanted went would".split()
)
"""Words that are no subject: to say that no passage has them says nothing."""
_COMPANY = 0.45
"""Share of the best score that a further sentence needs in order to be quoted beside it. Chosen on the dev questions."""


class Reader(Protocol):
    """The seam for whatever judges sentences."""

    name: str
    threshold: float
    """Scores at or above it answer."""

    def scores(self, question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
        """(n_candidates,) in [0, 1]: how sure it is that each sentence answers the question."""
        ...

    def spans(self, question: Question, windows: Sequence[Window]) -> list[Span | None]:
        """The words of each sentence that answer; None where that is not clear."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader found. Sentences are numbers into `Index.sentences`."""

    answering: tuple[int, ...]
    """Sentences that answer, best first; empty means abstain."""
    nearest: tuple[int, ...]
    """All other sentences that were read, best first."""
    scores: Mapping[int, float]
    """Of every sentence that was read: the probability that it answers."""
    chunks: Mapping[int, Chunk]
    """Where every sentence that was read stands."""
    uncovered: tuple[str, ...]
    """Words of the question that the nearest sentences and what stands around them do not hold."""
    unknown: tuple[str, ...]
    """Names and figures of the question that no document holds."""
    apart: tuple[str, str] | None
    """A name or figure of the question and another of its words that no chunk holds together, though each of them occurs."""
    type_missing: bool
    """Whether none of the nearest sentences holds something of the type that the question asks for."""
    unspelled: tuple[str, ...] = ()
    """Names and figures of a question in another language that no document holds in its spelling; they may have another one there."""
    copied: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Of a sentence, the characters of its document that a judge named as the answer."""

    def best_of(self, chunk_id: str) -> float:
        """Score of the chunk's best sentence; 0 where none was read."""
        return max((score for n, score in self.scores.items() if self.chunks[n].id == chunk_id), default=0.0)


def read(
    reader: Reader, retriever: HybridRetriever, question: Question, hits: Sequence[Hit], similar: Similarities
) -> Reading:
    """Judge every sentence of the hits; for a question about the document itself, those of its credits."""
    numbers, candidates, chunks = candidates_of(retriever, question, hits, similar)
    if question.about_document:
        values = credit_scores(question, candidates, [retriever.index.sentences[n][1].kind == "title" for n in numbers])
    else:
        values = reader.scores(question, candidates, retriever.lexical) if candidates else np.zeros(0)
    order = [int(i) for i in np.argsort(-values, kind="stable")]
    scores = {numbers[i]: float(values[i]) for i in order}
    absent = _absent(question, retriever.lexical)
    unknown = absent if question.language in retriever.lexical.languages else ()
    asked = {stem for stem in question.named if stem[0].isdigit()}
    figures = {numbers[i]: asked & candidates[i].window for i in order}
    answering = () if unknown else fitting(choose(scores, reader.threshold), figures)
    return Reading(
        answering=answering,
        nearest=tuple(n for n in scores if n not in answering),
        scores=scores,
        chunks=dict(zip(numbers, chunks, strict=True)),
        uncovered=_uncovered(question, [candidates[i] for i in order[:_NEAREST]], retriever.lexical),
        unknown=unknown,
        apart=_apart(question, retriever.lexical),
        type_missing=not any(
            has_answer_type(question, candidates[i].text, candidates[i].speaker) for i in order[:_NEAREST]
        ),
        unspelled=absent if not unknown else (),
    )


def choose(scores: Mapping[int, float], threshold: float) -> tuple[int, ...]:
    """Sentences to quote, best first: what reaches the threshold and is not far behind the best."""
    bar = max(threshold, max(scores.values(), default=0.0) * _COMPANY)
    return tuple(sorted((n for n in scores if scores[n] >= bar), key=lambda n: -scores[n]))


def fitting(answering: Sequence[int], figures: Mapping[int, Set[str]]) -> tuple[int, ...]:
    """The sentences, of which some hold around them more of the question's figures than others, without those others.

    Names are no such sign: on the dev questions two answers had been lost for them.

    >>> fitting((1, 2, 3), {1: {"2023"}, 2: {"2023", "41"}, 3: {"42"}})
    (2, 3)
    """
    return tuple(n for n in answering if not any(figures[n] < figures[other] for other in answering))


def merge_readings(readings: Sequence[Reading]) -> Reading:
    """The readings of the parts of one question as one: the best sentence of every part first, then the second ones.

    It answers when one of the parts is answered; what is unknown or uncovered then no longer speaks against it.
    """
    answering = list(
        dict.fromkeys(n for rank in zip_longest(*(r.answering for r in readings)) for n in rank if n is not None)
    )
    nearest = dict.fromkeys(n for rank in zip_longest(*(r.nearest for r in readings)) for n in rank if n is not None)
    scores: dict[int, float] = {}
    for reading in readings:
        for number, score in reading.scores.items():
            scores[number] = max(score, scores.get(number, 0.0))
    return Reading(
        answering=tuple(answering),
        nearest=tuple(n for n in nearest if n not in answering),
        scores=scores,
        chunks={number: chunk for reading in readings for number, chunk in reading.chunks.items()},
        uncovered=tuple(dict.fromkeys(word for reading in readings for word in reading.uncovered)),
        unknown=tuple(dict.fromkeys(word for reading in readings for word in reading.unknown)),
        apart=next((reading.apart for reading in readings if reading.apart), None),
        type_missing=all(reading.type_missing for reading in readings),
        unspelled=tuple(dict.fromkeys(word for reading in readings for word in reading.unspelled)),
        copied={number: span for reading in readings for number, span in reading.copied.items()},
    )


def candidates_of(
    retriever: HybridRetriever, question: Question, hits: Sequence[Hit], similar: Similarities
) -> tuple[list[int], list[Candidate], list[Chunk]]:
    """Numbers, descriptions and chunks of all sentences of the hits that may be quoted for this question."""
    numbers: list[int] = []
    candidates: list[Candidate] = []
    chunks: list[Chunk] = []
    index = retriever.index
    for hit in hits:
        if (hit.chunk.kind == "credits") != question.about_document:
            continue
        position = retriever.position(hit)
        document = index.documents[hit.chunk.document_id]
        members = retriever.sentences_of(position)
        texts = {n: document.text[index.sentences[n][1].start : index.sentences[n][1].end] for n in members}
        context = stem_set(f"{document.title} {' '.join(hit.chunk.section)}", document.language)
        stems = {n: stem_set(texts[n], document.language) for n in members}
        for place, n in enumerate(members):
            around = [members[i] for i in (place - 1, place + 1) if 0 <= i < len(members)]
            candidates.append(
                Candidate(
                    text=texts[n],
                    before=texts[members[place - 1]] if place else "",
                    section=hit.chunk.section[-1] if hit.chunk.section else document.title,
                    stems=stems[n],
                    window=frozenset().union(context, stems[n], *(stems[i] for i in around)),
                    speaker=index.sentences[n][1].speaker,
                    dense=float(similar.sentence_dense[n]),
                    multilingual=float(similar.sentence_multilingual[n]),
                    chunk_dense=float(similar.chunk_dense[position]),
                    chunk_multilingual=float(similar.chunk_multilingual[position]),
                    neighbour_dense=max((float(similar.sentence_dense[i]) for i in around), default=0.0),
                    neighbour_multilingual=max((float(similar.sentence_multilingual[i]) for i in around), default=0.0),
                    rank=hit.rank,
                )
            )
            numbers.append(n)
            chunks.append(hit.chunk)
    return numbers, candidates, chunks


def _uncovered(question: Question, nearest: Sequence[Candidate], lexical: LexicalIndex) -> tuple[str, ...]:
    if question.language not in lexical.languages:  # words of another language are never there
        return ()
    covered = frozenset().union(*(candidate.window for candidate in nearest))
    pairs = zip(question.stems, question.surface, strict=True)
    return tuple(word for stem, word in pairs if stem not in covered and fold(word) not in _LIGHT)


def _absent(question: Question, lexical: LexicalIndex) -> tuple[str, ...]:
    """Names and figures that no document holds, not even as the beginning of a word ("Brazilian" where there is "Brazil").

    Whatever the encoders say, nothing can answer a question about them; but in a question in another language a name may differ.
    """
    if question.about_document:
        return ()
    beginnings = {stem[:_BEGINNING] for stem in lexical.postings}
    pairs = zip(question.stems, question.surface, strict=True)
    return tuple(word for stem, word in pairs if stem in question.named and stem[:_BEGINNING] not in beginnings)


def _apart(question: Question, lexical: LexicalIndex) -> tuple[str, str] | None:
    """The rarest such pair; ties go to the words that come first."""
    if question.about_document or question.language not in lexical.languages:
        return None
    known = [
        (stem, word) for stem, word in zip(question.stems, question.surface, strict=True) if stem in lexical.postings
    ]
    pairs = [
        ((one, other), lexical.idf(stem) + lexical.idf(beside))
        for stem, one in known
        for beside, other in known
        if stem in question.named
        and stem != beside
        and fold(other) not in _LIGHT
        and not lexical.postings[stem] & lexical.postings[beside]
    ]
    return max(pairs, key=lambda pair: pair[1])[0] if pairs else None
