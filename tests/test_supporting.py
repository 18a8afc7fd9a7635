"""Rules and a judge decide together whether a statement is shown."""

from __future__ import annotations

import pytest
from test_judging import Broken, Scripted

from rag import Answer, Assistant, Violation
from rag.answering.supporting import Support, limits, passage_of
from rag.answering.verifying import enforce
from rag.errors import CitationInvalid
from rag.judging import LocalJudge, Patient, ReaderJudge
from rag.records import Citation, Statement
from rag.verification import Evidence

LIMITS = limits("local")
assert LIMITS is not None
SURE, UNSURE, NO = LIMITS.excuse + 1, (LIMITS.excuse + LIMITS.refuse) / 2, LIMITS.refuse - 1
PASSAGE = [Evidence("Police seized 12 boats of the gang in Arica, where many fear the men who own them.")]
PLAIN = "Police seized boats of the gang in Arica."
FREE = "Ordinary residents dread meeting those proprietors, and police seized boats of the gang in Arica."
WRONG = "Police seized 13 boats of the gang in Arica."
SHARPENED = "The gang's men killed twelve people in Arica."
DOUBTED = [Evidence("The gang's men allegedly killed twelve people in Arica.")]


def support(odds: float) -> Support:
    return Support(Patient(Scripted({}, default=odds), 5.0))


def kinds(found: list[Violation]) -> list[str]:
    return [violation.kind for violation in found]


@pytest.mark.parametrize(
    ("statement", "odds", "expected"),
    [
        (PLAIN, SURE, []),
        (PLAIN, UNSURE, []),
        (PLAIN, NO, ["unsupported"]),
        (FREE, SURE, []),
        (FREE, UNSURE, ["unsupported"]),
        (FREE, NO, ["unsupported"]),
        (WRONG, SURE, ["number"]),
    ],
    ids=["both agree", "no strong view", "refused", "excused", "not sure enough", "both object", "a figure is never excused"],
)  # fmt: skip
def test_rules_and_judge_decide_together(statement: str, odds: float, expected: list[str]) -> None:
    assert kinds(support(odds).violations(statement, PASSAGE)) == expected


def test_a_doubt_that_is_gone_is_never_excused() -> None:
    assert kinds(support(SURE).violations(SHARPENED, DOUBTED)) == ["certainty"]


def test_a_refusal_names_the_judge() -> None:
    assert "scripted" in support(NO).violations(PLAIN, PASSAGE)[0].detail


@pytest.mark.parametrize("judge", [None, Patient(ReaderJudge(), 5.0)], ids=["none", "one for questions only"])
def test_without_a_judge_of_statements_the_rules_decide(judge: Patient | None) -> None:
    alone = Support(judge)
    assert alone.violations(PLAIN, PASSAGE) == []
    assert kinds(alone.violations(FREE, PASSAGE)) == ["unsupported"]


def test_a_judge_that_breaks_is_not_asked_again() -> None:
    class Gone(Broken):
        tries = 0

        def supports(self, statement: str, passage: str) -> float:
            self.tries += 1
            raise ConnectionError("gone")

    judge = Gone({})
    once = Support(Patient(judge, 5.0))
    assert once.violations(PLAIN, PASSAGE) == once.violations(PLAIN, PASSAGE) == []
    assert judge.tries == 1


def test_without_a_judge_a_translation_must_be_near(assistant: Assistant) -> None:
    alone = Support(None, assistant.retriever.encoder.embed)
    assert alone.violations("La policía incautó 12 barcos de la banda en Arica.", PASSAGE) == []
    assert kinds(alone.violations("El pan recién hecho se vende por la mañana.", PASSAGE)) == ["unsupported"]


def test_a_judge_is_told_who_speaks() -> None:
    evidence = [Evidence("It fell.", "Ana Ruiz"), Evidence('"So it did," Luis Paz said.', "Luis Paz")]
    assert passage_of(evidence) == '(Ana Ruiz:) It fell. "So it did," Luis Paz said.'


def test_what_a_judge_excused_passes_enforcement_and_a_figure_does_not(assistant: Assistant) -> None:
    answer = assistant.ask("When was Tocorón prison taken over, and by how many police and soldiers?")
    assert isinstance(answer, Answer)

    def told(text: str, *excused: str) -> Answer:
        citation: Citation = answer.citations[0]
        return Answer("?", "?", (Statement(text, (1,), excused),), (citation,), (), mode="model", model="m")

    free = f"Ordinary residents dread meeting those proprietors, and {answer.citations[0].quote[3:40]}."
    with pytest.raises(CitationInvalid):
        enforce(told(free), assistant.documents)
    with pytest.raises(CitationInvalid):
        enforce(told("12,500 police took the prison.", "number"), assistant.documents)


def test_the_packaged_model_tells_a_faithful_statement_from_a_reversed_one(qwen: LocalJudge) -> None:
    passage = "On September 20, 2023, 11,000 police and soldiers surrounded and then took control of Tocorón prison."
    faithful = qwen.supports("Security forces captured the Tocorón jail in September 2023.", passage)
    assert (
        faithful > qwen.supports("Security forces failed to capture the Tocorón jail in September 2023.", passage) + 1
    )
