"""Probabilities against outcomes, and risk against coverage: hand-computed on made rows, and on a run of the real assistant."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, make_assistant

from evals import calibration
from evals.calibration import Prediction, at, curve, predictions, reliability, run_point, table, working_points
from evals.data import load_questions
from evals.errors import EvalError
from evals.identity import identity
from evals.report import report
from evals.results import OUTCOMES, RUN, SCORES, Results, Row, load_results
from evals.run import run
from rag import Settings
from rag.embedding import Embedder, MultilingualEncoder

GOLD, OTHER = "It bought seven boats from a dealer.", "The river gang moved to Lima in 2019."
RUN_OF = {
    "reader": {"threshold": 0.3, "thresholds": {"strict": 0.6, "normal": 0.3, "lenient": 0.1}, "judge": None},
    "settings": {"strictness": "normal"},
}


def prediction(probability: float, came_true: bool, name: str = "", *, answered: bool = True) -> Prediction:
    return Prediction(probability, came_true, name or f"{probability} {came_true}", answered)


def results(*made: tuple[Row, dict[str, Any]]) -> Results:
    return Results(Path("made"), RUN_OF, tuple(row for row, _ in made), {row.id: one for row, one in made})


def asked(name: str = "q", shown: str = GOLD, gold: Sequence[str] = (GOLD,), **more: Any) -> tuple[Row, dict[str, Any]]:
    """A question that was answered with a quotation, or declined with it as the nearest passage."""
    question = more.pop("question", "How many boats did the gang buy?")
    values: dict[str, Any] = {"status": "answered", "answerable": True, "scores": {"right": 1.0}, "confidence": 0.5}
    row = Row(name, "number", "dev", "en", name, question="0", **{**values, **more})
    key = "citations" if row.status == "answered" else "nearest"
    outcome = {"citations": [], key: [{"quote": shown}, {"quote": GOLD}]}
    return row, {"asked": question, "gold": [[one] for one in gold], "outcome": outcome}


def test_bins_error_and_brier_by_hand() -> None:
    found = [prediction(p, t) for p, t in ((0.05, False), (0.62, True), (0.68, False), (1.0, True))]
    whole = reliability(found)
    assert [b.observed.n for b in whole.bins] == [1, 0, 0, 0, 0, 0, 2, 0, 0, 1]
    assert whole.bins[6].predicted == pytest.approx(0.65)
    assert (whole.bins[6].observed.value, whole.bins[1].predicted, whole.bins[1].observed.value) == (0.5, None, None)
    assert whole.error == pytest.approx((0.05 + 2 * 0.15 + 0) / 4)
    assert whole.brier.value == pytest.approx((0.05**2 + 0.38**2 + 0.68**2) / 4)
    assert whole.constant == pytest.approx(0.25)


def test_a_probability_that_is_one_has_no_error_and_one_that_is_not_has() -> None:
    honest = [prediction(0.8, n % 5 > 0, str(n)) for n in range(50)]
    assert reliability(honest).error == pytest.approx(0, abs=1e-9)
    boastful = [replace(one, probability=0.99) for one in honest]
    assert reliability(boastful).error == pytest.approx(0.19)
    assert (reliability(boastful).brier.value or 0) > (reliability(honest).brier.value or 0)


def test_risk_and_coverage_by_hand() -> None:
    found = [prediction(p, t) for p, t in ((0.9, True), (0.7, True), (0.4, False), (0.2, True))]
    points = [(p.coverage, p.risk.value) for p in curve(found, 0.3)]
    assert points == [(0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.25)]
    assert at(found, 0.95, 0.3).coverage == 0
    assert at(found, 0.95, 0.3).risk.value is None


def test_what_the_threshold_did_not_decline_is_answered_at_none() -> None:
    found = [prediction(0.9, False, answered=False), prediction(0.7, True), prediction(0.1, True, answered=False)]
    assert at(found, 0.0, own=0.3).coverage == pytest.approx(2 / 3)
    assert at(found, 0.0, own=0.3).risk.value == 0.0
    assert run_point(found).coverage == pytest.approx(1 / 3)


def test_it_comes_true_where_what_is_shown_first_is_gold() -> None:
    found = predictions(
        results(
            asked("gold"),
            asked("second", shown=OTHER),
            asked("longer", shown=f"{OTHER} {GOLD}"),
            asked("part", gold=["bought seven boats"]),
            asked("declined", status="abstained"),
            asked("nothing", shown=GOLD, gold=[], answerable=False),
        )
    )
    assert [one.came_true for one in found] == [True, False, True, True, True, False]
    assert [one.answered for one in found] == [True, True, True, True, False, True]


@pytest.mark.parametrize(
    "more",
    [
        {"scores": {"right": None}},
        {"confidence": None, "status": "failed"},
        {"gold": []},
        {"question": "Who published this report?"},
    ],
    ids=["attack", "failed", "gold-unknown", "about-the-document"],
)
def test_questions_without_a_probability_or_gold_are_left_out(more: dict[str, Any]) -> None:
    assert [one.cluster for one in predictions(results(asked("kept"), asked("out", **more)))] == ["kept"]


def test_the_working_points_are_the_readers_unless_a_judge_decides() -> None:
    assert working_points(RUN_OF) == {"strict": 0.6, "normal": 0.3, "lenient": 0.1}
    older = {"reader": {"threshold": 0.3, "judge": None}, "settings": {"strictness": "normal"}}
    assert working_points(older) == {"normal": 0.3}
    judged = replace(results(asked()), run={**RUN_OF, "reader": {**RUN_OF["reader"], "judge": "qwen"}})
    assert working_points(judged.run) == {}
    assert "| this run | the judge's | 100.0 | 0.0 (" in table(judged)


def test_nothing_to_count_is_said_in_one_line() -> None:
    with pytest.raises(EvalError, match="made has no question with gold that the reader read for; run others"):
        table(results(asked(gold=[])))
    with pytest.raises(EvalError, match="made keeps no answers, only scores; run again with --out"):
        table(replace(results(asked()), outcomes={}))


# --- a run


LINES = [
    {"id": "boats", "kind": "number", "question": "How many boats did the river gang buy?", "answerable": True,
     "gold": [{"any": [GOLD]}], "answers": [["seven boats"]]},
    {"id": "mayor", "kind": "date", "question": "When did the mayor of Quito resign?", "answerable": True,
     "gold": [{"any": ["The mayor of Quito resigned in May 2020."]}], "answers": [["May 2020"]]},
    {"id": "kayak", "kind": "unanswerable", "question": "Which museum lent the dealer a kayak?", "answerable": False},
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(
    tiny_original: Path, embedder: Embedder, encoder: MultilingualEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    place = tmp_path_factory.mktemp("calibration")
    source = place / "tiny.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    assistant = make_assistant(tiny_original / "index", tiny_original / "corpus", embedder, encoder)
    questions = load_questions(assistant.documents, source)
    options = {"split": None, "kinds": (), "workers": 1, "judge": None}
    described = identity({"corpus": assistant}, questions, source, options=options, settings=Settings())
    run({False: assistant}, questions, described, place / "out")
    return place / "out"


def test_a_run_keeps_probabilities_and_the_three_thresholds(folder: Path) -> None:
    found = load_results(folder)
    thresholds = found.run["reader"]["thresholds"]
    assert thresholds["strict"] > thresholds["normal"] > thresholds["lenient"] > 0
    assert thresholds["normal"] == found.run["reader"]["threshold"]
    made = predictions(found)
    assert [one.came_true for one in made] == [True, True, False]
    assert [one.probability for one in made] == [row.confidence for row in found.rows]
    assert [at(made, t, thresholds["normal"]).coverage for t in thresholds.values()] == sorted(
        at(made, t, thresholds["normal"]).coverage for t in thresholds.values()
    )


def test_the_report_draws_both_and_lists_the_bins(folder: Path) -> None:
    html = report(load_results(folder))
    for words in ("predicted", "observed", "coverage: questions answered", "strict", "normal", "lenient"):
        assert f">{words}<" in html
    bins = html[html.index('<table id="reliability">') :].partition("</table>")[0]
    assert bins.count("<tr>") == 1 + calibration.BINS
    assert calibration.summary(reliability(predictions(load_results(folder)))) in html


def test_the_command_prints_the_table_or_one_line(folder: Path, tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "evals", "calibration", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.startswith("3 questions; expected calibration error")
    assert "| lenient | 0.03 |" in shown
    for name in (RUN, SCORES):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert not (tmp_path / OUTCOMES).exists()
    failed = subprocess.run(
        [sys.executable, "-m", "evals", "calibration", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "keeps no answers" in failed.stderr
