"""The public test parts: what is picked in an article, and how it is counted; on tiny invented files in the public formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_training_data import write_data

from evals import __main__ as command
from evals import public
from evals.public import MEASURES, Case, Pick
from rag.reader.questions import parse_question
from rag.reader.read import candidates_of
from rag.training.examples import Example, is_held_out, read_test, read_training

ARMS = ["BM25", "fusion without reader", "linear reader", "cross-encoder"]


def example(title: str, person: str, year: int) -> Example:
    sentences = (
        "Old maps do not show it.",
        f"The {title} was founded by {person} in {year}.",
        f"It stands on {year - 1800} wooden posts and belongs to the town.",
    )
    return Example(f"Who founded the {title}?", title, sentences, 1, person, "en", "made")


EXAMPLES = [
    example("Arlen Bridge", "Ada Brill", 1901),
    example("Borso Bridge", "Ben Croft", 1904),
    example("Calder Mill", "Cora Dane", 1907),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("public") / "data")


@pytest.fixture(scope="module")
def articles() -> Iterator[public.Articles]:
    with public.opened(EXAMPLES) as opened:
        yield opened


def test_every_ranking_finds_the_sentence_and_its_words(articles: public.Articles) -> None:
    case = articles.case(EXAMPLES[0], "Who founded the Arlen Castle?")
    assert list(case.answerable) == ARMS
    texts = {d.id: d.text for d in articles.retriever.index.documents.values()}
    [(owner, start, end)] = case.gold
    assert texts[owner][start:end] == EXAMPLES[0].sentences[1]
    for name in ("linear reader", "cross-encoder"):
        pick = case.answerable[name]
        assert pick.sentence == EXAMPLES[0].sentences[1]
        assert pick.marked == "Ada Brill"
        assert texts[pick.window[0]][slice(*pick.window[1:])] == " ".join(EXAMPLES[0].sentences[:2])


def test_an_unanswerable_question_is_put_to_an_article_without_the_answer(articles: public.Articles) -> None:
    case = articles.case(EXAMPLES[0], None)
    assert case.near_miss is None
    assert case.unanswerable is not None
    own = {i for i, title in articles.titles.items() if title == "Arlen Bridge"}
    assert not {pick.window[0] for pick in case.unanswerable.values()} & own
    best = case.unanswerable["cross-encoder"]
    assert articles.titles[best.window[0]] == "Borso Bridge"
    assert best.score < case.answerable["cross-encoder"].score


def test_an_article_that_holds_the_answer_is_no_place_for_an_unanswerable_question() -> None:
    everywhere = [example(title, "Ada Brill", year) for title, year in (("Arlen Bridge", 1901), ("Borso Bridge", 1904))]
    with public.opened(everywhere) as opened:
        assert opened.case(everywhere[0], None).unanswerable is None


def test_the_fusion_follows_its_legs(articles: public.Articles) -> None:
    question = parse_question("Who founded the Calder Mill?")
    similar = articles.retriever.similarities(question.text)
    hits = articles.retriever.hits(question.text, 9, similar)
    _, candidates, _ = candidates_of(articles.retriever, question, hits, similar)
    words = np.zeros(len(candidates))
    words[3] = 1.0
    scores = public.fused(question, candidates, words)
    dense = int(np.argmax([c.dense + c.chunk_dense for c in candidates]))
    assert scores[dense] >= 1 / 11
    assert scores[3] - public.fused(question, candidates, np.zeros(len(candidates)))[3] == pytest.approx(1 / 11)


def case(title: str, score: float, *, right: bool, other: float | None = None, near: float | None = None) -> Case:
    made = example(title, "Ada Brill", 1901)
    gold = ("d", 10, 20)
    window = ("d", 0, 20) if right else ("d", 30, 40)

    def picks(score: float | None) -> dict[str, Pick] | None:
        words = "Ada Brill" if right else "the town"
        return None if score is None else {"any": Pick(window, f"Founded by {words}", words, score)}

    answerable = picks(score)
    assert answerable
    return Case(made, (gold,), answerable, picks(other), picks(near))


def test_figures_by_hand() -> None:
    found = [case("A", 0.9, right=True, other=0.1, near=0.9), case("B", 0.3, right=False, other=0.5)]
    values = public.figures(found)["any"]
    assert list(values) == list(MEASURES)
    assert [values[name].value for name in MEASURES] == pytest.approx([0.5, (2 * 0.5 / 1.5) / 2, 0.5, 0.75, 0.25])
    assert [values[name].n for name in MEASURES] == [2, 2, 2, 4, 3]
    lines = public.table({"held out": found}).splitlines()
    assert lines[2].startswith("| held out | any | 50.0 (")
    assert lines[-1] == "held out: 2 questions to 2 articles, 2 unanswerable, 1 near misses"


def test_a_lost_sentence_counts_as_not_found() -> None:
    assert public.figures([replace(case("A", 0.9, right=True), gold=())])["any"]["recall@1"].value == 0.0


def test_both_parts_are_apart_from_what_is_trained_on(data: Path) -> None:
    found = public.parts(data, None)
    trained = {e.title for e in read_training(data) if not is_held_out(e)}
    assert {len(part) for part in found.values()} - {0}
    assert not {e.title for part in found.values() for e in part} & trained
    assert sorted(e.question for e in found["test"]) == sorted(e.question for e in read_test(data))


def test_a_limit_takes_the_same_questions_again_and_whole_articles_first(data: Path) -> None:
    few, all_ = (public.parts(data, limit) for limit in (3, None))
    for name, part in few.items():
        assert part == all_[name][:3]
    titles = [e.title for e in all_["held out"]]
    assert len(list(dict.fromkeys(titles))) == sum(a != b for a, b in zip([None, *titles], titles, strict=False))


def test_the_command_measures_both_parts(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["evals", "public", "--data", str(data), "--limit", "4"])
    with pytest.raises(SystemExit) as stopped:
        command.main()
    assert not stopped.value.code
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith(("| held", "| test"))]
    assert [(row[0].strip("| "), row[1]) for row in rows] == [
        (part, arm) for part in ("held out", "test") for arm in ARMS
    ]
    best = {row[1]: float(row[2].partition(" ")[0]) for row in rows if row[0] == "| test"}
    assert best["cross-encoder"] >= 75


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "evals: nowhere: no such folder; expected the one with qed-train.jsonl.gz"),
        (["--data", "nowhere", "--limit", "0"], "0 is no count; give 1 or more"),
        ([], "the following arguments are required: --data"),
    ],
    ids=["no-folder", "no-count", "no-data"],
)
def test_a_bad_option_is_one_line(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["evals", "public", *arguments])
    with pytest.raises(SystemExit) as stopped:
        command.main()
    said: Any = stopped.value.code
    assert message in (said if isinstance(said, str) else capsys.readouterr().err)
