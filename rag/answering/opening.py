"""A yes-or-no question and the quotation that was found for it: "Yes", or nothing, where the quotation does not say so.

"No" is never said: to this judge a denial looks like silence (evals/EXPERIMENTS.md), and a wrong "No" is worse than the bare quotation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rag.answering.supporting import passage_of
from rag.answering.verifying import evidence_in, may_affirm
from rag.judging import Patient
from rag.reader.questions import Question
from rag.records import Answer, Document

YES: Final = 2.0
"""Log-odds of the judge from which a quotation to which no rule objects says yes. Chosen on the dev part of `evals/openings.jsonl`."""
_A_REQUEST = re.compile(r"^\W*\w+ (?:you|we|i)\b", re.IGNORECASE)
""""Can you tell me …", "Do we know …": yes would not be the answer."""
_SECONDS = 4.0


def opened(answer: Answer, question: Question, documents: Mapping[str, Document], judge: Patient) -> Answer:
    """The answer with a "yes" that its first quotation bears out; as it is where it does not.

    Rules and judge must agree: the rules see changed figures, names, doubts and denials, the judge whether it is what is asked.
    """
    if question.answer_type != "yesno" or _A_REQUEST.match(question.text):
        return answer
    first = answer.citations[0]
    evidence = evidence_in(documents[first.document_id], first.start, first.end)
    if not may_affirm(question.text, evidence):
        return answer
    sure = judge.affirms(question.text, passage_of(evidence), judge.deadline(_SECONDS))
    return answer if sure is None or sure < YES else replace(answer, opening="yes")
