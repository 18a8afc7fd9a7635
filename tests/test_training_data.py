"""Public files to examples, groups, documents and the card; on tiny files in the public formats whose text is invented."""

import gzip
import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rag.retrieval.lexical import fold
from rag.training.__main__ import main
from rag.training.examples import Example, question_key, read_test, read_training, split, untokenise
from rag.training.files import TrainingError
from rag.training.groups import Group, make_groups

TOWNS = "Arlen Borso Calder Dunmore Esker Farrow Galt Ister Jarrow Kelda Lorne Orlick Selby Tamar Yarrow".split()
PEOPLE = "Ada Brill|Ben Croft|Cora Dane|Dov Ellis|Eva Frost|Finn Grove|Gina Holt".split("|")


def fact(number: int, kind: str) -> dict[str, Any]:
    """A place with who founded it, in three sentences of tokenised text."""
    title, person, year = f"{TOWNS[number]} {kind}", PEOPLE[number % 7], 1901 + 3 * number
    text = (
        f"Old maps ( there are {number + 20} of them ) do not show it . The {title} was founded by {person} in {year} . "
        f"It stands on {number + 40} wooden posts and belongs to the town ."
    )
    return {"title": title, "person": person, "text": text, "question": f"who founded the {title.lower()} in {year}"}


def qed(number: int, kind: str) -> dict[str, Any]:
    made = fact(number, kind)
    start = made["text"].index(made["person"])
    return {
        "title_text": made["title"],
        "question_text": made["question"],
        "paragraph_text": made["text"],
        "answer_spans": [[start, start + len(made["person"])]],
        "answer_text": [made["person"]],
    }


def dev(number: int, kind: str) -> dict[str, Any]:
    row = qed(number, kind)
    start = row.pop("answer_spans")[0][0]
    sentence = row["paragraph_text"].index("The ")
    answers = [[{"start": 0, "string": "Old maps"}], [{"start": start, "string": row.pop("answer_text")[0]}]]
    selected = {"start": sentence, "end": row["paragraph_text"].index("It stands")}
    return {**row, "original_nq_answers": answers, "annotation": {"selected_sentence": selected}}


def nq(number: int, kind: str) -> dict[str, Any]:
    made = fact(number, kind)
    context = {"title": made["title"], "text": untokenise(made["text"])}
    return {"question": made["question"], "answers": [made["person"]], "ctxs": [context]}


def xquad(number: int) -> dict[str, Any]:
    made = fact(number, "Windmill")
    text = untokenise(made["text"])
    return {
        "article": number,
        "paragraph": 0,
        "question_en": f"Who founded the {made['title']}?",
        "question_es": f"¿Quién fundó el {made['title']}?",
        "context": text,
        "answers": [{"text": made["person"], "answer_start": text.index(made["person"])}],
    }


def write_gz(path: Path, rows: Iterable[Any]) -> None:
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


def write_data(folder: Path) -> Path:
    """A folder with the four files; two dev questions recur in the training files, one only its article."""
    folder.mkdir(exist_ok=True)
    some = range(len(TOWNS))
    write_gz(folder / "qed-train.jsonl.gz", [qed(n, kind) for kind in ("Bridge", "Harbour") for n in some])
    write_gz(folder / "nq-oracle.jsonl.gz", [*(nq(n, "Library") for n in some), nq(0, "Bridge")])
    write_gz(folder / "xquad-en-es-half.jsonl.gz", [xquad(n) for n in range(8)])
    same_article = {**dev(2, "Library"), "question_text": "on what does the library stand"}
    rows = [dev(0, "Library"), dev(1, "Bridge"), same_article, *(dev(n, "Theatre") for n in range(6))]
    write_gz(folder / "qed-dev.jsonl.gz", rows)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("training") / "data")


@pytest.fixture(scope="module")
def examples(data: Path) -> list[Example]:
    return read_training(data)


@pytest.fixture(scope="module")
def groups(examples: list[Example]) -> list[Group]:
    return make_groups(examples)


def test_tokens_become_text_and_the_answering_sentence_is_found(examples: list[Example]) -> None:
    first = examples[0]
    assert first.sentences == (
        "Old maps (there are 20 of them) do not show it.",
        "The Arlen Bridge was founded by Ada Brill in 1901.",
        "It stands on 40 wooden posts and belongs to the town.",
    )
    assert (first.question, first.gold, first.answer) == ("Who founded the arlen bridge in 1901?", 1, "Ada Brill")
    assert {(e.source[:3], e.language) for e in examples} == {
        ("qed", "en"),
        ("nq-", "en"),
        ("xqu", "en"),
        ("xqu", "es"),
    }


def test_a_recurring_question_is_read_once_and_no_article_is_on_both_sides(examples: list[Example]) -> None:
    assert len(examples) == len({question_key(e.question) for e in examples}) == 3 * len(TOWNS) + 16
    trained, held_out = split(examples)
    assert not {e.title for e in trained} & {e.title for e in held_out}
    assert {e.title for e in held_out} >= {"Orlick Bridge", "Arlen Harbour"}


def test_the_test_part_shares_no_question_and_no_article_with_training(data: Path, examples: list[Example]) -> None:
    test = read_test(data)
    assert [e.title for e in test] == [f"{town} Theatre" for town in TOWNS[:6]]
    assert test[0].answer == "Ada Brill"  # the answer within the selected sentence, not the first one
    assert test[0].gold == 1
    assert not {e.title for e in test} & {e.title for e in examples}


def test_what_does_not_answer_does_not_hold_the_answer(examples: list[Example], groups: list[Group]) -> None:
    answers = {e.question: e for e in examples}
    asked = [group for group in groups if group.changed is None]
    assert len(asked) == len(examples)
    for group in asked:
        example = answers[group.question]
        assert group.answerable
        assert group.candidates[0].sentence == example.sentences[example.gold]
        for candidate in group.candidates[1:]:
            if candidate.origin != "name-swapped":
                assert fold(example.answer) not in fold(candidate.sentence), candidate
    origins = {c.origin for group in groups for c in group.candidates}
    assert origins == {
        "gold", "near-miss", "paragraph", "lexical", "semantic", "answer-removed", "name-swapped",
    }  # fmt: skip


def test_a_near_miss_changes_one_thing_that_is_not_in_the_paragraph(
    examples: list[Example], groups: list[Group]
) -> None:
    kinds = set()
    for before, group in pairwise(groups):
        if group.changed is None:
            continue
        kinds.add(group.changed)
        example = next(e for e in examples if e.question == before.question)
        old, new = (re.findall(r"\w+", q.lower()) for q in (before.question, group.question))
        changed = [n for o, n in zip(old, new, strict=True) if o != n] if len(old) == len(new) else [new[-1]]
        assert changed
        paragraph = re.findall(r"\w+", " ".join(example.sentences).lower())
        assert any(word not in paragraph for word in changed), (before.question, group.question)
        assert not group.answerable
        assert group.candidates[0].origin == "near-miss"
        assert group.candidates[0].window() == before.candidates[0].window()
    assert kinds >= {"name", "date", "verb"}


def test_fewer_negatives_keep_one_of_each_origin_first(groups: list[Group]) -> None:
    trimmed = groups[0].trimmed(3)
    assert [c.origin for c in trimmed.candidates] == ["gold", "paragraph", "lexical", "name-swapped"]
    assert set(groups[0].trimmed(99).candidates) == set(groups[0].candidates)


def test_a_window_has_the_surroundings_that_are_asked_for(groups: list[Group]) -> None:
    gold = groups[0].candidates[0]
    assert gold.window("none") == gold.sentence
    assert gold.window() == f"{gold.sentence} [SEP] Arlen Bridge | {gold.before}"
    assert gold.window("both") == f"{gold.window()} | {gold.after}"
    assert gold.passage == f"Arlen Bridge: {gold.before} {gold.sentence}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; expected JSON Lines"),
        (b"plain", "nq-oracle.jsonl.gz, line 1: Not a gzipped file"),
        (gzip.compress(b'{"question": "q"}\n{"quest')[:-9], "nq-oracle.jsonl.gz, line"),
        (gzip.compress(b""), "holds no lines; expected one question a line"),
        (gzip.compress(b"\n{broken"), "nq-oracle.jsonl.gz, line 2: not JSON"),
        (gzip.compress(b"[1]"), "line 1: '[1]'; expected a JSON object"),
        (gzip.compress(b'{"question": "q"}'), "line 1: field 'ctxs.0.text' is missing; expected a string"),
        (gzip.compress(b'{"question": 5, "ctxs": [{"text": "t"}], "answers": ["a"]}'), "field 'question' is '5'; expected a string"),
    ],
    ids=["missing", "not-gzip", "cut-off", "empty", "not-json", "not-object", "no-field", "wrong-kind"],
)  # fmt: skip
def test_a_bad_file_is_one_line_with_its_name_and_line(
    content: bytes | None, message: str, data: Path, tmp_path: Path
) -> None:
    for file in data.iterdir():
        if file.name != "nq-oracle.jsonl.gz" or content is not None:
            (tmp_path / file.name).write_bytes(file.read_bytes() if content is None or file.name[0] != "n" else content)
    with pytest.raises(SystemExit) as stopped:
        main(["documents", "--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert message in str(stopped.value)
    assert str(stopped.value).startswith("error: ")
    assert "\n" not in str(stopped.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nowhere: no such folder; expected the one with qed-train"):
        read_training(tmp_path / "nowhere")
