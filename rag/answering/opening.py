"""A yes-or-no question and the quotation that was found for it: "Yes", "No", or neither, where the quotation does not state it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rag.answering.supporting import passage_of
from rag.answering.verifying import evidence_in, opening_by_rules
from rag.judging import Patient
from rag.reader.questions import Question
from rag.records import Answer, Document

YES: Final = 2.0
"""Log-odds of the judge from which a quotation to which no rule objects says yes. Both limits were chosen on the dev part of `evals/openings.jsonl`."""
NO: Final = 0.5
"""Log-odds up to which a quotation says no in which a rule sees the question denied, and nothing else against it."""
_A_REQUEST = re.compile(r"^\W*\w+ (?:you|we|i)\b", re.IGNORECASE)
""""Can you tell me …", "Do we know …": yes would not be the answer."""
_SECONDS = 4.0


def opened(answer: Answer, question: Question, documents: Mapping[str, Document], judge: Patient) -> Answer:
    """The answer with the word that its first quotation bears out; as it is where none is.

    Rules and judge must agree: the rules see changed figures, names, doubts and denials, the judge whether it is what is asked.
    """
    if question.answer_type != "yesno" or _A_REQUEST.match(question.text):
        return answer
    first = answer.citations[0]
    evidence = evidence_in(documents[first.document_id], first.start, first.end)
    word = opening_by_rules(question.text, evidence)
    sure = judge.affirms(question.text, passage_of(evidence), judge.deadline(_SECONDS)) if word else None
    if sure is None or (sure < YES if word == "yes" else sure > NO):
        return answer
    return replace(answer, opening=word)
