"""A SQLite file of ours: shared by threads and processes, of a known version, set aside when it is damaged.

One connection with a lock serves all threads of a process: an operation takes a millisecond or two.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import StoreUnusable

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds."""

    application: int
    """SQLite's `application_id`: tells our file from any other database."""
    version: int
    statements: tuple[str, ...]
    """That make the tables of an empty file."""


class Database:
    """An open file, or memory where `path` is None."""

    def __init__(self, path: Path | None, schema: Schema, *, most_bytes: int | None = None) -> None:
        """Open the file; it and its folder are made, readable by this user alone, when they are missing.

        Args:
            path: Of the file.
            schema: What it must hold.
            most_bytes: How large it may grow.

        Raises:
            StoreUnusable: the file is of a newer version or another program's, or cannot be written.
        """
        self.path, self._schema, self._most_bytes = path, schema, most_bytes
        self.notice: str | None = None
        """What became of a damaged file, in a line; None while there was none."""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        with self._translated():
            self._open()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for queries that see one state of the file.

        Raises:
            StoreUnusable: the file cannot be read; a damaged one has been set aside and a new one begun.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection, for changes that all happen or, when an exception leaves the block, do not.

        Raises:
            StoreUnusable: the file cannot be written; a damaged one has been set aside and a new one begun.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def forget(self) -> None:
        """Wipe from the disk what was deleted: the log still holds it until it is emptied."""
        with self._lock, self._translated():
            self._ready().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            connection = self._ready()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _ready(self) -> sqlite3.Connection:
        """The connection to the file that is there now: another process may have set the old one aside."""
        if self._connection and self.path and _inode(self.path) != self._inode:
            self.close()
        return self._connection or self._open()

    def _open(self) -> sqlite3.Connection:
        if self.path is None:
            self._connection = self._prepared(
                sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            )
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self.path.with_name(self.path.name + ".lock"), timeout=_PATIENCE):
            try:
                self._connection = self._connected(self.path)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside(self.path)
                self._connection = self._connected(self.path)
            self._inode = _inode(self.path)
        return self._connection

    def _connected(self, path: Path) -> sqlite3.Connection:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            return self._prepared(connection)
        except BaseException:
            connection.close()
            raise

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """With our settings, checked, and with tables.

        Raises:
            StoreUnusable: it is of a newer version, or not ours.
        """
        if (problem := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            damage = sqlite3.DatabaseError(problem)
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        self._check_version(connection)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {setting}")
        if self._most_bytes:
            size = connection.execute("PRAGMA page_size").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {max(self._most_bytes // size, 1)}")
        return connection

    def _check_version(self, connection: sqlite3.Connection) -> None:
        application, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
        ours = self._schema
        if not tables and not application:
            for statement in ("BEGIN IMMEDIATE", *ours.statements):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {ours.application}")
            connection.execute(f"PRAGMA user_version = {ours.version}")
            connection.execute("COMMIT")
        elif application != ours.application:
            raise StoreUnusable(
                f"{self.path} is not a file that this program made; move it away or name another folder"
            )
        elif version != ours.version:
            raise StoreUnusable(
                f"{self.path} has format {version}, this program reads format {ours.version}; "
                f"use the version of the program that wrote it, or move the file away"
            )

    def _set_aside(self, path: Path) -> None:
        """Rename the file with its log and remember how; nothing is deleted."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{os.getpid()}")
        for ending in ("", "-wal", "-shm"):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
        self.notice = f"{path} was damaged: it is kept as {aside.name}, and a new one was begun"

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise StoreUnusable(self._refusal(error)) from error
            self.close()
            self._open()
            raise StoreUnusable(self.notice or f"{self.path} could not be read ({error}); try again") from error
        except Timeout as error:
            raise StoreUnusable(f"{self.path} is being opened by another process; try again") from error
        except OSError as error:
            raise StoreUnusable(
                f"{self.path} cannot be used ({str(error.strerror).lower()}); name another folder in RAG_KEPT"
            ) from error

    def _refusal(self, error: sqlite3.DatabaseError) -> str:
        code = _code(error)
        if code == sqlite3.SQLITE_FULL:
            limit = f"its limit of {self._most_bytes // 2**20} MiB" if self._most_bytes else "the disk"
            return f"{self.path} cannot grow: {limit} is reached; move the file away or make room"
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"{self.path} is being written by another process; try again"
        return f"{self.path} cannot be used ({error}); check the folder's permissions, or name another one in RAG_KEPT"


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_damage(error: sqlite3.Error) -> bool:
    return _code(error) in _DAMAGED


def _inode(path: Path) -> int:
    """0 when the file is gone."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
