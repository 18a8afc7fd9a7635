"""Public questions to what a judge is asked in training: a passage with a question or a statement, and whether it answers or carries it.

A question is also put to its passage without the answering sentence, to a passage in like words, and, with one thing exchanged, to its passage
with and without the same exchange, so that no word by itself tells. Statements come from `support_pairs`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.retrieval.lexical import LexicalIndex, fold
from rag.training.examples import Example
from rag.training.files import read_lines
from rag.training.groups import GroupMaker, Log
from rag.training.support_pairs import make_pairs

_SEED = 7
_LONGEST_PASSAGE = 130
"""Words, about as many as a chunk has; of a longer paragraph the sentences around the answering one are taken."""
_SHORTEST_PASSAGE = 20
_LONGEST_PHRASE = 12
"""Words of an answer that is to be copied."""
_NEAREST = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a judge is asked, and what it should say."""

    kind: str
    """question or statement"""
    text: str
    passage: str
    yes: bool
    origin: str
    """How it came about."""
    phrase: str = ""
    """Words of the passage that answer, where they are to be copied."""


def question_asks(examples: Sequence[Example], log: Log = print) -> Iterator[Ask]:
    """All about the questions, in the order of the examples; the same for the same examples."""
    maker = GroupMaker(examples, log)
    neighbours = _Neighbours(examples)
    for number, example in enumerate(examples, start=1):
        rng = random.Random(f"{_SEED} {example.question}")
        sentences = _around(example, rng)
        heading = example.heading if rng.random() < 0.5 else ""
        shown = _passage(sentences, heading)
        phrase = example.answer if len(example.answer.split()) <= _LONGEST_PHRASE else ""
        yield Ask("question", example.question, shown, True, "gold", phrase)
        left = [s for s in sentences if s != example.sentences[example.gold]]
        if len(" ".join(left).split()) >= _SHORTEST_PASSAGE and not _holds(" ".join(left), example):
            yield Ask("question", example.question, _passage(left, heading), False, "sentence removed")
        yield from (
            Ask("question", example.question, text, False, "neighbour") for text in neighbours.of(example, rng)
        )
        if change := maker.near_miss(example):
            changed = change.applied(example.question)
            yield Ask("question", changed, shown, False, f"near miss: {change.kind}")
            exchanged = change.applied(shown)
            if change.kind != "verb" and exchanged != shown:
                yield Ask("question", changed, exchanged, True, "exchanged in both")
                yield Ask("question", example.question, exchanged, False, "exchanged in the passage")
        if number % 1000 == 0:
            log(f"questions asked: {number}/{len(examples)}")


def statement_asks(examples: Sequence[Example], most: int) -> list[Ask]:
    """About so many about statements, drawn by their source, as many right as wrong."""
    groups = make_pairs(examples)
    random.Random(_SEED).shuffle(groups)
    found: dict[bool, list[Ask]] = {True: [], False: []}
    for group in groups:
        for pair in group:
            evidence, _, heading = pair.evidence.partition(" [SEP] ")
            if len(found[pair.supported]) < most // 2:
                ask = Ask("statement", pair.statement, _passage([evidence], heading), pair.supported, pair.kind)
                found[pair.supported].append(ask)
    return found[True] + found[False]


def write_asks(examples: Sequence[Example], statements: int, path: Path, log: Log = print) -> int:
    """How many asks the file holds, in random order."""
    asks = [*question_asks(examples, log), *statement_asks(examples, statements)]
    random.Random(_SEED).shuffle(asks)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({**asdict(ask), "yes": int(ask.yes)}, ensure_ascii=False) + "\n" for ask in asks)
    path.write_text("".join(lines), encoding="utf-8")
    return len(asks)


def read_asks(path: Path) -> list[Ask]:
    """What `write_asks` wrote.

    Raises:
        TrainingError: the file is missing, or a line is not as expected.
    """
    return [
        Ask(yes=bool(row.get("yes", int)), **{name: row.get(name, str) for name in ("kind", "text", "passage", "origin", "phrase")})
        for row in read_lines(path, "asks")
    ]


class _Neighbours:
    """Passages in like words that do not answer: of the same article where there are any, and of others."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._found = sorted({(e.title, e.sentences) for e in examples})
        self._headings = {e.title: e.heading for e in examples}
        self._index = LexicalIndex([" ".join(s) for _, s in self._found], ["en"] * len(self._found))

    def of(self, example: Example, rng: random.Random) -> Iterator[str]:
        order = np.argsort(-self._index.scores(example.question), kind="stable")[:_NEAREST]
        others = [self._found[int(n)] for n in order if not self._answers(self._found[int(n)], example)]
        near = [one for one in others if one[0] == example.title][:1]
        for title, sentences in [*near, *[one for one in others if one[0] != example.title][:1]]:
            heading = self._headings[title] if rng.random() < 0.5 else ""
            yield _passage(_shortened(sentences, rng.randrange(len(sentences))), heading)

    @staticmethod
    def _answers(found: tuple[str, tuple[str, ...]], example: Example) -> bool:
        return bool(set(found[1]) & set(example.sentences)) or _holds(" ".join(found[1]), example)


def _around(example: Example, rng: random.Random) -> list[str]:
    return _shortened(example.sentences, example.gold, rng)


def _shortened(sentences: Sequence[str], kept: int, rng: random.Random | None = None) -> list[str]:
    """The sentences around one, as long as a passage may be; on either side by chance."""
    start, end = kept, kept + 1
    while start > 0 or end < len(sentences):
        before = start > 0 and (end == len(sentences) or (rng.random() < 0.5 if rng else True))
        grown = (start - 1, end) if before else (start, end + 1)
        if len(" ".join(sentences[slice(*grown)]).split()) > _LONGEST_PASSAGE:
            break
        start, end = grown
    return list(sentences[start:end])


def _passage(sentences: Sequence[str], heading: str) -> str:
    text = " ".join(sentences)
    return f"{heading}: {text}" if heading else text


def _holds(text: str, example: Example) -> bool:
    return fold(example.answer) in fold(text)
