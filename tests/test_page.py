"""The page: its handlers, its start, and the whole of it in a browser."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest
from page_helpers import (
    CHROMIUM,
    DRIVER,
    HOSTILE,
    REPORT,
    ROOT,
    VISIBLE,
    Shown,
    Window,
    answer,
    cite_text,
    make_document,
    served,
)

import app
from app import Handlers, Warm
from rag.errors import CorpusError, QuestionInvalid, SettingsInvalid
from rag.records import Abstention, Answer, Document, Statement, Verdict
from rag.rendering.html import Failure, Outcome, asset

gradio_warns = pytest.mark.filterwarnings("ignore")  # of pandas, and of the sockets that it leaves to the collector
browsing = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is not installed")

# --- handlers ----------------------------------------------------------------------------------------------------


class Scripted:
    """An assistant that answers from a queue and records what it was asked."""

    def __init__(self, *outcomes: Answer | Abstention | Exception, documents: Sequence[Document] = (REPORT,)) -> None:
        self.documents = {document.id: document for document in documents}
        self.starters = ("First?", "Second?")
        self.judge: str | None = None
        self.writer: str | None = None
        self.asked: list[tuple[str, list[Outcome]]] = []
        self._outcomes = list(outcomes)

    def ask(self, question: str, history: Sequence[Outcome] = ()) -> Answer | Abstention:
        self.asked.append((question, list(history)))
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def stream(self, question: str, history: Sequence[Outcome] = ()) -> Iterator[Answer | Abstention]:
        yield self.ask(question, history)
        for _ in filter(None, (self.judge, self.writer)):
            yield self.ask(question, history)


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


def test_quotes_appear_before_the_verdict_on_them() -> None:
    given = answer(cite_text(REPORT, "first"))
    confirmed = replace(given, verdict=Verdict("qwen", "confirmed", 1.0))
    handlers, scripted = handlers_of(given, confirmed)
    scripted.judge = "qwen"

    _, first, last = handlers.asked("When?", [])
    shown = [Shown(message["content"]).text for message in first[2]]
    assert first[1] == [given]
    assert last[1] == [confirmed]
    assert any("confirmed by qwen" in Shown(message["content"]).text for message in last[2])
    assert "second time" in shown[-1]
    assert not any("second time" in Shown(message["content"]).text for message in last[2])


def test_quotes_appear_before_what_a_model_writes() -> None:
    given = answer(cite_text(REPORT, "first"))
    written = replace(given, mode="model", model="gpt", statements=(Statement("It is first.", (1,)),))
    handlers, scripted = handlers_of(given, written)
    scripted.writer = "gpt"

    _, first, last = handlers.asked("When?", [])
    assert first[1] == [given]
    assert "checking every sentence" in Shown(first[2][-1]["content"]).text
    assert last[1] == [written]
    assert last[5]["interactive"] is True
    assert "It is first. [1]" in Shown(last[2][-1]["content"]).text


def test_without_a_verdict_nothing_is_waited_for() -> None:
    given = answer(cite_text(REPORT, "first"))

    class NothingToAsk(Scripted):
        def stream(self, question: str, history: Sequence[Outcome] = ()) -> Iterator[Answer | Abstention]:
            yield given

    scripted = NothingToAsk()
    scripted.judge = "qwen"
    *_, last = Handlers(Warm(lambda: scripted)).asked("When?", [])  # type: ignore[arg-type,return-value]
    assert not any("second time" in Shown(message["content"]).text for message in last[2])
    assert last[5]["interactive"] is True


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


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real page in a process of its own."""
    with served(tmp_path_factory.mktemp("served")) as url:
        yield url


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
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_port=port, share=False, css=asset("page.css"))
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


@browsing
def test_the_real_judge_confirms_after_the_quotation_is_there(tmp_path: Path) -> None:
    with served(tmp_path, RAG_JUDGE="local", RAG_JUDGE_SECONDS="60") as address:
        window = Window(address, tmp_path / "profile")
        try:
            window.ask("When did police and soldiers take control of Tocorón prison?")
            assert any("September 20, 2023" in quote for quote in window.texts("#chat .quote"))
            window.wait(lambda: window.all("#chat .ruling"))
            assert "confirmed by qwen" in window.texts("#chat .ruling")[0]
            assert any("September 20, 2023" in quote for quote in window.texts("#chat .quote"))
        finally:
            window.driver.quit()
