"""Answers about documents that can be printed: exact quotations with their places, or an abstention.

Heavy imports happen on first use, so that `import rag` and `rag --help` are quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.records import Abstention, Answer, Chunk, Citation, Document, Hit, Statement, Violation
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.answering import Assistant

__all__ = [
    "Abstention", "Answer", "Assistant", "Chunk", "Citation", "Document", "Hit", "RagError", "Settings", "Statement", "Violation",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """`Assistant`, imported when it is first asked for."""
    if name == "Assistant":
        return import_module("rag.answering").Assistant
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
