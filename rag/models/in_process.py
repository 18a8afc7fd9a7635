"""A GGUF file as a LangChain chat model in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.utils import convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from rag.errors import ModelUnavailable
from rag.models.local import LocalModel


class InProcessChat(BaseChatModel):
    """Replies in one piece; loaded on first use, once."""

    name_of_file: str
    max_tokens: int = 400
    _model: LocalModel = PrivateAttr()

    @classmethod
    def of(cls, file: Path, named_in: str) -> InProcessChat:
        """The model in a file, which is not read yet.

        Raises:
            ModelUnavailable: there is no such file, or the library is missing.
        """
        if not LocalModel.available():
            raise ModelUnavailable(f"{named_in} local:{file}: xllamacpp is missing; run: pip install -e '.[local]'")
        if not file.is_file():
            raise ModelUnavailable(f"{named_in} local:{file}: no such file; give the path of a GGUF file")
        chat = cls(name_of_file=file.name)
        chat._model = LocalModel(file, context=8192)
        return chat

    @property
    def _llm_type(self) -> str:
        return "gguf"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> ChatResult:
        asked: Sequence[dict[str, Any]] = convert_to_openai_messages(messages)
        text = self._model.chat(asked, self.max_tokens, stop or ())
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])
