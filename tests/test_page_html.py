"""The page's HTML: what is marked is what was quoted, and nothing in a document or a question is ever markup."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from page_helpers import HOSTILE, REPORT, Shown, answer, cite, cite_text, make_document

from rag.exporting import attributed
from rag.page.cards import Reading, answer_html, draft_html, suggestions_html, turn_html
from rag.page.evidence import covered
from rag.page.viewer import Span, document_html, spans_of, viewer_html
from rag.page.wording import NAMES, WORDS, language_of_visitor
from rag.reader.questions import parse_question
from rag.records import Abstention, Answer, Chunk, Citation, Hit, Statement, Verdict, Violation, Withheld
from rag.rendering.html import Failure, entities

READ = Reading({REPORT.id: REPORT})
TAGS = {"div", "blockquote", "a", "span", "footer", "button", "details", "summary"}


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

    markup = answer_html(3, answer(citation), READ)

    shown = Shown(markup)
    assert shown.by_class["quote"] == HOSTILE
    assert shown.by_class["place"] == "Part one"
    assert shown.by_class["speaker"] == "Speaker: A <b>colonel</b>"
    assert f"“{HOSTILE}”" in shown.text
    assert 'href="#c-3-2"' in markup
    assert shown.ids == ["q-3-2"]
    assert set(shown.tags) == TAGS


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

    page = Shown(answer_html(1, answer(cite_text(document, quote)), Reading({document.id: document})))

    assert page.by_class["quote"] == quote
    assert page.text.startswith(f"[1] {shown}Copy")


def test_the_title_is_named_when_there_are_several_documents() -> None:
    other = make_document(("body", "Other."), key="d2")

    markup = answer_html(1, answer(cite_text(REPORT, "first")), Reading({REPORT.id: REPORT, other.id: other}))

    assert Shown(markup).by_class["place"] == "Title d1 · Part one"


def test_the_prose_of_a_model_links_its_quotations() -> None:
    citation = cite_text(REPORT, "first paragraph")
    prose = Answer("Q?", "Q?", (Statement("It is *first*.", (1,)),), (citation,), (), mode="model", model="m")

    shown = Shown(answer_html(1, prose, READ))

    assert shown.by_class["statement"] == "It is *first*. [1]"
    assert shown.by_class["quote"] == "first paragraph"


def test_what_was_withheld_is_told_with_its_reason_and_as_text() -> None:
    citation = cite_text(REPORT, "first paragraph")
    why = Violation("<b>12</b> men.", "number", "“12” is <i>not</i> there")
    held = Answer(
        "Q?", "Q?", (Statement(citation.quote, (1,)),), (citation,), (), model="m",
        withheld=(Withheld("<b>12</b> men.", (why,)),), notice="m broke off <x>.",
    )  # fmt: skip

    markup = answer_html(1, held, READ)
    shown = Shown(markup)

    assert "<b>12" not in markup
    assert "<i>not" not in markup
    assert shown.by_class["notice"] == "m broke off <x>."
    assert "1 sentence was withheld, since the passages do not carry what m wrote." in shown.by_class["withheld"]
    assert "<b>12</b> men. “12” is <i>not</i> there" in shown.by_class["withheld"]


def test_an_abstention_says_so_and_labels_its_passages() -> None:
    nearest = cite_text(REPORT, "first paragraph")
    abstention = Abstention("Q?", "Q?", "Nothing on <Canada>.", ("Canada", "<b>"), (nearest,), ())

    shown = Shown(answer_html(1, abstention, READ))

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

    shown = Shown(answer_html(1, abstention, READ)).text

    assert (f"Not covered: {', '.join(uncovered)}" in shown) is listed
    assert ("Not covered" in shown) is listed


def test_an_abstention_without_passages_promises_none() -> None:
    abstention = Abstention("Q?", "Q?", "Nothing.", (), (), ())

    assert "Nearest" not in answer_html(1, abstention, Reading({}))


def test_ids_are_unique_in_a_conversation() -> None:
    turns = [answer(cite(REPORT, 24, 40), cite(REPORT, 30, 50, 2)), answer(cite(REPORT, 24, 40))]

    shown = Shown(document_html(REPORT, spans_of(turns, REPORT.id)))
    said = Shown("".join(turn_html(n, "Q?", answer_html(n, one, READ), "en") for n, one in enumerate(turns, 1)))

    assert sorted(shown.ids) == ["c-1-1", "c-1-2", "c-2-1"]
    assert sorted(said.ids) == ["q-1-1", "q-1-2", "q-2-1", "t-1", "t-2"]


def test_a_question_is_text() -> None:
    shown = Shown(turn_html(1, HOSTILE, answer_html(1, Failure(HOSTILE, HOSTILE), READ), "en"))

    assert shown.by_class["question"] == shown.by_class["failure"] == HOSTILE
    assert set(shown.tags) == {"div", "h2", "button", "p"}


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
    shown = Shown(answer_html(1, answer(marked(*ranges)), READ))

    assert shown.by_class["quote"] == HOSTILE
    assert shown.by_class.get("words", "") == "".join(HOSTILE[a:b] for a, b in ranges)
    assert set(shown.tags) <= {*TAGS, "b"}
    assert shown.tags.count("b") == len(ranges)


def test_the_document_shows_the_words_of_each_turn() -> None:
    turns = [answer(marked((0, 8))), answer(marked((4, 20))), answer(marked())]

    shown = Shown(document_html(REPORT, spans_of(turns, REPORT.id)))

    assert shown.text == REPORT.text
    assert shown.by_class["c-1-1"] == shown.by_class["c-2-1"] == HOSTILE
    assert shown.by_class["words"] == HOSTILE[:20]
    assert set(shown.tags) == {"article", "h2", "h3", "p", "a", "mark", "b"}


def test_a_span_in_the_document_knows_its_section_and_speaker() -> None:
    outcome = answer(cite_text(REPORT, HOSTILE, speaker=HOSTILE))

    markup = document_html(REPORT, spans_of([None, outcome], REPORT.id))

    assert attribute(markup, "aria-label") == [
        f"Citation 1 of answer 2: back to the answer. Part one. Speaker: {HOSTILE}"
    ]
    assert attribute(markup, "data-place") == ["Part one"]
    assert attribute(markup, "data-speaker") == [f"Speaker: {HOSTILE}"]


def attribute(markup: str, name: str) -> list[str]:
    """Its values, as a browser reads them."""
    return [unescape(value) for value in re.findall(rf' {name}="([^"]*)"', markup)]


def test_a_quotation_is_copied_in_four_forms() -> None:
    citation = cite_text(REPORT, HOSTILE, speaker=HOSTILE)

    markup = answer_html(1, answer(citation), READ)

    forms = attributed(citation, REPORT)
    assert attribute(markup, "data-copy") == [forms.plain, forms.markdown, forms.html, forms.annotation]
    assert attribute(markup, "data-form") == ["plain", "markdown", "html", "annotation"]
    assert json.loads(attribute(markup, "data-copy")[3])["target"]["selector"][0]["exact"] == HOSTILE


def test_what_no_longer_stands_in_its_document_is_not_offered_for_copying() -> None:
    altered = replace(cite_text(REPORT, "first"), quote="last")

    assert "data-copy" not in answer_html(1, answer(altered), READ)
    assert "data-copy" not in answer_html(1, answer(cite_text(REPORT, "first")), Reading({}))


def test_a_page_is_told_with_the_place() -> None:
    citation = replace(cite_text(REPORT, "first"), page=7)

    shown = Shown(answer_html(1, answer(citation), Reading({REPORT.id: REPORT}, "es")))

    assert shown.by_class["place"] == "Part one · página 7"


def test_suggestions_are_asked_with_one_click_and_are_text() -> None:
    abstention = Abstention("Q?", "Q?", "Nothing.", (), (), ())

    markup = answer_html(1, abstention, Reading({}, suggestions=(HOSTILE,)))

    assert attribute(markup, "data-ask") == [HOSTILE]
    assert "These have an answer" in Shown(markup).text
    assert suggestions_html((), "x") == ""


def test_a_question_can_be_edited() -> None:
    assert attribute(turn_html(1, HOSTILE, "", "en"), "data-edit") == [HOSTILE]


def test_a_draft_shows_what_has_passed_as_text_and_no_number_yet() -> None:
    shown = Shown(draft_html([Statement(HOSTILE, (1,))], HOSTILE))

    assert shown.by_class["statement"] == shown.by_class["pending"] == HOSTILE
    assert set(shown.tags) == {"div", "p", "span"}


# --- why these passages ------------------------------------------------------------------------------------------


def hit(text: str, rank: int, **why: object) -> Hit:
    start = REPORT.text.index(text)
    chunk = Chunk(f"k{rank}", REPORT.id, ("Part one",), start, start + len(text), text)
    return replace(Hit(chunk, 0.5, rank), **why)  # type: ignore[arg-type]


def test_every_hit_says_how_it_was_found() -> None:
    first = hit(
        "The first paragraph", 1, dense_rank=3, dense_score=0.614, lexical_rank=1, lexical_score=4.2, reader_score=0.25
    )
    second = hit(HOSTILE, 2, multilingual_rank=2, multilingual_score=-0.5, reader_score=0.75)
    outcome = replace(
        answer(cite_text(REPORT, "first")), hits=(first, second), standalone="What is the first paragraph of <Chile>?"
    )

    markup = answer_html(1, outcome, READ)
    items = Shown(markup).by_class["why"].split("Part one")[1:]

    assert items[0].startswith(" [1]The first paragraph")
    assert "meaning 3. 0.61" in items[0]
    assert "words 1. 4.20" in items[0]
    assert "across languages not found" in items[0]
    assert "reader 2. 0.25" in items[0]
    assert "Of the question it has: first, paragraph" in items[0]
    assert "across languages 2. -0.50" in items[1]
    assert "reader 1. 0.75" in items[1]
    assert "no word of the question" in items[1]
    assert "<script" not in markup


def test_words_are_covered_by_stem_and_by_the_heading() -> None:
    found = hit("The first paragraph", 1)
    question = parse_question("Which parts have paragraphs about Chile?")

    assert covered(question, found, {REPORT.id: REPORT}) == {"parts": True, "paragraphs": True, "Chile": False}


def test_a_greeting_has_no_passages_to_explain() -> None:
    talk = Abstention("Hi", "Hi", "Hello.", (), (), (), asked_nothing=True)

    assert Shown(answer_html(1, talk, READ)).text == "Hello."


# --- verdicts and languages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ruling", "said"), [("confirmed", "confirmed by qwen"), ("none", "took too long")])
def test_a_verdict_is_said(ruling: str, said: str) -> None:
    given = replace(answer(cite_text(REPORT, "first")), verdict=Verdict("qwen", ruling, 1.25))  # type: ignore[arg-type]
    assert said in Shown(answer_html(1, given, READ)).by_class["ruling"]


def test_the_missing_part_of_a_question_is_named_and_never_markup() -> None:
    given = replace(answer(cite_text(REPORT, "first")), missing=(HOSTILE,))
    assert Shown(answer_html(1, given, READ)).by_class["missing"] == f"The report does not say: {HOSTILE}"


def test_what_is_said_around_an_answer_is_in_the_language_of_the_question() -> None:
    abstention = Abstention("¿Q?", "¿Q?", "Nada.", (), (cite_text(REPORT, "first"),), (), language="es")

    shown = Shown(answer_html(1, abstention, READ))

    assert shown.by_class["verdict"] == "El informe no lo dice."
    assert "idioma original" in shown.by_class["ruling"]
    assert "Copy" in shown.text


def test_every_language_says_the_same_things() -> None:
    fields = {
        language: {key: set(re.findall(r"{\w+}", text)) for key, text in words.items()}
        for language, words in WORDS.items()
    }

    assert fields["es"] == fields["en"]
    assert set(NAMES) == set(WORDS)


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        pytest.param("es", "en-US,en;q=0.9", "es", id="chosen before"),
        pytest.param(None, "es-CO,es;q=0.9,en;q=0.8", "es", id="browser"),
        pytest.param(None, "de-DE,de;q=0.9,en;q=0.8,es;q=0.7", "en", id="the first that is spoken"),
        pytest.param("xx", "", "en", id="nothing known"),
    ],
)
def test_the_visitor_is_met_in_a_language(cookie: str | None, accepted: str, language: str) -> None:
    assert language_of_visitor(cookie, accepted) == language
