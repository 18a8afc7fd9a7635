"""A copied quotation shows every character as text in every form, and any change to it is found out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import CORPUS
from exporting_helpers import PARAGRAPHS, by_id, document_of, quotations
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_helpers import HOSTILE, Shown

from rag.citations import cite
from rag.documents import read_corpus
from rag.errors import CitationInvalid
from rag.exporting import Attributed, attributed, read_quote_file, verify_quote_file
from rag.exporting.attributed import quoted, short_hash
from rag.exporting.escaping import in_html, in_json, in_markdown, one_line, shown
from rag.records import Citation, Document

FORMS = ("plain", "markdown", "html", "annotation")
REPORT = document_of(
    ("title", "The report"),
    ("heading", "Part one"),
    ("body", "The mayor, Ana Ruiz, denied on 3 May that 1,200 men had crossed the river."),
    ("body", "“We have no fear,” she said."),
    ("body", HOSTILE),
    speaker="Ana Ruiz",
)
QUOTE = cite(REPORT, REPORT.sentences[2:3], 1)


def given_as(form: str, citation: Citation = QUOTE, document: Document = REPORT) -> str:
    return str(getattr(attributed(citation, document), form))


# --- forms -------------------------------------------------------------------------------------------------------


def test_plain_text_has_words_speaker_source_and_hash() -> None:
    words = QUOTE.quote
    digest = hashlib.sha256(f"{REPORT.id}:{QUOTE.start}-{QUOTE.end}:{words}".encode()).hexdigest()[:12]

    text = attributed(QUOTE, REPORT, page=7).plain

    assert text == (
        f"“{words}”\n— Speaker: Ana Ruiz · Part one · Publisher, “The report”, 2023 · page 7 · "
        f"quote:{REPORT.id}:{QUOTE.start}-{QUOTE.end}:{digest}"
    )


def test_a_quotation_that_is_not_the_documents_is_not_given_out() -> None:
    with pytest.raises(CitationInvalid, match="ask again"):
        attributed(replace(QUOTE, quote=QUOTE.quote.replace("denied", "said")), REPORT)


@given(quotations())
@settings(max_examples=150, deadline=None)
def test_markdown_shows_every_character_whatever_the_dialect(made: tuple[Document, Citation]) -> None:
    document, citation = made
    text = attributed(citation, document).markdown
    dialects = [
        MarkdownIt("commonmark"),
        MarkdownIt("gfm-like", {"linkify": False, "typographer": True}).enable(["replacements", "smartquotes"]),
    ]
    for dialect in dialects:
        seen = Shown(dialect.render(text))

        assert set(seen.tags) == {"blockquote", "p", "code"}
        assert one_line(quoted(citation.quote)) in one_line(seen.text)


@given(quotations())
@settings(max_examples=150, deadline=None)
def test_html_shows_every_character(made: tuple[Document, Citation]) -> None:
    document, citation = made

    seen = Shown(attributed(citation, document).html)

    assert seen.tags == ["blockquote", "p", "bdi", "footer", "code"]
    assert shown(quoted(citation.quote)) in seen.text


@given(quotations())
def test_an_annotation_selects_the_exact_characters(made: tuple[Document, Citation]) -> None:
    document, citation = made

    annotation = json.loads(attributed(citation, document).annotation)

    quote, place = annotation["target"]["selector"]
    source = annotation["target"]["source"]
    assert quote["exact"] == document.text[place["start"] : place["end"]] == citation.quote
    assert quote["prefix"] + quote["exact"] + quote["suffix"] in document.text
    assert document.text[: place["start"]].endswith(quote["prefix"])
    assert (source["schema:sha256"], source["dcterms:title"]) == (document.sha256, document.title)
    assert (annotation["@context"], annotation["type"]) == ("http://www.w3.org/ns/anno.jsonld", "Annotation")


def test_positions_count_code_points() -> None:
    document = document_of(("body", "𝔘𝔫𝔦 first."), ("body", "Second 𝔰entence."))
    selectors = json.loads(given_as("annotation", cite(document, document.sentences[1:], 1), document))["target"][
        "selector"
    ]

    assert (selectors[1]["start"], selectors[1]["end"]) == (12, 28)


@given(st.text())
def test_shown_text_is_as_long_and_holds_no_control_character(text: str) -> None:
    seen = shown(text)

    assert len(seen) == len(text)
    assert not [c for c in seen if (c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"]


@given(st.text())
def test_json_hides_nothing_and_reads_back(text: str) -> None:
    written = in_json({"text": text})

    assert json.loads(written) == {"text": text}
    assert not set(written) & {"\x1b", "\x9b", "\u202e", "\u2028", "\x7f"}
    written.encode()


# --- verification ------------------------------------------------------------------------------------------------


@given(quotations(), st.sampled_from(FORMS))
@settings(max_examples=400, deadline=None)
def test_what_was_copied_stands(made: tuple[Document, Citation], form: str) -> None:
    document, citation = made

    checks = verify_quote_file(given_as(form, citation, document), by_id(document))

    assert [(check.status, check.start, check.end, check.detail) for check in checks] == [
        ("unchanged", citation.start, citation.end, "")
    ]


@given(quotations(), st.sampled_from(FORMS), st.data())
@settings(max_examples=400, deadline=None)
def test_an_altered_quotation_never_stands(made: tuple[Document, Citation], form: str, data: st.DataObject) -> None:
    document, citation = made
    words = citation.quote
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, min(len(words), start + 5)))
    other = words[:start] + data.draw(st.just("") | PARAGRAPHS) + words[end:]
    assume(one_line(other) != one_line(words))
    forged = document.text[: citation.start] + other + document.text[citation.end :]
    copied = _forged(given_as(form, citation, document), form, words, other)

    for documents in (by_id(document), by_id(document, replace(document, id="0123456789abcdef", text=forged))):
        try:
            checks = verify_quote_file(copied, documents)
        except CitationInvalid:
            continue
        assert not all(check.stands for check in checks)


def _forged(text: str, form: str, words: str, other: str) -> str:
    if form == "annotation":
        value = json.loads(text)
        value["target"]["selector"][0]["exact"] = other
        return json.dumps(value)
    write = {"plain": shown, "markdown": in_markdown, "html": in_html}[form]
    assert write(quoted(words)) in text
    return text.replace(write(quoted(words)), write(quoted(other)), 1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("1,200", "1,300", "“300” instead of “200”", id="number"),
        pytest.param("denied", "confirmed", "“confirmed” instead of “denied”", id="polarity"),
        pytest.param(" on 3 May", "", "“on 3 May” left out", id="cut"),
        pytest.param("men had", "armed men had", "“armed” put in", id="addition"),
        pytest.param(" that 1,200 men had crossed the river.", ".", "left out", id="end cut off"),
    ],
)
def test_an_altered_quotation_is_named_with_what_differs(form: str, old: str, new: str, said: str) -> None:
    text = _forged(given_as(form), form, QUOTE.quote, QUOTE.quote.replace(old, new))

    [check] = verify_quote_file(text, by_id(REPORT))

    assert check.status == "altered"
    assert said in check.detail
    assert check.nearest == QUOTE.quote
    assert check.line.startswith("altered: “The mayor, Ana Ruiz")
    assert "\n" not in check.line


@pytest.mark.parametrize("form", FORMS)
def test_a_quotation_of_somebody_else_is_misattributed(form: str) -> None:
    [check] = verify_quote_file(given_as(form).replace("Speaker: Ana Ruiz", "Speaker: Juan Soto"), by_id(REPORT))

    assert check.status == "misattributed"
    assert not check.stands
    assert "Speaker: Juan Soto" in check.detail
    assert "Speaker: Ana Ruiz" in check.detail


@pytest.mark.parametrize("form", FORMS)
def test_a_quotation_in_a_revised_document_has_moved(form: str) -> None:
    revised = document_of(("title", "The report, second edition"), ("body", QUOTE.quote), speaker="Ana Ruiz")

    [check] = verify_quote_file(given_as(form), by_id(revised))

    assert (check.status, check.stands) == ("moved", True)
    assert revised.text[check.start : check.end] == QUOTE.quote
    assert "was revised" in check.detail


@pytest.mark.parametrize("form", FORMS)
def test_a_quotation_that_a_revision_changed_is_altered(form: str) -> None:
    revised = document_of(("body", QUOTE.quote.replace("1,200", "1,100")), speaker="Ana Ruiz")

    [check] = verify_quote_file(given_as(form), by_id(revised))

    assert check.status == "altered"
    assert "“200” instead of “100”" in check.detail


def test_a_part_of_a_revised_sentence_is_not_the_quotation() -> None:
    revised = document_of(("body", QUOTE.quote), speaker="Ana Ruiz")
    text = given_as("plain").replace(" that 1,200 men had crossed the river.", "")

    assert [check.status for check in verify_quote_file(text, by_id(revised))] == ["altered"]


def test_words_that_somebody_else_says_in_the_revision_are_misattributed() -> None:
    revised = document_of(("title", "Other edition"), ("body", QUOTE.quote), speaker="Juan Soto")

    assert [check.status for check in verify_quote_file(given_as("plain"), by_id(revised))] == ["misattributed"]


def test_a_document_that_is_not_there_is_named() -> None:
    other = document_of(("body", QUOTE.quote), title="Something else")

    [check] = verify_quote_file(given_as("plain"), by_id(other))

    assert check.status == "unknown"
    assert REPORT.id in check.detail
    assert "“The report”" in check.detail


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda ref: ref[:-1] + ("0" if ref[-1] != "0" else "1"), id="hash"),
        pytest.param(lambda ref: ref.replace(f":{QUOTE.start}-", f":{QUOTE.start + 1}-"), id="start"),
        pytest.param(lambda ref: ref.replace(f"-{QUOTE.end}:", "-999999:"), id="outside"),
    ],
)
def test_an_altered_reference_is_found_out(change: object) -> None:
    text = given_as("plain")
    reference = text.rpartition(" ")[2]

    [check] = verify_quote_file(text.replace(reference, change(reference)), by_id(REPORT))  # type: ignore[operator]

    assert check.status == "altered"


@pytest.mark.parametrize("form", FORMS)
def test_quotation_marks_that_were_put_in_are_an_alteration(form: str) -> None:
    own = cite(REPORT, REPORT.sentences[3:4], 1)
    document = document_of(("body", "“Whole.”"))
    whole = cite(document, document.sentences, 1)

    assert "““" in given_as(form, own) or form == "annotation"
    assert "““" not in given_as(form, whole, document)
    text = _forged(given_as(form, whole, document), form, "“Whole.”", "““Whole.””")
    assert [check.status for check in verify_quote_file(text, by_id(document))] == ["altered"]


def test_marks_in_the_words_do_not_hide_which_words_they_are() -> None:
    document = document_of(("body", "[^1]: note ”[1]\n\nno"), ("body", "It is ”[1]\n\n“so.”[1]\n\n“no”[1]"))
    citations = [cite(document, [sentence], 1) for sentence in document.sentences]
    page = "\n\n".join(f"“{c.quote}”[{n}]" for n, c in enumerate(citations, 1))
    notes = "\n\n".join(
        f"[{n}] {given_as('plain', c, document).rpartition('— ')[2]}" for n, c in enumerate(citations, 1)
    )

    checks = verify_quote_file(f"{page}\n\n{notes}", by_id(document))

    assert [(check.status, check.start) for check in checks] == [("unchanged", c.start) for c in citations]


def test_lines_may_be_wrapped() -> None:
    wrapped = given_as("plain").replace(" denied on", "\ndenied on").replace("· Part", "·\nPart").replace("\n", "\r\n")

    assert [check.status for check in verify_quote_file(wrapped, by_id(REPORT))] == ["unchanged"]


@pytest.mark.parametrize("form", FORMS[:3])
def test_each_quotation_of_a_longer_file_is_checked(form: str) -> None:
    citations = [cite(REPORT, [sentence], 1) for sentence in REPORT.sentences[2:]]
    notes = [f"My note {n}.\n\n{given_as(form, citation)}\n\n" for n, citation in enumerate(citations)]
    changed = "".join(notes).replace("no fear", "some fear")

    whole, part = (verify_quote_file(text, by_id(REPORT)) for text in ("".join(notes), changed))

    assert [check.words for check in whole] == [shown(citation.quote) for citation in citations]
    assert [check.status for check in whole] == ["unchanged"] * 3
    assert [check.status for check in part] == ["unchanged", "altered", "unchanged"]
    assert "“some” instead of “no”" in part[1].detail


def test_annotations_in_a_list_are_each_checked() -> None:
    one = json.loads(given_as("annotation"))
    page = {"type": "AnnotationPage", "items": [one, one]}

    assert [check.status for check in verify_quote_file(json.dumps(page), by_id(REPORT))] == ["unchanged"] * 2
    assert len(verify_quote_file(json.dumps([one]), by_id(REPORT))) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "holds no quotation", id="empty"),
        pytest.param("“Words” without a reference.", "holds no quotation", id="no reference"),
        pytest.param("{}", "holds no quotation", id="other JSON"),
        pytest.param("{broken", "holds no quotation", id="broken JSON"),
        pytest.param("[" * 100_000, "holds no quotation", id="deep JSON"),
        pytest.param('{"type": "Annotation", "target": 1}', "lacks what was written", id="annotation without target"),
        pytest.param('{"abstained": false}', "not an answer", id="half a line"),
    ],
)
def test_a_file_without_quotations_says_so(text: str, said: str) -> None:
    with pytest.raises(CitationInvalid, match=said):
        verify_quote_file(text, by_id(REPORT))


def test_a_reference_without_words_is_altered() -> None:
    reference = given_as("plain").rpartition(" ")[2]

    [check] = verify_quote_file(f"see {reference}", by_id(REPORT))

    assert (check.status, check.words) == ("altered", "")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"\xff\xfe", "byte 0 is 0xff", id="not UTF-8"),
        pytest.param(b"PK\x03\x04 and more", "no Word document", id="not a package"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(CitationInvalid, match=said):
        read_quote_file(data)


def test_a_byte_order_mark_is_no_part_of_a_file() -> None:
    assert read_quote_file(b"\xef\xbb\xbfText") == "Text"


def test_the_short_hash_binds_document_place_and_words() -> None:
    hashes = {
        short_hash("a", 1, 2, "x"),
        short_hash("b", 1, 2, "x"),
        short_hash("a", 0, 2, "x"),
        short_hash("a", 1, 3, "x"),
        short_hash("a", 1, 2, "y"),
    }

    assert len(hashes) == 5


# --- the real report ---------------------------------------------------------------------------------------------


def test_every_sentence_of_the_report_stands_in_every_form() -> None:
    documents = by_id(*read_corpus(CORPUS).documents)
    [document] = documents.values()
    citations = [cite(document, [sentence], 1) for sentence in document.sentences if sentence.kind == "body"]
    copies = [attributed(citation, document) for citation in citations]

    for form in FORMS[:3]:
        checks = verify_quote_file("\n\n".join(getattr(copy, form) for copy in copies), documents)
        assert [(check.status, check.start) for check in checks] == [("unchanged", c.start) for c in citations]


def test_a_changed_report_file_is_found_out(tmp_path: Path) -> None:
    source = next(CORPUS.glob("*.txt"))
    [before] = read_corpus(CORPUS).documents
    sentences = [s for s in before.sentences if s.kind == "body" and s.speaker is None]
    kept, changed = (attributed(cite(before, [sentence], 1), before) for sentence in (sentences[5], sentences[40]))
    text = source.read_text(encoding="utf-8")
    words = before.text[sentences[40].start : sentences[40].end].split()[3:8]
    assert text.count(" ".join(words)) == 1
    (tmp_path / source.name).write_text(
        "An added line.\n\n" + text.replace(" ".join(words), "nobody at all"), encoding="utf-8"
    )
    title = f"title = {json.dumps(before.title)}\n"
    (tmp_path / f"{source.name}.toml").write_text(title, encoding="utf-8")

    checks = verify_quote_file(f"{kept.plain}\n\n{changed.plain}", by_id(*read_corpus(tmp_path).documents))

    assert [check.status for check in checks] == ["moved", "altered"]
    assert "nobody at all" in checks[1].detail


def test_all_forms_come_at_once() -> None:
    made = attributed(QUOTE, REPORT)

    assert isinstance(made, Attributed)
    assert len({made.plain, made.markdown, made.html, made.annotation}) == 4
