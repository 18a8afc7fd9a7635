"""Pairs to weights: a cross-encoder over (statement, evidence) that says how probably the evidence carries the statement."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from rag.embedding import MINILM
from rag.errors import ModelUnavailable
from rag.training.examples import NQ, QED, XQUAD, read_training, split
from rag.training.files import TrainingError
from rag.training.groups import Log
from rag.training.support_figures import evaluate, read_statements
from rag.training.support_pairs import Pair, counts, make_pairs
from rag.training.train import log_to, start_folder

FILE = "support.json"
_SEED = 7
_CHECKPOINT = "checkpoint.pt"
_WARM = 0.05
"""Share of the training in which the learning rate rises."""
_MEASURED = 5000
"""Held-out pairs that are measured on, at most."""
_SCORED = 64
"""Pairs that are scored at once."""

Group = Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the weights besides the data."""

    epochs: int = 1
    minutes: float = 0.0
    """Training ends after so many at the latest, its learning rate as low as at the end of all steps; 0 for no end but that."""
    groups_per_step: int = 8
    """A group has about five pairs."""
    learning_rate: float = 1e-4
    max_tokens: int = 128
    start: str = MINILM
    """The weights to begin with: the packaged ones by their name, or a folder."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to."""

    steps: int
    seconds: float
    """Spent in steps, over all calls."""
    held_out: dict[str, float]
    statements: dict[str, float]
    """Empty where none were given."""


def train_support(
    groups: Sequence[Group],
    held_out: Sequence[Pair],
    out: Path,
    options: Options,
    *,
    statements: Sequence[Pair] = (),
    data: dict[str, str] | None = None,
    log: Log = print,
    every: int = 10,
) -> Trained:
    """Train, and save weights, tokenizer and `support.json` into `out`.

    A checkpoint is kept in `out`; called again with the same data and options, an interrupted training goes on from it. Without a limit of
    minutes it ends with the weights that it would have had.

    Args:
        groups: To learn from; the pairs of a group are taken in one step.
        held_out: To measure on at the end.
        out: Folder for weights, figures and checkpoint.
        options: All settings.
        statements: Written by hand, to measure on as well.
        data: Names of the data files with their checksums, for the record.
        log: Called with lines of progress.
        every: Steps from one line to the next; a checkpoint is kept at every tenth.

    Raises:
        ModelUnavailable: the weights to begin with are missing or unreadable.
        TrainingError: `out` holds the checkpoint of another training.
    """
    run = _Run(groups, out, options)
    run.resume(log)
    run.train(log, every)
    run.keep()  # measuring takes minutes, too
    log(f"{run.steps} steps in {run.seconds:.0f} s; measuring on {len(held_out)} pairs")
    trained = Trained(
        run.steps,
        round(run.seconds, 1),
        evaluate(run.score, held_out),
        evaluate(run.score, statements) if statements else {},
    )
    run.save(trained, data or {}, {"trained": counts(groups), "held out": counts([held_out])})
    log(json.dumps(asdict(trained)))
    (out / _CHECKPOINT).unlink()
    return trained


def run_support(
    data: Path, out: Path, options: Options, *, statements: Path | None = None, limit: int | None = None
) -> Trained:
    """Make the pairs of the data files and train on them; lines of progress also go to `train.log` in `out`.

    Args:
        data: Folder with the data files.
        out: Folder for everything that is written.
        options: All settings.
        statements: A file for `read_statements`, to measure on as well.
        limit: Only the first so many examples of each part.

    Raises:
        TrainingError: data or statements are missing or not as expected, or `out` holds the checkpoint of another training.
        ModelUnavailable: the weights to begin with are missing or unreadable.
    """
    start_folder(options.start)  # better to fail now than after minutes
    written = read_statements(statements) if statements else []
    trained, held_out = (part[:limit] for part in split(read_training(data)))
    out.mkdir(parents=True, exist_ok=True)
    log = log_to(out / "train.log")
    groups = make_pairs(trained)
    measured = [pair for group in make_pairs(held_out) for pair in group]
    measured = random.Random(_SEED).sample(measured, min(len(measured), _MEASURED))
    log(
        f"{sum(map(len, groups))} pairs in {len(groups)} groups to train on, {len(measured)} held-out pairs to measure on"
    )
    sums = {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in (QED, NQ, XQUAD)}
    return train_support(groups, measured, out, options, statements=written, data=sums, log=log)


class _Run:
    """A model with what its training has come to."""

    def __init__(self, groups: Sequence[Group], out: Path, options: Options) -> None:
        """Loads the weights to begin with."""
        torch.manual_seed(_SEED)
        logging.disable_progress_bar()
        self.steps, self.seconds = 0, 0.0
        self._groups, self._out, self._options = groups, out, options
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        # without the instruction, bfloat16 takes longer than float32 on a processor
        self._fast = self._device == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        self._load()
        self._batches = [batch for epoch in range(options.epochs) for batch in _batches(groups, options, epoch)]
        self._optimizer = torch.optim.AdamW(
            self._model.parameters(), lr=options.learning_rate, weight_decay=0.01, fused=True
        )

    def train(self, log: Log, every: int) -> None:
        """Take the steps that were not taken yet, while there is time."""
        self._model.train()
        while self.steps < len(self._batches) and self._progress() < 1:
            began = time.monotonic()
            loss = self._step(self._batches[self.steps])
            self.steps += 1
            self.seconds += time.monotonic() - began
            if self.steps % every == 0:
                log(
                    f"step {self.steps}/{len(self._batches)} loss {loss:.3f}, {self.seconds:.0f} s, {self._left():.0f} s left"
                )
            if self.steps % (10 * every) == 0:
                self.keep()

    @torch.no_grad()
    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """The logits of pairs."""
        self._model.eval()
        order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].statement) + len(pairs[n].evidence))
        found = [0.0] * len(pairs)
        for start in range(0, len(order), _SCORED):
            chosen = order[start : start + _SCORED]
            for n, value in zip(chosen, self._logits([pairs[n] for n in chosen]).tolist(), strict=True):
                found[n] = value
        return found

    def save(self, trained: Trained, data: dict[str, str], made: dict[str, dict[str, int]]) -> None:
        """Write weights in half precision, tokenizer and figures."""
        self._model.half().save_pretrained(self._out)
        self._tokenizer.save_pretrained(self._out)
        weights = hashlib.sha256((self._out / "model.safetensors").read_bytes()).hexdigest()
        record = {"sha256": weights, "threshold": trained.held_out["threshold"], "data": data, "pairs": made}
        record |= {"options": asdict(self._options), **asdict(trained)}
        (self._out / FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def keep(self) -> None:
        """Write a checkpoint."""
        state = {"model": self._model.state_dict(), "optimizer": self._optimizer.state_dict()}
        state |= {"steps": self.steps, "seconds": self.seconds, "data": self._fingerprint()}
        state["random"] = torch.get_rng_state()
        state["random cuda"] = torch.cuda.get_rng_state() if self._device == "cuda" else None
        part = (self._out / _CHECKPOINT).with_suffix(".part")
        torch.save(state, part)
        part.replace(self._out / _CHECKPOINT)

    def resume(self, log: Log) -> None:
        """Go on from a checkpoint if there is one."""
        path = self._out / _CHECKPOINT
        if not path.is_file():
            return
        state = torch.load(path, weights_only=True, map_location="cpu")
        if state["data"] != self._fingerprint():
            raise TrainingError(
                f"{path} is of a training with other data or options; remove it, or train into another folder"
            )
        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.steps, self.seconds = state["steps"], state["seconds"]
        torch.set_rng_state(state["random"])
        if self._device == "cuda" and state["random cuda"] is not None:
            torch.cuda.set_rng_state(state["random cuda"])
        log(f"going on from step {self.steps}")

    def _step(self, batch: Sequence[Pair]) -> float:
        for part in self._optimizer.param_groups:
            part["lr"] = self._options.learning_rate * learning_share(self._progress())
        target = torch.tensor([float(pair.supported) for pair in batch], device=self._device)
        loss = functional.binary_cross_entropy_with_logits(self._logits(batch), target)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return float(loss.item())

    def _progress(self) -> float:
        """In [0, 1], of the steps or of the time, whichever is further."""
        spent = self.seconds / (60 * self._options.minutes) if self._options.minutes else 0.0
        return min(1.0, max(self.steps / len(self._batches), spent))

    def _left(self) -> float:
        return self.seconds / max(self._progress(), 1e-9) - self.seconds

    def _load(self) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        folder = start_folder(self._options.start)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model = AutoModelForSequenceClassification.from_pretrained(
                folder, num_labels=1, dtype=torch.float32, local_files_only=True
            ).to(self._device)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"{folder}: {str(error).splitlines()[0]}; expected a model and its tokenizer"
            ) from error

    def _logits(self, pairs: Sequence[Pair]) -> torch.Tensor:
        """(n_pairs,) float32."""
        inputs = self._tokenizer(
            [pair.statement for pair in pairs],
            [pair.evidence for pair in pairs],
            truncation=True,
            max_length=self._options.max_tokens,
            padding=True,
            return_tensors="pt",
        ).to(self._device)
        with torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._fast):
            logits: torch.Tensor = self._model(**inputs).logits
        return logits.float().squeeze(-1)

    def _fingerprint(self) -> str:
        """Of everything that decides the weights."""
        return hashlib.sha256(repr((self._options, [*map(list, self._groups)])).encode()).hexdigest()


def learning_share(progress: float) -> float:
    """The share of the learning rate at a point of the training: a short rise, then half a cosine.

    >>> [round(learning_share(p), 2) for p in (0.0, 0.05, 0.525, 1.0)]
    [0.02, 1.0, 0.5, 0.0]
    """
    if progress < _WARM:
        return max(progress / _WARM, 0.02)
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM) / (1 - _WARM)))


def _batches(groups: Sequence[Group], options: Options, epoch: int) -> list[list[Pair]]:
    """The pairs of groups of similar length together, in random order."""
    rng = random.Random(f"{_SEED} {epoch}")
    order = sorted(groups, key=lambda group: max(len(pair.evidence) for pair in group) + rng.random() * 150)
    size = options.groups_per_step
    batches = [[pair for group in order[n : n + size] for pair in group] for n in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches
