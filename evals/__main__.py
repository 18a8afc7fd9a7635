"""`python -m evals`: run the questions, compare runs, gate them, report on them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from evals import calibration, compare, conversations, from_feedback, gate, legs, openings, public, readme, statements
from evals.data import QUESTIONS, SPLITS, load_questions
from evals.errors import EvalError
from evals.figures import figures, table
from evals.results import latency, load_results, write_file
from evals.suite import Suite, run_suite
from rag import Assistant, RagError, Settings
from rag.documents import read_corpus
from rag.feedback import read_feedback

Command = Callable[[argparse.Namespace], int]


def main() -> None:
    """Parse the command and run it; errors are one line, and the exit status is 1 for a gate that is not passed or an error."""
    options = _parser().parse_args()
    try:
        status = options.command(options)
    except (EvalError, RagError) as error:
        sys.exit(f"evals: {error}")
    except KeyboardInterrupt:
        kept = getattr(options, "out", None) and options.command is _run
        sys.exit("evals: interrupted" + ("; the same command goes on from here" if kept else ""))
    sys.exit(status)


def _run(options: argparse.Namespace) -> int:
    suite = Suite(
        questions=options.questions,
        squad=options.squad,
        language=options.language,
        split=options.split,
        kinds=tuple(options.kind),
        workers=options.workers,
        judge=options.judge,
    )
    finished = run_suite(suite, options.out)
    print(table(figures([row for row, _ in finished]), latency(outcome for _, outcome in finished)))
    judged = [outcome["judge"]["verdict"] for _, outcome in finished if "judge" in outcome]
    if judged:
        print("\njudge: " + ", ".join(f"{verdict} {judged.count(verdict)}" for verdict in ("right", "wrong", "error")))
    if options.out:
        print(f"\nkept in {options.out}; look at it with: python -m evals report {options.out}")
    return 0


def _check(options: argparse.Namespace) -> int:
    documents = {document.id: document for document in read_corpus(Settings.load().corpus).documents}
    questions = load_questions(documents, options.questions)
    unanswerable = sum(not question.answerable for question in questions)
    clusters = len({question.cluster for question in questions})
    print(
        f"{options.questions}: {len(questions)} questions, {unanswerable} not answerable, {clusters} clusters; all in order"
    )
    return 0


def _compare(options: argparse.Namespace) -> int:
    print(compare.table(compare.compare_results(load_results(options.first), load_results(options.second))))
    return 0


def _legs(options: argparse.Namespace) -> int:
    settings = Settings.load(judge="reader")
    assistants = {name: Assistant.open(settings.model_copy(update={"reader": name})) for name in ("linear", "cross")}
    documents = assistants["cross"].documents
    asked = legs.askable(load_questions(documents, options.questions, split=options.split, kinds=tuple(options.kind)))
    named = {f"{name} reader": assistant for name, assistant in assistants.items()}
    print(legs.table(legs.rankings(named, asked), asked))
    return 0


def _public(options: argparse.Namespace) -> int:
    parts = public.parts(options.data, options.limit)
    print(public.table({name: public.cases(examples) for name, examples in parts.items()}))
    return 0


def _calibration(options: argparse.Namespace) -> int:
    print(calibration.table(load_results(options.results)))
    return 0


def _statements(options: argparse.Namespace) -> int:
    assistant = Assistant.open(Settings.load(judge=None if options.judged else "reader"))
    cases = statements.load_statements(assistant.documents, options.statements, options.split)
    checked = statements.check(cases, assistant.verify)
    print(statements.table(checked))
    if options.mistakes:
        write_file(options.mistakes, statements.mistakes(checked) + "\n")
    return 0


def _conversations(options: argparse.Namespace) -> int:
    assistant = Assistant.open(Settings.load(judge=None if options.judged else "reader"))
    asked = load_questions(assistant.documents, options.questions, split=options.split)
    print(conversations.table(conversations.ask_both(assistant, asked, conversations.load_in_full(asked))))
    return 0


def _openings(options: argparse.Namespace) -> int:
    assistant = Assistant.open(Settings.load())
    cases = openings.load_openings(assistant.documents, options.openings, options.split)
    print(openings.table(openings.ask(assistant, cases)))
    return 0


def _gate(options: argparse.Namespace) -> int:
    results, rules = load_results(options.results), gate.load_rules(options.rules)
    baseline = None
    if not options.no_baseline:
        baseline = load_results(options.baseline) if options.baseline else readme.load_baseline(results)
    checks = gate.check(results, baseline, rules)
    for one in checks:
        print(f"{'passed' if one.passed else 'FAILED'}  {one.name} ({one.detail})")
    if options.junit:
        write_file(options.junit, gate.junit(checks))
    failed = sum(not one.passed for one in checks)
    print(f"{len(checks) - failed} of {len(checks)} checks passed")
    return int(failed > 0)


def _report(options: argparse.Namespace) -> int:
    try:
        from evals.report import report  # needs the extra
    except ImportError as error:
        raise EvalError(f"the report needs {error.name}; install it with: pip install -e '.[evals]'") from error
    target = options.out or options.results / "report.html"
    write_file(target, report(load_results(options.results)))
    print(f"wrote {target}")
    return 0


def _readme(options: argparse.Namespace) -> int:
    text = readme.README.read_text(encoding="utf-8")
    write_file(readme.README, readme.with_results(text, readme.results_section(options.baseline)))
    print(f"wrote the results of {options.baseline} into {readme.README.name}")
    return 0


def _from_feedback(options: argparse.Namespace) -> int:
    documents = {document.id: document for document in read_corpus(Settings.load().corpus).documents}
    known = from_feedback.questions_in(options.questions)
    said = read_feedback(options.store)
    found = from_feedback.candidates(said, documents, known)
    from_feedback.write_candidates(options.out, found)
    print(f"wrote {len(found)} candidates from {len(said)} remarks to {options.out}; review every one before use")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals", description="Measure retrieval, answers, citations and abstention."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands.add_parser("run", help="ask the questions and print the figures"), _run)
    source = run.add_mutually_exclusive_group()
    source.add_argument(
        "--questions", type=Path, default=QUESTIONS, metavar="FILE.jsonl", help="default: the report's questions"
    )
    source.add_argument(
        "--squad", type=Path, metavar="FILE.json", help="a file in SQuAD's format; its paragraphs become the corpus"
    )
    run.add_argument("--language", default="en", metavar="CODE", help="language of the SQuAD file (default: en)")
    run.add_argument("--split", choices=SPLITS, help="only these questions; without it all")
    run.add_argument("--kind", action="append", default=[], help="only this kind; may be given several times")
    run.add_argument("--out", type=Path, metavar="FOLDER", help="keep the results; an interrupted run goes on there")
    run.add_argument(
        "--workers", type=int, default=1, metavar="N", help="conversations at the same time; times need 1 (default)"
    )
    run.add_argument("--judge", metavar="PROVIDER:MODEL", help="let a chat model grade the answers too")

    check = _command(commands.add_parser("check", help="check a question file against the corpus"), _check)
    check.add_argument("--questions", type=Path, default=QUESTIONS, metavar="FILE.jsonl")

    ranking = _command(commands.add_parser("legs", help="each leg alone, their fusion, and each reader"), _legs)
    ranking.add_argument("--questions", type=Path, default=QUESTIONS, metavar="FILE.jsonl")
    ranking.add_argument("--split", choices=SPLITS, help="only these questions; without it all")
    ranking.add_argument("--kind", action="append", default=[], help="only this kind; may be given several times")

    testing = _command(
        commands.add_parser("public", help="the readers on public data they were not trained on"), _public
    )
    testing.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="what rag.training reads")
    testing.add_argument("--limit", type=_positive, metavar="N", help="questions of each part at most")

    trusting = _command(
        commands.add_parser("calibration", help="whether the reader's probability is one; risk and coverage"),
        _calibration,
    )
    trusting.add_argument("results", type=Path, metavar="FOLDER")

    stating = _command(
        commands.add_parser("statements", help="faithful and corrupted statements told apart"), _statements
    )
    stating.add_argument("--statements", type=Path, default=statements.STATEMENTS, metavar="FILE.jsonl")
    stating.add_argument("--split", choices=SPLITS, help="only these; without it all")
    stating.add_argument("--judged", action="store_true", help="ask the judge too, where there is one")
    stating.add_argument(
        "--mistakes", type=Path, metavar="OUT.jsonl", help="write down what was taken for what it is not"
    )

    talking = _command(
        commands.add_parser("conversations", help="follow-ups against the same questions in full"), _conversations
    )
    talking.add_argument("--questions", type=Path, default=QUESTIONS, metavar="FILE.jsonl")
    talking.add_argument("--split", choices=SPLITS, help="only these; without it all")
    talking.add_argument("--judged", action="store_true", help="ask the judge too, where there is one")

    opening = _command(commands.add_parser("openings", help="yes-or-no questions and the word opened with"), _openings)
    opening.add_argument("--openings", type=Path, default=openings.OPENINGS, metavar="FILE.jsonl")
    opening.add_argument("--split", choices=SPLITS, help="only these; without it all")

    comparison = _command(commands.add_parser("compare", help="two runs, question by question"), _compare)
    comparison.add_argument("first", type=Path, metavar="FIRST")
    comparison.add_argument("second", type=Path, metavar="SECOND")

    gating = _command(commands.add_parser("gate", help="limits, and no significant loss against a baseline"), _gate)
    gating.add_argument("results", type=Path, metavar="FOLDER")
    against = gating.add_mutually_exclusive_group()
    against.add_argument(
        "--baseline", type=Path, metavar="FOLDER", help="default: the committed one of these questions"
    )
    against.add_argument("--no-baseline", action="store_true", help="check the limits alone")
    gating.add_argument("--rules", type=Path, default=gate.RULES, metavar="FILE.toml")
    gating.add_argument("--junit", type=Path, metavar="FILE.xml", help="write the checks as a JUnit file")

    reporting = _command(commands.add_parser("report", help="one HTML file with everything of a run"), _report)
    reporting.add_argument("results", type=Path, metavar="FOLDER")
    reporting.add_argument("--out", type=Path, metavar="FILE.html", help="default: report.html in the folder")

    said = commands.add_parser("from-feedback", help="what readers said of answers, as candidate questions")
    said = _command(said, _from_feedback)
    said.add_argument("store", type=Path, metavar="STORE", help="feedback.sqlite3, or the folder that holds it")
    said.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl", help="a new file for the candidates")
    said.add_argument(
        "--questions", type=Path, default=QUESTIONS, metavar="FILE.jsonl", help="questions that need no candidate"
    )

    page = _command(commands.add_parser("readme", help="put the committed results into the README"), _readme)
    page.add_argument("--baseline", type=Path, default=readme.BASELINE, metavar="FOLDER")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no count; give 1 or more")
    return int(text)


def _command(parser: argparse.ArgumentParser, command: Command) -> argparse.ArgumentParser:
    parser.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    main()
