"""The steps from a question to an outcome, as LangChain runnables: search, read, compose, enforce."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda

from rag.answering.opening import opened
from rag.answering.quotes import closest_note, nearest_passages, quote_evidence, reason_to_abstain
from rag.answering.speaking import who_said
from rag.answering.supporting import IN_ANSWERS, Support
from rag.answering.talk import reply
from rag.answering.verdict import PartRead, judged, worded
from rag.answering.verifying import enforce
from rag.answering.writing import written
from rag.index import Index
from rag.judging import Patient
from rag.models.writer import Writer
from rag.prompting import passages_of
from rag.reader import Reader, Reading, merge_readings, read
from rag.reader.questions import Question
from rag.reader.talk import Talk
from rag.records import Abstention, Answer, Hit, Statement, Verdict
from rag.retrieval.fusion import Leg, fuse
from rag.retrieval.retriever import FUSION_K, HybridRetriever, Similarities
from rag.settings import Strictness

READ_HITS = 16
"""Hits whose sentences the reader looks at."""
_CLOSE = 0.5
"""Share of the threshold from which the nearest passage is shown as the closest one, with what it does not mention."""
WRITER_HITS = 8
"""Hits that a chat model is shown, the answering ones first."""
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
    said: bool
    """Whether it asks who said what was shown last."""
    before: Answer | Abstention | None
    """What was shown last, where that is asked."""
    index: Index
    retriever: HybridRetriever
    only: tuple[str, ...]
    """Titles of the documents in it, where there are others."""
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
    readings: tuple[PartRead, ...]
    hits: tuple[Hit, ...]
    done: float
    verdict: Verdict | None = None
    """Once a judge was asked."""

    @property
    def confirmed(self) -> bool:
        """Whether a judge finds an answer in what is quoted."""
        return self.verdict is not None and self.verdict.ruling in ("confirmed", "found")

    @property
    def reading(self) -> Reading:
        """Of the whole question."""
        return merge_readings([part.reading for part in self.readings])


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
        readings = _read_parts(found, hits, reader)
    else:
        readings = (PartRead(asked.question, read(reader, asked.retriever, asked.question, hits, found.similar)),)
    reading = merge_readings([part.reading for part in readings])
    scored = [replace(hit, reader_score=reading.best_of(hit.chunk.id)) for hit in hits]
    by_reader = sorted(range(len(scored)), key=lambda i: (-(scored[i].reader_score or 0.0), i))
    both = fuse([Leg("reader", by_reader), Leg("retriever", range(len(scored)))], FUSION_K)
    return Read(found, readings, _numbered(scored[position] for position, _ in both), time.perf_counter())


def _numbered(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, 1))


def _read_parts(found: Found, hits: list[Hit], reader: Reader) -> tuple[PartRead, ...]:
    """What answers each part, among the part's own hits; those that the whole question did not find are added to `hits`."""
    asked = found.asked
    readings = []
    for part in asked.parts:
        similar = asked.retriever.similarities(part.text)
        own = asked.retriever.hits(part.text, PART_HITS, similar, about_document=part.about_document)
        known = {hit.chunk.id for hit in hits}
        hits += [hit for hit in own if hit.chunk.id not in known]
        readings.append(PartRead(part, read(reader, asked.retriever, part, own, similar)))
    # what one part does not find alone, the whole question may
    if not all(part.reading.answering for part in readings):
        whole = read(reader, asked.retriever, asked.question, found.hits, found.similar)
        readings.append(PartRead(asked.question, whole))
    return tuple(readings)


def judge_reading(state: Read, judge: Patient, strictness: Strictness) -> Read:
    """The state with the judge's verdict and what becomes of the readings by it; hits that answer come first."""
    readings, verdict = judged(state.readings, judge, strictness)
    state = replace(state, readings=readings, verdict=verdict)
    reading = state.reading
    answering = list(dict.fromkeys(reading.chunks[n].id for n in reading.answering))
    hits = [replace(hit, reader_score=reading.best_of(hit.chunk.id)) for hit in state.hits]
    first = sorted((hit for hit in hits if hit.chunk.id in answering), key=lambda hit: answering.index(hit.chunk.id))
    return replace(state, hits=_numbered([*first, *(hit for hit in hits if hit.chunk.id not in answering)]))


def compose(state: Read, reader: Reader, max_quotes: int, keep: int) -> Answer | Abstention:
    """Quotations where the reader found an answer, else the reason and the nearest passages; verified either way."""
    asked, reading = state.found.asked, state.reading
    outcome: Answer | Abstention
    if reading.answering:
        statements, citations = quote_evidence(
            asked.index, reading, max_quotes, question=asked.question, words_by=reader.spans
        )
        outcome = Answer(
            asked.text, asked.question.text, statements, citations, state.hits[:keep],
            language=asked.question.language, timings=_timings(state), fingerprint=asked.index.manifest.fingerprint, verdict=state.verdict,
            asked_of=asked.only, missing=tuple(p.question.text for p in state.readings[: len(asked.parts)] if not p.reading.answering),
        )  # fmt: skip
    else:
        demoted = state.verdict is not None and state.verdict.ruling == "demoted"
        is_close = demoted or max(reading.scores.values(), default=0.0) >= reader.threshold * _CLOSE
        outcome = Abstention(
            asked.text, asked.question.text, reason_to_abstain(asked.index, asked.question, reading), reading.uncovered,
            nearest_passages(asked.index, reading), state.hits[:keep],
            language=asked.question.language, timings=_timings(state), fingerprint=asked.index.manifest.fingerprint, verdict=state.verdict,
            asked_of=asked.only, note=closest_note(asked.index, asked.question, reading) if is_close else None,
        )  # fmt: skip
    enforce(outcome, asked.index.documents)
    return outcome


@dataclass(frozen=True, slots=True)
class Steps:
    """What the chain is made of; `ask` runs it whole, `stream` shows the reader's outcome before the judge's."""

    reader: Reader
    judge: Patient | None
    """None where the reader has the last word."""
    max_quotes: int
    """Sentences that an answer quotes at most."""
    keep: int
    """Hits that an outcome keeps."""
    strictness: Strictness = "normal"
    """Of the judge; the reader has its own threshold."""
    writer: Writer | None = None
    """None where answers are quotations."""
    tokens: int = 3000
    """Of passages that the writer is sent at most."""

    def read(self, found: Found) -> Read:
        """The reader's part."""
        return read_hits(found, self.reader)

    def judged(self, state: Read) -> Read:
        """The judge's part, if there is one."""
        return judge_reading(state, self.judge, self.strictness) if self.judge else state

    def worded(self, state: Read) -> Read:
        """An answer that the judge confirmed, with the words that it copies; any other state as it is."""
        if self.judge is None or not state.confirmed:
            return state
        readings = worded(state.found.asked.index, state.readings, self.judge)
        return state if readings == state.readings else replace(state, readings=readings)

    def compose(self, state: Read) -> Answer | Abstention:
        """The outcome; it has passed citation enforcement."""
        return compose(state, self.reader, self.max_quotes, self.keep)

    def opened(self, state: Read, composed: Answer | Abstention) -> Answer | Abstention:
        """A confirmed answer with the "yes" or "no" that its first quotation states; any other outcome as it is."""
        asked = state.found.asked
        if self.judge is None or not state.confirmed or not isinstance(composed, Answer) or len(asked.parts) > 1:
            return composed
        return opened(composed, asked.question, asked.index.documents, self.judge)

    def write(self, state: Read, composed: Answer | Abstention) -> Iterator[Statement | Answer]:
        """The writer's statements as they pass, then the whole answer; nothing where there is no writer, or nothing was found to write from."""
        if self.writer is None or not isinstance(composed, Answer):
            return
        asked = state.found.asked
        passages = passages_of([hit.chunk for hit in state.hits[:WRITER_HITS]], asked.index.documents, self.tokens)
        support = Support(self.judge, asked.retriever.encoder.embed, seconds=IN_ANSWERS)
        began = time.perf_counter()
        for part in written(composed, passages, asked.index.documents, self.writer, support):
            if isinstance(part, Answer):
                enforce(part, asked.index.documents)
                wrote = {"write": time.perf_counter() - began, "total": time.perf_counter() - asked.started}
                part = replace(part, timings={**part.timings, **wrote})
            yield part

    def finish(self, state: Read) -> Answer | Abstention:
        """The outcome, written if there is a writer."""
        composed = self.opened(state, self.compose(state))
        *_, last = [composed, *self.write(state, composed)]
        return last  # type: ignore[return-value]

    def chain(self) -> Runnable[Asked, Answer | Abstention]:
        """All steps; a greeting and the like takes a shorter way."""
        answered = (
            RunnableLambda(search, name="search")
            | RunnableLambda(self.read, name="read")
            | RunnableLambda(self.judged, name="judge")
            | RunnableLambda(self.worded, name="mark the words")
            | RunnableLambda(self.finish, name="compose, write and enforce")
        )
        return RunnableBranch((asks_nothing, RunnableLambda(converse, name="talk")), answered)

    def outcomes(self, asked: Asked) -> Iterator[Statement | Answer | Abstention]:
        """The reader's outcome as soon as it is there; with a judge, the one with the verdict, then with its words; with a writer, its statements and the whole."""
        if asks_nothing(asked):
            yield converse(asked)
            return
        state = self.read(search(asked))
        composed = self.compose(state)
        if isinstance(composed, Answer):
            yield from composed.statements
        yield composed
        state = self.judged(state)
        if state.verdict:
            composed = self.compose(state)
            yield composed
            if (marked := self.worded(state)) is not state:
                state, composed = marked, self.compose(marked)
                yield composed
            if (told := self.opened(state, composed)) is not composed:
                yield (composed := told)
        yield from self.write(state, composed)


def asks_nothing(asked: Asked) -> bool:
    """Whether a message is a greeting, asks who said what was just shown, or the like: the documents are not searched for it."""
    return asked.talk is not None or asked.said


def converse(asked: Asked) -> Answer | Abstention:
    """The reply to it."""
    if asked.said:
        outcome = who_said(asked.text, asked.before, asked.index, asked.started)
        enforce(outcome, asked.index.documents)
        return outcome
    reason = reply(asked.talk or "help", asked.text, asked.index)
    timings = {"total": time.perf_counter() - asked.started}
    fingerprint = asked.index.manifest.fingerprint
    language = asked.question.language
    return Abstention(
        asked.text, asked.text, reason, (), (), (), timings, fingerprint, language=language, asked_nothing=True
    )


def _timings(state: Read) -> Mapping[str, float]:
    started, searched = state.found.asked.started, state.found.searched
    seconds = {"search": searched - started, "read": state.done - searched}
    if state.verdict:
        seconds["judge"] = state.verdict.seconds
    return {**seconds, "total": time.perf_counter() - started}
