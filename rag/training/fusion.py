"""How the reader's signals, and then the judge's word, are weighed: fitted on public questions to report-like documents.

Never on questions about the report: a probability that was fitted where it is measured says nothing elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from rag.answering.chain import READ_HITS
from rag.answering.verdict import FUSION, JUDGED, best_chunks, passage
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import build_index, read_index
from rag.judging import Judge
from rag.reader import CrossReader, read
from rag.reader.cross import SIGNALS, signals
from rag.reader.questions import Question, parse_question
from rag.reader.read import candidates_of
from rag.reader.spans import WEIGHTS
from rag.records import Hit
from rag.retrieval.retriever import HybridRetriever, Similarities
from rag.training.documents import DocumentQuestion, read_document_questions

_SEED = 7
_L2 = 0.003
_SLACK = 2
"""Characters that markup may have changed at the ends of a sentence."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the signals of every sentence that the reader reads; shapes (n, len(SIGNALS)) and (n,)."""

    asked: DocumentQuestion
    features: NDArray[np.float64]
    gold: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One passage that the judge has read."""

    asked: DocumentQuestion
    score: float
    """The reader's probability for its best sentence."""
    log_odds: float
    gold: bool


Searched = tuple[DocumentQuestion, Question, HybridRetriever, list[Hit], Similarities]


def searches(folder: Path, languages: Sequence[str] = ("en",)) -> Iterator[Searched]:
    """Every question to the documents of a folder with what the retriever finds in its document."""
    embedder, encoder = Embedder(), MultilingualEncoder()
    questions = [q for q in read_document_questions(folder) if q.language in languages]
    for name in sorted({q.document for q in questions}):
        with TemporaryDirectory() as temporary:
            corpus = Path(temporary) / "corpus"
            corpus.mkdir()
            shutil.copy(folder / "documents" / name, corpus)
            index = read_index(build_index(Path(temporary) / "index", corpus, embedder, encoder), embedder)
            retriever = HybridRetriever(index=index, embedder=embedder, encoder=encoder, k=10)
            for asked in (q for q in questions if q.document == name):
                question = parse_question(asked.question)
                if not question.about_document:
                    similar = retriever.similarities(question.text)
                    yield asked, question, retriever, retriever.hits(question.text, READ_HITS, similar), similar
        print(f"{name} searched", flush=True)


def collect(folder: Path, reader: CrossReader) -> list[Case]:
    """A case for each English question whose answer, if there is one, is among the sentences that are read."""
    cases = []
    for asked, question, retriever, hits, similar in searches(folder):
        _, candidates, _ = candidates_of(retriever, question, hits, similar)
        found = signals(question, candidates, retriever.lexical)
        seen = reader.seen(found["linear"])
        found["cross"][seen] = reader.logits(question, [candidates[i] for i in seen])
        gold = np.array([_is_gold(asked, candidates[i].text) for i in seen])
        if gold.any() or asked.gold is None:
            cases.append(Case(asked, np.stack([found[name] for name in SIGNALS], axis=1)[seen], gold))
    return cases


def fit_blend(cases: Sequence[Case]) -> dict[str, float]:
    """Weights and bias such that their sum is the log-odds that a sentence answers.

    First the order, by softmax over the sentences and "none of them"; then scale and bias, by how often the best sentence answers (Platt 1999).
    """
    values = np.vstack([case.features for case in cases])
    deviation = values.std(axis=0) + 1e-6
    most = max(len(case.features) for case in cases)
    features, absent = torch.zeros(len(cases), most, len(SIGNALS)), torch.full((len(cases), most), -1e9)
    target = torch.zeros(len(cases), most + 1)
    for row, case in enumerate(cases):
        features[row, : len(case.features)] = torch.tensor(case.features / deviation, dtype=torch.float32)
        absent[row, : len(case.features)] = 0
        target[row, : len(case.gold)] = torch.tensor(case.gold / max(case.gold.sum(), 1), dtype=torch.float32)
        target[row, most] = float(not case.gold.any())
    weights, bias = torch.zeros(len(SIGNALS), requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = torch.cat([features @ weights + bias + absent, torch.zeros(len(cases), 1)], dim=1)
        loss = -(target * torch.log_softmax(logits, 1)).sum(1).mean() + _L2 * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    raw = weights.detach().numpy() / deviation
    best = [(float((case.features @ raw).max()), bool(case.gold[(case.features @ raw).argmax()])) for case in cases]
    platt = LogisticRegression(C=1e6).fit([[score] for score, _ in best], [right for _, right in best])
    scale, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return {name: round(scale * float(w), 4) for name, w in zip(SIGNALS, raw, strict=True)} | {"bias": round(shift, 4)}


def probabilities(cases: Sequence[Case], blend: dict[str, float]) -> list[tuple[float, bool]]:
    """Of each case's best sentence: the probability that it answers, and whether it does."""
    weights = np.array([blend[name] for name in SIGNALS])
    found = []
    for case in cases:
        totals = case.features @ weights + blend["bias"]
        found.append((1 / (1 + math.exp(-float(totals.max()))), bool(case.gold[totals.argmax()])))
    return found


def judgements(folder: Path, reader: CrossReader, judge: Judge, out: Path, limit: int) -> list[Judgement]:
    """What the judge says of the passages that it would be shown, for `limit` questions drawn from all documents.

    Appended to `out` as they come; called again, it goes on.
    """
    questions = read_document_questions(folder)
    chosen = {
        q.id for q in random.Random(_SEED).sample(sorted(questions, key=lambda q: q.id), min(limit, len(questions)))
    }
    lines = out.read_text(encoding="utf-8").splitlines() if out.is_file() else []
    done = {json.loads(line)["id"]: json.loads(line)["passages"] for line in lines}
    by_id = {q.id: q for q in questions}
    if not chosen <= done.keys():
        with out.open("a", encoding="utf-8") as writer:
            for asked, question, retriever, hits, similar in searches(folder, ("en", "es")):
                if asked.id in done or asked.id not in chosen:
                    continue
                reading = read(reader, retriever, question, hits, similar)
                passages = []
                for chunk in best_chunks(reading, JUDGED):
                    gold = asked.gold is not None and _plain(asked.gold) in _plain(chunk.text)
                    log_odds = judge.log_odds(question.text, passage(chunk))
                    passages.append({"score": reading.best_of(chunk.id), "log_odds": log_odds, "gold": gold})
                done[asked.id] = passages
                writer.write(json.dumps({"id": asked.id, "passages": passages}) + "\n")
                writer.flush()
    return [Judgement(by_id[name], **one) for name in sorted(chosen & done.keys()) for one in done[name]]


def fit_judge(found: Sequence[Judgement]) -> dict[str, float]:
    """Weights of `rag.answering.verdict.Fusion`, by logistic regression: which passage over passages, whether any over questions."""
    scores = np.clip([one.score for one in found], 1e-6, 1 - 1e-6)
    features = np.stack([np.log(scores / (1 - scores)), [one.log_odds for one in found]], axis=1)
    order = LogisticRegression(C=10).fit(features, [one.gold for one in found])
    best: dict[str, Judgement] = {}
    for one in found:
        best[one.asked.id] = max(one, best.get(one.asked.id, one), key=lambda judgement: judgement.log_odds)
    answers = LogisticRegression(C=10).fit(
        [[one.log_odds] for one in best.values()], [one.asked.gold is not None for one in best.values()]
    )
    fitted = (*order.coef_[0], order.intercept_[0], answers.coef_[0, 0], answers.intercept_[0])
    return {n: round(float(v), 4) for n, v in zip(("reader", "judge", "bias", "scale", "shift"), fitted, strict=True)}


def write_fusion(folder: Path, judge: Judge, out: Path, limit: int) -> None:
    """Fit what a judge of this kind is worth beside the reader as it is, and keep it in `fusion.json`."""
    found = judgements(folder, CrossReader(), judge, out, limit)
    values = json.loads(FUSION.read_text(encoding="utf-8"))
    values[judge.kind] |= fit_judge(found)
    FUSION.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    print(f"{len(found)} passages, {sum(one.gold for one in found)} answer: {values[judge.kind]}", flush=True)


def write_blend(folder: Path, weights: Path = WEIGHTS) -> None:
    """Fit on the documents of a folder, and write the reader's configuration beside its weights; thresholds stay."""
    values = json.loads((weights / "reader.json").read_text(encoding="utf-8"))
    values["sha256"] = hashlib.sha256((weights / "model.safetensors").read_bytes()).hexdigest()
    (weights / "reader.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    cases = collect(folder, CrossReader(weights))
    values["blend"] = fit_blend(cases)
    (weights / "reader.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    print(f"{len(cases)} questions: {values['blend']}", flush=True)


def _is_gold(asked: DocumentQuestion, sentence: str) -> bool:
    return asked.gold is not None and _plain(asked.gold)[_SLACK:-_SLACK] in _plain(sentence)


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
