"""Follow-ups in their conversation against the same questions asked in full: what completing them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.data import FOLDER, Question, read_lines
from evals.errors import EvalError
from evals.figures import percent
from evals.run import ask
from evals.scoring import Asked, right
from evals.uncertainty import compare, mean
from rag import Abstention, Answer, Assistant

IN_FULL = FOLDER / "in_full.jsonl"


@dataclass(frozen=True, slots=True)
class Both:
    """A follow-up asked in its conversation and in full."""

    question: Question
    in_turn: float
    in_full: float
    standalone: str
    """How it was completed."""


def load_in_full(questions: Sequence[Question], path: Path = IN_FULL) -> dict[str, str]:
    """For the id of every follow-up its question in full.

    Raises:
        EvalError: a line is not {"id", "question"}, or a follow-up has none.
    """
    found: dict[str, str] = {}
    for line, where in ((line, where) for where, line in read_lines(path)):
        if not isinstance(line.get("id"), str) or not isinstance(line.get("question"), str):
            raise EvalError(f'{where}: a line needs "id" and "question", both text')
        found[line["id"]] = line["question"]
    missing = [question.id for question in questions if question.after and question.id not in found]
    if missing:
        raise EvalError(f"{path} has no question for the follow-up {missing[0]}; write it in full")
    return found


def ask_both(assistant: Assistant, questions: Sequence[Question], in_full: Mapping[str, str]) -> list[Both]:
    """Every follow-up in its conversation, and alone in full."""
    history: dict[str, tuple[Answer | Abstention, ...]] = {}
    found = []
    for question in questions:
        before = history.get(question.after or "", ())
        asked, _ = ask(assistant, question, before)
        history[question.id] = (*before, asked.outcome) if asked.outcome else before
        if question.after:
            alone, _ = ask(assistant, replace(question, text=in_full[question.id], after=None), ())
            understood = asked.outcome.standalone if asked.outcome else ""
            found.append(Both(question, _right(asked), _right(alone), understood))
    return found


def table(asked: Sequence[Both]) -> str:
    """Shares that are right either way, the difference with its interval, and the follow-ups that only one way gets right.

    Raises:
        EvalError: there are none.
    """
    if not asked:
        raise EvalError("none of these questions is a follow-up; choose others")
    clusters = [one.question.cluster for one in asked]
    turns, fulls = [one.in_turn for one in asked], [one.in_full for one in asked]
    gap = compare(fulls, turns, clusters)
    lines = [f"{len(asked)} follow-ups", "", "| asked | right, in % | 95 % interval |", "|---|---|---|"]
    for name, values in (("in their conversation", turns), ("in full", fulls)):
        own = mean(values, clusters)
        lines.append(f"| {name} | {percent(own.value)} | {percent(own.low)}–{percent(own.high)} |")
    lines.append(f"\ndifference {100 * (gap.value or 0):+.1f} points, p {gap.p:.2f}")
    lines += [
        f"{'lost' if one.in_full else 'won'}: {one.question.id} {one.question.text!r}, understood as {one.standalone!r}"
        for one in asked
        if one.in_turn != one.in_full
    ]
    return "\n".join(lines)


def _right(asked: Asked) -> float:
    return right(asked) if asked.outcome is not None else 0.0
