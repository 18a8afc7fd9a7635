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
from rag.reader.features import Candidate
from rag.reader.linear import linear_logits
from rag.reader.questions import Question, has_answer_type
from rag.retrieval.lexical import LexicalIndex

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 96
"""Of question and window together, as in training; what is longer is cut off at the end of the context."""
_READ = 8
"""Candidates that the cross-encoder reads, the best of the linear reader; on the dev questions 12 took half as long again and changed no answer."""
_BATCH = 4


def window(sentence: str, before: str, section: str) -> str:
    """The second input: the sentence first, then what it may lean on."""
    context = " | ".join(part for part in (section, before) if part)
    return f"{sentence} [SEP] {context}" if context else sentence


class CrossReader:
    """Reads questions in a language of the documents; leaves others to the linear reader, whose encoder knows both languages."""

    name = "cross-encoder"

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Nothing is loaded yet."""
        self._weights = weights
        values = json.loads((weights / "reader.json").read_text(encoding="utf-8"))
        self._blend: dict[str, dict[str, float]] = values["blend"]
        self._sha256: str = values["sha256"]
        self.threshold = float(values["threshold"])

    @cached_property
    def _model(self) -> CrossEncoder:
        file = self._weights / "model.safetensors"
        found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "nothing"
        if found != self._sha256:
            raise ModelUnavailable(
                f"{file} has sha256 {found[:12]}…, expected {self._sha256[:12]}…; restore the file from the repository"
            )
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
        import torch

        pairs = [(question.text, window(c.text, c.before, c.section)) for c in candidates]
        fast = bool(torch.cpu.get_capabilities().get("avx512_bf16"))  # half the time; logits differ by a few hundredths
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            found = self._model.predict(
                pairs, batch_size=_BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False
            )
        return np.asarray(found, np.float64)

    def scores(self, question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
        """(n_candidates,) in [0, 1]."""
        found = signals(question, candidates, lexical)
        same = question.language in lexical.languages
        blend = self._blend["same" if same else "other"]
        total = blend["bias"] + sum(blend[name] * values for name, values in found.items())
        if same:
            read = np.argsort(-found["linear"], kind="stable")[:_READ]
            cross = np.full(len(candidates), -np.inf)
            cross[read] = self.logits(question, [candidates[i] for i in read])
            total = total + blend["cross"] * cross
        return np.asarray(1 / (1 + np.exp(-total)))


def signals(
    question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex
) -> dict[str, NDArray[np.float64]]:
    """What is weighed beside the cross-encoder, by name, each (n_candidates,).

    "linear" is the linear reader's log-odds; "type" is 1 for a sentence without the type of thing that is asked for, and "named" 1 for
    one around which a name or figure of the question is missing: they speak against it whatever the encoders say.
    """
    typed = question.answer_type not in ("other", "yesno")
    return {
        "linear": linear_logits(question, candidates, lexical),
        "type": np.array([float(typed and not has_answer_type(question, c.text, c.speaker)) for c in candidates]),
        "named": np.array([float(any(stem not in c.window for stem in question.named)) for c in candidates]),
    }
