"""What outlasts an answer, in a browser: conversations after a refresh, edited questions, exports, what is said of answers."""

import contextlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from page_helpers import (
    ENTER,
    ESCAPE,
    HOSTILE,
    REPORT,
    Scripted,
    Window,
    answer,
    browsing,
    cite_text,
)
from servers import launched

from rag.feedback import read_feedback
from rag.records import Abstention, Answer, Verdict

pytestmark = [browsing, pytest.mark.filterwarnings("ignore")]  # Gradio in this process warns of pandas


def given(question: str, text: str = "first") -> Answer:
    return replace(answer(cite_text(REPORT, text)), question=question, standalone=question)


FIRST, SECOND = given("When?"), given("And <b>then</b>?", "paragraph")


@contextlib.contextmanager
def windows_on(assistant: Scripted, folder: Path) -> Iterator[Callable[[], Window]]:
    """Opens browsers that know nothing of each other."""
    opened: list[Window] = []
    with launched(assistant, folder / "kept") as url, contextlib.ExitStack() as stack:

        def open_one() -> Window:
            opened.append(Window(url, folder / f"profile{len(opened)}"))
            stack.callback(opened[-1].driver.quit)
            return opened[-1]

        yield open_one


def open_menu(window: Window, name: str) -> None:
    window.all(f"#{name} summary")[0].send_keys(ENTER)
    window.wait(lambda: window.all(f"#{name}[open] .choices > *"))


def refresh(window: Window) -> None:
    window.driver.refresh()
    window.wait(lambda: window.all("#viewer article"))


def test_a_conversation_is_there_after_a_refresh_and_for_its_browser_alone(tmp_path: Path) -> None:
    with windows_on(Scripted(FIRST, SECOND, FIRST), tmp_path) as open_one:
        window = open_one()
        window.ask("When?")
        window.ask("And <b>then</b>?")
        window.wait(lambda: len(window.all("#chat .thumbs")) == 2)
        refresh(window)
        window.wait(lambda: len(window.all("#chat .card")) == 2)
        assert window.texts("#chat .question") == ["When?", "And <b>then</b>?"]
        window.all('#chat a.cite[href="#c-1-1"]')[0].click()
        window.wait(lambda: window.texts("mark.hit") == ["first"])

        window.all("#new")[0].click()
        window.wait(lambda: not window.all("#chat .card"))
        refresh(window)
        assert not window.all("#chat .card")
        window.ask("When?")
        open_menu(window, "kept")
        window.wait(lambda: len(window.all("#kept li")) == 2)
        assert window.texts("#kept .open") == ["When?", "When?"]
        window.all("#kept .open")[1].click()
        window.wait(lambda: len(window.all("#chat .card")) == 2)
        assert window.texts("#kept .open[aria-current]") == ["When?"]

        other = open_one()
        open_menu(other, "kept")
        other.wait(lambda: other.texts("#kept .choices") == ["No conversation is kept yet."])
        conversation = window.driver.execute_script("return sessionStorage.conversation")
        other.driver.execute_script("sessionStorage.setItem('conversation', arguments[0])", conversation)
        refresh(other)
        assert not other.all("#chat .card")
        assert "owner" not in other.driver.execute_script("return document.cookie")


def test_conversations_are_renamed_and_deleted(tmp_path: Path) -> None:
    with windows_on(Scripted(FIRST), tmp_path) as open_one:
        window = open_one()
        window.ask("When?")
        window.wait(lambda: window.all("#chat .thumbs"))
        open_menu(window, "kept")
        window.wait(lambda: window.all("[data-rename]"))
        window.all("[data-rename]")[0].click()
        window.driver.switch_to.alert.send_keys(HOSTILE)
        window.driver.switch_to.alert.accept()
        window.wait(lambda: window.texts("#kept .open") == [HOSTILE])

        window.all("[data-delete]")[0].click()
        window.driver.switch_to.alert.dismiss()
        assert window.all("#kept li")
        window.all("[data-delete]")[0].click()
        window.driver.switch_to.alert.accept()
        window.wait(lambda: not window.all("#kept li"))
        assert window.texts("#kept .said") == ["Deleted."]
        assert not window.all("#chat .card")
        window.press(ESCAPE)
        assert not window.all("#kept[open]")
        assert window.focused.tag_name == "summary"


def test_an_edited_question_takes_the_place_of_its_turn_and_of_those_behind_it(tmp_path: Path) -> None:
    with windows_on(Scripted(FIRST, SECOND, given("Why?")), tmp_path) as open_one:
        window = open_one()
        window.ask("When?")
        window.ask("And then?")
        window.all("#chat [data-edit]")[0].send_keys(ENTER)
        assert window.focused.get_attribute("value") == "When?"
        assert "Editing question 1" in window.texts(".editing:not([hidden])")[0]
        window.press(SELECT_ALL, "Why?", ENTER)
        window.wait(lambda: window.texts("#chat .question") == ["Why?"] and window.all("#chat .thumbs"))
        assert window.all(".editing[hidden]")
        assert window.all("#question textarea")[0].get_attribute("value") == ""
        refresh(window)
        window.wait(lambda: window.texts("#chat .question") == ["Why?"])

        window.all("#chat [data-edit]")[0].click()
        window.press(ESCAPE)
        assert window.all(".editing[hidden]")


def test_a_verdict_that_comes_late_is_kept_in_its_place(tmp_path: Path) -> None:
    verdict = threading.Event()
    assistant = Scripted([FIRST, verdict, replace(FIRST, verdict=Verdict("qwen", "confirmed", 1.0))], SECOND)
    assistant.judge = "qwen"
    with windows_on(assistant, tmp_path) as open_one:
        window = open_one()
        window.ask("When?")
        window.ask("And <b>then</b>?")
        verdict.set()
        window.wait(lambda: window.all("#chat .ruling"))
        window.wait(lambda: len(window.all("#chat .thumbs")) == 2)
        refresh(window)
        window.wait(lambda: len(window.all("#chat .card")) == 2)
        assert "confirmed by qwen" in window.texts("#chat .ruling")[0]


def test_questions_to_go_on_with_are_asked_with_one_click(tmp_path: Path) -> None:
    silent = Abstention("Who?", "Who?", "Nothing.", (), (), ())
    assistant = Scripted(silent, FIRST)
    assistant.suggested = (HOSTILE, "When?")
    with windows_on(assistant, tmp_path) as open_one:
        window = open_one()
        window.ask("Who?")
        window.wait(lambda: window.texts("#chat .abstention [data-ask]") == [HOSTILE, "When?"])
        window.all("#chat [data-ask]")[1].send_keys(ENTER)
        window.wait(lambda: window.texts("#chat .question") == ["Who?", "When?"] and window.all("#chat .answer"))
        window.wait(lambda: len(window.all("#chat [data-ask]")) == 4)
        refresh(window)
        window.wait(lambda: window.texts("#chat .turn:last-child [data-ask]") == [HOSTILE, "When?"])


def test_what_comes_after_an_answer_leaves_it_in_place(tmp_path: Path) -> None:
    from selenium.webdriver import ActionChains

    later = threading.Event()
    assistant = Scripted([FIRST, later, FIRST])
    assistant.suggested = ("When?",)
    with windows_on(assistant, tmp_path) as open_one:
        window = open_one()
        window.ask("Who?")
        link = window.all("#chat a.cite")[0]
        window.wait(lambda: window.all("#viewer mark"))
        mark = window.all("#viewer mark")[0]
        ActionChains(window.driver).move_to_element(link).perform()
        window.wait(lambda: window.all("#tip:not([hidden])"))
        later.set()
        window.wait(lambda: window.all("#chat .thumbs") and window.texts("#chat [data-ask]") == ["When?"])
        assert link.get_attribute("aria-describedby") == "tip"
        assert window.all("#tip:not([hidden])")
        assert mark.is_displayed()


SELECT_ALL = "\ue009a\ue000"
INSIDE = """
return ['summary', '.panel'].every(part => {
  const box = document.querySelector('#' + arguments[0] + ' ' + part).getBoundingClientRect();
  return box.left >= 0 && box.right <= document.documentElement.clientWidth && box.width > 40;
});
"""
ENDINGS = {"markdown": "md", "html": "html", "docx": "docx", "json": "json"}


def test_a_conversation_is_exported_and_its_json_is_opened_again(tmp_path: Path) -> None:
    with windows_on(Scripted(FIRST, SECOND), tmp_path) as open_one:
        window = open_one()
        folder = tmp_path / "saved"
        behaviour = {"behavior": "allow", "downloadPath": str(folder)}
        window.driver.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
        window.ask("When?")
        open_menu(window, "take")
        for form, ending in ENDINGS.items():
            window.all(f"[data-take={form}]")[0].click()
            window.wait(lambda ending=ending: list(folder.glob(f"*.{ending}")))  # type: ignore[misc]
        files = {ending: next(folder.glob(f"*.{ending}")) for ending in ENDINGS.values()}
        assert all("“first”" in files[one].read_text("utf-8") for one in ("md", "html"))
        assert "“first”" in zipfile.ZipFile(files["docx"]).read("word/document.xml").decode()
        assert window.hosts() == {"127.0.0.1"}

        window.all("#new")[0].click()
        window.wait(lambda: not window.all("#chat .card"))
        open_menu(window, "take")
        window.all("[data-bring]")[0].send_keys(str(files["json"]))
        window.wait(lambda: window.texts("#chat .quote") == ["first"])
        assert "were opened: 1" in window.texts("#take .said")[0]

        forged = folder / "forged.json"
        forged.write_text(files["json"].read_text("utf-8").replace('"first"', '"worst"'), "utf-8")
        window.all("[data-bring]")[0].send_keys(str(forged))
        window.wait(lambda: "Turn 1 was left out" in window.texts("#take .said")[0])
        assert window.texts("#chat .quote") == ["first"]


def test_an_answer_is_rated_with_reasons_and_the_rating_is_taken_back(tmp_path: Path) -> None:
    with windows_on(Scripted(FIRST), tmp_path) as open_one:
        window = open_one()
        window.ask("When?")
        window.wait(lambda: window.all("[data-thumb=down]"))
        window.all("[data-thumb=down]")[0].send_keys(ENTER)
        window.wait(lambda: window.all(".thumbs fieldset"))
        assert window.focused.get_attribute("data-thumb") == "down"
        window.all(".thumbs [value=misquoted]")[0].click()
        window.all(".thumbs [type=text]")[0].send_keys(HOSTILE)
        window.all("[data-reasons]")[0].send_keys(ENTER)
        window.wait(lambda: [one.comment for one in read_feedback(tmp_path / "kept")] == [HOSTILE])
        (said,) = read_feedback(tmp_path / "kept")
        assert (said.thumb, said.reasons, said.line["question"]) == ("down", ("misquoted",), "When?")
        assert window.texts(".thanks") == ["Thank you, noted."]

        refresh(window)
        window.wait(lambda: window.texts(".thanks") == ["Thank you, noted."])
        assert window.all(".thumbs [value=misquoted]")[0].is_selected()
        assert window.all(".thumbs [type=text]")[0].get_attribute("value") == HOSTILE
        window.all("[data-thumb=withdrawn]")[0].click()
        window.wait(lambda: window.texts(".thanks") == ["Taken back."])
        assert read_feedback(tmp_path / "kept") == ()


def test_axe_finds_nothing_serious_in_the_menus_and_forms(tmp_path: Path) -> None:
    with windows_on(Scripted(FIRST), tmp_path) as open_one:
        window = open_one()
        window.ask("When?")
        window.wait(lambda: window.all("[data-thumb=down]"))
        window.all("[data-thumb=down]")[0].click()
        window.wait(lambda: window.all(".thumbs fieldset"))
        window.all("#chat [data-edit]")[0].click()
        for scheme, language, width in (("light", "en", 1400), ("dark", "es", 360)):
            window.prefer(scheme)
            window.size(width, 800)
            window.choose("[data-language]", language)
            ask = {"en": "Ask", "es": "Preguntar"}[language]
            window.wait(lambda ask=ask: window.all("#send")[0].text == ask)  # type: ignore[misc]
            for menu in ("kept", "take"):
                open_menu(window, menu)
                window.wait(lambda menu=menu: window.all(f"#{menu} .choices button"))  # type: ignore[misc]
                assert window.violations() == []
                assert window.driver.execute_script(INSIDE, menu)
                window.driver.save_screenshot(str(tmp_path / f"{language}-{menu}.png"))
            assert window.driver.execute_script("return document.documentElement.scrollWidth") <= width
            assert {"en": "Editing", "es": "Edita"}[language] in window.texts(".editing")[0]
            window.press(ESCAPE)
