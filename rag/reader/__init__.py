"""Hits to evidence: which sentences answer the question, and does any?"""

from rag.reader.cross import CrossReader
from rag.reader.linear import LinearReader
from rag.reader.read import Reader, Reading, merge_readings, read


def load_reader() -> Reader:
    """The reader that answers use."""
    return CrossReader()


__all__ = ["CrossReader", "LinearReader", "Reader", "Reading", "load_reader", "merge_readings", "read"]
