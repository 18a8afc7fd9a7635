"""Conversations kept on the server, each readable by its owner alone, with their citations checked whenever they are read."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from rag.database import Database, Schema
from rag.errors import ConversationMissing
from rag.records import Document
from rag.rendering.html import Outcome
from rag.turns import KeptTurn, from_json, to_json

FILE = "conversations.sqlite3"
LONGEST_TITLE = 120
_TITLE_FROM = 80
"""Characters of the first question that become the title."""
_DAY = 86400.0
_PURGE_EVERY = 3600.0
_ENTRIES = (
    """SELECT id, title, created, changed, (SELECT count(*) FROM turn WHERE conversation = id) FROM conversation"""
)
_SCHEMA = Schema(
    0x52435001,
    1,
    (
        "CREATE TABLE conversation (id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created REAL NOT NULL, changed REAL NOT NULL)",
        "CREATE INDEX of_owner ON conversation (owner, changed)",
        "CREATE INDEX by_age ON conversation (changed)",
        """CREATE TABLE turn (
            conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE, number INTEGER NOT NULL, line TEXT NOT NULL,
            PRIMARY KEY (conversation, number))""",
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in its owner's list. Times are seconds since 1970."""

    id: str
    title: str
    created: float
    changed: float
    turns: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its turns, oldest first."""

    entry: Entry
    turns: tuple[KeptTurn, ...]


class Conversations:
    """The store; may be shared between threads, and its folder between processes.

    An owner is any secret text: a random token of the browser, or a user's name where something else has made sure of it. Only its SHA-256 is
    kept. It is part of every query, so that nothing is read or changed with another one.
    """

    def __init__(self, folder: Path, *, days: int, clock: Callable[[], float] = time.time) -> None:
        """Open or begin `folder/conversations.sqlite3`.

        Args:
            folder: Made when it is missing.
            days: After so many without a change a conversation is deleted; 0 keeps conversations in memory and writes nothing.
            clock: Seconds since 1970.

        Raises:
            StoreUnusable: the file is of a newer version or another program's, or cannot be written.
        """
        self._days, self._clock, self._purged = days, clock, 0.0
        self._database = Database(folder / FILE if days > 0 else None, _SCHEMA)
        self._left = folder / FILE if days <= 0 and (folder / FILE).exists() else None
        self._purge()

    @property
    def notice(self) -> str | None:
        """What whoever runs the server should know, in a line: a damaged file was set aside, or an old one is still there."""
        if self._left:
            return f"{self._left} still holds earlier conversations, although none are to be kept; delete it"
        return self._database.notice

    def begin(self, owner: str, outcome: Outcome) -> str:
        """The unguessable id of a new conversation with this first turn; its question becomes the title."""
        self._purge()
        identity, now = secrets.token_urlsafe(18), self._clock()
        title = _title(outcome.question)
        with self._database.writing() as connection:
            row = (identity, _hashed(owner), title, now, now)
            connection.execute("INSERT INTO conversation VALUES (?, ?, ?, ?, ?)", row)
            connection.execute("INSERT INTO turn VALUES (?, 1, ?)", (identity, to_json(outcome)))
        return identity

    def append(self, owner: str, identity: str, outcome: Outcome) -> int:
        """Put a turn behind the last one; its number, from 1.

        Raises:
            ConversationMissing: the owner has none of this id.
        """
        with self._changing(owner, identity) as connection:
            query = "SELECT coalesce(max(number), 0) + 1 FROM turn WHERE conversation = ?"
            number = int(connection.execute(query, (identity,)).fetchone()[0])
            connection.execute("INSERT INTO turn VALUES (?, ?, ?)", (identity, number, to_json(outcome)))
        return number

    def replace(self, owner: str, identity: str, number: int, outcome: Outcome) -> None:
        """Put a turn in the place of turn `number` and of all behind it: the question was edited, or its final outcome came.

        Raises:
            ConversationMissing: the owner has none of this id, or it has no such turn.
        """
        with self._changing(owner, identity) as connection:
            old = connection.execute("DELETE FROM turn WHERE conversation = ? AND number >= ?", (identity, number))
            if not old.rowcount:
                raise ConversationMissing(f"the conversation has no turn {number}; load it again")
            connection.execute("INSERT INTO turn VALUES (?, ?, ?)", (identity, number, to_json(outcome)))

    def entries(self, owner: str) -> tuple[Entry, ...]:
        """The owner's conversations, the one changed last first."""
        self._purge()
        with self._database.reading() as connection:
            rows = connection.execute(
                f"{_ENTRIES} WHERE owner = ? ORDER BY changed DESC, rowid DESC", (_hashed(owner),)
            ).fetchall()
        return tuple(Entry(*row) for row in rows)

    def load(self, owner: str, identity: str, documents: Mapping[str, Document]) -> Conversation:
        """A conversation, every citation compared with the documents as they are now.

        Raises:
            ConversationMissing: the owner has none of this id.
        """
        with self._database.reading() as connection:
            row = connection.execute(f"{_ENTRIES} WHERE owner = ? AND id = ?", (_hashed(owner), identity)).fetchone()
            if row is None:
                raise _missing()
            query = "SELECT line FROM turn WHERE conversation = ? ORDER BY number"
            lines = [line for (line,) in connection.execute(query, (identity,))]
        return Conversation(Entry(*row), tuple(from_json(line, documents) for line in lines))

    def rename(self, owner: str, identity: str, title: str) -> None:
        """Give a conversation another title, shortened to 120 characters; an empty one changes nothing.

        Raises:
            ConversationMissing: the owner has none of this id.
        """
        wanted = _one_line(title)[:LONGEST_TITLE]
        query = "UPDATE conversation SET title = coalesce(nullif(?, ''), title) WHERE owner = ? AND id = ?"
        with self._database.writing() as connection:
            if not connection.execute(query, (wanted, _hashed(owner), identity)).rowcount:
                raise _missing()

    def delete(self, owner: str, identity: str) -> None:
        """Delete a conversation; nothing of it remains in the file.

        Raises:
            ConversationMissing: the owner has none of this id.
        """
        if not self._delete("owner = ? AND id = ?", _hashed(owner), identity):
            raise _missing()

    def delete_all(self, owner: str) -> int:
        """Delete all conversations of the owner; how many there were."""
        return self._delete("owner = ?", _hashed(owner))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def _changing(self, owner: str, identity: str) -> Iterator[Connection]:
        """Within one transaction: the conversation is the owner's and counts as changed now."""
        query = "UPDATE conversation SET changed = ? WHERE owner = ? AND id = ?"
        with self._database.writing() as connection:
            if not connection.execute(query, (self._clock(), _hashed(owner), identity)).rowcount:
                raise _missing()
            yield connection

    def _delete(self, where: str, *values: object) -> int:
        with self._database.writing() as connection:
            count = connection.execute(f"DELETE FROM conversation WHERE {where}", values).rowcount
        if count:
            self._database.forget()
        return count

    def _purge(self) -> None:
        """Delete what is older than the days allow; looked at once an hour."""
        now = self._clock()
        if self._days > 0 and now - self._purged >= _PURGE_EVERY:
            self._purged = now
            self._delete("changed < ?", now - self._days * _DAY)


def _hashed(owner: str) -> str:
    if not owner:  # or all who have no token would share one list
        raise ConversationMissing("there is no owner; reload the page, so that it gets one")
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _missing() -> ConversationMissing:
    return ConversationMissing("there is no such conversation; it was deleted, or it is not yours")


def _title(question: str) -> str:
    """The question in one line, cut between words."""
    line = _one_line(question)
    if len(line) <= _TITLE_FROM:
        return line or "Untitled"
    return (
        line[:_TITLE_FROM].rpartition(" ")[0].rstrip(",;:") + " …"
        if " " in line[:_TITLE_FROM]
        else line[:_TITLE_FROM] + "…"
    )


def _one_line(text: str) -> str:
    """Without line breaks, doubled spaces, control characters, and lone surrogates, which SQLite cannot keep."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
