"""Intervals and tests against published and hand-computed values, and what must hold for any values."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.uncertainty import Difference, Mean, auc, compare, mean, wilson


def apart(values: list[float]) -> list[str]:
    """A cluster for each value."""
    return [f"q{n}" for n in range(len(values))]


NEWCOMBE = {
    "81-of-263": (81, 263, 0.2553, 0.3662),
    "15-of-148": (15, 148, 0.0624, 0.1605),
    "0-of-20": (0, 20, 0.0, 0.1611),
    "1-of-29": (1, 29, 0.0061, 0.1718),
    "29-of-29": (29, 29, 0.8830, 1.0),
}
"""Newcombe, Two-sided confidence intervals for the single proportion, 1998, method 3; the last is 0 of 29 mirrored."""


@pytest.mark.parametrize(("yes", "n", "low", "high"), NEWCOMBE.values(), ids=NEWCOMBE.keys())
def test_wilsons_interval_as_published(yes: int, n: int, low: float, high: float) -> None:
    values = [1.0] * yes + [0.0] * (n - yes)
    found = mean(values, apart(values))
    assert wilson(yes / n, n) == pytest.approx((low, high), abs=5e-5)
    assert (found.value, found.n) == (pytest.approx(yes / n), n)
    # one question a cluster: the design effect is n / (n - 1) at most
    assert (found.low, found.high) == pytest.approx((low, high), abs=4e-3)


@pytest.mark.parametrize(
    ("values", "value", "low", "high"),
    [
        ([1.0] * 10, 1.0, 0.7225, 1.0),
        ([0.0] * 10, 0.0, 0.0, 0.2775),
        ([1.0], 1.0, 0.2065, 1.0),
        ([0.5] * 10, 0.5, 0.2366, 0.7634),
    ],
    ids=["ten-of-ten", "none-of-ten", "one-of-one", "ten-halves"],
)
def test_values_that_are_all_alike_still_have_a_wide_interval(
    values: list[float], value: float, low: float, high: float
) -> None:
    found = mean(values, apart(values))
    assert (found.value, found.n) == (value, len(values))
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_mean_of_nothing_is_undefined() -> None:
    assert mean([], [], failed=0, skipped=3) == Mean(None, None, None, 0, 0, 3)


def test_counts_are_passed_on() -> None:
    found = mean([0.0, 1.0], ["a", "b"], failed=1, skipped=4)
    assert (found.n, found.failed, found.skipped) == (2, 1, 4)


@pytest.mark.parametrize(
    "values",
    [[1.0, 1.0, 0.0, 0.0] * 5, [1.0] * 20, [0.9, 0.8, 0.1, 0.2] * 5],
    ids=["yes-and-no", "all-alike", "fractions"],
)
def test_questions_that_stand_or_fall_together_widen_the_interval(values: list[float]) -> None:
    ordered = sorted(values)
    alone = mean(ordered, apart(ordered))
    tied = mean(ordered, [f"c{n // 5}" for n in range(len(ordered))])
    assert tied.value == alone.value
    assert tied.high - tied.low > 1.2 * (alone.high - alone.low)


def test_one_cluster_counts_as_one_observation() -> None:
    found = mean([1.0] * 50, ["same"] * 50)
    assert (found.low, found.high) == pytest.approx(wilson(1.0, 1))


def test_same_values_give_the_same_interval() -> None:
    values = [0.1, 0.25, 0.5, 0.5, 0.75, 1.0, 0.3]
    assert mean(values, apart(values)) == mean(values, apart(values))
    second = [0.2, 0.25, 0.1, 0.9, 0.7, 0.0, 0.3]
    assert compare(values, second, apart(values)) == compare(values, second, apart(values))


def test_bootstrap_of_many_values_is_the_normal_interval() -> None:
    values = [n / 400 for n in range(401)]  # uniform: standard deviation 1 / sqrt(12)
    found = mean(values, apart(values))
    half = 1.96 / math.sqrt(12 * len(values))
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.004)


# --- two runs


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        (1, 0, 1.0),
        (2, 0, 0.5),
        (5, 0, 2 / 32),
        (6, 0, 2 / 64),
        (8, 1, 2 * (1 + 9) / 2**9),
        (2, 2, 1.0),
        (3, 1, 2 * (1 + 4) / 2**4),
        (7, 3, 2 * (1 + 10 + 45 + 120) / 2**10),
    ],
    ids=["one", "two", "five", "six", "eight-to-one", "two-to-two", "three-to-one", "seven-to-three"],
)
def test_p_value_is_that_of_the_exact_mcnemar_test(better: int, worse: int, p: float) -> None:
    first = [0.0] * better + [1.0] * worse + [1.0] * 7 + [0.0] * 4
    second = [1.0] * better + [0.0] * worse + [1.0] * 7 + [0.0] * 4
    found = compare(first, second, apart(first))
    assert (found.better, found.worse, found.n) == (better, worse, len(first))
    assert found.value == pytest.approx((better - worse) / len(first))
    assert found.p == pytest.approx(p)


def test_p_value_of_fractions_by_hand() -> None:
    # |sum| of the 8 signed sums of 0.5, 0.25, 0.25 is at least 0.5 for +++, -++ (0), …: ±1 twice, ±0.5 four times, 0 twice
    assert compare([0.0, 0.0, 0.25], [0.5, 0.25, 0.0], ["a", "b", "c"]).p == pytest.approx(6 / 8)
    assert compare([0.0, 0.0, 0.0], [0.5, 0.25, 0.25], ["a", "b", "c"]).p == pytest.approx(2 / 8)


def test_many_changes_in_one_direction_are_significant() -> None:
    first, second = [1.0] * 60, [0.0] * 30 + [1.0] * 30
    found = compare(first, second, apart(first))
    assert found.value == -0.5
    assert found.p <= 0.001
    assert found.high < 0


def test_identical_runs_do_not_differ() -> None:
    values = [0.0, 1.0, 0.5]
    assert compare(values, values, apart(values)) == Difference(0.0, 0.0, 0.0, 1.0, 3, 0, 0)


def test_nothing_to_compare_is_undefined() -> None:
    assert compare([], [], []) == Difference(None, None, None, None, 0, 0, 0)


def test_a_cluster_is_one_observation() -> None:
    first, second = [0.0] * 12, [1.0] * 12
    assert compare(first, second, ["one"] * 12).p == 1.0
    assert compare(first, second, [f"c{n // 2}" for n in range(12)]).p == pytest.approx(2 / 2**6)
    assert compare(first, second, apart(first)).p == pytest.approx(2 / 2**12)


def test_changes_that_cancel_within_a_cluster_are_no_evidence() -> None:
    found = compare([0.0, 1.0, 0.5], [1.0, 0.0, 0.5], ["a", "a", "b"])
    assert (found.value, found.p, found.better, found.worse) == (0.0, 1.0, 1, 1)


# --- for any values


SCORE = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
SCORED = st.lists(st.tuples(SCORE, SCORE, st.sampled_from("abcdef")), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(SCORED)
def test_no_figure_is_not_a_number(scored: list[tuple[float, float, str]]) -> None:
    first, second, clusters = zip(*scored, strict=True)
    found = mean(first, clusters)
    assert all(math.isfinite(value) for value in astuple(found))
    assert -1e-9 <= found.low <= found.high <= 1 + 1e-9
    differing = compare(first, second, clusters)
    assert all(math.isfinite(value) for value in astuple(differing) if value is not None)
    assert (differing.low is None) == (differing.high is None)
    assert 0 < differing.p <= 1


@settings(max_examples=60, deadline=None)
@given(SCORED)
def test_comparing_the_other_way_round_turns_the_signs(scored: list[tuple[float, float, str]]) -> None:
    first, second, clusters = zip(*scored, strict=True)
    there, back = compare(first, second, clusters), compare(second, first, clusters)
    assert there.p == pytest.approx(back.p)
    assert (there.better, there.worse) == (back.worse, back.better)
    assert there.value == pytest.approx(-back.value)
    if there.low is None:
        assert back.low is back.high is there.high is None
    else:
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40))
def test_yes_and_no_lie_inside_their_interval(values: list[float]) -> None:
    found = mean(values, apart(values))
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert found.high - found.low > 0


def test_no_interval_is_claimed_where_all_clusters_differ_alike() -> None:
    found = compare([0.0] * 5, [1.0] * 5, list("abcde"))
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert found.p == pytest.approx(2 / 2**5)


def test_independent_questions_have_the_plain_interval() -> None:
    found = mean([1.0] + [0.0] * 28, apart([0.0] * 29))
    assert (found.low, found.high) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_auc_counts_pairs_and_halves_ties() -> None:
    assert auc([(0.9, "a"), (0.8, "b")], [(0.1, "a"), (0.2, "c")]).value == 1.0
    assert auc([(0.5, "a")], [(0.5, "b")]).value == 0.5
    assert auc([(0.1, "a"), (0.9, "b")], [(0.5, "c"), (0.9, "d")]).value == pytest.approx(1.5 / 4)
    assert auc([], [(0.5, "c")]) == Mean(None, None, None, 1)
    alone = auc([(0.9, "a")], [(0.1, "a")])
    assert (alone.value, alone.low, alone.high) == (1.0, None, None)


def test_aucs_interval_covers_it_and_widens_with_clusters() -> None:
    rng = np.random.default_rng(3)
    positive, negative = rng.normal(1, 1, 120).tolist(), rng.normal(0, 1, 120).tolist()
    whole = auc([(v, f"p{n}") for n, v in enumerate(positive)], [(v, f"n{n}") for n, v in enumerate(negative)])
    expected = np.mean([p > q for p in positive for q in negative])
    assert whole.value == pytest.approx(expected)
    assert whole.low is not None
    assert whole.high is not None
    assert whole.low < expected < whole.high
    # Hanley and McNeil's standard error at this AUC and n is 0.031
    assert whole.high - whole.low == pytest.approx(2 * 1.96 * 0.031, rel=0.2)
    copies = [(v, f"p{n}") for n, v in enumerate(positive) for _ in range(5)]
    again = auc(copies, [(v, f"n{n}") for n, v in enumerate(negative) for _ in range(5)])
    assert again.high is not None
    assert again.low is not None
    assert again.high - again.low == pytest.approx(whole.high - whole.low, rel=0.1)  # copies are no new evidence
