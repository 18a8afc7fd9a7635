"""One frozen `Settings`, read from variables that start with `RAG_`."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_cache_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsInvalid

PREFIX = "RAG_"
Strictness = Literal["strict", "normal", "lenient"]
ReaderName = Literal["cross", "linear"]


def is_this_machine(host: str) -> bool:
    """Whether nobody from elsewhere can reach an address.

    >>> [is_this_machine(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "desk.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Settings(BaseSettings):
    """Where things are and how much is allowed; every field is the variable `RAG_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    corpus: Path = Path("corpus")
    """Folder with the documents."""
    index: Path = Path(".rag-index")
    """Folder for the index; made on first use."""
    embedding_model: str = Field("all-MiniLM-L6-v2", min_length=1)
    """The packaged model by this name, or a sentence-transformers folder, or a name already in the local hub cache."""
    max_question_chars: int = Field(2000, ge=10, le=100_000)
    hits: int = Field(10, ge=1, le=100)
    """How many hits an answer keeps."""
    max_quotes: int = Field(4, ge=1, le=10)
    """How many sentences an answer quotes at most."""
    reader: ReaderName = "cross"
    """Who picks the sentences: the trained cross-encoder, or "linear" to do without its weights, with fewer right answers."""
    strictness: Strictness = "normal"
    """How sure the reader must be before it answers."""
    judge: str = Field("auto", pattern=r"^(auto|reader|local|[a-z0-9_-]+:\S+)$")
    """Who confirms an answer: the local model where it is installed (auto), "reader", "local", or "provider:model" for a chat model."""
    judge_weights: Path | None = None
    """A GGUF file instead of the packaged one."""
    judge_sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    """Of `judge_weights`; without it, the packaged file's."""
    judge_seconds: float = Field(15.0, gt=0, le=600)
    """After which the reader's verdict stands."""
    chat_model: str | None = Field(None, pattern=r"^[a-z0-9_-]+:\S.*$")
    """Who writes answers: "provider:model" for LangChain, or "local:FILE.gguf"; without one they are quotations."""
    chat_url: str | None = Field(None, pattern=r"^https?://\S+$")
    """Of a server that speaks OpenAI's protocol, for `chat_model` "openai:NAME"."""
    chat_seconds: float = Field(60.0, gt=0, le=3600)
    """For a whole reply; then what was checked so far, or the quotations, are the answer."""
    chat_tokens: int = Field(3000, ge=200, le=1_000_000)
    """Of passages that a model is sent at most."""
    models: Path = Field(default_factory=lambda: user_cache_path("report-chat"))
    """Folder in which packaged weights are joined."""
    kept: Path = Path(".rag-kept")
    """Folder for conversations and feedback; made on first use, readable by this user alone."""
    keep_days: int = Field(90, ge=0, le=36500)
    """After so many days without a change a conversation is deleted; 0 keeps none on disk."""
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(7860, ge=1, le=65535)
    uploads: bool | None = None
    """Whether documents are added and removed on the page and through the API; by default only where `host` is this machine alone."""
    mcp: bool = False
    """Whether the page's server speaks MCP, at /mcp."""

    @property
    def writable(self) -> bool:
        """Whether whoever opens the page may add and remove documents."""
        return is_this_machine(self.host) if self.uploads is None else self.uploads

    @field_validator("corpus", "index", "models", "kept", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if not str(value).strip():
            raise ValueError("must name a folder")
        return value

    @classmethod
    def load(cls, **values: object) -> Self:
        """Settings from the environment; `values` that are not None come first.

        Raises:
            SettingsInvalid: a value is not allowed, or a `RAG_` variable is unknown.
        """
        known = {PREFIX + name.upper() for name in cls.model_fields}
        unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise SettingsInvalid(f"{unknown[0]} is not a setting; the settings are {', '.join(sorted(known))}")
        try:
            return cls(**{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            name = PREFIX + str(first["loc"][0]).upper()
            raise SettingsInvalid(f"{name} is {first['input']!r}: {first['msg'].lower()}") from error
