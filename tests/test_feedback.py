"""Feedback: what is kept, what counts, what is refused, and the candidate questions that are made of it."""

import itertools
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import CORPUS, ROOT

from evals.data import QUESTIONS, load_questions
from evals.errors import EvalError
from evals.from_feedback import MARK, candidates, questions_in, write_candidates
from rag.answering import Assistant
from rag.errors import FeedbackInvalid, StoreUnusable
from rag.feedback import FILE, REASONS, Feedback, read_feedback
from rag.records import Abstention, Answer, Citation, Document
from rag.rendering.text import to_line

TEXT = "Ana: the gang moved to Lima. It bought seven boats."
DOCUMENTS = {
    "d": Document("d", "T", None, None, (), "en", "t.txt", TEXT, "", "", (), (), ((0, 0, len(TEXT)),)),
}
MOVED, BOATS = "the gang moved to Lima.", "It bought seven boats."


def cited(number: int, quote: str, speaker: str | None = None) -> Citation:
    start = TEXT.find(quote)
    return Citation(number, "d", "T", (), start, start + len(quote), quote, speaker)


def answer(question: str = "Where did it move?", *citations: Citation) -> Answer:
    return Answer(question, question, (), citations or (cited(1, MOVED, "Ana"),), (), fingerprint="f00d")


def abstention(question: str = "Who paid?") -> Abstention:
    return Abstention(question, question, "Nobody says.", (), (cited(1, BOATS),), (), fingerprint="f00d")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Feedback]:
    opened = Feedback(tmp_path / "kept")
    yield opened
    opened.close()


def made(store: Feedback, *known: str) -> list[dict[str, Any]]:
    return candidates(store.said(), DOCUMENTS, known)


def loaded(folder: Path, found: list[dict[str, Any]]) -> list[Any]:
    """The candidates as the evaluation reads them."""
    path = folder / "candidates.jsonl"
    path.unlink(missing_ok=True)
    write_candidates(path, found)
    return load_questions(DOCUMENTS, path)


# --- keeping -----------------------------------------------------------------------------------------------------


def test_the_whole_record_is_kept_across_a_restart(tmp_path: Path, assistant: Assistant) -> None:
    outcome = assistant.ask("When was Tocorón prison taken over?")
    first = Feedback(tmp_path, clock=lambda: 1_800_000_000.0)
    first.give(outcome, "down", ["misquoted", "wrong-passage"], "  not “this”\none \ud800 ")
    first.close()
    [said] = read_feedback(tmp_path)
    assert (said.thumb, said.reasons, said.given) == ("down", ("wrong-passage", "misquoted"), 1_800_000_000.0)
    assert said.comment == "not “this”\none \ud800"
    public = to_line(outcome)
    assert {name: said.line[name] for name in public} == public
    assert said.line["hits"]
    assert said.line["timings"] == outcome.timings
    assert said.line["fingerprint"] == assistant.manifest.fingerprint
    assert said.line["found"][0]["reader_score"] == outcome.hits[0].reader_score


def test_of_what_is_said_about_one_turn_the_last_counts(store: Feedback) -> None:
    store.give(answer(), "up", about="c-1")
    store.give(answer(), "up")
    store.give(answer(), "up", about="c-2")
    store.give(answer(), "down", ["other"], about="c-1")
    store.give(answer(), "withdrawn", about="c-2")
    assert [said.thumb for said in store.said()] == ["up", "down"]


@pytest.mark.parametrize(
    ("thumb", "reasons", "comment", "why"),
    [
        ("sideways", [], "", "'sideways' is no thumb; it is one of up, down, withdrawn"),
        ("down", ["wrong-passage", "too long"], "", "'too long' is no reason; the reasons are wrong-passage"),
        ("up", ["other"], "", "a thumb that is up has no reasons"),
        ("down", [], "x" * 1001, "the comment has 1001 characters, 1000 are allowed"),
    ],
    ids=["thumb", "reason", "reason for praise", "too long"],
)
def test_what_is_not_allowed_is_said_and_not_kept(
    store: Feedback, thumb: str, reasons: list[str], comment: str, why: str
) -> None:
    with pytest.raises(FeedbackInvalid, match=why):
        store.give(answer(), thumb, reasons, comment)
    assert store.said() == ()


def test_a_comment_may_have_a_thousand_characters(store: Feedback) -> None:
    store.give(answer(), "down", REASONS, "é" * 1000)
    assert [(said.reasons, said.comment) for said in store.said()] == [(REASONS, "é" * 1000)]


def test_a_full_store_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    store = Feedback(tmp_path, most_bytes=2**20)
    given = itertools.count()

    def give_for_ever() -> None:
        while next(given) < 10_000:
            store.give(answer(), "down", ["other"], "x" * 1000)

    with pytest.raises(StoreUnusable, match="its limit of 1 MiB is reached"):
        give_for_ever()
    kept = next(given) - 1
    assert 100 < kept < 1000
    assert len(store.said()) == kept
    store.close()
    assert sum(path.stat().st_size for path in tmp_path.glob(FILE)) <= 2**20
    assert len(read_feedback(tmp_path / FILE)) == kept


def _give(folder: str, name: str) -> None:
    store = Feedback(Path(folder))
    for number in range(40):
        store.give(answer(), "up", comment=f"{name}-{number}")
    store.close()


def test_two_processes_and_their_threads_lose_nothing(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=_give, args=(str(tmp_path), name)) for name in ("p", "q")]
    for process in processes:
        process.start()
    store = Feedback(tmp_path)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: store.give(answer(), "up", comment=f"t-{number}"), range(40)))
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    expected = [f"{name}-{number}" for name in ("p", "q", "t") for number in range(40)]
    assert sorted(said.comment for said in store.said()) == sorted(expected)
    store.close()


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("text")
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "other.txt"):
        with pytest.raises(StoreUnusable, match="is no file of feedback"):
            read_feedback(path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


def test_a_damaged_store_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no pages" * 1000)
    with pytest.raises(StoreUnusable, match="was damaged: it is kept as"):
        read_feedback(tmp_path)
    [aside] = tmp_path.glob("*damaged*")
    assert aside.read_bytes() == b"no pages" * 1000


# --- candidates --------------------------------------------------------------------------------------------------


def test_a_thumb_up_makes_the_quotations_gold(store: Feedback, tmp_path: Path) -> None:
    store.give(answer("Where did it move?", cited(1, MOVED, "Ana"), cited(2, BOATS)), "up", comment="just right")
    [found] = made(store)
    assert found["gold"] == [{"any": [MOVED, BOATS], "speakers": [["Ana"], []]}]
    assert found["note"].startswith(MARK)
    assert "thumbs: 1 up, 0 down; asked of index f00d" in found["note"]
    assert "up for an answer: “just right”" in found["note"]
    [question] = loaded(tmp_path, [found])
    assert (question.answerable, question.split, question.language) == (True, "dev", "en")
    assert [DOCUMENTS[d].text[start:end] for d, start, end in question.spans[0]] == [MOVED, BOATS]


@pytest.mark.parametrize(
    ("outcome", "thumb", "reasons", "expected"),
    [
        (abstention(), "up", [], {"answerable": False, "kind": "unanswerable"}),
        (answer(), "down", ["should-have-abstained"], {"answerable": False, "kind": "unanswerable"}),
        (answer(), "down", ["wrong-passage", "should-have-abstained"], {"answerable": False, "kind": "unanswerable"}),
        (abstention(), "down", ["should-have-answered"], {"expect": ["answer"]}),
        (answer(), "down", ["wrong-passage"], {"expect": ["answer", "abstain"], "absent": [MOVED]}),
        (abstention(), "down", ["wrong-passage"], {"expect": ["answer", "abstain"]}),
        (answer(), "down", ["misquoted"], {"answerable": True, "gold": [{"any": [MOVED], "speakers": [["Ana"]]}]}),
        (answer(), "down", ["other"], {"expect": ["answer", "abstain"]}),
        (answer(), "down", [], {"expect": ["answer", "abstain"]}),
        (answer("q", replace(cited(1, MOVED), quote="gone.")), "up", [], {"expect": ["answer", "abstain"]}),
    ],
    ids=[
        "abstention praised", "should have abstained", "two reasons", "should have answered", "wrong passage", "wrong nearest",
        "misquoted", "other", "no reason", "document changed",
    ],
)  # fmt: skip
def test_what_was_said_decides_what_is_expected(
    store: Feedback,
    tmp_path: Path,
    outcome: Answer | Abstention,
    thumb: str,
    reasons: list[str],
    expected: dict[str, Any],
) -> None:
    store.give(outcome, thumb, reasons)
    [found] = made(store)
    always = {"id", "split", "language", "question", "note"}
    assert {name: value for name, value in found.items() if name not in always} == {"kind": "other"} | expected
    assert all(reason in found["note"] for reason in reasons)
    assert [question.text for question in loaded(tmp_path, [found])] == [outcome.question]


def test_one_question_gives_one_candidate_and_the_note_keeps_everybody(store: Feedback, tmp_path: Path) -> None:
    store.give(answer("Where did it move?"), "up")
    store.give(answer("Who bought boats?", cited(1, BOATS)), "up")
    store.give(answer("  where DID it move"), "down", ["wrong-passage"], "that is\nold")
    first, second = made(store)
    assert first["absent"] == [MOVED]  # the last word
    assert "thumbs: 1 up, 1 down" in first["note"]
    assert "down for an answer (wrong-passage): “that is old”" in first["note"]
    assert second["gold"] == [{"any": [BOATS]}]
    assert len({question.id for question in loaded(tmp_path, [first, second])}) == 2
    assert [one["id"] for one in made(store)] == [first["id"], second["id"]]


def test_questions_that_are_there_already_are_left_out(store: Feedback) -> None:
    store.give(answer("¿Adónde se mudó?"), "up")
    store.give(answer("Who moved?"), "up")
    store.give(answer("When moved?"), "up")
    assert [one["question"] for one in made(store, "adonde se mudo", "WHO moved")] == ["When moved?"]


def test_a_follow_up_is_asked_standalone(store: Feedback) -> None:
    store.give(replace(answer("And where?"), standalone="And where? (Lima)"), "up")
    [found] = made(store)
    assert found["question"] == "And where? (Lima)"
    assert "as asked, a follow-up: “And where?”" in found["note"]


def test_a_file_that_may_hold_a_review_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("reviewed\n")
    with pytest.raises(EvalError, match="is there already"):
        write_candidates(path, [{"id": "x"}])
    assert path.read_text() == "reviewed\n"


def test_the_command_makes_candidates_of_the_report(tmp_path: Path, assistant: Assistant) -> None:
    known = questions_in(QUESTIONS)[0]
    praised = assistant.ask("When was Tocorón prison taken over?")
    declined = assistant.ask("How many members does the gang have in Madrid?")
    store = Feedback(tmp_path / "store")
    store.give(praised, "up")
    store.give(declined, "down", ["should-have-answered"], "page 12")
    store.give(assistant.ask(known), "up")
    store.close()
    out = tmp_path / "candidates.jsonl"
    command = [sys.executable, "-m", "evals", "from-feedback", str(tmp_path / "store"), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "wrote 2 candidates from 3 remarks" in done.stdout
    first, second = load_questions(assistant.documents, out)
    assert isinstance(praised, Answer)
    assert first.text == praised.question
    assert first.spans[0] == tuple((c.document_id, c.start, c.end) for c in praised.citations)
    assert second.expect == ("answer",)
    assert "page 12" in json.loads(out.read_text().splitlines()[1])["note"]
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 1
    assert again.stderr.startswith("evals: ")
    assert again.stderr.count("\n") == 1
    assert CORPUS.is_dir()
