"""Rows to figures: every measure with n and interval, for all questions and for each kind and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.results import Row
from evals.scoring import MEASURES
from evals.uncertainty import Mean, mean

Figures = dict[str, dict[str, Mean]]
"""By group ("all", "kind factoid", "language es"), then by measure."""

JUDGED = "judged right"


def figures(rows: Sequence[Row]) -> Figures:
    """The figures of all rows, then of each kind and each language, in alphabetical order."""
    groups = {"all": list(rows)}
    for name in sorted({row.kind for row in rows}):
        groups[f"kind {name}"] = [row for row in rows if row.kind == name]
    for name in sorted({row.language for row in rows}):
        groups[f"language {name}"] = [row for row in rows if row.language == name]
    return {name: of_group(members) for name, members in groups.items()}


def of_group(rows: Sequence[Row]) -> dict[str, Mean]:
    """Every measure over some rows."""
    return {name: of_measure(rows, name) for name in measure_names(rows)}


def measure_names(rows: Sequence[Row]) -> list[str]:
    """The measures, with the judge's where it was asked."""
    return [m.name for m in MEASURES] + [JUDGED] * any(JUDGED in row.scores for row in rows)


def of_measure(rows: Sequence[Row], name: str) -> Mean:
    """One measure over the rows that it says something about."""
    scored = [(row, value) for row in rows if (value := row.scores.get(name)) is not None]
    failed = sum(row.status == "failed" for row, _ in scored)
    return mean(
        [value for _, value in scored],
        [row.cluster for row, _ in scored],
        failed=failed,
        skipped=len(rows) - len(scored),
    )


def primary(rows: Sequence[Row]) -> str:
    """What a kind is compared by: "as expected" for an adversarial set, else "right"."""
    return "as expected" if all(row.scores.get("right") is None for row in rows) else "right"


def table(found: Figures, latency: Mapping[str, Mapping[str, float]]) -> str:
    """For a terminal: all measures over all questions, the primary one by kind and language, the times of the stages."""
    lines = [f"{'':36}{'mean':>7}  {'95 % interval':15}  {'n':>5} failed skipped"]
    lines += [f"{name:36}{_shown(figure)}" for name, figure in found["all"].items() if figure.n]
    by = "right" if found["all"]["right"].n else "as expected"
    lines.append(f"\n{by}, by group")
    lines += [f"  {group:34}{_shown(of[by])}" for group, of in found.items() if group != "all"]
    if latency:
        lines.append(f"\n{'seconds a question, by stage':36}{'p50':>7} {'p95':>7}")
        lines += [f"  {stage:34}{times['p50']:7.3f} {times['p95']:7.3f}" for stage, times in latency.items()]
    return "\n".join(lines)


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal, or a dash.

    >>> percent(0.6666)
    '66.7'
    """
    return "–" if value is None else f"{100 * value:.1f}"


def _shown(figure: Mean) -> str:
    interval = f"{percent(figure.low)}–{percent(figure.high)}"
    return f"{percent(figure.value):>7}  {interval:15}  {figure.n:5} {figure.failed or '':>6} {figure.skipped or '':>7}"
