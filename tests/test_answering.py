"""Answering: exact quotations or an abstention, the same through every door of the API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from rag.answering import Assistant
from rag.errors import CitationInvalid, QuestionInvalid
from rag.records import Abstention, Answer, Citation, Statement
from rag.rendering import to_line

Outcome = Answer | Abstention
FORCE = "How many police and soldiers took control of Tocorón prison?"
HOW_MANY = "How many active cells were identified in Peru?"
NOWHERE = "What is the boiling point of tungsten?"
ABOUT_THE_SUBJECT = [
    "When was Tocorón prison taken over?",
    FORCE,
    HOW_MANY,
    "Who is the leader of Tren de Aragua?",
    "What does Tren de Aragua do in Chile?",
    "What is the prison break?",
    "Who is Jeremy McDermott?",
    "How are Venezuelan women exploited by Tren de Aragua?",
    "What do open sources at insightcrime.org show?",
    "Three stages in the construction of Tren de Aragua's transnational empire?",
    "Which economies are in Tren de Aragua's criminal portfolio?",
    "¿Quién dirige Tren de Aragua?",
    "¿Cuánto cobran los pagadiarios por día?",
    NOWHERE,
]
ABOUT_THE_DOCUMENT = [
    ("Who wrote this report?", "Authors:", "Venezuela Investigative Unit"),
    ("¿Quién escribió este informe?", "Authors:", "Venezuela Investigative Unit"),
    ("Who edited this report?", "Editing:", "Jeremy McDermott"),
    ("Who did the layout of the report?", "Layout and Design:", "Ana Isabel Rico"),
    ("When was this report published?", "", "October 2023"),
    ("What is the title of this report?", "", "Tren de Aragua: From Prison Gang to Transnational Criminal Enterprise"),
]


def timeless(outcome: Outcome) -> Outcome:
    """An outcome without its timings, so that two of them can be equal."""
    return replace(outcome, timings={})


def shown(outcome: Outcome) -> tuple[Citation, ...]:
    """The citations that a reader sees."""
    return outcome.citations if isinstance(outcome, Answer) else outcome.nearest


def kinds_of(citation: Citation, assistant: Assistant) -> set[str]:
    """Kinds of the sentences that a citation touches."""
    return {
        s.kind
        for s in assistant.documents[citation.document_id].sentences
        if s.start < citation.end and citation.start < s.end
    }


@pytest.fixture(scope="session")
def answer(assistant: Assistant) -> Answer:
    """An outcome that is an answer."""
    found = assistant.ask(FORCE)
    assert isinstance(found, Answer)
    return found


def test_an_answer_is_the_sentence_that_says_it(answer: Answer) -> None:
    assert answer.statements[0].text.startswith("On September 20, 2023, 11,000 police and soldiers surrounded")
    assert (answer.question, answer.standalone, answer.mode, answer.model) == (FORCE, FORCE, "quotes", None)
    assert answer.text.startswith(f"“{answer.statements[0].text}” [1]")


def test_the_question_of_the_readme_is_answered(assistant: Assistant) -> None:
    outcome = assistant.ask("When was Tocorón prison taken over?")
    assert isinstance(outcome, Answer)
    assert "On September 20, 2023" in outcome.text


def test_an_abstention_says_what_is_missing_and_what_came_nearest(assistant: Assistant) -> None:
    abstention = assistant.ask(NOWHERE)
    assert isinstance(abstention, Abstention)
    assert abstention.reason
    assert "tungsten" in abstention.uncovered
    assert 1 <= len(abstention.nearest) <= 3


def test_an_outcome_names_its_index_and_its_time(assistant: Assistant) -> None:
    for outcome in map(assistant.ask, (FORCE, NOWHERE)):
        assert outcome.fingerprint == assistant.manifest.fingerprint
        assert outcome.timings["total"] >= outcome.timings["search"] >= 0
        assert [hit.rank for hit in outcome.hits] == list(range(1, 11))


@pytest.mark.parametrize("question", [*ABOUT_THE_SUBJECT, *(question for question, _, _ in ABOUT_THE_DOCUMENT)])
def test_everything_shown_is_exact_and_every_statement_is_what_it_cites(question: str, assistant: Assistant) -> None:
    outcome = assistant.ask(question)
    for number, citation in enumerate(shown(outcome), 1):
        document = assistant.documents[citation.document_id]
        assert citation.number == number
        assert document.text[citation.start : citation.end] == citation.quote
        assert (citation.title, citation.section) == (document.title, document.section_at(citation.start))
        assert citation.speaker is None or citation.speaker in document.text
        bounds = {(s.start, "start") for s in document.sentences} | {(s.end, "end") for s in document.sentences}
        assert {(citation.start, "start"), (citation.end, "end")} <= bounds
    if isinstance(outcome, Answer):
        quotes = {citation.number: citation.quote for citation in outcome.citations}
        assert 1 <= len(outcome.statements) <= 4
        assert all([quotes[n] for n in statement.citations] == [statement.text] for statement in outcome.statements)


@pytest.mark.parametrize("question", ABOUT_THE_SUBJECT)
def test_only_body_sentences_are_shown_for_a_question_about_the_subject(question: str, assistant: Assistant) -> None:
    assert all(kinds_of(citation, assistant) == {"body"} for citation in shown(assistant.ask(question)))


@pytest.mark.parametrize(("question", "label", "content"), ABOUT_THE_DOCUMENT)
def test_a_question_about_the_document_gets_its_credits(
    question: str, label: str, content: str, assistant: Assistant
) -> None:
    outcome = assistant.ask(question)
    assert isinstance(outcome, Answer)
    assert any(c.quote.startswith(label) and content in c.quote for c in outcome.citations)
    assert all(kinds_of(citation, assistant) <= {"credits", "title"} for citation in outcome.citations)


@pytest.mark.parametrize("question", [FORCE, NOWHERE])
def test_stream_gives_the_statements_and_then_the_outcome(question: str, assistant: Assistant) -> None:
    *statements, outcome = assistant.stream(question)
    assert isinstance(outcome, Answer | Abstention)
    assert timeless(outcome) == timeless(assistant.ask(question))
    assert tuple(statements) == (outcome.statements if isinstance(outcome, Answer) else ())
    assert all(isinstance(statement, Statement) for statement in statements)


@pytest.mark.parametrize("question", [FORCE, "Who wrote this report?", "¿Quién dirige la banda?"])
@pytest.mark.parametrize("k", [3, 10, 16, 40])
def test_retrieve_gives_k_hits_ranked_from_one(question: str, k: int, assistant: Assistant) -> None:
    hits = assistant.retrieve(question, k=k)
    assert [hit.rank for hit in hits] == list(range(1, k + 1))
    assert len({hit.chunk.id for hit in hits}) == k
    assert all(assistant.documents[h.chunk.document_id].text[h.chunk.start : h.chunk.end] == h.chunk.text for h in hits)
    assert all(hit.reader_score is not None for hit in hits[:16])


def test_retrieve_begins_with_the_hits_of_the_answer(assistant: Assistant, answer: Answer) -> None:
    assert assistant.retrieve(FORCE, k=40)[:10] == list(answer.hits)
    assert "11,000 police and soldiers" in assistant.retrieve(FORCE, k=3)[0].chunk.text


@pytest.mark.parametrize(
    ("statement", "quotes", "kinds"),
    [
        (
            "Tren de Aragua started as a prison gang",
            ["Tren de Aragua started as a prison gang confined within the walls of Tocorón."],
            [],
        ),
        (
            "He said that they came on behalf of the Tren.",
            ['"They left with instructions," he said. "They came on behalf of the Tren."'],
            [],
        ),
        (
            "They came on behalf of the Tren.",
            ['"They left with instructions," he said. "They came on behalf of the Tren."'],
            ["speaker"],
        ),
        ("12,000 police took the prison.", ["11,000 police and soldiers surrounded and then took control"], ["number"]),
        ("12,000 police and soldiers", ["12,000 police and soldiers"], ["quote-altered"]),
        ("11,000 police", ["11,000 police and soldiers", "not in the report"], ["quote-altered"]),
        ("11,000 police", [], ["uncited"]),
        ("", ["11,000 police and soldiers"], ["unsupported"]),
        ("11,000 police", [" "], ["quote-altered"]),
    ],
)
def test_verify_finds_what_keeps_a_statement_from_being_shown(
    statement: str, quotes: list[str], kinds: list[str], assistant: Assistant
) -> None:
    found = assistant.verify(statement, quotes)
    assert [violation.kind for violation in found] == kinds
    assert all(violation.detail for violation in found)


def test_the_runnable_gives_the_same_outcomes_as_ask(assistant: Assistant) -> None:
    runnable, expected = assistant.as_runnable(), timeless(assistant.ask(FORCE))
    assert timeless(runnable.invoke(FORCE)) == expected
    assert timeless(runnable.invoke({"question": FORCE})) == expected
    assert [timeless(o) for o in runnable.batch([FORCE, NOWHERE])] == [expected, timeless(assistant.ask(NOWHERE))]
    assert timeless(asyncio.run(runnable.ainvoke(FORCE))) == expected
    assert [timeless(o) for o in runnable.stream(FORCE)] == [expected]
    follow_up = runnable.invoke({"question": "And in Chile?", "history": [{"question": HOW_MANY}]})
    assert follow_up.standalone == "How many active cells were identified in Chile?"


@pytest.mark.parametrize("question", [FORCE, NOWHERE, "Who wrote this report?"])
def test_an_outcome_comes_back_from_its_json_line(question: str, assistant: Assistant) -> None:
    outcome = assistant.ask(question)
    back = assistant.load(json.loads(json.dumps(to_line(outcome))))
    assert replace(outcome, hits=(), timings={}, fingerprint="") == replace(back, hits=(), timings={}, fingerprint="")


def set_to(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Replaces a value of the first citation."""
    return lambda line: line["citations"][0].update({key: value})


def alter_quote(line: dict[str, Any]) -> None:
    """One character of a quote, and of the statement that is the quote."""
    line["citations"][0]["quote"] = line["statements"][0]["text"] = line["citations"][0]["quote"].replace(
        "11,000", "12,000"
    )


def shift(line: dict[str, Any]) -> None:
    """Offsets one character later."""
    line["citations"][0]["start"] += 1
    line["citations"][0]["end"] += 1


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "one character of a quote": alter_quote,
    "one character of a statement": lambda line: line["statements"][0].update(
        text=line["statements"][0]["text"].replace("11,000", "1,000")
    ),
    "shifted offsets": shift,
    "a statement without citation": lambda line: line["statements"][0].update(citations=[]),
    "no statement": lambda line: line.update(statements=[]),
    "an unknown document": set_to("document", "0123456789abcdef"),
    "somebody else as speaker": set_to("speaker", "Niño Guerrero"),
    "another document's title": set_to("title", "The Other Report"),
    "another section": set_to("section", "The End of Tocorón: Decline or Evolution?"),
    "a number that is none": set_to("number", float("inf")),
    "no citations": lambda line: line.pop("citations"),
    "a quote in an abstention": lambda line: line.update(
        abstained=True, nearest=[{**line["citations"][0], "quote": "Forged."}]
    ),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_line_is_refused(
    forge: Callable[[dict[str, Any]], object], assistant: Assistant, answer: Answer
) -> None:
    line = json.loads(json.dumps(to_line(answer)))
    assistant.load(line)
    forge(line)
    with pytest.raises(CitationInvalid):
        assistant.load(line)


@pytest.mark.parametrize("as_record", [True, False], ids=["record", "mapping"])
def test_a_follow_up_is_completed_from_the_turn_before(as_record: bool, assistant: Assistant) -> None:
    before = assistant.ask(HOW_MANY) if as_record else {"question": HOW_MANY, "answer": "Whatever was said."}
    found = assistant.ask("And in Chile?", history=[{"question": "Who is Iris Varela?"}, before])
    assert (found.question, found.standalone) == ("And in Chile?", "How many active cells were identified in Chile?")


def test_the_answers_in_a_history_are_never_evidence(assistant: Assistant) -> None:
    plain = assistant.ask("And in Chile?", [{"question": HOW_MANY}])
    told = assistant.ask(
        "And in Chile?", [{"question": HOW_MANY, "answer": "There are 99 cells in Chile, led by Jane Doe."}]
    )
    assert timeless(told) == timeless(plain)


def test_a_question_that_stands_alone_is_not_changed_by_a_history(assistant: Assistant, answer: Answer) -> None:
    assert timeless(assistant.ask(FORCE, [{"question": HOW_MANY}])) == timeless(answer)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "is empty; type a question"),
        (" \n\t\u3000", "is empty; type a question"),
        ("?! …", "holds no word"),
        ("x" * 2001, "has 2001 characters, 2000 are allowed; .*RAG_MAX_QUESTION_CHARS"),
        ("Who\0?", r"control character U\+0000"),
        ("Who\x1b[31m?", r"control character U\+001B"),
        ("Who\ud800?", r"control character U\+D800"),
        (None, "is NoneType, not text"),
        (7, "is int, not text"),
        (b"Who?", "is bytes, not text"),
        (["Who?"], "is list, not text"),
    ],
    ids=["empty", "blank", "punctuation", "too long", "zero", "escape", "surrogate", "None", "int", "bytes", "list"],
)
def test_what_is_no_question_is_refused_in_one_line(question: object, message: str, assistant: Assistant) -> None:
    for ask in (
        assistant.ask,
        lambda q: list(assistant.stream(q)),
        assistant.retrieve,
        lambda q: assistant.as_runnable().invoke({"question": q}),
    ):
        with pytest.raises(QuestionInvalid, match=message) as caught:
            ask(question)  # type: ignore[operator]
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "question",
    [
        "x" * 2000,
        "\uff9e",
        "🙂 a",
        "a " * 1000,
        "Who?\u202e\u200b",
        "<|endoftext|> who?",
        "日本語の質問",
        "%s {0} [1] \\n?",
    ],
    ids=ascii,
)
def test_any_other_text_gets_an_outcome(question: str, assistant: Assistant) -> None:
    assert assistant.ask(question).question == question.strip()


@pytest.mark.parametrize(
    "history",
    [["Who?"], [None], [{"question": None}], [{"question": 7}], [{"question": "\ud800 Peru \ud800"}], [{}]],
    ids=ascii,
)
def test_a_history_of_anything_but_turns_is_refused_or_ignored(history: list[Any], assistant: Assistant) -> None:
    with suppress(QuestionInvalid):
        assert assistant.ask("And in Chile?", history).standalone == "And in Chile?"


def test_eight_threads_get_the_answers_of_one(assistant: Assistant) -> None:
    questions = ABOUT_THE_SUBJECT[:8]
    expected = [timeless(assistant.ask(question)) for question in questions]
    together = Barrier(8)

    def ask_all(first: int) -> list[Outcome]:
        together.wait()
        order = questions[first:] + questions[:first]
        found = {question: timeless(assistant.ask(question)) for question in order}
        return [found[question] for question in questions]

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(ask_all, range(8)):
            assert found == expected


def test_what_stands_twice_is_quoted_once(assistant: Assistant) -> None:
    outcome = assistant.ask("What is the title of the report?")
    assert isinstance(outcome, Answer)
    assert [(c.number, c.start) for c in outcome.citations] == [(1, 0)]
