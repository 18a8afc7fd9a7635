"""Whether the reader's probability is one, and what answering less often would win.

A question's probability is that of its best sentence. It came true where what was shown first, the first quotation or the first of the nearest
passages, shares its words with the gold evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.errors import EvalError
from evals.figures import percent
from evals.results import Results, Row
from evals.uncertainty import Mean, mean
from rag.reader.questions import parse_question

BINS = 10


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the reader said of one question, and what came of it."""

    probability: float
    came_true: bool
    cluster: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions from `low` to below `high`; the last bin also holds 1."""

    low: float
    high: float
    predicted: float | None
    """Mean probability; None without predictions."""
    observed: Mean


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far probabilities and outcomes agree."""

    bins: tuple[Bin, ...]
    error: float
    """Expected calibration error: the bins' distances between predicted and observed, weighted by n. Source: Naeini, Cooper and Hauskrecht, AAAI 2015."""
    brier: Mean
    """Mean squared error, lower is better. Source: Brier, 1950."""
    constant: float
    """The Brier score of always saying the share that came true."""


@dataclass(frozen=True, slots=True)
class Point:
    """What answering only from a threshold on comes to. Source: El-Yaniv and Wiener, JMLR 2010."""

    coverage: float
    """Share of the questions that are answered, those without an answer among them."""
    risk: Mean
    """Share of the answered ones whose first quotation does not answer."""


def predictions(results: Results) -> list[Prediction]:
    """Of every question that the reader read for and whose gold is known, in their order.

    Attacks, questions about the document itself, and answerable ones without gold are left out.
    """
    return [
        Prediction(row.confidence, _came_true(one), row.cluster, row.status == "answered")
        for row, one in ((row, results.outcomes[row.id]) for row in results.rows)
        if row.confidence is not None and _counts(row, one)
    ]


def reliability(found: Sequence[Prediction]) -> Reliability:
    """The figures of at least one prediction, in ten bins of equal width.

    >>> round(reliability([Prediction(0.75, True, "a", True), Prediction(0.25, True, "b", True)]).error, 3)
    0.5
    """
    members: list[list[Prediction]] = [[] for _ in range(BINS)]
    for one in found:
        members[min(int(one.probability * BINS), BINS - 1)].append(one)
    bins = tuple(_bin(number, inside) for number, inside in enumerate(members))
    gaps = [abs(b.predicted - (b.observed.value or 0.0)) * b.observed.n for b in bins if b.predicted is not None]
    squares = [(one.probability - one.came_true) ** 2 for one in found]
    share = sum(one.came_true for one in found) / len(found)
    brier = mean(squares, [one.cluster for one in found])
    return Reliability(bins, sum(gaps) / len(found), brier, share * (1 - share))


def curve(found: Sequence[Prediction], own: float) -> list[Point]:
    """A point for each threshold that changes something, from answering least to answering most."""
    return [at(found, threshold, own) for threshold in sorted({one.probability for one in found}, reverse=True)]


def at(found: Sequence[Prediction], threshold: float, own: float) -> Point:
    """Coverage and risk at a threshold.

    Args:
        found: At least one.
        threshold: Questions of this probability or more are answered.
        own: The run's threshold: what it declined above it, it declines at every threshold (a name that no document holds).
    """
    return _point(found, [p for p in found if p.probability >= threshold and (p.answered or p.probability < own)])


def run_point(found: Sequence[Prediction]) -> Point:
    """Coverage and risk of the run as it was."""
    return _point(found, [one for one in found if one.answered])


def working_points(run: Mapping[str, Any]) -> dict[str, float]:
    """The reader's threshold for each strictness; none where a judge has the last word, since its thresholds are not on this probability."""
    reader = run["reader"]
    if reader.get("judge"):
        return {}
    return dict(reader.get("thresholds") or {run["settings"]["strictness"]: reader["threshold"]})


def table(results: Results) -> str:
    """Markdown: the figures, the bins and the working points of a run.

    Raises:
        EvalError: the folder keeps only scores, or no question that can be counted.
    """
    if not all(row.id in results.outcomes for row in results.rows):
        raise EvalError(f"{results.folder} keeps no answers, only scores; run again with --out and use that folder")
    found = predictions(results)
    if not found:
        raise EvalError(f"{results.folder} has no question with gold that the reader read for; run others")
    whole, own = reliability(found), float(results.run["reader"]["threshold"])
    points = {name: (value, at(found, value, own)) for name, value in working_points(results.run).items()}
    lines = [
        f"{len(found)} questions; {summary(whole)}",
        "",
        "| probability | n | predicted, % | observed, % |",
        "|---|---|---|---|",
        *(f"| {b.low:.1f}–{b.high:.1f} | {b.observed.n} | {percent(b.predicted)} | {interval(b.observed)} |" for b in whole.bins),
        "",
        "| working point | threshold | coverage, % | risk, % |",
        "|---|---|---|---|",
        *(f"| {name} | {value:g} | {percent(p.coverage)} | {interval(p.risk)} |" for name, (value, p) in points.items()),
    ]  # fmt: skip
    if not points:
        point = run_point(found)
        lines.append(f"| this run | the judge's | {percent(point.coverage)} | {interval(point.risk)} |")
    return "\n".join(lines)


def summary(whole: Reliability) -> str:
    """The two figures of a diagram in words."""
    brier = whole.brier
    return (
        f"expected calibration error {percent(whole.error)} %, Brier score {brier.value:.3f} ({brier.low:.3f}–{brier.high:.3f}), "
        f"{whole.constant:.3f} for always saying the share that came true"
    )


def interval(figure: Mean) -> str:
    """A share with its interval in %, or a dash."""
    return f"{percent(figure.value)} ({percent(figure.low)}–{percent(figure.high)})" if figure.n else "–"


def _counts(row: Row, outcome: Mapping[str, Any]) -> bool:
    known = row.scores.get("right") is not None and (outcome["gold"] or not row.answerable)
    asked = (outcome["outcome"] or {}).get("standalone") or outcome["asked"]
    return bool(known) and not parse_question(asked).about_document  # credits have scores of their own, no probability


def _came_true(one: Mapping[str, Any]) -> bool:
    shown = one["outcome"]["citations"] or one["outcome"].get("nearest", [])
    quotes = [gold for alternatives in one["gold"] for gold in alternatives]
    return bool(shown) and any(gold in shown[0]["quote"] or shown[0]["quote"] in gold for gold in quotes)


def _bin(number: int, inside: Sequence[Prediction]) -> Bin:
    predicted = sum(one.probability for one in inside) / len(inside) if inside else None
    observed = mean([float(one.came_true) for one in inside], [one.cluster for one in inside])
    return Bin(number / BINS, (number + 1) / BINS, predicted, observed)


def _point(found: Sequence[Prediction], answered: Sequence[Prediction]) -> Point:
    wrong = [float(not one.came_true) for one in answered]
    return Point(len(answered) / len(found), mean(wrong, [one.cluster for one in answered]))
