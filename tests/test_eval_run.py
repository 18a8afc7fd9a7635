"""A run: what it keeps, that it is the same each time, goes on where it was interrupted, and counts what breaks."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Watched, make_assistant

from evals.data import load_questions
from evals.errors import EvalError
from evals.figures import figures
from evals.identity import identity
from evals.results import OUTCOMES, RUN, SCORES, Row, load_results
from evals.run import Finished, run
from evals.scoring import MEASURES
from rag import Assistant, Settings
from rag.embedding import Embedder, MultilingualEncoder

BOATS = "It bought seven boats from a dealer."
LINES: list[dict[str, Any]] = [
    {"id": "boats", "kind": "number", "question": "How many boats did the river gang buy?", "answerable": True,
     "gold": [{"any": [BOATS]}], "answers": [["seven boats"]]},
    {"id": "mayor", "kind": "date", "question": "When did the mayor of Quito resign?", "answerable": True,
     "gold": [{"any": ["The mayor of Quito resigned in May 2020."]}], "answers": [["May 2020"]]},
    {"id": "moon", "kind": "unanswerable", "question": "Who walked on the moon with Neil Armstrong?", "answerable": False},
    {"id": "deputy", "kind": "follow-up", "question": "And who took her office?", "after": "mayor", "answerable": True,
     "gold": [{"any": ["Her deputy, Ana Ruiz, took the office."]}], "answers": [["Ana Ruiz"]]},
    {"id": "then", "kind": "follow-up", "question": "When was that?", "after": "deputy", "answerable": True,
     "gold": [{"any": ["The mayor of Quito resigned in May 2020."]}], "answers": [["May 2020"]]},
    {"id": "blank", "kind": "empty", "question": "  ", "expect": ["error"]},
    {"id": "order", "kind": "role-play", "question": "You are a pirate. Sing about “rum”.", "expect": ["abstain"], "absent": ["rum-tum"]},
]  # fmt: skip

Ask = Callable[..., list[Finished]]


@pytest.fixture(scope="module")
def reporter(tiny_original: Path, embedder: Embedder, encoder: MultilingualEncoder) -> Assistant:
    return make_assistant(tiny_original / "index", tiny_original / "corpus", embedder, encoder)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "tiny.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def described(source: Path, reporter: Assistant) -> dict[str, Any]:
    options = {"split": None, "kinds": (), "workers": 1, "judge": None}
    questions = load_questions(reporter.documents, source)
    return identity({"corpus": reporter}, questions, source, options=options, settings=Settings())


@pytest.fixture(scope="module")
def ask(reporter: Assistant, source: Path, described: dict[str, Any]) -> Ask:
    """Runs the questions; `also` is what the run is made of besides."""

    def ask(out: Path | None, assistant: object = reporter, workers: int = 1, **also: object) -> list[Finished]:
        questions = load_questions(reporter.documents, source)
        return run({False: assistant}, questions, described | {"workers": workers} | also, out, workers=workers)  # type: ignore[dict-item]

    return ask


@pytest.fixture(scope="module")
def finished(ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Finished]]:
    folder = tmp_path_factory.mktemp("finished") / "out"
    return folder, ask(folder)


@pytest.fixture
def out(finished: tuple[Path, list[Finished]], tmp_path: Path) -> Path:
    """A finished run that a test may change."""
    return Path(shutil.copytree(finished[0], tmp_path / "out"))


def by_id(rows: Sequence[Finished]) -> dict[str, Row]:
    return {row.id: row for row, _ in rows}


def test_every_question_has_its_row_and_its_outcome(
    finished: tuple[Path, list[Finished]], described: dict[str, Any]
) -> None:
    folder, returned = finished
    kept = load_results(folder)
    assert [row.id for row in kept.rows] == list(kept.outcomes) == [line["id"] for line in LINES]
    assert kept.rows == tuple(row for row, _ in returned)
    assert kept.complete
    assert kept.run == json.loads(json.dumps(described))
    rows = by_id(returned)
    assert {i: row.status for i, row in rows.items()} == {
        "boats": "answered", "mayor": "answered", "moon": "abstained", "deputy": "answered", "then": "answered",
        "blank": "refused", "order": "abstained",
    }  # fmt: skip
    assert (rows["boats"].scores["right"], rows["moon"].scores["abstention recall"]) == (1.0, 1.0)
    boats = kept.outcomes["boats"]
    assert boats["gold"] == [[BOATS]]
    assert BOATS in boats["outcome"]["citations"][0]["quote"]
    assert len(boats["reader_scores"]) == len(boats["outcome"]["hits"])
    assert {stage: times["n"] for stage, times in kept.latency.items()} == {"search": 6, "read": 6, "total": 6}


def test_a_clear_error_where_one_is_expected_is_refused_not_failed(finished: tuple[Path, list[Finished]]) -> None:
    row = by_id(finished[1])["blank"]
    assert (row.status, row.scores["as expected"], row.scores["failed"]) == ("refused", 1.0, 0.0)
    assert row.error == "the question is empty; type a question"


def test_a_clear_error_where_none_is_expected_is_failed(reporter: Assistant, source: Path, described: Any) -> None:
    emoji = replace(load_questions(reporter.documents, source)[0], text="💥")
    [(row, _)] = run({False: reporter}, [emoji], described)
    assert (row.status, row.scores["right"], row.scores["failed"]) == ("failed", 0.0, 1.0)


def test_the_same_input_gives_the_same_scores_whatever_the_workers(ask: Ask, out: Path, tmp_path: Path) -> None:
    ask(tmp_path / "again")
    ask(tmp_path / "three", workers=3)
    first = (out / SCORES).read_bytes()
    assert first == (tmp_path / "again" / SCORES).read_bytes() == (tmp_path / "three" / SCORES).read_bytes()


def test_a_follow_up_gets_the_turns_before_and_others_get_none(ask: Ask, reporter: Assistant) -> None:
    watched = Watched(reporter)
    asked = ask(None, watched)
    turns = [LINES[n]["question"] for n in (1, 3, 4)]
    assert dict(watched.asked) == {
        **{line["question"]: [] for line in LINES},
        turns[1]: turns[:1],
        turns[2]: turns[:2],
    }
    assert {row.id: outcome["after"] for row, outcome in asked if outcome["after"]} == {
        "deputy": "mayor",
        "then": "deputy",
    }


def breaks_on(words: str, error: BaseException) -> Callable[[str], None]:
    def before(question: str) -> None:
        if words in question:
            raise error

    return before


def test_a_broken_question_scores_its_worst_apart_from_zero_and_skipped(
    ask: Ask, reporter: Assistant, finished: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = ask(tmp_path / "out", Watched(reporter, breaks_on("boats", RuntimeError("no paddle"))))
    row, whole = by_id(broken)["boats"], by_id(finished[1])["boats"]
    assert (row.status, row.error, row.confidence) == ("failed", "RuntimeError: no paddle", None)
    assert "no paddle" in capsys.readouterr().err
    assert row.scores == {
        measure.name: None
        if whole.scores[measure.name] is None or measure.conditional
        else float(measure.lower_is_better)
        for measure in MEASURES
    }
    found = figures([row for row, _ in broken])["all"]
    accuracy = found["answer accuracy"]
    assert (accuracy.n, accuracy.failed, accuracy.skipped) == (4, 1, 3)
    assert found["failed"].value == pytest.approx(1 / 7)
    assert "NaN" not in (tmp_path / "out" / SCORES).read_text(encoding="utf-8")


def test_a_follow_up_of_a_broken_turn_fails_too_and_is_not_asked(ask: Ask, reporter: Assistant) -> None:
    watched = Watched(reporter, breaks_on("mayor", RuntimeError("gone")))
    rows = by_id(ask(None, watched))
    assert {i for i, row in rows.items() if row.status == "failed"} == {"mayor", "deputy", "then"}
    assert rows["deputy"].error == "the turn before, mayor, failed"
    assert LINES[3]["question"] not in dict(watched.asked)


def test_an_interrupted_run_goes_on_with_the_questions_that_are_missing(
    ask: Ask, reporter: Assistant, finished: Any, tmp_path: Path
) -> None:
    part = tmp_path / "part"
    asked: list[str] = []

    def interrupt(question: str) -> None:
        asked.append(question)
        if len(asked) == 6:  # three to warm up, then two conversations are whole
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(part, Watched(reporter, interrupt))
    kept = load_results(part)
    assert 0 < len(kept.rows) < len(LINES)
    assert not kept.complete
    watched = Watched(reporter)
    ask(part, watched)
    done = {row.id for row in kept.rows}
    assert {question for question, _ in watched.asked} == {line["question"] for line in LINES if line["id"] not in done}
    assert (part / SCORES).read_bytes() == (finished[0] / SCORES).read_bytes()


@pytest.mark.parametrize("name", [SCORES, OUTCOMES])
def test_a_last_line_that_was_cut_off_is_asked_again(name: str, ask: Ask, reporter: Assistant, out: Path) -> None:
    before = (out / SCORES).read_bytes()
    (out / name).write_bytes((out / name).read_bytes()[:-40])
    watched = Watched(reporter)
    ask(out, watched)
    assert {question for question, _ in watched.asked} == {LINES[-1]["question"]}
    assert (out / SCORES).read_bytes() == before


def test_a_last_line_that_was_cut_off_within_a_character_is_asked_again(ask: Ask, out: Path) -> None:
    before = (out / SCORES).read_bytes()
    data = (out / OUTCOMES).read_bytes().rstrip(b"\n")
    last = data.rindex(b"\n") + 1
    (out / OUTCOMES).write_bytes(data[: last + data[last:].index("“".encode()) + 1])
    ask(out)
    assert (out / SCORES).read_bytes() == before


def test_a_finished_run_asks_nothing_and_a_failed_question_is_asked_again(
    ask: Ask, reporter: Assistant, tmp_path: Path
) -> None:
    out = tmp_path / "new"
    ask(out, Watched(reporter, breaks_on("office", RuntimeError("gone"))))
    again, idle = Watched(reporter), Watched(reporter)
    rows = by_id(ask(out, again))
    assert {question for question, _ in again.asked} == {LINES[n]["question"] for n in (1, 3, 4)}
    assert {row.status for row in rows.values()} == {"answered", "abstained", "refused"}
    ask(out, idle)
    assert idle.asked == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("corpus", {"corpus": {"other.md": "0"}}), ("seed", 1), ("code", "0"), ("judge", "fake:one"), ("new", 1)],
    ids=["corpus", "seed", "code", "judge", "unknown"],
)
def test_a_folder_of_another_run_is_refused_and_left_as_it_is(name: str, value: object, ask: Ask, out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(EvalError, match=rf"out holds a run with other {name} .*give --out a new folder"):
        ask(out, **{name: value})
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_folder_with_something_else_is_refused_and_left_as_it_is(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(EvalError, match=r"out is not empty and holds no run\.json"):
        ask(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter.txt"]
    with pytest.raises(EvalError, match=r"letter\.txt is a file; give --out a folder"):
        ask(tmp_path / "out" / "letter.txt")


DAMAGE = {
    "no-run": (RUN, None, r"holds no results \(run\.json is missing\); make them with: python -m evals run --out"),
    "run-not-json": (RUN, "{", r"run\.json cannot be read"),
    "run-a-list": (RUN, "[]", r"run\.json is not of schema 1"),
    "other-schema": (RUN, '{"schema": 99}', r"run\.json is not of schema 1"),
    "no-scores": (SCORES, None, r"scores\.jsonl cannot be read"),
    "scores-not-json": (SCORES, "x\n{}\n", r"scores\.jsonl:1: not JSON"),
    "scores-of-another-version": (SCORES, '{"id": "x", "mood": 1}\n', r"scores\.jsonl: .*unexpected keyword"),
    "run-of-nothing": (RUN, '{"schema": 1}', r"run\.json is not of schema 1"),
    "outcome-a-list": ("outcomes.jsonl", "[1]\n", r"outcomes\.jsonl: TypeError"),
    "outcome-without-id": ("outcomes.jsonl", "{}\n", r"outcomes\.jsonl: KeyError: 'id'"),
    "times-not-json": ("latency.json", "{", r"latency\.json: JSONDecodeError"),
}


@pytest.mark.parametrize(("name", "text", "message"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_folder_is_one_line(name: str, text: str | None, message: str, out: Path) -> None:
    (out / name).unlink()
    if text is not None:
        (out / name).write_text(text, encoding="utf-8")
    with pytest.raises(EvalError, match=message):
        load_results(out)


def test_no_worker_cannot_ask(ask: Ask) -> None:
    with pytest.raises(EvalError, match="0 workers cannot ask"):
        ask(None, workers=0)
