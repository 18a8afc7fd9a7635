"""`python -m rag.training COMMAND`: from public data to the readers' weights, and what the data and the runs are like."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

from rag.errors import RagError
from rag.reader.spans import WEIGHTS
from rag.settings import Settings
from rag.training.card import data_card
from rag.training.documents import write_documents
from rag.training.examples import read_test, read_training, split
from rag.training.figures import ablation_table
from rag.training.files import TrainingError
from rag.training.groups import CONTEXTS, GroupMaker, Log, make_groups
from rag.training.labels import calibrate, read_labels, with_labels, write_labels
from rag.training.linear import write_linear
from rag.training.spans import Options as SpanOptions
from rag.training.spans import asked_of, train_spans
from rag.training.support import Options as SupportOptions
from rag.training.support import run_support
from rag.training.train import Options, log_to, start_folder, train


def main(arguments: list[str] | None = None) -> None:
    """Parse the command and run it; what goes wrong is one line on the error stream, and the exit status 1."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (RagError, OSError) as error:
        raise SystemExit(" ".join(f"error: {error}".split())) from error
    except KeyboardInterrupt:
        raise SystemExit(
            "interrupted; `reader`, `spans`, `support` and `label` go on from here when they are called again"
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rag.training", description="Make the readers' weights from public data."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_reader(commands.add_parser("reader", help="train the cross-encoder"))
    _add_support(commands.add_parser("support", help="train the model that tells whether evidence carries a statement"))
    spans = commands.add_parser("spans", help="train the layers that tell which words of a sentence answer")
    _add_paths(spans, "folder for the weights, figures, log and checkpoint")
    spans.add_argument("--limit", type=_positive, help="use only the first N examples, for a trial")
    spans.add_argument("--epochs", type=_positive, default=SpanOptions().epochs)
    spans.add_argument("--learning-rate", type=float, default=SpanOptions().learning_rate)
    spans.set_defaults(run=_spans)
    linear = commands.add_parser("linear", help="fit the linear reader on XQuAD")
    _add_paths(linear, "file for the weights")
    linear.set_defaults(run=lambda options: write_linear(options.data, options.out))
    documents = commands.add_parser("documents", help="write report-like documents with questions")
    _add_paths(documents, "folder for the documents")
    documents.add_argument("--test", action="store_true", help="of the test part instead of the held-out part")
    documents.add_argument("--paragraphs", type=_positive, default=60, help="in a document, about")
    documents.set_defaults(run=_documents)
    card = commands.add_parser("card", help="write how much of what the data is")
    _add_paths(card, "Markdown file")
    card.set_defaults(run=_card)
    label = commands.add_parser("label", help="ask a judge about training pairs; goes on where it stopped")
    _add_paths(label, "file for the labels, which are added to it")
    label.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    label.set_defaults(run=_label)
    for command in (documents, card):
        command.add_argument("--limit", type=_positive, help="use only the first N examples, for a trial")
    label.add_argument("--limit", type=_positive, required=True, help="labels in the file at most")
    blend = commands.add_parser("blend", help="fit the weights of the reader's signals on what `documents` wrote")
    blend.add_argument("--documents", type=Path, required=True, help="what was --out of `documents`")
    blend.set_defaults(run=_blend)
    judge = commands.add_parser("judge", help="fit the weight of the judge's word; goes on where it stopped")
    judge.add_argument("--documents", type=Path, required=True, help="what was --out of `documents`")
    judge.add_argument("--out", type=Path, required=True, help="file for what the judge says, which is added to it")
    judge.add_argument("--limit", type=_positive, required=True, help="questions in the file at most")
    judge.set_defaults(run=_judge)
    ablation = commands.add_parser("ablation", help="print a table of several runs")
    ablation.add_argument("runs", type=Path, nargs="+", metavar="RUN_FOLDER", help="what was --out of `reader`")
    ablation.set_defaults(run=lambda options: print(ablation_table(options.runs)))
    return parser


def _add_reader(reader: argparse.ArgumentParser) -> None:
    _add_paths(reader, "folder for the weights, figures, log and checkpoint")
    default = Options()
    reader.add_argument("--limit", type=_positive, help="use only the first N examples, for a trial")
    reader.add_argument("--epochs", type=_positive, default=default.epochs)
    reader.add_argument("--learning-rate", type=float, default=default.learning_rate)
    reader.add_argument("--negatives", type=_positive, default=default.negatives, help="for each question at most")
    reader.add_argument("--listwise", type=float, default=default.listwise, help="weight of the softmax over a group")
    reader.add_argument("--binary", type=float, default=default.binary, help="weight of the loss of each candidate")
    reader.add_argument("--groups", type=_positive, help="train on so many, evenly drawn; measure on all held-out ones")
    reader.add_argument("--context", choices=CONTEXTS, default=default.context, help="what is read around a sentence")
    reader.add_argument(
        "--start", default=default.start, help="folder with weights to begin with, e.g. rag/reader/weights"
    )
    reader.add_argument("--labels", type=Path, help="what `label` wrote; its pairs are trained on too")
    reader.set_defaults(run=_reader)


def _add_support(support: argparse.ArgumentParser) -> None:
    _add_paths(support, "folder for the weights, figures, log and checkpoint")
    support.add_argument("--limit", type=_positive, help="use only the first N examples of each part, for a trial")
    support.add_argument("--minutes", type=float, default=0.0, help="train so long at most; 0 for all pairs once")
    support.add_argument("--start", help="folder with weights to begin with, e.g. rag/reader/weights")
    support.add_argument("--learning-rate", type=float, help="highest")
    support.add_argument("--statements", type=Path, help="JSON Lines of statements with quotes, to measure on as well")
    support.set_defaults(run=_support)


def _add_paths(command: argparse.ArgumentParser, out: str) -> None:
    command.add_argument("--data", type=Path, required=True, help="folder with the data files")
    command.add_argument("--out", type=Path, required=True, help=out)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}; expected 1 or more")
    return number


def _say(line: str) -> None:
    print(line, flush=True)


def _reader(options: argparse.Namespace) -> None:
    start_folder(options.start)  # better to fail now than after minutes
    labels = read_labels(options.labels) if options.labels else []
    calibration = calibrate(labels) if options.labels else None
    trained, held_out = split(read_training(options.data)[: options.limit])
    options.out.mkdir(parents=True, exist_ok=True)
    log: Log = log_to(options.out / "train.log")
    log(f"{len(trained)} examples to train on, {len(held_out)} held out, {len(labels)} labels")
    chosen = Options(
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        listwise=options.listwise,
        binary=options.binary,
        negatives=options.negatives,
        context=options.context,
        start=options.start,
    )
    groups = make_groups(trained, log)
    step = max(1, len(groups) // (options.groups or len(groups)))
    groups = [group.trimmed(options.negatives) for group in groups[::step][: options.groups]]
    if calibration:
        groups = with_labels(groups, labels, calibration)
        chosen = replace(chosen, labels=len(labels), label_scale=calibration.scale, label_shift=calibration.shift)
    train(groups, make_groups(held_out, log), options.out, chosen, log=log)


def _spans(options: argparse.Namespace) -> None:
    trained, held_out = split(read_training(options.data)[: options.limit])
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = SpanOptions(epochs=options.epochs, learning_rate=options.learning_rate)
    log = log_to(options.out / "train.log")
    train_spans(asked_of(trained), asked_of(held_out), WEIGHTS, options.out, chosen, log=log)


def _support(options: argparse.Namespace) -> None:
    given = {name: value for name in ("start", "learning_rate") if (value := getattr(options, name)) is not None}
    run_support(
        options.data,
        options.out,
        SupportOptions(minutes=options.minutes, **given),
        statements=options.statements,
        limit=options.limit,
    )


def _documents(options: argparse.Namespace) -> None:
    read = read_test if options.test else lambda folder: split(read_training(folder))[1]
    examples = read(options.data)[: options.limit]
    if not examples:
        raise TrainingError(f"{options.data}: no examples in this part; expected some to make documents of")
    questions = write_documents(examples, options.out, paragraphs=options.paragraphs)
    kinds = Counter(question.kind for question in questions)
    _say(
        f"{len({question.document for question in questions})} documents; "
        + ", ".join(f"{n} {k}" for k, n in kinds.items())
    )


def _card(options: argparse.Namespace) -> None:
    options.out.write_text(data_card(options.data, limit=options.limit, log=_say), encoding="utf-8")


def _label(options: argparse.Namespace) -> None:
    from rag.judging import load_judge

    judge = load_judge(Settings.load())
    examples, _ = split(read_training(options.data))
    maker = GroupMaker(examples, _say)
    done = write_labels(maker, examples, judge, options.out, limit=options.limit, seconds=options.seconds)
    _say(f"{done} labels by {judge.name} in {options.out}")


def _blend(options: argparse.Namespace) -> None:
    from rag.training.fusion import write_blend  # brings the whole system

    write_blend(options.documents)


def _judge(options: argparse.Namespace) -> None:
    from rag.judging import load_judge
    from rag.training.fusion import write_fusion

    write_fusion(options.documents, load_judge(Settings.load()), options.out, options.limit)


if __name__ == "__main__":
    main()
