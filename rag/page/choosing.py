"""What happens in the menus and at the thumbs: conversations opened, renamed, deleted, exported, imported; answers rated."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rag.errors import RagError
from rag.page.cards import status_html
from rag.page.drawer import drawer_value
from rag.page.handlers import Handlers, same
from rag.page.keeping import Place
from rag.page.session import Session, Turn
from rag.page.shelf import shelf_value
from rag.page.taking import brought, taken
from rag.page.thumbs import Rating
from rag.page.viewer import first_cited
from rag.page.wording import say
from rag.records import Abstention, Answer
from rag.turns import KeptTurn

Choice = Mapping[str, Any]
"""What a window sends: "what" names the choice, the rest is its."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a visitor may choose; each method returns values for the log, the viewer, the status and the menus."""

    desk: Handlers

    def chosen(self, session: Session, choice: Choice) -> list[object]:
        """Carry out what was chosen in a menu; what hinders it is said there."""
        act = {
            "list": self._list, "open": self._open, "rename": self._rename, "delete": self._delete,
            "delete all": self._delete_all, "take": self._take, "bring": self._bring,
        }.get(str(choice.get("what")), self._list)  # fmt: skip
        try:
            return act(session, choice)
        except RagError as error:  # the list may be what cannot be read, so it stays as it is
            return [same(), same(), same(), drawer_value(session, note=str(error))]

    def resumed(self, session: Session, identity: str) -> list[object]:
        """Log, viewer and status with the conversation that the window showed before it was refreshed."""
        try:
            self._show(session, identity, only_if_empty=True)
        except RagError:  # deleted in another window, or too old: a new one is begun
            session.settled = True
        return self._conversation(session)

    def rated(self, session: Session, choice: Choice) -> object:
        """The log after somebody said something of a turn."""
        place = int(choice.get("turn", 0)) - 1
        with self.desk.changed:
            turn = session.turns[place] if 0 <= place < len(session.turns) else None
        if turn is not None and isinstance(turn.outcome, Answer | Abstention):
            rating = self._given(turn, turn.outcome, choice, about=_about(session, place + 1, turn.outcome))
            with self.desk.changed:
                now = next((one for one in session.turns if one.serial == turn.serial), None)
                if now is not None:
                    session.put(replace(now, rating=rating))
        return self.desk.log(session)

    # --- documents

    def documents_chosen(self, session: Session, names: Sequence[str] | None) -> object:
        """The menu of documents once these alone are asked; None for all."""
        with self.desk.changed:
            session.chosen = None if names is None else frozenset(map(str, names))
        return shelf_value(session, self.desk.documents)

    def renewed(self, session: Session) -> list[object]:
        """Log, viewer, status and menu of documents once there is another index."""
        try:
            assistant = self.desk.warm()
            assistant.refresh()
        except RagError as error:
            status = status_html(say("not ready", session.language, reason=error))
            return [same(), same(), same(visible=True, value=status), shelf_value(session, self.desk.documents)]
        with self.desk.changed:
            left = (session.chosen or frozenset()) & {document.path for document in assistant.documents.values()}
            session.chosen = left or None  # of those that are gone nothing can be asked
        return [*self._conversation(session), shelf_value(session, self.desk.documents)]

    # --- kept conversations

    def _list(self, session: Session, choice: Choice) -> list[object]:
        return [same(), same(), same(), self._drawer(session)]

    def _open(self, session: Session, choice: Choice) -> list[object]:
        self._show(session, str(choice.get("id")))
        return [*self._conversation(session), self._drawer(session)]

    def _rename(self, session: Session, choice: Choice) -> list[object]:
        self.desk.kept.conversations.rename(session.owner, str(choice.get("id")), str(choice.get("title", "")))
        return self._list(session, choice)

    def _delete(self, session: Session, choice: Choice) -> list[object]:
        identity = str(choice.get("id"))
        self.desk.kept.conversations.delete(session.owner, identity)
        return self._after_deletion(session, gone=identity == session.place.id)

    def _delete_all(self, session: Session, choice: Choice) -> list[object]:
        self.desk.kept.conversations.delete_all(session.owner)
        return self._after_deletion(session, gone=True)

    def _after_deletion(self, session: Session, *, gone: bool) -> list[object]:
        """What is deleted is no longer shown either."""
        changed = [*self.desk.begun(session), same()] if gone else [same(), same(), same()]
        return [*changed, self._drawer(session, note=say("deleted", session.language))]

    def _show(self, session: Session, identity: str, *, only_if_empty: bool = False) -> None:
        documents = self.desk.warm().documents
        kept = self.desk.kept.conversations.load(session.owner, identity, documents)
        with self.desk.changed:
            if not (only_if_empty and session.turns):
                self._put(session, kept.turns, Place(identity, [turn.outcome for turn in kept.turns]))
            session.settled = True
        self._complete(session)

    def _put(self, session: Session, turns: Sequence[KeptTurn], place: Place) -> None:
        session.turns.clear()
        for kept in turns:
            turn = session.add(kept.outcome.question, "")
            session.put(replace(turn, taken=True, outcome=kept.outcome, stale=kept.stale, problem=kept.problem))
        session.place, session.problem = place, ""
        session.document = next((key for turn in reversed(turns) if (key := first_cited(turn.outcome))), None)
        self.desk.changed.notify_all()

    def _complete(self, session: Session) -> None:
        """Add what is not kept with a conversation: what was said of its turns, and questions to go on with."""
        with self.desk.changed:
            turns = list(session.turns)
        keys = {
            _about(session, number, turn.outcome): turn.serial
            for number, turn in enumerate(turns, 1)
            if isinstance(turn.outcome, Answer | Abstention)
        }
        try:
            said = self.desk.kept.feedback.about(keys)
        except RagError:  # whoever rates a turn is told why that is not kept
            said = {}
        with self.desk.changed:
            ratings = {keys[key]: Rating(*what) for key, what in said.items() if what[0] != "withdrawn"}
            for turn in [turn for turn in session.turns if turn.serial in ratings]:
                session.put(replace(turn, rating=ratings[turn.serial]))
        if turns and turns[-1].stands:
            self.desk.go_on(session, turns[-1])

    # --- files

    def _take(self, session: Session, choice: Choice) -> list[object]:
        file = taken(session, str(choice.get("form")), self.desk.documents, datetime.now().astimezone())
        if file is None:
            return [same(), same(), same(), self._drawer(session, note=say("nothing to take", session.language))]
        key = "taken without" if file.left_out else "taken"
        note = say(key, session.language, name=file.name, count=file.left_out)
        return [same(), same(), same(), drawer_value(session, note=note, file=file)]

    def _bring(self, session: Session, choice: Choice) -> list[object]:
        found = brought(str(choice.get("text")), self.desk.warm().documents)
        note = say("brought", session.language, count=len(found.turns))
        note += "".join(
            f" {say('left out', session.language, number=p.turn, reason=p.message)}" for p in found.problems
        )
        if not found.turns:
            return [same(), same(), same(), self._drawer(session, note=note)]
        self.desk.begun(session)
        with self.desk.changed:
            self._put(session, [KeptTurn(outcome) for outcome in found.turns], Place())
        self.desk.save(session)
        self._complete(session)
        return [*self._conversation(session), self._drawer(session, note=note)]

    # --- what is said of an answer

    def _given(self, turn: Turn, outcome: Answer | Abstention, choice: Choice, *, about: str) -> Rating:
        thumb, reasons = str(choice.get("thumb")), [str(one) for one in choice.get("reasons") or ()]
        comment = str(choice.get("comment") or "")
        try:
            self.desk.kept.feedback.give(outcome, thumb, reasons, comment, about=about)
        except RagError as error:
            return replace(turn.rating, problem=str(error)) if turn.rating else Rating(thumb, problem=str(error))
        return Rating(thumb, reasons, comment)

    # --- what is sent

    def _conversation(self, session: Session) -> list[object]:
        return [self.desk.log(session), self.desk.viewer(session), self.desk.status(session)]

    def _drawer(self, session: Session, *, note: str = "") -> object:
        entries = self.desk.kept.conversations.entries(session.owner) if session.owner else ()
        return drawer_value(session, entries, note=note)


def _about(session: Session, number: int, outcome: Answer | Abstention) -> str:
    """Names the turn, the same after a refresh, without telling whose it is."""
    session.key = session.key or secrets.token_hex(16)
    text = f"{session.place.id or session.key} {number} {outcome.question}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
