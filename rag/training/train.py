"""Groups to weights: MiniLM as a cross-encoder over (question, sentence with context)."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

from rag.training.data import Group

_SEED = 7


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that changes the weights besides the data."""

    epochs: int = 1
    groups_per_step: int = 8
    learning_rate: float = 8e-5
    max_tokens: int = 96
    listwise: float = 1.0
    """Weight of the softmax over a group against the binary loss of each candidate."""


def train(
    start: Path, groups: Sequence[Group], held_out: Sequence[Group], out: Path, options: Options
) -> dict[str, float]:
    """Train from the model in `start`, save the best epoch into `out`; its figures on the held-out groups."""
    torch.manual_seed(_SEED)
    rng = random.Random(_SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(start)
    model = AutoModelForSequenceClassification.from_pretrained(start, num_labels=1).to(device)
    steps = options.epochs * math.ceil(len(groups) / options.groups_per_step)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    best: dict[str, float] = {}
    done, began = 0, time.monotonic()
    for epoch in range(options.epochs):
        model.train()
        for batch in _batches(groups, options.groups_per_step, rng):
            loss = _loss(_scores(model, tokenizer, batch, options, device), batch, options.listwise)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            done += 1
            if done % 25 == 0:
                print(
                    f"epoch {epoch} step {done}/{steps} loss {loss.item():.3f} {time.monotonic() - began:.0f} s",
                    flush=True,
                )
        figures = evaluate(model, tokenizer, held_out, options, device)
        print(json.dumps({"epoch": epoch, **figures}), flush=True)
        if not best or figures["accuracy@1"] >= best["accuracy@1"]:
            best = figures
            model.save_pretrained(out)
            tokenizer.save_pretrained(out)
            (out / "figures.json").write_text(
                json.dumps({"options": asdict(options), **figures}, indent=1), encoding="utf-8"
            )
    halved = AutoModelForSequenceClassification.from_pretrained(out, dtype=torch.float16)
    halved.save_pretrained(out)  # half the file; the reader computes in float32
    return best


def _batches(groups: Sequence[Group], size: int, rng: random.Random) -> list[list[Group]]:
    """Batches of groups of similar length, in random order."""
    order = sorted(groups, key=lambda group: max(map(len, group.candidates)) + rng.random() * 200)
    batches = [list(order[i : i + size]) for i in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches


def _scores(
    model: torch.nn.Module, tokenizer: object, batch: Sequence[Group], options: Options, device: str
) -> list[torch.Tensor]:
    """Logits of the candidates, one tensor for each group."""
    questions = [group.question for group in batch for _ in group.candidates]
    candidates = [text for group in batch for text in group.candidates]
    inputs = tokenizer(
        questions, candidates, truncation=True, max_length=options.max_tokens, padding=True, return_tensors="pt"
    ).to(device)  # type: ignore[operator]
    with torch.autocast(device, dtype=torch.bfloat16):
        logits = model(**inputs).logits
    return list(logits.float().squeeze(-1).split([len(group.candidates) for group in batch]))


def _loss(scores: list[torch.Tensor], batch: Sequence[Group], listwise: float) -> torch.Tensor:
    total = torch.zeros((), device=scores[0].device)
    for logits in scores:
        target = torch.zeros_like(logits)
        target[0] = 1
        weight = torch.where(target > 0, float(len(logits) - 1) ** 0.5, 1.0)
        binary = functional.binary_cross_entropy_with_logits(logits, target, weight=weight)
        total = total + binary - listwise * functional.log_softmax(logits, 0)[0]
    return total / len(batch)


@torch.no_grad()
def evaluate(
    model: torch.nn.Module, tokenizer: object, groups: Sequence[Group], options: Options, device: str
) -> dict[str, float]:
    """Share of groups whose answering sentence is first, and AUC of it against each origin of the others."""
    model.eval()
    first, by_origin = 0, {}  # type: ignore[var-annotated]
    golds = []
    for start in range(0, len(groups), options.groups_per_step):
        batch = groups[start : start + options.groups_per_step]
        for group, logits in zip(batch, _scores(model, tokenizer, batch, options, device), strict=True):
            values = logits.tolist()
            first += values[0] == max(values)
            golds.append(values[0])
            for origin, value in zip(group.origins[1:], values[1:], strict=True):
                by_origin.setdefault(origin, []).append(value)
    figures = {"accuracy@1": first / len(groups)}
    for origin, values in sorted(by_origin.items()):
        figures[f"auc {origin}"] = float(roc_auc_score([1] * len(golds) + [0] * len(values), golds + values))
    return {name: round(value, 4) for name, value in figures.items()}
