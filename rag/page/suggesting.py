"""Questions to go on with: tried ahead in the background, picked after each answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.records import Abstention, Answer

if TYPE_CHECKING:
    from rag.answering.known import KnownQuestions
    from rag.page.handlers import Warm


class Suggesting:
    """Picks questions that are known to have an answer; none before `prepare` has begun."""

    def __init__(self, warm: Warm, file: Path) -> None:
        """Nothing is opened yet; `file` remembers what was tried over a restart."""
        self._warm, self._file = warm, file
        self._known: KnownQuestions | None = None

    def prepare(self, wait: Callable[[], object]) -> int:
        """Try the documents' questions, which takes minutes for a long report, and wait before each; how many were tried.

        Raises:
            RagError: the assistant cannot be opened.
        """
        from rag.answering.known import KnownQuestions  # not before the port answers

        self._known = KnownQuestions(self._warm(), self._file)
        return self._known.prepare(wait)

    def __call__(
        self, outcome: Answer | Abstention, before: Sequence[Answer | Abstention], documents: Collection[str] | None
    ) -> tuple[str, ...]:
        """Up to three questions, the most related first; see `suggestions`."""
        from rag.answering.suggestions import suggestions

        return suggestions(outcome, self._known, before, documents=documents) if self._known else ()
