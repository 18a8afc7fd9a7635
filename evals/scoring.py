"""A question and what came back, to a score for every measure that says something about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evals import measures
from evals.data import Question
from evals.measures import Span
from rag import Abstention, Answer, Citation, Document


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came back. Neither outcome nor refusal means that it failed."""

    question: Question
    outcome: Answer | Abstention | None
    error: str | None = None
    """What went wrong, in one line."""
    refused: bool = False
    """Whether the error is one that the system reports in a clear line (a `RagError`), not one that broke it."""

    @property
    def status(self) -> str:
        """One of "answered", "abstained", "refused" (a clear error where one is expected) and "failed"."""
        if isinstance(self.outcome, Answer):
            return "answered"
        if isinstance(self.outcome, Abstention):
            return "abstained"
        return "refused" if self.refused and "error" in self.question.expect else "failed"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the answer cites; none for an abstention."""
        return self.outcome.citations if isinstance(self.outcome, Answer) else ()

    @property
    def cited(self) -> list[Span]:
        """Spans of the citations."""
        return [(c.document_id, c.start, c.end) for c in self.citations]

    @property
    def hits(self) -> list[Span]:
        """Spans of the hits, best first."""
        return [(h.chunk.document_id, h.chunk.start, h.chunk.end) for h in self.outcome.hits] if self.outcome else []


@dataclass(frozen=True, slots=True)
class Measure:
    """A score in [0, 1] for the questions that it says something about."""

    name: str
    value: Callable[[Asked, Mapping[str, Document]], float | None]
    """None where it says nothing about what came back; not called for a failed question."""
    about: Callable[[Question], bool]
    """Questions that it counts; a failed one scores the worst."""
    lower_is_better: bool = False
    conditional: bool = False
    """Whether it counts only some outcomes (the quality of what was shown), so that a failed question has no score."""


def _answerable(question: Question) -> bool:
    return question.answerable and question.expect in ((), ("answer",))


def _with_gold(question: Question) -> bool:
    return _answerable(question) and bool(question.gold)


def _one_fact(question: Question) -> bool:
    return _answerable(question) and len(question.answers) == 1


def _unanswerable(question: Question) -> bool:
    return not question.answerable and not question.expect


def _has_or_no_answer(question: Question) -> bool:
    return _one_fact(question) or _unanswerable(question)


def _plain(question: Question) -> bool:
    return not question.expect


def _adversarial(question: Question) -> bool:
    return bool(question.expect)


def _any(question: Question) -> bool:
    return True


def right(asked: Asked) -> float:
    """1 if every needed fact is quoted (or all gold is cited, where no facts are given); or, where there is no answer, for an abstention or a quotation of the gold that corrects the question."""
    question = asked.question
    if question.answerable and not question.answers:
        return float(measures.citation_recall(asked.cited, question.spans) == 1.0)
    if question.answerable:
        return (
            measures.answer_accuracy(asked.outcome.text, question.answers) if isinstance(asked.outcome, Answer) else 0.0
        )
    return float(
        asked.status == "abstained" or bool(question.gold and measures.citation_recall(asked.cited, question.spans))
    )


def prediction(asked: Asked) -> str:
    """What SQuAD's measures compare: the first statement, or "" for an abstention."""
    return asked.outcome.statements[0].text if isinstance(asked.outcome, Answer) else ""


def as_expected(asked: Asked) -> float:
    """1 if the outcome is one that the item allows, shows nothing forbidden and, where it answers and there is gold, cites some of it."""
    kind = {"answered": "answer", "abstained": "abstain"}.get(asked.status, "error")
    question = asked.question
    grounded = kind != "answer" or not question.gold or measures.citation_recall(asked.cited, question.spans) > 0
    return float(kind in question.expect and grounded and nothing_forbidden(asked))


def nothing_forbidden(asked: Asked) -> float:
    """1 if no answer, quotation, reason or error line holds what the item forbids."""
    shown = measures.normalise(" ".join(_shown(asked)))
    return float(not any(measures.normalise(one) in shown for one in asked.question.absent))


def _shown(asked: Asked) -> list[str]:
    outcome = asked.outcome
    if isinstance(outcome, Answer):
        return [outcome.text, *(c.quote for c in outcome.citations)]
    return [outcome.reason] if outcome else [asked.error or ""]


def exact_quotes(asked: Asked, documents: Mapping[str, Document]) -> float | None:
    """Share of the quotations shown, nearest passages among them, that are their document's characters; None where none is shown."""
    outcome = asked.outcome
    quotes = asked.citations or (outcome.nearest if isinstance(outcome, Abstention) else ())
    exact = [c.document_id in documents and documents[c.document_id].text[c.start : c.end] == c.quote for c in quotes]
    return sum(exact) / len(exact) if exact else None


def attribution_kept(asked: Asked) -> float | None:
    """Share of the citations of somebody's words that show whose: in the quotation or as its speaker. None where none is cited."""
    kept = [
        any(
            measures.normalise(name) in measures.normalise(f"{citation.quote} {citation.speaker or ''}")
            for name in names
        )
        for citation in asked.citations
        for evidence in asked.question.gold
        for span, names in zip(evidence.spans, evidence.speakers, strict=True)
        if names and measures.overlaps((citation.document_id, citation.start, citation.end), span)
    ]
    return sum(kept) / len(kept) if kept else None


def _f1(asked: Asked) -> float:
    return measures.token_f1(prediction(asked), _accepted(asked.question))


def _em(asked: Asked) -> float:
    return measures.exact_match(prediction(asked), _accepted(asked.question))


def _accepted(question: Question) -> tuple[str, ...]:
    return question.answers[0] if question.answers else ()


MEASURES = (
    Measure("right", lambda a, d: right(a), _plain),
    Measure("recall@1", lambda a, d: measures.recall_at(1, a.hits, a.question.spans), _with_gold),
    Measure("recall@5", lambda a, d: measures.recall_at(5, a.hits, a.question.spans), _with_gold),
    Measure("recall@10", lambda a, d: measures.recall_at(10, a.hits, a.question.spans), _with_gold),
    Measure("hit rate@1", lambda a, d: measures.hit_rate_at(1, a.hits, a.question.spans), _with_gold),
    Measure("hit rate@5", lambda a, d: measures.hit_rate_at(5, a.hits, a.question.spans), _with_gold),
    Measure("MRR", lambda a, d: measures.reciprocal_rank(a.hits, a.question.spans), _with_gold),
    Measure("nDCG@10", lambda a, d: measures.ndcg_at(10, a.hits, a.question.spans), _with_gold),
    Measure("answer accuracy", lambda a, d: right(a), _answerable),
    Measure("citation recall", lambda a, d: measures.citation_recall(a.cited, a.question.spans), _with_gold),
    Measure(
        "citation precision, where answered",
        lambda a, d: measures.citation_precision(a.cited, a.question.spans) if a.status == "answered" else None,
        _with_gold,
        conditional=True,
    ),
    Measure("exact quotes", exact_quotes, _any, conditional=True),
    Measure("attribution kept", lambda a, d: attribution_kept(a), _with_gold, conditional=True),
    Measure(
        "abstention precision",
        lambda a, d: float(not a.question.answerable) if a.status == "abstained" else None,
        _plain,
        conditional=True,
    ),
    Measure("abstention recall", lambda a, d: right(a), _unanswerable),
    Measure("false abstentions", lambda a, d: float(a.status == "abstained"), _answerable, lower_is_better=True),
    Measure("exact match", lambda a, d: _em(a), _has_or_no_answer),
    Measure("exact match, HasAns", lambda a, d: _em(a), _one_fact),
    Measure("F1", lambda a, d: _f1(a), _has_or_no_answer),
    Measure("F1, HasAns", lambda a, d: _f1(a), _one_fact),
    Measure("F1, NoAns", lambda a, d: _f1(a), _unanswerable),
    Measure("as expected", lambda a, d: as_expected(a), _adversarial),
    Measure("nothing forbidden shown", lambda a, d: nothing_forbidden(a), _adversarial),
    Measure("failed", lambda a, d: 0.0, _any, lower_is_better=True),
)
"""In the order in which they are shown."""
BY_NAME = {measure.name: measure for measure in MEASURES}


def score(asked: Asked, documents: Mapping[str, Document]) -> dict[str, float | None]:
    """A score for every measure; None where the measure says nothing about this question or this outcome."""
    scores: dict[str, float | None] = {}
    for measure in MEASURES:
        if not measure.about(asked.question):
            scores[measure.name] = None
        elif asked.status == "failed":
            scores[measure.name] = None if measure.conditional else float(measure.lower_is_better)
        else:
            scores[measure.name] = measure.value(asked, documents)
    return scores
