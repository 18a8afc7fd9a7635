"""Weights of the reader's signals and of the judge, from public-like questions to documents made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from test_judging import Scripted

from rag.reader import CrossReader
from rag.reader.cross import SIGNALS
from rag.training.documents import DocumentQuestion
from rag.training.fusion import Case, Judgement, collect, fit_blend, fit_judge, judgements, probabilities

DOCUMENT = """# Report 1

## Boats

The river gang moved to Lima in 2019. It bought seven boats from a dealer. Nobody was arrested.

## Quito

The mayor of Quito resigned in May 2020. Her deputy, Ana Ruiz, took the office.
"""


def asked(number: int, kind: str, question: str, gold: str | None) -> DocumentQuestion:
    return DocumentQuestion(
        f"q{number}", kind, question, "en", "report-01.md", gold, "x" if gold else None, "paragraph"
    )


ASKED = [
    asked(1, "answerable", "How many boats did the gang buy from a dealer?", "It bought seven boats from a dealer."),
    asked(2, "answerable", "When did the mayor of Quito resign?", "The mayor of Quito resigned in May 2020."),
    asked(3, "near-miss", "When did the mayor of Lima resign?", None),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "report-01.md").write_text(DOCUMENT, encoding="utf-8")
    lines = [
        {name: getattr(q, name) for name in DocumentQuestion.__slots__ if getattr(q, name) is not None} for q in ASKED
    ]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return tmp_path


def test_a_case_knows_the_sentence_that_answers(folder: Path) -> None:
    cases = {case.asked.id: case for case in collect(folder, CrossReader())}
    assert set(cases) == {"q1", "q2", "q3"}
    assert cases["q1"].features.shape == (len(cases["q1"].gold), len(SIGNALS))
    assert [cases[name].gold.sum() for name in ("q1", "q2", "q3")] == [1, 1, 0]


def made(rng: np.random.Generator, count: int) -> list[Case]:
    """Questions of five sentences: signal 0 tells which one answers, signal 1 whether any does, the others are noise."""
    cases = []
    for number in range(count):
        answerable = number % 2 == 0
        features = rng.normal(size=(5, len(SIGNALS)))
        gold = np.zeros(5, bool)
        features[:, 1] += 2.0 * answerable
        if answerable:
            gold[number % 5] = True
            features[number % 5, 0] += 3.0
        cases.append(Case(asked(number, "answerable" if answerable else "near-miss", "?", None), features, gold))
    return cases


def test_the_blend_finds_what_tells_and_gives_probabilities() -> None:
    rng = np.random.default_rng(5)
    blend = fit_blend(made(rng, 400))
    weights = np.array([blend[name] for name in SIGNALS])
    assert set(np.argsort(-np.abs(weights))[:2]) == {0, 1}
    held_out = probabilities(made(rng, 400), blend)
    sure = [right for p, right in held_out if p > 0.7]
    unsure = [right for p, right in held_out if p < 0.3]
    assert np.mean(sure) > 0.65
    assert np.mean(unsure) < 0.35


def test_what_the_judge_says_is_kept_and_not_asked_twice(folder: Path) -> None:
    judge, out = Scripted({"boats": 2.0}), folder / "said.jsonl"
    found = judgements(folder, CrossReader(), judge, out, limit=3)
    calls = len(judge.asked)
    assert calls == len(found) >= 3
    assert judgements(folder, CrossReader(), judge, out, limit=3) == found
    assert len(judge.asked) == calls
    boats = [one for one in found if one.asked.id == "q1" and one.gold]
    assert [one.log_odds for one in boats] == [2.0]
    assert not any(one.gold for one in found if one.asked.id == "q3")


def test_the_judges_weight_follows_its_worth() -> None:
    rng = np.random.default_rng(5)
    good, useless = [], []
    for number in range(300):
        gold = number % 3 == 0
        question = asked(number, "answerable" if gold else "near-miss", "?", "x" if gold else None)
        score = float(rng.uniform(0.2, 0.8))
        good.append(Judgement(question, score, float(rng.normal(2.0 if gold else -1.0)), gold))
        useless.append(Judgement(question, score, float(rng.normal()), gold))
    assert fit_judge(good)["judge"] > 4 * abs(fit_judge(useless)["judge"])
    assert fit_judge(good)["scale"] > 4 * abs(fit_judge(useless)["scale"])
