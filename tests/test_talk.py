"""What is no question: recognised, replied to without a search, and never taken for something the report lacks."""

import pytest

from rag import Abstention, Answer, Assistant
from rag.page.cards import Reading, answer_html
from rag.reader.talk import talk
from rag.rendering import from_line, to_line, to_text

TALK = {
    "Hi": "greeting",
    "good morning!": "greeting",
    "¡Hola, buenas!": None,  # two greetings in one are rare; it is then searched like a question
    "Hola": "greeting",
    "Buenos días": "greeting",
    "Thanks a lot!": "thanks",
    "ok, thank you": "thanks",
    "muchas gracias": "thanks",
    "What can I ask?": "help",
    "help": "help",
    "¿Qué puedo preguntar?": "help",
    "Write a poem about the prison": "composition",
    "please draft me a short press release": "composition",
    "Make up a quote from the minister": "composition",
    "tell me a joke": "composition",
    "Escríbeme una canción sobre la banda": "composition",
    "Pretend you are the leader": "composition",
    "Give me the quote about the police": None,
    "Tell me the story of the hotel": None,
    "Who wrote the letter?": None,
    "What does the article say about help?": None,
    "Write the number of arrests in Chile": None,
    "Hi, who leads the gang?": None,
    "Thanks. And in Chile?": None,
    "What is this gang?": None,
    "": None,
    "hello " * 500: None,
}


@pytest.mark.parametrize(("message", "expected"), TALK.items(), ids=[key[:30] or "empty" for key in TALK])
def test_what_is_talk(message: str, expected: str | None) -> None:
    assert talk(message) == expected


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Hello!", "Hello. Ask a question about “Tren de Aragua"),
        ("Hola", "Hola. Haga una pregunta"),
        ("Gracias", "De nada."),
        ("What can I ask?", "For example: "),
        ("Write a poem about the raid", "it makes nothing up"),
    ],
    ids=["english", "spanish", "thanks", "help", "composition"],
)
def test_talk_is_replied_to_in_its_language(assistant: Assistant, message: str, words: str) -> None:
    outcome = assistant.ask(message)
    assert isinstance(outcome, Abstention)
    assert outcome.asked_nothing
    assert words in outcome.reason
    assert (outcome.hits, outcome.nearest, outcome.uncovered) == ((), (), ())


def test_nothing_is_said_to_be_missing(assistant: Assistant) -> None:
    outcome = assistant.ask("Good morning")
    assert "does not say" not in to_text(outcome, assistant.documents)
    assert "not say" not in answer_html(1, outcome, Reading(assistant.documents))


def test_it_survives_json(assistant: Assistant) -> None:
    read = from_line(to_line(assistant.ask("thanks")))
    assert isinstance(read, Abstention)
    assert read.asked_nothing
    assert "asked_nothing" not in to_line(assistant.ask("How many members are there in Canada?"))


def test_a_question_after_talk_is_answered(assistant: Assistant) -> None:
    before = assistant.ask("hello")
    outcome = assistant.ask("When was Tocorón prison taken over?", [before])
    assert isinstance(outcome, Answer)
    assert outcome.standalone == outcome.question
