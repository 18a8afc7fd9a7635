"""Questions to answers or abstentions: the chain and the Python API."""

from rag.answering.assistant import Assistant

__all__ = ["Assistant"]
