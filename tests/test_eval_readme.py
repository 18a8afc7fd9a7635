"""The README's results are those of the committed baselines, and the baselines are of the committed questions."""

import hashlib
from pathlib import Path

import pytest

from evals.data import ADVERSARIAL, QUESTIONS
from evals.errors import EvalError
from evals.readme import BASELINE, BEGIN, END, README, load_baseline, results_section, with_results
from evals.results import load_results

NAMES = {
    "questions-dev": QUESTIONS,
    "questions-dev-reader": QUESTIONS,
    "questions-test": QUESTIONS,
    "questions-test-reader": QUESTIONS,
    "adversarial": ADVERSARIAL,
}


def test_the_readme_shows_the_committed_results() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_results(text, results_section()) == text, "run: python -m evals readme"


@pytest.mark.parametrize(("name", "questions"), NAMES.items(), ids=NAMES.keys())
def test_a_baseline_is_complete_and_of_these_questions(name: str, questions: Path) -> None:
    baseline = load_results(BASELINE / name)
    assert baseline.complete
    assert baseline.run["questions"]["sha256"] == hashlib.sha256(questions.read_bytes()).hexdigest()
    assert load_baseline(baseline).folder == BASELINE / name


def test_every_figure_has_its_interval_and_number() -> None:
    rows = [line for line in results_section().splitlines() if line.startswith("| ") and "seconds" not in line][1:]
    assert len(rows) >= 10
    assert all("–" in line.split("|")[3] and int(line.split("|")[6]) > 0 for line in rows)
    assert sum("–" in line.split("|")[5] for line in rows) >= 10


def test_marks_that_are_missing_are_named() -> None:
    with pytest.raises(EvalError, match=r"README\.md lacks the marks"):
        with_results(f"text {END} more {BEGIN}", "results")


def test_only_the_section_is_replaced() -> None:
    assert with_results(f"before\n{BEGIN}\nold\n{END}\nafter", "new") == "before\nnew\nafter"


def test_missing_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="holds no results"):
        results_section(tmp_path)
