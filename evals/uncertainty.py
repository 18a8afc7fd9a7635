"""How sure a mean is, and whether two runs differ. Questions about one passage stand or fall together, so clusters are resampled, not questions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SEED = 20231
RESAMPLES = 2000
PERMUTATIONS = 9999
Scored = tuple[float, str]
"""A score and its cluster."""
_Z = 1.959964
"""Two-sided 95 %."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval."""

    value: float | None
    """None when n is 0."""
    low: float | None
    high: float | None
    n: int
    """Questions in the mean, failed ones among them."""
    failed: int = 0
    """How many of them failed, and score their worst."""
    skipped: int = 0
    """Questions that the measure says nothing about."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Second run minus first, on the questions that both have a value for."""

    value: float | None
    low: float | None
    """95 % interval; None where all clusters are alike, so that resampling cannot show a spread."""
    high: float | None
    p: float | None
    """Two-sided, by flipping the sign of each cluster's difference."""
    n: int
    better: int
    """Questions with a higher value in the second run."""
    worse: int


def mean(values: Sequence[float], clusters: Sequence[str], *, failed: int = 0, skipped: int = 0) -> Mean:
    """The mean with its interval.

    Shares of yes and no get Wilson's interval with the effective number of questions; other values get the percentile bootstrap over clusters, or
    Wilson's over the number of clusters when all clusters are alike and resampling would show no spread.

    Args:
        values: In [0, 1].
        clusters: The cluster of each value.
        failed: Passed on.
        skipped: Passed on.

    Source: Wilson, Probable inference, 1927; effective n: Rao and Scott, A simple method for the analysis of clustered binary data, 1992;
    cluster bootstrap: Davison and Hinkley, Bootstrap methods, 1997, section 3.8.
    """
    n = len(values)
    if n == 0:
        return Mean(None, None, None, 0, failed, skipped)
    sums, counts = _by_cluster(values, clusters)
    value = float(np.mean(values))
    if set(values) <= {0.0, 1.0}:
        low, high = wilson(value, n / _design_effect(sums, counts))
    elif np.ptp(sums / counts) < 1e-12:
        low, high = wilson(value, len(sums))
    else:
        low, high = _bootstrap(sums, counts)
    return Mean(value, low, high, n, failed, skipped)


def auc(positive: Sequence[Scored], negative: Sequence[Scored]) -> Mean:
    """How often a positive scores above a negative, ties counting half; None where one side is empty.

    The interval is the percentile bootstrap over the clusters of both sides together; none with a single cluster.
    Source: Mann and Whitney, 1947; Hanley and McNeil, Radiology, 1982; bootstrap as in `mean`.

    >>> auc([(0.9, "a"), (0.4, "b")], [(0.4, "a")]).value
    0.75
    """
    n = len(positive) + len(negative)
    if not positive or not negative:
        return Mean(None, None, None, n)
    places = {cluster: place for place, cluster in enumerate(dict.fromkeys(c for _, c in (*positive, *negative)))}
    rows, columns = ([places[cluster] for _, cluster in side] for side in (positive, negative))
    above, below = (np.array([score for score, _ in side]) for side in (positive, negative))
    won = (above[:, None] > below).astype(np.float64) + (above[:, None] == below) / 2
    wins = np.zeros((len(places), len(places)))
    np.add.at(wins, (np.repeat(rows, len(below)), np.tile(columns, len(above))), won.ravel())
    times = np.random.default_rng(SEED).multinomial(len(places), np.full(len(places), 1 / len(places)), RESAMPLES)
    pairs = times[:, rows].sum(1) * times[:, columns].sum(1)
    drawn = pairs > 0  # a resample may lack one side
    shares = ((times @ wins) * times).sum(1)[drawn] / pairs[drawn]
    low, high = np.percentile(shares, [2.5, 97.5]).tolist() if len(places) > 1 else (None, None)
    return Mean(float(won.mean()), low, high, n)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a share of n observations; n may be a fraction.

    >>> [round(end, 3) for end in wilson(0.5, 10)]
    [0.237, 0.763]
    """
    centre = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def compare(first: Sequence[float], second: Sequence[float], clusters: Sequence[str]) -> Difference:
    """How the second run differs, question by question.

    The p value is that of a paired permutation test whose units are clusters, exact when there are few. With yes and no values and clusters
    of one question it tests what McNemar's test does; `better` and `worse` are McNemar's two counts.

    Source: Fisher, The design of experiments, 1935; for clusters: Gail et al., On design considerations and randomization-based inference, 1996.
    """
    differences = np.asarray(second, float) - np.asarray(first, float)
    n = len(differences)
    if n == 0:
        return Difference(None, None, None, None, 0, 0, 0)
    better, worse = int((differences > 0).sum()), int((differences < 0).sum())
    value = float(differences.mean())
    if not (better or worse):
        return Difference(0.0, 0.0, 0.0, 1.0, n, 0, 0)
    sums, counts = _by_cluster(differences.tolist(), clusters)
    spread = len(sums) > 1 and np.ptp(sums / counts) > 1e-12
    low, high = _bootstrap(sums, counts) if spread else (None, None)
    moved = sums[np.abs(sums) > 1e-12]  # a cluster without a difference stays what it is when its sign is flipped
    return Difference(value, low, high, _sign_flip(moved), n, better, worse)


def _sign_flip(sums: NDArray[np.float64]) -> float:
    if len(sums) == 0:
        return 1.0
    if len(sums) == 1:  # scipy asks for two observations; both signs are as far from zero
        return 1.0
    test = stats.permutation_test(
        (sums,), lambda x, axis: x.sum(axis=axis), permutation_type="samples", n_resamples=PERMUTATIONS, vectorized=True, rng=SEED
    )  # fmt: skip
    return float(test.pvalue)


def _by_cluster(values: Sequence[float], clusters: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    _, position = np.unique(list(clusters), return_inverse=True)
    sums = np.bincount(position, weights=np.asarray(values, float))
    return sums.astype(np.float64), np.bincount(position).astype(np.float64)


def _design_effect(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """How many times larger the variance of the mean is than it would be with independent questions; at least 1.

    Where all values are alike it cannot be estimated: each cluster then counts as one observation.
    """
    n, m = float(counts.sum()), len(counts)
    share = float(sums.sum()) / n
    independent = share * (1 - share) / n
    if m == n:
        return 1.0
    if m < 2 or independent <= 0:
        return n / m
    residual = sums - share * counts
    clustered = m / (m - 1) * float((residual**2).sum()) / n**2
    return max(1.0, clustered / independent)


def _bootstrap(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, float]:
    result = stats.bootstrap(
        (sums, counts), lambda s, c, axis: s.sum(axis=axis) / c.sum(axis=axis), paired=True, vectorized=True, n_resamples=RESAMPLES,
        method="percentile", rng=SEED,
    )  # fmt: skip
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
