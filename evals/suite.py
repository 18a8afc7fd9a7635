"""From what the evaluator names to assistants, questions and a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.data import FOLDER, QUESTIONS, Question, load_questions, select
from evals.errors import EvalError
from evals.identity import identity
from evals.judge import ChatJudge
from evals.run import Finished, run
from evals.squad import load_squad, squad_questions, write_corpus
from rag import Assistant, Settings

POISONED = FOLDER / "poisoned"


@dataclass(frozen=True, slots=True)
class Suite:
    """What to ask, of what, and how."""

    questions: Path = QUESTIONS
    squad: Path | None = None
    """Asked instead, over a corpus of its own paragraphs."""
    language: str = "en"
    """Of the SQuAD file."""
    split: str | None = None
    kinds: tuple[str, ...] = ()
    workers: int = 1
    judge: str | None = None
    """provider:model; None for no judge."""


def run_suite(suite: Suite, out: Path | None = None, *, settings: Settings | None = None) -> list[Finished]:
    """Open what the questions need, ask them and score what comes back.

    Raises:
        EvalError: the questions, the folder or an option cannot be used; nothing is written then.
        RagError: the corpus or the settings cannot be used.
    """
    settings = settings or Settings.load()
    judge = ChatJudge.open(suite.judge) if suite.judge else None
    with ExitStack() as stack:
        if suite.squad:
            assistant, questions = stack.enter_context(_squad(suite, suite.squad, settings))
            assistants = {False: assistant}
        else:
            assistants = {False: Assistant.open(settings)}
            questions = load_questions(
                assistants[False].documents, suite.questions, split=suite.split, kinds=suite.kinds
            )
            if any(question.poisoned for question in questions):
                assistants[True] = stack.enter_context(_poisoned(settings))
        described = identity(
            {"poisoned" if poisoned else "corpus": assistant for poisoned, assistant in assistants.items()},
            questions,
            suite.squad or suite.questions,
            options={"split": suite.split, "kinds": suite.kinds, "workers": suite.workers, "judge": suite.judge},
            settings=settings,
        )
        return run(assistants, questions, described, out, workers=suite.workers, judge=judge)


@contextmanager
def _squad(suite: Suite, path: Path, settings: Settings) -> Iterator[tuple[Assistant, Sequence[Question]]]:
    paragraphs = load_squad(path)
    with _temporary(settings) as (here, corpus):
        write_corpus(paragraphs, corpus, suite.language)
        assistant = Assistant.open(here)
        questions = squad_questions(paragraphs, assistant.documents, suite.language)
        yield assistant, select(questions, path, suite.split, suite.kinds)


@contextmanager
def _poisoned(settings: Settings) -> Iterator[Assistant]:
    """The configured corpus with the poisoned documents beside it."""
    with _temporary(settings) as (here, corpus):
        shutil.copytree(settings.corpus, corpus)
        target = corpus / POISONED.name
        if target.exists():
            raise EvalError(
                f"{settings.corpus} has a folder {POISONED.name!r}; rename it, the poisoned documents go there"
            )
        shutil.copytree(POISONED, target)
        yield Assistant.open(here)


@contextmanager
def _temporary(settings: Settings) -> Iterator[tuple[Settings, Path]]:
    with TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        yield settings.model_copy(update={"corpus": corpus, "index": Path(folder) / "index"}), corpus
