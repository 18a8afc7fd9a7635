"""Measures, small and pure. Ranks count from 1; every measure is in [0, 1], and a question with nothing to show scores 0."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

Span = tuple[str, int, int]
"""(document id, start, end), half-open."""


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


def ndcg_at(k: int, hits: Sequence[Span], gold: Sequence[Sequence[Span]]) -> float:
    """Normalised discounted cumulative gain of the first k hits; a hit that holds any needed evidence has gain 1.

    The ideal order has these hits first, and one more for each piece of evidence that no hit holds.
    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation, TOIS 2002, with discount log2(1 + rank).

    >>> ndcg_at(10, [("d", 0, 9)], [[("d", 2, 5)]])
    1.0
    """
    gains = [float(any(contains(hit, span) for alternatives in gold for span in alternatives)) for hit in hits]
    missing = sum(not any(contains(h, span) for h in hits for span in alternatives) for alternatives in gold)
    return _dcg(gains[:k]) / _dcg(([1.0] * (int(sum(gains)) + missing))[:k])


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(1 + rank) for rank, gain in enumerate(gains, 1))


def exact_match(prediction: str, accepted: Sequence[str]) -> float:
    """1 if the prediction is an accepted string after SQuAD's normalisation, else 0; "" is the only accepted string where there is no answer.

    Source: Rajpurkar, Jia and Liang, Know what you don't know (SQuAD 2.0), 2018, and its evaluation script.

    >>> exact_match("The prison, Tocorón.", ["prison Tocorón"])
    1.0
    """
    return float(any(squad_tokens(prediction) == squad_tokens(one) for one in _comparable(accepted)))


def token_f1(prediction: str, accepted: Sequence[str]) -> float:
    """Best F1 between the tokens of the prediction and of an accepted string; 0 or 1 where one of them has none. Source: as `exact_match`."""
    return max(_f1(squad_tokens(prediction), squad_tokens(one)) for one in _comparable(accepted))


def _comparable(accepted: Sequence[str]) -> Sequence[str]:
    """Without strings of which nothing is left to compare, as in SQuAD's script."""
    return [one for one in accepted if squad_tokens(one)] or [""]


def squad_tokens(text: str) -> list[str]:
    """Words as SQuAD 2.0 compares them: lower case, without ASCII punctuation and the articles a, an, the."""
    plain = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def _f1(prediction: Sequence[str], accepted: Sequence[str]) -> float:
    if not prediction or not accepted:
        return float(prediction == accepted)
    common = sum((Counter(prediction) & Counter(accepted)).values())
    return 2 * common / (len(prediction) + len(accepted))


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


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 9)) - 1)] if ordered else 0.0
