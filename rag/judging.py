"""Does this passage answer this question, and does it support this statement? One seam, three ways to ask: our reader, a local language model, any chat model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from functools import cached_property
from logging import getLogger
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Protocol, TypeVar

from rag.errors import ModelUnavailable
from rag.models import PACKAGED, LocalModel, chat_model, joined, shown_name, verified
from rag.reader import CrossReader
from rag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.language_models import BaseChatModel

T = TypeVar("T")
_LOG = getLogger(__name__)
_SYSTEM = "You check whether a passage answers a question. Reply Yes or No."
_ASK = "Passage: {passage}\n\nQuestion: {question}\n\nDoes the passage contain the answer to the question? Reply Yes or No."
"""The passage first, so that what was worked out about it serves the next question too. Wordings are compared in evals/EXPERIMENTS.md."""
_CHECKER = "You are a careful fact checker. Reply Yes or No."
_SUPPORTS = "Passage: {passage}\n\nStatement: {statement}\n\nDoes the passage support the statement? Reply Yes or No."
_ANSWERER = "You answer questions by a passage alone. Reply Yes or No."
_AFFIRMS = "Passage: {passage}\n\nQuestion: {question}\n\nBy the passage, is the answer yes or no? Reply Yes or No."
_COPY = "Copy from the passage, word for word, the shortest phrase that answers the question."
_LONGEST = 24
"""Tokens of a copied phrase."""
_CHATML = "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
_TURN = 'Yes<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"'
"""A second request after a yes; the model goes on after the quotation mark, so that it copies and does not talk."""
_COURTESY = 2.0
"""Seconds after a question before reading ahead goes on."""
_SAID = 4.0
"""Log-odds of a plain "Yes" from a model that gives no probabilities; "No" is its negative."""


class Judge(Protocol):
    """The seam for whatever says whether a passage answers a question."""

    name: str
    kind: str
    """"reader", "local" or "chat": which calibration its log-odds need."""

    def prepare(self) -> None:
        """Load whatever is loaded once.

        Raises:
            ModelUnavailable: it cannot be asked.
        """
        ...

    def log_odds(self, question: str, passage: str) -> float:
        """How sure it is that the passage answers, uncalibrated; above 0 leans to yes.

        Raises:
            ModelUnavailable: it cannot be asked.
        """
        ...

    def phrase(self, question: str, passage: str) -> str:
        """The words of the passage that answer, as it says; nothing if it cannot say. Asked for after a yes; to be looked up, not trusted.

        Raises:
            ModelUnavailable: it cannot be asked.
        """
        ...

    def supports(self, statement: str, passage: str) -> float | None:
        """How sure it is that the passage carries the statement, uncalibrated; None from a judge that cannot tell.

        Raises:
            ModelUnavailable: it cannot be asked.
        """
        ...

    def affirms(self, question: str, passage: str) -> float | None:
        """How sure it is that the passage answers the question with yes and not with no, uncalibrated; None from a judge that cannot tell.

        Raises:
            ModelUnavailable: it cannot be asked.
        """
        ...


class ReaderJudge:
    """The cross-encoder; always there, and never better than the reading that it has already done."""

    name = kind = "reader"

    @cached_property
    def _reader(self) -> CrossReader:
        return CrossReader()

    def prepare(self) -> None:
        """Nothing: the reader loads itself."""

    def log_odds(self, question: str, passage: str) -> float:
        """The cross-encoder's logit."""
        return float(self._reader.pair_logits([(question, passage)])[0])

    def phrase(self, question: str, passage: str) -> str:
        """Nothing."""
        return ""

    def supports(self, statement: str, passage: str) -> None:
        """Nothing: it was trained on questions."""

    def affirms(self, question: str, passage: str) -> None:
        """Nothing: it finds answers and does not understand them."""


class LocalJudge:
    """A local model, read by its yes and no; slower the first time that it reads a passage (see `Patient.read_ahead`)."""

    kind = "local"

    def __init__(self, weights: Path | None, sha256: str | None, models: Path) -> None:
        """From a GGUF file with its checksum, or from the packages, joined in the folder `models`."""
        self.name = weights.stem if weights else PACKAGED.name
        self._weights, self._sha256, self._models = weights, sha256 or PACKAGED.sha256, models

    @cached_property
    def _model(self) -> LocalModel:
        file = verified(self._weights, self._sha256) if self._weights else joined(PACKAGED, self._models)
        return LocalModel(file)

    def prepare(self) -> None:
        """Check the weights and load them; two seconds, on first use ten more to join them."""
        self._model.load()

    def log_odds(self, question: str, passage: str) -> float:
        """Difference of the log-probabilities of "Yes" and "No"."""
        return self._model.yes_over_no(_prompt(question, passage))

    def phrase(self, question: str, passage: str) -> str:
        """A second request in the same conversation, of which all but a line was read for the first."""
        return self._model.continued(_prompt(question, passage) + _TURN.format(user=_COPY), _LONGEST, ('"', "\n"))

    def supports(self, statement: str, passage: str) -> float:
        """Difference of the log-probabilities of "Yes" and "No"."""
        asked = _SUPPORTS.format(passage=_plain(passage), statement=_plain(statement))
        return self._model.yes_over_no(_CHATML.format(system=_CHECKER, user=asked))

    def affirms(self, question: str, passage: str) -> float:
        """Difference of the log-probabilities of "Yes" and "No"."""
        asked = _AFFIRMS.format(passage=_plain(passage), question=_plain(question))
        return self._model.yes_over_no(_CHATML.format(system=_ANSWERER, user=asked))


class ChatJudge:
    """Any LangChain chat model, by its word: most give no probabilities."""

    kind = "chat"

    def __init__(self, model: BaseChatModel, name: str) -> None:
        """Nothing is asked yet."""
        self.name, self._model = name, model

    def prepare(self) -> None:
        """Nothing: its server is asked with the first question."""

    def log_odds(self, question: str, passage: str) -> float:
        """4 for yes, -4 for no, 0 for anything else."""
        return self._yes(_SYSTEM, _ASK.format(passage=passage, question=question))

    def supports(self, statement: str, passage: str) -> float:
        """4 for yes, -4 for no, 0 for anything else."""
        return self._yes(_CHECKER, _SUPPORTS.format(passage=passage, statement=statement))

    def affirms(self, question: str, passage: str) -> float | None:
        """4 for yes, -4 for no, None for anything else."""
        return self._yes(_ANSWERER, _AFFIRMS.format(passage=passage, question=question)) or None

    def _yes(self, system: str, asked: str) -> float:
        from langchain_core.messages import HumanMessage, SystemMessage

        said = self._model.invoke([SystemMessage(system), HumanMessage(asked)])
        word = str(said.text).strip().strip(".*\"'").lower()
        return _SAID if word.startswith("yes") else -_SAID if word.startswith("no") else 0.0

    def phrase(self, question: str, passage: str) -> str:
        """The reply without the quotation marks around it."""
        from langchain_core.messages import HumanMessage

        said = self._model.invoke([HumanMessage(f"Passage: {passage}\n\nQuestion: {question}\n\n{_COPY}")])
        return str(said.text).strip().strip('"“”')


def load_judge(settings: Settings) -> Judge:
    """The judge that `RAG_JUDGE` names; "auto" is the local one where its packages are installed, else the reader.

    Raises:
        ModelUnavailable: what is named is not installed, or a chat model cannot be set up.
    """
    installed = LocalModel.available() and (PACKAGED.installed or settings.judge_weights is not None)
    if settings.judge == "reader" or (settings.judge == "auto" and not installed):
        return ReaderJudge()
    if settings.judge in ("auto", "local"):
        if not installed:
            raise ModelUnavailable("RAG_JUDGE is local, but its packages are missing; run: pip install -e '.[judge]'")
        return LocalJudge(settings.judge_weights, settings.judge_sha256, settings.models)
    model = chat_model(settings.judge, seconds=settings.judge_seconds, retries=0, named_in="RAG_JUDGE")
    return ChatJudge(model, shown_name(settings.judge))


def _prompt(question: str, passage: str) -> str:
    """The question whether the passage answers, for a model that follows ChatML."""
    return _CHATML.format(system=_SYSTEM, user=_ASK.format(passage=_plain(passage), question=_plain(question)))


def _plain(text: str) -> str:
    """Without the tokens that would end the model's turn: a passage is data."""
    return text.replace("<|im_", "<| im_")


class Patient:
    """Asks a judge for all threads, one passage after another, and never waits longer than agreed."""

    def __init__(self, judge: Judge, seconds: float) -> None:
        """With a thread of its own; `seconds` are for all passages of a question together."""
        self.judge, self.seconds = judge, seconds
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="judge")
        self._quiet_from = 0.0

    def deadline(self, most: float = inf) -> float:
        """When the time for a question that comes now is up, at most so many seconds from now, on the monotonic clock."""
        return monotonic() + min(self.seconds, most)

    def log_odds(self, question: str, passage: str, until: float) -> float | None:
        """The judge's word; None if it broke or the time was up.

        A passage that it is reading when the time is up is read to its end: the next question waits for that.
        """
        return self._heard(self.judge.log_odds, question, passage, until)

    def phrase(self, question: str, passage: str, until: float) -> str:
        """The words that answer, as the judge says; nothing if it cannot say, broke or the time was up."""
        return self._heard(self.judge.phrase, question, passage, until) or ""

    def supports(self, statement: str, passage: str, until: float) -> float | None:
        """How sure the judge is that the passage carries the statement; None if it cannot tell, broke or the time was up."""
        return self._heard(self.judge.supports, statement, passage, until)

    def affirms(self, question: str, passage: str, until: float) -> float | None:
        """How sure the judge is that the passage says yes and not no; None if it cannot tell, broke or the time was up."""
        return self._heard(self.judge.affirms, question, passage, until)

    def _heard(self, ask: Callable[[str, str], T], question: str, passage: str, until: float) -> T | None:
        self._quiet_from = until + _COURTESY
        asked = self._worker.submit(ask, question, passage)
        try:
            return asked.result(timeout=max(until - monotonic(), 0.0))
        except TooLate:
            asked.cancel()
            _LOG.warning("judge %s did not answer within %.1f s", self.judge.name, self.seconds)
        except Exception:  # noqa: BLE001 - every provider has exceptions of its own; it is logged, and the reader's verdict stands
            _LOG.exception("judge %s failed", self.judge.name)
        finally:
            self._quiet_from = monotonic() + _COURTESY
        return None

    def read_ahead(self, passages: Sequence[str]) -> None:
        """Let a local judge read the passages before anybody asks, so that a verdict takes a third of the time.

        One after the other, so that a question waits for one of them at most; and not while people ask, who need the processor.
        """
        for passage in passages:
            while (wait := self._quiet_from - monotonic()) > 0:
                sleep(wait)
            self._worker.submit(self.judge.log_odds, "?", passage).result()
