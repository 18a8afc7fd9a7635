"""Local language models: their weights, and asking them."""

from rag.models.local import LocalModel
from rag.models.weights import PACKAGED, Weights, joined, verified

__all__ = ["PACKAGED", "LocalModel", "Weights", "joined", "verified"]
