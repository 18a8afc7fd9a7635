"""A hostile document, what a reader sees of markup, a scripted assistant, and a browser window on the page."""

import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag.conversations import Conversations
from rag.feedback import Feedback
from rag.page.handlers import Warm
from rag.page.keeping import Kept
from rag.records import Abstention, Answer, Citation, Document, Section, Sentence, Statement

ROOT = Path(__file__).parent.parent
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


def told(value: object) -> dict[str, Any]:
    """What a handler sends for the log or the document; nothing where they stay as they are."""
    return json.loads(value) if isinstance(value, str) else {}


class Scripted:
    """An assistant that answers from a queue and records what it was asked; a step of a script may be an event to wait for."""

    def __init__(self, *scripts: object, documents: Sequence[Document] = (REPORT,)) -> None:
        self.documents: Mapping[str, Document] = {document.id: document for document in documents}
        self.starters = ("First?", "Second?")
        self.judge: str | None = None
        self.writer: str | None = None
        self.suggested: tuple[str, ...] = ()
        self.asked: list[tuple[str, list[Answer | Abstention]]] = []
        self.asked_of: list[Collection[str] | None] = []
        self._scripts = list(scripts)

    def stream(
        self,
        question: str,
        history: Sequence[Answer | Abstention] = (),
        *,
        documents: Collection[str] | None = None,
    ) -> Iterator[Statement | Answer | Abstention]:
        self.asked.append((question, list(history)))
        self.asked_of.append(documents)
        script = self._scripts.pop(0)
        for step in script if isinstance(script, list) else [script]:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, threading.Event):
                assert step.wait(PATIENCE)
            else:
                yield step

    def refresh(self) -> bool:
        return False

    def suggest(
        self, outcome: Answer | Abstention, before: Sequence[Answer | Abstention], documents: Collection[str] | None
    ) -> tuple[str, ...]:
        return self.suggested

    @property
    def warm(self) -> Warm:
        return Warm(lambda: self, self)  # type: ignore[arg-type,return-value]


def kept_nowhere() -> Kept:
    """Stores of this test alone; nothing of the conversations is written."""
    return Kept(Conversations(Path(), days=0), Feedback(Path(tempfile.mkdtemp())), 0)


CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
browsing = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is not installed")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1400,900",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
PATIENCE = 120
VISIBLE = """
const mark = arguments[0].getBoundingClientRect(), pane = document.querySelector('#viewer').getBoundingClientRect();
return mark.top >= pane.top && mark.top < Math.min(pane.bottom, innerHeight);
"""
ENTER, TAB, ESCAPE = "\ue007", "\ue004", "\ue00c"


@cache
def axe_source() -> str:
    """Deque's accessibility engine, as its package ships it."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


class Window:
    """A browser window on the page, which can reach no other machine."""

    def __init__(self, url: str, profile: Path, *, language: str = "en-US") -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--accept-lang={language}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        try:
            allowed = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
            self.driver.execute_cdp_cmd("Browser.grantPermissions", allowed)  # type: ignore[no-untyped-call]
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

        patience = WebDriverWait(
            self.driver, PATIENCE, poll_frequency=0.1, ignored_exceptions=[StaleElementReferenceException]
        )
        patience.until(lambda _: condition())

    def ask(self, question: str) -> None:
        before = len(self.all("#chat .card"))
        self.all("#question textarea")[0].send_keys(question, ENTER)
        self.wait(lambda: len(self.all("#chat .card")) > before)

    def press(self, *keys: str) -> None:
        """Keys for whatever has the focus."""
        self.focused.send_keys("".join(keys))

    @property
    def focused(self) -> Any:
        return self.driver.switch_to.active_element

    @property
    def clipboard(self) -> str:
        return str(self.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))

    def size(self, width: int, height: int) -> None:
        """Of what is shown, below what a desktop's window can have too."""
        values = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", values)  # type: ignore[no-untyped-call]

    def prefer(self, scheme: str) -> None:
        """The system's colours."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})  # type: ignore[no-untyped-call]

    def choose(self, selector: str, value: str) -> None:
        from selenium.webdriver.support.select import Select

        Select(self.all(selector)[0]).select_by_value(value)

    def violations(self) -> list[str]:
        """What axe finds serious or critical, with the elements."""
        self.driver.execute_script(axe_source())
        found = self.driver.execute_async_script(
            "axe.run(document, {rules: {'target-size': {enabled: true}}}).then(r => arguments[0](r.violations))"
        )
        return [
            f"{one['id']} ({one['impact']}): {node['html'][:200]} {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def hosts(self) -> set[str | None]:
        """Every host that the page has asked anything of."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]  # type: ignore[no-untyped-call]
        asked = [
            e["params"] for e in entries if e["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]
        urls = [urlsplit(params.get("url") or params["request"]["url"]) for params in asked]
        return {url.hostname for url in urls if url.scheme not in ("data", "blob", "chrome", "chrome-untrusted")}
