"""The statements and the figures about them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from evals import statements
from evals.errors import EvalError
from evals.statements import CORRUPTED, FAITHFUL, Case, load_statements
from rag import Assistant, Violation

SPAN = "Colonel Víctor Revoredo"
LINE = {
    "id": "x1", "split": "dev", "group": "g", "kind": "number", "supported": False, "statement": "There are 13 cells.", "quotes": [SPAN],
}  # fmt: skip


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "statements.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_the_committed_statements_are_whole(assistant: Assistant) -> None:
    cases = load_statements(assistant.documents)
    assert len(cases) >= 300
    assert 0.45 < sum(case.supported for case in cases) / len(cases) < 0.55
    for split in ("dev", "test"):
        kinds = Counter(case.kind for case in cases if case.split == split)
        assert set(kinds) == {*FAITHFUL, *CORRUPTED}
        assert min(kinds.values()) >= 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"split": "train"}, "split is 'train'"),
        ({"kind": "odd"}, "'odd' is not a kind of unsupported"),
        ({"supported": True}, "'number' is not a kind of supported"),
        ({"quotes": ["what nobody wrote"]}, "no document of the corpus holds 'what nobody wrote'"),
        ({"quotes": []}, "quotes is missing, empty"),
        ({"quotes": [3]}, "no document of the corpus holds '3'"),
        ({"statement": ""}, "statement is missing, empty"),
        ({"supported": "yes"}, "supported is missing, empty or not bool"),
    ],
)
def test_a_wrong_line_is_named(change: dict[str, object], said: str, assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=rf"statements\.jsonl:1.*{said}"):
        load_statements(assistant.documents, _file(tmp_path, LINE | change))


@pytest.mark.parametrize(
    ("change", "said"), [({}, "x1 is given twice"), ({"id": "x2", "split": "test"}, "group g is in both splits")]
)
def test_two_lines_that_do_not_fit_are_named(
    change: dict[str, object], said: str, assistant: Assistant, tmp_path: Path
) -> None:
    with pytest.raises(EvalError, match=said):
        load_statements(assistant.documents, _file(tmp_path, LINE, LINE | change))


def test_a_split_without_statements_is_named(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no statement for split test"):
        load_statements(assistant.documents, _file(tmp_path, LINE), "test")


def test_figures_count_both_ways_of_being_wrong() -> None:
    bad = Case("1", "dev", "g", "number", False, "Thirteen.", ("Twelve.",))
    good = Case("2", "dev", "h", "verbatim", True, "Twelve.", ("Twelve.",))
    cases = [bad, replace(bad, id="3", group="i", kind="date"), good, replace(good, id="4", group="j")]

    def finds_numbers(statement: str, quotes: object) -> list[Violation]:
        return [Violation(statement, "quote-altered", "no")] if statement == "Thirteen." else []

    checked = statements.check(cases, finds_numbers)
    found = statements.figures(checked)
    assert (found["caught"].value, found["rejected"].value) == (1.0, 0.0)
    assert statements.balanced_accuracy(found) == 1.0
    assert statements.mistakes(checked) == ""
    silent = statements.check(cases, lambda statement, quotes: [])
    found = statements.figures(silent)
    assert (found["caught"].value, found["caught: date"].value, found["rejected: verbatim"].value) == (0.0, 0.0, 0.0)
    assert statements.balanced_accuracy(found) == 0.5
    assert [json.loads(line)["id"] for line in statements.mistakes(silent).splitlines()] == ["1", "3"]
    strict = statements.check(cases, lambda statement, quotes: [Violation(statement, "uncited", "no")])
    assert statements.figures(strict)["rejected"].value == 1.0
    assert "| rejected | 100.0 (" not in statements.table(strict)
    assert "| rejected | 100.0 | " in statements.table(strict)
    assert "| balanced accuracy | 50.0 |" in statements.table(strict)
