"""What a library can say of itself: what is being built, and what became of each file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.index import Manifest
from rag.library.files import FileOutcome
from rag.records import Document


@dataclass(frozen=True, slots=True)
class State:
    """What is going on."""

    stage: str | None
    """"starting", "reading", "dividing", "embedding …", "storing" or "stopping"; None while nothing is built."""
    done: int
    total: int
    seconds_left: float | None
    """Of the stage, by its speed so far; None before that can be told."""
    error: str | None
    """Why the last build did not end with a new index; the one before goes on."""
    outcomes: tuple[FileOutcome, ...]
    documents: tuple[str, ...]
    """Ids of those that the current index holds, sorted; some may be of files that are gone."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Of a build that is under way."""

    name: str
    done: int
    total: int
    first: int
    """How much was done when the stage began, as with unchanged texts that need no embedding."""
    began: float

    def seconds_left(self, now: float) -> float | None:
        """By the speed so far, at that moment of the monotonic clock."""
        done = self.done - self.first
        return (self.total - self.done) * (now - self.began) / done if done > 0 else None


@dataclass(frozen=True, slots=True)
class Build:
    """What the current index says of the corpus."""

    folder: Path
    manifest: Manifest
    documents: dict[str, Document]
    """By name."""
