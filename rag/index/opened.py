"""An index as it is read: documents, chunks, vectors and the stores over them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from rag.embedding import Embedder, Matrix, MultilingualEncoder
from rag.errors import IndexUnusable
from rag.index.build import build_index, current_build, sentence_texts, silent
from rag.index.manifest import Manifest, corpus_digest, file_hashes, fingerprint, read_manifest, recipe
from rag.index.store import DenseStore, Progress, StorePart
from rag.index.vectors import Vectors
from rag.records import Chunk, Document, Section, Sentence


@dataclass(frozen=True, slots=True)
class Index:
    """Everything that answering needs, held in memory; never changes."""

    folder: Path
    manifest: Manifest
    documents: dict[str, Document]
    """By id, in order of file name."""
    chunks: tuple[Chunk, ...]
    sentences: tuple[tuple[str, Sentence], ...]
    """(document id, sentence) of all that can be quoted, in order."""
    store: DenseStore | StorePart
    chunk_multilingual: Matrix
    """(n_chunks, 512) float32."""
    sentence_vectors: Matrix
    """(n_sentences, dim) float32."""
    sentence_multilingual: Matrix
    """(n_sentences, 512) float32."""

    def only(self, documents: Collection[str]) -> Index:
        """The part that these documents, by id, are the whole corpus of; the manifest stays that of the build."""
        chunks = [number for number, chunk in enumerate(self.chunks) if chunk.document_id in documents]
        sentences = [number for number, (owner, _) in enumerate(self.sentences) if owner in documents]
        kept = {key: document for key, document in self.documents.items() if key in documents}
        whole = self.store.whole if isinstance(self.store, StorePart) else self.store
        return replace(
            self,
            documents=kept,
            chunks=tuple(self.chunks[number] for number in chunks),
            sentences=tuple(self.sentences[number] for number in sentences),
            store=StorePart(whole, tuple(kept)),
            chunk_multilingual=self.chunk_multilingual[chunks],
            sentence_vectors=self.sentence_vectors[sentences],
            sentence_multilingual=self.sentence_multilingual[sentences],
        )


def open_index(
    folder: Path, corpus: Path, embedder: Embedder, encoder: MultilingualEncoder, *, progress: Progress = silent
) -> Index:
    """The current index; built first when there is none, or when it is damaged or not made from this corpus by these versions.

    Raises:
        CorpusError, IndexBusy, IndexUnusable: as `build_index`.
    """
    build = current_build(folder)
    if build is not None and corpus.is_dir():  # a missing folder is told by `build_index`, before a model is loaded
        wanted = fingerprint(recipe(corpus, corpus_digest(corpus), embedder.fingerprint))
        try:
            if read_manifest(build).fingerprint == wanted:
                return read_index(build, embedder)
        except IndexUnusable:  # damaged: everything in it can be made again from the corpus
            pass
    return read_index(build_index(folder, corpus, embedder, encoder, progress=progress), embedder)


def read_index(build: Path, embedder: Embedder) -> Index:
    """The index in a build folder, every file checked against its hash.

    Raises:
        IndexUnusable: a file is missing, damaged or foreign.
    """
    manifest = read_manifest(build)
    if (found := file_hashes(build)) != manifest.files:
        changed = sorted(set(found.items()) ^ set(manifest.files.items()))[0][0]
        raise IndexUnusable(f"{build / changed} is not the file that was built; run: rag index --rebuild")
    documents = read_documents(build)
    chunks = tuple(Chunk(**{**line, "section": tuple(line["section"])}) for line in _lines(build / "chunks.jsonl"))
    by_id = {document.id: document for document in documents}
    for chunk in chunks:
        if by_id[chunk.document_id].text[chunk.start : chunk.end] != chunk.text:
            raise IndexUnusable(f"chunk {chunk.id} is not its document's text; run: rag index --rebuild")
    dense, multilingual = Vectors.load(build / "dense.npz"), Vectors.load(build / "multilingual.npz")
    texts = sentence_texts(documents)
    return Index(
        folder=build,
        manifest=manifest,
        documents=by_id,
        chunks=chunks,
        sentences=tuple((d.id, s) for d in documents for s in d.sentences if s.kind in ("body", "credits", "title")),
        store=DenseStore(build / "chroma", embedder),
        chunk_multilingual=multilingual.of([chunk.text for chunk in chunks]),
        sentence_vectors=dense.of(texts),
        sentence_multilingual=multilingual.of(texts),
    )


def read_documents(build: Path) -> tuple[Document, ...]:
    """The documents of a build, in order of file name.

    Raises:
        IndexUnusable: their file is damaged.
    """
    try:
        return tuple(_document(line) for line in _lines(build / "documents.jsonl"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexUnusable(f"{build / 'documents.jsonl'} is damaged; run: rag index --rebuild") from error


def _lines(path: Path) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _document(values: dict) -> Document:  # type: ignore[type-arg]
    return Document(
        **{
            **values,
            "authors": tuple(values["authors"]),
            "sections": tuple(Section(tuple(s["path"]), s["start"], s["end"]) for s in values["sections"]),
            "sentences": tuple(Sentence(**s) for s in values["sentences"]),
            "source_runs": tuple((a, b, c) for a, b, c in values["source_runs"]),
            "pages": tuple(values.get("pages", ())),
        }
    )
