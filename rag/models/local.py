"""A GGUF model in this process, through llama.cpp."""

from __future__ import annotations

import math
import mmap
import os
import secrets
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ModelUnavailable
from rag.memory import memory_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xllamacpp

_CONTEXT = 2048
_CACHED_MIB = 768
"""For the states of prompts seen before: a passage of 150 tokens takes about 5 MiB."""
_BESIDE_MB = 1200
"""Of address space that llama.cpp takes beside the file, for the state of a context of 2048 tokens and of its computation; measured on Linux."""
_ALTERNATIVES = 20
_ABSENT = -20.0
"""Log-probability of a word that is not among the alternatives."""
_QUIET = 0


class LocalModel:
    """Memory-mapped and loaded on first use, once; callers wait for each other."""

    def __init__(self, file: Path, context: int = _CONTEXT) -> None:
        """Nothing is loaded yet; `context` is in tokens, of prompt and reply together."""
        self._file, self._context = file, context
        self._server: xllamacpp.Server | None = None
        self._lock = threading.Lock()

    @staticmethod
    def available() -> bool:
        """Whether the library is installed."""
        return find_spec("xllamacpp") is not None

    def yes_over_no(self, prompt: str) -> float:
        """How much likelier the reply begins with "Yes" than with "No": the difference of their log-probabilities.

        A prompt that begins like an earlier one is read on from there.

        Raises:
            ModelUnavailable: the library is missing, or it cannot load the file or read the prompt.
        """
        said = self._complete(prompt, 1, logprobs=_ALTERNATIVES)
        try:
            alternatives = said["logprobs"]["content"][0]["top_logprobs"]
        except (KeyError, IndexError, TypeError) as error:
            raise ModelUnavailable(f"{self._file.name} gave no probabilities but {str(said)[:200]}") from error
        found = {"yes": 0.0, "no": 0.0}
        for alternative in alternatives:  # " Yes", "yes" and "YES" are one word
            word = str(alternative["token"]).strip().lower()
            if word in found:
                found[word] += math.exp(alternative["logprob"])
        yes, no = (math.log(found[word]) if found[word] else _ABSENT for word in ("yes", "no"))
        return yes - no

    def continued(self, prompt: str, most: int, stop: Sequence[str]) -> str:
        """The likeliest continuation, up to the first of the strings to stop at, or of `most` tokens.

        Raises:
            ModelUnavailable: the library is missing, or it cannot load the file or read the prompt.
        """
        return str(self._complete(prompt, most, stop=list(stop)).get("text", ""))

    def chat(self, messages: Sequence[Mapping[str, Any]], most: int, stop: Sequence[str]) -> str:
        """The reply to messages in OpenAI's form, in the file's own chat template; at most `most` tokens.

        Raises:
            ModelUnavailable: the library is missing, or it cannot load the file or read the messages.
        """
        asked = {"messages": list(messages), "max_tokens": most, "temperature": 0, "stop": list(stop)}
        server = self.load()
        with self._lock:
            reply: dict[str, Any] = server.handle_chat_completions(asked)
        try:
            return str(reply["choices"][0]["message"]["content"] or "")
        except (KeyError, IndexError, TypeError) as error:
            raise ModelUnavailable(f"{self._file.name} gave no reply but {str(reply)[:200]}") from error

    def _complete(self, prompt: str, most: int, **options: object) -> dict[str, Any]:
        asked = {"prompt": prompt, "max_tokens": most, "temperature": 0, "cache_prompt": True, **options}
        server = self.load()
        with self._lock:
            reply: dict[str, Any] = server.handle_completions(asked)
        if not reply.get("choices"):
            raise ModelUnavailable(f"{self._file.name} gave no reply but {str(reply)[:200]}")
        first: dict[str, Any] = reply["choices"][0]
        return first

    def load(self) -> xllamacpp.Server:
        """The server inside this process. It also listens on a free port of this machine, which nobody can use: its key is thrown away.

        Raises:
            ModelUnavailable: the library is missing, or it cannot load the file.
        """
        with self._lock:
            if self._server is None:
                self._server = self._started()
            return self._server

    def _started(self) -> xllamacpp.Server:
        try:
            import xllamacpp
        except ImportError as error:
            raise ModelUnavailable("the judge needs xllamacpp; run: pip install -e '.[judge]'") from error
        self._look_for_room()
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        params = xllamacpp.CommonParams()
        params.model.path = str(self._file)
        params.n_ctx, params.n_parallel, params.cache_ram_mib = self._context, 1, _CACHED_MIB
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.verbosity, params.warmup = _QUIET, False
        params.api_keys = [secrets.token_hex()]
        try:
            return xllamacpp.Server(params)
        except (RuntimeError, MemoryError, ValueError) as error:
            raise ModelUnavailable(
                f"{self._file} cannot be loaded ({error}); give a GGUF file, or more memory"
            ) from error

    def _look_for_room(self) -> None:
        """Ask for the memory first: llama.cpp ends the whole process where it gets none, or says no more than that it failed."""
        if not self._file.is_file() or not hasattr(mmap, "MAP_ANONYMOUS"):
            return
        megabytes = self._file.stat().st_size // 10**6 + _BESIDE_MB
        with memory_for(f"the local model {self._file.stem}", megabytes, "set RAG_JUDGE=reader to do without"):
            mmap.mmap(-1, megabytes * 10**6, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
