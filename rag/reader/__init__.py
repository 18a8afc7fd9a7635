"""Hits to evidence: which sentences answer the question, and does any?"""

from rag.reader.cross import CrossReader
from rag.reader.linear import LinearReader
from rag.reader.read import Reader, Reading, choose, merge_readings, read
from rag.settings import ReaderName, Strictness


def load_reader(name: ReaderName = "cross", strictness: Strictness = "normal") -> Reader:
    """The reader that answers use, its weights checked; "strict" or "lenient" move the threshold at which it answers.

    Raises:
        ModelUnavailable: the weights are missing or altered.
    """
    if name == "linear":
        return LinearReader(strictness)
    reader = CrossReader(strictness=strictness)
    reader.check()
    return reader


__all__ = ["CrossReader", "LinearReader", "Reader", "Reading", "choose", "load_reader", "merge_readings", "read"]
