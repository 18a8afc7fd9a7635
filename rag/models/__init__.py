"""Language models: their weights, and asking them."""

from rag.models.chat import chat_model
from rag.models.local import LocalModel
from rag.models.weights import PACKAGED, Weights, joined, verified

__all__ = ["PACKAGED", "LocalModel", "Weights", "chat_model", "joined", "verified"]
