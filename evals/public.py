"""The public test parts: of an article's windows, which one each way of ranking puts first, and whether its score tells that none answers.

A window is a sentence with the one before it. The articles of a part, a file for each paragraph, are one index, so that words are as rare or
frequent, and neighbours as near, as in the whole part; only the windows of one article are ranked for a question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from evals import measures
from evals.calibration import interval
from evals.measures import Span
from evals.squad import Paragraph, write_corpus
from evals.uncertainty import Mean, Scored, auc, mean
from rag import Hit
from rag.embedding import Embedder, MultilingualEncoder
from rag.index import open_index
from rag.reader import Reader, load_reader
from rag.reader.features import Candidate
from rag.reader.questions import Question, parse_question
from rag.reader.read import candidates_of
from rag.reader.spans import Window
from rag.reader.words import answer_words
from rag.retrieval.fusion import Leg, fuse
from rag.retrieval.lexical import LexicalIndex, fold
from rag.retrieval.retriever import FUSION_K, OTHER_LANGUAGE, SAME_LANGUAGE, HybridRetriever, Similarities
from rag.training.examples import Example, read_test, read_training, split
from rag.training.groups import GroupMaker

MEASURES = ("recall@1", "F1, sentence", "F1, marked words", "AUC, unanswerable", "AUC, near misses")


@dataclass(frozen=True, slots=True)
class Searched:
    """A question with what the retriever finds in the whole part."""

    question: Question
    hits: list[Hit]
    similar: Similarities


@dataclass(frozen=True, slots=True)
class Pick:
    """The window that one way of ranking puts first."""

    window: Span
    sentence: str
    marked: str
    """Its words that answer; the whole sentence where none are marked."""
    score: float


Picks = Mapping[str, Pick]
"""By way of ranking."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is picked for it and for what nothing answers."""

    example: Example
    gold: tuple[Span, ...]
    """Where the answering sentence stands, the same words twice if they stand there twice."""
    answerable: Picks
    unanswerable: Picks | None
    """From the nearest article that does not hold the answer; None where there is none."""
    near_miss: Picks | None
    """From the own article for the question with one thing exchanged; None where nothing can be."""


class Articles:
    """The paragraphs of some examples as one index."""

    def __init__(self, retriever: HybridRetriever, titles: Mapping[str, str]) -> None:
        """`titles` has the article of every document by its id."""
        self.retriever, self.titles = retriever, titles
        self._readers: dict[str, Reader] = {
            "linear reader": load_reader("linear"),
            "cross-encoder": load_reader("cross"),
        }
        self._texts = {i: retriever.index.documents[i].text for i in titles}
        self._folded = {i: fold(text) for i, text in self._texts.items()}
        sentences = retriever.index.sentences
        texts = [self._texts[owner][self._start(n) : sentence.end] for n, (owner, sentence) in enumerate(sentences)]
        self._lexical = LexicalIndex(texts, ["en"] * len(texts))

    def case(self, example: Example, near_miss: str | None) -> Case:
        """What is picked for an example, and for its near miss."""
        asked = self._search(example.question)
        other = self._nearest_other(asked.hits, example)
        return Case(
            example,
            self._gold(example),
            self._picks(asked, example.title),
            self._picks(asked, other) if other else None,
            self._picks(self._search(near_miss), example.title) if near_miss else None,
        )

    def _search(self, text: str) -> Searched:
        question = replace(parse_question(text), about_document=False)  # an article has no credits
        similar = self.retriever.similarities(question.text)
        everything = len(self.retriever.index.chunks)
        return Searched(question, self.retriever.hits(question.text, everything, similar), similar)

    def _picks(self, asked: Searched, title: str) -> Picks:
        question, hits = asked.question, self._hits(asked.hits, title)
        numbers, candidates, _ = candidates_of(self.retriever, question, hits, asked.similar)
        words = self._lexical.scores(question.text)[numbers].astype(np.float64)
        scores = {"BM25": words, "fusion without reader": fused(question, candidates, words)}
        for name, reader in self._readers.items():
            scores[name] = reader.scores(question, candidates, self.retriever.lexical)
        best = {name: int(np.argmax(values)) for name, values in scores.items()}
        return {
            name: self._pick(question, numbers[i], candidates[i], float(scores[name][i]), self._readers.get(name))
            for name, i in best.items()
        }

    def _pick(self, question: Question, number: int, candidate: Candidate, score: float, reader: Reader | None) -> Pick:
        """With the words that the reader names, if there is one and it is sure, else those that rules find."""
        owner, sentence = self.retriever.index.sentences[number]
        text = candidate.text
        window = Window(text, candidate.before, candidate.section)
        span = reader.spans(question, [window])[0] if reader else None
        ranges = ((span.start, span.end),) if span else answer_words(question, text, sentence.speaker)
        marked = " ".join(text[a:b] for a, b in ranges)
        return Pick((owner, self._start(number), sentence.end), text, marked or text, score)

    def _hits(self, ranked: Sequence[Hit], title: str) -> list[Hit]:
        """All chunks of an article: those that were found in their order, then the others."""
        found = [hit for hit in ranked if self.titles[hit.chunk.document_id] == title]
        known = {hit.chunk.id for hit in found}
        chunks = [c for c in self.retriever.index.chunks if self.titles[c.document_id] == title and c.id not in known]
        return [replace(hit, rank=n) for n, hit in enumerate([*found, *(Hit(c, 0.0, 0) for c in chunks)], 1)]

    def _nearest_other(self, ranked: Sequence[Hit], example: Example) -> str | None:
        answer = fold(example.answer)
        holding = {self.titles[i] for i, text in self._folded.items() if answer in text}
        titles = (self.titles[hit.chunk.document_id] for hit in ranked)
        return next((title for title in titles if title != example.title and title not in holding), None)

    def _gold(self, example: Example) -> tuple[Span, ...]:
        wanted = _letters(example.sentences[example.gold])
        return tuple(
            (owner, sentence.start, sentence.end)
            for owner, sentence in self.retriever.index.sentences
            if self.titles[owner] == example.title
            and wanted in _letters(self._texts[owner][sentence.start : sentence.end])
        )

    def _start(self, number: int) -> int:
        """Where the window of a sentence begins: with the sentence before it in its document."""
        sentences = self.retriever.index.sentences
        owner, sentence = sentences[number]
        return sentences[number - 1][1].start if number and sentences[number - 1][0] == owner else sentence.start


def fused(question: Question, candidates: Sequence[Candidate], words: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_candidates,) the retriever's fusion over windows: reciprocal ranks of both encoders and of BM25, weighted as there."""
    legs = {
        "dense": np.array([c.dense + c.chunk_dense for c in candidates]),
        "lexical": words,
        "multilingual": np.array([c.multilingual + c.chunk_multilingual for c in candidates]),
    }
    weights = SAME_LANGUAGE if question.language == "en" else OTHER_LANGUAGE
    found = np.zeros(len(candidates))
    for position, score in fuse(
        [Leg(name, _ranked(values, name), weights[name]) for name, values in legs.items()], FUSION_K
    ):
        found[position] = score
    return found


def _ranked(values: NDArray[np.float64], leg: str) -> list[int]:
    return [int(i) for i in np.argsort(-values, kind="stable") if leg != "lexical" or values[i] > 0]


def parts(data: Path, limit: int | None) -> dict[str, list[Example]]:
    """Of both parts that the cross-encoder was not trained on, up to `limit` examples of whole articles, which a hash of the title draws.

    Raises:
        TrainingError: a file is missing or not as expected.
    """
    read = {"held out": split(read_training(data))[1], "test": read_test(data)}
    return {name: sorted(examples, key=_drawn)[:limit] for name, examples in read.items()}


def cases(examples: Sequence[Example]) -> list[Case]:
    """What each way of ranking picks for the examples."""
    maker = GroupMaker(examples)
    with opened(examples) as articles:
        return [
            articles.case(example, change.applied(example.question) if (change := maker.near_miss(example)) else None)
            for example in tqdm(examples, unit="question", disable=None)
        ]


@contextmanager
def opened(examples: Sequence[Example]) -> Iterator[Articles]:
    """An index of the examples' paragraphs in a temporary folder."""
    paragraphs = {(e.title, e.sentences): e.heading or "Article" for e in examples}
    files = [
        Paragraph(f"{n:05d}.txt", heading, " ".join(sentences), ())
        for n, ((_, sentences), heading) in enumerate(paragraphs.items())
    ]
    of_file = {file.name: title for file, (title, _) in zip(files, paragraphs, strict=True)}
    embedder, encoder = Embedder(), MultilingualEncoder()
    with TemporaryDirectory() as folder:
        write_corpus(files, Path(folder) / "corpus", "en")
        index = open_index(Path(folder) / "index", Path(folder) / "corpus", embedder, encoder)
        titles = {document.id: of_file[document.path] for document in index.documents.values()}
        yield Articles(HybridRetriever(index=index, embedder=embedder, encoder=encoder), titles)


def figures(found: Sequence[Case]) -> dict[str, dict[str, Mean]]:
    """By way of ranking and measure; an article is a cluster."""
    clusters = [case.example.title for case in found]
    return {name: _figures(found, name, clusters) for name in (found[0].answerable if found else ())}


def _figures(found: Sequence[Case], name: str, clusters: Sequence[str]) -> dict[str, Mean]:
    picks = [case.answerable[name] for case in found]
    answers = [[case.example.answer] for case in found]
    firsts = [measures.recall_at(1, [p.window], [case.gold]) for p, case in zip(picks, found, strict=True)]
    sentences = [measures.token_f1(p.sentence, answer) for p, answer in zip(picks, answers, strict=True)]
    marked = [measures.token_f1(p.marked, answer) for p, answer in zip(picks, answers, strict=True)]
    means = [mean(values, clusters) for values in (firsts, sentences, marked)]
    positive = [(pick.score, cluster) for pick, cluster in zip(picks, clusters, strict=True)]
    negatives = [[(c.unanswerable, c.example.title) for c in found], [(c.near_miss, c.example.title) for c in found]]
    means += [auc(positive, _scored(name, side)) for side in negatives]
    return dict(zip(MEASURES, means, strict=True))


def _scored(name: str, side: Sequence[tuple[Picks | None, str]]) -> list[Scored]:
    return [(picks[name].score, title) for picks, title in side if picks]


def table(parts: Mapping[str, Sequence[Case]]) -> str:
    """Markdown: a row for each part and way of ranking, in % with 95 % intervals."""
    lines = [f"| part | ranking | {' | '.join(MEASURES)} |", "|---|---|" + "---|" * len(MEASURES)]
    for part, found in parts.items():
        for name, row in figures(found).items():
            lines.append(f"| {part} | {name} | {' | '.join(interval(figure) for figure in row.values())} |")
    counts = [
        f"{part}: {len(found)} questions to {len({c.example.title for c in found})} articles, "
        f"{sum(c.unanswerable is not None for c in found)} unanswerable, {sum(c.near_miss is not None for c in found)} near misses"
        for part, found in parts.items()
    ]
    return "\n".join([*lines, "", *counts])


def _drawn(example: Example) -> tuple[str, str]:
    return hashlib.sha256(example.title.encode()).hexdigest(), example.title


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
