"""Chunks and vectors to a stored, fingerprinted index, and back."""

from rag.index.build import build_index, current_build, silent
from rag.index.manifest import Manifest, corpus_digest, read_manifest
from rag.index.opened import Index, open_index, read_documents, read_index
from rag.index.store import Progress

__all__ = [
    "Index",
    "Manifest",
    "Progress",
    "build_index",
    "corpus_digest",
    "current_build",
    "open_index",
    "read_documents",
    "read_index",
    "read_manifest",
    "silent",
]
