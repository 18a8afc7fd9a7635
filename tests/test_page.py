"""The page: what is marked is what was quoted, and nothing in a document or a question is ever markup."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

import app
from app import (
    Failure,
    Handlers,
    Outcome,
    Span,
    Warm,
    answer_html,
    document_html,
    entities,
    messages,
    spans_of,
    viewer_html,
)
from rag.errors import CorpusError, QuestionInvalid, SettingsInvalid
from rag.records import Abstention, Answer, Citation, Document, Section, Sentence, Statement

ROOT = Path(app.__file__).parent
gradio_warns = pytest.mark.filterwarnings("ignore")  # of pandas, and of the sockets that it leaves to the collector
HOSTILE = "<script>alert('x')</script> & *bold* _em_ `code` $x^2$ ${alert(1)} {{value}} [x](http://evil.example) US$5"


def make_document(*paragraphs: tuple[str, str], key: str = "d1") -> Document:
    """A document of one-sentence paragraphs given as (kind, text)."""
    sentences, sections, text = [], [], ""
    for number, (kind, content) in enumerate(paragraphs):
        start = len(text)
        text += content
        sentences.append(Sentence(start, len(text), number, kind))  # type: ignore[arg-type]
        if kind == "heading":
            sections.append(Section((content,), start, len(text)))
        text += "\n\n" if number < len(paragraphs) - 1 else "\n"
    return Document(
        key, f"Title {key}", "Publisher", "2023", (), "en", f"{key}.txt", text, "0" * 64, "0" * 64,
        tuple(sections), tuple(sentences), (),
    )  # fmt: skip


REPORT = make_document(
    ("title", "The report"),
    ("credits", "By somebody."),
    ("heading", "Part one"),
    ("body", "The first paragraph of the report."),
    ("body", HOSTILE),
    ("caption", "A figure."),
)


def cite(document: Document, start: int, end: int, number: int = 1, speaker: str | None = None) -> Citation:
    section = document.section_at(start)
    return Citation(number, document.id, document.title, section, start, end, document.text[start:end], speaker)


def cite_text(document: Document, text: str, number: int = 1, speaker: str | None = None) -> Citation:
    start = document.text.index(text)
    return cite(document, start, start + len(text), number, speaker)


def answer(*citations: Citation) -> Answer:
    statements = tuple(Statement(citation.quote, (citation.number,)) for citation in citations)
    return Answer("Question?", "Question?", statements, citations, ())


class Shown(HTMLParser):
    """What a reader sees: all text, the text of each class, and the tags that were used."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text, self.by_class, self.tags, self.ids = "", dict[str, str](), list[str](), list[str]()
        self._open: list[list[str]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [name for key, name in attrs if key == "id" and name]
        self._open.append((values.get("class") or "").split())

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for name in {name for names in self._open for name in names}:
            self.by_class[name] = self.by_class.get(name, "") + data


# --- pure functions ----------------------------------------------------------------------------------------------


def test_entities_leave_no_active_character() -> None:
    encoded = entities(HOSTILE + "\n\t\\~|#")

    assert not set("<>*_`$[]{}\"'\n\t\\~|") & set(encoded)
    assert Shown(encoded).text == HOSTILE + "\n\t\\~|#"


def test_entities_replace_what_cannot_be_sent() -> None:
    assert entities("\ud800") == entities("?")


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param([(0, 10)], id="one"),
        pytest.param([(24, 61), (40, 120)], id="overlap, across paragraphs"),
        pytest.param([(30, 60), (35, 40), (30, 60)], id="nested and equal"),
        pytest.param([(0, len(REPORT.text))], id="everything"),
        pytest.param([(24, 32), (32, 40)], id="touching"),
        pytest.param([], id="none"),
    ],
)
def test_marks_hold_exactly_the_span(spans: list[tuple[int, int]]) -> None:
    numbered = [Span(1, number, start, end) for number, (start, end) in enumerate(spans, 1)]

    shown = Shown(document_html(REPORT, numbered))

    assert shown.text == REPORT.text
    for span in numbered:
        assert shown.by_class[span.key] == REPORT.text[span.start : span.end]
        assert shown.ids.count(span.key) == 1


def test_every_short_span_is_marked_exactly() -> None:
    for start in range(len(REPORT.text) - 3):
        shown = Shown(document_html(REPORT, [Span(1, 1, start, start + 3), Span(2, 1, start + 1, start + 2)]))
        assert shown.by_class["c-1-1"] == REPORT.text[start : start + 3]
        assert shown.by_class["c-2-1"] == REPORT.text[start + 1 : start + 2]


def test_a_mark_never_encloses_a_paragraph() -> None:
    markup = document_html(REPORT, [Span(1, 1, 0, len(REPORT.text))])

    for part in markup.split("<mark")[1:]:
        assert "<p" not in part.split("</mark>")[0]


def test_kinds_become_tags_and_classes() -> None:
    shown = Shown(document_html(REPORT, []))

    assert shown.tags == ["article", "h2", "p", "h3", "p", "p", "p"]
    assert shown.by_class["caption"].strip() == "A figure."
    assert shown.by_class["credits"].strip() == "By somebody."


def test_document_text_is_never_markup() -> None:
    hostile = make_document(("title", HOSTILE), ("body", HOSTILE))

    assert set(Shown(document_html(hostile, [])).tags) == {"article", "h2", "p"}


def test_an_answer_shows_quote_number_place_and_speaker() -> None:
    citation = cite_text(REPORT, HOSTILE, 2, speaker="A <b>colonel</b>")

    markup = answer_html(3, answer(citation), {REPORT.id: REPORT})

    shown = Shown(markup)
    assert shown.by_class["quote"] == HOSTILE
    assert shown.by_class["place"] == "Part one"
    assert shown.by_class["speaker"] == "Speaker: A <b>colonel</b>"
    assert f"“{HOSTILE}”" in shown.text
    assert 'href="#c-3-2"' in markup
    assert shown.ids == ["q-3-2"]
    assert set(shown.tags) == {"div", "blockquote", "a", "span", "footer"}


def test_the_title_is_named_when_there_are_several_documents() -> None:
    other = make_document(("body", "Other."), key="d2")

    markup = answer_html(1, answer(cite_text(REPORT, "first")), {REPORT.id: REPORT, other.id: other})

    assert Shown(markup).by_class["place"] == "Title d1 · Part one"


def test_the_prose_of_a_model_links_its_quotations() -> None:
    citation = cite_text(REPORT, "first paragraph")
    prose = Answer("Q?", "Q?", (Statement("It is *first*.", (1,)),), (citation,), (), mode="model", model="m")

    shown = Shown(answer_html(1, prose, {REPORT.id: REPORT}))

    assert shown.by_class["statement"] == "It is *first*. [1]"
    assert shown.by_class["quote"] == "first paragraph"


def test_an_abstention_says_so_and_labels_its_passages() -> None:
    nearest = cite_text(REPORT, "first paragraph")
    abstention = Abstention("Q?", "Q?", "Nothing on <Canada>.", ("Canada", "<b>"), (nearest,), ())

    shown = Shown(answer_html(1, abstention, {REPORT.id: REPORT}))

    assert shown.by_class["verdict"] == "The report does not say."
    assert "Nothing on <Canada>." in shown.text
    assert "Not covered: Canada, <b>" in shown.text
    assert shown.by_class["nearest"] == "Nearest passages not an answer"
    assert shown.by_class["quote"] == "first paragraph"


def test_an_abstention_without_passages_promises_none() -> None:
    abstention = Abstention("Q?", "Q?", "Nothing.", (), (), ())

    assert "Nearest" not in answer_html(1, abstention, {})


def test_ids_are_unique_in_a_conversation() -> None:
    turns = [answer(cite(REPORT, 24, 40), cite(REPORT, 30, 50, 2)), answer(cite(REPORT, 24, 40))]

    shown = Shown(document_html(REPORT, spans_of(turns, REPORT.id)))
    said = Shown("".join(message["content"] for message in messages(turns, {REPORT.id: REPORT})))

    assert sorted(shown.ids) == ["c-1-1", "c-1-2", "c-2-1"]
    assert sorted(said.ids) == ["q-1-1", "q-1-2", "q-2-1"]


def test_a_question_is_text() -> None:
    asked = messages([Failure(HOSTILE, HOSTILE)], {})

    assert [Shown(message["content"]).text for message in asked] == [HOSTILE, HOSTILE]
    assert [message["role"] for message in asked] == ["user", "assistant"]


def test_the_viewer_opens_the_wanted_document() -> None:
    other = make_document(("body", "Other."), key="d2")
    documents = {REPORT.id: REPORT, other.id: other}

    assert "Other." in Shown(viewer_html(documents, [], "d2")).text
    assert "replaced" not in viewer_html(documents, [], "d2")
    assert "<select" not in viewer_html({REPORT.id: REPORT}, [])


def test_the_viewer_says_when_a_document_is_gone() -> None:
    assert "has been replaced" in viewer_html({REPORT.id: REPORT}, [], "gone")


# --- handlers ----------------------------------------------------------------------------------------------------


class Scripted:
    """An assistant that answers from a queue and records what it was asked."""

    def __init__(self, *outcomes: Answer | Abstention | Exception, documents: Sequence[Document] = (REPORT,)) -> None:
        self.documents = {document.id: document for document in documents}
        self.starters = ("First?", "Second?")
        self.asked: list[tuple[str, list[Outcome]]] = []
        self._outcomes = list(outcomes)

    def ask(self, question: str, history: Sequence[Outcome] = ()) -> Answer | Abstention:
        self.asked.append((question, list(history)))
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def handlers_of(*outcomes: Answer | Abstention | Exception) -> tuple[Handlers, Scripted]:
    scripted = Scripted(*outcomes)
    return Handlers(Warm(lambda: scripted)), scripted  # type: ignore[arg-type,return-value]


def test_a_question_waits_visibly_until_ready() -> None:
    given = answer(cite_text(REPORT, "first"))
    handlers, _ = handlers_of(given, given)

    first, last = handlers.asked("When?", [])
    again = next(handlers.asked("When?", [given]))

    assert "Getting ready" in Shown(first[2][-1]["content"]).text
    assert last[1] == [given]
    assert "Searching" in Shown(again[2][-1]["content"]).text


def test_history_is_the_conversation_without_failures() -> None:
    given = answer(cite_text(REPORT, "first"))
    handlers, scripted = handlers_of(given)

    list(handlers.asked("And then?", [given, Failure("x", "y")]))

    assert scripted.asked == [("And then?", [given])]


def test_a_failed_question_returns_to_the_box() -> None:
    handlers, _ = handlers_of(QuestionInvalid("The question is too long."))

    *_, last = handlers.asked("long", [])

    assert last[0] == "long"
    assert last[1] == [Failure("long", "The question is too long.")]


def test_a_blank_question_is_not_asked() -> None:
    handlers, scripted = handlers_of()

    assert len(list(handlers.asked("  \n", []))) == 1
    assert scripted.asked == []


def test_a_failed_opening_is_said_and_tried_again() -> None:
    openings: list[Exception | Scripted] = [CorpusError("no <corpus>"), Scripted()]

    def opening() -> Scripted:
        opened = openings.pop(0)
        if isinstance(opened, Exception):
            raise opened
        return opened

    handlers = Handlers(Warm(opening))  # type: ignore[arg-type]

    assert Shown(str(handlers.opened())).text == "Not ready. no <corpus>"
    assert "Not ready" not in str(handlers.opened())


def test_the_assistant_is_opened_once() -> None:
    opened = []

    def opening() -> Scripted:
        time.sleep(0.05)
        opened.append(1)
        return Scripted()

    warm = Warm(opening)  # type: ignore[arg-type]
    threads = [threading.Thread(target=warm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == [1]


@gradio_warns
def test_building_the_page_opens_nothing() -> None:
    def opening() -> Scripted:
        raise AssertionError

    assert app.build(Warm(opening)).title == app.TITLE  # type: ignore[arg-type]


# --- start-up ----------------------------------------------------------------------------------------------------


def test_a_taken_port_is_named() -> None:
    with app.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsInvalid, match=f"port {port} of 127.0.0.1 is taken; set RAG_PORT"):
            app.listen("127.0.0.1", port)


def test_the_waiting_page_hands_its_socket_on() -> None:
    with app.listen("127.0.0.1", 0) as listener:
        finish = app.waiting_page(listener)
        with urlopen(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=10) as response:
            assert app.READYING in response.read().decode()
        finish()
        with socket.create_connection(listener.getsockname(), timeout=10):
            listener.accept()[0].close()


@pytest.mark.parametrize(("port", "said"), [("many", "RAG_PORT is 'many'"), ("0", "RAG_PORT is '0'")])
def test_a_wrong_setting_is_one_line(port: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ | {"RAG_PORT": port}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_nothing_heavy_is_imported_before_the_port_is_bound() -> None:
    code = "import sys, app; print({'gradio', 'torch', 'chromadb', 'langchain_core'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == "set()\n"


# --- in a browser ------------------------------------------------------------------------------------------------

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
browsing = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is not installed")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1400,900",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
PATIENCE = 120
VISIBLE = """
const mark = arguments[0].getBoundingClientRect(), pane = document.querySelector('#viewer').getBoundingClientRect();
return mark.top >= pane.top && mark.top < Math.min(pane.bottom, innerHeight);
"""


class Window:
    """A browser window on the page."""

    def __init__(self, url: str, profile: Path) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        try:
            self.driver.get(url)
            self.wait(lambda: self.all("#viewer article"))
        except BaseException:
            self.driver.quit()
            raise

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)"
        return list(self.driver.execute_script(script, selector))

    def wait(self, condition: Callable[[], object]) -> None:
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.wait import WebDriverWait

        patience = WebDriverWait(self.driver, PATIENCE, ignored_exceptions=[StaleElementReferenceException])
        patience.until(lambda _: condition())

    def ask(self, question: str) -> None:
        before = len(self.all("#chat .card"))
        self.all("#question textarea")[0].send_keys(question, "\ue007")
        self.wait(lambda: len(self.all("#chat .card")) > before)

    def hosts(self) -> set[str | None]:
        """Every host that the page has asked anything of."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        asked = [
            e["params"] for e in entries if e["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]
        urls = [urlsplit(params.get("url") or params["request"]["url"]) for params in asked]
        return {url.hostname for url in urls if url.scheme not in ("data", "blob", "chrome", "chrome-untrusted")}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real page in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("served")
    settings = {"RAG_PORT": str(port), "RAG_INDEX": str(folder / "index"), "RAG_CORPUS": str(ROOT / "corpus")}
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


@pytest.fixture
def open_window(address: str, tmp_path: Path) -> Iterator[Callable[[], Window]]:
    windows: list[Window] = []

    def open_one() -> Window:
        windows.append(Window(address, tmp_path / f"profile{len(windows)}"))
        return windows[-1]

    yield open_one
    for window in windows:
        window.driver.quit()


@browsing
@gradio_warns
def test_hostile_text_is_shown_as_it_is_and_its_document_opens(tmp_path: Path) -> None:
    other = make_document(("title", HOSTILE), ("body", f"Other {HOSTILE}"), key="d2")
    given = answer(cite_text(REPORT, HOSTILE), cite_text(other, f"Other {HOSTILE}", 2, speaker=HOSTILE))
    given = replace(given, question=HOSTILE)
    page = app.build(Warm(lambda: Scripted(given, documents=(REPORT, other))))  # type: ignore[arg-type,return-value]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_port=port, share=False, css=app.STYLE)
    try:
        window = Window(url, tmp_path)
        try:
            window.ask(HOSTILE)
            assert window.texts("#chat .question") == [HOSTILE]
            assert window.texts("#chat .quote") == [HOSTILE, f"Other {HOSTILE}"]
            assert window.texts("#chat .speaker") == [f"Speaker: {HOSTILE}"]
            assert window.texts("#viewer article") == [REPORT.text]
            window.all('#chat a.cite[href="#c-1-2"]')[0].click()
            window.wait(lambda: window.all("mark.hit.c-1-2"))
            assert window.texts("#viewer article") == [other.text]
            assert window.texts("mark.hit") == [f"Other {HOSTILE}"]
            assert window.driver.title == app.TITLE
        finally:
            window.driver.quit()
    finally:
        page.close()


@browsing
def test_a_clicked_number_shows_the_quotation_in_the_document(open_window: Callable[[], Window]) -> None:
    window = open_window()

    window.ask("When did police and soldiers take control of Tocorón prison?")
    assert window.all("#chat .card.answer"), window.texts("#chat .card")
    for link in window.all("#chat a.cite"):
        key = link.get_attribute("href").partition("#")[2]
        link.click()
        window.wait(lambda key=key: window.all(f"mark.hit.{key}"))  # type: ignore[misc]
        window.wait(lambda key=key: window.driver.execute_script(VISIBLE, window.all(f"mark.{key}")[0]))  # type: ignore[misc]
        assert "".join(window.texts("mark.hit")) == window.texts(f"#{key.replace('c', 'q', 1)} .quote")[0]

    assert window.hosts() == {"127.0.0.1"}


@browsing
def test_an_earlier_answer_still_opens_by_keyboard(open_window: Callable[[], Window]) -> None:
    window = open_window()

    window.ask("When did police and soldiers take control of Tocorón prison?")
    window.ask("How much does Tren de Aragua charge per day for housing in La Parada?")
    window.all('#chat a.cite[href="#c-1-1"]')[0].send_keys("\ue007")
    window.wait(lambda: window.all("mark.hit.c-1-1"))

    assert "".join(window.texts("mark.hit")) == window.texts("#q-1-1 .quote")[0]
    assert window.driver.switch_to.active_element.get_attribute("id") == "c-1-1"


@browsing
def test_an_unanswerable_question_gets_the_abstention_card(open_window: Callable[[], Window]) -> None:
    window = open_window()

    window.ask("How many members does Tren de Aragua have in Canada?")

    assert window.texts("#chat .abstention .verdict") == ["The report does not say."]
    assert not window.all("#chat .card.answer")


@browsing
def test_windows_do_not_see_each_other_and_questions_are_text(open_window: Callable[[], Window]) -> None:
    one, other = open_window(), open_window()

    one.ask("Who is <script>document.title='owned'</script> *Niño* Guerrero?")
    other.ask("What happened in Chile?")

    assert one.texts("#chat .question") == ["Who is <script>document.title='owned'</script> *Niño* Guerrero?"]
    assert one.driver.title == app.TITLE
    assert other.texts("#chat .question") == ["What happened in Chile?"]
    assert one.hosts() == other.hosts() == {"127.0.0.1"}


@browsing
def test_a_new_conversation_is_empty(open_window: Callable[[], Window]) -> None:
    window = open_window()

    window.ask("What happened in Chile?")
    window.all("#new")[0].click()
    window.wait(lambda: not window.all("#chat .card") and window.all("#starters button"))

    assert not window.all("#viewer mark")
