"""What an abstention says: which words no passage brings together, and what the closest one does not mention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.answering import Assistant
from rag.answering.marks import no_spans
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import Index
from rag.reader.features import Candidate
from rag.reader.questions import Question
from rag.reader.spans import Window
from rag.records import Abstention
from rag.retrieval.lexical import LexicalIndex
from rag.settings import Settings


class Doubtful:
    """Prefers sentences with the word "boats", and is never sure enough."""

    name = "doubtful"
    threshold = 0.5

    def __init__(self, most: float) -> None:
        self.most = most

    def scores(self, question: Question, candidates: Sequence[Candidate], lexical: LexicalIndex) -> NDArray[np.float64]:
        return np.array([self.most if "boats" in c.text else self.most / 9 for c in candidates])

    def spans(self, question: Question, windows: Sequence[Window]) -> list[None]:
        return no_spans(question, windows)


@pytest.fixture
def ask(tiny: Path, tiny_index: Index, embedder: Embedder, encoder: MultilingualEncoder):  # noqa: ANN201
    """Asks a reader that does not answer."""

    def asked(question: str, most: float = 0.4) -> Abstention:
        settings = Settings(corpus=tiny / "corpus", index=tiny / "index")
        outcome = Assistant(settings, embedder, encoder, Doubtful(most), tiny_index).ask(question)
        assert isinstance(outcome, Abstention)
        return outcome

    return asked


def test_words_that_no_passage_brings_together_are_named(ask) -> None:  # noqa: ANN001
    assert ask("How many boats did they buy in Quito?").reason == (
        "No passage speaks of “Quito” together with “boats”."
    )


def test_a_name_that_nothing_mentions_comes_first(ask) -> None:  # noqa: ANN001
    assert ask("How many boats did they buy in Canada and Quito?").reason.startswith(
        "Nothing in the documents mentions “Canada”"
    )


def test_the_words_of_a_name_are_one_thing_that_is_missing(ask) -> None:  # noqa: ANN001
    assert ask("How many boats did Los Osos and the Baltic Cartel buy?").reason == (
        "Nothing in the documents mentions “Los Osos”, “Baltic Cartel”."
    )


def test_a_question_in_another_language_is_told_which_names_are_not_spelled_like_that(ask) -> None:  # noqa: ANN001
    assert ask("¿Qué compró la banda en Canadá?").reason == (
        "Ninguna frase responde a la pregunta; los documentos no contienen “Canadá” con esta grafía."
    )
    assert ask("¿Qué compró la banda en Lima?").reason == "Ninguna frase responde a la pregunta."


def test_words_that_stand_together_are_not_said_to_be_apart(ask) -> None:  # noqa: ANN001
    assert "together" not in ask("How many boats did the gang in Lima sell?").reason


def test_the_closest_passage_comes_with_what_it_lacks(ask) -> None:  # noqa: ANN001
    outcome = ask("How many boats did they buy in Quito?")
    assert outcome.note == "The closest passage does not mention “Quito”."
    assert "boats" in outcome.nearest[0].quote


def test_a_far_passage_gets_no_note(ask) -> None:  # noqa: ANN001
    assert ask("How many boats did they buy in Quito?", most=0.1).note is None


@pytest.mark.parametrize("question", ["How many boats from a dealer?", "Did the dealer sell boats?"])
def test_words_that_are_no_names_are_not_said_to_be_missing(ask, question: str) -> None:  # noqa: ANN001
    assert ask(question).note is None


def test_words_of_another_language_are_not_said_to_be_missing(ask) -> None:  # noqa: ANN001
    outcome = ask("¿Cuántos barcos compraron en Quito?")
    assert outcome.note is None
    assert outcome.uncovered == ()
    assert "barcos" not in outcome.reason
