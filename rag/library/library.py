"""A corpus folder and its index as the page holds them: add, remove, see what becomes of each file, stop."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from rag.documents import corpus_files
from rag.embedding import MINILM
from rag.errors import CorpusError, IndexUnusable, RagError
from rag.index import corpus_digest, current_build, read_documents, read_manifest
from rag.library.files import FileOutcome, Stat, digest, look, put, take_out
from rag.library.process import BuildProcess
from rag.library.state import Build, Stage, State
from rag.records import Document

POLL_SECONDS = 2.0
_SETTLE = 0.3
"""Seconds after an addition in which more are waited for."""
_BUSY_POLLS = 5
"""Polls to wait while another process builds."""


class Library:
    """The documents of one corpus folder; thread-safe. It watches the folder from `start` to `close`."""

    def __init__(
        self,
        corpus: Path,
        index: Path,
        model: str = MINILM,
        *,
        swapped: Callable[[], object] = lambda: None,
        poll: float = POLL_SECONDS,
    ) -> None:
        """Nothing is read or watched yet.

        Args:
            corpus: The folder with the documents.
            index: The folder of the index.
            model: Name of the embedding model.
            swapped: Called in a background thread when a new index is current.
            poll: Seconds between two looks at the folder.
        """
        self._corpus, self._index, self._model = corpus, index, model
        self._swapped, self._poll = swapped, poll
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closed = False
        self._seen: Stat | None = None
        self._done: Stat | None = None
        self._stage: Stage | None = None
        self._error: str | None = None
        self._process: BuildProcess | None = None
        self._hashes: dict[tuple[str, int, int], str] = {}
        self._build: Build | None = None

    def start(self) -> Self:
        """Watch the folder until `close`, or until nothing refers to the library any more."""
        threading.Thread(
            target=_watch,
            args=(weakref.ref(self), self._wake, self._poll),
            name=f"watching {self._corpus}",
            daemon=True,
        ).start()
        return self

    def close(self) -> None:
        """Stop watching, and a build that is under way."""
        self._closed = True
        self.cancel()
        self._wake.set()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(self, name: str, content: bytes | Path) -> FileOutcome:
        """Add a file, given as bytes or as the path of a copy; it is indexed in the background.

        Its name is cleaned, and numbered where another file has it. A file whose bytes are there already is not added.

        Raises:
            CorpusError: the file's kind or size is not allowed, or the folder cannot be written.
        """
        with self._lock:
            found = digest(content)
            twin = next((stat[0] for stat in self._files() if self._hash(stat) == found), None)
            if twin is not None:
                return FileOutcome(name, "duplicate", f"{name} is the same file as {twin}; it was not added")
            path = put(self._corpus, name, content)
        self.build()
        return FileOutcome(path.name, "waiting", size=path.stat().st_size)

    def remove(self, name: str) -> None:
        """Delete a document's file and its sidecar; it is answered from until the new index is there.

        Raises:
            CorpusError: there is no such document, it is the only one that can be read, or the folder cannot be written.
        """
        with self._lock:
            indexed = [outcome.name for outcome in self.outcomes() if outcome.state == "indexed"]
            if indexed == [name]:  # the index would stay, and go on answering from what is no longer there
                raise CorpusError(f"{name} is the only document; add another one before you remove it")
            take_out(self._corpus, name)
        self.build()

    def build(self) -> None:
        """Make the index again, soon and in the background, if the folder is not what it was made from."""
        with self._lock:
            self._done = None
        self._wake.set()

    def cancel(self) -> None:
        """Stop the build that is under way; the index before it goes on, and added files wait for the next build."""
        with self._lock:
            if self._process is None:
                return
            self._stage = Stage("stopping", 0, 1, 0, time.monotonic())
            self._process.stop()

    def state(self) -> State:
        """What is going on now, and what became of each file."""
        with self._lock:
            outcomes, build, stage = self.outcomes(), self._current(), self._stage
            documents = tuple(sorted(document.id for document in build.documents.values())) if build else ()
            if stage is None:
                return State(None, 0, 0, None, self._error, outcomes, documents)
            left = stage.seconds_left(time.monotonic())
            return State(stage.name, stage.done, stage.total, left, None, outcomes, documents)

    @property
    def building(self) -> bool:
        """Whether an index is being built."""
        return self._stage is not None

    def outcomes(self) -> tuple[FileOutcome, ...]:
        """Every file of the folder in order of name, sidecars and hidden ones aside."""
        with self._lock:
            build = self._current()
            return tuple(self._outcome(stat, build) for stat in self._files())

    def _files(self) -> list[tuple[str, int, int]]:
        documents = {path.relative_to(self._corpus).as_posix() for path in corpus_files(self._corpus)}
        return [stat for stat in look(self._corpus) if stat[0] in documents]

    def _hash(self, stat: tuple[str, int, int]) -> str:
        if stat not in self._hashes:
            try:
                self._hashes[stat] = digest(self._corpus / stat[0])
            except CorpusError:
                return ""
        return self._hashes[stat]

    def _outcome(self, stat: tuple[str, int, int], build: Build | None) -> FileOutcome:
        name, size, changed = stat
        document = build.documents.get(name) if build else None
        if document and document.file_sha256 == self._hash(stat):
            pages = len(document.pages) or None
            return FileOutcome(name, "indexed", _empty_pages(document), document.id, document.title, pages, size)
        problem = dict(build.manifest.problems).get(name) if build else None
        if build and problem and changed / 1e9 <= datetime.fromisoformat(build.manifest.built).timestamp():
            return FileOutcome(name, "left out", problem, size=size)
        return FileOutcome(name, "waiting", size=size)

    def _current(self) -> Build | None:
        folder = current_build(self._index)
        if folder is None:
            return None
        if self._build is None or self._build.folder != folder:
            try:
                documents = {document.path: document for document in read_documents(folder)}
                self._build = Build(folder, read_manifest(folder), documents)
            except IndexUnusable:  # damaged; whoever opens it says so
                return None
        return self._build

    def _check(self) -> None:
        try:
            self._look()
        except (RagError, OSError) as error:  # the folder may go away, and come back
            self._finish(self._seen or (), str(error))

    def _look(self) -> None:
        """Build if the folder has changed and has come to rest."""
        done = self._done  # before the look: what asks for a build meanwhile has changed files that it does not see yet
        seen = look(self._corpus)
        with self._lock:
            changed, settled = seen != done, seen == self._seen or done is None
            self._seen, build = seen, self._current()
        if self._closed or not changed or not settled:
            return
        if build and build.manifest.recipe["corpus"] == corpus_digest(self._corpus):
            self._finish(seen, None)
        else:
            self._run(seen)

    def _run(self, seen: Stat) -> None:
        with self._lock:
            process = self._process = BuildProcess(self._corpus, self._index, self._model)
            self._stage = Stage("starting", 0, 1, 0, time.monotonic())
        error: str | None = None
        last: dict[str, Any] = {}
        for last in process.messages():
            if "stage" in last:
                self._tell(last["stage"], last["done"], last["total"])
        if not last.get("built"):
            error = last.get("error") or self._broken()
        if last.get("busy"):
            self._wake.wait(_BUSY_POLLS * self._poll)
            seen = ()  # so that the folder is looked at again
        self._finish(seen, error)

    def _broken(self) -> str:
        """Why a build ended without saying so."""
        stage = self._stage
        if stage and stage.name == "stopping":
            return "the build was stopped; the index before it goes on"
        files = corpus_files(self._corpus)
        if stage and stage.name == "reading" and stage.done < len(files):
            return f"reading {files[stage.done].name} broke the build; the index before it goes on; remove that file"
        return "the build broke off; the index before it goes on; run: rag index"

    def _finish(self, seen: Stat, error: str | None) -> None:
        with self._lock:
            self._stage, self._error, self._process = None, error, None
            self._done = seen
        if error is None:
            self._swapped()

    def _tell(self, name: str, done: int, total: int) -> None:
        with self._lock:
            now, before = time.monotonic(), self._stage
            if before and before.name == "stopping":
                return
            first, began = (before.first, before.began) if before and before.name == name else (done, now)
            self._stage = Stage(name, done, total, first, began)


def _watch(library: weakref.ref[Library], wake: threading.Event, poll: float) -> None:
    while True:
        if wake.wait(poll):
            wake.clear()
            while wake.wait(_SETTLE):
                wake.clear()
        here = library()
        if here is None or here._closed:
            return
        here._check()
        del here


def _empty_pages(document: Document) -> str:
    """Which pages hold no text, which a reader of the list would otherwise not learn."""
    edges = [*document.pages, len(document.text)]
    empty = [number for number, (start, end) in enumerate(pairwise(edges), 1) if start == end]
    if not empty:
        return ""
    listed = ", ".join(map(str, empty[:10])) + (" and more" if len(empty) > 10 else "")
    return f"no text on page {listed}: empty, or a picture of text that cannot be searched"
