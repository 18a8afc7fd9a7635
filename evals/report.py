"""One HTML file with everything of a run: figures, plots, and every question with what came back. It needs no network."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evals import calibration
from evals.errors import EvalError
from evals.figures import Figures, figures, percent, primary
from evals.results import Results, Row
from evals.scoring import BY_NAME

_FOLDER = Path(__file__).parent
_INK, _ACCENT = "#777777", "#2f7fb8"
"""Both readable on white and on near-black."""


def report(results: Results) -> str:
    """The HTML of a run.

    Raises:
        EvalError: the folder keeps only scores, or no question at all.
    """
    if not results.rows or not all(row.id in results.outcomes for row in results.rows):
        raise EvalError(
            f"{results.folder} keeps no answers, only scores; run again with --out and report on that folder"
        )
    found, by = figures(results.rows), primary(results.rows)
    plots = [("By kind and language", f"Mean of “{by}” with its 95 % interval.", by_group(found, by))]
    if points := trade_off(results):
        plots.append(
            (
                "Abstention",
                "What abstaining more often would cost: each point of the line is another threshold of the reader. The dot is this run.",
                abstention_plot(points, _working_point(results.rows)),
            )
        )
    predictions = calibration.predictions(results)
    reliability = calibration.reliability(predictions) if predictions else None
    if reliability:
        said = f"How often the best sentence answers, by the probability that the reader gave it, with 95 % intervals: {calibration.summary(reliability)}."
        plots.append(("Reliability", said, reliability_plot(reliability)))
        said = "How many of the answers do not begin with the evidence (risk) when only so many questions are answered (coverage)."
        plots.append(("Risk and coverage", said, risk_plot(results, predictions)))
    plots.append(("Time a question", "Share of the questions answered within a time.", latency_plot(results)))
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    environment.filters["percent"] = percent
    return environment.get_template("report.html.j2").render(
        run=results.run,
        complete=results.complete,
        figures=found["all"],
        lower_is_better={name for name, measure in BY_NAME.items() if measure.lower_is_better},
        latency=results.latency,
        plots=plots,
        reliability=reliability,
        by=by,
        questions=[(row, results.outcomes[row.id]) for row in results.rows],
        counts=_counts(results.rows),
    )


def trade_off(results: Results) -> list[tuple[float, float]]:
    """(false abstentions, abstention recall) for every threshold that the reader could have, from never to always abstaining.

    Abstentions that the reader's score did not decide (a name that no document holds) stay at every threshold. Empty without answerable and
    unanswerable questions. A false premise counts as unanswerable here.
    """
    threshold = float(results.run["reader"]["threshold"])
    answerable = [_confidence(row, threshold) for row in _declinable(results.rows) if row.answerable]
    other = [_confidence(row, threshold) for row in _declinable(results.rows) if not row.answerable]
    if not answerable or not other:
        return []
    thresholds = sorted({0.0, *answerable, *other, 1.01})
    return [(_below(answerable, t), _below(other, t)) for t in thresholds]


def _declinable(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.scores.get("right") is not None and row.confidence is not None]


def _working_point(rows: Sequence[Row]) -> tuple[float, float]:
    """Shares of the answerable and of the other questions that this run declined; a corrected false premise was not declined."""
    declined: dict[bool, list[bool]] = {True: [], False: []}
    for row in _declinable(rows):
        declined[row.answerable].append(row.status == "abstained")
    return sum(declined[True]) / len(declined[True]), sum(declined[False]) / len(declined[False])


def _confidence(row: Row, threshold: float) -> float:
    forced = row.status == "abstained" and (row.confidence or 0.0) >= threshold
    return -1.0 if forced else float(row.confidence or 0.0)


def _below(values: Sequence[float], threshold: float) -> float:
    return sum(value < threshold for value in values) / len(values)


def by_group(found: Figures, by: str) -> str:
    """Bars with intervals, as SVG."""
    groups = [(name, of[by]) for name, of in found.items() if of[by].value is not None][::-1]
    figure, axes = _figure(6.4, 0.6 + 0.28 * len(groups))
    for place, (_, mean) in enumerate(groups):
        value, low, high = mean.value or 0.0, mean.low or 0.0, mean.high or 0.0
        axes.barh(place, value, color=_ACCENT, alpha=0.45, height=0.7)
        axes.plot([low, high], [place, place], color=_INK, linewidth=1.5)
    axes.set_yticks(range(len(groups)), [f"{name} ({mean.n})" for name, mean in groups])
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    return _svg(figure)


def abstention_plot(points: Sequence[tuple[float, float]], working: tuple[float, float]) -> str:
    """The trade-off curve with the working point, as SVG."""
    figure, axes = _figure(4.8, 3.4)
    axes.plot([x for x, _ in points], [y for _, y in points], color=_ACCENT)
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=":")
    axes.plot(*([end] for end in working), "o", color=_INK, markersize=7)
    label = "this run: {} %, {} %".format(*map(percent, working))
    axes.annotate(label, working, (8, -12), textcoords="offset points", color=_INK)
    axes.set_xlabel("answerable questions declined")
    axes.set_ylabel("unanswerable questions declined")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return _svg(figure)


def reliability_plot(reliability: calibration.Reliability) -> str:
    """Observed against predicted shares with their intervals; the larger a dot, the more questions. As SVG."""
    figure, axes = _figure(4.8, 3.4)
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=":")
    for one in reliability.bins:
        if one.predicted is not None:
            axes.plot([one.predicted] * 2, [one.observed.low, one.observed.high], color=_INK, linewidth=1)
            axes.plot(one.predicted, one.observed.value, "o", color=_ACCENT, markersize=3 + one.observed.n**0.5)
    axes.set_xlabel("predicted")
    axes.set_ylabel("observed")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return _svg(figure)


def risk_plot(results: Results, predictions: Sequence[calibration.Prediction]) -> str:
    """The risk-coverage curve with the reader's working points, or with the run alone where a judge decided; as SVG."""
    figure, axes = _figure(4.8, 3.4)
    own = float(results.run["reader"]["threshold"])
    points = calibration.curve(predictions, own)
    axes.plot([p.coverage for p in points], [p.risk.value for p in points], color=_ACCENT)
    thresholds = calibration.working_points(results.run)
    marked = {name: calibration.at(predictions, value, own) for name, value in thresholds.items()}
    around = [((-6, 8), "right"), ((8, -12), "left")]  # in turn, so that near points' names stay apart
    for number, (name, point) in enumerate((marked or {"this run": calibration.run_point(predictions)}).items()):
        if point.risk.value is not None:
            place, (offset, side) = (point.coverage, point.risk.value), around[number % 2]
            axes.plot(*([end] for end in place), "o", color=_INK, markersize=7)
            axes.annotate(name, place, offset, textcoords="offset points", color=_INK, ha=side)
    axes.set_xlabel("coverage: questions answered")
    axes.set_ylabel("risk: answers that begin wrong")
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return _svg(figure)


def latency_plot(results: Results) -> str:
    """Share of questions within a time for each stage, as SVG."""
    figure, axes = _figure(4.8, 3.4)
    timings = [o["timings"] for o in results.outcomes.values() if o["outcome"] is not None]
    stages = list(dict.fromkeys(stage for times in timings for stage in times))
    for stage, style in zip(stages, ("-", "--", "-.", ":", "-") * len(stages), strict=False):
        values = sorted(times[stage] for times in timings if stage in times)
        shares = [(i + 1) / len(values) for i in range(len(values))]
        axes.step(values, shares, style, where="post", label=stage, color=_ACCENT if stage == "total" else _INK)
    axes.set_xlabel("seconds")
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    if stages:
        axes.legend(frameon=False, labelcolor=_INK)
    return _svg(figure)


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(colors=_INK)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_INK)
    axes.grid(color=_INK, alpha=0.2)
    return figure, axes


def _svg(figure: Figure) -> str:
    """The drawing with text as text, the same for the same figures, and with nothing outside the svg element."""
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "evals", "font.size": 9}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue()[out.getvalue().index("<svg") :]


def _counts(rows: Sequence[Row]) -> Mapping[str, list[str]]:
    return {name: sorted({getattr(row, name) for row in rows}) for name in ("kind", "language", "split", "status")}
