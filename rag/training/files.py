"""Compressed JSON Lines to rows; what is wrong with a file is said with its name and line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import RagError

_Kind = TypeVar("_Kind", str, int, float, list[Any], dict[str, Any])
_CALLED: dict[type, str] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class TrainingError(RagError):
    """Data, weights or a run's folder are missing or not as expected; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line's object, and where it stands."""

    values: dict[str, Any]
    place: str

    def get(self, path: str, kind: type[_Kind]) -> _Kind:
        """The value at a path like "ctxs.0.title".

        Raises:
            TrainingError: nothing is there, or something of another kind.
        """
        value: Any = self.values
        for step in path.split("."):
            try:
                value = value[int(step) if isinstance(value, list) else step]
            except (KeyError, IndexError, TypeError, ValueError):
                raise TrainingError(f"{self.place}: field {path!r} is missing; expected {_CALLED[kind]}") from None
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TrainingError(f"{self.place}: field {path!r} is {str(value)[:40]!r}; expected {_CALLED[kind]}")
        return value


def parse_row(line: str, place: str) -> Row:
    """The object of one line.

    Raises:
        TrainingError: it is not a JSON object.
    """
    try:
        values = json.loads(line)
    except ValueError as error:
        raise TrainingError(f"{place}: not JSON ({error}); expected one object a line") from error
    if not isinstance(values, dict):
        raise TrainingError(f"{place}: {str(values)[:40]!r}; expected a JSON object")
    return Row(values, place)


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file compressed with gzip; blank lines are passed over.

    Raises:
        TrainingError: the folder or file is missing, holds nothing, or a line of it cannot be read.
    """
    if not path.parent.is_dir():
        raise TrainingError(f"{path.parent}: no such folder; expected the one with {path.name}")
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield parse_row(line, f"{path}, line {number}")
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no such file; expected JSON Lines compressed with gzip") from error
    except (gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
        raise TrainingError(
            f"{path}, line {number + 1}: {error}; expected UTF-8 text that is compressed with gzip"
        ) from error
    if not number:
        raise TrainingError(f"{path}: holds no lines; expected one question a line")


def read_lines(path: Path, command: str) -> Iterator[Row]:
    """The rows of a plain file that one of our commands writes.

    Raises:
        TrainingError: the file is missing, or a line of it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no such file; expected what `python -m rag.training {command}` writes") from error
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path}: {error}; expected UTF-8 text") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield parse_row(line, f"{path}, line {number}")
