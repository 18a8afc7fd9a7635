"""Rankings side by side: each leg, the fusion, the readers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals import legs
from evals.data import QUESTIONS, Evidence, Question, load_questions
from evals.errors import EvalError
from rag import Assistant

GOLD = Question("a", "factoid", "Who?", True, (Evidence((("d", 10, 20),)),), cluster="a")


def test_only_questions_that_stand_alone_and_have_gold_are_ranked() -> None:
    others = [replace(GOLD, answerable=False), replace(GOLD, gold=()), replace(GOLD, after="b")]
    others += [replace(GOLD, problem="gone"), replace(GOLD, expect=("error",))]
    assert legs.askable([*others, GOLD]) == [GOLD]
    with pytest.raises(EvalError, match="none of these questions stands alone"):
        legs.askable(others)


def test_each_leg_is_ranked_by_its_own_scores(assistant: Assistant) -> None:
    asked = legs.askable(load_questions(assistant.documents, QUESTIONS, split="dev"))[:3]
    arms = legs.rankings({"reader": assistant}, asked)
    assert list(arms) == ["dense", "lexical", "multilingual", "fusion", "reader"]
    assert all(len(ranked) == 3 and all(0 < len(hits) <= 10 for hits in ranked) for ranked in arms.values())
    for question, lexical in zip(asked, arms["lexical"], strict=True):
        scores = assistant.retriever.lexical.scores(question.text)
        best = assistant.retriever.index.chunks[int(scores.argmax())]
        assert lexical[0] == (best.document_id, best.start, best.end)
    assert arms["dense"] != arms["lexical"]
    fused = assistant.retriever.hits(asked[0].text, 10)
    assert arms["fusion"][0] == [(h.chunk.document_id, h.chunk.start, h.chunk.end) for h in fused]


def test_differences_are_paired_with_the_fusion() -> None:
    right, wrong = ("d", 0, 30), ("d", 40, 60)
    questions = [replace(GOLD, id=str(n), cluster=str(n)) for n in range(8)]
    arms = {"fusion": [[wrong, right]] * 8, "better": [[right, wrong]] * 8, "lost": [[wrong]] * 8}
    found = legs.figures(arms, questions)
    assert found["better"]["recall@1"][0].value == 1.0
    assert (found["better"]["recall@1"][1].value, found["better"]["recall@1"][1].better) == (1.0, 8)
    assert found["better"]["recall@5"][1].value == 0.0
    assert found["better"]["MRR"][1].value == 0.5
    assert found["lost"]["recall@5"][0].value == 0.0
    table = legs.table(arms, questions)
    assert "| fusion | 0.0 (" in table
    assert "| – |" in table
    assert "+100.0, p 0.0078" in table
