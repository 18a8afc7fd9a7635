"""An exported conversation keeps every quotation with its footnote, and nothing altered gets back in."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest
from exporting_helpers import by_id, conversations, document_of
from hypothesis import given, settings
from markdown_it import MarkdownIt
from page_helpers import HOSTILE

from rag.answering import Assistant
from rag.answering.verifying import enforce
from rag.citations import cite
from rag.documents import read_document
from rag.errors import CitationInvalid
from rag.exporting import Conversation, imported, read_quote_file, to_html, to_json, to_markdown, verify_quote_file
from rag.exporting.conversation import Outcome, blocks, cited, notes
from rag.exporting.word import to_docx
from rag.records import Abstention, Answer, Chunk, Hit, Statement, Violation, Withheld

WHEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
REPORT = document_of(
    ("heading", "Part › one"),
    ("body", "The mayor fled in 2019."),
    ("body", HOSTILE),
    ("body", "Her deputy stayed."),
    speaker="Ana Ruiz",
)
FIRST, SECOND, THIRD = (cite(REPORT, [sentence], 1) for sentence in REPORT.sentences[1:])
QUOTES = Answer(
    "Who fled?",
    "Who fled?",
    (Statement(FIRST.quote, (1,)), Statement(SECOND.quote, (2,))),
    (FIRST, replace(SECOND, number=2)),
    (),
    fingerprint="f1",
)
MODEL = Answer(
    "And then?", "Who fled then?", (Statement("The mayor *fled* in 2019.", (1,)),), (FIRST,), (), mode="model", model="openai:m",
    withheld=(Withheld("<b>12</b> men came.", (Violation("<b>12</b> men came.", "number", "12 is not in the passages"),)),), notice="m broke off.",
    missing=("why <i>she</i> fled",), raw_reply="raw", fingerprint="f1",
)  # fmt: skip
SILENT = Abstention(
    "Why?", "Why?", "No sentence answers.", ("why",), (THIRD,), (), note="It does not mention why.", fingerprint="f1"
)
NOTHING = Abstention("Hello", "Hello", "Ask about the report.", (), (), (), asked_nothing=True)
TALK = Conversation("A talk <1>", WHEN, (QUOTES, MODEL, SILENT, NOTHING), by_id(REPORT))
WRITERS: dict[str, Callable[[Conversation], str | bytes]] = {
    "markdown": to_markdown,
    "html": to_html,
    "json": to_json,
    "docx": to_docx,
}


def exported(form: str, conversation: Conversation = TALK) -> bytes:
    written = WRITERS[form](conversation)
    return written if isinstance(written, bytes) else written.encode()


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def page_of(form: str, data: bytes) -> Page:
    text = data.decode()
    return Page(text if form == "html" else MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def test_footnotes_go_on_through_the_conversation() -> None:
    marks = [(block.kind, block.notes) for block in blocks(TALK) if block.notes]

    assert marks == [
        ("quotation", (1,)),
        ("quotation", (2,)),
        ("prose", (3,)),
        ("quotation", (3,)),
        ("quotation", (4,)),
    ]
    assert [note.number for note in notes(TALK)] == [1, 2, 3, 4]


@pytest.mark.parametrize("form", ["markdown", "html", "docx"])
def test_everything_that_was_said_is_in_the_file(form: str) -> None:
    data = exported(form)
    text = read_quote_file(data) if form == "docx" else page_of(form, data).text

    for said in (
        "A talk <1>", "2026-11-23 09:30", "report-chat 0.1.0", "index f1", "1. Who fled?", f"“{FIRST.quote}”", f"“{HOSTILE}”", "Understood as: Who fled then?",
        "The mayor *fled* in 2019.", "openai:m", "The report does not say: why <i>she</i> fled", "m broke off.", "1 sentence was withheld",
        "<b>12</b> men came. (12 is not in the passages)", "The report does not say.", "No sentence answers.", "It does not mention why.",
        "Nearest passages (not an answer)", f"“{THIRD.quote}”", "Hello", "Ask about the report.", "Speaker: Ana Ruiz · Part › one · Publisher, “The report”, 2023",
        REPORT.sha256,
    ):  # fmt: skip
        assert said in text, said


@given(conversations())
@settings(max_examples=120, deadline=None)
def test_every_quotation_of_any_conversation_stands_in_every_format(conversation: Conversation) -> None:
    spans = [("unchanged", c.start, c.end) for turn in conversation.turns for c in cited(turn)]
    for form in WRITERS:
        text = read_quote_file(exported(form, conversation))
        try:
            checks = verify_quote_file(text, conversation.documents)
        except CitationInvalid:
            checks = []

        assert [(check.status, check.start, check.end) for check in checks] == spans, form


@given(conversations())
@settings(max_examples=120, deadline=None)
def test_no_text_becomes_markup(conversation: Conversation) -> None:
    page = page_of("html", exported("html", conversation))
    written = page_of("markdown", exported("markdown", conversation))

    assert not {tag for tag, _ in page.tags} - set(
        "html head meta title style body main h1 h2 p bdi blockquote sup a strong section code".split()
    )
    assert not {tag for tag, _ in written.tags} - set("h1 h2 p blockquote strong em ul li code hr".split())
    assert not {name for _, attributes in written.tags for name in attributes}
    assert len([tag for tag, _ in page.tags if tag == "blockquote"]) == len(notes(conversation))
    assert len([tag for tag, _ in written.tags if tag == "blockquote"]) == len(notes(conversation))


def test_the_page_asks_nothing_of_anyone() -> None:
    page = page_of("html", exported("html"))
    links = page.values("href")

    assert links
    assert all(link and link.startswith("#") for link in links)
    assert {str(link)[1:] for link in links} <= set(page.values("id"))
    assert not page.values("src")
    assert (
        "meta",
        {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"},
    ) in page.tags
    assert not re.search(r"url\(|@import", exported("html").decode())
    assert len(set(page.values("id"))) == len(page.values("id"))


def test_word_has_real_footnotes() -> None:
    data = exported("docx")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    word = docx.Document(io.BytesIO(data))
    marks = word.element.body.xpath("//w:footnoteReference/@w:id")
    part = next(part for part in word.part.package.iter_parts() if part.partname == "/word/footnotes.xml")

    assert names.count("word/footnotes.xml") == 1
    assert marks == ["1", "2", "3", "4"]
    assert re.findall(rb'<w:footnote w:id="(-?\d+)"', part.blob) == [b"-1", b"0", b"1", b"2", b"3", b"4"]
    assert word.element.body.xpath("//w:hyperlink/@w:anchor") == ["quotation_3"]
    assert "quotation_3" in word.element.body.xpath("//w:bookmarkStart/@w:name")
    assert next(p.text for p in word.paragraphs if p.style and p.style.name == "Quote") == f"“{FIRST.quote}”"


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_an_altered_quotation_of_a_conversation_is_found(form: str) -> None:
    text = exported(form).decode().replace("Her deputy stayed", "Her deputy died")

    checks = verify_quote_file(text, by_id(REPORT))

    assert [check.status for check in checks] == ["unchanged"] * 3 + ["altered"]
    assert "“died” instead of “stayed”" in checks[3].detail


def test_an_altered_quotation_in_word_is_found() -> None:
    word = docx.Document(io.BytesIO(exported("docx")))
    paragraph = next(p for p in word.paragraphs if "Her deputy" in p.text)
    paragraph.runs[0].text = paragraph.runs[0].text.replace("deputy", "brother")
    stream = io.BytesIO()
    word.save(stream)

    checks = verify_quote_file(read_quote_file(stream.getvalue()), by_id(REPORT))

    assert [check.status for check in checks] == ["unchanged"] * 3 + ["altered"]


@pytest.mark.parametrize("form", WRITERS)
def test_a_conversation_outlives_its_document(form: str) -> None:
    text = read_quote_file(exported(form, replace(TALK, documents={})))

    assert [check.status for check in verify_quote_file(text, {})] == ["unknown"] * 4


# --- JSON --------------------------------------------------------------------------------------------------------


def test_the_envelope_names_what_an_auditor_needs() -> None:
    envelope = json.loads(to_json(TALK))

    assert {name: envelope[name] for name in ("format", "version", "program", "title", "exported")} == {
        "format": "report-chat conversation", "version": 1, "program": "report-chat 0.1.0", "title": "A talk <1>",
        "exported": "2026-11-23T09:30:00+00:00",
    }  # fmt: skip
    assert [(d["id"], d["sha256"], d["title"]) for d in envelope["documents"]] == [
        (REPORT.id, REPORT.sha256, "The report")
    ]
    assert [turn["fingerprint"] for turn in envelope["turns"]] == ["f1", "f1", "f1", ""]
    assert envelope["turns"][1]["withheld"][0]["violations"][0]["detail"] == "12 is not in the passages"
    assert envelope["turns"][1]["raw_reply"] == "raw"


@given(conversations())
@settings(max_examples=150, deadline=None)
def test_json_brings_every_turn_back(conversation: Conversation) -> None:
    back = imported(to_json(conversation), conversation.documents)

    assert back.problems == ()
    assert back.turns == conversation.turns
    assert back.title == conversation.title


def test_hits_are_in_the_file_but_not_brought_back() -> None:
    chunk = Chunk("c1", REPORT.id, (), FIRST.start, FIRST.end, FIRST.quote)
    talk = replace(TALK, turns=(replace(QUOTES, hits=(Hit(chunk, 0.5, 1),)),))

    written = to_json(talk)

    assert json.loads(written)["turns"][0]["hits"][0]["text"] == FIRST.quote
    assert imported(written, talk.documents).turns == (QUOTES,)


def resealed(envelope: dict[str, list[dict[str, object]]]) -> str:
    """As a forger would write it who knows how the digest is made."""
    from rag.exporting.audit import _digest

    for turn in envelope["turns"]:
        turn.pop("sha256")
        turn["sha256"] = _digest(turn)
    return json.dumps(envelope)


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param("quote", "The mayor stayed in 2019.", "“stayed” instead of “fled”", id="words"),
        pytest.param("start", 0, "altered", id="place"),
        pytest.param("speaker", "Juan Soto", "misattributed", id="speaker"),
        pytest.param("title", "Another report", "misattributed", id="title"),
        pytest.param("section", "Part two", "misattributed", id="section"),
        pytest.param("document", "0123456789abcdef", "moved", id="document"),
    ],
)
def test_a_turn_with_an_altered_quotation_is_left_out(field: str, value: object, said: str, sealed: bool) -> None:
    envelope = json.loads(to_json(TALK))
    envelope["turns"][0]["citations"][0][field] = value
    text = resealed(envelope) if sealed else json.dumps(envelope)

    back = imported(text, by_id(REPORT))

    assert back.turns == (MODEL, SILENT, NOTHING)
    [problem] = back.problems
    assert (problem.turn, problem.question) == (1, "Who fled?")
    assert said in problem.message


def test_words_that_are_no_quotation_are_sealed_too() -> None:
    envelope = json.loads(to_json(TALK))
    envelope["turns"][1]["statements"][0]["text"] = "The mayor fled in 2091."

    [problem] = imported(json.dumps(envelope), by_id(REPORT)).problems

    assert "changed after it was exported" in problem.message


def test_a_models_sentence_can_be_checked_again() -> None:
    envelope = json.loads(to_json(TALK))
    envelope["turns"][1]["statements"][0]["text"] = "The mayor fled in 2091."

    back = imported(resealed(envelope), by_id(REPORT), check=enforce)

    assert back.turns == (QUOTES, SILENT, NOTHING)
    assert back.problems[0].message.startswith("number: ")


def test_a_statement_that_is_no_quotation_does_not_get_in_as_one() -> None:
    envelope = json.loads(to_json(TALK))
    envelope["turns"][0]["statements"][0]["text"] = "The mayor is guilty."

    [problem] = imported(resealed(envelope), by_id(REPORT)).problems

    assert "not the text that it cites" in problem.message


def test_turns_over_a_revised_document_are_left_out_with_the_place_now() -> None:
    revised = document_of(
        ("body", "New."), ("body", FIRST.quote), ("body", HOSTILE), ("body", "Her deputy left."), speaker="Ana Ruiz"
    )

    back = imported(to_json(TALK), by_id(revised))

    assert back.turns == (NOTHING,)
    assert [problem.turn for problem in back.problems] == [1, 2, 3]
    assert back.problems[1].message.startswith("moved: ")
    assert "“stayed” instead of “left”" in back.problems[2].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("not json", "not JSON", id="text"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
        pytest.param("[]", "not a 'report-chat conversation'", id="list"),
        pytest.param('{"format": "other"}', "not a 'report-chat conversation'", id="other format"),
        pytest.param('{"format": "report-chat conversation", "version": 1}', "not a 'report-chat", id="no turns"),
        pytest.param(
            '{"format": "report-chat conversation", "version": 2, "turns": []}', "format version 2", id="later version"
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(text: str, said: str) -> None:
    with pytest.raises(CitationInvalid, match=said):
        imported(text, {})


@pytest.mark.parametrize(
    "turn", [None, 1, "x", [], {}, {"abstained": False}, {"abstained": True, "question": "Q", "nearest": [1]}]
)
def test_a_broken_turn_is_named_and_the_others_stay(turn: object) -> None:
    envelope = json.loads(to_json(TALK))
    envelope["turns"][0] = turn

    back = imported(json.dumps(envelope), by_id(REPORT))

    assert len(back.turns) == 3
    assert [problem.turn for problem in back.problems] == [1]


# --- the real report, and a hostile file -------------------------------------------------------------------------


def test_a_hostile_file_shows_as_text(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(
        f"Bad\n\n{HOSTILE}. It goes on here \x1b[31m <img src=x onerror=alert(1)>.\n", encoding="utf-8"
    )
    document = read_document(tmp_path / "bad.txt", "bad.txt")
    body = [sentence for sentence in document.sentences if sentence.kind == "body"]
    citation = cite(document, body, 1)
    turn: Outcome = Answer("<img src=x>?", "<img src=x>?", (Statement(citation.quote, (1,)),), (citation,), ())
    talk = Conversation("<script>", WHEN, (turn,), by_id(document))

    for form in WRITERS:
        data = exported(form, talk)
        assert [check.status for check in verify_quote_file(read_quote_file(data), talk.documents)] == ["unchanged"], (
            form
        )
        assert form == "json" or (b"<script" not in data and b"<img" not in data)
        assert b"\x1b" not in data or form == "docx"


def test_answers_about_the_report_go_out_and_come_back(assistant: Assistant) -> None:
    questions = ("When was Tocorón prison taken over?", "What colour is the sea on Mars?")
    turns = tuple(assistant.ask(question) for question in questions)
    talk = Conversation("Tocorón", WHEN, turns, assistant.documents)
    assert isinstance(turns[0], Answer)
    assert isinstance(turns[1], Abstention)

    back = imported(to_json(talk), assistant.documents)

    assert back.problems == ()
    assert [cited(turn) for turn in back.turns] == [cited(turn) for turn in turns]
    assert back.turns[0].fingerprint == turns[0].fingerprint != ""
    count = sum(len(cited(turn)) for turn in turns)
    for form in WRITERS:
        checks = verify_quote_file(read_quote_file(exported(form, talk)), assistant.documents)
        assert [check.status for check in checks] == ["unchanged"] * count, form
