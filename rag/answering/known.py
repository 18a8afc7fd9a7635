"""Questions that were tried on the reader, and what answers them: tried ahead, in the background, and kept over a restart."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rag.answering.askable import Askable, askable
from rag.answering.conversation import Turn
from rag.errors import QuestionInvalid
from rag.index import Manifest
from rag.reader import Reader
from rag.records import Abstention, Answer, Document, Statement

_PER_DOCUMENT = 200
"""Questions that are tried ahead."""
LANGUAGES = ("en", "es")
"""In which questions are made."""

Passage = tuple[str, int, int]
"""Document id, start, end."""


class Asks(Protocol):
    """What is needed of an `Assistant`."""

    @property
    def documents(self) -> Mapping[str, Document]:
        """By id."""
        ...

    @property
    def manifest(self) -> Manifest:
        """Of the index."""
        ...

    @property
    def reader(self) -> Reader:
        """Who finds the answers."""
        ...

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Statement | Answer | Abstention]:
        """The first outcome is the reader's, before any judge or chat model."""
        ...


class KnownQuestions:
    """Questions that were tried on the reader, and what answers them; kept for as long as the index and the reader are the same."""

    def __init__(self, assistant: Asks, file: Path | None = None) -> None:
        """Take up what was tried before.

        Args:
            assistant: Who is asked; may be shared between threads.
            file: Where to remember it over a restart; a damaged one counts as none, since everything can be tried again.
        """
        self.assistant, self._file, self._lock = assistant, file, threading.Lock()
        self._tried: dict[str, tuple[Passage, ...]] = {}
        self._made: dict[tuple[str, str], tuple[Askable, ...]] = {}
        self._index = ""
        self._renew()

    def made_from(self, document: Document, language: str) -> tuple[Askable, ...]:
        """The questions that a document suggests."""
        self._renew()
        key = document.id, language
        if key not in self._made:
            self._made[key] = askable(document, language)
        return self._made[key]

    def answers(self, question: str, begin_by: float | None = None) -> tuple[Passage, ...] | None:
        """The passages that answer, the best first; empty where nothing does, or it cannot be asked.

        None where it was not tried yet and it is later than `begin_by`, as `time.perf_counter` counts.
        """
        self._renew()
        if (known := self._tried.get(question)) is not None:
            return known
        if begin_by is not None and time.perf_counter() > begin_by:
            return None
        found, index = self._asked(question), self._index
        with self._lock:
            if index == self._index:
                self._tried[question] = found
        return found

    def prepare(self, wait: Callable[[], object] = lambda: None) -> int:
        """Try the questions of all documents in their own language, and keep what came of it; how many were tried.

        Args:
            wait: Called before each, to let others go first; what it raises ends the work, and what was tried is kept.
        """
        count = 0
        try:
            for document in list(self.assistant.documents.values()):
                language = document.language if document.language in LANGUAGES else LANGUAGES[0]
                for one in self.made_from(document, language)[:_PER_DOCUMENT]:
                    if one.text not in self._tried:
                        wait()
                        self.answers(one.text)
                        count += 1
        finally:
            if count:
                self._write()
        return count

    def _asked(self, question: str) -> tuple[Passage, ...]:
        try:
            outcome = next(part for part in self.assistant.stream(question) if not isinstance(part, Statement))
        except QuestionInvalid:  # a heading or a name may make it too long
            return ()
        cited = outcome.citations if isinstance(outcome, Answer) else ()
        return tuple((c.document_id, c.start, c.end) for c in cited)

    def _renew(self) -> None:
        """Forget everything when the index has been swapped."""
        reader = self.assistant.reader
        index = f"{self.assistant.manifest.fingerprint} {reader.name} {reader.threshold}"
        with self._lock:
            if index != self._index:
                self._index, self._made, self._tried = index, {}, self._read(index)

    def _read(self, index: str) -> dict[str, tuple[Passage, ...]]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8")) if self._file else {}
            if kept.get("index") != index:
                return {}
            return {str(q): tuple((str(d), int(a), int(b)) for d, a, b in found) for q, found in kept["tried"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def _write(self) -> None:
        """In one piece; where it cannot be written, questions are tried again after a restart."""
        if self._file is None:
            return
        with self._lock:
            text = json.dumps({"index": self._index, "tried": self._tried}, ensure_ascii=False)
        part = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            part.write_text(text, encoding="utf-8")
            part.replace(self._file)
