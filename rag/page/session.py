"""What one browser window has asked and been told so far, and how it is sent to the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.page.cards import Reading, answer_html, draft_html, suggestions_html, turn_html
from rag.page.viewer import first_cited, viewer_html
from rag.page.wording import Language, say
from rag.records import Abstention, Answer, Document, Statement
from rag.rendering.html import Failure, Outcome, cited, entities

STARTERS = 4


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


@dataclass(slots=True)
class Session:
    """The conversation of one window. Whoever changes it holds the lock of `Handlers`."""

    language: Language = "en"
    turns: list[Turn] = field(default_factory=list)
    document: str | None = None
    """Id of the document that is shown; None for the first one."""
    serial: int = 0
    version: int = 0
    """Counts what was sent, so that the window can tell what was overtaken on the way."""

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


def history(turns: Sequence[Turn]) -> list[Answer | Abstention]:
    """What a question may refer to: the outcomes without failures."""
    return [turn.outcome for turn in turns if isinstance(turn.outcome, Answer | Abstention)]


def log_value(session: Session, documents: Mapping[str, Document], starters: Sequence[str]) -> dict[str, object]:
    """The conversation as the window's script takes it."""
    language = session.language
    reading = Reading(documents, language)
    ask = suggestions_html(starters[:STARTERS], say("start with", language), "starters")
    return {
        "version": session.version,
        "label": say("conversation", language),
        "words": {"copied": say("copied", language), "byHand": say("copy by hand", language)},
        "empty": f'<div class="empty"><p>{entities(say("invitation", language))}</p>{ask}</div>',
        "turns": [_turn(number, turn, reading) for number, turn in enumerate(session.turns, 1)],
    }


def viewer_value(session: Session, documents: Mapping[str, Document], go: str = "") -> dict[str, object]:
    """The shown document as the window's script takes it; `go` is the key of the span to go to."""
    wanted = session.document
    known = wanted is None or wanted in documents
    return {
        "version": session.version,
        "label": say("document", session.language),
        "document": wanted if wanted in documents else next(iter(documents)),
        "html": viewer_html(documents, session.outcomes, wanted, language=session.language),
        "newest": _newest(session.outcomes),
        "go": go if known else "",
    }


def document_of(turn: Turn, shown: str | None) -> str | None:
    """The document to show for a turn that has just got its first outcome."""
    return first_cited(turn.outcome) or shown


def _turn(number: int, turn: Turn, reading: Reading) -> str:
    draft = draft_html(turn.passed, say(turn.note, reading.language, count=len(turn.passed))) if turn.note else ""
    card = answer_html(number, _said(turn.outcome, reading.language), reading) if turn.outcome else ""
    return turn_html(number, turn.question, draft + card, reading.language)


def _said(outcome: Outcome, language: Language) -> Outcome:
    """A failure without a message of its own gets the page's."""
    if isinstance(outcome, Failure) and not outcome.message:
        return Failure(outcome.question, say("failed", language))
    return outcome


def _newest(outcomes: Sequence[Outcome | None]) -> str:
    """Key of the first citation of the newest turn that has any."""
    turns = [number for number, outcome in enumerate(outcomes, 1) if outcome and cited(outcome)]
    outcome = outcomes[turns[-1] - 1] if turns else None
    return f"c-{turns[-1]}-{cited(outcome)[0].number}" if outcome else ""
