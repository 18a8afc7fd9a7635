"""Files in SQuAD's format: to a corpus, to questions with spans in the canonical text, and through a whole run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evals.data import Question
from evals.errors import EvalError
from evals.squad import load_squad, squad_questions, write_corpus
from evals.suite import Suite, run_suite
from rag import Document, Settings
from rag.documents import read_corpus

NORMANS = (
    "The Normans were the people who in the 10th and 11th centuries gave their name to Normandy, a region in France. "
    "They were descended from Norse raiders and pirates from Denmark, Iceland and Norway."
)
MARKED = (
    "The *Santa María* sailed in *1492* with a grant of US\\$1 million. A crew of *forty* men sailed on her in 1492."
)


def qa(identity: str, answer: str | None, context: str = NORMANS, **more: Any) -> dict[str, Any]:
    """A question with one answer, or with none in SQuAD 2.0's way."""
    answers = [] if answer is None else [{"text": answer, "answer_start": context.index(answer)}]
    impossible = {"is_impossible": True, "plausible_answers": []} if answer is None else {}
    return {
        "id": identity,
        "question": "In what country is Normandy located?",
        "answers": answers,
        **impossible,
        **more,
    }


def paragraph(*questions: Any, context: str = NORMANS) -> dict[str, Any]:
    return {"context": context, "qas": list(questions)}


def write(folder: Path, *paragraphs: Any, title: str = "Normans_of_France") -> Path:
    path = folder / "squad.json"
    content = {"version": "v2.0", "data": [{"title": title, "paragraphs": list(paragraphs)}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def read(folder: Path, *paragraphs: Any, **more: str) -> tuple[Mapping[str, Document], list[Question]]:
    """The corpus and the questions that a file becomes."""
    loaded = load_squad(write(folder, *paragraphs, **more))
    write_corpus(loaded, folder / "corpus", "es")
    documents = {document.id: document for document in read_corpus(folder / "corpus").documents}
    return documents, squad_questions(loaded, documents, "es")


def gold(documents: Mapping[str, Document], question: Question) -> list[str]:
    """The texts of the gold spans."""
    return [documents[d].text[start:end] for spans in question.spans for d, start, end in spans]


def test_a_paragraph_becomes_a_document_and_its_questions(tmp_path: Path) -> None:
    documents, [first, second] = read(tmp_path, paragraph(qa("1", "France"), qa("2", None)))
    [document] = documents.values()
    assert (document.text, document.title, document.language) == (NORMANS, "Normans of France", "es")
    assert (first.kind, first.answerable, first.answers, first.problem) == ("has-answer", True, (("France",),), None)
    assert first.spans == (((document.id, NORMANS.index("France"), NORMANS.index("France") + 6),),)
    assert (second.kind, second.answerable, second.gold, second.answers) == ("no-answer", False, (), ())
    assert (first.split, first.language, first.cluster) == ("test", "es", second.cluster)


@pytest.mark.parametrize(
    "title", ['Niño "x" \\ y', "💥 and 𝄞", "a\x7fb"], ids=["marks", "beyond-the-basic-plane", "delete"]
)
def test_any_title_is_kept(title: str, tmp_path: Path) -> None:
    documents, [question] = read(tmp_path, paragraph(qa("1", "France")), title=title)
    assert [document.title for document in documents.values()] == [title]
    assert question.problem is None


def test_answers_of_an_impossible_question_are_not_gold(tmp_path: Path) -> None:
    tempting = qa("1", "France", is_impossible=True)
    _, [question] = read(tmp_path, paragraph(tempting))
    assert (question.kind, question.answers, question.gold) == ("no-answer", (), ())


def test_several_answers_are_alternatives_of_one_fact(tmp_path: Path) -> None:
    answers = [
        {"text": text, "answer_start": NORMANS.index(text)}
        for text in ("Denmark", "Denmark, Iceland and Norway", "Denmark")
    ]
    documents, [question] = read(tmp_path, paragraph(qa("1", "France", answers=answers)))
    assert question.answers == (("Denmark", "Denmark, Iceland and Norway"),)
    assert len(question.gold) == 1
    assert gold(documents, question) == ["Denmark", "Denmark, Iceland and Norway"]


@pytest.mark.parametrize(
    ("answer", "start"),
    [("Santa María", 5), ("1492", MARKED.index("1492")), ("1492", MARKED.rindex("1492")), ("forty", MARKED.index("for"))],
    ids=["in-emphasis", "first-of-two", "second-of-two", "behind-an-escape"],
)  # fmt: skip
def test_the_span_is_the_annotated_place_though_markup_is_removed(answer: str, start: int, tmp_path: Path) -> None:
    question = qa("1", None) | {"is_impossible": False, "answers": [{"text": answer, "answer_start": start}]}
    documents, [read_question] = read(tmp_path, paragraph(question, context=MARKED))
    [document] = documents.values()
    assert "*" not in document.text
    assert gold(documents, read_question) == [answer]
    [[(_, found, _)]] = read_question.spans
    assert document.source_offset(found) == start


def test_an_answer_that_markup_tears_is_a_problem_not_a_skip(tmp_path: Path) -> None:
    _, [question] = read(tmp_path, paragraph(qa("1", "*forty* men", MARKED), context=MARKED))
    assert question.answerable
    assert question.problem is not None
    assert "none of its answers stands in the canonical text of 00000.txt" in question.problem


def test_line_ends_of_every_kind_keep_the_offsets(tmp_path: Path) -> None:
    context = "First line.\r\nSecond line of it.\r\n\r\nThe boats were sold in 1999.\nThe end came in 1999."
    at = context.rindex("1999")
    question = qa("1", None) | {"is_impossible": False, "answers": [{"text": "1999", "answer_start": at}]}
    documents, [read_question] = read(tmp_path, paragraph(question, context=context))
    [document] = documents.values()
    [[(_, start, _)]] = read_question.spans
    assert document.source_offset(start) == at


def test_a_context_that_stands_twice_is_one_document_and_one_cluster(tmp_path: Path) -> None:
    documents, questions = read(tmp_path, paragraph(qa("1", "France")), paragraph(qa("2", "Denmark")))
    assert len(documents) == 1
    assert [gold(documents, question) for question in questions] == [["France"], ["Denmark"]]
    assert [question.problem for question in questions] == [None, None]
    assert len({question.cluster for question in questions}) == 1


def test_paragraphs_are_clusters_of_their_own(tmp_path: Path) -> None:
    _, questions = read(tmp_path, paragraph(qa("1", "France")), paragraph(qa("2", "forty", MARKED), context=MARKED))
    assert len({question.cluster for question in questions}) == 2


def test_a_paragraph_that_cannot_be_read_is_a_problem_of_its_questions(tmp_path: Path) -> None:
    context = "Zero \0 byte and France."
    documents, questions = read(
        tmp_path, paragraph(qa("1", "France")), paragraph(qa("2", "France", context), qa("3", None), context=context)
    )
    assert len(documents) == 1
    assert [bool(question.problem) for question in questions] == [False, True, True]
    assert "00001.txt" in str(questions[2].problem)


# --- files that are not of the format

ONE = {"id": "1", "question": "Where?", "answers": [{"text": "France", "answer_start": NORMANS.index("France")}]}
MALFORMED: dict[str, tuple[Any, str]] = {
    "not-json": ("{", "cannot be read as JSON"),
    "list": ([], r"squad\.json: data is missing or not a list"),
    "no-data": ({"version": "1.1"}, r"squad\.json: data is missing"),
    "data-of-strings": ({"data": ["x"]}, r"squad\.json: data\[0\] is not an object"),
    "no-paragraphs": ({"data": [{"title": "x"}]}, r"data\[0\]: paragraphs is missing"),
    "no-context": ({"data": [{"paragraphs": [{"qas": [ONE]}]}]}, r"paragraphs\[0\]: context is missing or empty"),
    "blank-context": ({"data": [{"paragraphs": [{"context": " ", "qas": [ONE]}]}]}, r"context is missing or empty"),
    "no-questions-list": ({"data": [{"paragraphs": [{"context": NORMANS}]}]}, r"paragraphs\[0\]: qas is missing"),
    "no-question-at-all": ({"data": [{"paragraphs": [paragraph()]}]}, "holds no question"),
    "empty-question": ([ONE | {"question": ""}], r"qas\[0\]: question is missing or empty"),
    "no-id": ([ONE | {"id": None}], r"qas\[0\]: the id '' is empty or there twice"),
    "id-twice": ([ONE, ONE], r"qas\[1\]: the id '1' is empty or there twice"),
    "no-answers": ([ONE | {"answers": []}], r"qas\[0\]: no answers, and not marked is_impossible"),
    "answers-is-an-object": ([ONE | {"answers": {"text": ["France"]}}], r"qas\[0\]: no answers"),
    "answer-without-text": ([ONE | {"answers": [{"answer_start": 0}]}], r"qas\[0\]: an answer has no text"),
    "answer-is-a-string": ([ONE | {"answers": ["France"]}], r"qas\[0\]: an answer has no text"),
    "no-offset": ([ONE | {"answers": [{"text": "France"}]}], r"does not hold 'France' at answer_start None"),
    "wrong-offset": ([ONE | {"answers": [{"text": "France", "answer_start": 3}]}], "'France' at answer_start 3"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_file_is_one_line_with_the_place(content: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    if isinstance(content, list) and content:
        content = {"data": [{"title": "x", "paragraphs": [{"context": NORMANS, "qas": content}]}]}
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(EvalError, match=message) as caught:
        load_squad(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"squad\.json cannot be read as JSON .*No such file"):
        load_squad(tmp_path / "squad.json")


# --- a whole run

BOATS = (
    "In May 2019 the river gang bought seven boats from a dealer in the port of Iquitos. The dealer was never found."
)


def test_a_file_is_asked_over_a_corpus_of_its_own(tmp_path: Path) -> None:
    unreadable = "Zero \0 byte and France."
    path = write(
        tmp_path,
        paragraph(qa("normandy", "France"), qa("moon", None, question="Who walked on the moon with Armstrong?")),
        paragraph(qa("boats", "seven", BOATS, question="How many boats did the river gang buy?"), context=BOATS),
        paragraph(qa("lost", "France", unreadable), context=unreadable),
    )
    mine = Settings(corpus=tmp_path / "not-there", index=tmp_path / "index")
    finished = run_suite(Suite(squad=path), tmp_path / "out", settings=mine)
    rows = {row.id: row for row, _ in finished}
    assert list(rows) == ["normandy", "moon", "boats", "lost"]
    assert rows["boats"].status == "answered"
    assert (rows["boats"].scores["right"], rows["boats"].scores["recall@1"]) == (1.0, 1.0)
    assert (rows["moon"].status, rows["moon"].scores["F1, NoAns"]) == ("abstained", 1.0)
    assert (rows["lost"].status, rows["lost"].scores["right"], rows["lost"].scores["failed"]) == ("failed", 0.0, 1.0)
    assert "00002.txt" in str(rows["lost"].error)
    assert not mine.index.exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "latency.json", "outcomes.jsonl", "run.json", "scores.jsonl",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "message"),
    [({"split": "dev"}, "no question for split dev"), ({"kinds": ("riddle",)}, "'riddle' is not a kind")],
    ids=["split", "kind"],
)
def test_nothing_is_written_when_nothing_can_be_asked(more: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path, paragraph(qa("normandy", "France")))
    with pytest.raises(EvalError, match=message):
        run_suite(Suite(squad=path, **more), tmp_path / "out", settings=Settings(index=tmp_path / "index"))
    assert not (tmp_path / "out").exists()
