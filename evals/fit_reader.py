"""`python -m evals.fit_reader`: how much weight the reader gives to each of its signals, fitted on the dev questions.

Four weights and a bias, by softmax over the sentences of a question and "none of them". The threshold is the one with which most dev
questions come out right. The test questions are not read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from evals.data import Question, load_questions
from evals.measures import contains, overlaps
from rag import Assistant
from rag.reader.cross import WEIGHTS, CrossReader, signals
from rag.reader.questions import parse_question
from rag.reader.read import candidates_of

_SIGNALS = ("linear", "cross", "type", "named")
_HITS = 16


@dataclass(frozen=True, slots=True)
class Case:
    """(n, 4) signals of a question's sentences and which of them answer."""

    question: Question
    features: NDArray[np.float64]
    gold: NDArray[np.bool_]


def collect(assistant: Assistant, reader: CrossReader) -> list[Case]:
    """The dev questions, follow-ups aside, in the documents' language with the signals of every sentence that would be read."""
    cases = []
    retriever = assistant.retriever
    for question in load_questions(assistant.documents, split="dev"):
        parsed = parse_question(question.text)
        if question.after or parsed.about_document or parsed.language not in retriever.lexical.languages:
            continue
        similar = retriever.similarities(parsed.text)
        numbers, candidates, _ = candidates_of(retriever, parsed, retriever.hits(parsed.text, _HITS, similar), similar)
        found = signals(parsed, candidates, retriever.lexical)
        found["cross"] = reader.logits(parsed, candidates)
        spans = [(d, s.start, s.end) for d, s in (retriever.index.sentences[n] for n in numbers)]
        gold = [
            any(overlaps(span, g) or contains(span, g) for alternatives in question.spans for g in alternatives)
            for span in spans
        ]
        features = np.stack([found[name] for name in _SIGNALS], axis=1)
        cases.append(Case(question, features, np.array(gold) & question.answerable))
    return cases


def fit(cases: list[Case]) -> dict[str, float]:
    """Weights of the signals and the bias."""
    most = max(len(case.features) for case in cases)
    features = torch.zeros(len(cases), most, len(_SIGNALS))
    absent = torch.full((len(cases), most), -1e9)
    target = torch.zeros(len(cases), most + 1)
    for row, case in enumerate(cases):
        features[row, : len(case.features)] = torch.tensor(case.features, dtype=torch.float32)
        absent[row, : len(case.features)] = 0
        if case.gold.any():
            target[row, : len(case.gold)] = torch.tensor(case.gold / case.gold.sum(), dtype=torch.float32)
        else:
            target[row, most] = 1
    weights = torch.tensor([0.5, 0.5, -0.5, -0.5], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = torch.cat([features @ weights + bias + absent, torch.zeros(len(cases), 1)], dim=1)
        loss = -(target * torch.log_softmax(logits, 1)).sum(1).mean() + 0.01 * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    values = {name: round(float(w), 4) for name, w in zip(_SIGNALS, weights.detach(), strict=True)}
    return {**values, "bias": round(float(bias.item()), 4)}


def best_threshold(cases: list[Case], blend: dict[str, float]) -> float:
    """The threshold in [0.05, 0.8] with which most questions are right: the best sentence answers, or nothing passes where nothing should."""
    probabilities = [1 / (1 + np.exp(-(c.features @ [blend[n] for n in _SIGNALS] + blend["bias"]))) for c in cases]

    def right(threshold: float) -> int:
        return sum(
            bool(case.gold[p.argmax()]) and p.max() >= threshold if case.question.answerable else p.max() < threshold
            for case, p in zip(cases, probabilities, strict=True)
        )

    grid = [round(0.05 + 0.01 * step, 2) for step in range(76)]
    best = max(right(t) for t in grid)
    good = [t for t in grid if right(t) == best]
    return good[len(good) // 2]


def main() -> None:
    """Fit, and write the reader's configuration beside its weights."""
    digest = hashlib.sha256((WEIGHTS / "model.safetensors").read_bytes()).hexdigest()
    cases = collect(Assistant.open(), CrossReader())
    same = fit(cases)
    threshold = best_threshold(cases, same)
    other = {"linear": 1.0, "cross": 0.0, "type": same["type"], "named": same["named"], "bias": 0.0}
    values = {"sha256": digest, "threshold": threshold, "blend": {"same": same, "other": other}}
    (WEIGHTS / "reader.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main()
