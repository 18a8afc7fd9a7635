"""What one browser window has asked and been told so far, and how it is sent to the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.page.cards import Reading, answer_html, draft_html, suggestions_html, turn_html
from rag.page.keeping import Place
from rag.page.thumbs import Rating, thumbs_html
from rag.page.viewer import first_cited, viewer_html
from rag.page.wording import Language, say
from rag.records import Abstention, Answer, Document, Statement
from rag.rendering.html import Failure, Outcome, cited, entities

STARTERS = 4
_SCRIPT_SAYS = {"copied": "copied", "byHand": "copy by hand", "editing": "editing", "cancel": "cancel"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what is known of its outcome."""

    serial: int
    """Of the session; never given twice."""
    question: str
    note: str
    """What is being done for it, by its key in `wording`; empty once nothing more is to come."""
    taken: bool = False
    """Whether somebody works on it."""
    outcome: Outcome | None = None
    passed: tuple[Statement, ...] = ()
    """What a chat model has written so far, as far as it has passed."""
    suggestions: tuple[str, ...] = ()
    """Questions to go on with."""
    rating: Rating | None = None
    """What was said of it in this window."""
    stale: Mapping[int, str] = field(default_factory=dict)
    """Of each citation that no longer stands in the documents, by its number: why."""
    problem: str | None = None
    """Why a kept outcome is no longer shown."""

    @property
    def stands(self) -> bool:
        """Whether everything in it still is as it was shown."""
        return not self.stale and self.problem is None


@dataclass(slots=True)
class Session:
    """The conversation of one window. Whoever changes it holds the lock of `Handlers`."""

    language: Language = "en"
    turns: list[Turn] = field(default_factory=list)
    document: str | None = None
    """Id of the document that is shown; None for the first one."""
    chosen: frozenset[str] | None = None
    """File names of the documents that alone are asked; None for all. A document that is replaced has another id, and the same name."""
    serial: int = 0
    version: int = 0
    """Counts what was sent, so that the window can tell what was overtaken on the way."""
    owner: str = ""
    """The browser's secret; nothing is kept without one."""
    place: Place = field(default_factory=Place)
    settled: bool = False
    """Whether the window has taken up what it showed before a refresh, if anything."""
    key: str = ""
    """Names the window where its conversation is not kept; given when it is needed."""
    problem: str = ""
    """Why the conversation is not kept."""
    rendered: dict[int, tuple[tuple[object, ...], str]] = field(default_factory=dict)
    """HTML of each turn by its number, with all that it was made from: every state that is sent has all turns, and few of them are new."""

    def add(self, question: str, note: str) -> Turn:
        """A new turn at the end."""
        self.serial += 1
        self.turns.append(Turn(self.serial, question, note))
        return self.turns[-1]

    def put(self, turn: Turn) -> bool:
        """The turn in its place; False when it is no longer part of the conversation."""
        for place, old in enumerate(self.turns):
            if old.serial == turn.serial:
                self.turns[place] = turn
                return True
        return False

    def before(self, turn: Turn) -> list[Turn]:
        """The turns before this one."""
        return [old for old in self.turns if old.serial < turn.serial]

    @property
    def outcomes(self) -> list[Outcome | None]:
        """Of all turns in order; None where there is none yet."""
        return [turn.outcome for turn in self.turns]

    @property
    def standing(self) -> list[Outcome | None]:
        """The outcomes without citations that no longer stand, which must not be marked in a document."""
        return [_standing(turn) for turn in self.turns]


def asked_documents(session: Session, documents: Mapping[str, Document]) -> list[str] | None:
    """Ids of the documents that alone are asked; None for all."""
    if session.chosen is None:
        return None
    return [key for key, document in documents.items() if document.path in session.chosen]


def history(turns: Sequence[Turn]) -> list[Answer | Abstention]:
    """What a question may refer to: the outcomes without failures, as far as they stand."""
    return [turn.outcome for turn in turns if turn.stands and isinstance(turn.outcome, Answer | Abstention)]


def log_value(session: Session, documents: Mapping[str, Document], starters: Sequence[str]) -> dict[str, object]:
    """The conversation as the window's script takes it."""
    language = session.language
    reading = Reading(documents, language)
    ask = suggestions_html(starters[:STARTERS], say("start with", language), "starters")
    return {
        "version": session.version,
        "label": say("conversation", language),
        "conversation": session.place.id or ("" if session.settled else None),
        "words": {key: say(text, language) for key, text in _SCRIPT_SAYS.items()},
        "empty": f'<div class="empty"><p>{entities(say("invitation", language))}</p>{ask}</div>',
        "turns": [
            _rendered(session, number, turn, reading, last=turn is session.turns[-1])
            for number, turn in enumerate(session.turns, 1)
        ],
    }


def viewer_value(session: Session, documents: Mapping[str, Document], go: str = "") -> dict[str, object]:
    """The shown document as the window's script takes it; `go` is the key of the span to go to."""
    wanted = session.document
    known = wanted is None or wanted in documents
    return {
        "version": session.version,
        "label": say("document", session.language),
        "document": wanted if wanted in documents else next(iter(documents)),
        "html": viewer_html(documents, session.standing, wanted, language=session.language),
        "newest": _newest(session.standing),
        "serial": session.serial,
        "go": go if known else "",
    }


def document_of(turn: Turn, shown: str | None) -> str | None:
    """The document to show for a turn that has just got its first outcome."""
    return first_cited(turn.outcome) or shown


def _rendered(session: Session, number: int, turn: Turn, reading: Reading, *, last: bool) -> str:
    made_from = (turn, reading.documents, reading.language, last)
    known = session.rendered.get(number)
    if known and all(new is old for new, old in zip(made_from, known[0], strict=True)):
        return known[1]
    html = _turn(number, turn, reading, last=last)
    session.rendered[number] = (made_from, html)
    return html


def _turn(number: int, turn: Turn, reading: Reading, *, last: bool) -> str:
    language = reading.language
    parts = draft_html(turn.passed, say(turn.note, language, count=len(turn.passed))) if turn.note else ""
    if turn.outcome:
        parts += answer_html(
            number, _said(turn, language), replace(reading, suggestions=turn.suggestions, stale=turn.stale)
        )
    if isinstance(turn.outcome, Answer) and last:
        parts += suggestions_html(turn.suggestions, say("go on", language))
    if isinstance(turn.outcome, Answer | Abstention) and turn.stands and not turn.note:
        parts += thumbs_html(turn.rating, language)
    return turn_html(number, turn.question, parts, language)


def _said(turn: Turn, language: Language) -> Outcome:
    """The outcome as it may be shown; a failure without a message of its own gets the page's."""
    if turn.problem is not None:
        return Failure(turn.question, say("withdrawn", language, reason=turn.problem))
    if isinstance(turn.outcome, Failure) and not turn.outcome.message:
        return Failure(turn.question, say("failed", language))
    return turn.outcome or Failure(turn.question, "")


def _standing(turn: Turn) -> Outcome | None:
    if turn.problem is not None or not turn.stale:
        return None if turn.problem is not None else turn.outcome
    left = tuple(one for one in cited(turn.outcome) if one.number not in turn.stale) if turn.outcome else ()
    if isinstance(turn.outcome, Answer):
        return replace(turn.outcome, citations=left)
    return replace(turn.outcome, nearest=left) if isinstance(turn.outcome, Abstention) else turn.outcome


def _newest(outcomes: Sequence[Outcome | None]) -> str:
    """Key of the first citation of the newest turn that has any."""
    turns = [number for number, outcome in enumerate(outcomes, 1) if outcome and cited(outcome)]
    outcome = outcomes[turns[-1] - 1] if turns else None
    return f"c-{turns[-1]}-{cited(outcome)[0].number}" if outcome else ""
