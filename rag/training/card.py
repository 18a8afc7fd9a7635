"""The data card: how many of what the pipeline makes of the data files."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.training.changes import KINDS as CHANGES
from rag.training.documents import KINDS, write_documents
from rag.training.examples import Example, read_test, read_training, split
from rag.training.groups import Log, make_groups

_Row = Sequence[object]


def data_card(folder: Path, *, limit: int | None = None, log: Log = lambda line: None) -> str:
    """Markdown with counts only, the same for the same files.

    Args:
        folder: With the data files.
        limit: Only the first so many examples of each part.
        log: Called with lines of progress.
    """
    examples, test = read_training(folder)[:limit], read_test(folder)[:limit]
    trained, held_out = split(examples)
    parts = {"training": trained, "held out": held_out, "test": test}
    sections = [
        "# Data card",
        "Made by `python -m rag.training card`. One article in twelve is held out; the test part shares no question and no article title "
        "with the files that are trained on.",
        "## Examples",
        _table(("part", "file", "language", "examples", "articles", "paragraphs"), _examples(parts)),
        *_groups({"training": trained, "held out": held_out}, log),
        "## Questions to documents",
        _table(("part", "documents", *KINDS), _documents({"held out": held_out, "test": test})),
    ]
    return "\n\n".join(sections) + "\n"


def _examples(parts: dict[str, list[Example]]) -> Iterable[_Row]:
    for part, examples in parts.items():
        for source, language in sorted({(e.source, e.language) for e in examples}):
            found = [e for e in examples if (e.source, e.language) == (source, language)]
            yield part, source, language, *_sizes(found)
        yield part, "all", "all", *_sizes(examples)


def _sizes(examples: Sequence[Example]) -> tuple[int, int, int]:
    return len(examples), len({e.title for e in examples}), len({e.sentences for e in examples})


def _groups(parts: dict[str, list[Example]], log: Log) -> list[str]:
    """Candidates by origin and near misses by what was changed."""
    made = {part: make_groups(examples, log) for part, examples in parts.items()}
    origins = {part: Counter(c.origin for g in groups for c in g.candidates) for part, groups in made.items()}
    changes = {part: Counter(g.changed for g in groups if g.changed) for part, groups in made.items()}
    sizes = [(part, sum(g.answerable for g in groups), changes[part].total()) for part, groups in made.items()]
    names = sorted({origin for counts in origins.values() for origin in counts})
    return [
        "## Groups",
        _table(("part", "groups", "near-miss groups"), sizes),
        "## Candidates by origin",
        _table(("origin", *made), [(name, *(origins[part][name] for part in made)) for name in names]),
        "## Near misses by what was changed",
        _table(("changed", *made), [(name, *(changes[part][name] for part in made)) for name in CHANGES]),
    ]


def _documents(parts: dict[str, list[Example]]) -> Iterable[_Row]:
    for part, examples in parts.items():
        with tempfile.TemporaryDirectory() as folder:
            questions = write_documents(examples, Path(folder))
        kinds = Counter(question.kind for question in questions)
        yield part, len({question.document for question in questions}), *(kinds[kind] for kind in KINDS)


def _table(head: _Row, rows: Iterable[_Row]) -> str:
    aligned = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (head, aligned, *rows))
