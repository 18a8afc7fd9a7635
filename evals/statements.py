"""Statements with the spans that they cite, half supported and half not: how many of either are told apart?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.data import FOLDER, SPLITS, read_lines
from evals.errors import EvalError
from evals.figures import percent
from evals.measures import percentile
from evals.uncertainty import Mean, mean
from rag import Document, Violation

STATEMENTS = FOLDER / "statements.jsonl"
FAITHFUL = ("verbatim", "light-paraphrase", "heavy-paraphrase", "compression", "merge", "attributed")
CORRUPTED = (
    "number", "date", "name", "place", "organisation", "negation", "speaker", "certainty", "causality", "addition", "altered-quote",
    "wrong-span",
)  # fmt: skip
_FIELDS = {"id": str, "split": str, "group": str, "kind": str, "supported": bool, "statement": str, "quotes": list}

Verify = Callable[[str, Sequence[str]], list[Violation]]


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the file."""

    id: str
    split: str
    group: str
    """Statements about one passage have the same one, and are in the same split."""
    kind: str
    supported: bool
    statement: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A case and what was found."""

    case: Case
    violations: tuple[Violation, ...]
    seconds: float

    @property
    def right(self) -> bool:
        """Whether it was told what it is."""
        return self.case.supported != bool(self.violations)


def load_statements(documents: Mapping[str, Document], path: Path = STATEMENTS, split: str | None = None) -> list[Case]:
    """The cases of a split, or all.

    Raises:
        EvalError: a line is not as expected, a quote is in no document, an id or a group stands in two places, or nothing is left.
    """
    cases = [_case(line, where, documents) for where, line in read_lines(path)]
    by_group: dict[str, str] = {}
    for number, case in enumerate(cases):
        if any(case.id == other.id for other in cases[:number]):
            raise EvalError(f"{path}: the id {case.id} is given twice")
        if by_group.setdefault(case.group, case.split) != case.split:
            raise EvalError(f"{path}: group {case.group} is in both splits; statements about one passage belong in one")
    chosen = [case for case in cases if split in (None, case.split)]
    if not chosen:
        raise EvalError(f"{path} has no statement for split {split or 'any'}; it has {len(cases)} statements")
    return chosen


def check(cases: Sequence[Case], verify: Verify) -> list[Checked]:
    """Every case verified, with the time that it took."""
    found = []
    for case in cases:
        began = time.perf_counter()
        violations = tuple(verify(case.statement, case.quotes))
        found.append(Checked(case, violations, time.perf_counter() - began))
    return found


def figures(checked: Sequence[Checked]) -> dict[str, Mean]:
    """Corrupted ones caught and faithful ones rejected, as a whole and by kind, and the mean of both shares that are right."""
    caught = [one for one in checked if not one.case.supported]
    passed = [one for one in checked if one.case.supported]
    found = {"caught": _share(caught, right=True), "rejected": _share(passed, right=False)}
    for kind in CORRUPTED:
        found[f"caught: {kind}"] = _share([one for one in caught if one.case.kind == kind], right=True)
    for kind in FAITHFUL:
        found[f"rejected: {kind}"] = _share([one for one in passed if one.case.kind == kind], right=False)
    return found


def balanced_accuracy(found: Mapping[str, Mean]) -> float | None:
    """Mean of the share caught and the share not rejected; None where one is missing."""
    caught, rejected = found["caught"].value, found["rejected"].value
    return None if caught is None or rejected is None else (caught + 1 - rejected) / 2


def table(checked: Sequence[Checked]) -> str:
    """Markdown: each share with its interval, and the time of a statement."""
    found = figures(checked)
    lines = ["| share, in % | value | 95 % interval | n |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {percent(figure.value)} | {percent(figure.low)}–{percent(figure.high)} | {figure.n} |"
        for name, figure in found.items()
        if figure.n
    ]
    lines.append(f"| balanced accuracy | {percent(balanced_accuracy(found))} | | {len(checked)} |")
    times = [one.seconds for one in checked]
    lines.append(
        f"\n{1000 * percentile(times, 0.5):.1f} ms a statement (median), {1000 * percentile(times, 0.95):.1f} ms at the 95th percentile"
    )
    return "\n".join(lines)


def mistakes(checked: Sequence[Checked]) -> str:
    """A JSON line for each case that was taken for what it is not."""
    return "\n".join(
        json.dumps(
            {
                "id": one.case.id, "kind": one.case.kind, "statement": one.case.statement, "quotes": one.case.quotes,
                "violations": [{"kind": v.kind, "detail": v.detail} for v in one.violations],
            },
            ensure_ascii=False,
        )
        for one in checked
        if not one.right
    )  # fmt: skip


def _share(checked: Sequence[Checked], *, right: bool) -> Mean:
    return mean([float(one.right == right) for one in checked], [one.case.group for one in checked])


def _case(line: Mapping[str, Any], where: str, documents: Mapping[str, Document]) -> Case:
    for name, kind in _FIELDS.items():
        if not isinstance(line.get(name), kind) or (not line[name] and kind is not bool):
            raise EvalError(f"{where}: {name} is missing, empty or not {kind.__name__}; see evals/README.md")
    if line["split"] not in SPLITS:
        raise EvalError(f"{where}: split is {line['split']!r}, not one of {', '.join(SPLITS)}")
    if line["kind"] not in (FAITHFUL if line["supported"] else CORRUPTED):
        raise EvalError(
            f"{where}: {line['kind']!r} is not a kind of {'supported' if line['supported'] else 'unsupported'} statements"
        )
    for quote in line["quotes"]:
        if not isinstance(quote, str) or not any(quote in document.text for document in documents.values()):
            raise EvalError(
                f"{where}: no document of the corpus holds {str(quote)[:80]!r}; copy it character for character from the canonical text"
            )
    return Case(
        line["id"],
        line["split"],
        line["group"],
        line["kind"],
        line["supported"],
        line["statement"],
        tuple(line["quotes"]),
    )
