"""Vectors by text: the source of truth that Chroma is derived from, and what spares unchanged text a second embedding."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.embedding import Matrix
from rag.errors import IndexUnusable

Embed = Callable[[Sequence[str], Callable[[int], None]], Matrix]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Vectors:
    """Unit vectors by the hash of their text."""

    def __init__(self, rows: dict[str, int], matrix: Matrix) -> None:
        """`rows` says which row of the (n, dim) matrix belongs to which key."""
        self._rows = rows
        self._matrix = matrix

    @classmethod
    def make(cls, texts: Sequence[str], embed: Embed, old: Vectors | None, progress: Callable[[int], None]) -> Vectors:
        """Vectors of all texts; those that `old` has are taken from it."""
        unique = {_key(text): text for text in texts}
        known = [key for key in unique if old is not None and key in old._rows]
        missing = [key for key in unique if old is None or key not in old._rows]
        progress(len(known))
        fresh = embed([unique[key] for key in missing], progress)
        kept = old._matrix[[old._rows[key] for key in known]] if old is not None and known else None
        matrix = fresh if kept is None else np.vstack([kept, fresh]) if missing else kept
        return cls({key: row for row, key in enumerate([*known, *missing])}, matrix)

    def of(self, texts: Sequence[str]) -> Matrix:
        """(n, dim) float32; every text must have been embedded."""
        return self._matrix[[self._rows[_key(text)] for text in texts]]

    def __len__(self) -> int:
        """Number of distinct texts."""
        return len(self._rows)

    def save(self, path: Path) -> None:
        """Write a NumPy archive."""
        with path.open("wb") as handle:
            np.savez(handle, keys=np.array(list(self._rows), dtype="U32"), matrix=self._matrix)

    @classmethod
    def load(cls, path: Path) -> Vectors:
        """Read a NumPy archive.

        Raises:
            IndexUnusable: it is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as archive:
                return cls({str(key): row for row, key in enumerate(archive["keys"])}, archive["matrix"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise IndexUnusable(f"{path} is damaged; run: rag index --rebuild") from error
