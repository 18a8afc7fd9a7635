"""The README's table of results, made from a results folder that is committed."""

from __future__ import annotations

from pathlib import Path

from evals.errors import EvalError
from evals.figures import Figures, figures, percent
from evals.results import Results, load_results
from evals.uncertainty import Mean

BASELINE = Path(__file__).parent / "baseline"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- results: made by python -m evals readme -->", "<!-- end of results -->"
_SHOWN = (
    ("exact quotes", "quotations that are the document's exact characters", "100"),
    ("recall@1", "recall@1 of the needed evidence", "85"),
    ("recall@5", "recall@5", "97"),
    ("MRR", "MRR", ""),
    ("nDCG@10", "nDCG@10", ""),
    ("answer accuracy", "answer accuracy", "90"),
    ("citation recall", "citation recall", "88"),
    ("citation precision, where answered", "citation precision, where answered", ""),
    ("attribution kept", "speaker shown where somebody's words are cited", ""),
    ("abstention precision", "abstention precision", ""),
    ("abstention recall", "unanswerable questions declined, or a false premise corrected", "85"),
    ("false abstentions", "answerable questions declined (lower is better)", ""),
)
"""(measure, words, target in percent)."""


def results_section(folder: Path = BASELINE) -> str:
    """The Markdown between the README's marks.

    Raises:
        EvalError: a baseline is missing or damaged.
    """
    test, alone, adversarial = (
        load_results(folder / name) for name in ("questions-test", "questions-test-reader", "adversarial")
    )
    found, by_reader, attacked = figures(test.rows), figures(alone.rows), figures(adversarial.rows)
    for results in (test, alone):
        if "total" not in results.latency:
            raise EvalError(f"{results.folder} has no times; make the results again")
    answerable = sum(row.answerable for row in test.rows)
    lines = [
        BEGIN,
        f"{len(test.rows)} test questions and follow-ups, written from the report by reading it and not used for tuning ({answerable} answerable, "
        f"{len(test.rows) - answerable} not, {sum(row.language == 'es' for row in test.rows)} in Spanish).",
        "",
        "| measure, in % | with the judge | 95 % interval | reader alone | 95 % interval | n | target |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {words} | {_cells(m)} | {_cells(by_reader['all'][name])} | {m.n} | {_target(target, m.value)} |"
        for name, words, target in _SHOWN
        if (m := found["all"][name]).value is not None
    ]
    for name, words in (
        ("as expected", "adversarial items that end as they should"),
        ("nothing forbidden shown", "adversarial items that show nothing forbidden"),
    ):
        m = attacked["all"][name]
        lines.append(f"| {words} | {_cells(m)} | | | {m.n} | |")
    seconds = [f"{of.latency['total']['p50']:.2f}, {of.latency['total']['p95']:.2f}" for of in (test, alone)]
    lines += [
        f"| seconds a question, median and 95th percentile | {seconds[0]} | | {seconds[1]} | | {len(test.rows)} | |",
        "",
        f"By kind of question, right in %, with the judge: {_by_kind(found)}. Reader alone: {_by_kind(by_reader)}.",
        "",
        f"Reader: {test.run['reader']['name']}; judge: {test.run['reader']['judge']}; index {test.run['index']['corpus'][:12]}; commit {test.run['commit']}; seed {test.run['seed']}. "
        "Intervals take questions about one passage as one observation. Reproduce: `.venv/bin/python -m evals run --split test` and "
        "`.venv/bin/python -m evals run --questions evals/adversarial.jsonl`.",
        END,
    ]
    return "\n".join(lines)


def with_results(text: str, section: str) -> str:
    """The README's text with its section replaced.

    Raises:
        EvalError: the marks are missing.
    """
    start, end = text.find(BEGIN), text.find(END)
    if start < 0 or end < start:
        raise EvalError(f"README.md lacks the marks {BEGIN} and {END}; put them where the results belong")
    return text[:start] + section + text[end + len(END) :]


def _cells(measure: Mean) -> str:
    return f"{percent(measure.value)} | {percent(measure.low)}–{percent(measure.high)}"


def _target(target: str, value: float | None) -> str:
    missed = target and (value is None or round(100 * value, 1) < float(target))
    return f"{target}, missed" if missed else target


def _by_kind(found: Figures) -> str:
    kinds = [
        (name.partition(" ")[2], of["right"]) for name, of in found.items() if name.startswith(("kind ", "language "))
    ]
    return ", ".join(
        f"{name} {percent(m.value)} ({m.n})" for name, m in sorted(kinds, key=lambda pair: pair[1].value or 0.0)
    )


def load_baseline(results: Results) -> Results:
    """The committed results of the same questions and split.

    Raises:
        EvalError: there are none.
    """
    asked = results.run["questions"]
    alone = "" if results.run.get("reader", {}).get("judge") else "reader"
    name = "-".join(part for part in (Path(asked["file"]).stem, asked["split"], alone) if part)
    if not (BASELINE / name).is_dir():
        raise EvalError(
            f"there is no baseline for {name}; give --baseline FOLDER, or --no-baseline to check the limits alone"
        )
    return load_results(BASELINE / name)
