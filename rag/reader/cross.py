"""The trained reader: a small cross-encoder over (question, sentence with context), with the linear reader as its second opinion."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailable
from rag.memory import memory_for
from rag.reader.features import FEATURES, Candidate, feature_matrix, stem_set
from rag.reader.linear import linear_logits
from rag.reader.questions import Question
from rag.reader.spans import MAX_TOKENS, WEIGHTS, Span, SpanReader, Window
from rag.retrieval.lexical import LexicalIndex

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_INSTEAD = "restore the file from the repository, or set RAG_READER=linear to do without"
_READ = 8
"""Candidates that the cross-encoder reads, the best of the linear reader; on the dev questions 12 took half as long again and changed no answer."""
_BATCH = 4
_MB = 110
"""Of memory, measured on Linux."""
SIGNALS = ("cross", *(name for name in FEATURES if name != "chunk_dense"), "title", "named")
"""What is weighed, in order; weights fitted on public data (`python -m rag.training blend`). A chunk's similarity is left out: it tells much
in the documents there, which have many subjects, and little in a report that has one."""


class CrossReader:
    """Reads questions in a language of the documents; leaves others to the linear reader, whose encoder knows both languages."""

    name = "cross-encoder"

    def __init__(self, weights: Path = WEIGHTS, *, strictness: str = "normal") -> None:
        """Nothing is loaded yet."""
        self._weights, self._spans = weights, SpanReader(weights)
        file = weights / "reader.json"
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            self._blend: dict[str, float] = {name: float(values["blend"][name]) for name in (*SIGNALS, "bias")}
            self._other_bias = float(values["other_bias"])
            self._sha256 = str(values["sha256"])
            self.threshold = float(values["thresholds"][strictness])
        except FileNotFoundError as error:
            raise ModelUnavailable(f"{file} is missing; {_INSTEAD}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnavailable(f"{file} is not of this version ({error!r}); {_INSTEAD}") from error

    @memory_for("the reader", _MB, "set RAG_READER=linear to do without")
    def check(self) -> None:
        """Compare the checksum of the weights; nothing is loaded.

        Raises:
            ModelUnavailable: they are missing or altered.
        """
        file = self._weights / "model.safetensors"
        if not file.is_file():
            raise ModelUnavailable(f"{file} is missing; {_INSTEAD}")
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found != self._sha256:
            raise ModelUnavailable(f"{file} has sha256 {found[:12]}…, expected {self._sha256[:12]}…; {_INSTEAD}")
        self._spans.check()

    @cached_property
    def _model(self) -> CrossEncoder:
        self.check()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import CrossEncoder

        return CrossEncoder(
            str(self._weights),
            device="cpu",
            local_files_only=True,
            max_length=MAX_TOKENS,
            model_kwargs={"dtype": torch.float32},
        )

    def logits(self, question: Question, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """(n_candidates,) what the cross-encoder says, unbounded."""
        return self.pair_logits([(question.text, Window(c.text, c.before, c.section).text) for c in candidates])

    @memory_for("the reader", _MB, "set RAG_READER=linear to do without")
    def pair_logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """(n_pairs,) for (question, text) pairs; of a text, what goes beyond 96 tokens together with its question is not read."""
        import torch

        fast = bool(torch.cpu.get_capabilities().get("avx512_bf16"))  # half the time; logits differ by a few hundredths
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            found = self._model.predict(
                pairs, batch_size=_BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False
            )
        return np.asarray(found, np.float64)

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

    def spans(self, question: Question, windows: Sequence[Window]) -> list[Span | None]:
        """The words of each sentence that answer; None where it is not sure enough."""
        found = self._spans.spans(question.text, windows) if windows else []
        return [span if span.probability >= self._spans.threshold else None for span in found]

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
