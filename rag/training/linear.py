"""The linear reader's weights, fitted on XQuAD: English paragraphs with the same questions in English and in Spanish."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rag.embedding import Embedder, MultilingualEncoder
from rag.index import open_index
from rag.reader.features import FEATURES, feature_matrix
from rag.reader.questions import parse_question
from rag.reader.read import candidates_of
from rag.retrieval.retriever import HybridRetriever
from rag.training.examples import Translated, xquad_rows

_HITS = 12
_L2 = 1e-3
_RANK, _GAP, _DENSE = (FEATURES.index(name) for name in ("rank", "gap", "dense"))


@dataclass(frozen=True, slots=True)
class Case:
    """A question's candidates: (n, features), and the row that answers; None when the answering paragraph was taken away."""

    features: NDArray[np.float64]
    gold: int | None


def fit_linear(data: Path) -> dict[str, dict[str, object]]:
    """Weights and bias for "same" (English questions) and "other" (Spanish ones), as `rag/reader/linear.json` holds them."""
    rows = list(xquad_rows(data))
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        _write_corpus(rows, corpus)
        embedder, encoder = Embedder(), MultilingualEncoder()
        index = open_index(Path(folder) / "index", corpus, embedder, encoder)
        retriever = HybridRetriever(index=index, embedder=embedder, encoder=encoder)
        cases = {kind: list(_cases(retriever, rows, code)) for kind, code in (("same", "en"), ("other", "es"))}
    return {kind: _fit(found) for kind, found in cases.items()}


def write_linear(data: Path, out: Path) -> None:
    """Fit and write the JSON file."""
    out.write_text(json.dumps(fit_linear(data), indent=1), encoding="utf-8")


def _paragraph(text: str) -> str:
    """A paragraph as plain text that the canonicaliser leaves as it is."""
    return re.sub(r"([\\*_])", r"\\\1", re.sub(r"\s+", " ", text)).strip()


def _write_corpus(rows: Sequence[Translated], corpus: Path) -> None:
    """One file for each article."""
    corpus.mkdir()
    articles: dict[int, dict[int, str]] = {}
    for row in rows:
        articles.setdefault(row.article, {})[row.paragraph] = row.context
    for number, paragraphs in articles.items():
        text = "\n\n".join(_paragraph(paragraphs[key]) for key in sorted(paragraphs))
        (corpus / f"{number:03}.txt").write_text(text, encoding="utf-8")


def _cases(retriever: HybridRetriever, rows: Sequence[Translated], language: str) -> Iterator[Case]:
    """Each question with its candidates, and every second one also without the paragraph that answers it."""
    index = retriever.index
    for number, row in enumerate(rows):
        question = parse_question(row.questions[language])
        if question.about_document:
            continue
        similar = retriever.similarities(question.text)
        numbers, candidates, _ = candidates_of(
            retriever, question, retriever.hits(question.text, _HITS, similar), similar
        )
        features = feature_matrix(question, candidates, retriever.lexical.idf)
        sentences = [index.documents[d].text[s.start : s.end] for d, s in (index.sentences[n] for n in numbers)]
        context, answer = re.sub(r"\s+", " ", row.context).strip(), row.answer
        inside = np.array([sentence in context for sentence in sentences])
        holds = np.array([answer in sentence for sentence in sentences])
        gold = np.flatnonzero(inside & holds)
        if len(gold) == 1:
            keep = ~holds | inside
            yield Case(features[keep], int(np.flatnonzero(np.flatnonzero(keep) == gold[0])[0]))
        if number % 2 == 0 and not inside.all():
            yield Case(_renumbered(features[~inside]), None)


def _renumbered(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks and gaps as they would be had the missing paragraph never been there; else the gap in the ranks gives it away."""
    features = features.copy()
    ranks = np.round(1 / features[:, _RANK]).astype(int)
    _, order = np.unique(ranks, return_inverse=True)
    features[:, _RANK] = 1 / (order + 1)
    features[:, _GAP] = features[:, _DENSE].max() - features[:, _DENSE]
    return features


def _fit(cases: Sequence[Case]) -> dict[str, object]:
    """Softmax over the candidates and "none of them"; deterministic."""
    mean, deviation = (f(np.vstack([case.features for case in cases]), axis=0) for f in (np.mean, np.std))
    deviation = deviation + 1e-6
    most = max(len(case.features) for case in cases)
    features = torch.zeros(len(cases), most, len(FEATURES))
    absent = torch.full((len(cases), most), -1e9)
    target = torch.tensor([most if case.gold is None else case.gold for case in cases])
    for row, case in enumerate(cases):
        features[row, : len(case.features)] = torch.tensor((case.features - mean) / deviation, dtype=torch.float32)
        absent[row, : len(case.features)] = 0
    weights, none = torch.zeros(len(FEATURES), requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, none], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = torch.cat([features @ weights + absent, none.expand(len(cases), 1)], dim=1)
        loss = torch.nn.functional.cross_entropy(logits, target) + _L2 * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    raw = weights.detach().numpy() / deviation
    bias = float(none.item() + raw @ mean)
    return {
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, raw, strict=True)},
        "bias": round(bias, 4),
    }
