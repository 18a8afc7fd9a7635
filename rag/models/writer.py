"""A chat model's reply, piece by piece, within a time and a length."""

from __future__ import annotations

import queue
import threading
from time import monotonic
from typing import TYPE_CHECKING

from rag.errors import ModelUnavailable
from rag.models.chat import chat_model, shown_name
from rag.replies import SCHEMA
from rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.language_models.base import LanguageModelInput
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.runnables import Runnable

_RETRIES = 2
_PING = 10.0
_STRUCTURED = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}
}
"""How OpenAI is asked for statements with their citations as JSON. Other servers are asked for marked sentences: small models that a grammar
holds to JSON came back with an empty list."""
_LONGEST = 8000
"""Characters of a reply; a model that writes more babbles."""


def load_writer(settings: Settings) -> Writer | None:
    """The writer that `RAG_CHAT_MODEL` names; None without one.

    Raises:
        ModelUnavailable: its package, key or file is missing.
    """
    if settings.chat_model is None:
        if settings.chat_url:
            raise ModelUnavailable("RAG_CHAT_URL is set without RAG_CHAT_MODEL; set it to openai:NAME of a model there")
        return None
    model = chat_model(
        settings.chat_model,
        seconds=settings.chat_seconds,
        retries=_RETRIES,
        named_in="RAG_CHAT_MODEL",
        url=settings.chat_url,
    )
    structured = (
        model.bind(**_STRUCTURED) if settings.chat_model.startswith("openai:") and not settings.chat_url else None
    )
    return Writer(model, shown_name(settings.chat_model), settings.chat_seconds, structured)


class WriterFailed(Exception):
    """The reply ended too early; the message says why, for a notice behind the model's name. It never holds what a provider said."""


class Writer:
    """May be shared between threads; every reply has a thread of its own, which is left behind when it is too slow."""

    def __init__(
        self,
        model: BaseChatModel,
        name: str,
        seconds: float,
        structured: Runnable[LanguageModelInput, AIMessage] | None = None,
    ) -> None:
        """Nothing is asked yet; `seconds` are for all replies to a question together.

        A `structured` model is asked for statements until it refuses; it may be one that cannot.
        """
        self.name, self.seconds, self._model, self.structured = name, seconds, model, structured

    def deadline(self) -> float:
        """When the time for a question that comes now is up, on the monotonic clock."""
        return monotonic() + self.seconds

    def ping(self) -> None:
        """Ask for one word.

        Raises:
            WriterFailed: none came within ten seconds.
        """
        from langchain_core.messages import HumanMessage

        for _ in self.reply([HumanMessage("Reply with the word yes.")], monotonic() + _PING):
            return
        raise WriterFailed("gives empty replies")

    def statements(self, messages: Sequence[BaseMessage], until: float) -> Iterator[str]:
        """The reply for `rag.replies.statements_of`, as JSON where the provider can be held to it, as far as it has come.

        Raises:
            WriterFailed: as for `reply`.
        """
        if self.structured is not None:
            text = ""
            try:
                for text in self._replied(self.structured, messages, until):
                    yield text
                return
            except WriterFailed:
                if text or monotonic() >= until:
                    raise
                self.structured = None
        yield from self.reply(messages, until)

    def reply(self, messages: Sequence[BaseMessage], until: float) -> Iterator[str]:
        """The reply as far as it has come, longer each time; where the model gives it in one piece, once.

        Raises:
            WriterFailed: the model broke, was silent until the time was up, or did not come to an end.
        """
        return self._replied(self._model, messages, until)

    def _replied(
        self, model: Runnable[LanguageModelInput, AIMessage], messages: Sequence[BaseMessage], until: float
    ) -> Iterator[str]:
        pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        enough = threading.Event()
        threading.Thread(target=_ask, args=(model, list(messages), pieces, enough), daemon=True).start()
        text = ""
        try:
            while True:
                try:
                    piece = pieces.get(timeout=max(until - monotonic(), 0.0))
                except queue.Empty:
                    raise WriterFailed("did not finish in time") from None
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise WriterFailed(f"broke off ({type(piece).__name__})") from piece
                text += piece
                if len(text) > _LONGEST:
                    raise WriterFailed(f"did not stop after {_LONGEST} characters")
                yield text
        finally:
            enough.set()


def _ask(
    model: Runnable[LanguageModelInput, AIMessage],
    messages: list[BaseMessage],
    pieces: queue.SimpleQueue[str | Exception | None],
    enough: threading.Event,
) -> None:
    try:
        for chunk in model.stream(messages):
            if enough.is_set():
                return
            pieces.put(str(chunk.text))
        pieces.put(None)
    except Exception as error:  # noqa: BLE001 - every provider has exceptions of its own; whoever waits is told
        pieces.put(error)
