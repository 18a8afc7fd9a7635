"""A chat model by its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LOCAL = "local"
"""The provider of GGUF files in this process."""
_EXTRAS = ("openai", "anthropic", "ollama")


def chat_model(name: str, *, seconds: float, retries: int, named_in: str, url: str | None = None) -> BaseChatModel:
    """The model for "provider:model", as LangChain names them; its key comes from the provider's environment variable.

    Args:
        name: For example "openai:gpt-5-mini", "ollama:llama3.2" or "local:/models/file.gguf".
        seconds: After which a reply is no longer waited for.
        retries: After a failure, with growing pauses.
        named_in: The setting or option that named it, for the message.
        url: Of a server that speaks OpenAI's protocol; it needs no key.

    Raises:
        ModelUnavailable: the name is not of that form, or the provider's package, key or file is missing.
    """
    provider, separator, model = name.partition(":")
    if not (provider and separator and model):
        raise ModelUnavailable(
            f"{named_in} {name!r} is not PROVIDER:MODEL, for example openai:gpt-5-mini or ollama:llama3.2"
        )
    if url and provider != "openai":
        raise ModelUnavailable(f"{named_in} {name}: RAG_CHAT_URL goes with openai:NAME; unset one of them")
    if provider == LOCAL:
        from rag.models.in_process import InProcessChat

        return InProcessChat.of(Path(model), named_in)
    where: dict[str, Any] = {"base_url": url, "api_key": os.environ.get("OPENAI_API_KEY") or "none"} if url else {}
    try:
        from langchain.chat_models import init_chat_model  # slow to import, and only needed here

        found: BaseChatModel = init_chat_model(
            model, model_provider=provider, temperature=0, timeout=seconds, max_retries=retries, **where
        )
        return found
    except ImportError as error:
        install = f"run: pip install -e '.[{provider}]'" if provider in _EXTRAS else str(error).splitlines()[0]
        raise ModelUnavailable(f"{named_in} {name}: its package is missing; {install}") from error
    except Exception as error:  # every provider has exceptions of its own for a missing key
        raise ModelUnavailable(
            f"{named_in} {name} cannot be used ({type(error).__name__}); check the provider's name and the environment variable of its key"
        ) from error


def shown_name(name: str) -> str:
    """The name for those who read answers: of a file without its folder, which is nobody's business but the operator's.

    >>> shown_name("local:/models/small.gguf"), shown_name("openai:gpt-5-mini")
    ('local:small.gguf', 'openai:gpt-5-mini')
    """
    provider, _, model = name.partition(":")
    return f"{provider}:{Path(model).name}" if provider == LOCAL else name
