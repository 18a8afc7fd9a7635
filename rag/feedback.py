"""What readers say of answers: a thumb, reasons and a line of their own, kept with the full record until somebody makes questions of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from rag.database import Database, Schema
from rag.errors import FeedbackInvalid, StoreUnusable
from rag.records import Abstention, Answer
from rag.turns import to_json

Thumb = Literal["up", "down", "withdrawn"]
Reason = Literal["wrong-passage", "misquoted", "should-have-answered", "should-have-abstained", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)
FILE = "feedback.sqlite3"
LONGEST_COMMENT = 1000
MOST_BYTES = 64 * 2**20
"""Of the file: some thousand outcomes with their hits. When it is full, nothing is lost and nothing added."""
_SCHEMA = Schema(
    0x52435002,
    1,
    (
        """CREATE TABLE said (number INTEGER PRIMARY KEY, given REAL NOT NULL, about TEXT, thumb TEXT NOT NULL,
            reasons TEXT NOT NULL, comment TEXT NOT NULL, line TEXT NOT NULL)""",
    ),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of an outcome. Who it was is not kept."""

    thumb: Thumb
    reasons: tuple[Reason, ...]
    comment: str
    given: float
    """Seconds since 1970."""
    line: dict[str, Any]
    """The outcome's batch line with hits, timings and fingerprint."""


class Feedback:
    """The store: lines are only ever added, by any number of threads and processes."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.time) -> None:
        """Open or begin `folder/feedback.sqlite3`.

        Raises:
            StoreUnusable: the file is of a newer version or another program's, or cannot be written.
        """
        self._database, self._clock = Database(folder / FILE, _SCHEMA, most_bytes=most_bytes), clock

    @property
    def notice(self) -> str | None:
        """What became of a damaged file, in a line."""
        return self._database.notice

    def give(
        self, outcome: Answer | Abstention, thumb: str, reasons: Collection[str] = (), comment: str = "",
        *, about: str | None = None,
    ) -> None:  # fmt: skip
        """Keep what was said of an outcome.

        Args:
            outcome: As it was shown.
            thumb: "up", "down", or "withdrawn" to take back what was said before.
            reasons: Of `REASONS`, with a thumb down.
            comment: At most 1000 characters.
            about: Names the turn on the page; of all that is said about the same one, the last counts.

        Raises:
            FeedbackInvalid: a thumb or reason is unknown, or the comment is too long.
            StoreUnusable: the file is full or cannot be written.
        """
        _check(thumb, reasons, comment)
        ordered = [reason for reason in REASONS if reason in reasons]
        row = (self._clock(), about, thumb, json.dumps(ordered), json.dumps(comment.strip()), to_json(outcome))
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO said (given, about, thumb, reasons, comment, line) VALUES (?, ?, ?, ?, ?, ?)", row
            )

    def said(self) -> tuple[Said, ...]:
        """What counts, oldest first: of what was said about one turn the last, and nothing that was withdrawn."""
        query = """SELECT thumb, reasons, comment, given, line FROM said AS one WHERE thumb <> 'withdrawn' AND NOT EXISTS
            (SELECT 1 FROM said AS later WHERE later.about = one.about AND later.number > one.number) ORDER BY number"""
        with self._database.reading() as connection:
            rows = connection.execute(query).fetchall()
        return tuple(
            Said(thumb, tuple(json.loads(reasons)), json.loads(comment), given, json.loads(line))
            for thumb, reasons, comment, given, line in rows
        )

    def about(self, keys: Collection[str]) -> dict[str, tuple[Thumb, tuple[Reason, ...], str]]:
        """The last thumb, reasons and comment about each of these turns of which anything was said, by its key."""
        query = "SELECT about, thumb, reasons, comment FROM said WHERE about = ? ORDER BY number DESC LIMIT 1"
        with self._database.reading() as connection:
            rows = [row for key in keys for row in connection.execute(query, (key,))]
        return {key: (thumb, tuple(json.loads(reasons)), json.loads(comment)) for key, thumb, reasons, comment in rows}

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def read_feedback(store: Path) -> tuple[Said, ...]:
    """What counts in a store, given by its folder or its file; nothing is made where there is none.

    Raises:
        StoreUnusable: there is no such file, or it cannot be read.
    """
    path = store / FILE if store.is_dir() else store
    if path.name != FILE or not path.is_file():
        raise StoreUnusable(f"{path} is no file of feedback; name {FILE} or the folder that holds it")
    feedback = Feedback(path.parent)
    try:
        if feedback.notice:
            raise StoreUnusable(feedback.notice)
        return feedback.said()
    finally:
        feedback.close()


def _check(thumb: str, reasons: Collection[str], comment: str) -> None:
    if thumb not in get_args(Thumb):
        raise FeedbackInvalid(f"{thumb!r} is no thumb; it is one of {', '.join(get_args(Thumb))}")
    if unknown := sorted(set(reasons) - set(REASONS)):
        raise FeedbackInvalid(f"{unknown[0]!r} is no reason; the reasons are {', '.join(REASONS)}")
    if reasons and thumb != "down":
        raise FeedbackInvalid(f"a thumb that is {thumb} has no reasons; leave them out")
    if len(comment) > LONGEST_COMMENT:
        raise FeedbackInvalid(f"the comment has {len(comment)} characters, {LONGEST_COMMENT} are allowed; shorten it")
