"""Files of the corpus folder to Documents."""

from __future__ import annotations

import hashlib
import tomllib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rag.documents.formats import MAX_BYTES, SUFFIXES, extract
from rag.documents.sentences import sentence_spans
from rag.documents.speakers import find_speakers
from rag.documents.structure import Part, classify
from rag.errors import CorpusError
from rag.records import Document, Section, Sentence

CANONICALISER = "1"
"""Raised whenever the same file would give another canonical text or other sentences."""
_PARAGRAPH_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was left out, and why."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """The readable documents in order of file name, and the files that were left out."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Text:
    """Canonical text under construction."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    runs: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, text: str, sources: tuple[int, ...]) -> int:
        """Append a block; where it starts."""
        if self.length:
            self.pieces.append(_PARAGRAPH_BREAK)
            self.length += len(_PARAGRAPH_BREAK)
        start = self.length
        for offset, source in enumerate(sources, start):
            if source < 0:
                continue
            last = self.runs[-1] if self.runs else (-1, -1, 0)
            if last[0] + last[2] == offset and last[1] + last[2] == source:
                self.runs[-1] = (last[0], last[1], last[2] + 1)
            else:
                self.runs.append((offset, source, 1))
        self.pieces.append(text)
        self.length += len(text)
        return start

    def pages(self, starts: tuple[int, ...]) -> tuple[int, ...]:
        """Where each page starts, given where it does in the file; a page without text starts with the next one."""
        pages: list[int] = []
        for offset, source, _ in self.runs:
            pages += [offset] * (bisect_right(starts, source) - len(pages))
        return tuple([*pages, *[self.length] * (len(starts) - len(pages))])


def corpus_files(folder: Path) -> list[Path]:
    """The files below a folder that should be documents, in order of name: all but hidden ones, sidecars and `README.md`."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() != ".toml"
        and path.name != "README.md"
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]


def read_corpus(folder: Path, *, progress: Callable[[int, int], None] = lambda done, total: None) -> Corpus:
    """All documents below a folder.

    A file that cannot be read, is a copy of another, or not what its sidecar says is left out and named.

    Args:
        folder: The corpus folder.
        progress: Told how many files are read, and how many there are.

    Raises:
        CorpusError: the folder is missing.
    """
    if not folder.is_dir():
        raise CorpusError(
            f"corpus folder {folder} does not exist; make it, or set RAG_CORPUS to the folder with your documents"
        )
    documents: list[Document] = []
    problems: list[Problem] = []
    files = corpus_files(folder)
    for number, path in enumerate(files):
        progress(number, len(files))
        name = path.relative_to(folder).as_posix()
        try:
            document = read_document(path, name)
        except CorpusError as error:
            problems.append(Problem(name, str(error)))
            continue
        twin = next((other for other in documents if other.id == document.id), None)
        if twin:
            problems.append(Problem(name, f"{name} has the same text as {twin.path}; remove one of them"))
        else:
            documents.append(document)
    progress(len(files), len(files))
    return Corpus(tuple(documents), tuple(problems))


def read_document(path: Path, name: str) -> Document:
    """One file as a Document; `name` is its path inside the corpus.

    Raises:
        CorpusError: the file cannot be read, is not text, or does not match its sidecar.
    """
    data = _read_bytes(path, name)
    meta = _read_sidecar(path, name)
    digest = hashlib.sha256(data).hexdigest()
    if meta.get("sha256", digest) != digest:
        raise CorpusError(
            f"{name} has sha256 {digest[:12]}… but its sidecar says {str(meta['sha256'])[:12]}…; restore the file, or correct {name}.toml"
        )
    found = extract(data, path.suffix.lower(), name)
    first_heading = next((block.text for block in found.blocks if block.level == 1), None)
    title = str(meta.get("title") or first_heading or found.title or path.stem)
    parts = classify(found.blocks, title, markdown=found.is_marked)
    if not any(part.kind == "body" for part in parts):
        raise CorpusError(f"{name} holds no text that could be quoted; remove it or add text")
    canonical = _Text()
    starts = [
        canonical.add(part.block.text.replace("\n", "\n" if part.kind == "contents" else " "), part.block.sources)
        for part in parts
    ]
    joined = "".join(canonical.pieces)
    sha256 = hashlib.sha256(joined.encode()).hexdigest()
    return Document(
        id=sha256[:16],
        title=title,
        publisher=_text_or_none(meta.get("publisher")),
        published=_text_or_none(meta.get("published")),
        authors=tuple(str(author) for author in _list(meta.get("authors"))),
        language=str(meta.get("language", found.language)),
        path=name,
        text=joined,
        sha256=sha256,
        file_sha256=digest,
        sections=_sections(parts, starts, len(joined)),
        sentences=_sentences(parts, starts),
        source_runs=() if found.page_starts else tuple(canonical.runs),
        pages=canonical.pages(found.page_starts),
    )


def _read_bytes(path: Path, name: str) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise CorpusError(f"{name} is not a {', '.join(SUFFIXES)} file; convert it to text or Markdown")
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise CorpusError(
                f"{name} has {size >> 20:,} MB, {MAX_BYTES >> 20:,} are allowed; divide it, or take out its pictures"
            )
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{name} cannot be read ({error.strerror}); check its permissions") from error
    if not data.strip():
        raise CorpusError(f"{name} is empty; add text or remove it")
    return data


def _read_sidecar(path: Path, name: str) -> dict[str, object]:
    sidecar = path.with_name(path.name + ".toml")
    if not sidecar.is_file():
        return {}
    try:
        return tomllib.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{name}.toml is not readable TOML ({error}); correct or remove it") from error


def _text_or_none(value: object) -> str | None:
    return str(value) if value else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []


def _sections(parts: list[Part], starts: list[int], end: int) -> tuple[Section, ...]:
    headings: list[tuple[int, tuple[str, ...]]] = []
    stack: list[tuple[int, str]] = []
    for part, start in zip(parts, starts, strict=True):
        if part.kind != "heading":
            continue
        stack = [entry for entry in stack if entry[0] < part.level]
        stack.append((part.level, part.block.text.replace("\n", " ")))
        headings.append((start, tuple(title for _, title in stack)))
    ends = [*(start for start, _ in headings), end][1:]
    return tuple(Section(path, start, stop) for (start, path), stop in zip(headings, ends, strict=True))


def _sentences(parts: list[Part], starts: list[int]) -> tuple[Sentence, ...]:
    paragraphs = [
        sentence_spans(part.block.text.replace("\n", " ")) if part.kind == "body" else [(0, len(part.block.text))]
        for part in parts
    ]
    speakers = find_speakers(
        [
            [part.block.text.replace("\n", " ")[a:b] for a, b in spans] if part.kind == "body" else []
            for part, spans in zip(parts, paragraphs, strict=True)
        ]
    )
    sentences = []
    for number, (part, start, spans, who) in enumerate(zip(parts, starts, paragraphs, speakers, strict=True)):
        for position, (a, b) in enumerate(spans):
            speaker = who[position] if part.kind == "body" else None
            sentences.append(Sentence(start + a, start + b, number, part.kind, speaker))
    return tuple(_join_labels(sentences, "\n\n".join(part.block.text for part in parts)))


def _join_labels(sentences: list[Sentence], text: str) -> list[Sentence]:
    """Credits with each label ("Authors:") and what follows it as one sentence."""
    joined: list[Sentence] = []
    for sentence in sentences:
        last = joined[-1] if joined else None
        if last and last.kind == sentence.kind == "credits" and text[last.start : last.end].endswith(":"):
            joined[-1] = Sentence(last.start, sentence.end, last.paragraph, "credits")
        else:
            joined.append(sentence)
    return joined
