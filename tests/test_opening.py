""" "Yes" and "No": only where rules and judge agree that the first quotation says so, and shown everywhere alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from page_helpers import make_document
from test_judging import Broken, Scripted

from rag import Answer
from rag.answering.opening import opened
from rag.answering.verifying import enforce, told
from rag.citations import cite
from rag.errors import CitationInvalid
from rag.exporting import Conversation, read_quote_file, to_html, to_json, to_markdown, verify_quote_file
from rag.exporting.word import to_docx
from rag.judging import ChatJudge, Judge, LocalJudge, Patient, ReaderJudge
from rag.page.cards import Reading, answer_html
from rag.reader.questions import parse_question
from rag.records import Statement
from rag.rendering.html import entities
from rag.rendering.text import from_line, to_line, to_text

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
WRITERS: dict[str, Callable[[Conversation], str | bytes]] = {
    "markdown": to_markdown, "html": to_html, "json": to_json, "docx": to_docx,
}  # fmt: skip
MOVED = "Police moved 30 gang members to Lima in 2022."
DENIED = "The gang never bought the boats."
ALLEGED = "The gang allegedly bought the boats."
SURE = Scripted({}, default=4.0)
UNSURE = Scripted({}, default=1.0)
AGAINST = Scripted({}, default=-4.0)


def answer_with(question: str, sentence: str) -> tuple[Answer, dict]:  # type: ignore[type-arg]
    document = make_document(("body", sentence))
    citation = cite(document, document.sentences[:1], 1)
    return Answer(question, question, (Statement(sentence, (1,)),), (citation,), ()), {document.id: document}


def opening(question: str, sentence: str, judge: Judge) -> str | None:
    answer, documents = answer_with(question, sentence)
    return opened(answer, parse_question(question), documents, Patient(judge, 5.0)).opening


@pytest.mark.parametrize(
    ("question", "sentence", "judge", "word"),
    [
        ("Did police move 30 gang members to Lima in 2022?", MOVED, SURE, "yes"),
        ("Did police move 30 gang members to Lima in 2022?", MOVED, UNSURE, None),
        ("Did police move 30 gang members to Lima in 2022?", MOVED, AGAINST, None),  # nothing is denied
        ("Did police move 40 gang members to Lima?", MOVED, SURE, None),
        ("Did police move gang members to Quito?", MOVED, SURE, None),
        ("Did the gang buy the boats?", DENIED, AGAINST, None),
        ("Did the gang buy the boats?", DENIED, SURE, None),
        ("Did the gang never buy the boats?", DENIED, SURE, "yes"),
        ("Did the gang buy the boats?", ALLEGED, SURE, None),
        ("¿Trasladó la policía a 30 miembros a Lima en 2022?", MOVED, SURE, "yes"),
        ("How many gang members did police move?", MOVED, SURE, None),
        ("Can you tell me whether police moved 30 gang members?", MOVED, SURE, None),
    ],
)
def test_rules_and_judge_must_agree(question: str, sentence: str, judge: Judge, word: str | None) -> None:
    assert opening(question, sentence, judge) == word


@pytest.mark.parametrize("judge", [ReaderJudge(), Broken({})])
def test_a_judge_that_cannot_tell_opens_nothing(judge: Judge) -> None:
    class Gone(Broken):
        def affirms(self, question: str, passage: str) -> float:
            raise ConnectionError("gone")

    assert (
        opening("Did police move 30 gang members to Lima?", MOVED, Gone({}) if isinstance(judge, Broken) else judge)
        is None
    )


def test_a_question_is_told_as_a_statement() -> None:
    assert told("Has the gang lost its home?") == "The gang lost its home."
    assert told("¿Perdió la banda su hogar?") == "Perdió la banda su hogar."
    assert told("did they leave") == "They leave."


@pytest.mark.parametrize(("said", "odds"), [("Yes.", 4.0), ("No", -4.0), ("It is unclear.", None)])
def test_a_chat_model_affirms_by_its_word(said: str, odds: float | None) -> None:
    model = SimpleNamespace(invoke=lambda messages: SimpleNamespace(text=said))
    assert ChatJudge(model, "x").affirms("Is it so?", "It is.") == odds  # type: ignore[arg-type]


def test_the_packaged_model_tells_yes_from_no(qwen: LocalJudge) -> None:
    yes = qwen.affirms("Did police move gang members to Lima?", MOVED)
    no = qwen.affirms("Did the gang buy the boats?", DENIED)
    assert yes > 1 > no


# --- in an answer ------------------------------------------------------------------------------------------------

ASKED = "Did police and soldiers take control of Tocorón prison?"


def test_a_confirmed_answer_opens_with_the_word_and_an_unjudged_one_does_not(judged) -> None:  # noqa: ANN001
    shown = [part for part in judged(Scripted({}, default=9.0)).stream(ASKED) if isinstance(part, Answer)]
    assert [part.opening for part in shown] == [None, None, "yes"]
    assert shown[-1] == replace(shown[-2], opening="yes", timings=shown[-1].timings)
    assert judged(Scripted({}, default=9.0)).ask(ASKED).opening == "yes"
    alone = judged(ReaderJudge()).ask(ASKED)
    assert isinstance(alone, Answer)
    assert alone.opening is None


def test_a_question_of_two_parts_has_no_one_word(judged) -> None:  # noqa: ANN001
    outcome = judged(Scripted({}, default=9.0)).ask(
        "Did police and soldiers take control of Tocorón prison, and when was it taken?"
    )
    assert isinstance(outcome, Answer)
    assert outcome.opening is None


@pytest.mark.parametrize(("language", "word"), [("en", "Yes."), ("es", "Sí.")])
def test_the_word_is_shown_with_its_citation_wherever_the_answer_is(language: str, word: str) -> None:
    plain, documents = answer_with("Did police move 30 gang members to Lima?", MOVED)
    answer = replace(plain, opening="yes", language=language)
    enforce(answer, documents)
    assert answer.text.startswith(f"{word} [1]\n\n“{MOVED}” [1]")
    assert to_text(answer, documents).startswith(f"{word} [1]\n\n[1] “{MOVED}”")
    card = answer_html(1, answer, Reading(documents))
    assert f'<p class="opening">{entities(word)} <a class="cite' in card
    assert card.index("opening") < card.index("<blockquote")
    written = to_markdown(Conversation("Title", WHEN, (answer,), documents))
    assert f"**{word}**" in written


@pytest.mark.parametrize(
    "question", ["Did police move 40 gang members to Lima?", "Did police never move 30 gang members to Lima?"]
)
def test_a_word_that_rules_object_to_is_not_shown(question: str) -> None:
    plain, documents = answer_with(question, MOVED)
    enforce(plain, documents)
    with pytest.raises(CitationInvalid, match="the first quotation does not say"):
        enforce(replace(plain, opening="yes"), documents)


def test_prose_has_no_opening() -> None:
    plain, documents = answer_with("Did police move 30 gang members to Lima?", MOVED)
    enforce(replace(plain, opening="yes"), documents)
    with pytest.raises(CitationInvalid, match="does not say 'yes'"):
        enforce(replace(plain, opening="yes", mode="model", model="m"), documents)


@pytest.mark.parametrize("form", ["markdown", "html", "docx", "json"])
def test_an_exported_opening_changes_nothing_about_the_quotation(form: str) -> None:
    plain, documents = answer_with("Did police move 30 gang members to Lima?", MOVED)
    talk = Conversation("T", WHEN, (replace(plain, opening="yes"),), documents)
    written = WRITERS[form](talk)
    data = written if isinstance(written, bytes) else written.encode()
    checked = verify_quote_file(read_quote_file(data), documents)
    assert [found.status for found in checked] == ["unchanged"]


def test_it_survives_the_batch_line_and_nothing_else_does() -> None:
    plain, _ = answer_with("Did police move 30 gang members to Lima?", MOVED)
    line = to_line(replace(plain, opening="yes"))
    assert line["opening"] == "yes"
    again = from_line(line)
    assert isinstance(again, Answer)
    assert again.opening == "yes"
    assert "opening" not in to_line(plain)
    with pytest.raises(CitationInvalid, match="'no' is no opening"):
        from_line({**line, "opening": "no"})
