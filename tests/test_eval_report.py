"""The HTML of a run: everything that came back is in it, nothing outside it is asked for, and its filters work."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Watched, make_assistant
from page_helpers import CHROMIUM, DRIVER, FLAGS, HOSTILE, Shown

from evals.data import load_questions
from evals.errors import EvalError
from evals.identity import identity
from evals.report import report, trade_off
from evals.results import LATENCY, OUTCOMES, RUN, SCORES, Results, load_results
from evals.run import run
from rag import Settings
from rag.embedding import Embedder, MultilingualEncoder

SCRIPT = "<script>alert(1)</script>"
LINES: list[dict[str, Any]] = [
    {"id": "boats", "kind": "number", "question": "How many boats did the river gang buy?", "answerable": True, "split": "dev",
     "gold": [{"any": ["It bought seven boats from a dealer."]}], "answers": [["seven boats", HOSTILE]]},
    {"id": "mayor", "kind": "date", "question": "When did the mayor of Quito resign?", "answerable": True,
     "gold": [{"any": ["The mayor of Quito resigned in May 2020."]}], "answers": [["May 2020"]]},
    {"id": "deputy", "kind": "follow-up", "question": "And who took her office?", "after": "mayor", "answerable": True,
     "gold": [{"any": ["Her deputy, Ana Ruiz, took the office."]}], "answers": [["Somebody else"]]},
    {"id": "marked", "kind": "unanswerable", "question": f"Who is {SCRIPT} \"><img src=x onerror=alert(2)> of the moon?", "answerable": False},
    {"id": "luna", "kind": "unanswerable", "question": "¿Quién llegó a la luna?", "answerable": False, "language": "es"},
    {"id": "broken", "kind": "number", "question": "How many pirates drown?", "answerable": True, "answers": [["none"]]},
]  # fmt: skip
QUOTED = "The river gang moved to Lima in 2019."


def break_on_pirates(question: str) -> None:
    if "pirates" in question:
        raise RuntimeError(f"sunk {SCRIPT}")


@pytest.fixture(scope="module")
def results(
    tiny_original: Path, embedder: Embedder, encoder: MultilingualEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Results:
    folder = tmp_path_factory.mktemp("report")
    source = folder / "tiny.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    assistant = make_assistant(tiny_original / "index", tiny_original / "corpus", embedder, encoder)
    questions = load_questions(assistant.documents, source)
    options = {"split": None, "kinds": (), "workers": 1, "judge": None}
    described = identity({"corpus": assistant}, questions, source, options=options, settings=Settings())
    run({False: Watched(assistant, break_on_pirates)}, questions, described, folder / "out")  # type: ignore[dict-item]
    return load_results(folder / "out")


@pytest.fixture(scope="module")
def html(results: Results) -> str:
    return report(results)


class Loads(HTMLParser):
    """What a page would fetch, its policy, and the handlers on its elements."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.fetched, self.policy, self.handlers = list[str](), "", list[tuple[str, str]]()
        self.scripts = 0
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.fetched += [values[name] for name in ("src", "href", "xlink:href", "srcset", "data") if name in values]
        self.handlers += [(tag, name) for name in values if name.startswith("on")]
        self.scripts += tag == "script"
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]


def test_nothing_outside_the_file_is_asked_for(html: str) -> None:
    loads = Loads(html)
    assert [one for one in loads.fetched if not one.startswith("#")] == []
    assert "default-src 'none'" in loads.policy
    assert not re.search(r"url\((?!#|'#|\"#)|@import", html)


def test_markup_of_questions_answers_and_errors_is_text(html: str) -> None:
    loads = Loads(html)
    assert loads.scripts == 1
    assert loads.handlers == [("form", "onsubmit")]
    shown = Shown(re.sub(r"<(meta|input|br|!DOCTYPE)\b[^>]*>", "", html))
    assert "img" not in shown.tags
    assert f"Who is {SCRIPT}" in shown.text
    assert f"RuntimeError: sunk {SCRIPT}" in shown.text
    assert HOSTILE in shown.text


def test_every_question_is_there_with_what_came_back(html: str, results: Results) -> None:
    cards = dict(re.findall(r'<details class="q" id="q-(\w+)"(.*?)\n</details>', html, re.DOTALL))
    assert list(cards) == [line["id"] for line in LINES]
    for identity_, one in results.outcomes.items():
        text = Shown(re.sub(r"<br>", "", "<div" + cards[identity_] + "</div>")).text
        assert one["asked"][:300] in text
        for quote in (quote for alternatives in one["gold"] for quote in alternatives):
            assert quote in text
        outcome = one["outcome"]
        if outcome is None:
            continue
        for shown in [*outcome["citations"], *outcome.get("nearest", [])]:
            assert shown["quote"] in text
            assert f"{shown['start']}–{shown['end']}" in text
        assert outcome["hits"]
        for hit, score in zip(outcome["hits"], one["reader_scores"], strict=True):
            assert hit["text"] in text
            assert f"reader {score:.3f}" in text
    assert "A follow-up to mayor, searched as:" in cards["deputy"]
    assert "The documents do not say." in cards["luna"]


def test_the_plots_are_drawings_of_text_inside_the_page(html: str) -> None:
    assert html.count("<svg") == html.count("</svg>") == 5
    for words in (
        "kind number (2)",
        "language es (1)",
        "answerable questions declined",
        "predicted",
        "lenient",
        "seconds",
    ):
        assert f">{words}<" in html


def test_summary_counts_the_failed_question(html: str) -> None:
    assert re.search(
        r'<td>answer accuracy</td>(<td class="n">[^<]*</td>){2}<td class="n">4</td><td class="n">1</td>', html
    )
    assert "nan" not in Shown(re.sub(r"<(meta|input|br|!DOCTYPE)\b[^>]*>", "", html)).text.lower().split()


def test_the_same_run_gives_the_same_page(html: str, results: Results) -> None:
    assert report(results) == report(load_results(results.folder)) == html


def test_abstaining_more_often_never_declines_less(results: Results) -> None:
    points = trade_off(results)
    assert points == sorted(points)
    assert points[-1] == (1.0, 1.0)
    assert [y for _, y in points] == sorted(y for _, y in points)


def test_an_unfinished_run_says_so(results: Results, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / RUN).write_bytes((results.folder / RUN).read_bytes())
    for name in (SCORES, OUTCOMES):
        lines = (results.folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (out / name).write_text("".join(lines[:4]), encoding="utf-8")
    assert "unfinished: 2 questions have no result yet" in report(load_results(out))


def test_a_folder_with_only_scores_has_nothing_to_show(results: Results, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in (RUN, SCORES, LATENCY):
        (out / name).write_bytes((results.folder / name).read_bytes())
    with pytest.raises(EvalError, match=r"^\S+ keeps no answers, only scores; run again with --out") as caught:
        report(load_results(out))
    assert "\n" not in str(caught.value)


# --- in a browser


@pytest.fixture(scope="module")
def browser(html: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium or chromedriver is not installed")
    from selenium import webdriver

    folder = tmp_path_factory.mktemp("browser")
    (folder / "report.html").write_text(html, encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        driver.get((folder / "report.html").as_uri())
        yield driver
    finally:
        driver.quit()


SET = """
const [selector, value] = arguments, field = document.querySelector(selector);
field.value = value;
field.dispatchEvent(new Event("input", {bubbles: true}));
"""
VISIBLE = "return [...document.querySelectorAll('details.q')].filter(e => e.offsetParent).map(e => e.id.slice(2))"
FILTERS = {
    "nothing": ({}, ["boats", "mayor", "deputy", "marked", "luna", "broken"]),
    "kind": ({"[data-field=kind]": "number"}, ["boats", "broken"]),
    "language": ({"[data-field=language]": "es"}, ["luna"]),
    "split": ({"[data-field=split]": "dev"}, ["boats"]),
    "status": ({"[data-field=status]": "failed"}, ["broken"]),
    "wrong": ({"[data-field=score]": "bad", "[data-field=status]": "answered"}, ["deputy"]),
    "words-of-the-gold": ({"#words": "SOMEBODY  else"}, ["deputy"]),
    "words-of-the-question": ({"#words": "¿quién luna"}, ["luna"]),
    "words-with-markup": ({"#words": "<script>"}, ["boats", "marked", "broken"]),
    "both": ({"[data-field=kind]": "number", "#words": "pirates"}, ["broken"]),
    "none": ({"#words": "nowhere to be found"}, []),
}


@pytest.mark.parametrize(("chosen", "expected"), FILTERS.values(), ids=FILTERS.keys())
def test_filters_in_a_browser(chosen: dict[str, str], expected: list[str], browser: Any) -> None:
    for selector in (
        "[data-field=kind]",
        "[data-field=language]",
        "[data-field=split]",
        "[data-field=status]",
        "[data-field=score]",
        "#words",
    ):
        browser.execute_script(SET, selector, chosen.get(selector, ""))
    shown = browser.execute_script(VISIBLE)
    assert shown == expected
    assert browser.find_element("id", "shown").text == f"{len(shown)} shown"


def test_a_browser_finds_no_error_and_asks_for_nothing_else(browser: Any) -> None:
    assert browser.get_log("browser") == []
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]
    own = ("chrome:", "chrome-untrusted:", "data:")  # of the browser's first, empty page
    assert [url for url in asked if not url.startswith((*own, "file:"))] == []
    assert [url.rpartition("/")[2] for url in asked if url.startswith("file:")] == ["report.html"]
