"""Files into the corpus folder and out of it, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.documents import MAX_BYTES, SUFFIXES, corpus_files
from rag.errors import CorpusError

_NO_DOCUMENT = {"readme.md"}
"""Names that mean something else in a corpus folder."""
_LONGEST = 150
"""Bytes of a name without its suffix; file systems allow 255 with everything."""
_FORBIDDEN = re.compile(r"[<>:\"|?*\\/]+")


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """A file and what became of it."""

    name: str
    """Relative to the corpus folder."""
    state: Literal["indexed", "left out", "waiting", "duplicate"]
    """Questions are answered from it; it cannot be read; the next index will hold it; it was not added, for its content is there."""
    message: str = ""
    """Why it was left out or not added, or what of it could not be read."""
    document_id: str | None = None
    title: str | None = None
    pages: int | None = None
    size: int = 0
    """Bytes."""


def safe_name(name: str) -> str:
    """A file name without folders, control characters or what file systems forbid.

    >>> safe_name("../../etc/Informe  final?.PDF")
    'Informe final.pdf'

    Raises:
        CorpusError: it has no suffix that can be read.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    stem, dot, suffix = " ".join(_FORBIDDEN.sub(" ", shown).split()).rpartition(".")
    suffix = dot + suffix.lower()
    if suffix not in SUFFIXES:
        raise CorpusError(f"{last[:80]!r} is not a {', '.join(SUFFIXES)} file; convert it to one of these")
    stem = stem.strip(". ").encode()[:_LONGEST].decode(errors="ignore").strip() or "document"
    return stem + suffix


def put(folder: Path, name: str, content: bytes | Path) -> Path:
    """The path of a new file with this content, under this name or one with a number behind it; seen only when it is whole.

    Raises:
        CorpusError: the name has no suffix that can be read, the file is too large, or the folder cannot be written.
    """
    name = safe_name(name)
    try:
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        if size > MAX_BYTES:
            raise CorpusError(
                f"{name} has {size >> 20:,} MB, {MAX_BYTES >> 20:,} are allowed; divide it, or take out its pictures"
            )
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".adding-", dir=folder)  # hidden files are no documents
        try:
            with os.fdopen(handle, "wb") as out:
                if isinstance(content, Path):
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, out)
                else:
                    out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).chmod(0o644)
            target = _free(folder, name)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CorpusError(
            f"{name} cannot be added to {folder} ({error.strerror}); free space, or change the folder's permissions"
        ) from error
    return target


def _free(folder: Path, name: str) -> Path:
    stem, _, suffix = name.rpartition(".")
    number = 2
    while name.lower() in _NO_DOCUMENT or (folder / name).exists():
        name = f"{stem} ({number}).{suffix}"
        number += 1
    return folder / name


def take_out(folder: Path, name: str) -> None:
    """Delete a document's file and its sidecar.

    Raises:
        CorpusError: there is no such document, or the folder cannot be written.
    """
    path = next((path for path in corpus_files(folder) if path.relative_to(folder).as_posix() == name), None)
    if path is None:
        raise CorpusError(f"{name!r} is no document of {folder}; it may have been removed already")
    try:
        path.unlink()
        path.with_name(path.name + ".toml").unlink(missing_ok=True)
    except OSError as error:
        raise CorpusError(f"{name} cannot be removed ({error.strerror}); change the folder's permissions") from error


def digest(content: bytes | Path) -> str:
    """sha256 of a file's bytes.

    Raises:
        CorpusError: it cannot be read.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    try:
        with content.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise CorpusError(f"{content.name} cannot be read ({error.strerror}); check its permissions") from error


Stat = tuple[tuple[str, int, int], ...]
"""(name, bytes, time of change) of every file, sidecars with the rest."""


def look(folder: Path) -> Stat:
    """What can be told of a folder's files without reading them; nothing for a missing folder."""
    found = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in Path(name).parts):
            continue
        try:
            status = path.stat()
        except OSError:  # gone since
            continue
        if path.is_file():
            found.append((name, status.st_size, status.st_mtime_ns))
    return tuple(found)
