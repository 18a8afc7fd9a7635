"""`python -m evals run`: the figures that the README shows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from evals.run import run
from rag import RagError


def main() -> None:
    """Parse the command and run it; errors are one line."""
    parser = argparse.ArgumentParser(
        prog="python -m evals", description="Measure retrieval, answers, citations and abstention."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("run", help="ask the questions and print the figures")
    command.add_argument("--split", choices=("dev", "test"), help="only these questions; without it all")
    command.add_argument(
        "--out", type=Path, metavar="FILE.json", help="save figures, settings and every question's result"
    )
    command.add_argument(
        "--wrong", action="store_true", help="list the questions that went wrong; never tune on those of the test split"
    )
    options = parser.parse_args()
    try:
        run(options.split, options.out, options.wrong)
    except (RagError, ValueError, OSError) as error:
        sys.exit(f"evals: {error}")


if __name__ == "__main__":
    main()
