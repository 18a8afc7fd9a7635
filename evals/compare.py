"""Two runs, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.errors import EvalError
from evals.figures import measure_names, percent, primary
from evals.results import Results, Row
from evals.scoring import BY_NAME
from evals.uncertainty import Difference, compare


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose primary score differs."""

    id: str
    kind: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Second run against first, on the questions that both have."""

    differences: Mapping[str, Difference]
    """By measure; positive where the second run's value is higher."""
    by: str
    """The measure that `changes` goes by."""
    changes: tuple[Change, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def compare_results(first: Results, second: Results) -> Comparison:
    """Second run against first.

    Raises:
        EvalError: they were asked of other documents, or have no question in common.
    """
    a, b = first.run["corpus"], second.run["corpus"]
    if not all(a[name] == b[name] for name in a.keys() & b.keys()) or not a.keys() & b.keys():
        raise EvalError(
            f"{first.folder} and {second.folder} are of different corpora ({_documents(a)} and {_documents(b)}); compare runs on the same documents"
        )
    before, after = ({row.id: row for row in results.rows} for results in (first, second))
    common = [identity for identity in before if identity in after]
    if not common:
        raise EvalError(f"{first.folder} and {second.folder} have no question in common")
    for identity in common:
        if before[identity].question != after[identity].question:
            raise EvalError(
                f"question {identity} is not the same in {first.folder} and {second.folder}; make the older results again"
            )
    pairs = [(before[identity], after[identity]) for identity in common]
    by = primary([row for _, row in pairs])
    names = [name for name in measure_names([row for _, row in pairs]) if any(name in row.scores for row, _ in pairs)]
    return Comparison(
        {name: difference(pairs, name) for name in names},
        by,
        tuple(_changes(pairs, by)),
        tuple(identity for identity in before if identity not in after),
        tuple(identity for identity in after if identity not in before),
    )


def difference(pairs: Sequence[tuple[Row, Row]], name: str) -> Difference:
    """One measure's difference over the pairs that both have a value for."""
    scored = [
        (x, y, row.cluster)
        for first, row in pairs
        if (x := first.scores.get(name)) is not None and (y := row.scores.get(name)) is not None
    ]
    return compare([x for x, _, _ in scored], [y for _, y, _ in scored], [cluster for _, _, cluster in scored])


def worse_by(found: Difference, name: str) -> float | None:
    """How much worse the second run is, in the measure's own direction; None where nothing is compared."""
    if found.value is None:
        return None
    lower_is_better = name in BY_NAME and BY_NAME[name].lower_is_better
    return found.value if lower_is_better else -found.value


def table(found: Comparison, limit: int = 40) -> str:
    """For a terminal: differences with intervals, then the questions that changed, the worsened ones first."""
    lines = [f"{'second minus first, in points':36}{'':>7}  {'95 % interval':15} {'p':>7} {'n':>5}  up/down"]
    for name, one in found.differences.items():
        if one.value is not None:
            interval = f"{percent(one.low)} to {percent(one.high)}"
            lines.append(
                f"{name:36}{100 * one.value:+7.1f}  {interval:15} {one.p:7.4f} {one.n:5}  {one.better}/{one.worse}"
            )
    worse = [change for change in found.changes if change.after < change.before]
    better = [change for change in found.changes if change.after > change.before]
    for title, changes in (("worse", worse), ("better", better)):
        lines.append(f"\n{found.by} is {title} for {len(changes)} questions")
        lines += [f"  {c.id:12} {c.kind:22} {c.before:.2f} → {c.after:.2f}" for c in changes[:limit]]
        if len(changes) > limit:
            lines.append(f"  and {len(changes) - limit} more")
    for title, identities in (("first", found.only_first), ("second", found.only_second)):
        if identities:
            lines.append(f"\nonly in the {title}: {len(identities)} questions, among them {', '.join(identities[:5])}")
    return "\n".join(lines)


def _changes(pairs: Sequence[tuple[Row, Row]], by: str) -> list[Change]:
    changes = []
    for before, after in pairs:
        x, y = before.scores.get(by), after.scores.get(by)
        if x is not None and y is not None and x != y:
            changes.append(Change(after.id, after.kind, x, y))
    return changes


def _documents(corpus: Mapping[str, Mapping[str, str]]) -> str:
    names = sorted({name for documents in corpus.values() for name in documents})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
