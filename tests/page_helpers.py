"""A hostile document, what a reader sees of markup, and a browser window on the page."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag.records import Answer, Citation, Document, Section, Sentence, Statement

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


CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
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


@contextlib.contextmanager
def served(folder: Path, **more: str) -> Iterator[str]:
    """Address of the real page in a process of its own, with its index and log in the folder, and more settings."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"RAG_PORT": str(port), "RAG_INDEX": str(folder / "index"), "RAG_CORPUS": str(ROOT / "corpus")}
    settings |= more
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
