"""What the reader weighs about a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.reader.questions import Question, has_answer_type
from rag.retrieval.lexical import analyse

FEATURES = (
    "dense", "multilingual", "chunk_dense", "chunk_multilingual", "neighbour_dense", "neighbour_multilingual",
    "coverage", "window_coverage", "named_coverage", "window_named", "unknown", "type_ok", "type_bad", "rank", "length", "gap",
)  # fmt: skip
"""Columns of the feature matrix, in order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with what stands around it and how similar both are to the question."""

    text: str
    before: str
    """The sentence before it in its chunk, or nothing."""
    section: str
    """Its innermost heading, or its document's title."""
    stems: frozenset[str]
    window: frozenset[str]
    """Stems of the sentence, its neighbours, its section titles and its document's title."""
    speaker: str | None
    dense: float
    multilingual: float
    chunk_dense: float
    chunk_multilingual: float
    neighbour_dense: float
    """The better of the sentences before and after it in its chunk; 0 where it stands alone."""
    neighbour_multilingual: float
    rank: int
    """Of its chunk, from 1."""


@lru_cache(maxsize=50_000)  # the same sentences come up question after question
def stem_set(text: str, language: str) -> frozenset[str]:
    """Distinct stems of a text."""
    return frozenset(analyse(text, language))


def feature_matrix(
    question: Question, candidates: Sequence[Candidate], idf: Callable[[str], float]
) -> NDArray[np.float64]:
    """(n_candidates, len(FEATURES)); all columns are of the order of 1."""
    weights = {stem: idf(stem) for stem in question.stems}
    total = sum(weights.values()) or 1.0
    named_total = sum(weights[stem] for stem in question.named) or 1.0
    best = max((c.dense for c in candidates), default=0.0)

    def share(stems: frozenset[str], among: Sequence[str], whole: float) -> float:
        return sum(weights[stem] for stem in among if stem in stems) / whole

    rows = []
    for c in candidates:
        typed = question.answer_type not in ("other", "yesno")
        fits = has_answer_type(question, c.text, c.speaker)
        named = tuple(question.named)
        rows.append(
            (
                c.dense, c.multilingual, c.chunk_dense, c.chunk_multilingual, c.neighbour_dense, c.neighbour_multilingual,
                share(c.stems, question.stems, total),
                share(c.window, question.stems, total),
                share(c.stems, named, named_total) if named else 1.0,
                share(c.window, named, named_total) if named else 1.0,
                max((weights[stem] for stem in question.stems if stem not in c.window), default=0.0) / 6,
                float(typed and fits),
                float(typed and not fits),
                1 / c.rank,
                min(len(c.text) / 300, 2.0),
                best - c.dense,
            )
        )  # fmt: skip
    return np.array(rows, np.float64).reshape(len(rows), len(FEATURES))
