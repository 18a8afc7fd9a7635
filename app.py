"""The chat page: questions on the left, the document with every cited span on the right.

The port is bound and answered before Gradio or a model is imported, since those take seconds. All text of documents,
questions and titles goes through `entities`; nothing else may stand between the tags.
"""

import asyncio
import contextlib
import errno
import gc
import itertools
import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import RagError, SettingsInvalid
from rag.records import Abstention, Answer, Citation, Document
from rag.settings import Settings

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

TITLE = "Report chat"
PROMISE = "Every answer is an exact quotation with its place and speaker, or none at all."
INVITATION = "Ask what the report says. Click a number to read its passage where it stands."
READYING = "Getting ready: the report and the models are being loaded."
STARTERS = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that could not be put, and why; shown, but no part of the history."""

    question: str
    message: str


Outcome = Answer | Abstention | Failure


@dataclass(frozen=True, slots=True)
class Span:
    """A citation's place in the shown document; turns and numbers count from 1."""

    turn: int
    number: int
    start: int
    end: int

    @property
    def key(self) -> str:
        """Unique on the page: id of the number in the document, class of each of its marks."""
        return f"c-{self.turn}-{self.number}"


_ACTIVE = re.compile(r"[\t\n\r!-/:-@\[-`{-~]")


def entities(text: str) -> str:
    """The text such that HTML, Markdown and template engines all show it character by character.

    >>> entities("<b> $1 *x*")
    '&#60;b&#62; &#36;1 &#42;x&#42;'
    """
    sound = text.encode("utf-8", "replace").decode()  # a lone surrogate in a question cannot be sent to the browser
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", sound)


# --- answers -----------------------------------------------------------------------------------------------------


def cited(outcome: Outcome) -> tuple[Citation, ...]:
    """The numbered passages of an outcome: an answer's quotations or the passages nearest to an abstention."""
    if isinstance(outcome, Answer):
        return outcome.citations
    return outcome.nearest if isinstance(outcome, Abstention) else ()


def answer_html(turn: int, outcome: Outcome, documents: Mapping[str, Document]) -> str:
    """One outcome as a card; ids and links carry the turn, which counts from 1."""
    if isinstance(outcome, Failure):
        return f'<div class="card failure"><p>{entities(outcome.message)}</p></div>'
    quotes = "".join(_quote_html(turn, citation, len(documents) > 1) for citation in cited(outcome))
    if isinstance(outcome, Abstention):
        return f'<div class="card abstention">{_abstention_html(outcome, len(documents) > 1)}{quotes}</div>'
    return f'<div class="card answer">{_prose_html(turn, outcome)}{quotes}</div>'


def _prose_html(turn: int, answer: Answer) -> str:
    """What a chat model wrote; in quotes mode the statements are the quotations themselves."""
    if answer.mode == "quotes":
        return ""
    links = {citation.number: _link(turn, citation) for citation in answer.citations}
    return "".join(
        f'<p class="statement">{entities(s.text)} {" ".join(links[n] for n in s.citations)}</p>'
        for s in answer.statements
    )


def _abstention_html(abstention: Abstention, several: bool) -> str:
    who = "documents do" if several else "report does"
    parts = [f'<p class="verdict">The {who} not say.</p><p>{entities(abstention.reason)}</p>']
    if abstention.uncovered:
        words = ", ".join(f"<b>{entities(word)}</b>" for word in abstention.uncovered)
        parts.append(f"<p>Not covered: {words}</p>")
    if abstention.nearest:
        parts.append('<p class="nearest">Nearest passages <span>not an answer</span></p>')
    return "".join(parts)


def _link(turn: int, citation: Citation) -> str:
    key, document = f"{turn}-{citation.number}", entities(citation.document_id)
    return f'<a class="cite d-{document}" href="#c-{key}" title="Show in the document">[{citation.number}]</a>'


def _quote_html(turn: int, citation: Citation, several: bool) -> str:
    place = [citation.title] if several else []
    place += [" \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(citation.section)] if citation.section else []
    speaker = f'<span class="speaker">Speaker: {entities(citation.speaker)}</span>' if citation.speaker else ""
    return (
        f'<blockquote id="q-{turn}-{citation.number}">{_link(turn, citation)} '
        f'“<span class="quote">{entities(citation.quote)}</span>”'
        f'<footer><span class="place">{entities(" · ".join(place))}</span>{speaker}</footer></blockquote>'
    )


def messages(turns: Sequence[Outcome], documents: Mapping[str, Document]) -> list[dict[str, str]]:
    """The conversation in the shape of `gr.Chatbot`."""
    shown = []
    for turn, outcome in enumerate(turns, 1):
        shown += [_asked(outcome.question), _said(answer_html(turn, outcome, documents))]
    return shown


def _asked(question: str) -> dict[str, str]:
    return {"role": "user", "content": f'<div class="question">{entities(question)}</div>'}


def _said(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content}


# --- the document ------------------------------------------------------------------------------------------------


def spans_of(turns: Sequence[Outcome], document_id: str) -> list[Span]:
    """All citations of the conversation that stand in the document, oldest turn first."""
    return [
        Span(turn, citation.number, citation.start, citation.end)
        for turn, outcome in enumerate(turns, 1)
        for citation in cited(outcome)
        if citation.document_id == document_id
    ]


def document_html(document: Document, spans: Sequence[Span]) -> str:
    """The whole canonical text: the text content of the article is `document.text`, to the character.

    The marks of class `span.key` together hold exactly `document.text[span.start:span.end]`, across paragraphs too and
    where spans overlap.
    """
    first = next((span.key for span in spans if span.turn == spans[-1].turn), "")
    body = "".join(
        f'<{tag} class="{kind}">{_marked(document.text, start, end, spans)}</{tag}>'
        for tag, kind, start, end in _paragraphs(document)
    )
    return f'<article lang="{entities(document.language)}" data-first="{first}">{body}</article>'


def _paragraphs(document: Document) -> Iterator[tuple[str, str, int, int]]:
    """Tag, kind and range of each paragraph; the ranges join up, so white space belongs to the paragraph before."""
    heads = [next(group) for _, group in itertools.groupby(document.sentences, key=lambda s: s.paragraph)]
    starts = [0, *(head.start for head in heads[1:]), len(document.text)]
    for head, (start, end) in zip(heads, itertools.pairwise(starts), strict=True):
        level = min(6, 2 + max(1, len(document.section_at(head.start))))
        yield {"title": "h2", "heading": f"h{level}"}.get(head.kind, "p"), head.kind, start, end


def _marked(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    """A range of the text, divided wherever a span starts or ends."""
    inside = [span for span in spans if span.start < end and span.end > start]
    cuts = sorted({start, end, *(c for s in inside for c in (s.start, s.end) if start < c < end)})
    parts = []
    for left, right in itertools.pairwise(cuts):
        parts += [_number(span) for span in inside if span.start == left]
        over = [span for span in inside if span.start <= left and right <= span.end]
        body = entities(text[left:right])
        classes = " ".join(f"{span.key} t-{span.turn}" for span in over)
        parts.append(f'<mark class="{classes}">{body}</mark>' if over else body)
    return "".join(parts)


def _number(span: Span) -> str:
    """The number before a mark. It is drawn by CSS, so that the text stays the document's."""
    label = f"Citation {span.number} of answer {span.turn}: back to the answer"
    return (
        f'<a id="{span.key}" class="number t-{span.turn}" href="#q-{span.turn}-{span.number}" '
        f'data-n="{span.number}" aria-label="{label}"></a>'
    )


def viewer_html(documents: Mapping[str, Document], turns: Sequence[Outcome], wanted: str | None = None) -> str:
    """The wanted document, else the first, with the marks of all turns; a choice above it when there are several."""
    document = documents.get(wanted or "") or next(iter(documents.values()))
    gone = wanted is not None and wanted not in documents
    note = '<p class="gone">The document of that quotation has been replaced since it was quoted.</p>' if gone else ""
    facts = (document.publisher, document.published, document.path)
    source = entities(" · ".join(fact for fact in facts if fact))
    head = f'<header>{_choice(documents, document.id)}<p class="source">{source}</p>{note}</header>'
    return head + document_html(document, spans_of(turns, document.id))


def _first(turns: Sequence[Outcome]) -> str | None:
    """The document that the latest outcome cites first."""
    return next((citation.document_id for turn in turns[-1:] for citation in cited(turn)), None)


def _choice(documents: Mapping[str, Document], shown: str) -> str:
    if len(documents) < 2:
        return ""
    options = "".join(
        f'<option value="{entities(key)}"{" selected" * (key == shown)}>{entities(document.title)}</option>'
        for key, document in documents.items()
    )
    return f'<select aria-label="Document">{options}</select>'


# --- the page ----------------------------------------------------------------------------------------------------


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


def outcome_of(warm: Warm, question: str, turns: Sequence[Outcome]) -> Outcome:
    """The assistant's outcome for the next question of a conversation."""
    history = [turn for turn in turns if not isinstance(turn, Failure)]
    try:
        return warm().ask(question, history)
    except RagError as error:
        return Failure(question, str(error))


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
            return _status(f"Not ready. {error}")
        return _update(visible=False)

    def welcomed(self, turns: list[Outcome], chat: list[object]) -> list[object]:
        """Viewer and starters; a question may have been asked before there was anything to show."""
        viewer = viewer_html(self._documents, turns, _first(turns)) if self._documents else _update()
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
        pending = [_asked(question), _said(f'<p class="pending">{entities(note)}</p>')]
        yield ["", same, messages(turns, self._documents) + pending, same, same, busy, *self._starters(shown=False)]
        turns = [*turns, outcome_of(self.warm, question, turns)]
        viewer = viewer_html(self._documents, turns, _first(turns)) if cited(turns[-1]) else same
        box = question if isinstance(turns[-1], Failure) else ""
        status = _update(visible=False) if self.warm.assistant else same
        yield [box, turns, messages(turns, self._documents), viewer, status, free, *[same] * STARTERS]

    def failed(self, turns: list[Outcome]) -> list[Any]:
        """Chat and button after an error that nobody foresaw."""
        failure = Failure("", "Something went wrong; the server's log says what. Please ask again.")
        said = _said(answer_html(0, failure, {}))
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
                status = gr.HTML(_status(READYING), js_on_load=None, elem_id="state")
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
                viewer = gr.HTML(elem_id="viewer", js_on_load=SCRIPT, apply_default_css=False)
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
        chat.change(None, js=LATEST)
    page.queue(default_concurrency_limit=4, max_size=64, api_open=False)
    return page


def _status(text: str) -> str:
    return f'<p class="status" role="status">{entities(text)}</p>'


FONTS = ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]

WAITING_PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>{TITLE}</title><style>
:root {{ color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif }}
body {{ margin: 20vh auto; max-width: 32rem; padding: 0 1rem }}
</style><h1>{TITLE}</h1><p role="status">{READYING}</p></html>"""

STYLE = """
:root {
  --ink: #1d2733; --soft: #566273; --line: #d9dee5; --paper: #fff; --desk: #f4f5f7; --link: #0b5394; --warn: #7d5100;
  --warn-paper: #fff8e8; --old: #f3efdf; --on: #fdeeb3; --hit: #ffd14d; --plain: system-ui, sans-serif;
  --serif: Charter, Georgia, "Noto Serif", "DejaVu Serif", serif;
}
.dark {
  --ink: #e6eaf0; --soft: #9fabba; --line: #333e4c; --paper: #161c24; --desk: #0f141a; --link: #8cc1f5; --warn: #eec26b;
  --warn-paper: #262219; --old: #2c2d2a; --on: #4d431d; --hit: #8a6d10; color-scheme: dark;
}
html, body, gradio-app, .gradio-container { background: var(--desk) !important; color: var(--ink); }
.gradio-container { max-width: none !important; }
.gradio-container .main { padding: 8px 16px !important; margin: 0 auto !important; max-width: 1600px !important; }
.gradio-container main { padding: 0 !important; }
.masthead { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; }
.masthead h1 { font: 600 21px/1.3 var(--serif); margin: 0; color: var(--ink); }
.masthead p { margin: 0; color: var(--soft); font-size: 14px; }
.status { margin: 0; padding: 8px 12px; border-left: 3px solid var(--warn); font-size: 14px;
  background: var(--warn-paper); color: var(--ink); }

#desk { align-items: stretch; gap: 16px; }
#talk, #viewer { height: calc(100vh - 92px); min-height: 480px; }
#talk { gap: 8px; flex-wrap: nowrap; }
#state { flex: none; }
#state .html-container { padding: 0; }
#chat { flex: 1 1 0; min-height: 0; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); }
#chat .message, #chat .message-row { background: none !important; border: 0 !important; box-shadow: none !important; }
#chat .message-row { padding: 6px 10px !important; }
#chat .md { opacity: 1; }
#chat button[title="Clear"] { display: none; }
#chat .placeholder { color: var(--soft); padding: 24px; }
#chat .card, #chat .question, #chat .pending { font: 15px/1.5 var(--plain) !important; color: var(--ink) !important; }
#chat .question { font-weight: 600 !important; white-space: pre-line; overflow-wrap: anywhere;
  max-height: 12em; overflow-y: auto; }
#chat .card p { margin: 0 0 8px; overflow-wrap: anywhere; color: inherit; }
#chat .card blockquote { margin: 0 0 14px !important; padding: 0 0 0 12px; border-left: 3px solid var(--hit);
  font: 16px/1.5 var(--serif); color: var(--ink); opacity: 1; overflow-wrap: anywhere; }
#chat .card blockquote * { font-style: normal; }
#chat .card blockquote .quote { font-family: var(--serif); color: var(--ink); white-space: pre-line; }
#chat .card blockquote footer { margin-top: 3px; font: 13px/1.4 var(--plain); color: var(--soft); }
#chat .card .place { color: var(--soft); }
#chat .card .speaker { display: block; color: var(--ink); }
#chat a.cite { color: var(--link); font: 600 14px var(--plain); text-decoration: none; padding: 0 2px; }
#chat a.cite:hover { text-decoration: underline; }
#chat a:focus-visible, #chat blockquote:focus-visible, #viewer a:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px; }
#chat .abstention, #chat .failure { border-left: 3px solid var(--warn); background: var(--warn-paper);
  padding: 10px 14px 4px; }
#chat .abstention .verdict { font-weight: 700; }
#chat .card.abstention blockquote { border-left: 1px dashed var(--soft); font-size: 15px; }
#chat .card .nearest { margin: 14px 0 8px; font-weight: 600; font-size: 14px; }
#chat .nearest span { font-weight: 400; font-size: 12px; border: 1px solid var(--warn); border-radius: 3px;
  color: var(--warn); padding: 0 5px; margin-left: 4px; }
#starters { gap: 6px; flex: none !important; }
#starters:not(:has(button)) { display: none; }
#starters button { justify-content: flex-start; text-align: left; font: 400 14px/1.4 var(--plain); white-space: normal;
  background: var(--paper); border: 1px solid var(--line); color: var(--link); padding: 6px 12px; }
#ask { flex: none; gap: 8px; align-items: stretch; flex-wrap: nowrap; }
#ask textarea { font-size: 16px; background: var(--paper); border: 1px solid var(--soft); color: var(--ink); }
#send { background: #0b4a82; color: #fff; }
#new { flex: none; align-self: flex-start; width: auto; }
button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }

#viewer { overflow-y: auto !important; border: 1px solid var(--line); border-radius: 6px; padding: 0;
  background: var(--paper); color: var(--ink); }
#viewer .html-container { padding: 0; }
#viewer header { position: sticky; top: 0; z-index: 1; padding: 8px 24px; border-bottom: 1px solid var(--line);
  background: var(--paper); }
#viewer select { width: 100%; font: inherit; padding: 4px; border: 1px solid var(--soft); border-radius: 4px;
  color: var(--ink); background: var(--paper); }
#viewer .source { margin: 0; font-size: 13px; color: var(--soft); overflow-wrap: anywhere; }
#viewer .gone { margin: 4px 0 0; color: var(--warn); }
#viewer article { max-width: 44rem; margin: 0 auto; padding: 16px 24px 40vh; font: 17px/1.6 var(--serif);
  overflow-wrap: anywhere; }
#viewer article p { margin: 0 0 1em; }
#viewer h2, #viewer h3, #viewer h4, #viewer h5, #viewer h6 {
  line-height: 1.25; margin: 1.4em 0 .5em; font-size: 17px; font-weight: 700; }
#viewer h2 { font-size: 25px; margin-top: .6em; }
#viewer h3 { font-size: 22px; }
#viewer h4 { font-size: 19px; }
#viewer p.contents, #viewer p.credits, #viewer p.caption { color: var(--soft); font: 13px/1.45 var(--plain);
  margin-bottom: .5em; }
#viewer p.caption { border-left: 2px solid var(--line); padding-left: 10px; }
#viewer mark { background: var(--old); color: inherit; border-radius: 2px; }
#viewer mark.on { background: var(--on); }
#viewer mark.hit { background: var(--hit); }
#viewer a.number { display: none; color: var(--link); font: 700 12px var(--plain); text-decoration: none;
  vertical-align: 3px; }
#viewer a.number.on { display: inline; }
#viewer a.number::before { content: "[" attr(data-n) "] "; }
@media (max-width: 760px) {
  .gradio-container .main { padding: 8px !important; }
  #talk { height: calc(100vh - 130px); }
  #viewer { height: 84vh; }
  #viewer header, #viewer article { padding-left: 14px; padding-right: 14px; }
}
"""

LATEST = """() => setTimeout(() => {
  const log = document.querySelector('#chat [role=log]');
  const question = [...log.querySelectorAll('.question')].pop();
  if (question) log.scrollTop += question.getBoundingClientRect().top - log.getBoundingClientRect().top - 16;
}, 80)"""

SCRIPT = """
const pane = element.closest('#viewer') || element;
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
let wanted = null;
function light(id) {
  element.querySelectorAll('.on, .hit').forEach(e => e.classList.remove('on', 'hit'));
  element.querySelectorAll('.t-' + id.split('-')[1]).forEach(e => e.classList.add('on'));
}
function show(id) {
  const number = element.querySelector('#' + CSS.escape(id));
  if (!number) return false;
  light(id);
  element.querySelectorAll('mark.' + CSS.escape(id)).forEach(e => e.classList.add('hit'));
  number.focus({preventScroll: true});
  number.scrollIntoView({block: 'center', behavior: calm});
  return true;
}
function back(id) {
  const quote = document.getElementById(id);
  if (!quote) return;
  quote.tabIndex = -1;
  quote.focus({preventScroll: true});
  quote.scrollIntoView({block: 'nearest', behavior: calm});
}
document.addEventListener('click', event => {
  const link = event.target.closest && event.target.closest('a[href^="#c-"], a[href^="#q-"]');
  if (!link) return;
  event.preventDefault();
  const id = link.getAttribute('href').slice(1);
  if (id[0] === 'q') return back(id);
  if (show(id)) return;
  wanted = id;
  const name = [...link.classList].find(c => c.startsWith('d-'));
  if (name) trigger('open', {document: name.slice(2)});
});
element.addEventListener('change', event => {
  if (event.target.matches('select')) trigger('open', {document: event.target.value});
});
watch('value', () => {
  const id = wanted || (element.querySelector('article') || {dataset: {}}).dataset.first;
  const asked = wanted;
  wanted = null;
  if (asked && show(asked)) return;
  const number = id && element.querySelector('#' + CSS.escape(id));
  if (!number) return pane.scrollTo(0, 0);
  light(id);
  pane.scrollTop += number.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
});
"""


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
        self.send_response(200 if self.path.split("?")[0] == "/" else 503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(WAITING_PAGE.encode())

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
        theme=gr.themes.Base(primary_hue="slate", neutral_hue="slate", font=FONTS, font_mono=["monospace"]), css=STYLE,
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
        warm()
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
