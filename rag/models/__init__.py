"""Language models: their weights, and asking them."""

from rag.models.chat import chat_model, shown_name
from rag.models.local import LocalModel
from rag.models.weights import PACKAGED, Weights, joined, verified

__all__ = ["PACKAGED", "LocalModel", "Weights", "chat_model", "joined", "shown_name", "verified"]
