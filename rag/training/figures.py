"""How well the reader tells answers from the rest, and runs side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.training.files import TrainingError
from rag.training.groups import Group

FILE = "figures.json"
Score = Callable[[Sequence[Group]], list[list[float]]]
"""Logits of the candidates of each group."""


def evaluate(score: Score, groups: Sequence[Group], size: int = 16) -> dict[str, float]:
    """Share of answerable groups whose answering sentence is first, and AUC of it against the others by origin.

    Near misses are also counted by what was changed; "near-miss group's best" is the best candidate of a changed question.
    """
    first: dict[str, list[bool]] = {}
    others: dict[str, list[float]] = {}
    golds: list[float] = []
    for start in range(0, len(groups), size):
        batch = groups[start : start + size]
        for group, values in zip(batch, score(batch), strict=True):
            if group.answerable:
                first.setdefault(group.language, []).append(len(values) == 1 or values[0] > max(values[1:]))
                golds.append(values[0])
            else:
                others.setdefault("near-miss group's best", []).append(max(values))
                others.setdefault(f"near-miss {group.changed}", []).append(values[0])
            for candidate, value in zip(group.candidates, values, strict=True):
                if candidate.origin != "gold":
                    others.setdefault(candidate.origin, []).append(value)
    figures = {"accuracy@1": float(np.mean([hit for hits in first.values() for hit in hits]))}
    figures |= {f"accuracy@1 {language}": float(np.mean(hits)) for language, hits in sorted(first.items())}
    for origin, values in sorted(others.items()):
        figures[f"auc {origin}"] = float(roc_auc_score([1] * len(golds) + [0] * len(values), golds + values))
    return {name: round(value, 4) for name, value in figures.items()}


def ablation_table(runs: Sequence[Path]) -> str:
    """A Markdown table with a row for each run: the options in which the runs differ, and their figures.

    Raises:
        TrainingError: a folder has no figures, or they cannot be read.
    """
    found = [(run.resolve().name, read_figures(run)) for run in runs]
    options: list[str] = list(dict.fromkeys(name for _, values in found for name in values["options"]))
    differ = [name for name in options if len({str(v["options"].get(name)) for _, v in found}) > 1]
    measures = dict.fromkeys(name for _, values in found for name, v in values.items() if isinstance(v, float))
    rows = [["run", *differ, *measures]]
    for name, values in found:
        chosen = [str(values["options"].get(option, "–")) for option in differ]
        rows.append([name, *chosen, *(_number(values.get(measure)) for measure in measures)])
    rows.insert(1, ["---"] * (1 + len(differ)) + ["---:"] * len(measures))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def read_figures(run: Path) -> dict[str, Any]:
    """The figures of a run with its "options".

    Raises:
        TrainingError: there are none, or they cannot be read.
    """
    path = run / FILE
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no such file; expected the folder of a finished run") from error
    except ValueError as error:
        raise TrainingError(f"{path}: not JSON ({error}); expected the figures of a run") from error
    if not isinstance(values, dict) or not isinstance(values.get("options"), dict):
        raise TrainingError(f"{path}: field 'options' is missing; expected an object")
    return values


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–"
