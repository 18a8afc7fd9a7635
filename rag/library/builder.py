"""The process that builds an index for a `Library`: `python -m rag.library.builder CORPUS INDEX MODEL`.

It runs apart so that answering is not slowed, that a file which breaks its reader ends this process and no other, and that it can be
stopped. It prints a JSON object a line, {"stage", "done", "total"}, and at last {"built": true} or {"error": …, "busy": …}. It stops when its
standard input is closed, which also happens when the process that started it ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import IndexBusy, RagError

if TYPE_CHECKING:
    from rag.index import Progress

_PAUSE = 0.1
"""Seconds between two lines about one stage."""


class _Stopped(Exception):
    """Nobody waits for the index any more."""


def main(corpus: Path, index: Path, model: str) -> int:
    """Build; exit status 0 when the index was swapped in, 1 when not."""
    stopped = threading.Event()
    threading.Thread(target=_wait_for_end, args=(stopped,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)
    sys.stdout = sys.stderr  # what a library may print is no message
    said = ("", 0.0)

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal said
        if stopped.is_set():
            raise _Stopped
        if stage != said[0] or done == total or time.monotonic() - said[1] >= _PAUSE:
            _say(stage=stage, done=done, total=total)
            said = (stage, time.monotonic())

    try:
        _build(corpus, index, model, tell)
    except _Stopped:
        return 1
    except RagError as error:
        _say(error=str(error), busy=isinstance(error, IndexBusy))
        return 1
    _say(built=True)
    return 0


def _build(corpus: Path, index: Path, model: str, tell: Progress) -> None:
    tell("starting", 0, 1)
    from rag.embedding import Embedder, MultilingualEncoder
    from rag.index import build_index

    build_index(index, corpus, Embedder(model), MultilingualEncoder(), progress=tell)


def _say(**values: object) -> None:
    sys.__stdout__.write(json.dumps(values) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def _wait_for_end(stopped: threading.Event) -> None:
    sys.stdin.read()
    stopped.set()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
