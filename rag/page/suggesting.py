"""Questions to go on with: tried ahead in the background, picked after each answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.records import Abstention, Answer

if TYPE_CHECKING:
    from rag.answering.known import KnownQuestions
    from rag.page.handlers import Warm

_PAUSE = 0.2
"""Seconds between two questions that are tried ahead, so that those of visitors go first."""


class Suggesting:
    """Picks questions that are known to have an answer; none before `prepare` has begun."""

    def __init__(self, warm: Warm, file: Path) -> None:
        """Nothing is opened yet; `file` remembers what was tried over a restart."""
        self._warm, self._file = warm, file
        self._known: KnownQuestions | None = None

    def prepare(self, wait: Callable[[], object] = lambda: time.sleep(_PAUSE)) -> int:
        """Try the documents' questions, which takes minutes for a long report; how many were tried.

        Raises:
            RagError: the assistant cannot be opened.
        """
        from rag.answering.known import KnownQuestions  # not before the port answers

        self._known = KnownQuestions(self._warm(), self._file)
        return self._known.prepare(wait)

    def __call__(self, outcome: Answer | Abstention, before: Sequence[Answer | Abstention]) -> tuple[str, ...]:
        """Up to three questions, the most related first."""
        from rag.answering.suggestions import suggestions

        return suggestions(outcome, self._known, before) if self._known else ()
