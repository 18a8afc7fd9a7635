"""The optional judge: what it is asked, what its replies mean, and what happens when it breaks or cannot be had."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from evals.data import Question
from evals.figures import JUDGED, figures
from evals.judge import ChatJudge
from evals.run import run
from evals.scoring import Asked
from evals.suite import Suite, run_suite
from rag import Answer, Assistant, Settings, Statement
from rag.errors import ModelUnavailable

QUESTION = Question(
    "q1", "number", "How many {boats}?", answerable=True, answers=(("seven boats", "7 boats"), ("a dealer",)), cluster="q1"
)  # fmt: skip
ASKED = Asked(QUESTION, Answer("?", "?", (Statement("It bought seven {boats}.", (1,)),), (), ()))


def judge_of(*replies: AIMessage | str | Exception) -> ChatJudge:
    """A judge whose model gives these replies in turn."""

    def given() -> Iterator[AIMessage | str]:
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
            yield reply

    return ChatJudge(GenericFakeChatModel(messages=given()), "fake:one")


REPLIES = {
    "right": ("RIGHT", "right", 1.0),
    "wrong": ("WRONG", "wrong", 0.0),
    "lower-case-with-a-point": (" right.\n", "right", 1.0),
    "bold": ("**WRONG**", "wrong", 0.0),
    "quoted": ('"Right"', "right", 1.0),
    "babble": ("I would say it is mostly RIGHT, though WRONG in places.", "error", None),
    "negated": ("not right", "error", None),
    "empty": ("", "error", None),
}


@pytest.mark.parametrize(("reply", "verdict", "score"), REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_is_a_verdict_or_an_error(reply: str, verdict: str, score: float | None) -> None:
    found = judge_of(reply)(ASKED)
    assert (found["verdict"], found["score"], found["reply"], found["model"]) == (verdict, score, reply, "fake:one")


def test_the_model_sees_question_facts_and_answer_and_it_is_kept() -> None:
    prompt = judge_of("RIGHT")(ASKED)["prompt"]
    assert "Question: How many {boats}?\n" in prompt
    assert "\n- seven boats / 7 boats\n- a dealer\n" in prompt
    assert "\n-----\n“It bought seven {boats}.” [1]\n-----\n" in prompt


def test_what_it_cost_is_kept() -> None:
    usage = {"input_tokens": 90, "output_tokens": 1, "total_tokens": 91}
    assert judge_of(AIMessage("RIGHT", usage_metadata=usage))(ASKED)["tokens"] == usage  # type: ignore[arg-type]


def test_a_model_that_breaks_is_an_error_without_a_score() -> None:
    found = judge_of(RuntimeError("quota"))(ASKED)
    assert (found["verdict"], found["score"], found["tokens"]) == ("error", None, {})
    assert found["reply"] == "RuntimeError: quota"
    assert "How many {boats}?" in found["prompt"]


def test_only_answers_to_answerable_questions_are_judged(assistant: Assistant, tmp_path: Path) -> None:
    police = Question(
        "police", "number", "How many police and soldiers surrounded Tocorón prison?", answerable=True, answers=(("11,000",),), cluster="a"
    )  # fmt: skip
    raid = Question(
        "raid", "date", "When was Tocorón prison raided?", answerable=True, answers=(("2023",),), cluster="b"
    )
    moon = Question("moon", "unanswerable", "Who was first on the moon?", answerable=False, cluster="c")
    described: dict[str, Any] = {"schema": 1, "questions": {"n": 3}}
    finished = run({False: assistant}, [police, raid, moon], described, judge=judge_of("RIGHT", RuntimeError("quota")))
    outcomes = {row.id: outcome for row, outcome in finished}
    assert {i: o["judge"]["verdict"] for i, o in outcomes.items() if "judge" in o} == {
        "police": "right",
        "raid": "error",
    }
    judged = figures([row for row, _ in finished])["all"][JUDGED]
    assert (judged.value, judged.n, judged.skipped) == (1.0, 1, 2)


def test_without_a_judge_no_figure_is_its() -> None:
    assert JUDGED not in figures([])["all"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpt", "--judge 'gpt' is not PROVIDER:MODEL, for example openai:gpt-5-mini"),
        (":gpt", "is not PROVIDER:MODEL"),
        ("openai:", "is not PROVIDER:MODEL"),
        ("", "--judge '' is not PROVIDER:MODEL"),
        ("nobody:gpt", "--judge nobody:gpt cannot be used .*check the provider's name"),
    ],
    ids=["no-provider", "empty-provider", "no-model", "empty", "unknown-provider"],
)
def test_a_judge_that_is_not_one_is_one_line(name: str, message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message) as caught:
        ChatJudge.open(name)
    assert "\n" not in str(caught.value)


def test_nothing_is_asked_or_written_without_the_judge_that_was_named(tmp_path: Path) -> None:
    settings = Settings(corpus=tmp_path / "none", index=tmp_path / "index")
    with pytest.raises(ModelUnavailable, match="is not PROVIDER:MODEL"):
        run_suite(Suite(judge="gpt"), tmp_path / "out", settings=settings)
    assert list(tmp_path.iterdir()) == []
