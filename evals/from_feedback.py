"""What readers said of answers, as candidate questions that a person reviews before any of them counts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.data import read_lines
from evals.errors import EvalError
from evals.results import write_file
from rag import Document
from rag.feedback import Said
from rag.retrieval.lexical import language_of, words

MARK = "CANDIDATE, to be reviewed by a person"
"""What the note of every candidate begins with."""
_EITHER = ["answer", "abstain"]


def candidates(
    said: Iterable[Said], documents: Mapping[str, Document], known: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """A candidate for each question, however often it was asked and said something of, in the order of first mention.

    What was said last decides what is expected; the note keeps all of it. A thumb up makes the cited quotations gold: a regression test.

    Args:
        said: What counts, oldest first.
        documents: By id; only quotations that stand in one of them become gold.
        known: Questions that are left out, since there are such already.
    """
    taken = {same(question) for question in known}
    groups: dict[tuple[str, ...], list[Said]] = {}
    for one in said:
        key = same(_question(one))
        if key not in taken:
            groups.setdefault(key, []).append(one)
    return [_candidate(key, group, documents) for key, group in groups.items()]


def same(question: str) -> tuple[str, ...]:
    """Equal for questions that differ in case, accents, spaces and marks alone.

    >>> same("Who took Tocorón?") == same("  who took tocoron")
    True
    """
    return tuple(words(question))


def questions_in(path: Path) -> list[str]:
    """The questions of a question file.

    Raises:
        EvalError: the file cannot be read.
    """
    return [str(line.get("question", "")) for _, line in read_lines(path)]


def write_candidates(path: Path, found: Sequence[Mapping[str, Any]]) -> None:
    """Write the candidates as JSON lines into a new file.

    Raises:
        EvalError: the file is there already and may hold somebody's review, or it cannot be written.
    """
    if path.exists():
        raise EvalError(f"{path} is there already and may hold reviewed questions; give the name of a new file")
    write_file(path, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found))


def _question(said: Said) -> str:
    """Standalone, so that a follow-up can be asked without the turns before it."""
    return str(said.line.get("standalone") or said.line["question"])


def _candidate(key: tuple[str, ...], group: Sequence[Said], documents: Mapping[str, Document]) -> dict[str, Any]:
    last = group[-1]
    question = _question(last)
    return {
        "id": f"fb-{hashlib.sha256(' '.join(key).encode()).hexdigest()[:8]}",
        "split": "dev",
        "kind": "other",
        "language": language_of(question),
        "question": question,
        **_expected(last, documents),
        "note": _note(group),
    }


def _expected(said: Said, documents: Mapping[str, Document]) -> dict[str, Any]:
    """What the question file can say of what is right; where nobody knows yet, the outcomes that may be."""
    if "should-have-abstained" in said.reasons or (said.thumb == "up" and said.line["abstained"]):
        return {"kind": "unanswerable", "answerable": False}
    if "should-have-answered" in said.reasons:
        return {"expect": ["answer"]}
    shown = said.line["citations"]
    if "wrong-passage" in said.reasons:
        return {"expect": _EITHER, **({"absent": [one["quote"] for one in shown]} if shown else {})}
    standing = [one for one in shown if any(one["quote"] in document.text for document in documents.values())]
    if standing and (said.thumb == "up" or "misquoted" in said.reasons):
        return {"answerable": True, "gold": [_gold(standing)]}
    return {"expect": _EITHER}


def _gold(citations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Any of the quotations: which of them were needed is for the reviewer to say."""
    speakers = [[one["speaker"]] if one.get("speaker") else [] for one in citations]
    return {"any": [one["quote"] for one in citations], **({"speakers": speakers} if any(speakers) else {})}


def _note(group: Sequence[Said]) -> str:
    """All that was said, newest first, and what of the question as asked the standalone one hides."""
    last = group[-1]
    thumbs = Counter(one.thumb for one in group)
    parts = [MARK, f"thumbs: {thumbs['up']} up, {thumbs['down']} down", f"asked of index {last.line['fingerprint']}"]
    if last.line["question"] != _question(last):
        parts.append(f"as asked, a follow-up: “{last.line['question']}”")
    return "; ".join([*parts, *(_remark(one) for one in reversed(group))])


def _remark(said: Said) -> str:
    day = datetime.fromtimestamp(said.given, UTC).date()
    reasons = f" ({', '.join(said.reasons)})" if said.reasons else ""
    comment = f": “{' '.join(said.comment.split())}”" if said.comment else ""
    outcome = "an abstention" if said.line["abstained"] else "an answer"
    return f"{day} {said.thumb} for {outcome}{reasons}{comment}"
