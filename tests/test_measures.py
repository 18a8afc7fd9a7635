"""Measures against values worked out by hand, and against ir_measures."""

import math

import ir_measures
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG

from evals import measures
from evals.measures import Span
from evals.uncertainty import mean

A, B, C = ("d", 0, 10), ("d", 10, 20), ("d", 20, 30)
TWO = [[("d", 2, 5)], [("d", 22, 25)]]
"""Evidence in A and in C."""
EITHER = [[("d", 2, 5), ("e", 0, 3)]]
"""One piece that stands in two places."""


@pytest.mark.parametrize(
    ("a", "b", "overlaps", "contains"),
    [
        (("d", 0, 10), ("d", 2, 5), True, True),
        (("d", 0, 10), ("d", 0, 10), True, True),
        (("d", 2, 5), ("d", 0, 10), True, False),
        (("d", 0, 10), ("d", 9, 11), True, False),
        (("d", 0, 10), ("d", 10, 20), False, False),
        (("d", 0, 10), ("e", 2, 5), False, False),
    ],
    ids=["inside", "same", "outside", "across", "touching", "other-document"],
)
def test_spans(a: Span, b: Span, overlaps: bool, contains: bool) -> None:
    assert measures.overlaps(a, b) is measures.overlaps(b, a) is overlaps
    assert measures.contains(a, b) is contains


RANKED = {
    "all-in-the-first-two": (2, [A, C, B], TWO, 1.0, 1.0),
    "half-below-the-cut": (1, [A, C], TWO, 0.5, 1.0),
    "second-rank": (2, [B, C], TWO, 0.5, 0.5),
    "third-rank-below-the-cut": (2, [B, B, A], TWO, 0.0, 1 / 3),
    "none": (3, [B], TWO, 0.0, 0.0),
    "no-hits": (3, [], TWO, 0.0, 0.0),
    "alternative": (1, [("e", 0, 9)], EITHER, 1.0, 1.0),
    "both-alternatives-count-once": (2, [A, ("e", 0, 9)], EITHER, 1.0, 1.0),
    "cut-in-two": (2, [("d", 0, 4), ("d", 4, 9)], EITHER, 0.0, 0.0),
    "one-hit-holds-both": (1, [("d", 0, 30)], TWO, 1.0, 1.0),
}


@pytest.mark.parametrize(("k", "hits", "gold", "recall", "reciprocal"), RANKED.values(), ids=RANKED.keys())
def test_ranked(k: int, hits: list[Span], gold: list[list[Span]], recall: float, reciprocal: float) -> None:
    assert measures.recall_at(k, hits, gold) == recall
    assert measures.hit_rate_at(k, hits, gold) == (1.0 if recall else 0.0)
    assert measures.reciprocal_rank(hits, gold) == reciprocal


LOG3 = math.log2(3)
GAINED = {
    "first": (10, [A], EITHER, 1.0),
    "second": (10, [B, ("d", 0, 9)], EITHER, 1 / LOG3),
    "third": (10, [B, C, A], EITHER, 0.5),
    "below-the-cut": (2, [B, C, A], EITHER, 0.0),
    "both-first": (10, [A, C, B], TWO, 1.0),
    "first-and-third": (10, [A, B, C], TWO, 1.5 / (1 + 1 / LOG3)),
    "one-of-two": (10, [A, B], TWO, 1 / (1 + 1 / LOG3)),
    "one-of-two-cut-at-one": (1, [A, B], TWO, 1.0),
    "one-hit-holds-both": (10, [("d", 0, 30), B], TWO, 1.0),
    "the-same-piece-again-is-relevant-too": (10, [A, ("d", 1, 6), C], TWO, 1.0),
    "relevant-after-irrelevant": (10, [B, A, C], TWO, (1 / LOG3 + 0.5) / (1 + 1 / LOG3)),
    "alternative-counts-once": (10, [A, ("e", 0, 9)], EITHER, 1.0),
    "cut-in-two": (10, [("d", 0, 4), ("d", 4, 9)], EITHER, 0.0),
    "none": (10, [B], TWO, 0.0),
    "no-hits": (10, [], TWO, 0.0),
}


@pytest.mark.parametrize(("k", "hits", "gold", "expected"), GAINED.values(), ids=GAINED.keys())
def test_ndcg_by_hand(k: int, hits: list[Span], gold: list[list[Span]], expected: float) -> None:
    assert measures.ndcg_at(k, hits, gold) == pytest.approx(expected)


CITED = {
    "exact": ([("d", 2, 5), ("d", 22, 25)], TWO, 1.0, 1.0),
    "one-touch": ([("d", 4, 8)], TWO, 0.5, 1.0),
    "one-beside": ([("d", 2, 5), ("d", 12, 15)], TWO, 0.5, 0.5),
    "twice-the-same": ([("d", 2, 5), ("d", 2, 5), ("d", 12, 15)], TWO, 0.5, 2 / 3),
    "alternative": ([("e", 2, 9)], EITHER, 1.0, 1.0),
    "none": ([], TWO, 0.0, 0.0),
    "wrong": ([("d", 5, 22)], TWO, 0.0, 0.0),
}


@pytest.mark.parametrize(("citations", "gold", "recall", "precision"), CITED.values(), ids=CITED.keys())
def test_cited(citations: list[Span], gold: list[list[Span]], recall: float, precision: float) -> None:
    assert measures.citation_recall(citations, gold) == recall
    assert measures.citation_precision(citations, gold) == pytest.approx(precision)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tocorón’s  “Niño”\n", 'tocoron\'s "nino"'),
        ("2017–2018", "2017-2018"),
        ("A\u00a0B", "a b"),
        ("STRASSE straße", "strasse strasse"),
        ("", ""),
    ],
    ids=["accents-and-quotes", "dash", "no-break-space", "sharp-s", "empty"],
)
def test_normalised(text: str, expected: str) -> None:
    assert measures.normalise(text) == expected
    assert measures.normalise(expected) == expected


@pytest.mark.parametrize(
    ("answer", "facts", "expected"),
    [
        ("“11,000 police and soldiers” [1]", [["11,000"]], 1.0),
        ("At least twelve economies", [["12", "twelve"]], 1.0),
        ("In Niño Guerrero’s prison in 2023", [["nino guerrero's"], ["2023"]], 1.0),
        ("In Niño Guerrero’s prison", [["nino guerrero's"], ["2023"]], 0.0),
        ("", [["12"]], 0.0),
        ("", [], 0.0),
        ("112 cells", [["12"]], 0.0),
        ("11,000 police in 1,000 vans", [["1,000 police"]], 0.0),
    ],
    ids=[
        "one",
        "alternative",
        "all-of-two",
        "one-of-two",
        "empty",
        "empty-without-facts",
        "part-of-a-number",
        "part-of-a-larger",
    ],
)
def test_answer_accuracy(answer: str, facts: list[list[str]], expected: float) -> None:
    assert measures.answer_accuracy(answer, facts) == expected


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The Legend of the Prison", ["legend", "of", "prison"]),
        ("U.S. $1,000!", ["us", "1000"]),
        ("anthem than Athena", ["anthem", "than", "athena"]),
        ("A-the-an", ["athean"]),
        ("«El Tren» – 2023", ["«el", "tren»", "–", "2023"]),
        ("  a \n an\tthe ", []),
        ("", []),
    ],
    ids=["articles", "punctuation", "article-in-a-word", "joined-by-hyphens", "other-punctuation-stays", "only-articles", "empty"],
)  # fmt: skip
def test_squad_tokens(text: str, tokens: list[str]) -> None:
    assert measures.squad_tokens(text) == tokens


SQUAD = {
    "same": ("Denver Broncos", ["Denver Broncos"], 1.0, 1.0),
    "case-articles-and-marks": ("the  DENVER broncos.", ["Denver Broncos"], 1.0, 1.0),
    "longer-prediction": ("Denver Broncos of Colorado", ["Denver Broncos"], 0.0, 2 * (2 / 4) * 1 / (2 / 4 + 1)),
    "shorter-prediction": ("Broncos", ["the Denver Broncos"], 0.0, 2 * 1 * (1 / 2) / (1 + 1 / 2)),
    "best-of-several": ("Levi's Stadium", ["Stadium in Santa Clara", "Levi's Stadium,"], 1.0, 1.0),
    "best-of-partial": ("in Santa Clara", ["Santa Clara, California", "Levi's"], 0.0, 2 / 3),
    "order-does-not-count-for-f1": ("Broncos Denver", ["Denver Broncos"], 0.0, 1.0),
    "repeated-word-counts-once": ("one one one", ["one two"], 0.0, 2 / 5),
    "nothing-shared": ("Carolina", ["Denver Broncos"], 0.0, 0.0),
    "empty-prediction": ("", ["Denver Broncos"], 0.0, 0.0),
    "no-answer-abstained": ("", [], 1.0, 1.0),
    "no-answer-answered": ("Denver", [], 0.0, 0.0),
    "no-answer-said-an-article": ("The", [], 1.0, 1.0),
}


@pytest.mark.parametrize(("prediction", "accepted", "exact", "f1"), SQUAD.values(), ids=SQUAD.keys())
def test_squads_measures_by_hand(prediction: str, accepted: list[str], exact: float, f1: float) -> None:
    assert measures.exact_match(prediction, accepted) == exact
    assert measures.token_f1(prediction, accepted) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3, 1, 2, 4], 0.5, 2), ([3, 1, 2, 4], 0.95, 4), ([3, 1, 2, 4], 0.0, 1), ([3, 1, 2, 4], 1.0, 4), ([7], 0.5, 7), ([], 0.5, 0.0),
     (list(range(1, 101)), 0.95, 95), (list(range(1, 101)), 0.07, 7)],
    ids=["median", "p95", "least", "most", "one", "none", "p95-of-100", "p7-of-100"],
)  # fmt: skip
def test_percentile_by_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert measures.percentile(values, share) == expected


# --- against ir_measures: chunk n of question q is the span [10n, 10n + 10) of document q, and so is its evidence


def span(question: str, chunk: int) -> Span:
    return (question, 10 * chunk, 10 * chunk + 10)


JUDGED = st.tuples(st.permutations(range(8)), st.integers(0, 8), st.sets(st.integers(0, 9), min_size=1, max_size=5))
"""(order of the chunks, number of hits, relevant chunks): 8 and 9 are never found."""


@settings(max_examples=60, deadline=None)
@given(st.lists(JUDGED, min_size=1, max_size=4), st.integers(1, 10))
def test_ranked_measures_agree_with_ir_measures(judged: list[tuple[list[int], int, set[int]]], k: int) -> None:
    runs, golds = {}, {}
    for n, (order, cut, relevant) in enumerate(judged):
        question = f"q{n}"
        runs[question] = [span(question, chunk) for chunk in order[:cut]]
        golds[question] = [[span(question, chunk)] for chunk in sorted(relevant)]
    qrels = [Qrel(q, str(alternatives[0][1]), 1) for q, gold in golds.items() for alternatives in gold]
    scored = [ScoredDoc(q, str(hit[1]), -rank) for q, hits in runs.items() for rank, hit in enumerate(hits)]
    asked = [R @ k, RR, Success @ k, nDCG @ k]
    theirs = {(m.query_id, m.measure): m.value for m in ir_measures.iter_calc(asked, qrels, scored)}
    for question, hits in runs.items():
        gold = golds[question]
        assert measures.recall_at(k, hits, gold) == pytest.approx(theirs[question, R @ k])
        assert measures.reciprocal_rank(hits, gold) == pytest.approx(theirs[question, RR])
        assert measures.hit_rate_at(k, hits, gold) == theirs[question, Success @ k]
        assert measures.ndcg_at(k, hits, gold) == pytest.approx(theirs[question, nDCG @ k])
    mrr = mean([measures.reciprocal_rank(runs[q], golds[q]) for q in runs], list(runs)).value
    assert mrr == pytest.approx(ir_measures.calc_aggregate([RR], qrels, scored)[RR])


@given(JUDGED)
def test_ideal_order_scores_one_and_demoting_a_hit_never_helps(judged: tuple[list[int], int, set[int]]) -> None:
    order, _, relevant = judged
    found = relevant - {8, 9}
    assume(0 < len(found) < 8)
    gold = [[span("q", chunk)] for chunk in found]
    ideal = [span("q", chunk) for chunk in sorted(order, key=lambda chunk: chunk not in found)]
    assert measures.recall_at(len(found), ideal, gold) == measures.reciprocal_rank(ideal, gold) == 1.0
    demoted = [*ideal[1:], ideal[0]]
    assert measures.recall_at(len(found), demoted, gold) == (len(found) - 1) / len(found)
    assert measures.reciprocal_rank(demoted, gold) <= 1.0
    assert measures.ndcg_at(10, ideal, gold) == 1.0
    assert measures.ndcg_at(len(found), demoted, gold) < 1.0


@given(JUDGED, st.integers(1, 10), st.integers(1, 7))
def test_ndcg_is_a_share_and_demoting_a_relevant_hit_never_helps(
    judged: tuple[list[int], int, set[int]], k: int, steps: int
) -> None:
    order, cut, relevant = judged
    gold = [[span("q", chunk)] for chunk in relevant]
    hits = [span("q", chunk) for chunk in order[:cut]]
    before = measures.ndcg_at(k, hits, gold)
    assert 0.0 <= before <= 1.0
    for place in (place for place, chunk in enumerate(order[:cut]) if chunk in relevant):
        demoted = [*hits[:place], *hits[place + 1 :]]
        demoted.insert(place + steps, hits[place])
        assert measures.ndcg_at(k, demoted, gold) <= before + 1e-12
