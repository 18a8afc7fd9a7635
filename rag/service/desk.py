"""Who comes when: the assistant opened once, in the background, and a bounded queue before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager

from rag.answering import Assistant
from rag.errors import RagError

AT_ONCE = 2
"""Calls that compute at the same time: the machines this is made for have two cores."""
WAITING = 8
"""Calls that wait for their turn; more would wait longer than a caller does."""
_GRACE = 0.2
"""Seconds after which an assistant that is open already would have been handed over."""


class Unready(RagError):
    """The assistant is being opened, or cannot be opened for the reason given."""


class Busy(RagError):
    """As many calls as are allowed are waiting already."""


class Desk:
    """What stands between callers and the assistant; may be shared between threads, its queue belongs to one event loop."""

    def __init__(self, opening: Callable[[], Assistant], *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        """Nothing is opened before somebody asks, or `begin` is called."""
        self._opening, self._most = opening, waiting
        self._turns, self._waiting = asyncio.Semaphore(at_once), 0
        self._lock = threading.Lock()
        self._future: Future[Assistant] | None = None

    def begin(self) -> Future[Assistant]:
        """The opening under way, or done; begun by this call where there is none."""
        with self._lock:
            if self._future is None:
                self._future = Future()
                threading.Thread(target=self._open, args=(self._future,), daemon=True).start()
            return self._future

    def assistant(self, patience: float | None = _GRACE) -> Assistant:
        """The assistant with the newest index. A failure is told once; the call after that tries again.

        Args:
            patience: Seconds to wait while it is opened; None for as long as it takes.

        Raises:
            Unready: it is not open yet, or cannot be opened.
        """
        future = self.begin()
        try:
            assistant = future.result(patience)
        except TimeoutError as error:
            raise Unready("the documents and the models are being loaded; ask again in a few seconds") from error
        except Exception as error:
            self._forget(future)
            if isinstance(error, RagError):
                raise Unready(str(error)) from error
            raise
        assistant.refresh()
        return assistant

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Entered when it is this caller's turn to compute.

        Raises:
            Busy: too many wait already.
        """
        if self._turns.locked() and self._waiting >= self._most:
            raise Busy(f"{self._waiting} questions are waiting already; ask again in a few seconds")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    def _open(self, future: Future[Assistant]) -> None:
        try:
            future.set_result(self._opening())
        except BaseException as error:  # noqa: BLE001 (told to whoever waits)
            future.set_exception(error)

    def _forget(self, future: Future[Assistant]) -> None:
        with self._lock:
            if self._future is future:
                self._future = None
