"""Reciprocal rank fusion of several legs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RRF_K = 60
"""Source: Cormack, Clarke and Büttcher, Reciprocal Rank Fusion, SIGIR 2009."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One ranking."""

    name: str
    ranked: Sequence[int]
    """Positions of chunks, best first."""
    weight: float = 1.0


def fuse(legs: Sequence[Leg], k: int = RRF_K) -> list[tuple[int, float]]:
    """(position, score) best first; the score is the sum of weight / (k + rank), ties by position.

    >>> fuse([Leg("a", [7, 8]), Leg("b", [8])], k=1)
    [(8, 0.8333333333333333), (7, 0.5)]
    """
    scores: dict[int, float] = {}
    for leg in legs:
        for rank, position in enumerate(leg.ranked, 1):
            scores[position] = scores.get(position, 0.0) + leg.weight / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
