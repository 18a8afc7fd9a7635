"""Yes-or-no questions with what the report says, and the counts of what answers open with."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from evals.__main__ import main
from evals.errors import EvalError
from evals.openings import Case, Opened, ask, load_openings, table
from rag import Assistant

QUOTE = "Tren de Aragua started as a prison gang confined within the walls of Tocorón."
LINE = {"id": "x1", "split": "dev", "question": "Did it start in a prison?", "says": "yes", "quote": QUOTE}


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "openings.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_the_committed_questions_are_whole(assistant: Assistant) -> None:
    cases = load_openings(assistant.documents)
    assert Counter(case.split for case in cases) == {"dev": 90, "test": 75}
    for split in ("dev", "test"):
        says = Counter(case.says for case in cases if case.split == split)
        assert min(says["yes"], says["no"], says[None]) >= 20
    assert {case.language for case in cases} == {"en", "es"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"split": "train"}, "split is 'train'"),
        ({"says": "perhaps"}, "says is 'perhaps'"),
        ({"quote": "what nobody wrote"}, "no document of the corpus holds 'what nobody wrote'"),
        ({"question": ""}, "question is missing, empty"),
        ({"id": 3}, "id is missing, empty or not text"),
    ],
)
def test_a_wrong_line_is_named(change: dict[str, object], said: str, assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=rf"openings\.jsonl:1.*{said}"):
        load_openings(assistant.documents, _file(tmp_path, LINE | change))


def test_lines_that_do_not_fit_together_are_named(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"jsonl:2.*x1 is given twice"):
        load_openings(assistant.documents, _file(tmp_path, LINE, LINE))
    with pytest.raises(EvalError, match=r"jsonl:2.*both splits"):
        load_openings(assistant.documents, _file(tmp_path, LINE, LINE | {"id": "x2", "split": "test"}))
    with pytest.raises(EvalError, match="has no question for split test; it has 1"):
        load_openings(assistant.documents, _file(tmp_path, LINE), "test")


def test_what_answers_open_with_is_counted(assistant: Assistant) -> None:
    class Opening:
        """Answers with the first citation that the real one finds, and says yes."""

        def ask(self, question: str) -> object:
            outcome = assistant.ask(question)
            return replace(outcome, opening="yes") if hasattr(outcome, "opening") else outcome

    case = Case("x1", "dev", "en", "Did Tren de Aragua start as a prison gang in Tocorón?", "yes", QUOTE)
    found = ask(Opening(), [case, replace(case, question="Hello!")])  # type: ignore[arg-type]
    assert [(one.answered, one.opening) for one in found] == [(True, "yes"), (False, None)]
    assert found[0].quoted == (QUOTE in assistant.ask(case.question).citations[0].quote)  # type: ignore[union-attr]


def test_the_table_tells_wrong_openings_from_missing_ones() -> None:
    def one(says: str | None, opening: str | None, quote: str) -> Opened:
        return Opened(Case(quote, "dev", "en", "?", says, quote), answered=True, quoted=False, opening=opening)

    found = [
        one("yes", "yes", "a"),
        one("yes", None, "b"),
        one("no", "yes", "c"),
        one("no", "no", "d"),
        one(None, "no", "e"),
    ]
    lines = table(found)
    assert "| yes | 2 | 2 | 0 | 1 | 0 |" in lines
    assert "| no | 2 | 2 | 0 | 1 | 1 |" in lines
    assert "| neither | 1 | 1 | 0 | 0 | 1 |" in lines
    assert "50.0 % " in lines.split("\n")[-3]  # two of four openings
    assert "50.0 % " in lines.split("\n")[-1]  # two of four that are settled


def test_the_command_asks_the_questions_of_a_split(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("evals.__main__.Assistant", SimpleNamespace(open=lambda settings: assistant))
    monkeypatch.setattr("sys.argv", ["evals", "openings", "--openings", str(_file(tmp_path, LINE)), "--split", "dev"])
    with pytest.raises(SystemExit, match="0"):
        main()
    assert "| yes | 1 |" in capsys.readouterr().out
