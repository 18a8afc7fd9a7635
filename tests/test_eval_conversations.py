"""Follow-ups in their conversation against the same questions in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.conversations import Both, ask_both, load_in_full, table
from evals.data import load_questions
from evals.errors import EvalError
from rag import Assistant

QUESTIONS = """{"id": "c1", "kind": "number", "question": "How many active cells were identified in Peru?", "answerable": true, "split": "dev", "gold": [{"any": ["%s"]}], "answers": [["%s"]]}
{"id": "c2", "kind": "follow-up", "after": "c1", "question": "And in Canada?", "answerable": false, "split": "dev", "gold": [], "answers": []}
"""


def test_every_follow_up_of_the_suite_is_written_in_full(assistant: Assistant) -> None:
    questions = load_questions(assistant.documents)
    in_full = load_in_full(questions)
    follow_ups = {question.id for question in questions if question.after}
    assert follow_ups <= set(in_full)
    assert not any(in_full[q.id] == q.text for q in questions if q.after and len(q.text) < 20)


def test_a_follow_up_without_one_is_named(tmp_path: Path, assistant: Assistant) -> None:
    file = tmp_path / "full.jsonl"
    file.write_text("", encoding="utf-8")
    with pytest.raises(EvalError):
        load_in_full(load_questions(assistant.documents), file)


def test_a_follow_up_is_asked_both_ways(tmp_path: Path, assistant: Assistant) -> None:
    sentence = next(
        assistant.documents[c.document_id].text[c.start : c.end]
        for c in assistant.ask("How many active cells were identified in Peru?").citations  # type: ignore[union-attr]
    )
    file = tmp_path / "questions.jsonl"
    quoted = sentence.replace('"', '\\"')
    file.write_text(QUESTIONS % (quoted, quoted[:20]), encoding="utf-8")
    questions = load_questions(assistant.documents, file)
    in_full = {"c2": "How many active cells were identified in Canada?"}
    (both,) = ask_both(assistant, questions, in_full)
    assert both.standalone == "How many active cells were identified in Canada?"
    assert both.in_turn == both.in_full


def test_the_table_names_what_was_lost(assistant: Assistant) -> None:
    follow_up = next(q for q in load_questions(assistant.documents) if q.after)
    text = table([Both(follow_up, 0.0, 1.0, "x?"), Both(follow_up, 1.0, 1.0, "y?")])
    assert "difference -50.0 points" in text
    assert f"lost: {follow_up.id}" in text
    with pytest.raises(EvalError):
        table([])
