"""What a judge says about pairs of question and window, and training targets from it.

A large model knows better than a public data set which sentence answers: it sees that a neighbour answers too, or that an answer is
missing. Its log-odds become targets for the small reader (distillation).
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from rag.training.examples import Example
from rag.training.files import TrainingError, read_lines
from rag.training.groups import Candidate, Group, GroupMaker

if TYPE_CHECKING:
    from rag.judging import Judge

_SEED = 7
_FAR = ("lexical", "semantic", "article")


@dataclass(frozen=True, slots=True)
class Label:
    """One line of the labels file."""

    question: str
    window: str
    """What the reader sees, with the default context."""
    origin: str
    log_odds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-odds of a judge to the probability that the window answers."""

    scale: float
    shift: float

    def target(self, log_odds: float) -> float:
        """In (0, 1)."""
        return 1 / (1 + math.exp(-min(max(log_odds * self.scale + self.shift, -30.0), 30.0)))


def write_labels(
    maker: GroupMaker, examples: Sequence[Example], judge: Judge, path: Path, *, limit: int, seconds: float = math.inf
) -> int:
    """How many labels the file holds after labels were appended: until `limit` in all, until the time is up, or until none is left.

    A label is written as soon as it is there; called again, the labelling goes on where it stopped.
    """
    until = time.monotonic() + seconds
    done = {(label.question, label.window) for label in _kept(path)}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        for question, candidate in _pairs(maker, examples):
            if len(done) >= limit or time.monotonic() >= until:
                break
            key = (question, candidate.window())
            if key in done:
                continue
            label = Label(*key, candidate.origin, round(judge.log_odds(question, candidate.passage), 4))
            lines.write(json.dumps(asdict(label), ensure_ascii=False) + "\n")
            lines.flush()
            done.add(key)
    return len(done)


def read_labels(path: Path) -> list[Label]:
    """The labels of a file.

    Raises:
        TrainingError: the file is missing, or a line is not as expected.
    """
    labels = []
    for row in read_lines(path, "label"):
        log_odds = row.get("log_odds", float)
        if not math.isfinite(log_odds):
            raise TrainingError(f"{row.place}: field 'log_odds' is {log_odds}; expected a finite number")
        labels.append(Label(row.get("question", str), row.get("window", str), row.get("origin", str), log_odds))
    return labels


def calibrate(labels: Sequence[Label]) -> Calibration:
    """Scale and shift by logistic regression of "is gold" on the log-odds, so that targets mean what the data set means on average.

    Raises:
        TrainingError: there are not both, or the judge prefers what does not answer.
    """
    gold = [label.origin == "gold" for label in labels]
    if len(set(gold)) < 2:
        raise TrainingError(f"{sum(gold)} of {len(gold)} labels are for gold windows; expected some of both")
    fitted = LogisticRegression().fit(np.array([[label.log_odds] for label in labels]), gold)
    found = Calibration(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))
    if found.scale <= 0:
        raise TrainingError(
            f"the judge's log-odds fall for gold windows (scale {found.scale:.3f}); expected them to rise"
        )
    return found


def with_labels(groups: Sequence[Group], labels: Sequence[Label], calibration: Calibration) -> list[Group]:
    """The groups with targets where a candidate has a label; labelled pairs that are in no group follow as groups of their own.

    So nothing is trained on both as the data set says and as the judge says.
    """
    targets = {(label.question, label.window): calibration.target(label.log_odds) for label in labels}
    found, used = [], set()
    for group in groups:
        keys = [(group.question, candidate.window()) for candidate in group.candidates]
        labelled = {key for key in keys if key in targets}
        used |= labelled
        found.append(replace(group, targets=tuple(map(targets.get, keys))) if labelled else group)
    for label in labels:
        key = (label.question, label.window)
        if key not in used:
            used.add(key)
            found.append(Group(label.question, (_candidate(label),), "en", targets=(targets[key],)))
    return found


def _pairs(maker: GroupMaker, examples: Sequence[Example]) -> Iterator[tuple[str, Candidate]]:
    """The most informative pairs of each example, in random order of examples.

    They are the gold window, one other of its paragraph, one of elsewhere, and the gold window for the changed question.
    """
    order = list(examples)
    random.Random(_SEED).shuffle(order)
    for example in order:
        asked, *changed = maker.groups(example)
        rng = random.Random(f"{_SEED} {example.question}")
        near = [c for c in asked.candidates if c.origin == "paragraph"][:1]
        far = [c for c in asked.candidates if c.origin in _FAR]
        for candidate in (asked.candidates[0], *near, *rng.sample(far, min(1, len(far)))):
            yield asked.question, candidate
        for group in changed:
            yield group.question, group.candidates[0]


def _kept(path: Path) -> list[Label]:
    """The labels that are there; a last line that was cut off in the middle is removed."""
    if not path.exists():
        return []
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(data.rfind(b"\n") + 1)
    return read_labels(path)


def _candidate(label: Label) -> Candidate:
    """A candidate with the label's window."""
    sentence, _, context = label.window.partition(" [SEP] ")
    return Candidate(sentence, "", "", context, label.origin)
