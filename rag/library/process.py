"""The building process as seen by the one that started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_STOP_SECONDS = 10.0
"""After which a process that was told to stop is ended by force; its longest step that does not look up is writing Chroma."""


class BuildProcess:
    """One run of `rag.library.builder`."""

    def __init__(self, corpus: Path, index: Path, model: str) -> None:
        """Start it."""
        home = str(Path(__file__).parents[2])
        path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rag.library.builder", str(corpus), str(index), model],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def messages(self) -> Iterator[dict[str, Any]]:
        """What it says, until it has ended."""
        with self._process as process:
            for line in process.stdout or ():
                yield json.loads(line)

    def stop(self) -> None:
        """Tell it to stop, which it does within seconds; it may also be just done."""
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        timer = threading.Timer(_STOP_SECONDS, self._end)
        timer.daemon = True
        timer.start()

    def _end(self) -> None:
        with suppress(OSError):
            self._process.terminate()
