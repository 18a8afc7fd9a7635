"""The dev questions of the real report: no worse than the committed baseline, and a planted loss is noticed."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import CORPUS
from numpy.typing import NDArray

from evals.compare import compare_results, table
from evals.data import QUESTIONS, load_questions
from evals.gate import Check, check, load_rules
from evals.identity import identity
from evals.readme import load_baseline
from evals.results import Results, load_results
from evals.run import run
from rag import Assistant, Settings
from rag.answering.marks import no_spans
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import read_index
from rag.reader import Reader, load_reader
from rag.reader.features import Candidate
from rag.reader.questions import Question
from rag.reader.spans import Window
from rag.retrieval.lexical import LexicalIndex

pytestmark = pytest.mark.slice

Asking = Callable[[Reader, int], Results]


class RandomReader:
    """A planted loss: scores that say nothing about the sentence, and are the same each time."""

    name = "random"
    threshold = 0.25

    def scores(self, question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
        digests = [hashlib.sha256(f"{question.text}\n{one.text}".encode()).digest() for one in candidates]
        return np.array([int.from_bytes(digest[:4]) / 2**32 for digest in digests])

    def spans(self, question: Question, windows: Sequence[Window]) -> list[None]:
        return no_spans(question, windows)


@pytest.fixture(scope="module")
def asking(
    report_folder: Path, embedder: Embedder, encoder: MultilingualEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Asking:
    """The results of the dev questions with a reader and a number of workers."""
    build = report_folder / "builds" / (report_folder / "CURRENT").read_text(encoding="utf-8").strip()
    index, here = read_index(build, embedder), Settings(corpus=CORPUS, index=report_folder)

    def ask(reader: Reader, workers: int) -> Results:
        assistant = Assistant(here, embedder, encoder, reader, index)
        questions = load_questions(assistant.documents, QUESTIONS, split="dev")
        options = {"split": "dev", "kinds": (), "workers": workers, "judge": None}
        described = identity({"corpus": assistant}, questions, QUESTIONS, options=options, settings=here)
        out = tmp_path_factory.mktemp("slice") / "out"
        run({False: assistant}, questions, described, out, workers=workers)
        return load_results(out)

    return ask


@pytest.fixture(scope="module")
def results(asking: Asking) -> Results:
    return asking(load_reader(), 1)


def failed(checks: Sequence[Check]) -> list[str]:
    return [f"{one.name} ({one.detail})" for one in checks if not one.passed]


def test_the_dev_questions_pass_the_gate_against_the_committed_baseline(results: Results) -> None:
    checks = check(results, load_baseline(results), load_rules())
    assert failed(checks) == []
    assert len(checks) > 10


def test_a_planted_loss_fails_the_gate_and_its_questions_are_listed(results: Results, asking: Asking) -> None:
    worse = asking(RandomReader(), 2)
    assert any("no significant loss" in one for one in failed(check(worse, load_baseline(worse), load_rules())))
    assert any("no significant loss" in one for one in failed(check(worse, results, {**load_rules(), **NO_LIMITS})))
    found = compare_results(results, worse)
    right = found.differences["right"]
    assert right.value is not None
    assert right.high is not None
    assert right.p is not None
    assert right.value < -0.2
    assert right.high < 0
    assert right.p < 0.001
    lost = [change.id for change in found.changes if change.after < change.before]
    assert len(lost) == right.worse > 20
    assert all(f"  {identity} " in table(found, limit=1000) for identity in lost)


def test_a_planted_change_of_nothing_passes_with_no_changed_question(results: Results, asking: Asking) -> None:
    again = asking(load_reader(), 2)
    assert failed(check(again, results, load_rules())) == []
    found = compare_results(results, again)
    assert found.changes == ()
    assert {difference.p for difference in found.differences.values()} <= {1.0, None}
    assert "right is worse for 0 questions" in table(found)
    assert again.rows == results.rows


NO_LIMITS: dict[str, object] = {"questions.jsonl": {}}
