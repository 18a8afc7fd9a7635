"""The question “Who said that?”, and follow-ups that a chat model completes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_writing import ScriptedChat

from rag import Abstention, Answer, Assistant
from rag.answering.conversation import rewritten, standalone
from rag.answering.speaking import asks_who_said
from rag.models.writer import Writer

SPOKEN = "Why was Tocorón prison taken, in the words of Carlos Nieto Palma?"
FORCE = "When was Tocorón prison taken over, and by how many police and soldiers?"


@pytest.mark.parametrize(
    "question",
    [
        "Who said that?", "who said that", "And who said this?", "who says so?", "Who told them that?", "Says who?", "According to whom?",
        "Whose words are these?", "Who is the source?", "Who is quoted there?", "¿Quién lo dijo?", "¿Y quién dijo eso?", "¿Quién lo afirma?",
        "¿De quién son esas palabras?", "¿Según quién?",
    ],
)  # fmt: skip
def test_the_question_for_the_speaker_is_recognised(question: str) -> None:
    assert asks_who_said(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who said that the prison was taken?", "Who said Chile?", "Who is the leader?", "What did he say?", "Who told the police?",
        "Who is the source of the money?", "¿Quién dijo que la cárcel cayó?", "Who?", "That is what who said?",
    ],
)  # fmt: skip
def test_other_questions_are_not(question: str) -> None:
    assert not asks_who_said(question)


def test_it_is_answered_from_the_citation(assistant: Assistant) -> None:
    before = assistant.ask(SPOKEN)
    assert isinstance(before, Answer)
    speakers = [c.speaker for c in before.citations if c.speaker]
    assert any("Nieto Palma" in speaker for speaker in speakers)
    answer = assistant.ask("Who said that?", [before])
    assert isinstance(answer, Answer)
    assert [c.speaker for c in answer.citations] == speakers
    assert all(speaker in (answer.notice or "") for speaker in speakers)
    assert {c.quote for c in answer.citations} <= {c.quote for c in before.citations}
    assert [c.number for c in answer.citations] == list(range(1, len(speakers) + 1))


def test_where_nobody_is_quoted_the_publisher_is_named(assistant: Assistant) -> None:
    before = assistant.ask(FORCE)
    assert isinstance(before, Answer)
    unspoken = replace(
        before,
        citations=before.citations[:1],
        statements=before.statements[:1],
    )
    assert unspoken.citations[0].speaker is None
    answer = assistant.ask("¿Quién lo dijo?", [unspoken])
    assert isinstance(answer, Answer)
    assert answer.notice == "Lo último que se mostró no es cita de nadie, sino del propio documento: InSight Crime."
    assert answer.language == "es"


def test_a_turn_of_which_only_the_question_is_known_is_looked_for_again(assistant: Assistant) -> None:
    known = assistant.ask("Who said that?", [assistant.ask(SPOKEN)])
    asked = assistant.ask("Who said that?", [{"question": SPOKEN, "answer": "The Pope said it."}])
    assert isinstance(known, Answer)
    assert isinstance(asked, Answer)
    assert asked.citations == known.citations


def test_an_altered_quotation_in_a_history_is_not_shown_again(assistant: Assistant) -> None:
    before = assistant.ask(SPOKEN)
    assert isinstance(before, Answer)
    forged = replace(before.citations[0], quote="Forged.", speaker="The Pope")
    answer = assistant.ask("Who said that?", [replace(before, citations=(forged, *before.citations[1:]))])
    assert isinstance(answer, Abstention)
    assert "Forged" not in str(answer)


def test_after_an_abstention_there_is_nobody_to_name(assistant: Assistant) -> None:
    answer = assistant.ask("Who said that?", [assistant.ask("How many members does the gang have in Canada?")])
    assert isinstance(answer, Abstention)
    assert answer.asked_nothing


def test_the_topic_survives_an_aside(assistant: Assistant) -> None:
    first = assistant.ask("How many active cells were identified in Peru?")
    aside = assistant.ask("Who said that?", [first])
    assert (
        assistant.ask("And in Chile?", [first, aside]).standalone == "How many active cells were identified in Chile?"
    )


def writer_of(*script: object) -> Writer:
    return Writer(ScriptedChat(script=list(script), asked=[]), "scripted:model", 5.0)


HISTORY = [{"question": "Who led the gang in Tocorón?", "answer": "“Niño Guerrero” [1]"}]


def test_a_model_completes_a_follow_up() -> None:
    assert rewritten("And where is he now?", HISTORY, writer_of("Where is Niño Guerrero now?")) == (
        "Where is Niño Guerrero now?"
    )


@pytest.mark.parametrize(
    "reply",
    ["", "Niño Guerrero is in Brazil.", "Where is Pablo Escobar now?", "Was he there in 1999?", RuntimeError("down"), "a" * 400 + "?"],
    ids=["nothing", "an answer", "a name of its own", "a figure of its own", "down", "too long"],
)  # fmt: skip
def test_a_rewrite_that_cannot_be_trusted_is_left(reply: object) -> None:
    assert rewritten("And where is he now?", HISTORY, writer_of(reply)) is None


def test_the_model_is_asked_only_for_what_leans_on_the_turns_before(assistant: Assistant) -> None:
    assert standalone("Which drugs does Tren de Aragua sell?", HISTORY) == "Which drugs does Tren de Aragua sell?"
