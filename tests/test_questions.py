"""Questions: what type of answer they want, whether they are about the document, and what a follow-up leaves out."""

import pytest

from rag.answering.conversation import standalone
from rag.reader.questions import has_answer_type, name_words, parse_question
from rag.records import Abstention

TYPES = {
    "How many police officers took Tocorón?": "number",
    "How much do migrants pay per day?": "number",
    "What percentage of cells are in Peru?": "number",
    "¿Cuántos policías tomaron la cárcel?": "number",
    "¿Cuánto cuesta una noche?": "number",
    "How long did the raid last?": "duration",
    "¿Cuánto tiempo duró la operación?": "duration",
    "When was Tocorón taken over?": "date",
    "In what year did the gang reach Chile?": "date",
    "Since when has the gang been in Peru?": "date",
    "¿Cuándo llegó la banda a Chile?": "date",
    "¿En qué año llegó a Chile?": "date",
    "Who leads the gang?": "person",
    "And who led the prison ministry?": "person",
    "What is the name of the leader?": "person",
    "¿Quién dirige la banda?": "person",
    "¿Cómo se llama el líder?": "person",
    "Who said the police are on the gang's side?": "speaker",
    "Who described the hotel?": "speaker",
    "According to whom are the cells linked?": "speaker",
    "¿Quién dijo que la policía ayuda?": "speaker",
    "¿Según quién creció la banda?": "speaker",
    "Where did the gang first appear?": "place",
    "Which countries does the gang operate in?": "place",
    "In which city were 30 members arrested?": "place",
    "¿Dónde nació la banda?": "place",
    "¿En qué país opera?": "place",
    "Why did the raid happen?": "reason",
    "What caused the migration?": "reason",
    "¿Por qué huyeron los líderes?": "reason",
    "Did the leaders escape?": "yesno",
    "Is the gang active in Bolivia?": "yesno",
    "¿Hay células en Chile?": "yesno",
    "What is gota a gota?": "other",
    "Describe the franchise model.": "other",
    "¿Qué es gota a gota?": "other",
    "Can you tell me when the raid took place?": "date",
    "According to the report, when was Tocorón taken?": "date",
    "¿Según el informe, cuándo tomaron Tocorón?": "date",
}  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), TYPES.items(), ids=TYPES.keys())
def test_type_of_the_answer(question: str, expected: str) -> None:
    assert parse_question(question).answer_type == expected


ABOUT = {
    "Who wrote this report?": True,
    "When was the investigation published?": True,
    "What is the title of the document?": True,
    "Who designed the report?": True,
    "Who are the editors of this investigation?": True,
    "¿Quién escribió el informe?": True,
    "¿Cuándo se publicó el informe?": True,
    "¿Cuál es el título del documento?": True,
    "Who leads the gang?": False,
    "What does the report say about Peru?": False,
    "Does the report mention Bolivia?": False,
    "According to the report, who leads the gang?": False,
    "Who published the videos of the killings?": False,
    "Who produced the drugs?": False,
    "What did the police investigation in Concepción find?": False,
    "When did the gang publish the videos, according to the report?": False,
    "¿Quién dirige la banda según el informe?": False,
    "¿Qué dice el informe sobre los videos publicados?": False,
}


@pytest.mark.parametrize(("question", "expected"), ABOUT.items(), ids=ABOUT.keys())
def test_whether_it_is_about_the_document(question: str, expected: bool) -> None:
    assert parse_question(question).about_document is expected


def test_parts_of_a_question() -> None:
    question = parse_question("Which gang members were arrested in Lima in 2022?")
    assert question.language == "en"
    assert question.surface == ("gang", "members", "arrested", "Lima", "2022")
    assert question.named == {"lima", "2022"}


@pytest.mark.parametrize(
    "question", ["", "?", "¿?", "   ", "💥", "a" * 5000], ids=["empty", "mark", "spanish", "blank", "emoji", "long"]
)
def test_odd_questions_are_parsed(question: str) -> None:
    assert parse_question(question).answer_type == "other"
    assert parse_question(question).about_document is False


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does the report say about Peru?", "Peru"),
        ("According to this report, who leads the gang?", "who leads the gang?"),
        ("¿Qué dice el informe sobre Perú?", "Perú?"),
    ],
    ids=["say-about", "according-to", "spanish"],
)
def test_preamble_is_left_out(question: str, expected: str) -> None:
    assert parse_question(question).text.rstrip("?") == expected.rstrip("?")
    assert "report" not in parse_question(question).stems
    assert "inform" not in parse_question(question, ("en", "es")).stems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who is Niño Guerrero?", ["Niño Guerrero"]),
        ("Is Tren de Aragua in Norte de Santander?", ["Tren de Aragua", "Norte de Santander"]),
        ("Where is it?", []),
        ("It rained. Nobody came.", []),
        ("¿Quién es Iris Varela?", ["Iris Varela"]),
    ],
    ids=["person", "particles", "none", "start-of-sentence", "spanish"],
)
def test_names(text: str, expected: list[str]) -> None:
    assert name_words(text) == expected


HAS = {
    "number": ("How many were arrested?", "Police arrested 30 members.", None, True),
    "number-word": ("How many were arrested?", "Police arrested eight members.", None, True),
    "number-of-the-question": ("How many were arrested in 2022?", "Many were arrested in 2022.", None, False),
    "no-number": ("How many were arrested?", "Many were arrested.", None, False),
    "date": ("When was the raid?", "It was on September 20, 2023.", None, True),
    "date-of-the-question": ("When in 2022 was the raid?", "The raid was in 2022.", None, False),
    "no-date": ("When was the raid?", "The raid took the prison.", None, False),
    "modal-may": ("When was the raid?", "They may return.", None, False),
    "duration": ("How long did it take?", "It took five years.", None, True),
    "person": ("Who leads it?", "It is led by Niño Guerrero.", None, True),
    "person-of-the-question": ("Who leads Tren de Aragua?", "In fact, Tren de Aragua grew.", None, False),
    "place": ("Where is it?", "It is in Lima.", None, True),
    "reason": ("Why did they leave?", "They left because of the crisis.", None, True),
    "speaker": ("Who said so?", "It rained.", "Ana", True),
    "no-speaker": ("Who said so?", "It rained.", None, False),
    "other": ("What is it?", "It rained.", None, True),
}


@pytest.mark.parametrize(("question", "sentence", "speaker", "expected"), HAS.values(), ids=HAS.keys())
def test_sentence_holds_what_is_asked_for(question: str, sentence: str, speaker: str | None, expected: bool) -> None:
    assert has_answer_type(parse_question(question), sentence, speaker) is expected


CELLS = "How many cells are there in Peru?"
FOLLOW_UPS = {
    "name-before-a-question": (
        "How many cells are there in Peru?",
        "And in Chile, who runs them?",
        "And in Chile, who runs them? (many, cells)",
    ),
    "own-name-takes-the-place-of-the-last": (
        "Did Ana Ruiz live in Lima?",
        "And in Quito, where was she seen?",
        "And in Quito, where was she seen? (Ana Ruiz)",
    ),
    "spanish-name-before-a-question": (
        "¿Qué compró Ana Ruiz en Lima?",
        "¿Y en Quito qué vendió?",
        "¿Y en Quito qué vendió? (Ana Ruiz)",
    ),
    "swap": (CELLS, "And in Chile?", "How many cells are there in Chile?"),
    "swap-what-about": (CELLS, "What about Chile?", "How many cells are there in Chile?"),
    "swap-spanish": ("¿Cuántas células hay en Perú?", "¿Y en Chile?", "¿Cuántas células hay en Chile?"),
    "pronoun": ("Who is Niño Guerrero?", "When did he escape?", "When did he escape? (Niño Guerrero)"),
    "pronoun-without-names": ("What is gota a gota?", "Who runs it?", "Who runs it? (gota)"),
    "place": ("Who took Tocorón?", "Who led the gang there?", "Who led the gang there? (Tocorón)"),
    "own-name": ("Who is Niño Guerrero?", "When was Iris Varela minister?", "When was Iris Varela minister?"),
    "complete": (CELLS, "When was Tocorón prison raided?", "When was Tocorón prison raided?"),
    "complete-with-a-pronoun-of-its-own": (
        CELLS,
        "When did Iris Varela lose her job?",
        "When did Iris Varela lose her job?",
    ),
    "bare": ("When was Tocorón raided?", "Why?", "Why? (Tocorón, raided)"),
}

COMPLETE = (
    "What is a pran?",
    "¿Qué son los pranes?",
    "What does pran mean?",
    "How does the club pay the boats it brings across the river?",
    "How many boats are there in Chile?",
    "Is there evidence that the dealer bribed judges?",
    "Does the report say that police arrested anyone in Quito?",
    "What crimes do those who join the club commit?",
    "How do the owners treat tenants who owe them money?",
    "How does the club make its money?",
    "¿Cuánto cobra la banda a los comerciantes por su deuda?",
    "When was the bridge of Lima built, and what was it used for?",
    "Which club did Ana Ruiz fight when it arrived in Chile?",
)
LEANING = (
    "Who is he?",
    "What is it?",
    "Who escaped?",
    "Where did it go?",
    "How many people did the police arrest in that raid?",
    "How many victims were there in that house?",
    "What happened to his brother?",
    "¿Cuáles son sus nombres?",
    "Did Ana Ruiz kill him?",
    "After the raid, where did they go?",
    "What did the government say it was trying to do?",
    "Is it true?",
)


@pytest.mark.parametrize("question", COMPLETE)
def test_a_question_that_names_what_its_pronouns_stand_for_takes_nothing_from_the_turns_before(question: str) -> None:
    assert standalone(question, [{"question": "Who runs Tocorón?"}]) == question


@pytest.mark.parametrize("question", LEANING)
def test_a_pronoun_that_stands_for_nothing_in_its_question_is_completed(question: str) -> None:
    assert standalone(question, [{"question": "Who runs Tocorón?"}]).startswith(f"{question} (Tocorón")


@pytest.mark.parametrize(("before", "question", "expected"), FOLLOW_UPS.values(), ids=FOLLOW_UPS.keys())
def test_follow_up_made_standalone(before: str, question: str, expected: str) -> None:
    assert standalone(question, [{"question": before, "answer": "…"}]) == expected


def test_question_without_history_stays() -> None:
    assert standalone("And in Chile?", []) == "And in Chile?"
    assert standalone("And in Chile?", [{}]) == "And in Chile?"


def test_chain_of_follow_ups_leans_on_the_standalone_form() -> None:
    turn = Abstention("And in Chile?", "How many cells are there in Chile?", "reason", (), (), ())
    assert standalone("And in Bolivia?", [{"question": "Who is he?"}, turn]) == "How many cells are there in Bolivia?"
