"""Two runs against each other, and the gate that a run has to pass. The rows are made by hand."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from evals.__main__ import main
from evals.compare import compare_results, table
from evals.errors import EvalError
from evals.gate import RULES, Check, check, junit, load_rules
from evals.results import Results, Row, Writer, load_results
from evals.scoring import BY_NAME, MEASURES

CORPUS = {"corpus": {"report.txt": "1" * 64}}


def row(identity: str, right: float = 1.0, *, answerable: bool = True, status: str = "answered", **more: Any) -> Row:
    """A question that is right or wrong in everything that is asked of it."""
    about = {"right", "failed"} | (
        {"recall@5", "MRR", "answer accuracy", "false abstentions"} if answerable else {"abstention recall"}
    )
    scores = {m.name: (1 - right if m.lower_is_better else right) if m.name in about else None for m in MEASURES}
    if status != "failed":
        scores["failed"] = 0.0
    kind = "factoid" if answerable else "unanswerable"
    fields = {
        "id": identity,
        "kind": kind,
        "split": "dev",
        "language": "en",
        "cluster": identity,
        "question": "as asked",
        **more,
    }
    return Row(**fields, answerable=answerable, status=status, scores=scores)  # fmt: skip


def results(
    folder: Path, rows: Sequence[Row], *, n: int | None = None, file: str = "questions.jsonl", corpus: Any = CORPUS
) -> Results:
    """A folder with these rows, read back."""
    questions = {"file": file, "sha256": "0", "split": "dev", "kinds": [], "n": len(rows) if n is None else n}
    writer = Writer(folder, {"schema": 1, "questions": questions, "corpus": corpus})
    for one in rows:
        writer.add(one, {"id": one.id, "outcome": None})
    writer.finish([one.id for one in rows])
    return load_results(folder)


def run_of(folder: Path, rights: Sequence[float], **more: Any) -> Results:
    return results(folder, [row(f"q{n:02}", right) for n, right in enumerate(rights)], **more)


def named(checks: Sequence[Check]) -> dict[str, bool]:
    return {one.name: one.passed for one in checks}


# --- compare


def test_identical_runs_differ_in_nothing(tmp_path: Path) -> None:
    found = compare_results(run_of(tmp_path / "a", [1, 0, 1]), run_of(tmp_path / "b", [1, 0, 1]))
    assert (found.by, found.changes, found.only_first, found.only_second) == ("right", (), (), ())
    assert {one.p for one in found.differences.values()} == {1.0, None}
    assert {one.n for one in found.differences.values()} == {0, 3}


def test_changes_are_listed_with_their_direction(tmp_path: Path) -> None:
    first, second = run_of(tmp_path / "a", [1, 0, 1, 1]), run_of(tmp_path / "b", [1, 1, 0, 0])
    found = compare_results(first, second)
    assert [(c.id, c.before, c.after) for c in found.changes] == [("q01", 0, 1), ("q02", 1, 0), ("q03", 1, 0)]
    right, declined = found.differences["right"], found.differences["false abstentions"]
    assert (right.value, right.better, right.worse, right.n) == (-0.25, 1, 2, 4)
    assert declined.value == 0.25
    shown = table(found)
    assert re.search(r"^right +-25\.0 .* 1/2$", shown, re.MULTILINE)
    assert "right is worse for 2 questions\n  q02 " in shown
    assert "right is better for 1 questions\n  q01          factoid                0.00 → 1.00" in shown
    assert "nan" not in shown.lower()
    assert "and 1 more" in table(found, limit=1)


def test_questions_that_one_run_lacks_are_named_and_left_out(tmp_path: Path) -> None:
    first = results(tmp_path / "a", [row("x"), row("y"), row("z", 0)])
    second = results(tmp_path / "b", [row("y", 0), row("z", 0), row("w")])
    found = compare_results(first, second)
    assert (found.only_first, found.only_second) == (("x",), ("w",))
    assert found.differences["right"].n == 2
    assert "only in the first: 1 questions, among them x" in table(found)
    assert "only in the second: 1 questions, among them w" in table(found)


def test_a_question_that_failed_counts_as_worst(tmp_path: Path) -> None:
    first = results(tmp_path / "a", [row("x"), row("y")])
    second = results(tmp_path / "b", [row("x"), row("y", 0, status="failed")])
    found = compare_results(first, second)
    assert (found.differences["right"].worse, found.differences["failed"].value) == (1, 0.5)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"corpus": {"corpus": {"report.txt": "2" * 64}}}, r"are of different corpora .* compare runs on the same doc"),
        ({"rows": [row("other")]}, "have no question in common"),
        ({"rows": [row("x", question="reworded")]}, "question x is not the same in"),
        ({"rows": []}, "have no question in common"),
    ],
    ids=["corpus", "questions", "question-changed", "empty"],
)
def test_runs_that_cannot_be_compared(second: Mapping[str, Any], message: str, tmp_path: Path) -> None:
    first = results(tmp_path / "a", [row("x")])
    with pytest.raises(EvalError, match=message):
        compare_results(first, results(tmp_path / "b", **{"rows": [row("x")], **second}))


# --- gate


RULESET = {
    "alpha": 0.05,
    "regression": ["right", "false abstentions"],
    "questions.jsonl": {"at_least": {"right": 0.5, "recall@5": 0.75}, "at_most": {"failed": 0.0}},
}


@pytest.mark.parametrize(
    ("rights", "passed"),
    [([1, 1, 1, 1], (True, True)), ([1, 1, 1, 0], (True, True)), ([1, 1, 0, 0], (True, False)), ([0] * 4, (False, False))],
    ids=["above", "at-the-limit", "one-below", "both-below"],
)  # fmt: skip
def test_floors(rights: list[float], passed: tuple[bool, bool], tmp_path: Path) -> None:
    found = named(check(run_of(tmp_path / "a", rights), None, RULESET))
    assert (found["right: at least 50.0"], found["recall@5: at least 75.0"]) == passed


def test_ceilings(tmp_path: Path) -> None:
    rows = [row(f"q{n}") for n in range(20)]
    assert named(check(results(tmp_path / "a", rows), None, RULESET))["failed: at most 0.0"]
    rows[3] = row("q3", 0, status="failed")
    assert not named(check(results(tmp_path / "b", rows), None, RULESET))["failed: at most 0.0"]


def test_a_limit_that_no_question_can_show_is_not_passed(tmp_path: Path) -> None:
    rules = {**RULESET, "questions.jsonl": {"at_least": {"abstention recall": 0.0}}}
    [_, one] = check(run_of(tmp_path / "a", [1, 1]), None, rules)
    assert (one.passed, one.detail) == (False, "–, n = 0")


def test_limits_are_those_of_the_question_file(tmp_path: Path) -> None:
    attacks = run_of(tmp_path / "a", [0], file="adversarial.jsonl")
    assert "right: at least 50.0" not in named(check(attacks, attacks, RULESET))


def test_nothing_to_check_is_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"no limits for adversarial\.jsonl, and there is no baseline"):
        check(run_of(tmp_path / "a", [1], file="adversarial.jsonl"), None, RULESET)


WRONG_RULES = {
    "misspelt-side": ("['q.jsonl'.at_lest]\nright = 0.5", "may hold at_least and at_most"),
    "side-not-a-table": ("['q.jsonl']\nat_least = 3", "not a table of measures"),
    "limit-not-a-number": ("['q.jsonl'.at_least]\nright = 'x'", "not a table of measures with numbers"),
    "regression-not-a-list": ("regression = 3", "regression is not a list"),
    "alpha-not-a-number": ("alpha = 'x'", "alpha is 'x'"),
}


@pytest.mark.parametrize(("text", "message"), WRONG_RULES.values(), ids=WRONG_RULES.keys())
def test_wrong_rules_are_one_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    with pytest.raises(EvalError, match=message):
        load_rules(tmp_path / "rules.toml")


def test_an_unfinished_run_does_not_pass(tmp_path: Path) -> None:
    found = check(run_of(tmp_path / "a", [1, 1, 1], n=4), None, RULESET)
    assert [(one.name, one.detail) for one in found if not one.passed] == [
        ("complete", "3 of 4 questions have a result")
    ]


def test_questions_that_are_missing_do_not_pass(tmp_path: Path) -> None:
    found = named(check(run_of(tmp_path / "a", [1, 1]), run_of(tmp_path / "b", [1, 1, 1]), RULESET))
    assert not found["same questions"]
    assert named(check(run_of(tmp_path / "c", [1] * 4), run_of(tmp_path / "d", [1, 1, 1]), RULESET))["same questions"]


# right and false abstentions change together, so Holm's corrected p is twice the exact 2 / 2**n
LOSSES = {"five": (5, False, 2 * 2 / 2**5), "six": (6, False, 2 * 2 / 2**6), "seven": (7, True, 2 * 2 / 2**7)}


@pytest.mark.parametrize(("lost", "noticed", "p"), LOSSES.values(), ids=LOSSES.keys())
def test_a_loss_fails_when_it_is_significant_after_holms_correction(
    lost: int, noticed: bool, p: float, tmp_path: Path
) -> None:
    baseline, run = run_of(tmp_path / "a", [1] * 30), run_of(tmp_path / "b", [0] * lost + [1] * (30 - lost))
    found = {one.name: one for one in check(run, baseline, RULESET)}
    for name in RULESET["regression"]:
        one = found[f"{name}: no significant loss"]
        assert one.passed is not noticed
        assert f"corrected p = {p:.4f}" in one.detail


def test_a_gain_however_large_passes(tmp_path: Path) -> None:
    found = named(check(run_of(tmp_path / "a", [1] * 30), run_of(tmp_path / "b", [0] * 30), RULESET))
    assert all(found.values())


def test_questions_about_one_passage_are_one_loss(tmp_path: Path) -> None:
    before = [row(f"q{n}", cluster="one") for n in range(30)]
    after = [row(f"q{n}", 0, cluster="one") for n in range(30)]
    found = named(check(results(tmp_path / "b", after), results(tmp_path / "a", before), RULESET))
    assert found["right: no significant loss"]


def test_runs_on_other_documents_cannot_be_gated(tmp_path: Path) -> None:
    other = run_of(tmp_path / "a", [1], corpus={"corpus": {"other.txt": "1" * 64}})
    with pytest.raises(EvalError, match=r"different corpora \(other\.txt and report\.txt\)"):
        check(run_of(tmp_path / "b", [1]), other, RULESET)


def test_the_committed_rules_name_measures_that_exist() -> None:
    rules = load_rules()
    assert set(rules["regression"]) <= set(BY_NAME)
    assert rules["alpha"] == 0.05
    assert {"questions.jsonl", "adversarial.jsonl"} <= set(rules)
    assert RULES.is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regression = ['rightness']", r"'rightness' is not a measure; the measures are right, recall@1"),
        ("['questions.jsonl'.at_least]\nrecall = 1", "'recall' is not a measure"),
        ("alpha = ", "cannot be read as TOML"),
        (None, "cannot be read as TOML .*No such file"),
    ],
    ids=["regression", "limit", "not-toml", "missing"],
)
def test_rules_that_cannot_be_used(text: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(EvalError, match=rf"gate\.toml.*{message}"):
        load_rules(path)


def test_junit_holds_every_check_and_its_failures() -> None:
    tree = ElementTree.fromstring(junit([Check("a & <b>", True, "x"), Check("c", False, 'le"ss < "more" & \n ü')]))
    assert {name: tree.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    assert [case.get("name") for case in tree.iter("testcase")] == ["a & <b>", "c"]
    [failure] = tree.iter("failure")
    assert failure.get("message") == 'le"ss < "more" & \n ü'


# --- the command


def status_of(monkeypatch: pytest.MonkeyPatch, *words: object) -> object:
    monkeypatch.setattr(sys, "argv", ["evals", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


def test_exit_status_of_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_of(tmp_path / "good", [1] * 30)
    run_of(tmp_path / "bad", [0] * 20 + [1] * 10)
    rules = tmp_path / "gate.toml"
    rules.write_text("regression = ['right']\n['questions.jsonl'.at_least]\nright = 0.2\n", encoding="utf-8")
    same = ("--baseline", tmp_path / "good", "--rules", rules)
    assert status_of(monkeypatch, "gate", tmp_path / "good", *same) == 0
    assert "4 of 4 checks passed" in capsys.readouterr().out
    assert status_of(monkeypatch, "gate", tmp_path / "bad", *same, "--junit", tmp_path / "new" / "gate.xml") == 1
    shown = capsys.readouterr().out
    assert "FAILED  right: no significant loss (-66.7 points against the baseline" in shown
    assert ElementTree.parse(tmp_path / "new" / "gate.xml").getroot().get("failures") == "1"
    assert status_of(monkeypatch, "gate", tmp_path / "bad", "--rules", rules, "--no-baseline") == 0
    assert status_of(monkeypatch, "gate", tmp_path / "none", *same) == (
        f"evals: {tmp_path}/none holds no results (run.json is missing); make them with: python -m evals run --out {tmp_path}/none"
    )
    run_of(tmp_path / "own", [1], file="mine.jsonl")
    assert "there is no baseline for mine-dev-reader; give --baseline" in str(
        status_of(monkeypatch, "gate", tmp_path / "own")
    )


def test_exit_status_of_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    run_of(tmp_path / "a", [1, 1])
    run_of(tmp_path / "b", [1, 0])
    assert status_of(monkeypatch, "compare", tmp_path / "a", tmp_path / "b") == 0
    assert "right is worse for 1 questions" in capsys.readouterr().out
