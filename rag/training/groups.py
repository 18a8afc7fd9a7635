"""Examples to training groups: a question, the sentence that answers it, and sentences that do not.

Everything is deterministic: what is drawn for a question depends on the question and on the examples that it is among.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from rag.embedding import MultilingualEncoder
from rag.reader.spans import Window
from rag.retrieval.lexical import LexicalIndex, fold
from rag.training.changes import Change, changes_of, without_answer
from rag.training.examples import Example

Log = Callable[[str], None]
CONTEXTS = ("none", "before", "both")
"""What of a sentence's surroundings the reader sees: nothing; heading and sentence before; also the sentence after."""
_SEED = 7
_NEAREST = 30
_TAKEN_FIRST = ("paragraph", "lexical", "name-swapped", "article", "answer-removed", "semantic")
"""In which order candidates are taken where there is not room for all."""
_IN_NEAR_MISS = ("gold", "paragraph", "article", "lexical")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that a question is put to."""

    sentence: str
    before: str
    """The sentence before it, or nothing."""
    after: str
    heading: str
    origin: str
    """Where it comes from: gold, near-miss (gold, but the question was changed), paragraph, article, lexical, semantic, answer-removed,
    name-swapped."""

    def window(self, context: str = "before") -> str:
        """What the reader sees; `context` is one of CONTEXTS."""
        if context == "none":
            return self.sentence
        around = [self.before, self.after] if context == "both" else [self.before]
        return Window(self.sentence, " | ".join(part for part in around if part), self.heading).text

    @property
    def passage(self) -> str:
        """The same as plain text, for a judge."""
        text = " ".join(part for part in (self.before, self.sentence) if part)
        return f"{self.heading}: {text}" if self.heading else text


@dataclass(frozen=True, slots=True)
class Group:
    """A question and its candidates, of which only the first can answer."""

    question: str
    candidates: tuple[Candidate, ...]
    language: str
    changed: str | None = None
    """What of the question was changed, so that nothing answers it; None for a question as it was asked."""
    targets: tuple[float | None, ...] = ()
    """For each candidate how probably it answers as a judge says; None where none was asked, empty where none was asked at all."""

    @property
    def answerable(self) -> bool:
        """Whether one of the candidates answers."""
        return self.candidates[0].origin == "gold"

    def trimmed(self, negatives: int) -> Group:
        """With at most so many candidates that do not answer."""
        others = sorted(self.candidates[1:], key=lambda c: _TAKEN_FIRST.index(c.origin))
        first = {c.origin: c for c in reversed(others)}  # one of each origin before a second of any
        order = [*first.values()][::-1] + [c for c in others if c is not first[c.origin]]
        return replace(self, candidates=(self.candidates[0], *order[:negatives]))


class GroupMaker:
    """Makes the groups of examples, whose sentences are also each other's neighbours."""

    def __init__(self, examples: Sequence[Example], log: Log = lambda line: None) -> None:
        """Nothing is embedded before the first question.

        Args:
            examples: The sentences of all of them are the pool.
            log: Called with a line of progress now and then.
        """
        self._log = log
        self._examples = examples
        places = {s: (e, n) for e in reversed(examples) for n, s in reversed([*enumerate(e.sentences)])}
        self._texts = sorted(places)
        self._places = [places[text] for text in self._texts]
        self._articles: dict[str, dict[tuple[str, ...], Example]] = {}
        for example in sorted(examples, key=lambda e: e.sentences):
            self._articles.setdefault(example.title, {})[example.sentences] = example

    def groups(self, example: Example) -> list[Group]:
        """The group of an example, and a near-miss group where its question can be changed.

        Two candidates that do not answer are from the same paragraph, one from another paragraph of the article, one is a lexical and one
        a semantic neighbour from other articles, one is the gold sentence with its answer taken out, and one is the gold sentence with a
        name, number, date or place that the question mentions exchanged. In a near-miss group the question is changed in this way, or by
        another verb.
        """
        rng = random.Random(f"{_SEED} {example.question}")
        similar = self._similar(example)
        changes = changes_of(example, [self._texts[n] for n in similar], rng)
        gold = _candidate(example, example.gold, "gold")
        candidates = (
            gold,
            *self._same_paragraph(example, rng),
            *self._same_article(example, rng),
            *self._others(example, self._lexical(example), "lexical")[:1],
            *self._others(example, similar, "semantic")[1:2],
            *_altered(example, gold, changes, rng),
        )
        found = [Group(example.question, candidates, example.language)]
        if changes:
            change = rng.choice(changes)
            kept = tuple(
                replace(c, origin="near-miss") if c is gold else c for c in candidates if c.origin in _IN_NEAR_MISS
            )
            found.append(Group(change.applied(example.question), kept, example.language, change.kind))
        return found

    def near_miss(self, example: Example) -> Change | None:
        """A change of the question after which its paragraph does not answer it."""
        rng = random.Random(f"{_SEED} {example.question}")
        changes = changes_of(example, [self._texts[n] for n in self._similar(example)], rng)
        return rng.choice(changes) if changes else None

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        done, size = 0, len(self._texts)

        def progress(count: int) -> None:
            nonlocal done
            done += count
            if done % 4000 < count:
                self._log(f"sentences embedded: {done}/{size}")

        return encoder().embed(self._texts, progress)

    @cached_property
    def _bm25(self) -> LexicalIndex:
        return LexicalIndex(self._texts, ["en"] * len(self._texts))

    def _similar(self, example: Example) -> list[int]:
        return _best(self._vectors @ encoder().embed([example.question])[0])

    def _lexical(self, example: Example) -> list[int]:
        return _best(self._bm25.scores(example.question))

    def _others(self, example: Example, order: Sequence[int], origin: str) -> list[Candidate]:
        """Neighbours from other articles that do not hold the answer."""
        found = []
        for other, number in (self._places[n] for n in order):
            if other.title != example.title and not _holds(other.sentences[number], example):
                found.append(_candidate(other, number, origin))
        return found

    def _same_paragraph(self, example: Example, rng: random.Random) -> list[Candidate]:
        others = [n for n, s in enumerate(example.sentences) if n != example.gold and not _holds(s, example)]
        return [_candidate(example, n, "paragraph") for n in rng.sample(others, min(2, len(others)))]

    def _same_article(self, example: Example, rng: random.Random) -> list[Candidate]:
        """A sentence of another paragraph of the article that does not hold the answer."""
        others = [
            (other, n)
            for other in self._articles.get(example.title, {}).values()
            for n, s in enumerate(other.sentences)
            if s not in example.sentences and not _holds(s, example)
        ]
        return [_candidate(*rng.choice(others), "article")] if others else []


def make_groups(examples: Sequence[Example], log: Log = lambda line: None) -> list[Group]:
    """The groups of all examples, in their order."""
    maker = GroupMaker(examples, log)

    def made() -> Iterator[Group]:
        for number, example in enumerate(examples, start=1):
            yield from maker.groups(example)
            if number % 1000 == 0:
                log(f"groups made: {number}/{len(examples)}")

    return list(made())


@cache
def encoder() -> MultilingualEncoder:
    """The one that finds neighbours, loaded once."""
    return MultilingualEncoder()


def _best(scores: NDArray[np.float32]) -> list[int]:
    """Positions of the highest scores, best first; the earlier one of equals."""
    return [int(n) for n in np.argsort(-scores, kind="stable")[:_NEAREST]]


def _holds(sentence: str, example: Example) -> bool:
    return fold(example.answer) in fold(sentence)


def _candidate(example: Example, number: int, origin: str) -> Candidate:
    before = example.sentences[number - 1] if number else ""
    after = example.sentences[number + 1] if number + 1 < len(example.sentences) else ""
    return Candidate(example.sentences[number], before, after, example.heading, origin)


def _altered(example: Example, gold: Candidate, changes: Sequence[Change], rng: random.Random) -> list[Candidate]:
    """The gold sentence without its answer, and with something exchanged that the question mentions."""
    found = []
    if removed := without_answer(gold.sentence, example.answer):
        found.append(replace(gold, sentence=removed, origin="answer-removed"))
    if exchanges := [change for change in changes if change.kind != "verb"]:
        found.append(replace(gold, sentence=rng.choice(exchanges).applied(gold.sentence), origin="name-swapped"))
    return found
