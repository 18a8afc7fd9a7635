"""The reader that needs no network of its own: a weighted sum of what both encoders and the words say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from rag.reader.features import FEATURES, Candidate, feature_matrix
from rag.reader.questions import Question
from rag.reader.spans import Span, Window
from rag.retrieval.lexical import LexicalIndex

_THRESHOLDS = {"strict": 0.4, "normal": 0.25, "lenient": 0.15}
"""The middle one was chosen on the dev questions, the others around it."""


@cache
def linear_weights(kind: str) -> tuple[NDArray[np.float64], float]:
    """(weights in order of FEATURES, bias) for questions in the "same" or in an "other" language than the documents."""
    values = json.loads((files("rag.reader") / "linear.json").read_text(encoding="utf-8"))[kind]
    return np.array([values["weights"][name] for name in FEATURES]), float(values["bias"])


def linear_logits(question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
    """(n_candidates,) log-odds that a sentence answers, against "none does"."""
    weights, bias = linear_weights("same" if question.language in lexical.languages else "other")
    return feature_matrix(question, candidates, lexical.idf) @ weights - bias


class LinearReader:
    """Logistic model over the features; its weights are fitted on public data (`python -m rag.training linear`)."""

    name = "linear"

    def __init__(self, strictness: str = "normal") -> None:
        """There is nothing to load but a few numbers."""
        self.threshold = _THRESHOLDS[strictness]

    def scores(self, question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
        """(n_candidates,) in [0, 1]."""
        return np.asarray(1 / (1 + np.exp(-linear_logits(question, candidates, lexical))))

    def spans(self, question: Question, windows: Sequence[Window]) -> list[Span | None]:
        """None: it knows sentences only."""
        return [None for _ in windows]
