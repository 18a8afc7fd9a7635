"""Whether a run may pass: floors and ceilings, and no significant loss against a baseline."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from evals.compare import Comparison, compare_results, worse_by
from evals.errors import EvalError
from evals.figures import of_measure, percent
from evals.results import Results
from evals.scoring import BY_NAME

RULES = Path(__file__).parent / "gate.toml"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the gate asks for."""

    name: str
    passed: bool
    detail: str


def check(run: Results, baseline: Results | None, rules: Mapping[str, Any]) -> list[Check]:
    """All checks of a run; an unfinished one does not pass.

    Raises:
        EvalError: run and baseline cannot be compared.
    """
    n, limits = run.run["questions"]["n"], rules.get(run.run["questions"]["file"])
    if not limits and not baseline:
        raise EvalError(
            f"the rules have no limits for {run.run['questions']['file']}, and there is no baseline: nothing to check; give --rules or --baseline"
        )
    checks = [
        Check("complete", run.complete, f"{len(run.rows)} of {n} questions have a result"),
        *_limits(run, limits or {}),
    ]
    if baseline:
        comparison = compare_results(baseline, run)
        missing = len(comparison.only_first)
        checks.append(Check("same questions", not missing, f"{missing} questions of the baseline are not in the run"))
        checks += _losses(comparison, rules["regression"], rules["alpha"])
    return checks


def load_rules(path: Path = RULES) -> dict[str, Any]:
    """The gate's rules.

    Raises:
        EvalError: the file cannot be read, or names a measure that does not exist.
    """
    try:
        rules = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvalError(f"{path} cannot be read as TOML ({error}); see evals/gate.toml") from error
    rules.setdefault("alpha", 0.05)
    rules.setdefault("regression", [])
    if problem := _problem(rules):
        raise EvalError(f"{path}: {problem}; see evals/gate.toml")
    return rules


def _problem(rules: Mapping[str, Any]) -> str | None:
    """What is wrong with the rules, in a few words."""
    if not isinstance(rules["alpha"], float) or not 0 < rules["alpha"] < 1:
        return f"alpha is {rules['alpha']!r}, not a number between 0 and 1"
    if not isinstance(rules["regression"], list):
        return "regression is not a list of measures"
    named: list[object] = list(rules["regression"])
    for file, sides in rules.items():
        if file in ("alpha", "regression"):
            continue
        if not isinstance(sides, dict) or not sides.keys() <= {"at_least", "at_most"}:
            return f"{file!r} may hold at_least and at_most and nothing else"
        for side, limits in sides.items():
            if not isinstance(limits, dict) or not all(isinstance(v, int | float) for v in limits.values()):
                return f"{side} of {file!r} is not a table of measures with numbers"
            named += limits
    unknown = [name for name in named if name not in BY_NAME]
    return f"{unknown[0]!r} is not a measure; the measures are {', '.join(BY_NAME)}" if unknown else None


def junit(checks: Sequence[Check]) -> str:
    """The checks as a JUnit file, one test case each."""
    failures = sum(not one.passed for one in checks)
    suite = ElementTree.Element(
        "testsuite", name="evals gate", tests=str(len(checks)), failures=str(failures), errors="0"
    )
    for one in checks:
        case = ElementTree.SubElement(suite, "testcase", classname="evals.gate", name=one.name)
        if one.passed:
            ElementTree.SubElement(case, "system-out").text = one.detail
        else:
            ElementTree.SubElement(case, "failure", message=one.detail)
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _limits(run: Results, limits: Mapping[str, Mapping[str, float]]) -> list[Check]:
    checks = []
    for side, sign in (("at_least", 1), ("at_most", -1)):
        for name, limit in limits.get(side, {}).items():
            figure = of_measure(run.rows, name)
            passed = figure.value is not None and sign * (figure.value - limit) >= 0
            words = "at least" if sign > 0 else "at most"
            checks.append(
                Check(f"{name}: {words} {percent(limit)}", passed, f"{percent(figure.value)}, n = {figure.n}")
            )
    return checks


def _losses(comparison: Comparison, names: Sequence[str], alpha: float) -> list[Check]:
    """A loss fails when its p value is below alpha after Holm's correction. Source: Holm, A simple sequentially rejective test, 1979."""
    found = {name: comparison.differences.get(name) for name in names}
    compared = [(name, one) for name, one in found.items() if one and one.p is not None]
    order = sorted(range(len(compared)), key=lambda i: compared[i][1].p or 0.0)
    adjusted: dict[int, float] = {}
    highest = 0.0
    for step, i in enumerate(order):
        highest = max(highest, min(1.0, (compared[i][1].p or 0.0) * (len(compared) - step)))
        adjusted[i] = highest
    checks = []
    for i, (name, one) in enumerate(compared):
        loss = worse_by(one, name) or 0.0
        lost = loss > 0 and adjusted[i] < alpha
        detail = f"{100 * (one.value or 0.0):+.1f} points against the baseline (95 % {percent(one.low)} to {percent(one.high)}, n = {one.n}, corrected p = {adjusted[i]:.4f})"
        checks.append(Check(f"{name}: no significant loss", not lost, detail))
    return checks
