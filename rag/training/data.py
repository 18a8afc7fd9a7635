"""Public question-answering files to training groups: one question, the sentence that answers it, and sentences that do not.

Read are QED (Natural Questions with sentence starts and answer spans), NQ-open with gold passages, and XQuAD, in JSON Lines compressed with gzip.
QED's text is tokenised; that is undone, since documents are not. Everything is deterministic for a seed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.documents.sentences import sentence_spans
from rag.embedding import MultilingualEncoder
from rag.reader.cross import window
from rag.retrieval.lexical import LexicalIndex, fold

_NAME = re.compile(r"\b[A-Z][\w'-]+(?:\s+(?:of |the |de )?[A-Z][\w'-]+)*")
_FIGURE = re.compile(r"\b\d[\d,.]*\b")
_MAX_PARAGRAPH = 3000
_SEED = 7


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its paragraph, as sentences."""

    question: str
    title: str
    sentences: tuple[str, ...]
    gold: int
    """Which sentence holds the answer."""
    answer: str


@dataclass(frozen=True, slots=True)
class Group:
    """A question and its candidates as the reader sees them; the first one answers, the others do not."""

    question: str
    candidates: tuple[str, ...]
    origins: tuple[str, ...]
    """Where each came from: gold, paragraph, lexical, semantic, answer-removed, name-swapped."""


def read_examples(folder: Path) -> list[Example]:
    """Answerable examples of all English files in the folder, questions that recur left out."""
    examples, seen = [], set()
    for example in [*_qed(folder / "qed-train.jsonl.gz"), *_nq(folder / "nq-oracle.jsonl.gz")]:
        key = fold(example.question).strip(" ?")
        if key not in seen and len(example.sentences) > 1:
            seen.add(key)
            examples.append(example)
    return examples


def is_held_out(example: Example, share: int = 12) -> bool:
    """Whether an example is for validation: one in `share`, by article title, so that no article is on both sides."""
    return int(hashlib.sha256(example.title.encode()).hexdigest(), 16) % share == 0


def make_groups(examples: Sequence[Example], *, progress: bool = True) -> list[Group]:
    """A group for each example, with up to six sentences that do not answer.

    Two are from the same paragraph, one is a lexical and one a semantic neighbour from other articles, one is the gold sentence with
    its answer taken out, and one is the gold sentence with a name or figure that the question mentions exchanged for another.
    """
    rng = random.Random(_SEED)
    pool = [(i, s) for i, example in enumerate(examples) for s in range(len(example.sentences))]
    texts = [examples[i].sentences[s] for i, s in pool]
    lexical = LexicalIndex(texts, ["en"] * len(texts))
    encoder = MultilingualEncoder()
    vectors = encoder.embed(texts)
    questions = encoder.embed([example.question for example in examples])
    groups = []
    for number, example in enumerate(examples):
        near = np.argsort(-lexical.scores(example.question))[:30]
        similar = np.argsort(-(vectors @ questions[number]))[:30]
        found = {
            "lexical": _others(example, examples, pool, near)[:1],
            "semantic": _others(example, examples, pool, similar)[1:2],
        }
        found["paragraph"] = _same_paragraph(example, rng)
        gold = example.sentences[example.gold]
        found["answer-removed"] = _placed(example, _without_answer(gold, example.answer))
        found["name-swapped"] = _placed(example, _with_other_name(gold, example, [texts[p] for p in similar], rng))
        candidates = [
            (_window_of(example, example.gold), "gold"),
            *((text, origin) for origin, texts in found.items() for text in texts),
        ]
        groups.append(
            Group(example.question, tuple(text for text, _ in candidates), tuple(origin for _, origin in candidates))
        )
        if progress and number % 1000 == 0:
            print(f"groups {number}/{len(examples)}", flush=True)
    return groups


def read_lines(path: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    """The objects of a compressed JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _qed(path: Path) -> Iterator[Example]:
    for row in read_lines(path):
        if not row["answer_spans"] or len(row["paragraph_text"]) > _MAX_PARAGRAPH:
            continue
        start = len(untokenise(row["paragraph_text"][: row["answer_spans"][0][0]]))
        if example := _example(
            row["question_text"],
            row["title_text"],
            untokenise(row["paragraph_text"]),
            untokenise(row["answer_text"][0]),
            start,
        ):
            yield example


def _nq(path: Path) -> Iterator[Example]:
    for row in read_lines(path):
        passage, answer = row["ctxs"][0], row["answers"][0]
        start = passage["text"].find(answer)
        if start >= 0 and (example := _example(row["question"], passage["title"], passage["text"], answer, start)):
            yield example


def _example(question: str, title: str, text: str, answer: str, start: int) -> Example | None:
    """The example whose answer stands nearest to `start`, None where it does not stand in the text."""
    places = [match.start() for match in re.finditer(re.escape(answer), text)] if answer else []
    if not places:
        return None
    place = min(places, key=lambda p: abs(p - start))
    spans = sentence_spans(text)
    gold = next((i for i, (a, b) in enumerate(spans) if a <= place < b), None)
    if gold is None:
        return None
    question = question.strip()
    question = question[0].upper() + question[1:] + ("" if question.endswith("?") else "?")
    return Example(question, title, tuple(text[a:b] for a, b in spans), gold, answer)


def untokenise(text: str) -> str:
    """Text as people write it, from Penn Treebank tokens.

    >>> untokenise("`` No , '' he said ( twice ) .")
    '"No," he said (twice).'
    """
    text = (
        text.replace("`` ", '"')
        .replace(" ''", '"')
        .replace("``", '"')
        .replace("''", '"')
        .replace("-LRB-", "(")
        .replace("-RRB-", ")")
    )
    text = re.sub(r" ([.,;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£€]) ", r"\1", text)
    text = re.sub(r" ('s|n't|'re|'ve|'d|'ll|'m|')\b", r"\1", text)
    text = re.sub(r"(\w) - (\w)", r"\1-\2", text)
    return re.sub(r"\s+", " ", text).strip()


def _window_of(example: Example, number: int) -> str:
    before = example.sentences[number - 1] if number else ""
    return window(example.sentences[number], before, example.title)


def _same_paragraph(example: Example, rng: random.Random) -> list[str]:
    others = [
        i
        for i in range(len(example.sentences))
        if i != example.gold and fold(example.answer) not in fold(example.sentences[i])
    ]
    return [_window_of(example, i) for i in rng.sample(others, min(2, len(others)))]


def _others(
    example: Example, examples: Sequence[Example], pool: list[tuple[int, int]], order: Iterable[int]
) -> list[str]:
    """Neighbours from other articles that do not hold the answer."""
    answer = fold(example.answer)
    chosen = []
    for position in order:
        i, s = pool[position]
        if examples[i].title != example.title and answer not in fold(examples[i].sentences[s]):
            chosen.append(_window_of(examples[i], s))
    return chosen


def _without_answer(gold: str, answer: str) -> str | None:
    """The gold sentence that no longer answers: its answer taken out, where enough is left to read."""
    if len(answer.split()) > 6 or gold.startswith(answer) or len(gold) < 3 * len(answer):
        return None
    text = re.sub(r"\b(?:in|on|at|by|to|from|of|about|around|as)\s+(?:the\s+)?" + re.escape(answer), "", gold, count=1)
    text = text if text != gold else gold.replace(answer, "some" if answer[0].isdigit() else "it", 1)
    return re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", text)).strip()


def _with_other_name(gold: str, example: Example, neighbours: Sequence[str], rng: random.Random) -> str | None:
    """The gold sentence about something else: a name or figure that the question mentions exchanged.

    The new name comes from sentences like it, so that the result still reads well.
    """
    question = fold(example.question)
    mentioned = [name for name in _names(gold) if fold(name) in question and name not in example.answer]
    if mentioned:
        old = rng.choice(mentioned)
        others = [
            name
            for text in neighbours
            for name in _names(text)
            if fold(name) not in question and fold(name) not in fold(gold)
        ]
        alike = [name for name in others if len(name.split()) == len(old.split())] or others
        return gold.replace(old, rng.choice(alike)) if alike else None
    figures = [m.group() for m in _FIGURE.finditer(gold) if m.group() in question and m.group() not in example.answer]
    if not figures:
        return None
    old = rng.choice(figures)
    new = str(int(old) + rng.choice([-7, -3, -2, 2, 3, 5])) if old.isdigit() else f"{rng.randint(2, 99)}"
    return gold.replace(old, new)


def _names(text: str) -> list[str]:
    """Capitalised phrases that are not merely the first word of a sentence."""
    return [m.group() for m in _NAME.finditer(text) if len(m.group()) > 2 and (m.start() or " " in m.group())]


def _placed(example: Example, text: str | None) -> list[str]:
    before = example.sentences[example.gold - 1] if example.gold else ""
    return [window(text, before, example.title)] if text and text != example.sentences[example.gold] else []
