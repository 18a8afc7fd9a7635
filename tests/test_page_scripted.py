"""The page in a browser with outcomes made for the purpose: hostile text, several documents, slow judges and writers."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from page_helpers import (
    ENTER,
    HOSTILE,
    REPORT,
    Scripted,
    Window,
    answer,
    browsing,
    cite,
    cite_text,
    make_document,
)
from servers import launched

from rag.page.layout import TITLE
from rag.records import Statement, Verdict

pytestmark = [browsing, pytest.mark.filterwarnings("ignore")]  # Gradio in this process warns of pandas
OTHER = make_document(("title", HOSTILE), ("body", f"Other {HOSTILE}"), key="d2")
VERDICT = Verdict("qwen", "confirmed", 1.0)


@contextlib.contextmanager
def window_on(assistant: Scripted, profile: Path) -> Iterator[Window]:
    with launched(assistant) as url:
        window = Window(url, profile)
        try:
            yield window
        finally:
            window.driver.quit()


def test_hostile_text_is_shown_as_it_is_and_its_document_opens(tmp_path: Path) -> None:
    given = answer(cite_text(REPORT, HOSTILE), cite_text(OTHER, f"Other {HOSTILE}", 2, speaker=HOSTILE))
    given = replace(given, question=HOSTILE)
    with window_on(Scripted(given, documents=(REPORT, OTHER)), tmp_path) as window:
        window.ask(HOSTILE)
        assert window.texts("#chat .question") == [HOSTILE]
        assert window.texts("#chat .quote") == [HOSTILE, f"Other {HOSTILE}"]
        assert window.texts("#chat .speaker") == [f"Speaker: {HOSTILE}"]
        assert window.texts("#viewer article") == [REPORT.text]
        assert window.texts("#viewer option") == ["Title d1 (1 cited)", "Title d2 (1 cited)"]

        window.all('#chat a.cite[href="#c-1-2"]')[0].click()
        window.wait(lambda: window.all("mark.hit.c-1-2"))
        assert window.texts("#viewer article") == [OTHER.text]
        assert window.texts("mark.hit") == [f"Other {HOSTILE}"]
        assert window.focused.get_attribute("id") == "c-1-2"

        window.choose("[data-documents]", "d1")
        window.wait(lambda: window.texts("#viewer article") == [REPORT.text])
        assert window.driver.title == TITLE


def test_the_highlight_is_the_span_also_across_paragraphs(tmp_path: Path) -> None:
    start = REPORT.text.index("of the report.")
    end = REPORT.text.index("bold") + 2
    given = answer(cite(REPORT, start, end))
    with window_on(Scripted(given), tmp_path) as window:
        window.ask("What?")
        window.all("#chat a.cite")[0].click()
        window.wait(lambda: window.all("mark.hit"))

        assert len(window.all("mark.hit")) >= 2
        assert "".join(window.texts("mark.hit")) == REPORT.text[start:end]
        assert window.texts("#chat .quote") == [REPORT.text[start:end]]


def test_another_question_is_asked_and_answered_while_a_verdict_is_awaited(tmp_path: Path) -> None:
    verdict = threading.Event()
    first, second = answer(cite_text(REPORT, "first")), answer(cite_text(REPORT, "paragraph"))
    assistant = Scripted([first, verdict, replace(first, verdict=VERDICT)], replace(second, verdict=VERDICT))
    assistant.judge = "qwen"
    with window_on(assistant, tmp_path) as window:
        window.ask("When?")
        assert "Checking" in window.texts("#chat .pending")[0]
        window.all("#question textarea")[0].send_keys("And then", "?")
        window.press(ENTER)
        window.wait(lambda: len(window.all("#chat .card")) == 2)
        assert window.texts("#chat .quote") == ["first", "paragraph"]
        assert len(window.all("#chat .pending")) == 1
        window.all("#question textarea")[0].send_keys("typed meanwhile")

        verdict.set()
        window.wait(lambda: not window.all("#chat .pending"))
        assert window.texts("#chat .quote") == ["first", "paragraph"]
        assert len(window.all("#chat .ruling")) == 2
        assert window.all("#question textarea")[0].get_attribute("value") == "typed meanwhile"


def test_what_is_focused_and_opened_stays_when_the_verdict_comes(tmp_path: Path) -> None:
    verdict = threading.Event()
    given = answer(cite_text(REPORT, "first"))
    assistant = Scripted([given, verdict, replace(given, verdict=VERDICT)])
    assistant.judge = "qwen"
    with window_on(assistant, tmp_path) as window:
        window.ask("When?")
        window.driver.execute_script("document.querySelector('#q-1-1 .copy').focus()")

        verdict.set()
        window.wait(lambda: window.all("#chat .ruling"))
        assert window.focused.get_attribute("data-form") == "plain"


def test_verified_statements_appear_one_by_one(tmp_path: Path) -> None:
    more, end = threading.Event(), threading.Event()
    given = answer(cite_text(REPORT, "first paragraph"))
    statements = (Statement(f"{HOSTILE} one.", (1,)), Statement("Two.", (1,)))
    written = replace(given, mode="model", model="gpt", statements=statements)
    assistant = Scripted([given, statements[0], more, statements[1], end, written])
    assistant.writer = "gpt"
    with window_on(assistant, tmp_path) as window:
        window.ask("When?")
        window.wait(lambda: window.texts("#chat .draft .statement") == [f"{HOSTILE} one."])
        assert window.texts("#chat .quote") == ["first paragraph"]
        assert "so far 1 passed" in window.texts("#chat .pending")[0]
        more.set()
        window.wait(lambda: window.texts("#chat .draft .statement") == [f"{HOSTILE} one.", "Two."])
        end.set()
        window.wait(lambda: not window.all("#chat .pending"))
        assert window.texts("#chat .statement") == [f"{HOSTILE} one. [1]", "Two. [1]"]

        window.all("#chat .statement a.cite")[1].click()
        window.wait(lambda: window.all("mark.hit.c-1-1"))
        assert "".join(window.texts("mark.hit")) == "first paragraph"


def test_hovering_a_number_in_prose_tells_its_quotation(tmp_path: Path) -> None:
    from selenium.webdriver import ActionChains

    given = answer(cite_text(REPORT, "first paragraph", speaker="A colonel"))
    written = replace(given, mode="model", model="gpt", statements=(Statement("It is first.", (1,)),))
    with window_on(Scripted(written), tmp_path) as window:
        window.ask("When?")
        ActionChains(window.driver).move_to_element(window.all("#chat .statement a.cite")[0]).perform()
        window.wait(lambda: window.all("#tip:not([hidden])"))

        assert window.texts("#tip p") == ["“first paragraph”", "Part one", "Speaker: A colonel"]


def test_an_error_that_nobody_foresaw_is_said_in_its_place(tmp_path: Path) -> None:
    with window_on(Scripted(ZeroDivisionError(), answer(cite_text(REPORT, "first"))), tmp_path) as window:
        window.ask("When?")
        assert "Something went wrong" in window.texts("#chat .failure")[0]
        window.ask("When?")
        assert window.texts("#chat .quote") == ["first"]
