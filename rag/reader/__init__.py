"""Hits to evidence: which sentences answer the question, and does any?"""

from rag.reader.cross import CrossReader
from rag.reader.linear import LinearReader
from rag.reader.read import Reader, Reading, choose, merge_readings, read


def load_reader(strictness: str = "normal") -> CrossReader:
    """The reader that answers use; "strict" or "lenient" move the threshold at which it answers."""
    return CrossReader(strictness=strictness)


__all__ = ["CrossReader", "LinearReader", "Reader", "Reading", "choose", "load_reader", "merge_readings", "read"]
