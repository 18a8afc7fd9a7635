"""Corpus to index: built beside the current one and swapped in when complete and verified."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rag.chunking import CHUNK_TOKENS, chunk_document, context_text, count_tokens
from rag.documents import Corpus, read_corpus
from rag.embedding import Embedder, MultilingualEncoder
from rag.errors import CorpusError, IndexBusy, IndexUnusable
from rag.index.manifest import Manifest, corpus_digest, file_hashes, fingerprint, read_manifest, recipe
from rag.index.store import Progress, write_store
from rag.index.vectors import Vectors
from rag.records import Chunk, Document

CURRENT = "CURRENT"
BUILDS = "builds"
_LOCK = "build.lock"
_HOLDER = "build.holder"
_BUILD_NAME = re.compile(r"\d{8}T\d+-[0-9a-f]{16}-\d+")
_SERIAL = itertools.count()
_LOCK_SECONDS = 1.5
_OURS = {CURRENT, BUILDS, _LOCK, _HOLDER}


def silent(stage: str, done: int, total: int) -> None:
    """No progress shown."""


def build_index(
    folder: Path,
    corpus: Path,
    embedder: Embedder,
    encoder: MultilingualEncoder,
    *,
    rebuild: bool = False,
    progress: Progress = silent,
) -> Path:
    """Build, verify and make current; the build's folder.

    Args:
        folder: The index folder; made if missing.
        corpus: The corpus folder.
        embedder: For the dense leg.
        encoder: For the multilingual leg.
        rebuild: Embed everything again instead of taking over vectors of unchanged text.
        progress: Told about every step; what it raises ends the build, and the index before it goes on.

    Raises:
        CorpusError: no document can be read.
        IndexBusy: another process is building; after at most 2 seconds.
        IndexUnusable: the folder cannot be written or belongs to something else.
    """
    with _locked(folder):
        digest = corpus_digest(corpus)  # before the files are read: one that changes meanwhile is indexed again
        read = read_corpus(corpus, progress=lambda done, total: progress("reading", done, total))
        if not read.documents:
            reasons = (
                "; ".join(problem.message for problem in read.problems)
                or "it holds no .txt, .md, .pdf, .docx or .html file"
            )
            raise CorpusError(f"corpus folder {corpus} has no readable document: {reasons}")
        made_from = recipe(
            corpus, digest, embedder.fingerprint
        )  # loads the model, so after all that can be wrong with files
        old = None if rebuild else current_build(folder)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{fingerprint(made_from)}-{os.getpid()}{next(_SERIAL):03}"
        target = folder / BUILDS / name
        with _whole_or_gone(target):
            _write(target, read, embedder, encoder, old, progress)
            _finish(target, read, made_from)
        _swap(folder, name)
        return target


@contextmanager
def _whole_or_gone(target: Path) -> Iterator[None]:
    """A new build folder, removed again when what is done in it fails or is stopped."""
    try:
        target.mkdir(parents=True)
        yield
    except BaseException as error:
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, OSError):
            folder = target.parent.parent
            raise IndexUnusable(
                f"index folder {folder} cannot be written ({error.strerror}); free space, or set RAG_INDEX to another folder"
            ) from error
        raise


def current_build(folder: Path) -> Path | None:
    """Folder of the build that is served now, None when there is none."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    build = folder / BUILDS / name
    return build if _BUILD_NAME.fullmatch(name) and build.is_dir() else None


def sentence_texts(documents: tuple[Document, ...]) -> list[str]:
    """Texts of all sentences that can be quoted, in order."""
    return [d.text[s.start : s.end] for d in documents for s in d.sentences if s.kind in ("body", "credits", "title")]


def _write(
    target: Path, read: Corpus, embedder: Embedder, encoder: MultilingualEncoder, old: Path | None, progress: Progress
) -> None:
    limit = embedder.limit

    def length(text: str) -> int:
        pieces = embedder.count(text)
        return count_tokens(text) if pieces <= limit else CHUNK_TOKENS + pieces  # never fits

    chunks: list[Chunk] = []
    for number, document in enumerate(read.documents):
        progress("dividing", number, len(read.documents))
        chunks += chunk_document(document, length=length)
    sentences = sentence_texts(read.documents)
    contexts = [context_text(chunk.section, chunk.text) for chunk in chunks]
    dense = _vectors(old, "dense.npz", [*contexts, *sentences], embedder, progress)
    multilingual = _vectors(old, "multilingual.npz", [*(chunk.text for chunk in chunks), *sentences], encoder, progress)
    progress("storing", 0, 1)
    dense.save(target / "dense.npz")
    multilingual.save(target / "multilingual.npz")
    _write_records(target / "documents.jsonl", read.documents)
    _write_records(target / "chunks.jsonl", chunks)
    write_store(target / "chroma", chunks, dense.of(contexts))
    progress("storing", 1, 1)


def _vectors(
    old: Path | None, name: str, texts: list[str], model: Embedder | MultilingualEncoder, progress: Progress
) -> Vectors:
    total = len(set(texts))
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        progress(f"embedding {model.name}", done, total)

    try:
        before = Vectors.load(old / name) if old and _same_models(old, model) and _is_intact(old, name) else None
    except IndexUnusable:  # the old build is damaged, which is why there is a new one
        before = None
    return Vectors.make(texts, model.embed, before, step)


def _same_models(old: Path, model: Embedder | MultilingualEncoder) -> bool:
    """Whether the vectors of a build were made by the model as it is now."""
    try:
        made_from = json.loads((old / "manifest.json").read_text(encoding="utf-8"))["recipe"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return (
        bool(isinstance(made_from, dict) and made_from.get("embedder") == model.fingerprint)
        if isinstance(model, Embedder)
        else True
    )


def _is_intact(old: Path, name: str) -> bool:
    """Whether a file of a build is still the one that was built; vectors of another would be wrong for ever after."""
    path = old / name
    return path.is_file() and read_manifest(old).files.get(name) == hashlib.sha256(path.read_bytes()).hexdigest()


def _write_records(path: Path, records: tuple[Document, ...] | list[Chunk]) -> None:
    with path.open("w", encoding="utf-8") as handle:
        for record in records:
            handle.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")


def _finish(target: Path, read: Corpus, made_from: dict[str, object]) -> None:
    problems = tuple((problem.path, problem.message) for problem in read.problems)
    hashes = file_hashes(target)
    for path in target.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
    chunks = (target / "chunks.jsonl").read_text(encoding="utf-8").count("\n")
    built = datetime.now(UTC).isoformat(timespec="seconds")
    Manifest(fingerprint(made_from), made_from, built, len(read.documents), chunks, problems, hashes).write(target)


def _swap(folder: Path, name: str) -> None:
    """Make a build current in one step; the one before is kept for those who still read it, older ones are removed."""
    before = current_build(folder)
    pointer = folder / f"{CURRENT}.{os.getpid()}"
    pointer.write_text(name, encoding="utf-8")
    pointer.replace(folder / CURRENT)
    for build in (folder / BUILDS).iterdir():
        if build.name != name and build != before and _BUILD_NAME.fullmatch(build.name):
            shutil.rmtree(build, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The build lock of an index folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = sorted(
            path.name for path in folder.iterdir() if path.name not in _OURS and not path.name.startswith(f"{CURRENT}.")
        )
        if foreign and not ((folder / CURRENT).exists() or (folder / _LOCK).exists()):
            raise IndexUnusable(
                f"{folder} is not an index folder (it holds {foreign[0]}); set RAG_INDEX to an empty folder"
            )
        lock = FileLock(folder / _LOCK, timeout=_LOCK_SECONDS)
        lock.acquire()
    except Timeout as error:
        raise IndexBusy(
            f"{folder} is being built by {_holder(folder)}; wait until it is done, then try again"
        ) from error
    except OSError as error:
        raise IndexUnusable(
            f"index folder {folder} cannot be written ({error.strerror}); change its permissions, or set RAG_INDEX to another folder"
        ) from error
    try:
        (folder / _HOLDER).write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield
    finally:
        (folder / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _holder(folder: Path) -> str:
    try:
        return (folder / _HOLDER).read_text(encoding="utf-8")
    except OSError:
        return "another process"
