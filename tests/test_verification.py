"""The check as a whole: what it returns, what it says to an editor, the real report against itself, and odd input."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from rag.documents import read_corpus
from rag.verification import Evidence, Finding, check, coverage, uncovered

CORPUS = Path(__file__).parent.parent / "corpus"
_FIGURE = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?![\w])")


def own_sentences() -> list[tuple[str, Evidence]]:
    return [
        (text, Evidence(text, sentence.speaker, document.title))
        for document in read_corpus(CORPUS).documents
        for sentence in document.sentences
        if sentence.kind == "body"
        for text in [document.text[sentence.start : sentence.end]]
    ]


def with_other_figure(text: str) -> str | None:
    """The text with the first digit of its first figure changed."""
    match = _FIGURE.search(text)
    if not match:
        return None
    first = "3" if match.group()[0] == "2" else "2"
    return text[: match.start()] + first + text[match.start() + 1 :]


def test_no_sentence_of_the_report_contradicts_itself() -> None:
    wrong = {text: found for text, evidence in own_sentences() if (found := check(text, [evidence]))}
    assert wrong == {}


def test_a_changed_figure_is_found_in_every_sentence_of_the_report_that_has_one() -> None:
    changed = [(new, evidence) for text, evidence in own_sentences() if (new := with_other_figure(text))]
    missed = [new for new, evidence in changed if "number" not in {f.kind for f in check(new, [evidence])}]
    assert len(changed) > 15
    assert missed == []


def test_no_passage_is_one_finding() -> None:
    assert check("The ferry sank.", []) == [Finding("uncited", "it cites no passage")]


@pytest.mark.parametrize("statement", ["", " \n\t"])
def test_an_empty_statement_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match="the statement is empty"):
        check(statement, [Evidence("The ferry sank.")])


def test_the_detail_says_what_the_passage_has_instead() -> None:
    (finding,) = check("Police held 13 men.", [Evidence("Police held 12 men.")])
    assert finding == Finding("number", "“13” is not in the cited passage, which has “12”")


def test_a_claim_without_its_source_is_told_whose_it_is() -> None:
    (finding,) = check("The dam is safe.", [Evidence('"The dam is safe," said Ana Ruiz.', "Ana Ruiz")])
    assert finding == Finding("speaker", "it is the claim of Ana Ruiz; say so")


def test_several_things_that_are_wrong_are_all_found() -> None:
    found = check("Colombian police did not hold 13 men.", [Evidence("Peruvian police held 12 men.")])
    assert {finding.kind for finding in found} == {"name", "negation", "number"}


def test_uncovered_words_stand_in_order_and_as_written() -> None:
    evidence = [Evidence("Officers seized boats of the gang.")]
    assert uncovered("Furious police burned the gang's wooden boats.", evidence) == ("Furious", "burned", "wooden")


def test_coverage_is_a_share() -> None:
    evidence = [Evidence("Officers seized boats of the gang.")]
    assert coverage("Police seized boats.", evidence) == 1
    assert coverage("Farmers planted coffee.", evidence) == 0
    assert 0 < coverage("Police burned boats.", evidence) < 1


def test_a_statement_without_words_that_count_is_covered() -> None:
    assert coverage("It is so.", [Evidence("The ferry sank.")]) == 1


ODD = [
    "\x00\ud800\uffff",
    "ﬁﬀ ß İ ı ﷽ ’’’“““",
    "١٢٣ ⅓ ² 一二三 ¹⁄₂ Ⅻ",
    "'" * 50 + '"' * 50,
    "1,2,3,4.5.6:7 -- 99999999999999999999999 2,,3 $ % 5%%",
    "\u202eabc\u202c \u200b \ufeff",
    "not not never no n't nor",
    "A. B. C. U.S. . . . !!! ???",
    "[1] [2]",
    "Said said, according to to said.",
    "and and and",
]


@pytest.mark.parametrize("statement", ODD)
@pytest.mark.parametrize("passage", ["", *ODD])
def test_odd_characters_raise_nothing(statement: str, passage: str) -> None:
    assert isinstance(check(statement, [Evidence(passage, passage, passage)]), list)


LONG = {
    "letters": "a" * 20_000,
    "digits": "1" * 20_000,
    "figures": "12 men, " * 2500,
    "names": "Ana Ruiz " * 2200,
    "denials": "did not go, " * 1600,
    "quotes": "\"'“‘" * 5000,
    "commas": ", and" * 4000,
    "said": "according to X said Y, " * 850,
    "hedges": "may all some often one of the most ",
    "spaces": "a" + " " * 19_998 + "b",
    "sentences": "The ferry sank on 5 May 2020 because of wind. " * 430,
    "hyphens": "one-two-" * 2500,
}


@pytest.mark.parametrize("text", [(text * 600)[:20_000] for text in LONG.values()], ids=list(LONG))
def test_long_input_takes_less_than_a_second(text: str) -> None:
    started = time.process_time()
    check(text, [Evidence(text, text[:200], "About")])
    check(text, [Evidence("The ferry sank on 5 May 2020 and 12 men may not have been saved.", "Ana Ruiz")])
    check("The ferry sank on 5 May 2020 and 12 men may not have been saved.", [Evidence(text)])
    assert time.process_time() - started < 2  # three checks


def test_a_statement_with_three_passages_takes_less_than_twenty_milliseconds() -> None:
    sentences = own_sentences()
    cases = [(sentences[n][0], [sentences[n - 1][1], sentences[n][1], sentences[n - 2][1]]) for n in range(2, 80)]
    started = time.process_time()
    for statement, evidence in cases:
        check(statement, evidence)
    assert (time.process_time() - started) / len(cases) < 0.02
