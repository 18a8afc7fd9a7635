"""Some of the documents are asked as if there were no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import make_assistant

from rag.answering import Assistant
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import DocumentUnknown, QuestionInvalid, RagError
from rag.records import Abstention, Answer

QUITO = "Who resigned in Quito?"
BOATS = "How many boats did the river gang buy?"


@pytest.fixture(scope="module")
def asked(tiny_original: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Assistant:
    return make_assistant(tiny_original / "index", tiny_original / "corpus", embedder, encoder)


@pytest.fixture(scope="module")
def ids(asked: Assistant) -> dict[str, str]:
    """Document ids by file name."""
    return {document.path: document.id for document in asked.documents.values()}


def test_a_document_that_was_not_chosen_gives_no_hit_no_citation_and_no_word(
    asked: Assistant, ids: dict[str, str]
) -> None:
    assert isinstance(asked.ask(QUITO), Answer)
    outcome = asked.ask(QUITO, documents=[ids["alpha.md"]])
    assert isinstance(outcome, Abstention)
    assert "“Quito”" in outcome.reason, "the chosen documents do not mention it"
    assert {hit.chunk.document_id for hit in outcome.hits} == {ids["alpha.md"]}
    assert {citation.document_id for citation in outcome.nearest} == {ids["alpha.md"]}


def test_a_chosen_document_answers_as_it_does_among_others(asked: Assistant, ids: dict[str, str]) -> None:
    whole, part = asked.ask(BOATS), asked.ask(BOATS, documents=(ids["alpha.md"],))
    assert isinstance(whole, Answer)
    assert isinstance(part, Answer)
    assert part.citations == whole.citations
    assert "seven boats" in part.text
    assert [o.text for o in asked.stream(BOATS, documents={ids["alpha.md"]}) if isinstance(o, Answer)] == [part.text]
    runnable = asked.as_runnable().invoke({"question": BOATS, "documents": [ids["alpha.md"]]})
    assert isinstance(runnable, Answer)
    assert runnable.text == part.text


def test_all_documents_are_the_same_as_none_named(asked: Assistant, ids: dict[str, str]) -> None:
    assert asked.retrieve(QUITO, documents=list(ids.values())) == asked.retrieve(QUITO)
    assert {hit.chunk.document_id for hit in asked.retrieve(QUITO, 50)} == set(ids.values())
    assert {hit.chunk.document_id for hit in asked.retrieve(QUITO, 50, documents=[ids["beta.md"]])} == {ids["beta.md"]}


def test_a_question_about_the_documents_is_about_the_chosen_ones(asked: Assistant, ids: dict[str, str]) -> None:
    outcome = asked.ask("When was the report published?", documents=[ids["beta.md"]])
    shown = outcome.reason if isinstance(outcome, Abstention) else outcome.text
    assert "Alpha" not in shown


def test_a_part_of_the_index_is_whole_in_itself(asked: Assistant, ids: dict[str, str]) -> None:
    index = asked.retriever.index
    part = index.only([ids["beta.md"]])
    assert list(part.documents) == [ids["beta.md"]]
    assert len(part.chunks) == len(part.chunk_multilingual) < len(index.chunks)
    assert len(part.sentences) == len(part.sentence_vectors) == len(part.sentence_multilingual)
    numbers = [n for n, (owner, _) in enumerate(index.sentences) if owner == ids["beta.md"]]
    np.testing.assert_array_equal(part.sentence_vectors, index.sentence_vectors[numbers])
    assert {key for key, _ in part.store.search(index.sentence_vectors[0], 50)} == {chunk.id for chunk in part.chunks}
    assert part.only([ids["beta.md"]]).chunks == part.chunks


@pytest.mark.parametrize(
    ("documents", "error", "message"),
    [
        ([], QuestionInvalid, "no document is chosen"),
        (["none"], DocumentUnknown, "'none' is not the id of a document in the index; there are .*alpha.md"),
    ],
    ids=["empty", "unknown"],
)
def test_a_choice_that_cannot_be_is_refused(
    asked: Assistant, documents: list[str], error: type[RagError], message: str
) -> None:
    with pytest.raises(error, match=message):
        asked.ask(QUITO, documents=documents)
    with pytest.raises(QuestionInvalid, match="no document is chosen"):
        asked.as_runnable().invoke({"question": QUITO, "documents": 7})
