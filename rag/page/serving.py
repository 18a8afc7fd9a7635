"""The server: its port answers before Gradio or a model is imported, since those take seconds."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from rag.errors import RagError, SettingsInvalid
from rag.page.assets import asset
from rag.page.wording import language_of_visitor, say
from rag.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag import Assistant
    from rag.library import Library
    from rag.page.handlers import Suggest, Warm
    from rag.page.suggesting import Suggesting

_PAUSE = 0.2
"""Seconds between two questions that are tried ahead."""
_COURTESY = 5.0
"""Seconds after a visitor's question in which none is tried."""
FONTS = ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, handed on from the waiting page to the real one, so that no visitor is ever turned away.

    Raises:
        SettingsInvalid: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsInvalid(f"port {port} of {host} is taken; set RAG_PORT to a free port") from error
        reason = str(error.strerror).partition(" (while")[0]
        raise SettingsInvalid(f"RAG_HOST {host}, RAG_PORT {port}: cannot listen there: {reason.lower()}") from error


class _Waiting(BaseHTTPRequestHandler):
    """Says that the page is getting ready, while Gradio is imported."""

    def do_GET(self) -> None:
        language = language_of_visitor(None, self.headers.get("Accept-Language", ""))
        values = {"language": language, "title": say("title", language), "note": say("readying", language)}
        self.send_response(200 if self.path.split("?")[0] == "/" else 503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(Template(asset("waiting.html")).substitute(values).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def waiting_page(listener: socket.socket) -> Callable[[], None]:
    """Serves the waiting page on the socket until the returned function is called; the socket stays open."""
    server = ThreadingHTTPServer(("", 0), _Waiting, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server.shutdown


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serves the page on the socket until the process is told to stop.

    Raises:
        RagError: what is kept cannot be opened, or a package that the settings ask for is missing.
    """
    finish_waiting = waiting_page(listener)
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    gc.disable()  # Gradio's import leaves nothing to collect, and looking takes 0.6 of its 3.7 s on two cores
    import uvicorn

    from rag.library import Library
    from rag.page.handlers import Warm
    from rag.page.suggesting import Suggesting

    def opening() -> "Assistant":
        from rag import Assistant

        return Assistant.open(settings)

    warm = Warm(opening)
    suggesting = Suggesting(warm, settings.kept / "known.json")
    changed = threading.Event()
    library = Library(settings.corpus, settings.index, settings.embedding_model, swapped=changed.set)
    app = application(settings, warm, suggesting, library)
    gc.enable()
    finish_waiting()
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    threading.Thread(target=_keep_warm, args=(warm, suggesting, library, changed), daemon=True).start()
    try:
        uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)).run(sockets=[listener])
    finally:
        library.close()


def application(settings: Settings, warm: "Warm", suggest: "Suggest", library: "Library | None" = None) -> "FastAPI":
    """The page, and beside it the interface for programs, which use the same assistant.

    Args:
        settings: All of them.
        warm: Opens the assistant.
        suggest: Finds questions to go on with.
        library: The documents' files; None for a page that does not show them.

    Raises:
        RagError: what is kept cannot be opened, or a package that the settings ask for is missing.
    """
    import gradio as gr
    from fastapi import FastAPI

    from rag.page.keeping import Kept
    from rag.page.layout import build
    from rag.page.owner import Owned
    from rag.service import mount

    no_docs: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    kept = Kept.open(settings.kept, days=settings.keep_days)
    for notice in filter(None, (kept.conversations.notice, kept.feedback.notice)):
        sys.stderr.write(f"{notice}\n")
    server = FastAPI(**no_docs)
    server.add_middleware(Owned)
    mount(server, warm, mcp=settings.mcp, hosts=[settings.host], files=library, writable=settings.writable)
    private = (Path(), settings.corpus, settings.index, settings.kept)
    app: FastAPI = gr.mount_gradio_app(
        server, build(warm, kept, writes=settings.chat_model is not None, suggest=suggest, files=library is not None), path="/",
        server_name=settings.host, server_port=settings.port, app_kwargs=no_docs, allowed_paths=[], max_file_size="1kb",
        show_error=False, ssr_mode=False, pwa=False, blocked_paths=[str(path.resolve()) for path in private],
        run_history=False, enable_monitoring=False, mcp_server=False, footer_links=[],
        theme=gr.themes.Base(primary_hue="slate", neutral_hue="slate", font=FONTS, font_mono=["monospace"]),
        css=asset("page.css"),
    )  # fmt: skip
    return app


def _is_news(record: logging.LogRecord) -> bool:
    """False for the open windows' connections, which end when the server does."""
    ended = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not ended and "timeout graceful shutdown" not in record.getMessage()


def _let_go_first(library: "Library", warm: "Warm") -> None:
    """Wait while an index is being built, and while visitors ask."""
    time.sleep(_PAUSE)
    while library.building or time.monotonic() - warm.asked < _COURTESY:
        time.sleep(_PAUSE)


def _keep_warm(warm: "Warm", suggesting: "Suggesting", library: "Library", changed: threading.Event) -> None:
    """Open the assistant, watch the documents from then on, and read ahead whenever they have changed."""
    with contextlib.suppress(RagError):  # told below
        warm()
    library.start()  # not before: the assistant may have been building the first index itself
    while True:
        try:
            assistant = warm()
            assistant.refresh()
            assistant.read_ahead()
            suggesting.prepare(lambda: _let_go_first(library, warm))
        except RagError as error:
            sys.stderr.write(f"{error}\n")
        changed.wait()
        changed.clear()
