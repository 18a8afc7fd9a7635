"""Near misses, report-like documents and the data card; on invented text."""

import random
from pathlib import Path

import numpy as np
import pytest
from test_training_data import write_data

from rag.documents import read_corpus
from rag.training.__main__ import main
from rag.training.changes import Change, changes_of, without_answer
from rag.training.documents import (
    DocumentQuestion,
    clusters_of,
    paragraphs_of,
    read_document_questions,
    write_documents,
)
from rag.training.examples import Example, is_held_out, read_training
from rag.training.groups import make_groups
from rag.training.verbs import verb_changes


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("training") / "data")


@pytest.fixture(scope="module")
def examples(data: Path) -> list[Example]:
    return read_training(data)


def test_each_kind_of_thing_can_be_changed() -> None:
    sentence = "In May of that year Eva Frost moved 12 boats from Galt to the yard in 1950."
    example = Example(
        "When did Eva Frost move 12 boats from Galt in 1950?", "Boats", ("It was late.", sentence), 1, "May", "en", "f"
    )
    found = {c.kind: c for c in changes_of(example, ["He met Cora Dane in Selby."], random.Random(1))}
    assert found["name"] == Change("name", "Eva Frost", "Cora Dane")
    assert found["place"] == Change("place", "Galt", "Selby")
    assert found["number"].old == "12"
    assert found["date"].old == "1950"
    for change in found.values():
        assert change.new not in sentence
        assert change.applied(example.question) == example.question.replace(change.old, change.new)
    assert Change("name", "Eva Frost", "Cora Dane").applied("who is eva frost") == "who is cora dane"


@pytest.mark.parametrize(
    ("question", "paragraph", "expected"),
    [
        ("When was the club founded?", "It began in 1901.", [("founded", "dissolved")]),
        ("When was the club founded?", "It was dissolved in 1950.", []),
        ("When did they sell it?", "They sold it in May.", [("sell", "buy")]),
        ("Where is the end of the road?", "It is north.", []),
        ("Who won what the lost boys won?", "They won.", []),
    ],
    ids=["exchanged", "other-verb-there", "after-auxiliary", "a-noun", "twice"],
)
def test_a_verb_is_exchanged_where_it_changes_what_is_asked(
    question: str, paragraph: str, expected: list[tuple[str, str]]
) -> None:
    assert verb_changes(question, paragraph) == expected


def test_the_answer_is_taken_out_with_its_preposition_or_not_at_all() -> None:
    assert without_answer("The old pier was sold in 1950 to a bank.", "1950") == "The old pier was sold to a bank."
    assert without_answer("1950 was the year in which it was sold.", "1950") is None
    assert without_answer("Sold in 1950.", "in 1950") is None


def test_documents_hold_what_answers_and_not_what_was_left_out(examples: list[Example], tmp_path: Path) -> None:
    questions = write_documents(examples, tmp_path, paragraphs=8)
    corpus = read_corpus(tmp_path / "documents")
    assert not corpus.problems
    texts = {document.path: document.text for document in corpus.documents}
    whole = "\n".join(texts.values())
    assert len(texts) == round(sum(p.kept for p in paragraphs_of(examples)) / 8)
    by_kind: dict[str, list[DocumentQuestion]] = {}
    for question in questions:
        by_kind.setdefault(question.kind, []).append(question)
        if question.kind == "answerable":
            assert question.gold in texts[question.document]
            assert question.answer in str(question.gold)
        else:
            assert (question.gold, question.answer) == (None, None)
        assert (question.paragraph in whole) is (question.kind != "unanswerable")
    assert by_kind.keys() == {"answerable", "unanswerable", "near-miss"}
    assert {q.question for q in by_kind["near-miss"]}.isdisjoint(e.question for e in examples)
    assert len({q.id for q in questions}) == len(questions)
    assert read_document_questions(tmp_path) == questions


def test_the_same_examples_in_another_order_make_the_same_files(examples: list[Example], tmp_path: Path) -> None:
    shown = []
    for name, order in (("a", examples), ("b", examples[::-1])):
        write_documents(order, tmp_path / name, paragraphs=8)
        shown.append([path.read_bytes() for path in sorted((tmp_path / name / "documents").iterdir())])
    assert shown[0] == shown[1]
    assert make_groups(examples[:9]) == make_groups(examples[:9])


def test_paragraphs_that_share_a_sentence_are_kept_or_left_out_together() -> None:
    def example(number: int, *sentences: str) -> Example:
        return Example(f"Question {number}?", "Piers", sentences, 0, "pier", "en", "f")

    for number in range(20):
        shared = f"The pier is {number} m long."
        found = paragraphs_of(
            [example(1, f"A pier {number}.", shared), example(2, shared, "Z."), example(3, "Z.", "Y.")]
        )
        assert len({paragraph.kept for paragraph in found}) == 1


def test_clusters_are_even_and_keep_what_is_alike_together() -> None:
    spread = np.random.default_rng(1).normal(0, 0.1, (21, 4))
    middles = np.repeat(np.array([[3, 0, 0, 0], [-3, 1, 0, 0], [-3, -5, 0, 0]]), 7, axis=0)
    assert clusters_of((spread + middles).astype(np.float32), 3) == [[*range(14, 21)], [*range(7, 14)], [*range(7)]]
    assert sorted(len(c) for c in clusters_of(spread.astype(np.float32), 4)) == [5, 5, 5, 6]


def test_markup_in_a_paragraph_stays_text(tmp_path: Path) -> None:
    sentences = ("1912. a *star* and `x_y` [a](b) <i> & 5 | 6 # 7.", "- Second.")
    numbered = [
        Example(f"Q{n}?", f"# {n} _t_", (f"{sentences[0]} {n}.", sentences[1]), 0, "star", "en", "f") for n in range(5)
    ]
    write_documents(numbered, tmp_path, paragraphs=5)
    [document] = read_corpus(tmp_path / "documents").documents
    kept = [p for p in paragraphs_of(numbered) if p.kept]
    assert kept
    assert all(p.text in document.text and p.title in document.text for p in kept)


def test_the_card_counts_what_there_is(data: Path, tmp_path: Path) -> None:
    main(["card", "--data", str(data), "--out", str(tmp_path / "card.md")])
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    held_out = sum(is_held_out(e) for e in read_training(data))
    assert "| test | qed-dev.jsonl.gz | en | 6 | 6 | 6 |" in card
    assert f"| held out | all | all | {held_out} |" in card
    assert f"| training | {61 - held_out} |" in card
    assert f"| gold | {61 - held_out} | {held_out} |" in card
    assert str(data) not in card
