"""Citation enforcement: exact passes, anything else is refused with its kind."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import check_quotes, cite, enforce, marker, violations
from rag.documents import read_document
from rag.errors import CitationInvalid
from rag.records import Abstention, Answer, Citation, Document, Section, Sentence, Statement

FILE = Path(__file__).parent.parent / "corpus" / "tren-de-aragua-2023-10.txt"
REPORT = read_document(FILE, FILE.name)
TEXT = 'Heading\n\nIt rained. "It poured," said Ana. "It hailed," said Luis.'
SENTENCES = (
    Sentence(0, 7, 0, "heading"),
    Sentence(9, 19, 1),
    Sentence(20, 42, 1, "body", "Ana"),
    Sentence(43, 66, 1, "body", "Luis"),
)
DOCUMENT = Document(
    "d1",
    "Title",
    None,
    None,
    (),
    "en",
    "d.txt",
    TEXT,
    "0" * 64,
    "0" * 64,
    (Section(("Heading",), 0, 66),),
    SENTENCES,
    (),
)
DOCUMENTS = {"d1": DOCUMENT}
RAINED = Citation(1, "d1", "Title", ("Heading",), 9, 19, "It rained.")
POURED = Citation(2, "d1", "Title", ("Heading",), 20, 42, '"It poured," said Ana.', "Ana")
GOOD = (Statement("It rained.", (1,)), Statement('"It poured," said Ana.', (2,)))


def kinds(statements: tuple[Statement, ...], citations: tuple[Citation, ...]) -> list[str]:
    return [violation.kind for violation in violations(statements, citations, DOCUMENTS)]


def answer(statements: tuple[Statement, ...], citations: tuple[Citation, ...]) -> Answer:
    return Answer("q", "q", statements, citations, ())


def abstention(*nearest: Citation) -> Abstention:
    return Abstention("q", "q", "reason", (), nearest, ())


def test_exact_answer_and_abstention_pass() -> None:
    assert kinds(GOOD, (RAINED, POURED)) == []
    enforce(answer(GOOD, (RAINED, POURED)), DOCUMENTS)
    enforce(abstention(RAINED, POURED), DOCUMENTS)
    enforce(abstention(), DOCUMENTS)


def test_citation_that_no_statement_uses_is_checked_too() -> None:
    assert kinds(GOOD[:1], (RAINED, replace(POURED, start=21))) == ["quote-altered"]


BROKEN = {
    "one-character": replace(RAINED, quote="It rainxd."),
    "white-space": replace(RAINED, quote="It  rained."),
    "case": replace(RAINED, quote="it rained."),
    "shortened": replace(RAINED, quote="It rained"),
    "start": replace(RAINED, start=8),
    "end": replace(RAINED, end=20),
    "negative": replace(RAINED, start=9 - len(TEXT), end=19 - len(TEXT)),
    "beyond-the-end": replace(RAINED, end=1000),
    "empty": replace(RAINED, end=9, quote=""),
    "reversed": replace(RAINED, start=19, end=9, quote=""),
    "foreign-document": replace(RAINED, document_id="d2"),
    "speaker-not-in-document": replace(POURED, number=1, speaker="Pedro"),
}


@pytest.mark.parametrize("citation", BROKEN.values(), ids=BROKEN.keys())
def test_altered_citation_is_refused_in_answers_and_abstentions(citation: Citation) -> None:
    statement = Statement(citation.quote, (1,))
    assert kinds((statement,), (citation,)) == ["quote-altered"]
    with pytest.raises(CitationInvalid, match="quote-altered"):
        enforce(answer((statement,), (citation,)), DOCUMENTS)
    with pytest.raises(CitationInvalid, match="quote-altered"):
        enforce(abstention(citation), DOCUMENTS)


MISATTRIBUTED = {
    "another-speaker": replace(POURED, number=1, speaker="Luis"),
    "speaker-of-the-authors-words": replace(RAINED, speaker="Ana"),
    "empty-speaker": replace(POURED, number=1, speaker=""),
    "part-of-a-name": replace(POURED, number=1, speaker="A"),
}


@pytest.mark.parametrize("citation", MISATTRIBUTED.values(), ids=MISATTRIBUTED.keys())
def test_words_given_to_somebody_else_in_the_document_are_refused(citation: Citation) -> None:
    assert len(kinds((Statement(citation.quote, (1,)),), (citation,))) == 1
    with pytest.raises(CitationInvalid):
        enforce(abstention(citation), DOCUMENTS)


STATEMENTS = {
    "uncited": (Statement("It rained.", ()), "uncited"),
    "unknown-number": (Statement("It rained.", (7,)), "unknown-citation"),
    "known-and-unknown-number": (Statement("It rained.", (1, 7)), "unknown-citation"),
    "zero": (Statement("It rained.", (0,)), "unknown-citation"),
    "another-quote": (Statement("It rained.", (2,)), "quote-altered"),
    "altered": (Statement("It rained!", (1,)), "quote-altered"),
    "more-than-the-quote": (Statement("It rained. A lot.", (1,)), "quote-altered"),
    "empty": (Statement("", (1,)), "quote-altered"),
}


@pytest.mark.parametrize(("statement", "kind"), STATEMENTS.values(), ids=STATEMENTS.keys())
def test_statement_that_is_not_what_it_cites_is_refused(statement: Statement, kind: str) -> None:
    assert kinds((statement,), (RAINED, POURED)) == [kind]
    with pytest.raises(CitationInvalid, match=kind):
        enforce(answer((GOOD[0], statement), (RAINED, POURED)), DOCUMENTS)


def test_two_citations_with_one_number_are_refused() -> None:
    twins = (RAINED, replace(POURED, number=1))
    assert kinds((), twins) == ["unknown-citation"]
    with pytest.raises(CitationInvalid, match="same number"):
        enforce(abstention(*twins), DOCUMENTS)


def test_answer_without_statements_is_refused() -> None:
    with pytest.raises(CitationInvalid, match="uncited: the answer has no statement"):
        enforce(answer((), (RAINED,)), DOCUMENTS)


def test_every_violation_is_reported() -> None:
    with pytest.raises(CitationInvalid) as caught:
        enforce(
            answer((Statement("It rained.", ()), Statement("It snowed.", (1,))), (RAINED, replace(POURED, end=41))),
            DOCUMENTS,
        )
    assert [part.split(":")[0] for part in str(caught.value).split("; ")] == [
        "quote-altered",
        "uncited",
        "quote-altered",
    ]


@pytest.mark.parametrize(
    ("chosen", "quote", "speaker"),
    [
        ((1,), "It rained.", None),
        ((2,), '"It poured," said Ana.', "Ana"),
        ((2, 3), '"It poured," said Ana. "It hailed," said Luis.', None),
        ((1, 2), 'It rained. "It poured," said Ana.', None),
    ],
    ids=["authors", "one-speaker", "two-speakers", "authors-and-a-speaker"],
)
def test_citation_of_sentences_has_a_speaker_only_if_all_are_theirs(
    chosen: tuple[int, ...], quote: str, speaker: str | None
) -> None:
    citation = cite(DOCUMENT, [SENTENCES[n] for n in chosen], 3)
    assert (citation.number, citation.quote, citation.section) == (3, quote, ("Heading",))
    assert citation.speaker == speaker


def test_every_sentence_of_the_report_can_be_cited() -> None:
    citations = tuple(cite(REPORT, [s], n) for n, s in enumerate(REPORT.sentences, 1))
    statements = tuple(Statement(c.quote, (c.number,)) for c in citations)
    assert violations(statements, citations, {REPORT.id: REPORT}) == []


SPAN = st.integers(0, len(REPORT.sentences) - 1).map(lambda n: REPORT.sentences[n])


@given(sentence=SPAN, data=st.data(), character=st.characters(exclude_categories=["Cs"]))
def test_quote_altered_in_any_one_character_never_verifies(
    sentence: Sentence, data: st.DataObject, character: str
) -> None:
    exact = cite(REPORT, [sentence], 1)
    at = data.draw(st.integers(0, len(exact.quote) - 1))
    replaced = exact.quote[:at] + character + exact.quote[at + 1 :]
    inserted = exact.quote[:at] + character + exact.quote[at:]
    dropped = exact.quote[:at] + exact.quote[at + 1 :]
    for altered in {replaced, inserted, dropped} - {exact.quote}:
        bad = replace(exact, quote=altered)
        documents = {REPORT.id: REPORT}
        assert [v.kind for v in violations((Statement(altered, (1,)),), (bad,), documents)] == ["quote-altered"]
        assert [v.kind for v in violations((Statement(altered, (1,)),), (exact,), documents)] == ["quote-altered"]
        with pytest.raises(CitationInvalid):
            enforce(abstention(bad), documents)


@pytest.mark.parametrize(
    ("quote", "refused"),
    [
        ("It rained.", False),
        ('rained. "It', False),
        ("It snowed.", True),
        ("it rained.", True),
        ("", True),
        ("  ", True),
    ],
    ids=["sentence", "across-sentences", "invented", "case", "empty", "blank"],
)
def test_quotes_are_looked_for_character_for_character(quote: str, refused: bool) -> None:
    assert [v.kind for v in check_quotes([quote], DOCUMENTS)] == ["quote-altered"] * refused


def test_no_documents_hold_no_quotes() -> None:
    assert len(check_quotes(["It rained."], {})) == 1


def test_marker() -> None:
    assert (marker(1), marker(12)) == ("[1]", "[12]")
