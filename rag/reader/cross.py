"""The trained reader: a small cross-encoder over (question, sentence with context), with the linear reader as its second opinion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailable
from rag.reader.features import FEATURES, Candidate, feature_matrix, stem_set
from rag.reader.linear import linear_logits
from rag.reader.pairs import PairModel
from rag.reader.questions import Question
from rag.retrieval.lexical import LexicalIndex

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 96
"""Of question and window together, as in training; what is longer is cut off at the end of the context."""
_INSTEAD = "set RAG_READER=linear to do without"
_READ = 8
"""Candidates that the cross-encoder reads, the best of the linear reader; on the dev questions 12 took half as long again and changed no answer."""
SIGNALS = ("cross", *(name for name in FEATURES if name != "chunk_dense"), "title", "named")
"""What is weighed, in order; weights fitted on public data (`python -m rag.training blend`). A chunk's similarity is left out: it tells much
in the documents there, which have many subjects, and little in a report that has one."""


def window(sentence: str, before: str, section: str) -> str:
    """The second input: the sentence first, then what it may lean on."""
    context = " | ".join(part for part in (section, before) if part)
    return f"{sentence} [SEP] {context}" if context else sentence


class CrossReader:
    """Reads questions in a language of the documents; leaves others to the linear reader, whose encoder knows both languages."""

    name = "cross-encoder"

    def __init__(self, weights: Path = WEIGHTS, *, strictness: str = "normal") -> None:
        """Nothing is loaded yet."""
        file = weights / "reader.json"
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            self._blend: dict[str, float] = {name: float(values["blend"][name]) for name in (*SIGNALS, "bias")}
            self._other_bias = float(values["other_bias"])
            self._pairs = PairModel(weights, str(values["sha256"]), MAX_TOKENS, "the reader", _INSTEAD)
            self.threshold = float(values["thresholds"][strictness])
        except FileNotFoundError as error:
            raise ModelUnavailable(f"{file} is missing; restore the file from the repository, or {_INSTEAD}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnavailable(f"{file} is not of this version ({error!r}); restore it, or {_INSTEAD}") from error

    def check(self) -> None:
        """Compare the checksum of the weights; nothing is loaded.

        Raises:
            ModelUnavailable: they are missing or altered.
        """
        self._pairs.check()

    def logits(self, question: Question, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """(n_candidates,) what the cross-encoder says, unbounded."""
        return self.pair_logits([(question.text, window(c.text, c.before, c.section)) for c in candidates])

    def pair_logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """(n_pairs,) for (question, text) pairs; of a text, what goes beyond 96 tokens together with its question is not read."""
        return self._pairs.logits(pairs)

    def scores(self, question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
        """(n_candidates,) in [0, 1]; in the documents' language 0 for the sentences that the cross-encoder does not read."""
        found = signals(question, candidates, lexical)
        if question.language not in lexical.languages:
            return np.asarray(1 / (1 + np.exp(-found["linear"] - self._other_bias)))
        read = self.seen(found["linear"])
        found["cross"][read] = self.logits(question, [candidates[i] for i in read])
        total = self._blend["bias"] + sum(self._blend[name] * found[name][read] for name in SIGNALS)
        values = np.zeros(len(candidates))
        values[read] = 1 / (1 + np.exp(-total))
        return values

    @staticmethod
    def seen(linear: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which sentences the cross-encoder reads, the linear reader's best first; ties in order."""
        return np.argsort(-linear, kind="stable")[:_READ]


def signals(
    question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex
) -> dict[str, NDArray[np.float64]]:
    """What is weighed, by name, each (n_candidates,): the features, and four more.

    "cross" is 0 until the cross-encoder has read; "linear" is the linear reader's log-odds; "title" the share of the question's words in the section's title; "named" is 1 for a sentence
    around which a name or figure of the question is missing.
    """
    found = dict(zip(FEATURES, feature_matrix(question, candidates, lexical.idf).T, strict=True))
    asked = set(question.stems)
    titles = [stem_set(c.section, question.language) for c in candidates]
    return found | {
        "cross": np.zeros(len(candidates)),
        "linear": linear_logits(question, candidates, lexical),
        "title": np.array([len(asked & title) / max(len(asked), 1) for title in titles]),
        "named": np.array([float(any(stem not in c.window for stem in question.named)) for c in candidates]),
    }
