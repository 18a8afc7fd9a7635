"""`python -m evals.sentence_boundaries`: sentence splitters against sentences marked by hand."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import nupunkt

from rag.documents.sentences import sentence_spans

GOLD = Path(__file__).parent / "sentences.txt"
_PLAIN = re.compile(r"(?<=[.!?…])[\"”’)]*\s+(?=[\"“(¿¡]?[A-ZÁÉÍÓÚÑ])")

Splitter = Callable[[str], list[str]]


def plain_rule(text: str) -> list[str]:
    """The usual rule: an end mark, white space, a capital letter."""
    cuts = [0, *(match.end() for match in _PLAIN.finditer(text)), len(text)]
    return [text[a:b].strip() for a, b in itertools.pairwise(cuts) if text[a:b].strip()]


def library_alone(text: str) -> list[str]:
    """The library without our rule for quotations and parentheses."""
    return [sentence.strip() for sentence in nupunkt.sent_tokenize(text)]


def ours(text: str) -> list[str]:
    """What the product uses."""
    return [text[a:b] for a, b in sentence_spans(text)]


def gold_paragraphs() -> list[list[str]]:
    """Paragraphs as lists of sentences."""
    body = "\n".join(line for line in GOLD.read_text(encoding="utf-8").split("\n") if not line.startswith("#"))
    return [paragraph.strip().split("\n") for paragraph in body.split("\n\n") if paragraph.strip()]


def score(split: Splitter) -> tuple[int, int, list[str]]:
    """(sentences found exactly, sentences marked, those that were not found)."""
    missed, total = [], 0
    for sentences in gold_paragraphs():
        found = set(split(" ".join(sentences)))
        total += len(sentences)
        missed += [sentence for sentence in sentences if sentence not in found]
    return total - len(missed), total, missed


if __name__ == "__main__":
    for splitter in (plain_rule, library_alone, ours):
        right, total, missed = score(splitter)
        print(f"{splitter.__name__:15}{right}/{total} sentences exact")
    for sentence in score(ours)[2]:
        print("  missed:", sentence)
