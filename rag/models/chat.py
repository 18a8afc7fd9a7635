"""A chat model by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def chat_model(name: str, *, seconds: float, retries: int, named_in: str) -> BaseChatModel:
    """The model for "provider:model", as LangChain names them; its key comes from the provider's environment variable.

    Args:
        name: For example "openai:gpt-5-mini" or "ollama:llama3.2".
        seconds: After which a reply is no longer waited for.
        retries: After a failure.
        named_in: The setting or option that named it, for the message.

    Raises:
        ModelUnavailable: the name is not of that form, or the provider's package or key is missing.
    """
    provider, separator, model = name.partition(":")
    if not (provider and separator and model):
        raise ModelUnavailable(
            f"{named_in} {name!r} is not PROVIDER:MODEL, for example openai:gpt-5-mini or ollama:llama3.2"
        )
    try:
        from langchain.chat_models import init_chat_model  # slow to import, and only needed here

        return init_chat_model(model, model_provider=provider, temperature=0, timeout=seconds, max_retries=retries)
    except ImportError as error:
        raise ModelUnavailable(f"{named_in} {name}: {str(error).splitlines()[0]}") from error
    except Exception as error:  # every provider has exceptions of its own for a missing key
        raise ModelUnavailable(
            f"{named_in} {name} cannot be used ({type(error).__name__}); check the provider's name and the environment variable of its key"
        ) from error
