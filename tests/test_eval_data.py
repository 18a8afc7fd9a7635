"""Question files: what is refused and how it is said, conversations, clusters, and the files that are committed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import CORPUS, TINY, write_corpus

from evals.data import ADVERSARIAL, KINDS, NEAR_MISSES, QUESTIONS, Question, load_questions, passages_of
from evals.errors import EvalError
from evals.measures import answer_accuracy
from rag import Document
from rag.documents import read_corpus

BOATS = "It bought seven boats from a dealer."
MOVED = "The river gang moved to Lima in 2019."
MAYOR = "The mayor of Quito resigned in May 2020."

Documents = dict[str, Document]
Line = dict[str, Any]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    folder = write_corpus(tmp_path_factory.mktemp("questions") / "corpus", TINY)
    return {document.id: document for document in read_corpus(folder).documents}


def line(identity: str = "q1", quote: str = BOATS, **more: Any) -> Line:
    """A question that is in order; None takes a field away."""
    fields = {
        "id": identity, "kind": "factoid", "question": "What did the gang buy?", "answerable": True,
        "gold": [{"any": [quote]}], "answers": [["seven boats"]], **more,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def unanswerable(identity: str, **more: Any) -> Line:
    return line(identity, **{"kind": "unanswerable", "answerable": False, "gold": None, "answers": None, **more})


def write(folder: Path, *lines: Line | str) -> Path:
    path = folder / "q.jsonl"
    text = "\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def test_a_line_becomes_a_question(tmp_path: Path, documents: Documents) -> None:
    names = {"any": [BOATS, MOVED], "speakers": [["the dealer"], []]}
    path = write(tmp_path, "", line(gold=[names], split="dev", language="es", note="why"), "   ")
    [question] = load_questions(documents, path)
    assert (question.id, question.kind, question.split, question.language) == ("q1", "factoid", "dev", "es")
    assert question.answers == (("seven boats",),)
    assert question.gold[0].speakers == (("the dealer",), ())
    assert [documents[d].text[start:end] for d, start, end in question.spans[0]] == [BOATS, MOVED]
    assert question.cluster == "q1"


def test_a_question_may_repeat_itself(tmp_path: Path, documents: Documents) -> None:
    path = write(tmp_path, {"id": "a1", "kind": "oversize", "question": "ab ", "repeat": 3, "expect": ["error"]})
    assert load_questions(documents, path)[0].text == "ab ab ab "


MALFORMED: dict[str, tuple[list[Line | str], str]] = {
    "not-json": ([line("q0"), "{'id': 1}"], r"q\.jsonl:2: not JSON"),
    "cut-off": ([line("q0"), '{"id": "q1", "kind'], r"q\.jsonl:2: not JSON"),
    "nested-too-deep": (["[" * 100_000], r"q\.jsonl:1: not JSON"),
    "list": (["[1, 2]"], r"q\.jsonl:1: list, not an object"),
    "number": (["7"], r"q\.jsonl:1: int, not an object"),
    "without-id": ([line(id=None)], r"q\.jsonl:1: the field 'id' is missing"),
    "without-kind": ([line("q0"), line(kind=None)], r"q\.jsonl:2: the field 'kind' is missing"),
    "without-question": ([line(question=None)], r"q\.jsonl:1: the field 'question' is missing"),
    "unknown-field": ([line(sources=[])], r"q\.jsonl:1: unknown field 'sources'"),
    "id-is-a-number": ([line(id=7)], r"q\.jsonl:1: id is int, not str"),
    "id-is-blank": ([line(" ")], r"q\.jsonl:1: the id is empty"),
    "answerable-is-a-word": ([line(answerable="yes")], r"q\.jsonl:1: answerable is str, not bool"),
    "gold-is-a-string": ([line(gold=BOATS)], r"q\.jsonl:1: gold is str, not list"),
    "answers-is-a-list-of-strings": ([line(answers=["seven"])], r"q\.jsonl:1: q1: answers is not a list of strings"),
    "repeat-is-a-truth-value": ([line(repeat=True)], r"q\.jsonl:1: repeat is bool, not int"),
    "unknown-kind": ([line(kind="trivia")], r"q\.jsonl:1: q1: 'trivia' is not a kind; the kinds are attribution"),
    "unknown-split": ([line(split="train")], r"q\.jsonl:1: q1: split 'train' is neither dev nor test"),
    "duplicate-id": ([line(), unanswerable("x"), line()], r"q\.jsonl:3: the id 'q1' is there twice"),
    "quote-in-no-document": ([line(quote="Seven boats.")], r"q\.jsonl:1: .*no document of the corpus holds 'Seven b"),
    "answerable-without-gold": ([line(gold=None, answers=None)], r"q\.jsonl:1: q1 is answerable but has neither"),
    "answers-though-unanswerable": ([line(answerable=False)], r"q\.jsonl:1: q1 is not answerable but has answers"),
    "neither-answerable-nor-expect": ([line(answerable=None)], r"q\.jsonl:1: q1: says neither answerable nor expect"),
    "gold-entry-is-a-string": ([line(gold=[BOATS])], r"q\.jsonl:1: q1: an entry of gold is not"),
    "gold-entry-is-empty": ([line(gold=[{"any": []}])], r"q\.jsonl:1: q1: an entry of gold is not"),
    "gold-any-is-a-string": ([line(gold=[{"any": BOATS}])], r"q\.jsonl:1: q1: gold is not a list of strings"),
    "fact-without-strings": ([line(answers=[[]])], r"q\.jsonl:1: q1: answers holds an empty list"),
    "blank-fact": ([line(answers=[[" "]])], r"q\.jsonl:1: q1: answers is not a list of strings"),
    "speakers-for-too-many": ([line(gold=[{"any": [BOATS], "speakers": [[], []]}])], r"q\.jsonl:1: .*for each of the 1"),
    "speakers-is-a-string": ([line(gold=[{"any": [BOATS], "speakers": "Ana"}])], r"q\.jsonl:1: .*speakers must hold"),
    "speaker-is-a-number": ([line(gold=[{"any": [BOATS], "speakers": [[7]]}])], r"q\.jsonl:1: .*speakers is not a list"),
    "expects-nonsense": ([line(expect=["praise"])], r"q\.jsonl:1: q1: expects 'praise'; the outcomes are answer"),
    "expect-is-not-of-strings": ([line(expect=[1])], r"q\.jsonl:1: q1: expect is not a list of strings"),
    "after-nobody": ([line(after="q9")], r"q\.jsonl:1: q1 comes after 'q9', which is not on a line before"),
    "after-itself": ([line(after="q1")], r"q\.jsonl:1: q1 comes after 'q1'"),
    "after-a-later-line": ([line(after="q2"), line("q2")], r"q\.jsonl:1: q1 comes after 'q2'"),
    "after-in-the-other-split": (
        [line(split="dev"), unanswerable("q2", after="q1", split="test")],
        r"q\.jsonl:2: q2 is in another split or corpus than q1",
    ),
    "after-in-the-other-corpus": ([line(), unanswerable("q2", after="q1", poisoned=True)], r"q\.jsonl:2: q2 is in another"),
    "passage-in-both-splits": (
        [line(split="dev"), line("q2", MOVED, split="test")],
        r"q\.jsonl: q1 \(dev\) and q2 \(test\) share a passage",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_file_is_one_line_with_file_and_line(
    lines: list[Line | str], message: str, tmp_path: Path, documents: Documents
) -> None:
    with pytest.raises(EvalError, match=message) as caught:
        load_questions(documents, write(tmp_path, *lines))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), (b"\xff\xfe{}", "invalid start byte"), (b"", "has no question"), (b"\n\n", "0 questions")],
    ids=["missing", "not-utf-8", "empty", "blank"],
)
def test_a_file_that_holds_no_lines(content: bytes | None, message: str, tmp_path: Path, documents: Documents) -> None:
    path = tmp_path / "q.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EvalError, match=rf"q\.jsonl .*{message}"):
        load_questions(documents, path)


CONVERSATION = [
    line("a", split="dev"),
    unanswerable("b", kind="follow-up", after="a", split="dev"),
    line("c", MAYOR, kind="number", split="test"),
    unanswerable("d", kind="follow-up", after="b", split="dev"),
    unanswerable("e", split="test"),
]


@pytest.mark.parametrize(
    ("split", "kinds", "expected"),
    [
        (None, (), "abcde"),
        ("dev", (), "abd"),
        ("test", (), "ce"),
        (None, ("follow-up",), "abd"),
        (None, ("factoid",), "abd"),
        (None, ("factoid", "number"), "abcd"),
        ("test", ("number",), "c"),
    ],
    ids=["all", "dev", "test", "by-a-later-turn", "by-the-first-turn", "two-kinds", "kind-of-a-split"],
)
def test_selection_takes_conversations_whole(
    split: str | None, kinds: tuple[str, ...], expected: str, tmp_path: Path, documents: Documents
) -> None:
    path = write(tmp_path, *CONVERSATION)
    assert "".join(q.id for q in load_questions(documents, path, split=split, kinds=kinds)) == expected


@pytest.mark.parametrize(
    ("split", "kinds", "message"),
    [
        ("dev", ("number",), "no question for split dev and kind number; it has 5 questions of the kinds factoid, fol"),
        (None, ("date",), "no question for split any and kind date"),
        (None, ("factoid", "riddle"), r"'riddle' is not a kind; the kinds of q\.jsonl are factoid, follow-up, number"),
    ],
    ids=["kind-not-in-split", "kind-not-in-file", "unknown-kind"],
)
def test_an_empty_selection_says_what_there_is(
    split: str | None, kinds: tuple[str, ...], message: str, tmp_path: Path, documents: Documents
) -> None:
    with pytest.raises(EvalError, match=message):
        load_questions(documents, write(tmp_path, *CONVERSATION), split=split, kinds=kinds)


def test_questions_about_one_paragraph_or_conversation_are_one_cluster(tmp_path: Path, documents: Documents) -> None:
    path = write(
        tmp_path,
        line("a"),
        unanswerable("b"),
        line("c", MOVED),  # the paragraph of "a"
        line("d", MAYOR),
        unanswerable("e", after="b"),
        line("f", MAYOR, gold=[{"any": [MAYOR]}, {"any": [MOVED]}]),  # ties both paragraphs
    )
    assert {q.id: q.cluster for q in load_questions(documents, path)} == dict(zip("abcdef", "abaaba", strict=True))


def test_clusters_do_not_depend_on_the_selection(tmp_path: Path, documents: Documents) -> None:
    path = write(tmp_path, line("a"), line("b", MOVED, kind="date"))
    [selected] = load_questions(documents, path, kinds=["date"])
    assert selected.cluster == "a"


# --- the files that are committed


@pytest.fixture(scope="module")
def report() -> Documents:
    return {document.id: document for document in read_corpus(CORPUS).documents}


@pytest.fixture(scope="module")
def questions(report: Documents) -> list[Question]:
    return load_questions(report, QUESTIONS)


@pytest.fixture(scope="module")
def adversarial(report: Documents) -> list[Question]:
    return load_questions(report, ADVERSARIAL)


def test_the_reports_questions_are_many_and_of_every_kind(questions: list[Question]) -> None:
    kinds = Counter(q.kind for q in questions)
    assert len(questions) >= 250
    assert sum(not q.answerable for q in questions) >= 60
    assert min(Counter(q.split for q in questions).values()) >= 100
    assert sum(q.language == "es" for q in questions) >= 40
    assert set(kinds) == {
        "factoid", "number", "date", "attribution", "list", "multi", "paraphrase", "yesno", "document", "unanswerable",
        "false-premise", "follow-up",
    }  # fmt: skip
    assert kinds["paraphrase"] >= 20


def test_conversations_have_two_or_three_turns(questions: list[Question]) -> None:
    root = {q.id: q.id for q in questions}
    for question in questions:
        root[question.id] = root[question.after] if question.after else question.id
    turns = Counter(Counter(root.values()).values())
    assert set(turns) == {1, 2, 3}
    assert turns[2] + turns[3] >= 20


def test_no_passage_is_in_both_splits(questions: list[Question], report: Documents) -> None:
    of = {split: [passages_of(q, report) for q in questions if q.split == split] for split in ("dev", "test")}
    assert not set().union(*of["dev"]) & set().union(*of["test"])


def test_gold_can_be_scored(questions: list[Question]) -> None:
    assert [q.id for q in questions if q.answerable and not q.answers] == []
    assert [q.id for q in questions if q.answerable and not q.gold and q.kind != "document"] == []
    assert [q.id for q in questions if q.kind == "unanswerable" and (q.answerable or q.gold)] == []
    assert [q.id for q in questions if q.kind == "attribution" and not any(e.speakers for e in q.gold)] == []
    assert [q.id for q in questions if not q.text.strip()] == []
    assert len({(q.text, q.after) for q in questions}) == len(questions)


def test_every_needed_fact_stands_in_its_gold(
    questions: list[Question], adversarial: list[Question], report: Documents
) -> None:
    def quoted(question: Question) -> str:
        return "\n".join(report[d].text[start:end] for spans in question.spans for d, start, end in spans)

    with_gold = [q for q in (*questions, *adversarial) if q.gold and q.answers]
    assert [q.id for q in with_gold if not answer_accuracy(quoted(q), q.answers)] == []


def test_the_near_misses_are_dev_and_share_no_paragraph_with_test(questions: list[Question], report: Documents) -> None:
    found = load_questions(report, NEAR_MISSES)
    assert len(found) >= 90
    assert {q.split for q in found} == {"dev"}
    assert 0.4 < sum(q.answerable for q in found) / len(found) < 0.6
    asked_in_test = {place for q in questions if q.split == "test" for place in passages_of(q, report)}
    assert not asked_in_test & {place for q in found for place in passages_of(q, report)}


def test_the_adversarial_items_are_many_and_say_what_is_right(adversarial: list[Question]) -> None:
    assert len(adversarial) >= 60
    assert all(q.expect for q in adversarial)
    assert {q.poisoned for q in adversarial} == {True, False}
    assert all(q.poisoned == q.kind.startswith("poisoned-") for q in adversarial)


def test_every_kind_is_used_by_a_committed_file(questions: list[Question], adversarial: list[Question]) -> None:
    squad = {"has-answer", "no-answer", "other"}
    assert {q.kind for q in (*questions, *adversarial)} == KINDS - squad
