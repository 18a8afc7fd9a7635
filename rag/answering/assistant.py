"""The Python API: open an assistant, ask, retrieve, verify."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from langchain_core.runnables import Runnable, RunnableLambda

from rag.answering.chain import Asked, Steps, read_hits, search
from rag.answering.conversation import Turn, leans, question_of, rewritten, standalone
from rag.answering.speaking import asks_who_said
from rag.answering.starters import starter_questions
from rag.answering.supporting import Support
from rag.answering.verdict import passage
from rag.answering.verifying import enforce, verify
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import DocumentUnknown, IndexUnusable, QuestionInvalid
from rag.index import Index, Manifest, Progress, current_build, open_index, read_index, silent
from rag.judging import Judge, Patient, load_judge
from rag.memory import ALL_MB, memory_for
from rag.models.writer import Writer, load_writer
from rag.reader import Reader, load_reader
from rag.reader.parts import parts
from rag.reader.questions import parse_question
from rag.reader.talk import talk
from rag.records import Abstention, Answer, Document, Hit, Statement, Violation
from rag.rendering import from_line
from rag.retrieval.retriever import HybridRetriever
from rag.settings import Settings
from rag.validation import validate


class Assistant:
    """Answers questions about the documents of one corpus; may be shared between threads."""

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        encoder: MultilingualEncoder,
        reader: Reader,
        index: Index,
        judge: Judge | None = None,
        writer: Writer | None = None,
    ) -> None:
        """Use `Assistant.open`."""
        self._settings, self._embedder, self._encoder, self._reader = settings, embedder, encoder, reader
        self._lock = threading.Lock()
        self._refused: Path | None = None
        self._use(index)
        patient = Patient(judge, settings.judge_seconds) if judge and judge.kind != "reader" else None
        self._steps = Steps(
            reader, patient, max_quotes=settings.max_quotes, keep=settings.hits, strictness=settings.strictness,
            writer=writer, tokens=settings.chat_tokens,
        )  # fmt: skip
        self._chain = self._steps.chain()

    @classmethod
    @memory_for("the program with its documents", ALL_MB)
    def open(cls, settings: Settings | None = None, *, progress: Progress = silent) -> Self:
        """An assistant over the configured corpus; the index is built when it is missing or not made from this corpus.

        Raises:
            RagError: with one line that says what is wrong and what to do.
        """
        settings = settings or Settings.load()
        embedder, encoder = Embedder(settings.embedding_model), MultilingualEncoder()
        index = open_index(settings.index, settings.corpus, embedder, encoder, progress=progress)
        reader = load_reader(settings.reader, settings.strictness)
        judge = load_judge(settings)
        judge.prepare()
        return cls(settings, embedder, encoder, reader, index, judge, load_writer(settings))

    @property
    def documents(self) -> dict[str, Document]:
        """Documents by id, in order of file name."""
        return self._index.documents

    @property
    def manifest(self) -> Manifest:
        """What the index was made from."""
        return self._index.manifest

    @property
    def reader(self) -> Reader:
        """What judges the sentences."""
        return self._reader

    @property
    def judge(self) -> str | None:
        """Name of what confirms answers; None where the reader has the last word."""
        return self._steps.judge.judge.name if self._steps.judge else None

    @property
    def writer(self) -> str | None:
        """Name of the chat model that writes; None where answers are quotations."""
        return self._steps.writer.name if self._steps.writer else None

    def read_ahead(self) -> None:
        """Let a local judge read the documents, so that its verdicts come sooner; minutes for a long report, in the background."""
        if self._steps.judge and self._steps.judge.judge.kind == "local":
            chunks = self._index.chunks
            self._steps.judge.read_ahead([passage(chunk) for chunk in chunks if chunk.kind == "body"])

    @property
    def starters(self) -> tuple[str, ...]:
        """Up to four questions to start with, made from the documents' own sections."""
        return self._starters

    @property
    def retriever(self) -> HybridRetriever:
        """The LangChain retriever over the index."""
        return self._retriever

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, documents: Collection[str] | None = None
    ) -> Answer | Abstention:
        """The answer in the documents' words, or what comes nearest.

        Args:
            question: At most `RAG_MAX_QUESTION_CHARS` characters.
            history: The turns before, oldest first; they complete a follow-up and are never evidence.
            documents: Ids of the documents to ask, as if there were no others; None for all.

        Raises:
            QuestionInvalid: the question is empty, too long or holds control characters, or no document is named.
            DocumentUnknown: one is not in the index.
        """
        return self._chain.invoke(self._asked(question, history, documents))

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, documents: Collection[str] | None = None
    ) -> Iterator[Statement | Answer | Abstention]:
        """Each statement once it is verified, then the whole outcome; with a judge, then the outcome that has its verdict.

        With a chat model, then each of its statements once it has passed, and the whole. The last outcome is what `ask` returns.
        """
        return self._steps.outcomes(self._asked(question, history, documents))

    def retrieve(self, question: str, k: int = 10, *, documents: Collection[str] | None = None) -> list[Hit]:
        """The k best hits with their scores, best first: fused, then in the reader's order as far as it reads."""
        found = search(self._asked(question, (), documents))
        read = list(read_hits(found, self._reader).hits)
        if k > len(read):
            known = {hit.chunk.id for hit in read}
            asked = found.asked.question
            more = found.asked.retriever.hits(asked.text, k, found.similar, about_document=asked.about_document)
            read += [hit for hit in more if hit.chunk.id not in known]
        return [replace(hit, rank=rank) for rank, hit in enumerate(read[: max(k, 0)], 1)]

    def verify(self, statement: str, quotes: Sequence[str]) -> list[Violation]:
        """What keeps a statement from being shown; empty when what it cites carries it.

        Each quotation must stand in the documents, character for character; then quotations, figures, names, negations, speakers, doubts
        and causes of the statement are compared with it, and a judge, where there is one, reads both.
        """
        return verify(statement, quotes, self.documents, Support(self._steps.judge, self._encoder.embed))

    def load(self, line: Mapping[str, object]) -> Answer | Abstention:
        """An outcome from its JSON line, checked against the documents as they are now.

        Raises:
            CitationInvalid: something in it is not, or no longer, the documents' own characters.
        """
        outcome = from_line(line)
        enforce(outcome, self.documents)
        return outcome

    def as_runnable(self) -> Runnable[str | dict[str, object], Answer | Abstention]:
        """The chain for LangChain: takes a question, or {"question": …, "history": […], "documents": [id, …]}."""

        def start(asked: str | dict[str, object]) -> Asked:
            if isinstance(asked, str):
                return self._asked(asked, (), None)
            history, documents = asked.get("history") or (), asked.get("documents")
            chosen = documents if documents is None or isinstance(documents, Collection) else ()
            return self._asked(asked.get("question"), history if isinstance(history, list | tuple) else (), chosen)

        return RunnableLambda(start) | self._chain

    def refresh(self) -> bool:
        """Take up a newer build of the index if there is one; whether there was.

        A build that is damaged, or made with another embedding model, is passed over: the one in memory goes on.
        """
        build = current_build(self._settings.index)
        if build is None or build in (self._index.folder, self._refused):
            return False
        with self._lock:
            if build in (self._index.folder, self._refused):
                return False
            try:
                index = read_index(build, self._embedder)
            except IndexUnusable:
                self._refused = build
                return False
            if index.manifest.recipe["embedder"] != self._embedder.fingerprint:
                self._refused = build
                return False
            self._use(index)
        return True

    def _use(self, index: Index) -> None:
        self._retriever = HybridRetriever(
            index=index, embedder=self._embedder, encoder=self._encoder, k=self._settings.hits
        )
        self._starters = starter_questions(index)
        self._index = index

    def _asked(self, question: object, history: Sequence[Turn], documents: Collection[str] | None) -> Asked:
        text = validate(question, self._settings.max_question_chars)
        self.refresh()
        began = time.perf_counter()
        whole = self._retriever
        retriever = choose(whole, documents)
        languages = tuple(sorted({document.language for document in retriever.index.documents.values()}))
        said = bool(history) and asks_who_said(text)
        before = self._shown(history, documents) if said else None
        complete = text if said else self._complete(text, history)
        question = parse_question(complete, languages)
        joined = [parse_question(part, languages) for part in parts(complete)]
        asks = tuple(replace(part, about_document=question.about_document) for part in joined)
        only = _titles(retriever) if len(retriever.index.documents) < len(whole.index.documents) else ()
        return Asked(text, question, asks, talk(text), said, before, retriever.index, retriever, only, began)

    def _complete(self, text: str, history: Sequence[Turn]) -> str:
        writer = self._steps.writer
        told = rewritten(text, history, writer) if writer and history and leans(text) else None
        return told or standalone(text, history)

    def _shown(self, history: Sequence[Turn], documents: Collection[str] | None) -> Answer | Abstention:
        """The last outcome; one of which only the question is known is looked for again."""
        *earlier, last = history
        return (
            last if isinstance(last, Answer | Abstention) else self.ask(question_of(last), earlier, documents=documents)
        )


def choose(retriever: HybridRetriever, documents: Collection[str] | None) -> HybridRetriever:
    """The retriever over these documents.

    Raises:
        QuestionInvalid: none is named.
        DocumentUnknown: one is not in the index.
    """
    if documents is None:
        return retriever
    if not documents:
        raise QuestionInvalid("no document is chosen; choose at least one, or all")
    known = retriever.index.documents
    unknown = next((name for name in documents if name not in known), None)
    if unknown is not None:
        listed = ", ".join(f"{key} ({document.path})" for key, document in known.items())
        raise DocumentUnknown(f"{unknown!r} is not the id of a document in the index; there are {listed}")
    return retriever.only(documents)


def _titles(retriever: HybridRetriever) -> tuple[str, ...]:
    return tuple(document.title for document in retriever.index.documents.values())
