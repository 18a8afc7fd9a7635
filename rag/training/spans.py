"""Public examples to the span head's weights: where in a sentence the answer stands, or that it does not."""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from torch.nn import functional
from transformers import AutoTokenizer, get_linear_schedule_with_warmup

from rag.reader.spans import FILE, RECORD, Inputs, Span, Window, best_spans, encode, load_span_model, own_parameters
from rag.training.examples import Example
from rag.training.files import TrainingError
from rag.training.groups import Log

_SEED = 7
_CHECKPOINT = "span-checkpoint.pt"
_SCORED = 64
_THRESHOLD = 0.2
"""Probability from which words are marked; of 0.05, 0.1, 0.15 and 0.2 the one that marked best on the dev questions about the report."""
_THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the weights besides the data."""

    epochs: int = 2
    pairs_per_step: int = 32
    learning_rate: float = 2e-4


@dataclass(frozen=True, slots=True)
class Asked:
    """A question put to a sentence."""

    question: str
    window: Window
    answer: tuple[int, int] | None
    """Characters of the sentence; None where it does not answer."""


def asked_of(examples: Sequence[Example]) -> list[Asked]:
    """Each question with the sentence that answers it, and with another of its paragraph that does not hold the answer, if there is one."""
    found = []
    for example in examples:
        start = example.sentences[example.gold].find(example.answer)
        if start >= 0:
            found.append(_asked(example, example.gold, (start, start + len(example.answer))))
        others = [n for n, s in enumerate(example.sentences) if n != example.gold and example.answer not in s]
        if others:
            found.append(_asked(example, random.Random(f"{_SEED} {example.question}").choice(others), None))
    return found


def _asked(example: Example, number: int, answer: tuple[int, int] | None) -> Asked:
    sentence = example.sentences[number]
    before = example.sentences[number - 1] if number else ""
    return Asked(example.question, Window(sentence, before, example.heading), answer)


def train_spans(
    pairs: Sequence[Asked], held_out: Sequence[Asked], weights: Path, out: Path, options: Options, *, log: Log = print
) -> dict[str, float]:
    """Train the layers that are not the reader's, save them into `out`; the figures on the held-out pairs.

    A checkpoint is kept after each epoch; called again with the same data and options, an interrupted training goes on from it, and ends
    with the weights that it would have had.

    Args:
        pairs: To learn from.
        held_out: To measure on at the end.
        weights: Folder of the reader whose lower layers are shared.
        out: Folder for weights, figures and checkpoint.
        options: All settings.
        log: Called with lines of progress.

    Raises:
        TrainingError: `out` holds the checkpoint of another training.
    """
    run = _Run(pairs, weights, out, options)
    run.resume()
    began = time.monotonic()
    for epoch in range(run.done, options.epochs):
        run.train_epoch(epoch, lambda line: log(f"{line}, {time.monotonic() - began:.0f} s"))
        run.keep()
    figures = _figures(held_out, run.spans(held_out))
    run.save(figures)
    return figures


class _Run:
    """A model with what its training has come to."""

    def __init__(self, pairs: Sequence[Asked], weights: Path, out: Path, options: Options) -> None:
        torch.manual_seed(_SEED)
        self.done = 0
        """Epochs."""
        self._pairs, self._options, self._out = pairs, options, out
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._fast = self._device == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        self._tokenizer = AutoTokenizer.from_pretrained(weights, local_files_only=True)
        self._model = load_span_model(weights).to(self._device)
        self._own = own_parameters(self._model)
        for name, value in self._model.named_parameters():
            value.requires_grad = name in self._own
        self._optimizer = torch.optim.AdamW(self._own.values(), lr=options.learning_rate, weight_decay=0.01, fused=True)
        steps = math.ceil(len(pairs) / options.pairs_per_step) * options.epochs
        self._schedule = get_linear_schedule_with_warmup(self._optimizer, steps // 10, steps)
        self._parts = {"model": self._model, "optimizer": self._optimizer, "schedule": self._schedule}

    def train_epoch(self, epoch: int, log: Log) -> None:
        """Take each pair once."""
        self._model.train()
        rng = random.Random(f"{_SEED} {epoch}")
        size = self._options.pairs_per_step
        order = sorted(self._pairs, key=lambda a: len(a.question) + len(a.window.text) + rng.random() * 80)
        batches = [order[i : i + size] for i in range(0, len(order), size)]  # of similar length
        rng.shuffle(batches)
        for step, batch in enumerate(batches, 1):
            loss = span_loss(*self._logits(batch), [a.answer for a in batch])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._own.values(), 1.0)
            self._optimizer.step()
            self._schedule.step()
            self._optimizer.zero_grad()
            if step % 25 == 0 or step == len(batches):
                log(f"epoch {epoch + 1}/{self._options.epochs} step {step}/{len(batches)} loss {loss.item():.3f}")
        self.done = epoch + 1

    @torch.no_grad()
    def spans(self, pairs: Sequence[Asked]) -> list[Span]:
        """The best span of each pair."""
        self._model.eval()
        batches = [pairs[start : start + _SCORED] for start in range(0, len(pairs), _SCORED)]
        return [span for batch in batches for span in best_spans(*self._logits(batch))]

    def save(self, figures: dict[str, float]) -> None:
        """Write the weights in half precision and what is known of them; the checkpoint goes."""
        file = self._out / FILE
        save_file({name: value.detach().half().cpu().contiguous() for name, value in self._own.items()}, file)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        record = {"sha256": sha256, "threshold": _THRESHOLD, "options": asdict(self._options), **figures}
        (self._out / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (self._out / _CHECKPOINT).unlink(missing_ok=True)

    def keep(self) -> None:
        """Write a checkpoint."""
        state = {name: part.state_dict() for name, part in self._parts.items()}
        state |= {"done": self.done, "data": self._fingerprint(), "random": torch.get_rng_state()}
        part = (self._out / _CHECKPOINT).with_suffix(".part")
        torch.save(state, part)
        part.replace(self._out / _CHECKPOINT)

    def resume(self) -> None:
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
        self.done = int(state["done"])
        torch.set_rng_state(state["random"])

    def _logits(self, batch: Sequence[Asked]) -> tuple[Inputs, torch.Tensor, torch.Tensor]:
        inputs = encode(self._tokenizer, [(a.question, a.window) for a in batch])
        with torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._fast):
            found = self._model(**{name: value.to(self._device) for name, value in inputs.tensors.items()})
        return inputs, found.start_logits.float().cpu(), found.end_logits.float().cpu()

    def _fingerprint(self) -> str:
        return hashlib.sha256(repr((self._options, list(self._pairs))).encode()).hexdigest()


def span_loss(
    inputs: Inputs, starts: torch.Tensor, ends: torch.Tensor, answers: Sequence[tuple[int, int] | None]
) -> torch.Tensor:
    """Mean of the cross-entropies of beginning and end; a question without an answer, or whose answer was cut off, points to the first token."""
    outside = ~inputs.allowed
    targets = torch.tensor(
        [
            _tokens_of(answer, places, row)
            for answer, places, row in zip(answers, inputs.offsets, inputs.allowed, strict=True)
        ]
    )
    losses = [
        functional.cross_entropy(logits.masked_fill(outside, -1e4), targets[:, side])
        for side, logits in enumerate((starts, ends))
    ]
    return (losses[0] + losses[1]) / 2


def _tokens_of(
    answer: tuple[int, int] | None, places: Sequence[tuple[int, int]], allowed: torch.Tensor
) -> tuple[int, int]:
    if answer is None:
        return 0, 0
    inside = [n for n, (a, b) in enumerate(places) if n and allowed[n] and a < answer[1] and answer[0] < b]
    return (inside[0], inside[-1]) if inside and places[inside[-1]][1] >= answer[1] else (0, 0)


def _figures(pairs: Sequence[Asked], spans: Sequence[Span]) -> dict[str, float]:
    """Of the best spans where there is an answer, mean F1 over words and share of exact ones; AUC of the probability against sentences without.

    Then for some thresholds how many are marked with an answer and without, and the mean F1 of the former.
    """
    found = list(zip(pairs, spans, strict=True))
    f1 = [
        (_f1(*_texts(pair.window.sentence, span, pair.answer)), span.probability) for pair, span in found if pair.answer
    ]
    without = [span.probability for pair, span in found if not pair.answer]
    figures = {
        "f1": float(np.mean([value for value, _ in f1])),
        "exact": float(np.mean([value == 1 for value, _ in f1])),
        "auc": float(roc_auc_score([pair.answer is not None for pair in pairs], [span.probability for span in spans])),
    }
    for threshold in _THRESHOLDS:
        marked = [value for value, probability in f1 if probability >= threshold]
        figures[f"marked at {threshold}"] = len(marked) / len(f1)
        figures[f"f1 at {threshold}"] = float(np.mean(marked)) if marked else 0.0
        wrong = sum(probability >= threshold for probability in without)
        figures[f"marked without answer at {threshold}"] = wrong / max(len(without), 1)
    return {name: round(value, 4) for name, value in figures.items()}


def _texts(sentence: str, span: Span, answer: tuple[int, int]) -> tuple[str, str]:
    return sentence[span.start : span.end], sentence[slice(*answer)]


def _f1(found: str, gold: str) -> float:
    ours, theirs = [re.findall(r"\w+", text.lower()) for text in (found, gold)]
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0
