"""A model of our own that says how surely evidence carries a statement, where no judge does."""

from __future__ import annotations

import json
from pathlib import Path

from rag.errors import ModelUnavailable
from rag.reader.pairs import PairModel

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 128
"""As in training."""
_INSTEAD = "set RAG_READER=linear to do without"


class Carrier:
    """A small cross-encoder trained on pairs that `rag.training support` makes from public data; figures in its model card."""

    name = "the model that checks statements"

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Nothing is loaded yet.

        Raises:
            ModelUnavailable: the weights are missing or of another version.
        """
        file = weights / "support.json"
        try:
            sha256 = str(json.loads(file.read_text(encoding="utf-8"))["sha256"])
        except FileNotFoundError as error:
            raise ModelUnavailable(f"{file} is missing; restore the file from the repository, or {_INSTEAD}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnavailable(f"{file} is not of this version ({error!r}); restore it, or {_INSTEAD}") from error
        self._pairs = PairModel(weights, sha256, MAX_TOKENS, self.name, _INSTEAD)

    def check(self) -> None:
        """Compare the checksum of the weights; nothing is loaded.

        Raises:
            ModelUnavailable: they are missing or altered.
        """
        self._pairs.check()

    def log_odds(self, statement: str, passage: str) -> float:
        """Unbounded; higher is better supported."""
        return float(self._pairs.logits([(statement, passage)])[0])
