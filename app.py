"""The chat page: questions on the left, the document with every cited span on the right.

The port is bound and answered before Gradio or a model is imported, since those take seconds.
"""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from rag.errors import RagError, SettingsInvalid
from rag.records import Abstention, Answer, Document, Statement
from rag.rendering.html import (
    Failure,
    Outcome,
    answer_html,
    asset,
    cited,
    first_cited,
    messages,
    pending,
    reply,
    status_html,
    viewer_html,
    waiting,
)
from rag.settings import Settings

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

TITLE = "Report chat"
PROMISE = "Every answer is an exact quotation with its place and speaker, or none at all."
INVITATION = "Ask what the report says. Click a number to read its passage where it stands."
READYING = "Getting ready: the report and the models are being loaded."
CHECKING = "Reading the passages a second time …"
WRITING = "Writing, and checking every sentence against its passage …"
STARTERS = 4
FONTS = ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]


@dataclass(slots=True)
class Warm:
    """The one assistant of the process, opened by whoever asks first; the others wait. A failure is tried again."""

    opening: "Callable[[], Assistant]"
    assistant: "Assistant | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> "Assistant":
        """The assistant, ready.

        Raises:
            RagError: it cannot be opened, for the reason given.
        """
        with self._lock:
            if self.assistant is None:
                self.assistant = self.opening()
            return self.assistant


def outcomes_of(warm: Warm, question: str, turns: Sequence[Outcome]) -> Iterator[Outcome]:
    """The assistant's outcome for the next question of a conversation; with a judge, then the one that has its verdict."""
    history = [turn for turn in turns if not isinstance(turn, Failure)]
    try:
        for part in warm().stream(question, history):
            if not isinstance(part, Statement):
                yield part
    except RagError as error:
        yield Failure(question, str(error))


def _update(**changes: object) -> object:
    """`gr.update`, since Gradio is imported late; without changes the component stays as it is."""
    from gradio import update

    values: dict[str, Any] = dict(changes)
    return update(**values)


@dataclass(frozen=True, slots=True)
class Handlers:
    """What happens on the page; values in the order box, turns, chat, viewer, status, new, starters."""

    warm: Warm

    @property
    def _documents(self) -> Mapping[str, Document]:
        return self.warm.assistant.documents if self.warm.assistant else {}

    def _starters(self, *, shown: bool) -> list[Any]:
        questions = self.warm.assistant.starters[:STARTERS] if shown and self.warm.assistant else ()
        hidden = [_update(visible=False)] * (STARTERS - len(questions))
        return [_update(value=question, visible=True) for question in questions] + hidden

    def opened(self) -> object:
        """The status once the assistant is ready, or why it is not."""
        try:
            self.warm()
        except RagError as error:
            return status_html(f"Not ready. {error}")
        return _update(visible=False)

    def welcomed(self, turns: list[Outcome], chat: list[object]) -> list[object]:
        """Viewer and starters; a question may have been asked before there was anything to show."""
        viewer = viewer_html(self._documents, turns, first_cited(turns)) if self._documents else _update()
        return [viewer, *self._starters(shown=not chat)]

    def asked(self, question: str, turns: list[Outcome]) -> Iterator[list[Any]]:
        """The question at once, its outcome when it is there; a question that failed goes back into the box.

        Meanwhile no new conversation can be begun, or the late outcome would end up in it.
        """
        same, busy, free = _update(), _update(interactive=False), _update(interactive=True)
        if not question.strip():
            yield [same] * (6 + STARTERS)
            return
        note = "Searching the report …" if self.warm.assistant else f"{READYING} Your question waits for that."
        chat = messages(turns, self._documents) + pending(question, note)
        yield ["", same, chat, same, same, busy, *self._starters(shown=False)]
        now = turns
        for outcome in outcomes_of(self.warm, question, turns):
            now = [*turns, outcome]
            viewer = viewer_html(self._documents, now, first_cited(now)) if cited(outcome) else same
            box = question if isinstance(outcome, Failure) else ""
            status = _update(visible=False) if self.warm.assistant else same
            chat = messages(now, self._documents)
            if not (note := self._still_to_come(outcome)):
                yield [box, now, chat, viewer, status, free, *[same] * STARTERS]
                return
            yield [box, now, chat + waiting(note), viewer, status, busy, *[same] * STARTERS]
        yield [same, same, messages(now, self._documents), same, same, free, *[same] * STARTERS]  # nothing else came

    def _still_to_come(self, outcome: Outcome) -> str:
        """What is waited for: the judge's verdict, the writer's sentences, or nothing."""
        assistant = self.warm.assistant
        if assistant is None or isinstance(outcome, Failure):
            return ""
        if (
            assistant.judge
            and outcome.verdict is None
            and not (isinstance(outcome, Abstention) and outcome.asked_nothing)
        ):
            return CHECKING
        return WRITING if assistant.writer and isinstance(outcome, Answer) and outcome.model is None else ""

    def failed(self, turns: list[Outcome]) -> list[Any]:
        """Chat and button after an error that nobody foresaw."""
        failure = Failure("", "Something went wrong; the server's log says what. Please ask again.")
        said = reply(answer_html(0, failure, {}))
        return [[*messages(turns, self._documents), said], _update(interactive=True)]

    def begun(self) -> list[Any]:
        """An empty conversation."""
        viewer = viewer_html(self._documents, []) if self._documents else _update()
        return ["", [], [], viewer, _update(), _update(), *self._starters(shown=True)]

    def shown(self, turns: list[Outcome], document_id: str) -> str:
        """The viewer with another document."""
        return viewer_html(self.warm().documents, turns, document_id)


def build(warm: Warm) -> "gr.Blocks":
    """The page. Nothing is loaded and no port is opened; each browser window has a conversation of its own."""
    import gradio as gr

    handlers = Handlers(warm)

    def shown(turns: list[Outcome], event: gr.EventData) -> str:
        return handlers.shown(turns, str(event.document))

    page = gr.Blocks(title=TITLE, analytics_enabled=False)
    with page:
        turns = gr.State([])
        gr.HTML(f'<header class="masthead"><h1>{TITLE}</h1><p>{PROMISE}</p></header>', js_on_load=None)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=5, min_width=340, elem_id="talk"):
                status = gr.HTML(status_html(READYING), js_on_load=None, elem_id="state")
                chat = gr.Chatbot(
                    elem_id="chat", show_label=False, container=False, layout="panel", height="100%", buttons=[],
                    sanitize_html=True, allow_tags=False, latex_delimiters=[], feedback_options=None, autoscroll=False,
                    placeholder=INVITATION,
                )  # fmt: skip
                with gr.Column(elem_id="starters"):
                    starters = [gr.Button(visible=False, size="sm") for _ in range(STARTERS)]
                with gr.Row(elem_id="ask"):
                    box = gr.Textbox(
                        placeholder="Ask what the report says", label="Question", show_label=False, container=False,
                        max_lines=6, autofocus=True, scale=8, elem_id="question",
                    )  # fmt: skip
                    send = gr.Button("Ask", variant="primary", scale=1, min_width=70, elem_id="send")
                new = gr.Button("New conversation", size="sm", elem_id="new")
            with gr.Column(scale=6, min_width=340):
                viewer = gr.HTML(elem_id="viewer", js_on_load=asset("page.js"), apply_default_css=False)
        outputs = [box, turns, chat, viewer, status, new, *starters]
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        loading = page.load(handlers.opened, None, [status], concurrency_limit=None, **private)
        loading.then(handlers.welcomed, [turns, chat], [viewer, *starters], **private)
        asking = [gr.on([box.submit, send.click], handlers.asked, [box, turns], outputs, **private)]
        asking += [starter.click(handlers.asked, [starter, turns], outputs, **private) for starter in starters]
        for event in asking:
            event.failure(handlers.failed, [turns], [chat, new], **private)
        new.click(handlers.begun, None, outputs, **private)
        viewer.open(shown, [turns], [viewer], **private)
        chat.change(None, js=asset("latest.js"))
    page.queue(default_concurrency_limit=4, max_size=64, api_open=False)
    return page


# --- the server --------------------------------------------------------------------------------------------------


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
        page = Template(asset("waiting.html")).substitute(title=TITLE, note=READYING)
        self.send_response(200 if self.path.split("?")[0] == "/" else 503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page.encode())

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
    """Serves the page on the socket until the process is told to stop."""
    finish_waiting = waiting_page(listener)
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    gc.disable()  # Gradio's import leaves nothing to collect, and looking takes 0.6 of its 3.7 s on two cores
    import gradio as gr
    import uvicorn
    from fastapi import FastAPI

    def opening() -> "Assistant":
        from rag import Assistant

        return Assistant.open(settings)

    warm = Warm(opening)
    no_docs: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    app = gr.mount_gradio_app(
        FastAPI(**no_docs), build(warm), path="/", server_name=settings.host, server_port=settings.port,
        app_kwargs=no_docs, allowed_paths=[], max_file_size="1kb", show_error=False, ssr_mode=False, pwa=False,
        blocked_paths=[str(path.resolve()) for path in (Path(), settings.corpus, settings.index)],
        run_history=False, enable_monitoring=False, mcp_server=False, footer_links=[],
        theme=gr.themes.Base(primary_hue="slate", neutral_hue="slate", font=FONTS, font_mono=["monospace"]),
        css=asset("page.css"),
    )  # fmt: skip
    gc.enable()
    finish_waiting()
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    threading.Thread(target=_warm_up, args=(warm,), daemon=True).start()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)).run(sockets=[listener])


def _is_news(record: logging.LogRecord) -> bool:
    """False for the open windows' connections, which end when the server does."""
    ended = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not ended and "timeout graceful shutdown" not in record.getMessage()


def _warm_up(warm: Warm) -> None:
    try:
        warm().read_ahead()
    except RagError as error:
        sys.stderr.write(f"{error}\n")


def main(settings: Settings | None = None) -> None:
    """Serves the page until interrupted; whatever hinders that is one line on standard error, exit status 1."""
    try:
        settings = settings or Settings.load()
        listener = listen(settings.host, settings.port)
    except RagError as error:
        sys.exit(str(error))
    sys.stdout.write(f"http://{settings.host}:{settings.port}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        serve(settings, listener)


if __name__ == "__main__":
    main()
