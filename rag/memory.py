"""Where memory runs out: PyTorch, NumPy and the system say it in different ways, a user is told in one line."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import OutOfMemory

ALL_MB = 900
"""That the libraries, both encoders, the reader and the report take; measured on Linux."""
LESS = "set RAG_READER=linear and RAG_JUDGE=reader to need less"
_SAID = re.compile(
    r"(can't|cannot|can not|unable to|failed to) allocate|bad_alloc|failed to map segment|could not create a (primitive|memory)",
    re.IGNORECASE,
)
"""By PyTorch's allocator, by C++, by the loader of shared libraries and by oneDNN, whose errors have no type of their own."""


@contextmanager
def memory_for(what: str, megabytes: int, instead: str = LESS) -> Iterator[None]:
    """What is loaded or run in the block, about how much memory that takes, and how to do with less.

    Raises:
        OutOfMemory: there is not as much.
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError, ImportError) as error:
        if not _is_lack(error):
            raise
        raise OutOfMemory(
            f"{what} takes about {megabytes} MB of memory, which is not there; free some, or {instead}"
        ) from error


def _is_lack(error: Exception) -> bool:
    """Whether an error is for want of memory.

    >>> _is_lack(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 64 bytes"))
    True
    >>> _is_lack(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    False
    """
    return (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == errno.ENOMEM
        or bool(_SAID.search(str(error)))
    )
