"""What a judge is asked in training, from invented files in the public formats."""

from pathlib import Path

import pytest
from test_training_data import write_data

from rag.training.asks import Bundle, held_beside, question_bundles, read_bundles, statement_bundles, write_bundles
from rag.training.examples import Example, read_training
from rag.training.files import TrainingError


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    return read_training(write_data(tmp_path_factory.mktemp("asks") / "data"))


@pytest.fixture(scope="module")
def bundles(examples: list[Example]) -> list[Bundle]:
    return [*question_bundles(examples, examples)]


def test_a_question_is_answered_by_its_passage_and_by_no_passage_without_the_sentence(
    examples: list[Example], bundles: list[Bundle]
) -> None:
    answers = {example.question: example.answer for example in examples}
    for bundle in bundles:
        for ask in bundle.asks:
            if ask.origin == "gold":
                assert ask.yes
                assert answers[ask.text] in bundle.passage
            if ask.origin == "sentence removed":
                assert not ask.yes
                assert answers[ask.text].lower() not in bundle.passage.lower()
    assert {"gold", "like question", "sentence removed"} <= {ask.origin for b in bundles for ask in b.asks}


def test_what_is_exchanged_in_both_is_right_and_in_the_passage_alone_wrong(bundles: list[Bundle]) -> None:
    exchanged = [b for b in bundles if any(ask.origin == "exchanged in both" for ask in b.asks)]
    assert exchanged
    originals = {ask.text for b in bundles for ask in b.asks if ask.origin == "gold"}
    for bundle in exchanged:
        right, wrong = bundle.asks
        assert right.yes
        assert right.text != wrong.text
        assert not wrong.yes
        assert wrong.text in originals


def test_a_like_question_is_anothers_and_not_answered_here(examples: list[Example], bundles: list[Bundle]) -> None:
    by_question = {example.question: example for example in examples}
    asked = [(b, ask) for b in bundles for ask in b.asks if ask.origin == "like question"]
    assert asked
    for bundle, ask in asked:
        other = by_question[ask.text]
        assert other.title != by_question[bundle.asks[0].text].title
        assert other.answer.lower() not in bundle.passage.lower()


def test_evidence_comes_with_right_and_wrong_statements(examples: list[Example]) -> None:
    found = [*statement_bundles(examples)]
    assert found
    assert all(len(bundle.asks) > 1 and {ask.kind for ask in bundle.asks} == {"statement"} for bundle in found)
    assert {ask.yes for bundle in found for ask in bundle.asks} == {True, False}


def test_the_same_examples_make_the_same_file_and_it_is_read_as_written(
    examples: list[Example], tmp_path: Path
) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    number = write_bundles(examples, 20, 10, first)
    write_bundles(examples, 20, 10, second)
    assert first.read_bytes() == second.read_bytes()
    assert sum(len(bundle.asks) for bundle in read_bundles(first)) == number


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"passage": "x"}', "field 'asks' is missing"),
        ('{"passage": "x", "asks": [{"kind": "question", "text": "?", "origin": "", "phrase": "", "yes": "no"}]}', "field 'yes'"),
        ('{"asks": []}', "field 'passage' is missing"),
    ],
)  # fmt: skip
def test_a_line_that_is_not_as_expected_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "asks.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=said):
        read_bundles(path)


def test_held_out_asks_lie_beside_the_others() -> None:
    assert held_beside(Path("folder/asks.jsonl")) == Path("folder/asks.held.jsonl")
