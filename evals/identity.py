"""What a run was made of: two runs with the same identity give the same numbers."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import rag
from evals.data import Question
from evals.results import SCHEMA
from evals.uncertainty import SEED
from rag import Assistant, Settings
from rag.reader import load_reader
from rag.settings import Strictness

_LIBRARIES = (
    "bm25s",
    "chromadb",
    "langchain-core",
    "numpy",
    "scipy",
    "sentence-transformers",
    "tiktoken",
    "torch",
    "transformers",
)
_SETTINGS = ("embedding_model", "max_question_chars", "hits", "max_quotes", "strictness", "judge_seconds")
"""The settings that change an answer; where things lie does not."""
_CODE = (".py", ".json", ".safetensors")


def identity(
    assistants: Mapping[str, Assistant],
    questions: Sequence[Question],
    source: Path,
    *,
    options: Mapping[str, Any],
    settings: Settings,
) -> dict[str, Any]:
    """The contents of `run.json`.

    Args:
        assistants: By the name of their corpus.
        questions: As selected.
        source: The file they came from.
        options: How they were selected and asked: split, kinds, judge, workers.
        settings: Of the assistants.
    """
    assistant = next(iter(assistants.values()))
    reader = assistant.reader
    return {
        "schema": SCHEMA,
        "questions": {
            "file": source.name,
            "sha256": _digest(source),
            "split": options["split"],
            "kinds": sorted(options["kinds"]),
            "n": len(questions),
        },
        "judge": options.get("judge"),
        "corpus": {
            name: {document.path: document.sha256 for document in assistant.documents.values()}
            for name, assistant in assistants.items()
        },
        "index": {name: assistant.manifest.fingerprint for name, assistant in assistants.items()},
        "reader": {
            "name": reader.name,
            "threshold": reader.threshold,
            "thresholds": {name: load_reader(settings.reader, name).threshold for name in get_args(Strictness)},
            "judge": assistant.judge,
        },
        "settings": {name: getattr(settings, name) for name in _SETTINGS},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "code": code_digest(),
        "commit": commit(),
        "seed": SEED,
        "workers": options["workers"],
    }


def code_digest() -> str:
    """sha256 of the code, coefficients and weights of library and suite, so that an uncommitted change is another run too."""
    digest = hashlib.sha256()
    for root in (Path(rag.__file__).parent, Path(__file__).parent):
        for path in sorted(root.rglob("*")):
            if path.suffix in _CODE and not {"training", "baseline"} & set(path.parts):
                digest.update(f"{path.relative_to(root.parent).as_posix()} {_digest(path)}\n".encode())
    return digest.hexdigest()


def commit() -> str | None:
    """The commit that is checked out, with "+changes" where files differ from it; None outside a repository."""
    root = Path(__file__).parent.parent
    try:
        head, changed = (
            subprocess.run(
                ["git", "-C", str(root), *command], capture_output=True, text=True, check=True, timeout=20
            ).stdout.strip()
            for command in (
                ["rev-parse", "--short=12", "HEAD"],
                ["status", "--porcelain", "--untracked-files=no", "--", ".", ":!evals/baseline"],
            )
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{head}+changes" if changed else head


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
