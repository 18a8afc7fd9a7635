"""Public questions to what a judge is asked in training: a passage, and questions and statements with whether it answers or carries them.

To a passage belong the question that it answers, the likest question of another article, and the question with one thing exchanged; to the
passage with the same thing exchanged both in their turn, so that no word by itself tells; to the passage without the answering sentence the
question again. Statements come from `support_pairs`.
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
from rag.training.files import TrainingError, parse_row, read_lines
from rag.training.groups import GroupMaker
from rag.training.support_pairs import make_pairs

_SEED = 7
_LONGEST_PASSAGE = 110
"""Words, nearly as many as a chunk has; of a longer paragraph the sentences around the answering one are taken."""
_SHORTEST_PASSAGE = 20
_LONGEST_PHRASE = 12
"""Words of an answer that is to be copied."""
_NEAREST = 20
_SPANISH = 0.15
"""Share of the questions, where there are so many."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question or a statement, and what a judge should say."""

    kind: str
    """question or statement"""
    text: str
    yes: bool
    origin: str
    """How it came about."""
    phrase: str = ""
    """Words of the passage that answer, where they are to be copied."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A passage with all that is asked about it."""

    passage: str
    asks: tuple[Ask, ...]


def question_bundles(examples: Sequence[Example], chosen: Sequence[Example]) -> Iterator[Bundle]:
    """All about some of the examples, in their order; the same for the same examples.

    Args:
        examples: Whose sentences and questions are the neighbours.
        chosen: The ones that are asked.
    """
    maker = GroupMaker(examples)
    index = LexicalIndex([e.question for e in examples], ["en"] * len(examples))
    for example in chosen:
        rng = random.Random(f"{_SEED} {example.question}")
        sentences = _around(example, rng)
        heading = example.heading if rng.random() < 0.5 else ""
        shown = _passage(sentences, heading)
        phrase = example.answer if len(example.answer.split()) <= _LONGEST_PHRASE else ""
        asks = [Ask("question", example.question, True, "gold", phrase)]
        if other := _other_question(example, shown, examples, index):
            asks.append(Ask("question", other, False, "like question"))
        change = maker.near_miss(example)
        if change:
            asks.append(Ask("question", change.applied(example.question), False, f"near miss: {change.kind}"))
        yield Bundle(shown, tuple(asks))
        if change and change.kind != "verb" and (exchanged := change.applied(shown)) != shown:
            changed = Ask("question", change.applied(example.question), True, "exchanged in both")
            yield Bundle(exchanged, (changed, Ask("question", example.question, False, "exchanged in the passage")))
        left = " ".join(s for s in sentences if s != example.sentences[example.gold])
        if len(left.split()) >= _SHORTEST_PASSAGE and not _holds(left, example):
            yield Bundle(_passage([left], heading), (Ask("question", example.question, False, "sentence removed"),))


def statement_bundles(examples: Sequence[Example]) -> Iterator[Bundle]:
    """Evidence with the statements made of it, in random order; of every source, where it can be, one that is right and one that is not."""
    groups = make_pairs(examples)
    random.Random(_SEED).shuffle(groups)
    for group in groups:
        by_passage: dict[str, list[Ask]] = {}
        for pair in group:
            evidence, _, heading = pair.evidence.partition(" [SEP] ")
            ask = Ask("statement", pair.statement, pair.supported, pair.kind)
            by_passage.setdefault(_passage([evidence], heading), []).append(ask)
        yield from (Bundle(passage, tuple(asks)) for passage, asks in by_passage.items() if len(asks) > 1)


def write_bundles(examples: Sequence[Example], questions: int, statements: int, path: Path) -> int:
    """How many things are asked in the file: about the passages of so many questions, and about so many pieces of evidence."""
    rng = random.Random(_SEED)
    short = [e for e in examples if len(" ".join(e.sentences).split()) <= _LONGEST_PASSAGE]
    spanish = [e for e in examples if e.language != "en"]
    english = [e for e in short if e.language == "en"]
    few = min(len(spanish), round(_SPANISH * questions))
    chosen = [*rng.sample(spanish, few), *rng.sample(english, min(len(english), questions - few))]
    stated = statement_bundles([e for e in short if e.language == "en"])
    bundles = [
        *question_bundles(examples, chosen),
        *(bundle for bundle, _ in zip(stated, range(statements), strict=False)),
    ]
    rng.shuffle(bundles)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(b), ensure_ascii=False) + "\n" for b in bundles), encoding="utf-8")
    return sum(len(bundle.asks) for bundle in bundles)


def read_bundles(path: Path) -> list[Bundle]:
    """What `write_bundles` wrote.

    Raises:
        TrainingError: the file is missing, or a line is not as expected.
    """
    found = []
    for row in read_lines(path, "asks"):
        asks = []
        for number, values in enumerate(row.get("asks", list)):
            ask = parse_row(json.dumps(values), f"{row.place}, ask {number + 1}")
            if not isinstance(ask.values.get("yes"), bool):
                raise TrainingError(f"{ask.place}: field 'yes' is {ask.values.get('yes')!r}; expected true or false")
            asks.append(
                Ask(yes=ask.values["yes"], **{n: ask.get(n, str) for n in ("kind", "text", "origin", "phrase")})
            )
        found.append(Bundle(row.get("passage", str), tuple(asks)))
    return found


def held_beside(path: Path) -> Path:
    """Where the asks of the held-out articles are kept.

    >>> held_beside(Path("asks.jsonl")).name
    'asks.held.jsonl'
    """
    return path.with_suffix(".held" + path.suffix)


def _other_question(example: Example, passage: str, examples: Sequence[Example], index: LexicalIndex) -> str | None:
    """The likest question that another article answers and this passage does not."""
    for n in np.argsort(-index.scores(example.question), kind="stable")[:_NEAREST]:
        other = examples[int(n)]
        if other.title != example.title and other.language == example.language and not _holds(passage, other):
            return other.question
    return None


def _around(example: Example, rng: random.Random) -> list[str]:
    """The sentences around the answering one, as long as a passage may be; on either side by chance."""
    sentences, start, end = example.sentences, example.gold, example.gold + 1
    while start > 0 or end < len(sentences):
        before = start > 0 and (end == len(sentences) or rng.random() < 0.5)
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
