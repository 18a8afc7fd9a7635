"""Sentence boundaries: better than the library alone, and never inside a quotation or a parenthesis."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.sentence_boundaries import gold_paragraphs, library_alone, ours, score
from rag.documents.sentences import quotation_spans, sentence_spans


def split(*sentences: str) -> None:
    """Assert that the sentences, joined by spaces, are found again."""
    assert ours(" ".join(sentences)) == list(sentences)


def test_hundred_marked_sentences_are_found_and_more_than_by_the_library_alone() -> None:
    right, total, missed = score(ours)
    assert total == sum(len(paragraph) for paragraph in gold_paragraphs()) == 100
    assert right + len(missed) == total
    assert right >= 98
    assert right > score(library_alone)[0]


TABLE = {
    "plain": ("One came.", "Two went!", "Did three?"),
    "quotation-of-two": ('"They left. They came back," he said.', "Then it rained."),
    "quotation-at-the-end": ('He said: "They left. They came."', "Then it rained."),
    "typographic": ("“They left. They came,” he said.", "Then it rained."),
    "guillemets": ("«Se fueron. Volvieron», dijo.", "Luego llovió."),
    "parenthesis": ("The unit (founded in 2018. It is small.) came.", "It left."),
    "brackets": ("The unit [founded in 2018. It is small.] came.", "It left."),
    "unclosed-quotation": ('He wrote "this is it.', "Then it rained.", "Nobody came."),
    "unclosed-then-closed": ('He wrote "this is it.', 'She said "it rained. It poured," and left.', "Nobody came."),
    "unopened-quotation": ('This is it," he wrote.', "Then it rained."),
    "nickname": ('Guerrero, alias "Niño," led it.', "It grew."),
    "spanish-title": ("The Gral. Flores came.", "He left."),
    "two-titles": ("We met Cnel. Ruiz and the Lic. Pérez there.", "Nobody spoke."),
    "month": ("It began on Sept. 20 at dawn.", "It ended at noon."),
    "decimal": ("It cost 2.5 million.", "Nobody paid."),
    "small-letter": ("He asked why not? and left.", "Nobody answered."),
    "initials": ("The note was signed by H. G. Ruiz of Lima.", "Nobody knew him."),
    "apostrophes": ("It is the gang's.", "Nobody's left."),
}


@pytest.mark.parametrize("sentences", TABLE.values(), ids=TABLE.keys())
def test_boundaries(sentences: tuple[str, ...]) -> None:
    split(*sentences)


def test_overlong_quotation_is_divided_like_other_text() -> None:
    sentences = [f"They came in year {n} and took everything with them." for n in range(20)]
    text = '"' + " ".join(sentences) + '" he said.'
    assert len(text) > 800
    assert len(sentence_spans(text)) == 20


def test_nothing_has_no_sentences() -> None:
    assert sentence_spans("") == []
    assert sentence_spans(" \n ") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "yes it is," and left.', ['"yes it is,"']),
        ('"One," he said, "and two."', ['"One,"', '"and two."']),
        ("“One,” he said.", ["“One,”"]),
        ('He said "this and never closed it.', []),
        ('A 6" pipe and a 3" nail.', []),
        ("No marks.", []),
        ('("Inside," he said)', ['"Inside,"']),
    ],
    ids=["middle", "two", "typographic", "unclosed", "inches", "none", "in-parenthesis"],
)
def test_quotations(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in quotation_spans(text)] == expected


PIECES = [
    "A",
    "b",
    "said",
    "Dr.",
    "H.",
    "2.5",
    "Sept.",
    "20",
    ".",
    "!",
    "?",
    "…",
    '"',
    "“",
    "”",
    "(",
    ")",
    "[",
    "]",
    " ",
    "  ",
    ",",
    "-",
    "é",
    "\n",
]
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_sentences_are_in_order_stripped_and_cover_every_character(text: str) -> None:
    end = 0
    for a, b in sentence_spans(text):
        assert end <= a < b <= len(text)
        assert text[end:a].strip() == ""
        assert text[a:b] == text[a:b].strip()
        end = b
    assert text[end:].strip() == ""


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_quotations_are_in_order_and_open_and_close_with_marks(text: str) -> None:
    end = 0
    for a, b in quotation_spans(text):
        assert end <= a < b - 1 < len(text)
        assert text[a] in '"“«'
        assert text[b - 1] in '"”»'
        end = b


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_no_sentence_ends_inside_a_quotation(text: str) -> None:
    ends = {b for _, b in sentence_spans(text)[:-1]}
    short = [(a, b) for a, b in quotation_spans(text) if b - a <= 800]
    assert not [(a, b) for a, b in short if any(a < end < b for end in ends)]
