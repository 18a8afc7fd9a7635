"""Outcomes as JSON lines and text, and back: nothing is lost, and what does not stand in the documents is refused."""

import json
from dataclasses import replace

import pytest
from page_helpers import HOSTILE, REPORT, answer, cite_text

from rag.citations import enforce
from rag.errors import CitationInvalid
from rag.records import Abstention, Answer, Citation, Verdict
from rag.rendering import from_line, to_line, to_text


def marked(*ranges: tuple[int, int], text: str = HOSTILE) -> Citation:
    """A citation of a text of the report; the ranges count from its start."""
    citation = cite_text(REPORT, text)
    return replace(citation, marks=tuple((citation.start + a, citation.start + b) for a, b in ranges))


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
    text = to_text(given, {REPORT.id: REPORT})
    assert "On a second reading by qwen" in text
    assert note in text
    again = from_line(json.loads(json.dumps(to_line(given))))
    assert isinstance(again, Abstention)
    assert (again.note, again.verdict) == (note, given.verdict)


def test_the_missing_part_of_a_question_is_named_and_never_markup() -> None:
    given = replace(answer(cite_text(REPORT, "first")), missing=(HOSTILE,))
    assert HOSTILE in to_text(given, {REPORT.id: REPORT})
    again = from_line(json.loads(json.dumps(to_line(given))))
    assert isinstance(again, Answer)
    assert again.missing == (HOSTILE,)


def test_an_unknown_ruling_is_refused() -> None:
    line = to_line(replace(answer(cite_text(REPORT, "first")), verdict=Verdict("qwen", "confirmed", 1.0)))
    line["verdict"]["ruling"] = "guilty"
    with pytest.raises(CitationInvalid, match="guilty"):
        from_line(line)
