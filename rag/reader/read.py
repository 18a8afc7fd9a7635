"""Hits to a reading: which sentences answer, and do any?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.reader.credits import credit_scores
from rag.reader.features import Candidate, stem_set
from rag.reader.questions import Question, has_answer_type
from rag.records import Hit
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever, Similarities

_NEAREST = 3
_BEGINNING = 5
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader found. Sentences are numbers into `Index.sentences`."""

    answering: tuple[int, ...]
    """Sentences that answer, best first; empty means abstain."""
    nearest: tuple[int, ...]
    """All other sentences that were read, best first."""
    hit_scores: Mapping[str, float]
    """Best sentence of each hit, by chunk id."""
    uncovered: tuple[str, ...]
    """Words of the question that the nearest sentences and what stands around them do not hold."""
    unknown: tuple[str, ...]
    """Names and figures of the question that no document holds."""
    type_missing: bool
    """Whether none of the nearest sentences holds something of the type that the question asks for."""


def read(
    reader: Reader, retriever: HybridRetriever, question: Question, hits: Sequence[Hit], similar: Similarities
) -> Reading:
    """Judge every sentence of the hits; for a question about the document itself, those of its credits."""
    numbers, candidates, owners = candidates_of(retriever, question, hits, similar)
    if question.about_document:
        values = credit_scores(question, candidates, [retriever.index.sentences[n][1].kind == "title" for n in numbers])
    else:
        values = reader.scores(question, candidates, retriever.lexical) if candidates else np.zeros(0)
    order = [int(i) for i in np.argsort(-values, kind="stable")]
    best = float(values[order[0]]) if order else 0.0
    bar = max(reader.threshold, best * _COMPANY)
    unknown = _unknown(question, retriever.lexical)
    answers = best >= reader.threshold and not unknown
    answering = [i for i in order if values[i] >= bar] if answers else []
    hit_scores = {hit.chunk.id: 0.0 for hit in hits}
    for owner, value in zip(owners, values, strict=True):
        hit_scores[owner] = max(hit_scores[owner], float(value))
    return Reading(
        answering=tuple(numbers[i] for i in answering),
        nearest=tuple(numbers[i] for i in order if i not in answering),
        hit_scores=hit_scores,
        uncovered=_uncovered(question, [candidates[i] for i in order[:_NEAREST]]),
        unknown=unknown,
        type_missing=not any(
            has_answer_type(question, candidates[i].text, candidates[i].speaker) for i in order[:_NEAREST]
        ),
    )


def merge_readings(readings: Sequence[Reading]) -> Reading:
    """The readings of the parts of one question as one: the best sentence of every part first, then the second ones.

    It answers when one of the parts is answered; what is unknown or uncovered then no longer speaks against it.
    """
    answering = list(
        dict.fromkeys(n for rank in zip_longest(*(r.answering for r in readings)) for n in rank if n is not None)
    )
    nearest = dict.fromkeys(n for rank in zip_longest(*(r.nearest for r in readings)) for n in rank if n is not None)
    hit_scores: dict[str, float] = {}
    for reading in readings:
        for chunk_id, score in reading.hit_scores.items():
            hit_scores[chunk_id] = max(score, hit_scores.get(chunk_id, 0.0))
    return Reading(
        answering=tuple(answering),
        nearest=tuple(n for n in nearest if n not in answering),
        hit_scores=hit_scores,
        uncovered=tuple(dict.fromkeys(word for reading in readings for word in reading.uncovered)),
        unknown=tuple(dict.fromkeys(word for reading in readings for word in reading.unknown)),
        type_missing=all(reading.type_missing for reading in readings),
    )


def candidates_of(
    retriever: HybridRetriever, question: Question, hits: Sequence[Hit], similar: Similarities
) -> tuple[list[int], list[Candidate], list[str]]:
    """Numbers, descriptions and chunk ids of all sentences of the hits that may be quoted for this question."""
    numbers: list[int] = []
    candidates: list[Candidate] = []
    owners: list[str] = []
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
            owners.append(hit.chunk.id)
    return numbers, candidates, owners


def _uncovered(question: Question, nearest: Sequence[Candidate]) -> tuple[str, ...]:
    covered = frozenset().union(*(candidate.window for candidate in nearest))
    return tuple(word for stem, word in zip(question.stems, question.surface, strict=True) if stem not in covered)


def _unknown(question: Question, lexical: LexicalIndex) -> tuple[str, ...]:
    """Names and figures that no document holds, not even as the beginning of a word ("Brazilian" where there is "Brazil").

    Whatever the encoders say, nothing can answer a question about them. Not for questions in another language, where names differ.
    """
    if question.about_document or question.language not in lexical.languages:
        return ()
    beginnings = {stem[:_BEGINNING] for stem in lexical.document_frequency}
    pairs = zip(question.stems, question.surface, strict=True)
    return tuple(word for stem, word in pairs if stem in question.named and stem[:_BEGINNING] not in beginnings)
