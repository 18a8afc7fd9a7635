"""Chroma: the dense leg's nearest-neighbour search. Only this module knows it.

A build writes a Chroma folder once. Readers open a private copy of it: Chroma writes when it opens, is not safe between
processes, and would keep serving its old state (see chroma issues 1441, 7040); a copy makes all three harmless and allows read-only media.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

from rag.embedding import Matrix
from rag.errors import IndexUnusable
from rag.records import Chunk

_COLLECTION = "chunks"
_SPACE = {"hnsw": {"space": "cosine"}}
_SETTINGS = ChromaSettings(anonymized_telemetry=False)
_PROBES = 3


def write_store(folder: Path, chunks: Sequence[Chunk], vectors: Matrix) -> None:
    """Write the chunks and verify what was written.

    Args:
        folder: Where to; must not exist.
        chunks: n chunks.
        vectors: (n, dim) float32, rows of length 1.

    Raises:
        IndexUnusable: the folder cannot be written, or Chroma does not give back what it was given.
    """
    try:
        client = chromadb.PersistentClient(str(folder), settings=_SETTINGS)
        collection = client.create_collection(_COLLECTION, configuration=_SPACE, embedding_function=None)  # type: ignore[arg-type]
        step = client.get_max_batch_size()
        for start in range(0, len(chunks), step):
            part = chunks[start : start + step]
            collection.upsert(
                ids=[chunk.id for chunk in part],
                embeddings=vectors[start : start + step],
                documents=[chunk.text for chunk in part],
                metadatas=[
                    {"document": chunk.document_id, "start": chunk.start, "end": chunk.end, "kind": chunk.kind}
                    for chunk in part
                ],
            )
        client.close()  # type: ignore[attr-defined]
    except (ChromaError, OSError) as error:
        raise IndexUnusable(
            f"Chroma could not write {folder} ({error}); check the disk and the folder's permissions"
        ) from error
    DenseStore(folder, None).verify(chunks, vectors)


class DenseStore:
    """A private copy of a Chroma folder, removed when the object goes."""

    def __init__(self, folder: Path, embedder: Embeddings | None) -> None:
        """Open it.

        Raises:
            IndexUnusable: the folder is missing or not a Chroma folder.
        """
        private = Path(tempfile.mkdtemp(prefix="rag-index-"))
        remove = weakref.finalize(self, shutil.rmtree, private, ignore_errors=True)
        try:
            shutil.copytree(folder, private / "chroma")
            self._client = chromadb.PersistentClient(str(private / "chroma"), settings=_SETTINGS)
            self._close = weakref.finalize(self, self._client.close)  # type: ignore[attr-defined]
            self.langchain = Chroma(_COLLECTION, embedding_function=embedder, client=self._client)
            self.count = self._client.get_collection(_COLLECTION).count()
        except (ChromaError, OSError, ValueError) as error:
            remove()
            raise IndexUnusable(
                f"{folder} is not a readable Chroma folder ({error}); run: rag index --rebuild"
            ) from error

    def search(
        self, vector: Sequence[float] | Matrix, k: int, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """(chunk id, cosine) of the nearest chunks, best first, ties by id; with `documents`, only of those."""
        if not self.count:
            return []
        where: Any = {"document": {"$in": list(documents)}} if documents is not None else None
        found = self.langchain.similarity_search_by_vector_with_relevance_scores(
            [float(x) for x in vector], k=min(k, self.count), filter=where
        )
        return sorted(
            ((str(document.id), 1 - distance) for document, distance in found), key=lambda hit: (-hit[1], hit[0])
        )

    def verify(self, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Raise IndexUnusable unless every chunk is found and the nearest ones are those of an exact search."""
        if self.count != len(chunks):
            raise IndexUnusable(
                f"Chroma holds {self.count} chunks where {len(chunks)} were written; run: rag index --rebuild"
            )
        for position in np.linspace(0, len(chunks) - 1, min(_PROBES, len(chunks)), dtype=int):
            found = self.search(vectors[position], self.count)
            exact = float(np.max(vectors @ vectors[position]))
            if len(found) != len(chunks) or abs(found[0][1] - exact) > 1e-3:
                raise IndexUnusable("Chroma does not find all that was written; run: rag index --rebuild")


@dataclass(frozen=True, slots=True)
class StorePart:
    """What a store holds of some documents."""

    whole: DenseStore
    documents: tuple[str, ...]

    def search(self, vector: Sequence[float] | Matrix, k: int) -> list[tuple[str, float]]:
        """As `DenseStore.search`."""
        return self.whole.search(vector, k, self.documents)


Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and how much there is."""
