"""A small cross-encoder of ours over pairs of texts, its weights checked before they are loaded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailable
from rag.memory import memory_for

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_BATCH = 4
_MB = 110
"""Of memory, measured on Linux."""


@dataclass(frozen=True)
class PairModel:
    """Nothing is loaded before the first pairs are asked about."""

    weights: Path
    """Folder with `model.safetensors` and the tokenizer."""
    sha256: str
    max_tokens: int
    """Of both texts together, as in training; what is longer is cut off at the end."""
    what: str
    """For messages."""
    instead: str
    """How to do without it, for messages."""

    def check(self) -> None:
        """Compare the checksum of the weights; nothing is loaded.

        Raises:
            ModelUnavailable: they are missing or altered.
        """
        file = self.weights / "model.safetensors"
        instead = f"restore the file from the repository, or {self.instead}"
        if not file.is_file():
            raise ModelUnavailable(f"{file} is missing; {instead}")
        with memory_for(self.what, _MB, self.instead):
            found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found != self.sha256:
            raise ModelUnavailable(f"{file} has sha256 {found[:12]}…, expected {self.sha256[:12]}…; {instead}")

    @cached_property
    def _model(self) -> CrossEncoder:
        self.check()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import CrossEncoder

        return CrossEncoder(
            str(self.weights),
            device="cpu",
            local_files_only=True,
            max_length=self.max_tokens,
            model_kwargs={"dtype": torch.float32},
        )

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """(n_pairs,) what the model says, unbounded.

        Raises:
            ModelUnavailable: the weights are missing or altered, or there is no memory for them.
        """
        with memory_for(self.what, _MB, self.instead):
            import torch

            fast = bool(
                torch.cpu.get_capabilities().get("avx512_bf16")
            )  # half the time; logits differ by a few hundredths
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
                found = self._model.predict(
                    pairs, batch_size=_BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False
                )
        return np.asarray(found, np.float64)
