"""What the page keeps on the server: the conversations of each browser, and what readers say of answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rag.conversations import Conversations
from rag.feedback import Feedback
from rag.rendering.html import Outcome


@dataclass(slots=True)
class Place:
    """Where a conversation is kept."""

    id: str | None = None
    """None before its first outcome is kept."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What is kept there, by turns."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The stores; may be shared between threads."""

    conversations: Conversations
    feedback: Feedback
    days: int
    """After which a conversation is deleted; 0 where none outlasts the process."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held from reading a conversation's outcomes to keeping them, so that an older state never overwrites a newer one."""

    @classmethod
    def open(cls, folder: Path, *, days: int) -> Self:
        """The stores of the folder, made where they are missing.

        Raises:
            StoreUnusable: one cannot be written, or is another program's.
        """
        return cls(Conversations(folder, days=days), Feedback(folder), days)

    def write(self, owner: str, place: Place, outcomes: Sequence[Outcome]) -> None:
        """Make the kept conversation the same as the outcomes; what is kept behind them stays until a turn takes its place.

        Raises:
            RagError: the conversation was deleted meanwhile, or the file cannot be written.
        """
        pairs = zip(outcomes, place.outcomes, strict=False)
        same = next(
            (n for n, (new, old) in enumerate(pairs) if new is not old), min(len(outcomes), len(place.outcomes))
        )
        for number, outcome in enumerate(outcomes[same:], same + 1):
            if place.id is None:
                place.id = self.conversations.begin(owner, outcome)
            elif number <= len(place.outcomes):
                self.conversations.replace(owner, place.id, number, outcome)
            else:
                self.conversations.append(owner, place.id, outcome)
            place.outcomes[number - 1 :] = [outcome]
