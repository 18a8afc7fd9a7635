"""Measures, small and pure. Ranks count from 1; every measure is in [0, 1], and a question with nothing to show scores 0."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[str, int, int]
"""(document id, start, end), half-open."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval."""

    value: float | None
    """None when n is 0."""
    low: float
    high: float
    n: int


def overlaps(a: Span, b: Span) -> bool:
    """Whether two spans share a character."""
    return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]


def contains(outer: Span, inner: Span) -> bool:
    """Whether the first span holds the whole of the second."""
    return outer[0] == inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2]


def recall_at(k: int, hits: Sequence[Span], gold: Sequence[Sequence[Span]]) -> float:
    """Share of the needed pieces of evidence that the first k hits hold in full.

    Args:
        k: Cut-off.
        hits: Spans of the hits, best first.
        gold: For each needed piece its alternatives; not empty.

    >>> recall_at(1, [("d", 0, 9)], [[("d", 2, 5)], [("d", 20, 25)]])
    0.5
    """
    found = sum(any(contains(hit, span) for hit in hits[:k] for span in alternatives) for alternatives in gold)
    return found / len(gold)


def hit_rate_at(k: int, hits: Sequence[Span], gold: Sequence[Sequence[Span]]) -> float:
    """1 if the first k hits hold any of the evidence, else 0. Also called success@k."""
    return float(recall_at(k, hits, gold) > 0)


def reciprocal_rank(hits: Sequence[Span], gold: Sequence[Sequence[Span]]) -> float:
    """1 / rank of the first hit that holds any of the evidence; its mean over questions is MRR. Source: Voorhees, TREC-8, 1999."""
    for rank, hit in enumerate(hits, 1):
        if any(contains(hit, span) for alternatives in gold for span in alternatives):
            return 1 / rank
    return 0.0


def normalise(text: str) -> str:
    """Case, accents, typographic quotes and runs of white space made alike."""
    plain = text.translate(str.maketrans("’‘“”–—", "''\"\"--"))
    decomposed = unicodedata.normalize("NFKD", plain)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).casefold().split())


def answer_accuracy(answer: str, facts: Sequence[Sequence[str]]) -> float:
    """1 if the answer holds an accepted string of every needed fact, else 0.

    >>> answer_accuracy("“At least 12 criminal economies” [1]", [["12", "twelve"]])
    1.0
    """
    text = normalise(answer)
    return float(bool(text) and all(any(_occurs(normalise(accepted), text) for accepted in fact) for fact in facts))


def _occurs(accepted: str, text: str) -> bool:
    """Whether the string stands in the text, and not as part of a longer figure: "12" is not in "112" or "12,000"."""
    before = r"(?<!\d)(?<!\d[.,])" if accepted[:1].isdigit() else ""
    after = r"(?!\d)(?![.,]\d)" if accepted[-1:].isdigit() else ""
    return bool(re.search(before + re.escape(accepted) + after, text))


def citation_recall(citations: Sequence[Span], gold: Sequence[Sequence[Span]]) -> float:
    """Share of the needed pieces of evidence that a citation touches."""
    return sum(any(overlaps(c, span) for c in citations for span in alternatives) for alternatives in gold) / len(gold)


def citation_precision(citations: Sequence[Span], gold: Sequence[Sequence[Span]]) -> float:
    """Share of the citations that touch any gold span; 0 for none."""
    good = sum(any(overlaps(c, span) for alternatives in gold for span in alternatives) for c in citations)
    return good / len(citations) if citations else 0.0


def mean(values: Sequence[float]) -> Mean:
    """Mean with Wilson's interval, which treats the values as shares.

    Source: Wilson, Probable inference, 1927. Conservative for values between 0 and 1.
    """
    n = len(values)
    if n == 0:
        return Mean(None, 0.0, 1.0, 0)
    p, z = sum(values) / n, 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Mean(p, max(0.0, centre - half), min(1.0, centre + half), n)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 9)) - 1)] if ordered else 0.0
