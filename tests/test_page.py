"""The real page in a browser: ask, look, check, copy, by mouse and by keyboard."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_helpers import ENTER, ESCAPE, TAB, VISIBLE, Window, browsing
from servers import served

from rag.page.layout import TITLE

PRISON = "When did police and soldiers take control of Tocorón prison?"
LEADER = "Who is Niño Guerrero?"
CANADA = "How many members does Tren de Aragua have in Canada?"
pytestmark = browsing


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real page in a process of its own."""
    with served(tmp_path_factory.mktemp("served")) as url:
        yield url


@pytest.fixture
def open_window(address: str, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    windows: list[Window] = []

    def open_one(**options: str) -> Window:
        windows.append(Window(address, tmp_path / f"profile{len(windows)}", **options))
        return windows[-1]

    yield open_one
    for window in windows:
        window.driver.quit()


@pytest.fixture(scope="module")
def read_window(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window with an answer, an abstention and what explains them, for tests that ask no more."""
    window = Window(address, tmp_path_factory.mktemp("profile"))
    window.ask(LEADER)
    window.ask(CANADA)
    window.driver.execute_script("document.querySelectorAll('#chat details').forEach(e => e.open = true)")
    yield window
    window.driver.quit()


def quote(window: Window, key: str) -> str:
    return window.texts(f"#{key.replace('c', 'q', 1)} .quote")[0]


def test_a_clicked_number_shows_the_quotation_in_the_document(open_window: Callable[..., Window]) -> None:
    window = open_window()

    window.ask(PRISON)
    assert window.all("#chat .card.answer"), window.texts("#chat .card")
    for link in window.all("#chat a.cite"):
        key = link.get_attribute("href").partition("#")[2]
        link.click()
        window.wait(lambda key=key: window.all(f"mark.hit.{key}"))  # type: ignore[misc]
        window.wait(lambda key=key: window.driver.execute_script(VISIBLE, window.all(f"mark.{key}")[0]))  # type: ignore[misc]
        assert "".join(window.texts("mark.hit")) == quote(window, key)

    assert window.hosts() == {"127.0.0.1"}


def test_hovering_and_focusing_a_number_tell_its_quotation_and_place(open_window: Callable[..., Window]) -> None:
    from selenium.webdriver import ActionChains

    window = open_window()
    window.ask(PRISON)
    link = window.all("#chat a.cite")[0]

    ActionChains(window.driver).move_to_element(link).perform()
    window.wait(lambda: window.all("#tip:not([hidden])"))
    assert window.texts("#tip .quote") == [f"“{quote(window, 'c-1-1')}”"]
    assert window.texts("#tip .place") == window.texts("#q-1-1 .place")
    assert link.get_attribute("aria-describedby") == "tip"

    window.press(ESCAPE)
    assert window.all("#tip[hidden]")

    link.click()
    window.wait(lambda: window.focused.get_attribute("id") == "c-1-1")
    window.wait(lambda: window.all("#tip:not([hidden])"))
    assert window.texts("#q-1-1 .place")[0] in window.texts("#tip .place")[0]
    assert window.texts("#q-1-1 .place")[0] in window.focused.get_attribute("aria-label")


def test_by_keyboard_alone_from_the_question_to_the_copied_quotation(open_window: Callable[..., Window]) -> None:
    window = open_window()
    window.wait(lambda: window.focused.tag_name == "textarea")  # the box has the focus when the page opens

    window.press(LEADER, ENTER)
    window.wait(lambda: window.all("#chat .card.answer"))
    window.press(ALT_DOWN)
    window.wait(lambda: window.focused.get_attribute("id") == "c-1-1")
    assert "".join(window.texts("mark.hit")) == quote(window, "c-1-1")
    window.press("j")
    window.wait(lambda: window.focused.get_attribute("id") == "c-1-2")
    assert window.texts(".position") == [f"2 of {len(window.all('#chat blockquote'))}"]
    window.press("k", "k")
    window.wait(lambda: window.focused.get_attribute("href").endswith(f"#q-1-{len(window.all('#chat blockquote'))}"))
    window.press("j")
    window.wait(lambda: window.focused.get_attribute("id") == "c-1-1")
    window.press(ENTER)
    window.wait(lambda: window.focused.get_attribute("href").endswith("#c-1-1"))
    window.press(TAB)
    assert window.focused.text == "Copy"
    window.press(ENTER)
    window.wait(lambda: window.focused.text == "Copied")

    assert window.texts("#said") == ["Copied"]
    assert quote(window, "c-1-1") in window.clipboard
    assert "InSight Crime" in window.clipboard


ALT_DOWN = "\ue00a\ue015\ue000"
SELECT_ALL = "\ue009a\ue000"


def test_letters_in_the_box_are_letters(open_window: Callable[..., Window]) -> None:
    window = open_window()
    window.ask(PRISON)

    window.all("#question textarea")[0].send_keys("jk jk")

    assert window.all("#question textarea")[0].get_attribute("value") == "jk jk"
    assert window.focused.tag_name == "textarea"


@pytest.mark.parametrize("form", ["markdown", "html", "annotation"])
def test_the_other_forms_are_copied_too(read_window: Window, form: str) -> None:
    button = read_window.all(f'#q-1-1 [data-form="{form}"]')[0]

    button.click()
    read_window.wait(lambda: button.text == "Copied")

    copied = read_window.clipboard
    assert copied.replace("\r\n", "\n") == button.get_attribute("data-copy")
    if form == "annotation":
        assert json.loads(copied)["target"]["selector"][0]["exact"] == quote(read_window, "c-1-1")
    read_window.wait(lambda: button.text != "Copied")


WITHOUT = "Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})"
BEFORE = "window.before = navigator.clipboard; navigator.clipboard.writeText('').then(arguments[0])"


def test_without_the_clipboard_interface_copying_works_too(open_window: Callable[..., Window]) -> None:
    window = open_window()
    window.ask(PRISON)
    window.driver.execute_async_script(BEFORE)
    window.driver.execute_script(WITHOUT)

    window.all("#q-1-1 .copy")[0].click()
    window.wait(lambda: window.all("#q-1-1 .copy")[0].text == "Copied")

    copied = window.driver.execute_async_script("window.before.readText().then(arguments[0])")
    assert quote(window, "c-1-1") in copied


def test_where_nothing_may_be_copied_the_text_is_there_to_take(open_window: Callable[..., Window]) -> None:
    window = open_window()
    window.ask(PRISON)
    window.driver.execute_script(WITHOUT + "; document.execCommand = () => false")

    window.all("#q-1-1 .copy")[0].click()
    window.wait(lambda: window.all(".by-hand textarea"))

    area = window.all(".by-hand textarea")[0]
    assert quote(window, "c-1-1") in area.get_attribute("value")
    assert window.focused == area


def test_an_earlier_answer_still_opens_by_keyboard(open_window: Callable[..., Window]) -> None:
    window = open_window()

    window.ask(PRISON)
    window.ask("How much does Tren de Aragua charge per day for housing in La Parada?")
    window.all('#chat a.cite[href="#c-1-1"]')[0].send_keys(ENTER)
    window.wait(lambda: window.all("mark.hit.c-1-1"))

    assert "".join(window.texts("mark.hit")) == quote(window, "c-1-1")
    assert window.focused.get_attribute("id") == "c-1-1"


def test_an_unanswerable_question_gets_the_abstention_card(read_window: Window) -> None:
    assert read_window.texts("#chat .abstention .verdict") == ["The report does not say."]
    assert "Canada" in read_window.texts("#chat .abstention")[0]
    assert len(read_window.all("#chat .abstention blockquote")) >= 1
    assert len(read_window.all("#chat .card.answer")) == 1


def test_why_a_passage_was_found_is_told(read_window: Window) -> None:
    (first, *_) = read_window.texts("#chat .answer .why > ol > li")

    assert "meaning" in first
    assert "reader" in first
    assert "Niño" in first


def test_a_question_is_edited_and_asked_again(open_window: Callable[..., Window]) -> None:
    window = open_window()
    window.ask(LEADER)

    window.all("[data-edit]")[0].click()
    assert window.focused.get_attribute("value") == LEADER
    window.press(SELECT_ALL, PRISON, ENTER)
    window.wait(lambda: window.texts("#chat .question") == [PRISON] and window.all("#chat .card.answer"))

    window.driver.refresh()
    window.wait(lambda: window.texts("#chat .question") == [PRISON])
    window.wait(lambda: "".join(window.texts("mark.c-1-1")) == quote(window, "c-1-1"))


def test_a_starter_is_asked_with_one_click(open_window: Callable[..., Window]) -> None:
    window = open_window()
    starter = window.all(".starters button")[0]
    question = starter.text

    starter.click()
    window.wait(lambda: window.all("#chat .card"))

    assert window.texts("#chat .question") == [question]


def test_windows_do_not_see_each_other_and_questions_are_text(open_window: Callable[..., Window]) -> None:
    one, other = open_window(), open_window()

    one.ask("Who is <script>document.title='owned'</script> *Niño* Guerrero?")
    other.ask("What happened in Chile?")

    assert one.texts("#chat .question") == ["Who is <script>document.title='owned'</script> *Niño* Guerrero?"]
    assert one.driver.title == TITLE
    assert other.texts("#chat .question") == ["What happened in Chile?"]
    assert one.hosts() == other.hosts() == {"127.0.0.1"}


def test_a_new_conversation_is_empty(open_window: Callable[..., Window]) -> None:
    window = open_window()

    window.ask("What happened in Chile?")
    window.all("#new")[0].click()
    window.wait(lambda: not window.all("#chat .card") and window.all(".starters button"))

    assert not window.all("#viewer mark")


def test_a_question_that_cannot_be_put_says_why(open_window: Callable[..., Window]) -> None:
    window = open_window()

    window.ask("?!")

    assert "holds no word" in window.texts("#chat .failure")[0]


# --- languages, colours, widths ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1600], ids=["narrow", "wide"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(read_window: Window, scheme: str, language: str, width: int) -> None:
    window = read_window
    window.prefer(scheme)
    window.size(width, 800)
    window.choose("[data-language]", language)
    window.wait(lambda: window.driver.execute_script("return document.documentElement.lang") == language)
    window.wait(lambda: window.all("body.dark" if scheme == "dark" else "body:not(.dark)"))
    ask = {"en": "Ask", "es": "Preguntar"}[language]
    window.wait(lambda: window.all("#send")[0].text == ask)

    window.driver.execute_script("document.querySelector('#q-1-1 a.cite').focus()")
    assert window.all("#tip:not([hidden])")
    assert window.violations() == []
    assert window.driver.execute_script("return document.documentElement.scrollWidth") <= width


def test_axe_would_find_what_is_serious(read_window: Window) -> None:
    add = "document.querySelector('main').append(Object.assign(new Image(), {id: 'bare', src: 'data:,'}))"
    read_window.driver.execute_script(add)
    found = read_window.violations()
    read_window.driver.execute_script("document.querySelector('#bare').remove()")

    assert [one for one in found if one.startswith("image-alt (critical)")]


def test_the_page_speaks_the_language_of_the_browser_until_another_is_chosen(
    open_window: Callable[..., Window],
) -> None:
    window = open_window(language="es-CO")
    window.wait(lambda: window.all("#send")[0].text == "Preguntar")
    assert "cita exacta" in window.texts(".masthead")[0]
    assert window.driver.execute_script("return document.documentElement.lang") == "es"

    window.choose("[data-language]", "en")
    window.wait(lambda: window.all("#send")[0].text == "Ask")
    window.driver.refresh()
    window.wait(lambda: window.all("#viewer article"))

    assert window.all("#send")[0].text == "Ask"
    assert "exact quotation" in window.texts(".masthead")[0]


def test_chosen_colours_outlast_a_refresh_and_the_systems(open_window: Callable[..., Window]) -> None:
    window = open_window()
    window.prefer("light")

    window.choose("[data-theme]", "dark")
    window.wait(lambda: window.all("body.dark"))
    window.driver.refresh()
    window.wait(lambda: window.all("#viewer article"))

    window.wait(lambda: window.all("body.dark"))
    assert window.all("[data-theme]")[0].get_attribute("value") == "dark"


def test_the_page_has_landmarks_labels_and_a_live_region(read_window: Window) -> None:
    window = read_window

    assert window.all("main")
    assert window.all('#chat [role="log"][aria-label]')
    assert window.all('#viewer [role="region"][aria-label]')
    assert window.all("#said[role='status']")
    skip = window.all("a.skip")[1]
    skip.send_keys(ENTER)
    assert window.focused.get_attribute("class") == "pane"


def test_the_real_judge_confirms_after_the_quotation_is_there(tmp_path: Path) -> None:
    with served(tmp_path, RAG_JUDGE="local", RAG_JUDGE_SECONDS="60") as address:
        window = Window(address, tmp_path / "profile")
        try:
            window.ask(PRISON)
            assert any("September 20, 2023" in quote for quote in window.texts("#chat .quote"))
            window.wait(lambda: window.all("#chat .ruling"))
            assert "confirmed by qwen" in window.texts("#chat .ruling")[0]
            assert any("September 20, 2023" in quote for quote in window.texts("#chat .quote"))
        finally:
            window.driver.quit()
