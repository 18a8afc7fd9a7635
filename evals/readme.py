"""The README's table of results, made from a results folder that is committed."""

from __future__ import annotations

from pathlib import Path

from evals.errors import EvalError
from evals.figures import Figures, figures, percent
from evals.results import Results, load_results

BASELINE = Path(__file__).parent / "baseline"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- results: made by python -m evals readme -->", "<!-- end of results -->"
_SHOWN = (
    ("exact quotes", "quotations that are the document's exact characters", "100"),
    ("recall@1", "recall@1 of the needed evidence", ""),
    ("recall@5", "recall@5", "95"),
    ("MRR", "MRR", ""),
    ("nDCG@10", "nDCG@10", ""),
    ("answer accuracy", "answer accuracy", "80"),
    ("citation recall", "citation recall", ""),
    ("citation precision, where answered", "citation precision, where answered", ""),
    ("attribution kept", "speaker shown where somebody's words are cited", ""),
    ("abstention precision", "abstention precision", ""),
    ("abstention recall", "unanswerable questions declined, or a false premise corrected", ""),
    ("false abstentions", "answerable questions declined (lower is better)", ""),
)
"""(measure, words, target in percent)."""


def results_section(folder: Path = BASELINE) -> str:
    """The Markdown between the README's marks.

    Raises:
        EvalError: a baseline is missing or damaged.
    """
    test, adversarial = load_results(folder / "questions-test"), load_results(folder / "adversarial")
    found, attacked = figures(test.rows), figures(adversarial.rows)
    if "total" not in test.latency:
        raise EvalError(f"{test.folder} has no times; make the results again")
    total = test.latency["total"]
    answerable = sum(row.answerable for row in test.rows)
    lines = [
        BEGIN,
        f"{len(test.rows)} test questions and follow-ups, written from the report by reading it and not used for tuning ({answerable} answerable, "
        f"{len(test.rows) - answerable} not, {sum(row.language == 'es' for row in test.rows)} in Spanish).",
        "",
        "| measure | % | 95 % interval | n | target |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {words} | {percent(m.value)} | {percent(m.low)}–{percent(m.high)} | {m.n} | {_target(target, m.value)} |"
        for name, words, target in _SHOWN
        if (m := found["all"][name]).value is not None
    ]
    for name, words in (
        ("as expected", "adversarial items that end as they should"),
        ("nothing forbidden shown", "adversarial items that show nothing forbidden"),
    ):
        m = attacked["all"][name]
        lines.append(f"| {words} | {percent(m.value)} | {percent(m.low)}–{percent(m.high)} | {m.n} | |")
    lines += [
        f"| seconds a question, median and 95th percentile | {total['p50']:.3f}, {total['p95']:.3f} | | {total['n']} | 0.150, 0.400 |",
        "",
        f"By kind of question, right in %: {_by_kind(found)}.",
        "",
        f"Reader: {test.run['reader']['name']}; index {test.run['index']['corpus'][:12]}; commit {test.run['commit']}; seed {test.run['seed']}. "
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
    name = "-".join(part for part in (Path(asked["file"]).stem, asked["split"]) if part)
    if not (BASELINE / name).is_dir():
        raise EvalError(
            f"there is no baseline for {name}; give --baseline FOLDER, or --no-baseline to check the limits alone"
        )
    return load_results(BASELINE / name)
