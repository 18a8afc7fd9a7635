"""Questions, replies and the program's own words in Spanish, and replies in a language that was not asked for."""

from __future__ import annotations

import string

import pytest

from rag import Abstention, Answer, Assistant
from rag.phrases import PHRASES, phrase
from rag.rendering import from_line, to_line, to_text
from rag.verification import Evidence, check
from rag.verification.languages import other_language

ENGLISH = [Evidence("The guards did not see the boat at the port of Arica.", None)]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_phrase_has_a_translation_with_the_same_fields() -> None:
    english, spanish = PHRASES["en"], PHRASES["es"]
    assert set(english) == set(spanish)
    assert [key for key in english if fields(english[key]) != fields(spanish[key])] == []


def test_a_language_without_phrases_gets_english() -> None:
    assert phrase("or", "pt") == "or"


def test_a_spanish_question_gets_a_spanish_frame_around_the_reports_english(assistant: Assistant) -> None:
    outcome = assistant.ask("¿Cuántos policías y soldados tomaron la cárcel de Tocorón?")
    assert isinstance(outcome, Answer)
    assert outcome.language == "es"
    text = to_text(outcome, assistant.documents)
    assert "caracteres " in text
    assert "Las citas están en el idioma original del documento." in text
    assert "characters" not in text
    assert all(c.quote == assistant.documents[c.document_id].text[c.start : c.end] for c in outcome.citations)
    assert from_line(to_line(outcome)).language == "es"


def test_a_spanish_question_without_an_answer_is_told_so_in_spanish(assistant: Assistant) -> None:
    outcome = assistant.ask("¿Cuántos miembros tiene el Tren de Aragua en Canadá?")
    assert isinstance(outcome, Abstention)
    assert outcome.reason == (
        "Ninguna frase responde a la pregunta; los documentos no contienen “Canadá” con esta grafía."
    )
    assert to_text(outcome, assistant.documents).startswith("El informe no lo dice.")
    assert from_line(to_line(outcome)).language == "es"


def test_an_english_question_says_nothing_of_languages(assistant: Assistant) -> None:
    outcome = assistant.ask("How many police and soldiers took Tocorón prison?")
    assert "language" not in to_line(outcome)
    assert "language" not in to_text(outcome, assistant.documents)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("La police a repris la prison au mois de septembre.", "en", "French"),
        ("A polícia tomou a prisão no mês de setembro.", "es", "Portuguese"),
        ("The police took the prison in September.", "es", "English"),
        ("La policía tomó la cárcel en el mes de septiembre.", "en", "Spanish"),
        ("警察控制了监狱。", "en", "another language"),
        ("The police took the prison in September.", "en", None),
        ("Tren de Aragua was led by Héctor Guerrero Flores, alias Niño Guerrero.", "en", None),
        ("La policía tomó la cárcel.", "es", None),
        ("Tren de Aragua.", "en", None),
        ("12,000.", "en", None),
    ],
)
def test_the_language_of_a_reply_is_recognised(text: str, wanted: str, found: str | None) -> None:
    assert other_language(text, wanted) == found


@pytest.mark.parametrize(
    ("statement", "passage", "speaker", "kinds"),
    [
        ("Los guardias no vieron el barco en Arica.", "The guards did not see the boat at Arica.", None, []),
        ("Los guardias vieron el barco en Arica.", "The guards did not see the boat at Arica.", None, ["negation"]),
        ("Los guardias no vieron el barco en Arica.", "The guards saw the boat at Arica.", None, ["negation"]),
        ("El alcalde recibió dinero de la banda.", "The mayor allegedly took money from the gang.", None, ["certainty"]),
        ("El alcalde habría recibido dinero de la banda.", "The mayor allegedly took money from the gang.", None, []),
        ("La banda controla el puerto.", "The gang controls the port.", "Ana Ruiz", ["speaker"]),
        ("La banda controla el puerto, según Ana Ruiz.", "The gang controls the port.", "Ana Ruiz", []),
        ("Había 13 hombres en Lima.", "There were 12 men in Lima.", None, ["number"]),
        ("Había 12 hombres en Quito.", "There were 12 men in Lima.", None, ["name"]),
    ],
)  # fmt: skip
def test_a_spanish_statement_is_compared_with_an_english_passage(
    statement: str, passage: str, speaker: str | None, kinds: list[str]
) -> None:
    assert [finding.kind for finding in check(statement, [Evidence(passage, speaker)])] == kinds
