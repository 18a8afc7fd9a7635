"""Ask every question, score what comes back, print and save the figures."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from evals.data import Question, load_questions
from evals.measures import (
    Mean,
    Span,
    answer_accuracy,
    citation_precision,
    citation_recall,
    hit_rate_at,
    mean,
    percentile,
    recall_at,
    reciprocal_rank,
)
from rag import Abstention, Answer, Assistant, RagError

_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Scored:
    """A question with what came back; a failed one scores as if nothing had come back, and says why."""

    question: Question
    outcome: Answer | Abstention | None
    seconds: float
    error: str | None = None

    @property
    def abstained(self) -> bool:
        """Whether the system declined; a failure is not an abstention."""
        return isinstance(self.outcome, Abstention)

    @property
    def citations(self) -> list[Span]:
        """Spans that the answer cites; none for an abstention."""
        return (
            [(c.document_id, c.start, c.end) for c in self.outcome.citations]
            if isinstance(self.outcome, Answer)
            else []
        )

    @property
    def hits(self) -> list[Span]:
        """Spans of the hits, best first."""
        return [(h.chunk.document_id, h.chunk.start, h.chunk.end) for h in self.outcome.hits] if self.outcome else []

    @property
    def right(self) -> bool:
        """Answered with every needed fact; or abstained, or corrected by the gold passage, where there is no answer."""
        if self.question.answerable:
            return isinstance(self.outcome, Answer) and answer_accuracy(self.outcome.text, self.question.answers) == 1.0
        return self.abstained or bool(self.question.gold and citation_recall(self.citations, self.question.gold) > 0)


def ask_all(assistant: Assistant, questions: Sequence[Question]) -> list[Scored]:
    """Every question once, after a few unmeasured ones to warm up."""
    for question in questions[:_WARM_UP]:
        assistant.ask(question.text)
    scored = []
    for question in tqdm(questions, unit="question", disable=None):
        began = time.perf_counter()
        try:
            outcome, error = assistant.ask(question.text), None
        except RagError as failure:
            outcome, error = None, str(failure)
        scored.append(Scored(question, outcome, time.perf_counter() - began, error))
    return scored


def summarise(scored: Sequence[Scored], assistant: Assistant) -> dict[str, Mean]:
    """Every measure with n and its interval."""
    answerable = [s for s in scored if s.question.answerable]
    with_gold = [s for s in answerable if s.question.gold]
    unanswerable = [s for s in scored if not s.question.answerable]
    answered = [s for s in answerable if isinstance(s.outcome, Answer) and s.question.gold]
    abstained = [s for s in scored if s.abstained]
    quotes = [
        c
        for s in scored
        if s.outcome
        for c in (s.outcome.citations if isinstance(s.outcome, Answer) else s.outcome.nearest)
    ]
    return {
        "recall@1": mean([recall_at(1, s.hits, s.question.gold) for s in with_gold]),
        "recall@5": mean([recall_at(5, s.hits, s.question.gold) for s in with_gold]),
        "recall@10": mean([recall_at(10, s.hits, s.question.gold) for s in with_gold]),
        "hit rate@1": mean([hit_rate_at(1, s.hits, s.question.gold) for s in with_gold]),
        "hit rate@5": mean([hit_rate_at(5, s.hits, s.question.gold) for s in with_gold]),
        "MRR": mean([reciprocal_rank(s.hits, s.question.gold) for s in with_gold]),
        "answer accuracy": mean([float(s.right) for s in answerable]),
        "citation recall": mean([citation_recall(s.citations, s.question.gold) for s in with_gold]),
        "citation precision, where answered": mean(
            [citation_precision(s.citations, s.question.gold) for s in answered]
        ),
        "abstention precision": mean([float(not s.question.answerable) for s in abstained]),
        "abstention recall": mean([float(s.right) for s in unanswerable]),
        "false abstentions": mean([float(s.abstained) for s in answerable]),
        "failed": mean([float(s.error is not None) for s in scored]),
        "exact quotes": mean(
            [float(assistant.documents[c.document_id].text[c.start : c.end] == c.quote) for c in quotes]
        ),
    }


def run(split: str | None, out: Path | None, verbose: bool = False) -> dict[str, Mean]:
    """Evaluate on a split and print the table; details go to `out` as JSON."""
    assistant = Assistant.open()
    questions = load_questions(assistant.documents, split=split)
    scored = ask_all(assistant, questions)
    figures = summarise(scored, assistant)
    for name, figure in figures.items():
        shown = (
            "  none"
            if figure.value is None
            else f"{100 * figure.value:5.1f} %  [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"
        )
        print(f"{name:36}{shown}  n={figure.n}")
    seconds = [s.seconds for s in scored]
    print(f"{'seconds a question':36}p50 {percentile(seconds, 0.5):.3f}  p95 {percentile(seconds, 0.95):.3f}")
    quoted = [len(s.citations) for s in scored if s.citations]
    print(f"{'quotations an answer':36}mean {statistics.fmean(quoted) if quoted else 0:.2f}")
    for kind in sorted({s.question.kind for s in scored} | {f"language {s.question.language}" for s in scored}):
        of_kind = [float(s.right) for s in scored if kind in (s.question.kind, f"language {s.question.language}")]
        print(f"  {kind:34}{100 * statistics.fmean(of_kind):5.1f} % right  n={len(of_kind)}")
    if verbose:
        _print_wrong(scored)
    if out:
        out.write_text(json.dumps(_details(figures, scored, assistant), indent=1, ensure_ascii=False), encoding="utf-8")
    return figures


def _print_wrong(scored: Sequence[Scored]) -> None:
    for s in scored:
        if not s.right:
            shown = s.error or (s.outcome.text if isinstance(s.outcome, Answer) else "ABSTAINED")
            print(
                f"\n{s.question.id} {s.question.kind}: {s.question.text}\n  expected {s.question.answers or 'abstention'}\n  {shown}",
                file=sys.stderr,
            )


def _details(figures: dict[str, Mean], scored: Sequence[Scored], assistant: Assistant) -> dict[str, object]:
    return {
        "fingerprint": assistant.manifest.fingerprint,
        "recipe": dict(assistant.manifest.recipe),
        "figures": {name: asdict(figure) for name, figure in figures.items()},
        "questions": [
            {
                "id": s.question.id,
                "right": s.right,
                "abstained": s.abstained,
                "error": s.error,
                "citations": s.citations,
                "recall@5": recall_at(5, s.hits, s.question.gold) if s.question.gold else None,
            }
            for s in scored
        ],
    }
