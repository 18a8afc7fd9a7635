"""The steps from a question to an outcome, as LangChain runnables: search, read, compose, enforce."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda

from rag.answering.quotes import nearest_passages, quote_evidence, reason_to_abstain
from rag.answering.talk import reply
from rag.citations import enforce
from rag.index import Index
from rag.reader import Reader, Reading, merge_readings, read
from rag.reader.questions import Question
from rag.reader.talk import Talk
from rag.records import Abstention, Answer, Hit
from rag.retrieval.fusion import Leg, fuse
from rag.retrieval.retriever import FUSION_K, HybridRetriever, Similarities

READ_HITS = 16
"""Hits whose sentences the reader looks at."""
PART_HITS = 8
"""The same for one part of a question that asks several things."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the index that is to answer it: the same one through all steps, whatever is swapped in meanwhile."""

    text: str
    question: Question
    """Standalone."""
    parts: tuple[Question, ...]
    """What it asks, one thing each; only itself for most questions."""
    talk: Talk | None
    """What it is instead of a question."""
    index: Index
    retriever: HybridRetriever
    started: float
    """`time.perf_counter()`"""


@dataclass(frozen=True, slots=True)
class Found:
    """With the hits of the retriever."""

    asked: Asked
    similar: Similarities
    hits: tuple[Hit, ...]
    searched: float


@dataclass(frozen=True, slots=True)
class Read:
    """With what the reader made of them; the hits are in its order."""

    found: Found
    reading: Reading
    hits: tuple[Hit, ...]
    done: float


def search(asked: Asked) -> Found:
    """Embed the question once and fuse the legs."""
    similar = asked.retriever.similarities(asked.question.text)
    question = asked.question
    hits = asked.retriever.hits(question.text, READ_HITS, similar, about_document=question.about_document)
    return Found(asked, similar, tuple(hits), time.perf_counter())


def read_hits(found: Found, reader: Reader) -> Read:
    """Let the reader judge the sentences of the hits, whose order is then its own fused with the retriever's."""
    asked = found.asked
    hits = list(found.hits)
    if len(asked.parts) > 1:
        reading = _read_parts(found, hits, reader)
    else:
        reading = read(reader, asked.retriever, asked.question, hits, found.similar)
    scored = [replace(hit, reader_score=reading.hit_scores.get(hit.chunk.id, 0.0)) for hit in hits]
    by_reader = sorted(range(len(scored)), key=lambda i: (-(scored[i].reader_score or 0.0), i))
    both = fuse([Leg("reader", by_reader), Leg("retriever", range(len(scored)))], FUSION_K)
    ordered = [scored[position] for position, _ in both]
    return Read(
        found, reading, tuple(replace(hit, rank=rank) for rank, hit in enumerate(ordered, 1)), time.perf_counter()
    )


def _read_parts(found: Found, hits: list[Hit], reader: Reader) -> Reading:
    """What answers each part, among the part's own hits; those that the whole question did not find are added to `hits`."""
    asked = found.asked
    readings = []
    for part in asked.parts:
        similar = asked.retriever.similarities(part.text)
        own = asked.retriever.hits(part.text, PART_HITS, similar, about_document=part.about_document)
        known = {hit.chunk.id for hit in hits}
        hits += [hit for hit in own if hit.chunk.id not in known]
        readings.append(read(reader, asked.retriever, part, own, similar))
    if not all(reading.answering for reading in readings):  # what one part does not find alone, the whole question may
        readings.append(read(reader, asked.retriever, asked.question, found.hits, found.similar))
    return merge_readings(readings)


def compose(state: Read, max_quotes: int, keep: int) -> Answer | Abstention:
    """Quotations where the reader found an answer, else the reason and the nearest passages."""
    asked, reading = state.found.asked, state.reading
    timings = _timings(state)
    fingerprint = asked.index.manifest.fingerprint
    hits = state.hits[:keep]
    if not reading.answering:
        reason = reason_to_abstain(asked.index, asked.question, reading)
        nearest = nearest_passages(asked.index, reading)
        return Abstention(
            asked.text, asked.question.text, reason, reading.uncovered, nearest, hits, timings, fingerprint
        )
    statements, citations = quote_evidence(asked.index, reading, max_quotes)
    return Answer(
        asked.text, asked.question.text, statements, citations, hits, timings=timings, fingerprint=fingerprint
    )


def build_chain(reader: Reader, *, max_quotes: int, keep: int) -> Runnable[Asked, Answer | Abstention]:
    """The chain; what leaves it has passed citation enforcement.

    Args:
        reader: Judges sentences.
        max_quotes: Sentences that an answer quotes at most.
        keep: Hits that an outcome keeps.
    """

    def judged(found: Found) -> Read:
        return read_hits(found, reader)

    def verified(state: Read) -> Answer | Abstention:
        outcome = compose(state, max_quotes, keep)
        enforce(outcome, state.found.asked.index.documents)
        return outcome

    answered = (
        RunnableLambda(search, name="search")
        | RunnableLambda(judged, name="read")
        | RunnableLambda(verified, name="compose and enforce")
    )
    return RunnableBranch((asks_nothing, RunnableLambda(converse, name="talk")), answered)


def asks_nothing(asked: Asked) -> bool:
    """Whether a message is a greeting or the like, which the documents are not searched for."""
    return asked.talk is not None


def converse(asked: Asked) -> Abstention:
    """The reply to it."""
    reason = reply(asked.talk or "help", asked.text, asked.index)
    timings = {"total": time.perf_counter() - asked.started}
    fingerprint = asked.index.manifest.fingerprint
    return Abstention(asked.text, asked.text, reason, (), (), (), timings, fingerprint, asked_nothing=True)


def _timings(state: Read) -> Mapping[str, float]:
    started, searched = state.found.asked.started, state.found.searched
    return {"search": searched - started, "read": state.done - searched, "total": time.perf_counter() - started}
