"""Ask every question, score what comes back, and keep both."""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from evals.data import Question
from evals.errors import EvalError
from evals.results import Row, Writer, outcome_line
from evals.scoring import Asked, score
from rag import Abstention, Answer, Assistant, Document, RagError

_WARM_UP = 3

Judge = Callable[[Asked], Mapping[str, Any]]
"""What a chat model says of an answer; see `evals.judge`."""
Finished = tuple[Row, dict[str, Any]]


def run(
    assistants: Mapping[bool, Assistant],
    questions: Sequence[Question],
    identity: Mapping[str, Any],
    out: Path | None = None,
    *,
    workers: int = 1,
    judge: Judge | None = None,
) -> list[Finished]:
    """Ask the questions that a folder does not hold yet, and keep every one as soon as it is there.

    Args:
        assistants: Without (False) and with (True) the poisoned documents; only those that the questions need.
        questions: Turns of a conversation after the turns before them.
        identity: Kept as `run.json`.
        out: Results folder; without one, nothing outlives the call.
        workers: Conversations asked at the same time. Times are only comparable with 1.
        judge: Asked about every answer, if given.

    Returns:
        A row and an outcome for each question, in their order.

    Raises:
        EvalError: the folder holds another run.
    """
    if workers < 1:
        raise EvalError(f"{workers} workers cannot ask anything; give 1 or more")
    with _folder(out) as folder:
        writer = Writer(folder, identity)
        conversations = [c for c in _conversations(questions) if not all(q.id in writer.done for q in c)]
        writer.forget(question.id for conversation in conversations for question in conversation)
        if conversations:
            _warm_up(assistants)
        left = sum(len(conversation) for conversation in conversations)
        with (
            ThreadPoolExecutor(workers) as pool,
            tqdm(total=len(questions), initial=len(questions) - left, unit="question", disable=None) as bar,
        ):
            waiting = [pool.submit(_converse, assistants, conversation, judge) for conversation in conversations]
            for done in _completed(waiting):
                for row, outcome in done:
                    writer.add(row, outcome)
                    bar.update()
        writer.finish([question.id for question in questions])
        return [(row, dict(outcome)) for row, outcome in (writer.done[question.id] for question in questions)]


def _completed(waiting: Sequence[Future[list[Finished]]]) -> Iterator[list[Finished]]:
    try:
        for future in as_completed(waiting):
            yield future.result()
    except BaseException:  # interrupted: what is not begun is not asked any more; what is kept stays
        for future in waiting:
            future.cancel()
        raise


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out
        return
    with TemporaryDirectory() as temporary:
        yield Path(temporary) / "results"


def _conversations(questions: Sequence[Question]) -> list[list[Question]]:
    """The questions with their follow-ups behind them."""
    conversations: dict[str, list[Question]] = {}
    of: dict[str, list[Question]] = {}
    for question in questions:
        of[question.id] = of[question.after] if question.after else conversations.setdefault(question.id, [])
        of[question.id].append(question)
    return list(conversations.values())


def _warm_up(assistants: Mapping[bool, Assistant]) -> None:
    """Load what is loaded on first use, so that the first question's time is like the others'."""
    for assistant in assistants.values():
        for number in range(_WARM_UP):
            assistant.retrieve(f"Where was the first of {number + 2} prisons taken over?")
        assistant.read_ahead()


def _converse(
    assistants: Mapping[bool, Assistant], conversation: Sequence[Question], judge: Judge | None
) -> list[Finished]:
    assistant = assistants[conversation[0].poisoned]
    outcomes: dict[str, Answer | Abstention] = {}
    history_of: dict[str, tuple[Answer | Abstention, ...]] = {}
    finished = []
    for question in conversation:
        before = history_of.get(question.after or "", ())
        if question.after and question.after not in outcomes:
            asked, seconds = Asked(question, None, f"the turn before, {question.after}, failed"), 0.0
        else:
            asked, seconds = ask(assistant, question, before)
        if asked.outcome is not None:
            outcomes[question.id] = asked.outcome
            history_of[question.id] = (*before, asked.outcome)
        finished.append(_finish(asked, seconds, assistant.documents, judge))
    return finished


def ask(assistant: Assistant, question: Question, history: Sequence[Answer | Abstention]) -> tuple[Asked, float]:
    """What came of a question, whatever it was, and the seconds that it took."""
    began = time.perf_counter()
    if question.problem:
        return Asked(question, None, question.problem), 0.0
    try:
        asked = Asked(question, assistant.ask(question.text, history))
    except RagError as error:
        asked = Asked(question, None, str(error), refused=True)
    except Exception as error:  # noqa: BLE001 - whatever breaks on one question is its result, and shown as such, not the end of the run
        traceback.print_exc(file=sys.stderr)
        asked = Asked(question, None, f"{type(error).__name__}: {error}")
    return asked, time.perf_counter() - began


def _finish(asked: Asked, seconds: float, documents: Mapping[str, Document], judge: Judge | None) -> Finished:
    question = asked.question
    gold = [[documents[d].text[start:end] for d, start, end in alternatives] for alternatives in question.spans]
    outcome = outcome_line(asked, gold, seconds)
    scores = score(asked, documents)
    if judge and asked.status == "answered" and question.answerable:
        outcome["judge"] = judge(asked)
        scores["judged right"] = outcome["judge"]["score"]
    row = Row(
        id=question.id,
        kind=question.kind,
        split=question.split,
        language=question.language,
        cluster=question.cluster,
        answerable=question.answerable,
        question=_digest(question),
        status=asked.status,
        scores=scores,
        confidence=_confidence(asked),
        error=asked.error,
    )
    return row, outcome


def _digest(question: Question) -> str:
    asked = (question.text, question.after, question.spans, question.answers, question.expect, question.absent)
    return hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _confidence(asked: Asked) -> float | None:
    scores = [hit.reader_score for hit in asked.outcome.hits if hit.reader_score is not None] if asked.outcome else []
    return round(max(scores), 6) if scores else None
