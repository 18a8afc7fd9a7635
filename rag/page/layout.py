"""The page's components and which handler each event goes to."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rag.documents import SUFFIXES
from rag.page.assets import asset
from rag.page.cards import status_html
from rag.page.choosing import Choices
from rag.page.handlers import Handlers, Suggest, Warm, same
from rag.page.keeping import Kept
from rag.page.masthead import foot_html, masthead_html
from rag.page.session import Session
from rag.page.wording import say

if TYPE_CHECKING:
    import gradio as gr

TITLE = say("title", "en")
AT_ONCE = 16
"""Questions that are worked on at once; most of their time they wait for a judge or a chat model."""

_LOG = '<div class="log" role="log" tabindex="0"></div><div class="editing" role="status" hidden></div>'
_MENU = '<details class="menu" id="{id}"><summary>{title}</summary><div class="panel"><div class="choices"></div><p class="said"></p></div></details>'
_SHELF = (
    f'<details class="menu" id="documents"><summary>{say("documents", "en")}</summary><div class="panel"><div class="build"></div>'
    '<p class="hint"></p><ul class="files"></ul><label class="bring"><span></span> '
    f'<input type="file" multiple accept="{",".join(SUFFIXES)}"></label><p class="only"></p><ul class="news"></ul></div></details>'
)
_MENUS = _MENU.format(id="kept", title=say("conversations", "en")) + _MENU.format(id="take", title=say("export", "en"))


def build(
    warm: Warm,
    kept: Kept,
    *,
    writes: bool = False,
    suggest: Suggest = lambda outcome, before, documents: (),
    files: bool = False,
) -> "gr.Blocks":
    """The page. Nothing is loaded and no port is opened; each browser window has a session of its own.

    Args:
        warm: Opens the assistant.
        kept: Where conversations and what is said of answers are kept.
        writes: Whether a chat model writes the answers.
        suggest: Finds questions to go on with.
        files: Whether the API beside the page tells of the documents' files.
    """
    import gradio as gr

    handlers = Handlers(warm, kept, writes, suggest)
    choices = Choices(handlers)

    def arrived(session: Session, request: gr.Request) -> list[object]:
        return handlers.arrived(session, request.cookies, request.headers.get("accept-language", ""))

    def asked(question: str, session: Session, instead: int | None = None) -> Iterator[list[object]]:
        """The question at once, then its answer, in one event: a second one would take a tenth of a second to begin."""
        yield [*handlers.asked(question, session, instead), same(), same()]
        for log, viewer, status in handlers.answered(session):
            yield [same(), log, viewer, status]

    def asked_by_script(session: Session, event: gr.EventData) -> Iterator[list[object]]:
        yield from asked(str(event.question), session, event.instead)

    def translated(session: Session, event: gr.EventData) -> list[object]:
        return handlers.translated(session, str(event.language))

    def shown(session: Session, event: gr.EventData) -> object:
        return handlers.shown(session, str(event.document), str(event.key))

    bare: dict[str, Any] = {"apply_default_css": False}
    page = gr.Blocks(title=TITLE, analytics_enabled=False)
    with page:
        session = gr.State(Session())
        masthead = gr.HTML(
            masthead_html("en", writes=writes), js_on_load=asset("masthead.js"), elem_id="masthead", **bare
        )
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=5, min_width=320, elem_id="talk"):
                status = gr.HTML(status_html(say("readying", "en")), js_on_load=None, elem_id="state", **bare)
                log = gr.HTML(html_template=_LOG, js_on_load=asset("log.js"), elem_id="chat", **bare)
                with gr.Row(elem_id="ask"):
                    box = gr.Textbox(
                        placeholder=say("ask here", "en"), label=say("question", "en"), show_label=False, container=False,
                        max_lines=6, autofocus=True, scale=8, elem_id="question",
                    )  # fmt: skip
                    send = gr.Button(say("ask", "en"), variant="primary", scale=1, min_width=70, elem_id="send")
                with gr.Row(elem_id="below"):
                    new = gr.Button(say("new", "en"), size="sm", elem_id="new")
                    shelf = gr.HTML(
                        html_template=_SHELF, js_on_load=asset("shelf.js"), elem_id="shelf", visible=files, **bare
                    )
                    drawer = gr.HTML(html_template=_MENUS, js_on_load=asset("drawer.js"), elem_id="drawer", **bare)
                    foot = gr.HTML(foot_html("en"), js_on_load=None, elem_id="foot", **bare)
            with gr.Column(scale=6, min_width=320):
                viewer = gr.HTML(
                    html_template='<div class="pane" role="region" tabindex="0"></div>', js_on_load=asset("viewer.js"), elem_id="viewer",
                    **bare,
                )  # fmt: skip
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        many: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": AT_ONCE, **quiet}
        labels = [masthead, box, send, new, foot, drawer, shelf]
        loading = page.load(arrived, [session], [*labels, status, log], concurrency_limit=None, **quiet)
        loading.then(handlers.opened, [session], [status, log, viewer], concurrency_limit=None, **quiet)
        answered = [box, log, viewer, status]
        asking = [
            gr.on([box.submit, send.click], asked, [box, session], answered, **many),
            log.ask(asked_by_script, [session], answered, **many),
        ]
        for event in asking:
            event.failure(handlers.failed, [session], [log], **quiet)
        new.click(handlers.begun, [session], [log, viewer], **quiet)
        masthead.language(translated, [session], [*labels, log, viewer], **quiet)
        viewer.open(shown, [session], [viewer], **many)
        log.resume(_heard(choices.resumed), [session], [log, viewer, status], **quiet)
        log.rate(_heard(choices.rated), [session], [log], **many)
        shelf.choose(_heard(choices.documents_chosen), [session], [shelf], **many)
        shelf.renew(choices.renewed, [session], [log, viewer, status, shelf], **quiet)
        drawer.choose(_heard(choices.chosen), [session], [log, viewer, status, drawer], **many)
    page.queue(default_concurrency_limit=4, max_size=64, api_open=False)
    return page


def _heard(act: Callable[[Session, Any], object]) -> Callable[..., object]:
    """A listener that takes what the window sent with the event."""
    import gradio as gr

    def heard(session: Session, event: gr.EventData) -> object:
        return act(session, event.sent)

    return heard
