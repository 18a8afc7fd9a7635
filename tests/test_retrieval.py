"""Retrieval: words as a reporter types them, BM25 and fusion to the digit, and hits that say why."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from conftest import make_assistant, write_corpus
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.retrievers import BaseRetriever

from rag.answering import Assistant
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import Index, build_index
from rag.retrieval import Leg, LexicalIndex, analyse, fold, fuse
from rag.retrieval.lexical import language_of, words
from rag.retrieval.retriever import HybridRetriever

SCORES = (
    "score",
    "rank",
    "dense_rank",
    "dense_score",
    "lexical_rank",
    "lexical_score",
    "multilingual_rank",
    "multilingual_score",
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tocorón", "tocoron"),
        ("TOCORÓN", "tocoron"),
        ("Tocoro\u0301n", "tocoron"),
        ("Niño Guerrero", "nino guerrero"),
        ("Táchira’s", "tachira's"),
        ("‘gota`", "'gota'"),
        ("Straße", "strasse"),
        ("¿Qué?", "¿que?"),
        ("", ""),
    ],
)
def test_fold_drops_case_accents_and_typography(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tocorón’s prisoners", ["tocoron", "prisoners"]),
        ("the gang's and the GANG'S", ["the", "gang", "and", "the", "gang"]),
        ("prisoners' cells", ["prisoners", "cells"]),
        ("O’Neill didn't", ["o'neill", "didn't"]),
        ("11,000 police", ["11000", "police"]),
        ("11.000 policías", ["11000", "policias"]),
        ("1,234,567", ["1234567"]),
        ("1.5 million, 2,5", ["1.5", "million", "2,5"]),
        ("US$1-2 per day", ["us", "1", "2", "per", "day"]),
        ("COVID-19 (PNP)", ["covid", "19", "pnp"]),
        ("“la causa,” ‘trochas’", ["la", "causa", "trochas"]),
        ("Tocoro\u0301n", ["tocoron"]),
        ("snake_case", ["snake", "case"]),
        ("?! — …", []),
        ("", []),
    ],
)
def test_words_are_what_a_reader_calls_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(st.text() | st.text(st.characters(categories=["Lm", "Mn", "Nd", "No", "Sk"])))
def test_words_of_any_text_are_not_empty_and_fold_to_themselves(text: str) -> None:
    assert all(word and fold(word) == word for word in words(text))


def test_a_letter_that_is_only_a_mark_is_no_word() -> None:
    assert words("\uff9e gang \uff9f") == ["gang"]


@pytest.mark.parametrize(
    ("text", "options", "stems"),
    [
        ("Who extorted Tocorón’s prisoners?", {}, ["extort", "tocoron", "prison"]),
        ("gangs, GANGS and gang", {}, ["gang", "gang", "gang"]),
        ("Where is it and what was that?", {}, []),
        ("¿Cuántos policías tomaron la cárcel?", {"language": "es"}, ["polici", "tom", "carcel"]),
        ("¿Cuántos policías tomaron Tocorón?", {"asked_in": "es"}, ["policia", "tomaron", "tocoron"]),
        ("11,000 soldiers", {}, ["11000", "soldier"]),
        ("gangs", {"language": "xx"}, ["gang"]),
    ],
)
def test_analyse_keeps_stems_of_words_that_carry_meaning(text: str, options: dict[str, str], stems: list[str]) -> None:
    assert analyse(text, **options) == stems


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who leads the gang?", "en"),
        ("¿Quién dirige Tren de Aragua?", "es"),
        ("quien dirige la banda", "es"),
        ("como se llama el lider", "es"),
        ("Guerrero", "en"),
        ("Who leads Tren de Aragua?", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert language_of(question) == language


def test_bm25_scores_are_those_computed_by_hand() -> None:
    index = LexicalIndex(["The gang’s prison", "Gangs, gangs and the river", "A mayor"], ["en"] * 3)
    # lengths 2, 3, 1, mean 2; k1 = 1.2, b = 0.6: idf · tf / (tf + k1 · (1 - b + b · length / mean))
    gang, river = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    first, second = gang * 1 / 2.2, gang * 2 / 3.56
    np.testing.assert_allclose(index.scores("Which gang?"), [first, second, 0], rtol=1e-5)
    np.testing.assert_allclose(index.scores("gang gang GANGS"), [first, second, 0], rtol=1e-5)
    np.testing.assert_allclose(index.scores("the gang at the river"), [first, second + river * 1 / 2.56, 0], rtol=1e-5)
    np.testing.assert_allclose([first, second], [0.2136380, 0.2640469], rtol=1e-6)
    assert index.idf("gang") == pytest.approx(gang)
    assert index.idf("volcano") == pytest.approx(math.log(1 + 3.5 / 0.5))


def test_words_that_no_text_has_score_nothing() -> None:
    index = LexicalIndex(["The gang’s prison", "A mayor"], ["en", "en"])
    np.testing.assert_array_equal(index.scores("volcano"), [0, 0])
    np.testing.assert_array_equal(index.scores("the"), [0, 0])
    np.testing.assert_array_equal(index.scores(""), [0, 0])


def test_each_text_is_found_in_its_own_language() -> None:
    index = LexicalIndex(["Las bandas extorsionaron a los migrantes.", "Gangs extorted migrants."], ["es", "en"])
    spanish, english = index.scores("¿Quién extorsionó a los migrantes?"), index.scores("Who was extorting migrants?")
    assert spanish[0] > spanish[1]
    assert english[1] > english[0]


@pytest.mark.parametrize("texts", [[], [""], ["the and of"]], ids=["no text", "an empty text", "only stop words"])
def test_an_index_without_words_scores_nothing(texts: list[str]) -> None:
    np.testing.assert_array_equal(LexicalIndex(texts, ["en"] * len(texts)).scores("gang"), np.zeros(len(texts)))


def test_fusion_is_the_weighted_sum_of_reciprocal_ranks() -> None:
    found = fuse([Leg("a", [3, 1, 2]), Leg("b", [1, 4], weight=0.5)], k=10)
    assert found == [
        (1, pytest.approx(1 / 12 + 0.5 / 11)), (3, pytest.approx(1 / 11)), (2, pytest.approx(1 / 13)), (4, pytest.approx(0.5 / 12)),
    ]  # fmt: skip
    assert fuse([Leg("a", [5])])[0][1] == pytest.approx(1 / 61)


def test_fusion_puts_ties_in_order_of_position() -> None:
    assert [position for position, _ in fuse([Leg("a", [9, 2]), Leg("b", [2, 9])])] == [2, 9]


@pytest.mark.parametrize("legs", [[], [Leg("a", [])]], ids=["no leg", "an empty leg"])
def test_fusion_of_nothing_is_nothing(legs: list[Leg]) -> None:
    assert fuse(legs) == []


rankings = st.lists(st.integers(0, 20), unique=True, max_size=10)


@given(st.lists(rankings, max_size=4))
def test_fusion_keeps_every_position_once_and_best_first(ranked: list[list[int]]) -> None:
    found = fuse([Leg(str(n), positions) for n, positions in enumerate(ranked)])
    assert sorted(position for position, _ in found) == sorted({p for positions in ranked for p in positions})
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


@given(rankings, st.integers(1, 3))
def test_fusion_of_legs_that_agree_is_their_order(ranked: list[int], times: int) -> None:
    assert [position for position, _ in fuse([Leg(str(n), ranked) for n in range(times)])] == ranked


@given(rankings.filter(lambda ranked: len(ranked) > 1), rankings)
def test_fusion_never_lowers_what_a_leg_promotes(ranked: list[int], other: list[int]) -> None:
    promoted = [ranked[-1], *ranked[:-1]]
    before, after = (dict(fuse([Leg("a", leg), Leg("b", other)]))[ranked[-1]] for leg in (ranked, promoted))
    assert after > before


def test_the_retriever_is_a_langchain_retriever_whose_documents_carry_every_score(assistant: Assistant) -> None:
    assert isinstance(assistant.retriever, BaseRetriever)
    found = assistant.retriever.invoke("Who leads Tren de Aragua?")
    assert len(found) == 10
    for document in found:
        metadata = document.metadata
        source = assistant.documents[metadata["document"]]
        assert source.text[metadata["start"] : metadata["end"]] == document.page_content
        assert set(SCORES) <= set(metadata)
        assert all(
            (metadata[f"{leg}_rank"] is None) == (metadata[f"{leg}_score"] is None)
            for leg in ("dense", "lexical", "multilingual")
        )
    assert len({document.id for document in found}) == 10
    assert found[0].metadata["dense_rank"]


@pytest.mark.parametrize("question", ["Who leads Tren de Aragua?", "¿Quién dirige la banda?", "volcano", "the", "🙂 7"])
@pytest.mark.parametrize("k", [1, 10, 16, 40])
def test_hits_are_k_ranked_from_one_and_best_first(question: str, k: int, assistant: Assistant) -> None:
    hits = assistant.retriever.hits(question, k)
    assert [hit.rank for hit in hits] == list(range(1, k + 1))
    assert len({hit.chunk.id for hit in hits}) == k
    scores = [hit.score for hit in hits if hit.chunk.kind != "credits"]
    assert scores == sorted(scores, reverse=True)


def test_the_scores_of_a_hit_are_those_of_its_legs(assistant: Assistant) -> None:
    retriever, question = assistant.retriever, "How many police took Tocorón prison?"
    lexical = retriever.lexical.scores(question)
    for hit in retriever.hits(question, 10):
        assert hit.lexical_score == pytest.approx(lexical[retriever.position(hit)]) or (
            hit.lexical_rank,
            lexical[retriever.position(hit)],
        ) == (None, 0)
        assert hit.dense_score is None or -1 <= hit.dense_score <= 1
        assert hit.multilingual_score is None or -1 <= hit.multilingual_score <= 1
        ranks = [rank for rank in (hit.dense_rank, hit.lexical_rank, hit.multilingual_rank) if rank]
        assert hit.score == pytest.approx(sum(1 / (10 + rank) for rank in ranks))


@pytest.mark.parametrize(
    ("question", "words_of_the_answer"),
    [
        ("How many police and soldiers took Tocorón prison?", "11,000 police and soldiers"),
        ("¿Cuántos policías y soldados tomaron la cárcel de Tocorón?", "11,000 police and soldiers"),
        ("¿Cuánto cobran por noche los pagadiarios?", "between US$1-2 per day"),
        (
            "what did jorge chavez cotrina say about large scale trafficking",
            "They're never going to get into large-scale trafficking",
        ),
        ("la causa", "la causa"),
    ],
)
def test_the_chunk_that_answers_is_among_the_first_three(
    question: str, words_of_the_answer: str, assistant: Assistant
) -> None:
    assert any(words_of_the_answer in hit.chunk.text for hit in assistant.retriever.hits(question, 3))


def test_credits_come_last_unless_the_question_is_about_the_document(assistant: Assistant) -> None:
    retriever, question = assistant.retriever, "Venezuela Investigative Unit authors"
    kinds = [hit.chunk.kind for hit in retriever.hits(question, 100)]
    assert (kinds.count("credits"), kinds[-1]) == (1, "credits")
    about = [hit.chunk.kind for hit in retriever.hits(question, 100, about_document=True)]
    assert (about.count("credits"), about[0]) == (1, "credits")


def test_every_chunk_has_its_own_sentences_and_no_others(
    tiny_index: Index, assistant: Assistant, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    tiny_retriever = HybridRetriever(index=tiny_index, embedder=embedder, encoder=encoder)
    for retriever in (assistant.retriever, tiny_retriever):
        for position, chunk in enumerate(retriever.index.chunks):
            for document_id, sentence in (retriever.index.sentences[n] for n in retriever.sentences_of(position)):
                assert document_id == chunk.document_id
                assert chunk.start <= sentence.start < chunk.end


def test_a_document_in_spanish_is_found_by_questions_in_both_languages(
    tmp_path: Path, embedder: Embedder, encoder: MultilingualEncoder
) -> None:
    files = {
        "a.txt": "La alcaldesa de Quito renunció en mayo.\n\nLos pescadores de Iquique pidieron ayuda.\n",
        "a.txt.toml": 'language = "es"\n',
    }
    folder = tmp_path / "index"
    build_index(folder, write_corpus(tmp_path / "corpus", files), embedder, encoder)
    found = make_assistant(folder, tmp_path / "corpus", embedder, encoder).retriever
    for question in ("¿Quién renunció en Quito?", "Who resigned in Quito?"):
        assert "Quito" in found.hits(question)[0].chunk.text
