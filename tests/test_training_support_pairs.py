"""Questions and paragraphs to pairs of statement and evidence: the rules one by one, and the pairs of invented files in the public formats."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from test_training_data import write_data

from rag.training.examples import Example, read_training, split
from rag.training.support_breaking import breaks
from rag.training.support_declaratives import declarative
from rag.training.support_edits import Edit, Scene
from rag.training.support_keeping import KEEPING
from rag.training.support_pairs import Pair, counts, make_pairs
from rag.training.support_sources import sources
from rag.training.support_swaps import alternatives, side_by_side, typed


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    return read_training(write_data(tmp_path_factory.mktemp("support") / "data"))


@pytest.fixture(scope="module")
def groups(examples: list[Example]) -> list[list[Pair]]:
    return make_pairs(examples)


@pytest.mark.parametrize(
    ("question", "answer", "context", "statement"),
    [
        ("who founded the borso bridge", "Ada Brill", "The old Borso Bridge is long.", "Ada Brill founded the Borso Bridge."),
        ("who was the first mayor of lima", "Ben Croft", "", "Ben Croft was the first mayor of lima."),
        ("who was the tower built by", "Ada Brill", "", "The tower was built by Ada Brill."),
        ("Who did Ada defeat in 1912?", "Ben Croft", "", "Ada defeated Ben Croft in 1912."),
        ("when did the war end", "1945", "", "The war ended in 1945."),
        ("when was the tower built", "May 3, 1912", "built on May 3, 1912", "The tower was built on May 3, 1912."),
        ("in what year was the law passed", "1945", "", "The law was passed in 1945."),
        ("where is the bank located", "Lima", "stands near Lima", "The bank is located near Lima."),
        ("where did the idea come from", "a dream", "", "The idea came from a dream."),
        ("what is the capital of peru", "Lima", "of the Peru", "The capital of Peru is Lima."),
        ("what river runs through lima", "the Rímac", "", "The Rímac is the river that runs through lima."),
        ("which team did she play for", "Selby", "", "Selby is the team that she played for."),
        ("how many towers are there in selby", "12", "", "There are 12 towers in selby."),
        ("how many goals did the team score", "three goals", "", "The team scored three goals."),
        ("how tall is the tower", "30 m", "", "The tower is 30 m tall."),
    ],
)  # fmt: skip
def test_a_question_and_its_answer_become_a_statement(question: str, answer: str, context: str, statement: str) -> None:
    assert declarative(question, answer, context) == statement


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("why is the sky blue", "light is scattered"),
        ("when did it start and end", "1939"),
        ("when was it built", "by a king"),
        ("how do you do it", "slowly"),
        ("where did the strike of 1877 take place", ""),
        ("who were they", "it was built and then it was sold"),
    ],
)
def test_where_the_grammar_is_not_sure_there_is_no_statement(question: str, answer: str) -> None:
    assert declarative(question, answer, "") is None


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("clause dropped", "The show ended in 2004; its last part was long.", "The show ended in 2004."),
        ("clause dropped", "Ada Brill (born 1912) was a singer and writer.", "Ada Brill was a singer and writer."),
        ("clause dropped", "In May 1912, the old tower fell into the river.", "The old tower fell into the river."),
        ("compression", "Ada Brill (born 1912) was a singer, making many records.", "Ada Brill was a singer."),
        ("reordered", "In 1912, the old tower fell.", "The old tower fell in 1912."),
        ("reordered", "While the old tower stood, the town was rich.", "The town was rich while the old tower stood."),
        ("reordered", "They live in Chile, Peru and Brazil.", "They live in Brazil, Peru and Chile."),
        ("active", "The song was written by Ada Brill in 1912.", "Ada Brill wrote the song in 1912."),
        ("figures", "Police held 12 men.", "Police held twelve men."),
        ("figures", "It grew by 20%.", "It grew by 20 percent."),
        ("figures", "It sold 1.5 million copies.", "It sold 1,500,000 copies."),
        ("figures", "He left on 3 May 1912.", "He left on May 3, 1912."),
        ("synonyms", "He fled from the jail.", "He ran away from the prison."),
    ],
)
def test_a_keeping_edit_says_the_same_or_less(kind: str, text: str, kept: str) -> None:
    assert KEEPING[kind](text, random.Random(1)) == kept


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("clause dropped", "He won the cup, but was later banned."),
        ("clause dropped", "The rule, which was never applied, was dropped by all."),
        ("compression", "It is generally grown in the valley by old farmers."),
        ("reordered", "In 1912, the tower fell and it was rebuilt in 1915."),
        ("active", "The tower was not built by Ada Brill."),
        ("figures", "He left on May 5 with others in Section 8 of the list."),
    ],
)
def test_a_keeping_edit_leaves_what_might_change_the_meaning(kind: str, text: str) -> None:
    assert KEEPING[kind](text, random.Random(1)) is None


@pytest.mark.parametrize(
    ("kind", "statement", "wrong"),
    [
        ("negation", "The tower was not sold.", {"The tower was sold."}),
        ("negation", "The tower was sold.", {"The tower was not sold.", "The tower was never sold."}),
        ("negation", "Ada left him.", {"Ada did not leave him.", "Ada never left him.", "Ada failed to leave him.", "Ada refused to leave him."}),
        ("antonym", "It rose fast before noon.", {"It fell fast before noon.", "It rose slow before noon.", "It rose fast after noon."}),
        ("certainty", "The man was allegedly paid.", {"The man was paid."}),
        ("certainty", "At least 12 men died there.", {"Exactly 12 men died there."}),
        ("certainty", "Most men left the town.", {"All men left the town."}),
        ("causality", "The tower fell when the king died.", {"The tower fell because the king died."}),
        ("exchanged", "Ada Brill beat Ben Croft twice.", {"Ben Croft beat Ada Brill twice."}),
        ("place", "The bank stands in Chile.", {"The bank stands in Peru."}),
        ("date", "The bank opened in May.", None),
        ("number", "The bank had 12 rooms.", None),
        ("name", "Ada Brill opened the bank.", None),
        ("addition", "The bank was opened by the king.", None),
    ],
)  # fmt: skip
def test_a_breaking_edit_says_something_else(kind: str, statement: str, wrong: set[str] | None) -> None:
    scene = Scene(statement, statement, ("Cora Dane left Peru in June with 30 men.",), ())
    for seed in range(8):
        found = [e for e in breaks(scene, random.Random(seed)) if e.kind == kind]
        assert found, statement
        made = found[0].applied(statement)
        assert made != statement
        assert made in wrong if wrong else True


def test_an_edit_exchanges_both_ways_and_at_the_beginning_of_a_sentence() -> None:
    assert Edit("exchanged", "Ada", "Ben", both_ways=True).applied("Ada met Ben.") == "Ben met Ada."
    assert Edit("exchanged", "Ada", "Ben", both_ways=True).applied("Ada came.") is None
    assert Edit("speaker", "a judge", "two men").applied("A judge spoke.") == "Two men spoke."
    assert Edit("name", "Ada", "Eva").applied("Adam came.") is None


def test_what_takes_a_phrases_place_is_of_its_kind_and_names_something_else() -> None:
    assert [kind for kind, _, _ in typed("On May 3 Ada Brill of the World Bank paid 12 men in Chile.")] == [
        "date", "day", "number", "person", "organisation", "place",
    ]  # fmt: skip
    assert alternatives("place", "Chile", ["He left Peru for the United States of Chile."]) == ["Peru", "United States"]
    assert alternatives("person", "Ada Brill", ["Ada Brill met Ben Croft and Eva Brill."]) == ["Ben Croft"]
    assert side_by_side("Ada", "Ben", "Here Ada and Ben won.")
    assert side_by_side("Ada", "Ben", "Here Ada, Eva and Ben won.")
    assert not side_by_side("Ada", "Ben", "Here Ada beat the old Ben.")


def test_a_question_that_the_passage_does_not_cover_makes_no_statement() -> None:
    def made(question: str) -> list[str]:
        text = ("Old maps do not show it at all.", "The tower was built by Ada Brill in 1912.")
        example = Example(question, "Tower", text, 1, "Ada Brill", "en", "file")
        return [source.statement for source in sources(example, random.Random(1), 0)]

    assert made("Who built the tower?") == ["Ada Brill built the tower."]
    assert made("Who built the tallest tower?") == []
    assert made("Who built the tower in 1913?") == []
    assert made("Who painted the ceiling of the hall?") == []


def test_a_wrong_answer_is_of_the_right_answers_kind_and_from_the_passage() -> None:
    text = ("Old maps do not show it at all.", "Ben Croft watched while the tower was built by Ada Brill in Lima.")
    example = Example("Who built the tower?", "Tower", text, 1, "Ada Brill", "en", "file")
    found = next(sources(example, random.Random(1), 0))
    assert found.edits == (Edit("wrong answer", "Ada Brill", "Ben Croft"),)


def test_pairs_are_the_same_for_the_same_examples_and_have_all_kinds(
    examples: list[Example], groups: list[list[Pair]]
) -> None:
    assert make_pairs(list(reversed(examples))) == groups
    made = counts(groups)
    assert {name.split(": ")[1] for name in made if name.startswith("right")} >= {
        "verbatim", "declarative", "attribution", "hedge kept", "merge", "cause told", "figures", "clause dropped", "active",
    }  # fmt: skip
    assert {name.split(": ")[1] for name in made if name.startswith("wrong")} >= {
        "name", "number", "date", "negation", "antonym", "certainty", "addition", "speaker", "speaker dropped", "causality",
        "wrong evidence", "exchanged",
    }  # fmt: skip
    assert sum(made.values()) == sum(map(len, groups))


def test_every_group_has_a_right_statement_and_a_wrong_one_and_no_pair_is_both(groups: list[list[Pair]]) -> None:
    labels: dict[tuple[str, str], set[bool]] = {}
    for group in groups:
        assert {pair.supported for pair in group} == {True, False}
        for pair in group:
            labels.setdefault((pair.statement, pair.evidence), set()).add(pair.supported)
    assert [key for key, found in labels.items() if len(found) > 1] == []


def test_most_wrong_statements_are_right_with_other_evidence(groups: list[list[Pair]]) -> None:
    """Else their words alone would tell."""
    right = {pair.statement for group in groups for pair in group if pair.supported}
    wrong = [pair for group in groups for pair in group if not pair.supported]
    share = Counter(pair.statement in right for pair in wrong)
    assert share[True] > 0.75 * len(wrong)


def test_evidence_is_at_most_three_neighbouring_sentences(examples: list[Example]) -> None:
    for example in examples:
        if example.language == "en":
            for source in sources(example, random.Random(3), 2):
                kept = [n for n, s in enumerate(example.sentences) if s in source.evidence]
                assert len(kept) <= 3
                assert kept == list(range(kept[0], kept[0] + len(kept))) if kept else True
                assert len(re.findall(r"[.!?](?= |$)", source.evidence)) <= 3


def test_no_article_is_on_both_sides(examples: list[Example]) -> None:
    trained, held_out = (make_pairs(part) for part in split(examples))
    shown = [{group[0].evidence for group in part} for part in (trained, held_out)]
    titles = [{text.split(" [SEP] ")[1] for text in texts if " [SEP] " in text} for texts in shown]
    assert all(titles)
    assert not titles[0] & titles[1]


def test_a_spanish_question_makes_no_statement(examples: list[Example], tmp_path: Path) -> None:
    spanish = [example for example in examples if example.language == "es"]
    assert spanish
    assert make_pairs(spanish) == []
