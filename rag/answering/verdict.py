"""What a judge says of a reading, and what becomes of the reading: confirmed, demoted to the nearest passages, or an answer found.

A judge reads passages, not sentences: which of a passage's sentences answers, it is asked by having it copy the words.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from rag.answering.marks import NO_WORDS, with_words
from rag.index import Index
from rag.judging import Patient
from rag.reader import Reading, choose
from rag.reader.questions import Question
from rag.records import Chunk, Verdict
from rag.settings import Strictness

JUDGED = 3
"""Passages that a judge reads for a question at most."""
_COPYING = 8.0
"""Seconds for the words of an answer that is known by then and on the screen; 2 cost a quarter of the answers their words on two slow cores."""
FUSION = Path(__file__).parent / "fusion.json"
"""Of each kind of judge the weights of `Fusion`."""
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class PartRead:
    """One thing that a question asks, and what the reader made of it."""

    question: Question
    reading: Reading


@dataclass(frozen=True, slots=True)
class Fusion:
    """Two logistic models: which sentence, by reader and judge; whether any, by the judge alone.

    The reader's score is as high for a near miss as for an answer, so that it says nothing about whether there is one.
    """

    reader: float
    judge: float
    bias: float
    scale: float
    shift: float
    thresholds: Mapping[str, float]
    """Of each strictness the probability from which a passage answers."""

    def answers(self, log_odds: float) -> float:
        """Probability in (0, 1) that a passage answers, from the judge's log-odds."""
        return 1 / (1 + math.exp(-self.scale * log_odds - self.shift))

    def probability(self, score: float, log_odds: float) -> float:
        """That a sentence answers, in (0, 1), from the reader's probability for the sentence and the judge's log-odds for its passage."""
        score = min(max(score, _EDGE), 1 - _EDGE)
        total = self.reader * math.log(score / (1 - score)) + self.judge * log_odds + self.bias
        return 1 / (1 + math.exp(-total))


@cache
def fusion(kind: str) -> Fusion:
    """How the log-odds of a judge of this kind are weighed; fitted on public data (`python -m rag.training judge`)."""
    values = json.loads(FUSION.read_text(encoding="utf-8"))
    return Fusion(**values[kind])


def judged(
    parts: Sequence[PartRead], judge: Patient, strictness: Strictness
) -> tuple[tuple[PartRead, ...], Verdict | None]:
    """The readings after the judge has read the best passages of each; no verdict where there was nothing to ask.

    Sentences of other passages no longer answer, unless time ran out before all were judged and none that was answers.
    """
    began, until = time.perf_counter(), judge.deadline()
    before = any(part.reading.answering for part in parts)
    share = max(JUDGED // len(parts), 1)
    if not any(_judgeable(part) and part.reading.scores for part in parts):
        return tuple(parts), None
    after, read = [], set[str]()
    for part in parts:
        if not _judgeable(part):
            after.append(part)
            continue
        reading, heard = _second_reading(part, judge, strictness, share, until)
        read |= heard
        after.append(replace(part, reading=reading))
    quoted = {part.reading.chunks[n].id for part in after for n in part.reading.answering}
    ruling = (
        "none" if not read or quoted - read else _ruling(before, bool(quoted))
    )  # what was not read is never called confirmed
    return tuple(after), Verdict(judge.judge.name, ruling, time.perf_counter() - began)


def worded(index: Index, parts: Sequence[PartRead], judge: Patient) -> tuple[PartRead, ...]:
    """The readings that the judge confirmed, of each best passage the sentence first that has the words which the judge copies.

    Asked for after the verdict, which need not wait for it.
    """
    until = judge.deadline(_COPYING)
    return tuple(replace(part, reading=_worded(index, part, judge, until)) for part in parts)


def _worded(index: Index, part: PartRead, judge: Patient, until: float) -> Reading:
    reading = part.reading
    if not reading.answering or not _judgeable(part) or part.question.answer_type in NO_WORDS:
        return reading
    copied = judge.phrase(part.question.text, passage(reading.chunks[reading.answering[0]]), until)
    return with_words(index, part.question, reading, copied)


def _judgeable(part: PartRead) -> bool:
    return not part.reading.unknown and not part.question.about_document


def _second_reading(
    part: PartRead, judge: Patient, strictness: Strictness, most: int, until: float
) -> tuple[Reading, set[str]]:
    """The reading with what the judge says of its best chunks, one after the other; the chunks that were read."""
    weights = fusion(judge.judge.kind)
    heard: dict[str, float] = {}
    in_time = True
    for chunk in best_chunks(part.reading, most):
        log_odds = judge.log_odds(part.question.text, passage(chunk), until)
        if log_odds is None:
            in_time = False
            break
        heard[chunk.id] = log_odds
    if not heard:
        return part.reading, set()
    return _reweighed(part.reading, heard, weights, weights.thresholds[strictness], in_time), set(heard)


def passage(chunk: Chunk) -> str:
    """A chunk as the judge reads it: its text in one line."""
    return " ".join(chunk.text.split())


def best_chunks(reading: Reading, most: int) -> list[Chunk]:
    """Chunks with the best sentences, best first."""
    ranked = sorted(reading.scores, key=lambda n: -reading.scores[n])
    return list({reading.chunks[n].id: reading.chunks[n] for n in ranked}.values())[:most]


def _reweighed(
    reading: Reading, heard: Mapping[str, float], weights: Fusion, threshold: float, in_time: bool
) -> Reading:
    scores = dict(reading.scores)
    confirmed, unread = set(), set() if in_time else set(reading.answering)
    for number, score in reading.scores.items():
        log_odds = heard.get(reading.chunks[number].id)
        if log_odds is not None:
            scores[number] = weights.probability(score, log_odds)
            unread.discard(number)
            if weights.answers(log_odds) >= threshold:
                confirmed.add(number)
    answering = choose({n: scores[n] for n in confirmed or unread}, 0.0)
    order = sorted(scores, key=lambda n: (reading.chunks[n].id not in heard, -scores[n]))
    return replace(reading, scores=scores, answering=answering, nearest=tuple(n for n in order if n not in answering))


def _ruling(before: bool, after: bool) -> Literal["confirmed", "demoted", "found", "agreed"]:
    if before:
        return "confirmed" if after else "demoted"
    return "found" if after else "agreed"
