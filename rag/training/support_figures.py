"""How well a score tells statements that their evidence carries from others, by kind; on our pairs and on statements written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.training.files import TrainingError, read_lines
from rag.training.support_pairs import Pair, overlap

Score = Callable[[Sequence[Pair]], list[float]]
"""Higher is better supported."""
REJECTED = 0.1
"""Share of the right statements that may be rejected where the threshold is set."""


def evaluate(score: Score, pairs: Sequence[Pair]) -> dict[str, float]:
    """AUC and share caught at the threshold that rejects one right statement in ten; by kind the same against all that are right.

    Of right kinds it is the share that this threshold rejects. "overlap" is what a comparison of words alone comes to.

    Raises:
        TrainingError: not both right and wrong pairs are there.
    """
    return measures(score(pairs), pairs) | {
        f"overlap {name}": value
        for name, value in measures([overlap(pair) for pair in pairs], pairs).items()
        if name in ("auc", "caught")
    }


def measures(scores: Sequence[float], pairs: Sequence[Pair]) -> dict[str, float]:
    """The figures of given scores.

    >>> right, wrong = Pair("a", "a", True, "verbatim"), Pair("b", "a", False, "name")
    >>> measures([0.9, 0.1], [right, wrong])["auc name"]
    1.0

    Raises:
        TrainingError: not both right and wrong pairs are there.
    """
    values, right = np.array(scores), np.array([pair.supported for pair in pairs], dtype=bool)
    if not 0 < right.sum() < len(right):
        raise TrainingError(f"{right.sum()} of {len(right)} pairs are right; expected some of both")
    threshold = float(np.quantile(values[right], REJECTED))
    found = {"pairs": float(len(pairs)), "threshold": threshold}
    found |= {"auc": float(roc_auc_score(right, values)), "caught": float(np.mean(values[~right] < threshold))}
    kinds = np.array([pair.kind for pair in pairs])
    for kind in sorted(set(kinds[~right])):
        chosen = values[~right & (kinds == kind)]
        found[f"auc {kind}"] = float(roc_auc_score([1] * right.sum() + [0] * len(chosen), [*values[right], *chosen]))
        found[f"caught {kind}"] = float(np.mean(chosen < threshold))
    for kind in sorted(set(kinds[right])):
        found[f"rejected {kind}"] = float(np.mean(values[right & (kinds == kind)] < threshold))
    return {name: round(value, 4) for name, value in found.items()}


def read_statements(path: Path) -> list[Pair]:
    """Statements with cited quotes, one JSON object a line with `statement`, `quotes`, `supported` and `kind`.

    Raises:
        TrainingError: the file is missing, or a line is not as expected.
    """
    pairs = []
    for row in read_lines(path, "support"):
        quotes = row.get("quotes", list)
        if not quotes or not all(isinstance(quote, str) for quote in quotes):
            raise TrainingError(f"{row.place}: field 'quotes' is {str(quotes)[:40]!r}; expected texts")
        supported = row.values.get("supported")
        if not isinstance(supported, bool):
            raise TrainingError(f"{row.place}: field 'supported' is {supported!r}; expected true or false")
        pairs.append(Pair(row.get("statement", str), " ".join(quotes), supported, row.get("kind", str)))
    return pairs
