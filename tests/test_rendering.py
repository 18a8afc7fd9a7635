"""The page's HTML: what is marked is what was quoted, and nothing in a document or a question is ever markup."""

import json
from dataclasses import replace

import pytest
from page_helpers import HOSTILE, REPORT, Shown, answer, cite, cite_text, make_document

from rag.citations import enforce
from rag.errors import CitationInvalid
from rag.records import Abstention, Answer, Citation, Statement, Verdict, Violation, Withheld
from rag.rendering import from_line, to_line, to_text
from rag.rendering.html import (
    Failure,
    Span,
    answer_html,
    document_html,
    entities,
    messages,
    spans_of,
    viewer_html,
)


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


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        pytest.param("Plain.", "“Plain.”", id="none of its own"),
        pytest.param("“Whole.”", "“Whole.”", id="typographic"),
        pytest.param('"Whole."', '"Whole."', id="straight"),
        pytest.param("‘Whole.’", "‘Whole.’", id="single"),
        pytest.param("“Yes,” he said.", "““Yes,” he said.”", id="at the beginning only"),
        pytest.param('He said "yes"', '“He said "yes"”', id="at the end only"),
        pytest.param('"', '“"”', id="one character"),
    ],
)
def test_a_quotation_with_quotation_marks_gets_no_second_pair(quote: str, shown: str) -> None:
    document = make_document(("body", quote))

    page = Shown(answer_html(1, answer(cite_text(document, quote)), {document.id: document}))

    assert page.by_class["quote"] == quote
    assert page.text == f"[1] {shown}"


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


def test_what_was_withheld_is_told_with_its_reason_and_as_text() -> None:
    citation = cite_text(REPORT, "first paragraph")
    why = Violation("<b>12</b> men.", "number", "“12” is <i>not</i> there")
    held = Answer(
        "Q?", "Q?", (Statement(citation.quote, (1,)),), (citation,), (), model="m",
        withheld=(Withheld("<b>12</b> men.", (why,)),), notice="m broke off <x>.",
    )  # fmt: skip

    markup = answer_html(1, held, {REPORT.id: REPORT})
    shown = Shown(markup)

    assert "<b>12" not in markup
    assert "<i>not" not in markup
    assert shown.by_class["notice"] == "m broke off <x>."
    assert "1 sentence was withheld, since the passages do not carry what m wrote." in shown.by_class["withheld"]
    assert "<b>12</b> men. “12” is <i>not</i> there" in shown.by_class["withheld"]


def test_an_abstention_says_so_and_labels_its_passages() -> None:
    nearest = cite_text(REPORT, "first paragraph")
    abstention = Abstention("Q?", "Q?", "Nothing on <Canada>.", ("Canada", "<b>"), (nearest,), ())

    shown = Shown(answer_html(1, abstention, {REPORT.id: REPORT}))

    assert shown.by_class["verdict"] == "The report does not say."
    assert "Nothing on <Canada>." in shown.text
    assert "Not covered: Canada, <b>" in shown.text
    assert shown.by_class["nearest"] == "Nearest passages not an answer"
    assert shown.by_class["quote"] == "first paragraph"


@pytest.mark.parametrize(
    ("uncovered", "listed"),
    [
        pytest.param(("Canada",), False, id="said"),
        pytest.param(("Canada", "gang"), False, id="all said"),
        pytest.param(("Canada", "members"), True, id="one is new"),
        pytest.param(("Can",), True, id="only part of a word"),
        pytest.param((), False, id="none"),
    ],
)
def test_the_words_that_the_reason_names_are_not_listed_again(uncovered: tuple[str, ...], listed: bool) -> None:
    abstention = Abstention("Q?", "Q?", "Nothing speaks of “Canada”, “gang”.", uncovered, (), ())

    shown = Shown(answer_html(1, abstention, {REPORT.id: REPORT})).text

    assert (f"Not covered: {', '.join(uncovered)}" in shown) is listed
    assert ("Not covered" in shown) is listed


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


def marked(*ranges: tuple[int, int], text: str = HOSTILE) -> Citation:
    """A citation of a text of the report; the ranges count from its start."""
    citation = cite_text(REPORT, text)
    return replace(citation, marks=tuple((citation.start + a, citation.start + b) for a, b in ranges))


@pytest.mark.parametrize(
    "ranges",
    [
        pytest.param([], id="none"),
        pytest.param([(0, 8)], id="a tag, at the beginning"),
        pytest.param([(3, 12), (12, 20)], id="through markup, touching"),
        pytest.param([(len(HOSTILE) - 5, len(HOSTILE))], id="at the end"),
        pytest.param([(0, len(HOSTILE))], id="everything"),
    ],
)
def test_the_words_that_answer_are_bold_and_nothing_else_is(ranges: list[tuple[int, int]]) -> None:
    shown = Shown(answer_html(1, answer(marked(*ranges)), {REPORT.id: REPORT}))

    assert shown.by_class["quote"] == HOSTILE
    assert shown.by_class.get("words", "") == "".join(HOSTILE[a:b] for a, b in ranges)
    assert set(shown.tags) <= {"div", "blockquote", "a", "span", "footer", "b"}
    assert shown.tags.count("b") == len(ranges)


def test_the_document_shows_the_words_of_each_turn() -> None:
    turns = [answer(marked((0, 8))), answer(marked((4, 20))), answer(marked())]

    shown = Shown(document_html(REPORT, spans_of(turns, REPORT.id)))

    assert shown.text == REPORT.text
    assert shown.by_class["c-1-1"] == shown.by_class["c-2-1"] == HOSTILE
    assert shown.by_class["words"] == HOSTILE[:20]
    assert set(shown.tags) == {"article", "h2", "h3", "p", "a", "mark", "b"}


def test_marks_come_back_from_a_line_and_are_left_out_when_there_are_none() -> None:
    with_marks, without = answer(marked((0, 8), (10, 12))), answer(marked())
    line = json.loads(json.dumps(to_line(with_marks)))

    start = with_marks.citations[0].start
    assert line["citations"][0]["marks"] == [[start, start + 8], [start + 10, start + 12]]
    assert from_line(line) == with_marks
    assert "marks" not in to_line(without)["citations"][0]


def test_plain_text_has_no_marks() -> None:
    documents = {REPORT.id: REPORT}

    assert to_text(answer(marked((0, 8))), documents) == to_text(answer(marked()), documents)


@pytest.mark.parametrize("marks", [7, [7], [[1]], [[1, 2, 3]], [["a", "b"]], [None], "ab"], ids=str)
def test_marks_that_are_no_ranges_are_refused(marks: object) -> None:
    line = to_line(answer(marked()))
    line["citations"][0]["marks"] = marks

    with pytest.raises(CitationInvalid, match="batch format"):
        from_line(line)


@pytest.mark.parametrize(
    ("ranges", "sound"),
    [
        pytest.param([(0, 3), (3, 5)], True, id="touching"),
        pytest.param([(0, len(HOSTILE))], True, id="everything"),
        pytest.param([(-1, 3)], False, id="before the span"),
        pytest.param([(0, len(HOSTILE) + 1)], False, id="behind the span"),
        pytest.param([(2, 2)], False, id="empty"),
        pytest.param([(4, 2)], False, id="backwards"),
        pytest.param([(0, 3), (2, 5)], False, id="overlapping"),
        pytest.param([(4, 6), (0, 3)], False, id="out of order"),
        pytest.param([(0, 6), (2, 3)], False, id="nested"),
    ],
)
def test_marks_outside_their_quotation_are_never_shown(ranges: list[tuple[int, int]], sound: bool) -> None:
    outcome = answer(marked(*ranges))

    if sound:
        enforce(outcome, {REPORT.id: REPORT})
        return
    with pytest.raises(CitationInvalid, match="marks"):
        enforce(outcome, {REPORT.id: REPORT})


# --- verdicts ----------------------------------------------------------------------------------------------------

VERDICTS = {
    "confirmed": "confirmed by qwen",
    "found": "Found on a second reading by qwen",
    "none": "qwen took too long or failed",
}


@pytest.mark.parametrize(("ruling", "said"), VERDICTS.items(), ids=VERDICTS.keys())
def test_a_verdict_is_said_everywhere(ruling: str, said: str) -> None:
    given = replace(answer(cite_text(REPORT, "first")), verdict=Verdict("qwen", ruling, 1.25))  # type: ignore[arg-type]
    assert said in Shown(answer_html(1, given, {REPORT.id: REPORT})).text
    assert said in to_text(given, {REPORT.id: REPORT})
    line = to_line(given)
    assert line["verdict"] == {"judge": "qwen", "ruling": ruling, "seconds": 1.25}
    assert from_line(json.loads(json.dumps(line))).verdict == given.verdict


def test_without_a_judge_nothing_is_said_of_one() -> None:
    given = answer(cite_text(REPORT, "first"))
    assert "verdict" not in to_line(given)
    assert "second" not in to_text(given, {REPORT.id: REPORT})


def test_a_demoted_answer_says_so_and_what_the_closest_passage_lacks() -> None:
    note = "The closest passage does not mention “Chile”."
    given = Abstention(
        "Q?",
        "Q?",
        "No passage answers.",
        (),
        (cite_text(REPORT, "first"),),
        (),
        note=note,
        verdict=Verdict("qwen", "demoted", 1.0),
    )
    for text in (Shown(answer_html(1, given, {REPORT.id: REPORT})).text, to_text(given, {REPORT.id: REPORT})):
        assert "On a second reading by qwen" in text
        assert note in text
    again = from_line(json.loads(json.dumps(to_line(given))))
    assert isinstance(again, Abstention)
    assert (again.note, again.verdict) == (note, given.verdict)


def test_the_missing_part_of_a_question_is_named_and_never_markup() -> None:
    given = replace(answer(cite_text(REPORT, "first")), missing=(HOSTILE,))
    shown = Shown(answer_html(1, given, {REPORT.id: REPORT}))
    assert f"does not say: {HOSTILE}" in shown.text or f"do not say: {HOSTILE}" in shown.text
    assert HOSTILE in to_text(given, {REPORT.id: REPORT})
    again = from_line(json.loads(json.dumps(to_line(given))))
    assert isinstance(again, Answer)
    assert again.missing == (HOSTILE,)


def test_an_unknown_ruling_is_refused() -> None:
    line = to_line(replace(answer(cite_text(REPORT, "first")), verdict=Verdict("qwen", "confirmed", 1.0)))
    line["verdict"]["ruling"] = "guilty"
    with pytest.raises(CitationInvalid, match="guilty"):
        from_line(line)
