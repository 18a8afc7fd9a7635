"""Servers on free ports of this machine, in a thread or in a process of their own; each stops with its test."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from page_helpers import PATIENCE, ROOT, Scripted

from rag.page.serving import application, listen
from rag.settings import Settings


@contextlib.contextmanager
def in_thread(app: FastAPI, listener: socket.socket) -> Iterator[str]:
    """Address of the application, which answers on this socket."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextlib.contextmanager
def launched(assistant: Scripted, kept: Path | None = None) -> Iterator[str]:
    """Address of the page with this assistant, in this process; what is kept is there."""
    with tempfile.TemporaryDirectory() as folder, listen("127.0.0.1", 0) as listener:
        settings = Settings.load(kept=kept or Path(folder), index=Path(folder), port=listener.getsockname()[1])
        with in_thread(application(settings, assistant.warm, assistant.suggest), listener) as address:
            yield f"{address}/"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.contextmanager
def served(folder: Path, **more: str) -> Iterator[str]:
    """Address of the real page in a process of its own, with its index and log in the folder, and more settings."""
    port = free_port()
    settings = {"RAG_PORT": str(port), "RAG_INDEX": str(folder / "index"), "RAG_CORPUS": str(ROOT / "corpus")}
    settings |= {"RAG_KEPT": str(folder / "kept")} | more
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log
        )
        try:
            wait_for_port(port, process)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait(20)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.1)
    pytest.fail("the page did not start")
