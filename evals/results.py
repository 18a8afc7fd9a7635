"""A results folder: what a run was made of, a line of scores for each question, and what came back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.errors import EvalError
from evals.measures import percentile
from evals.scoring import Asked
from rag.rendering import to_line

SCHEMA = 1
RUN, SCORES, OUTCOMES, LATENCY = "run.json", "scores.jsonl", "outcomes.jsonl", "latency.json"


@dataclass(frozen=True, slots=True)
class Row:
    """The scores of one question. The same input gives the same row; times are kept elsewhere."""

    id: str
    kind: str
    split: str
    language: str
    cluster: str
    answerable: bool
    question: str
    """Hash of the question, its gold and its answers, so that only the same question is ever compared."""
    status: str
    """"answered", "abstained", "refused" or "failed"."""
    scores: Mapping[str, float | None]
    confidence: float | None = None
    """The reader's best sentence in [0, 1]; None where nothing came back."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """A results folder as read."""

    folder: Path
    run: Mapping[str, Any]
    """What the run was made of; `evals.identity` says what is in it."""
    rows: tuple[Row, ...]
    outcomes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id; empty in a folder that keeps only scores, such as a baseline."""
    latency: Mapping[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every question of the run has its row."""
        return len(self.rows) == int(self.run["questions"]["n"])


class Writer:
    """Appends to a results folder question by question, so that an interrupted run can go on."""

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """Open a folder for this run; rows of the same run that are there already are kept in `done`.

        Raises:
            EvalError: the folder holds results of another run, or something else.
        """
        self._folder, self._run = folder, run
        self.done: dict[str, tuple[Row, Mapping[str, Any]]] = {}
        if (folder / RUN).is_file():
            self._resume()
        elif folder.is_dir() and any(folder.iterdir()):
            raise EvalError(f"{folder} is not empty and holds no {RUN}; give --out a new folder")
        elif folder.is_file():
            raise EvalError(f"{folder} is a file; give --out a folder")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / RUN, json.dumps(run, indent=1, ensure_ascii=False) + "\n")
        except OSError as error:
            raise EvalError(f"{folder} cannot be written to ({error.strerror}); give --out another folder") from error
        self._rewrite(list(self.done))

    def forget(self, identities: Iterable[str]) -> None:
        """Take back what is kept of questions that will be asked again."""
        for identity in identities:
            self.done.pop(identity, None)
        self._rewrite(list(self.done))

    def add(self, row: Row, outcome: Mapping[str, Any]) -> None:
        """Keep one question; the outcome goes first, so that a row without one is never there."""
        self.done[row.id] = (row, outcome)
        for name, value in ((OUTCOMES, outcome), (SCORES, asdict(row))):
            with (self._folder / name).open("a", encoding="utf-8") as file:
                file.write(_line(value))

    def finish(self, order: Sequence[str]) -> None:
        """Bring the lines into the order of the questions, and write the times of the stages."""
        self._rewrite(order)
        _write(self._folder / LATENCY, json.dumps(latency(self.done[i][1] for i in order), indent=1) + "\n")

    def _resume(self) -> None:
        before = load_results(self._folder)
        for name in sorted(set(before.run) | set(self._run)):
            if name not in ("commit", "workers") and before.run.get(name) != self._run.get(name):
                raise EvalError(
                    f"{self._folder} holds a run with other {name} ({_short(before.run.get(name))}, now {_short(self._run.get(name))}); "
                    "give --out a new folder"
                )
        for row in before.rows:
            if row.status != "failed" and row.id in before.outcomes:
                self.done[row.id] = (row, before.outcomes[row.id])

    def _rewrite(self, order: Sequence[str]) -> None:
        _write(self._folder / OUTCOMES, "".join(_line(self.done[i][1]) for i in order))
        _write(self._folder / SCORES, "".join(_line(asdict(self.done[i][0])) for i in order))


def load_results(folder: Path) -> Results:
    """A results folder; a last line that an interruption cut off is left out, and of two rows of one question the later one counts.

    Raises:
        EvalError: there is no run in it, or a file in it is damaged.
    """
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EvalError(
            f"{folder} holds no results ({RUN} is missing); make them with: python -m evals run --out {folder}"
        ) from error
    except (OSError, ValueError) as error:
        raise EvalError(f"{folder / RUN} cannot be read ({error}); make the results again") from error
    if not isinstance(run, dict) or run.get("schema") != SCHEMA or not run.keys() >= {"questions", "corpus"}:
        raise EvalError(f"{folder / RUN} is not of schema {SCHEMA}; make the results again with this version")
    reading = SCORES
    try:
        rows = {value["id"]: Row(**value) for value in _lines(folder / SCORES)}
        reading = OUTCOMES
        kept = folder / OUTCOMES
        outcomes = {value["id"]: value for value in _lines(kept)} if kept.is_file() else {}
        reading = LATENCY
        times = json.loads((folder / LATENCY).read_text(encoding="utf-8")) if (folder / LATENCY).is_file() else {}
    except (TypeError, KeyError, ValueError) as error:
        raise EvalError(
            f"{folder / reading}: {type(error).__name__}: {error}; make the results again with this version"
        ) from error
    return Results(folder, run, tuple(rows.values()), outcomes, times)


def outcome_line(asked: Asked, gold: Sequence[Sequence[str]], seconds: float) -> dict[str, Any]:
    """What the report shows of a question: everything that came back, and what should have."""
    question = asked.question
    timings = dict(asked.outcome.timings) if asked.outcome else {}
    return {
        "id": question.id,
        "asked": question.text,
        "after": question.after,
        "gold": [list(alternatives) for alternatives in gold],
        "answers": [list(fact) for fact in question.answers],
        "expect": list(question.expect),
        "outcome": to_line(asked.outcome, line_id=question.id) if asked.outcome else None,
        "reader_scores": [hit.reader_score for hit in asked.outcome.hits] if asked.outcome else [],
        "timings": {**timings, "total": seconds},
    }


def latency(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """p50 and p95 in seconds of every stage, over the questions that did not fail."""
    stages: dict[str, list[float]] = {}
    for outcome in outcomes:
        if outcome["outcome"] is not None:
            for stage, seconds in outcome["timings"].items():
                stages.setdefault(stage, []).append(seconds)
    return {
        stage: {"p50": round(percentile(values, 0.5), 4), "p95": round(percentile(values, 0.95), 4), "n": len(values)}
        for stage, values in stages.items()
    }


def write_file(path: Path, text: str) -> None:
    """Write a whole file or nothing: it is put in place only when it is complete.

    Raises:
        EvalError: the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, text)
    except OSError as error:
        raise EvalError(f"{path} cannot be written ({error.strerror}); give another place") from error


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise EvalError(f"{path} cannot be read ({error.strerror}); make the results again") from error
    values = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            values.append(json.loads(line.decode("utf-8")))
        except ValueError as error:  # a UnicodeDecodeError is one, too
            if number == len(lines):  # without its line end: cut off
                break
            raise EvalError(f"{path}:{number}: not JSON ({error}); make the results again") from error
    return values


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
