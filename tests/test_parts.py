"""Questions that ask several things: how they are divided, and what is quoted for them."""

import pytest

from rag import Answer, Assistant
from rag.reader import Reading, merge_readings
from rag.reader.parts import parts
from rag.records import Chunk

ONE = {
    "plain": "Who leads the gang?",
    "two-names": "Who arrested them in Lima and Arequipa?",
    "and-inside": "How many police and soldiers took the prison?",
    "short-second": "When was it and why?",
    "between": "Between Peru and what country did they move?",
    "empty-parts": "and what",
    "refers-back": "What did the gang do in Lima and who told the reporters that?",
    "relative": "Is this the gang that moved to Lima?",
}
TWO = {
    "comma": ("Where were they caught, and how many were there?", ("Where were they caught?", "how many were there?")),
    "no-comma": ("What was bought and who sold the boats?", ("What was bought?", "who sold the boats?")),
    "preposition": ("Who fled the town and in which year did she go?", ("Who fled the town?", "in which year did she go?")),
    "spanish": ("¿Quién dirige la banda y dónde se esconde ahora?", ("¿Quién dirige la banda?", "dónde se esconde ahora?")),
    "places": ("Who runs it in Peru and in Norte de Santander?", ("Who runs it in Peru?", "Who runs it in Norte de Santander?")),
}  # fmt: skip


@pytest.mark.parametrize("question", ONE.values(), ids=ONE.keys())
def test_one_thing_is_not_divided(question: str) -> None:
    assert parts(question) == (question,)


@pytest.mark.parametrize(("question", "expected"), TWO.values(), ids=TWO.keys())
def test_two_things_are_two_questions(question: str, expected: tuple[str, ...]) -> None:
    assert parts(question) == expected


def reading(answering: tuple[int, ...], nearest: tuple[int, ...] = (), unknown: tuple[str, ...] = ()) -> Reading:
    scores = {n: 0.5 for n in answering} | {n: 0.1 for n in nearest}
    chunks = {n: Chunk(str(n), "d", (), 0, 1, "a") for n in scores}
    return Reading(answering, nearest, scores, chunks, ("word",), unknown, apart=None, type_missing=not answering)


def test_every_part_gets_its_best_sentence_first() -> None:
    merged = merge_readings([reading((1, 2, 3)), reading((7, 1))])
    assert merged.answering == (1, 7, 2, 3)
    assert merged.scores == {1: 0.5, 2: 0.5, 3: 0.5, 7: 0.5}
    assert merged.best_of("7") == 0.5
    assert merged.best_of("unread") == 0.0


def test_one_answered_part_is_an_answer() -> None:
    merged = merge_readings([reading((), (4, 5)), reading((5,), (6,))])
    assert merged.answering == (5,)
    assert merged.nearest == (4, 6)
    assert not merged.type_missing


def test_no_answered_part_is_none() -> None:
    merged = merge_readings([reading((), (4,), ("Canada",)), reading((), (6,), ("Canada", "Japan"))])
    assert merged.answering == ()
    assert merged.nearest == (4, 6)
    assert merged.unknown == ("Canada", "Japan")
    assert merged.uncovered == ("word",)


def test_both_parts_are_quoted(assistant: Assistant) -> None:
    question = "When was Tocorón prison taken over, and who led the new prison ministry created in 2011?"
    outcome = assistant.ask(question)
    assert isinstance(outcome, Answer)
    assert "September 20, 2023" in outcome.text
    assert "Iris Varela" in outcome.text
    assert all(any(c.quote in hit.chunk.text for hit in outcome.hits) for c in outcome.citations)


def test_a_part_without_an_answer_does_not_hide_the_other(assistant: Assistant) -> None:
    outcome = assistant.ask("When was Tocorón prison taken over, and how many members are there in Canada?")
    assert isinstance(outcome, Answer)
    assert "September 20, 2023" in outcome.text
