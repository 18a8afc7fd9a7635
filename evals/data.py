"""Questions with their gold evidence, checked against the corpus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.measures import Span
from rag import Document

QUESTIONS = Path(__file__).parent / "questions.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """One line of `questions.jsonl`; evals/README.md says what each field means."""

    id: str
    split: str
    kind: str
    language: str
    text: str
    answerable: bool
    gold: tuple[tuple[Span, ...], ...]
    """Needed pieces of evidence, each with its alternatives."""
    answers: tuple[tuple[str, ...], ...]
    """Needed facts, each with its accepted strings."""


def load_questions(
    documents: Mapping[str, Document], path: Path = QUESTIONS, split: str | None = None
) -> list[Question]:
    """The questions of a split, or all.

    Raises:
        ValueError: an id recurs, a quote is in no document, or an answerable question has neither gold nor answers; the message names it.
    """
    questions: list[Question] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            question = _question(json.loads(line), documents)
            if question.answerable and not (question.gold or question.answers):
                raise ValueError(f"{question.id} is answerable but has neither gold nor answers")
            questions.append(question)
    if len({question.id for question in questions}) < len(questions):
        raise ValueError(f"{path} has an id twice")
    return [question for question in questions if split in (None, question.split)]


def _question(line: Mapping[str, object], documents: Mapping[str, Document]) -> Question:
    identity = str(line["id"])
    gold = tuple(tuple(_span(quote, identity, documents) for quote in entry["any"]) for entry in line["gold"])  # type: ignore[attr-defined]
    answers = tuple(tuple(fact) for fact in line["answers"])  # type: ignore[attr-defined]
    return Question(
        identity,
        str(line["split"]),
        str(line["kind"]),
        str(line["language"]),
        str(line["question"]),
        bool(line["answerable"]),
        gold,
        answers,
    )


def _span(quote: str, identity: str, documents: Mapping[str, Document]) -> Span:
    for document in documents.values():
        start = document.text.find(quote)
        if start >= 0:
            return document.id, start, start + len(quote)
    raise ValueError(f"{identity}: no document holds {quote[:80]!r}")
