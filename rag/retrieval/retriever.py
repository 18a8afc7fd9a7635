"""The hybrid retriever: three legs over one index."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict, PrivateAttr

from rag.chunking import context_text
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import Index
from rag.records import Hit
from rag.retrieval.fusion import Leg, fuse
from rag.retrieval.lexical import LexicalIndex, language_of

DEPTH = 50
"""Candidates that each leg gives to the fusion."""
PARTS = 8
"""Selections of documents whose retrievers are kept; one takes a second to make for 10,000 chunks."""
FUSION_K = 10
"""Smaller than the usual 60, since a leg's first few ranks say more in a corpus of hundreds of chunks. Chosen on the dev questions."""
SAME_LANGUAGE = {"dense": 1.0, "lexical": 1.0, "multilingual": 1.0}
OTHER_LANGUAGE = {"dense": 0.15, "lexical": 0.15, "multilingual": 1.0}
"""Weights of the legs by whether the question is in a language of the corpus. Chosen on the dev questions: see evals/EXPERIMENTS.md."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Similarities:
    """How similar a question is to every sentence and chunk of the index, by both encoders; cosines in [-1, 1]."""

    chunk_dense: Scores
    """(n_chunks,) as Chroma found them; a chunk that it did not return has the lowest score that it did."""
    chunk_multilingual: Scores
    sentence_dense: Scores
    """(n_sentences,)"""
    sentence_multilingual: Scores


class HybridRetriever(BaseRetriever):
    """Dense, lexical and multilingual legs fused by reciprocal rank; a LangChain retriever.

    The dense and multilingual scores of a chunk are the mean of its own cosine and that of its best sentence.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    embedder: Embedder
    encoder: MultilingualEncoder
    k: int = 10
    _lexical: LexicalIndex = PrivateAttr()
    _positions: dict[str, int] = PrivateAttr()
    _chunk_of: NDArray[np.int64] = PrivateAttr()
    _parts: dict[frozenset[str], HybridRetriever] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401
        """Build the lexical index; milliseconds for hundreds of chunks."""
        chunks = self.index.chunks
        languages = [self.index.documents[chunk.document_id].language for chunk in chunks]
        self._lexical = LexicalIndex([context_text(chunk.section, chunk.text) for chunk in chunks], languages)
        self._positions = {chunk.id: position for position, chunk in enumerate(chunks)}
        self._chunk_of = np.full(len(self.index.sentences), -1, np.int64)
        owners = {
            document_id: [p for p, chunk in enumerate(chunks) if chunk.document_id == document_id]
            for document_id in self.index.documents
        }
        for number, (document_id, sentence) in enumerate(self.index.sentences):
            mine = owners[document_id]
            place = bisect_right(mine, sentence.start, key=lambda p: chunks[p].start) - 1
            if place >= 0 and sentence.start < chunks[mine[place]].end:
                self._chunk_of[number] = mine[place]

    def only(self, documents: Collection[str]) -> HybridRetriever:
        """The retriever over some documents, by id, as if they were the whole corpus; the last few are kept."""
        chosen = frozenset(documents)
        if chosen >= self.index.documents.keys():
            return self
        part = self._parts.get(chosen)
        if part is None:
            part = HybridRetriever(
                index=self.index.only(chosen), embedder=self.embedder, encoder=self.encoder, k=self.k
            )
            self._parts = {**dict(list(self._parts.items())[1 - PARTS :]), chosen: part}
        return part

    @property
    def lexical(self) -> LexicalIndex:
        """The BM25 index over the chunks."""
        return self._lexical

    def sentences_of(self, position: int) -> list[int]:
        """Numbers of the sentences of a chunk, in order."""
        return [int(number) for number in np.flatnonzero(self._chunk_of == position)]

    def position(self, hit: Hit) -> int:
        """Where a hit's chunk stands in the index."""
        return self._positions[hit.chunk.id]

    def similarities(self, question: str) -> Similarities:
        """Embed the question once for all that need it."""
        dense = np.asarray(self.embedder.embed_query(question), np.float32)
        multilingual = self.encoder.embed([question])[0]
        found = self.index.store.search(dense, 2 * DEPTH)
        chunk_dense = np.full(len(self.index.chunks), found[-1][1] if found else -1.0, np.float32)
        for chunk_id, cosine in found:
            chunk_dense[self._positions[chunk_id]] = cosine
        return Similarities(
            chunk_dense,
            self.index.chunk_multilingual @ multilingual,
            self.index.sentence_vectors @ dense,
            self.index.sentence_multilingual @ multilingual,
        )

    def hits(
        self, question: str, k: int | None = None, similar: Similarities | None = None, *, about_document: bool = False
    ) -> list[Hit]:
        """The k best chunks, best first; ties in document order.

        Title and credits come last, or first when the question is about the document itself.
        """
        similar = similar or self.similarities(question)
        scores = {
            "dense": self._with_sentences(similar.chunk_dense, similar.sentence_dense),
            "lexical": self._lexical.scores(question),
            "multilingual": self._with_sentences(similar.chunk_multilingual, similar.sentence_multilingual),
        }
        same = language_of(question) in self._lexical.languages
        weights = SAME_LANGUAGE if same else OTHER_LANGUAGE
        legs = [
            Leg(name, self._rank(values, above_zero=name == "lexical"), weights[name])
            for name, values in scores.items()
        ]
        fused = fuse(legs, FUSION_K)
        fused.sort(key=lambda item: (self.index.chunks[item[0]].kind == "credits") != about_document)
        hits = [
            Hit(self.index.chunks[position], score, rank)
            for rank, (position, score) in enumerate(fused[: k or self.k], 1)
        ]
        for leg in legs:
            ranks = {position: rank for rank, position in enumerate(leg.ranked, 1)}
            hits = [self._explained(hit, leg.name, ranks, scores[leg.name]) for hit in hits]
        return hits

    def _with_sentences(self, chunk: Scores, sentence: Scores) -> Scores:
        best = np.full(len(chunk), -1.0, np.float32)
        inside = self._chunk_of >= 0  # a title that recurs is in no chunk
        np.maximum.at(best, self._chunk_of[inside], sentence[inside])
        return np.asarray((chunk + best) / 2, np.float32)

    def _rank(self, scores: Scores, *, above_zero: bool) -> list[int]:
        order = np.argsort(-scores, kind="stable")[:DEPTH]
        return [int(position) for position in order if not above_zero or scores[position] > 0]

    def _explained(self, hit: Hit, leg: str, ranks: dict[int, int], scores: Scores) -> Hit:
        position = self._positions[hit.chunk.id]
        if position not in ranks:
            return hit
        found: dict[str, Any] = {f"{leg}_rank": ranks[position], f"{leg}_score": float(scores[position])}
        return replace(hit, **found)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        return [as_langchain(hit) for hit in self.hits(query)]


def as_langchain(hit: Hit) -> LangChainDocument:
    """A hit as a LangChain document, with every score and the exact place in its metadata."""
    chunk = hit.chunk
    metadata = {
        "document": chunk.document_id, "section": " › ".join(chunk.section), "start": chunk.start, "end": chunk.end,
        "score": hit.score, "rank": hit.rank, "dense_rank": hit.dense_rank, "dense_score": hit.dense_score,
        "lexical_rank": hit.lexical_rank, "lexical_score": hit.lexical_score,
        "multilingual_rank": hit.multilingual_rank, "multilingual_score": hit.multilingual_score,
    }  # fmt: skip
    return LangChainDocument(id=chunk.id, page_content=chunk.text, metadata=metadata)
