"""The menu of documents: its script lists, adds and removes the files through the API; which of them are asked is the session's."""

from __future__ import annotations

from collections.abc import Mapping

from rag.page.session import Session
from rag.page.wording import say
from rag.records import Document

_SCRIPT_SAYS = (
    "documents", "some documents", "ask which", "one at least", "only this", "ask all", "add documents", "read only", "remove", "remove sure", "removed", "added",
    "sending", "not sent", "pages #", "waiting", "left out file", "stop", "index now", "stage starting", "stage reading", "stage dividing",
    "stage embedding", "stage storing", "stage stopping", "seconds left", "minutes left", "usable", "renewed",
)  # fmt: skip


def shelf_value(session: Session, documents: Mapping[str, Document]) -> dict[str, object]:
    """The menu as the window's script takes it: words, the documents that answers come from, and the names of those that alone are asked."""
    return {
        "words": {text: say(text, session.language) for text in _SCRIPT_SAYS},
        "indexed": sorted(documents),
        "chosen": None if session.chosen is None else sorted(session.chosen),
    }
