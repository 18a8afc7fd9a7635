"""What happens on the page: a window arrives, asks, gets its answer in steps, opens documents, changes its language."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from rag.errors import RagError
from rag.page.cards import status_html
from rag.page.drawer import drawer_value
from rag.page.keeping import Kept, Place
from rag.page.masthead import foot_html, masthead_html
from rag.page.owner import owner_of
from rag.page.session import Session, Turn, asked_documents, document_of, history, log_value, viewer_value
from rag.page.shelf import shelf_value
from rag.page.wording import COOKIE, language_of_visitor, say, spoken
from rag.records import Abstention, Answer, Document, Statement
from rag.rendering.html import Failure, Outcome

if TYPE_CHECKING:
    from rag import Assistant

_PATIENCE = 120.0
"""Seconds that a question waits for the first outcome of the one before it, which it may refer to."""


Suggest = Callable[[Answer | Abstention, Sequence[Answer | Abstention], Collection[str] | None], tuple[str, ...]]
"""Questions to go on with after an outcome and those before it, of the documents with these ids; None for all."""


@dataclass(slots=True)
class Warm:
    """The one assistant of the process, opened by whoever asks first; the others wait. A failure is tried again."""

    opening: Callable[[], Assistant]
    assistant: Assistant | None = None
    asked: float = -math.inf
    """When a visitor asked last, on the monotonic clock."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Assistant:
        """The assistant, ready.

        Raises:
            RagError: it cannot be opened, for the reason given.
        """
        with self._lock:
            if self.assistant is None:
                self.assistant = self.opening()
            return self.assistant


def same(**changes: object) -> object:
    """`gr.update`, since Gradio is imported late; without changes the component stays as it is."""
    from gradio import update

    values: dict[str, Any] = dict(changes)
    return update(**values)


@dataclass(frozen=True, slots=True)
class Handlers:
    """What the page does; each method returns values for the components that `layout` gives it."""

    warm: Warm
    kept: Kept
    writes: bool = False
    """Whether a chat model writes the answers."""
    suggest: Suggest = lambda outcome, before, documents: ()
    changed: threading.Condition = field(default_factory=threading.Condition)
    """Held by whoever changes a session; woken when a turn has got an outcome."""

    # --- arriving

    def arrived(self, session: Session, cookies: Mapping[str, str], accepted: str) -> list[object]:
        """Everything in the visitor's language at once: masthead, box, button, new, foot, drawer, shelf, status, log."""
        session.owner = owner_of(cookies)
        session.language = language_of_visitor(cookies.get(COOKIE), accepted)
        ready = self.warm.assistant is not None
        status = same(visible=False) if ready else same(value=status_html(say("readying", session.language)))
        return [*self._labels(session), status, self.log(session)]

    def opened(self, session: Session) -> list[object]:
        """Status, log and viewer once the assistant is ready, or why it is not."""
        try:
            self.warm()
        except RagError as error:
            return [status_html(say("not ready", session.language, reason=error)), same(), same()]
        return [same(visible=False), self.log(session), self.viewer(session)]

    def translated(self, session: Session, language: str) -> list[object]:
        """The page in another language: masthead, box, button, new, foot, drawer, shelf, log, viewer."""
        session.language = spoken(language)
        return [*self._labels(session), self.log(session), self.viewer(session)]

    def _labels(self, session: Session) -> list[object]:
        language = session.language
        return [
            masthead_html(language, writes=self.writes),
            same(label=say("question", language), placeholder=say("ask here", language)),
            same(value=say("ask", language)),
            same(value=say("new", language)),
            foot_html(language),
            drawer_value(session),
            shelf_value(session, self.documents),
        ]

    # --- asking

    def asked(self, question: str, session: Session, instead: int | None = None) -> list[object]:
        """An empty box, and the log with the question in it; a blank question changes nothing.

        Args:
            question: As it was typed.
            session: Of the window.
            instead: The turn that was edited, from 1; the question takes its place and that of all behind it.
        """
        if not question.strip():
            return [same(), same()]
        with self.changed:
            if instead is not None:
                del session.turns[max(instead - 1, 0) :]
            session.add(question, "searching" if self.warm.assistant else "question waits")
        return ["", self.log(session)]

    def answered(self, session: Session) -> Iterator[list[object]]:
        """Log, viewer and status whenever more is known of the next question that nobody works on.

        Others of the session may be asked and answered meanwhile.
        """
        turn = self._take(session)
        if turn is None:
            yield [same(), same(), same()]
            return
        marked: Outcome | None = None  # whose marks the document has: it is a hundred times as large as an answer
        try:
            for part in self._parts(turn, session):
                before, turn = turn, self._after(turn, part)
                if turn is before:
                    continue  # a quotation, which the outcome brings
                first = before.outcome is None
                if not self._keep(session, turn, first=first):
                    return  # the conversation was begun anew
                yield [self.log(session), same(), self.status(session)]
                if turn.outcome is not marked and self._keep(session, turn, first=False):
                    marked = turn.outcome
                    yield [same(), self.viewer(session), self.status(session)]
                if first and turn.outcome is not None and self.save(session):
                    yield [self.log(session), same(), self.status(session)]  # the window learns where it is kept
        finally:
            self._finish(session, turn)
            self.save(session)
        yield [self.log(session), same(), self.status(session)]
        if self.go_on(session, turn):
            yield [self.log(session), same(), same()]

    def failed(self, session: Session) -> object:
        """The log after an error that nobody foresaw."""
        return self.log(session)

    def begun(self, session: Session) -> list[object]:
        """Log and viewer of an empty conversation; what is still being worked on is dropped."""
        with self.changed:
            session.turns.clear()
            session.document, session.place, session.settled, session.problem = None, Place(), True, ""
            self.changed.notify_all()
        return [self.log(session), self.viewer(session)]

    def shown(self, session: Session, document_id: str, key: str) -> object:
        """The viewer with another document, at a span of it."""
        session.document = document_id
        return self.viewer(session, key)

    # --- a turn on its way

    def _take(self, session: Session) -> Turn | None:
        with self.changed:
            turn = next((turn for turn in session.turns if not turn.taken), None)
            if turn is not None:
                turn = replace(turn, taken=True)
                session.put(turn)
            return turn

    def _parts(self, turn: Turn, session: Session) -> Iterator[str | Statement | Outcome]:
        """What becomes known of a question, step by step; text is the key of what is being done."""
        self.warm.asked = time.monotonic()
        try:
            assistant = self.warm()
            yield "searching"
            only = asked_documents(session, assistant.documents)
            yield from assistant.stream(turn.question, self._history(turn, session), documents=only)
        except RagError as error:
            yield Failure(turn.question, str(error))

    def _history(self, turn: Turn, session: Session) -> list[Answer | Abstention]:
        with self.changed:
            self.changed.wait_for(lambda: all(old.outcome for old in session.before(turn)), _PATIENCE)
            return history(session.before(turn))

    def _after(self, turn: Turn, part: str | Statement | Outcome) -> Turn:
        """The turn with what has become known."""
        if isinstance(part, str):
            return replace(turn, note=part)
        if not isinstance(part, Statement):
            return replace(turn, outcome=part, passed=(), note=self._to_come(part))
        if turn.outcome is None:
            return turn  # a quotation; all of them follow at once
        return replace(turn, passed=(*turn.passed, part), note="written")

    def _to_come(self, outcome: Outcome) -> str:
        """What is waited for: the judge's verdict, the writer's sentences, or nothing."""
        assistant = self.warm.assistant
        if assistant is None or isinstance(outcome, Failure):
            return ""
        if isinstance(outcome, Abstention) and outcome.asked_nothing:
            return ""
        if assistant.judge and outcome.verdict is None:
            return "checking"
        return "writing" if assistant.writer and isinstance(outcome, Answer) and outcome.model is None else ""

    def _keep(self, session: Session, turn: Turn, *, first: bool) -> bool:
        with self.changed:
            kept = session.put(turn)
            if kept and first and turn.outcome is not None:
                session.document = document_of(turn, session.document)
            self.changed.notify_all()
            return kept

    def _finish(self, session: Session, turn: Turn) -> None:
        """Nothing more is to come; a turn without an outcome has failed."""
        outcome = turn.outcome or Failure(turn.question, "")
        self._keep(session, replace(turn, note="", passed=(), outcome=outcome), first=False)

    def go_on(self, session: Session, turn: Turn) -> bool:
        """Whether there are questions to go on with after the turn, which are then part of it."""
        with self.changed:
            turn = next((one for one in session.turns if one.serial == turn.serial), turn)
            before, only = history(session.before(turn)), asked_documents(session, self.documents)
        found = self.suggest(turn.outcome, before, only) if isinstance(turn.outcome, Answer | Abstention) else ()
        with self.changed:
            now = next((one for one in session.turns if one.serial == turn.serial), None)
            return bool(found) and now is not None and session.put(replace(now, suggestions=found))

    def save(self, session: Session) -> bool:
        """Keep the conversation as far as it has outcomes; whether it now has a place that it had not before."""
        with self.kept.lock:
            with self.changed:
                place, outcomes = session.place, [o for o in takewhile(lambda o: o is not None, session.outcomes) if o]
            new = place.id is None
            if not session.owner or session.problem:
                return False
            try:
                self.kept.write(session.owner, place, outcomes)
            except RagError as error:
                session.problem = say("not kept", session.language, reason=error)
            return new and place.id is not None

    # --- what is sent

    @property
    def documents(self) -> Mapping[str, Document]:
        """By id; none before the assistant is open."""
        return self.warm.assistant.documents if self.warm.assistant else {}

    @property
    def _starters(self) -> Sequence[str]:
        return self.warm.assistant.starters if self.warm.assistant else ()

    def status(self, session: Session) -> object:
        """Why the conversation is not kept; nothing where all is well."""
        if session.problem:
            return same(visible=True, value=status_html(session.problem))
        return same(visible=False) if self.warm.assistant else same()

    def log(self, session: Session) -> str:
        """The conversation as it is now, in JSON.

        Not as a dict: of what a handler yields, Gradio sends the changes, and its window makes them in the dict that it has
        not shown yet. A value that is yielded soon before another one would be lost.
        """
        return json.dumps(log_value(self._copy(session), self.documents, self._starters))

    def viewer(self, session: Session, go: str = "") -> object:
        """The document with its marks, at a span of it, in JSON as well; unchanged before there is one."""
        return json.dumps(viewer_value(self._copy(session), self.documents, go)) if self.documents else same()

    def _copy(self, session: Session) -> Session:
        """The session as it is now, under a version of its own."""
        with self.changed:
            session.version += 1
            return replace(session, turns=list(session.turns))
