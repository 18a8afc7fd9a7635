"""Questions about the document itself, answered from its title and credits."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.reader.features import Candidate
from rag.reader.questions import Question
from rag.retrieval.lexical import fold

_ROLES = (
    (r"\b(?:edit(?:or|ors|ed|ing|aron|o|or|ores)|editad[oa])\b", r"^\W*edit"),
    (r"\b(?:layout|design\w*|graphics?|disen\w+)\b", r"^\W*(?:layout|design|graphic|disen)"),
    (r"\b(?:wrote|writ\w+|authors?|authored|research\w*|byline|autor\w*|escri\w+|redact\w+|elabor\w+|produced|behind)\b", r"^\W*(?:authors?|autor|by |por |written|writ)"),
    (r"\b(?:when|date[ds]?|month|year|cuando|fecha|mes|ano)\b", r"^\W*(?:published|date|fecha)?\W*(?:[a-z]+ (?:\d{1,2},? )?|\d{1,2} )?(?:de )?(?:19|20)\d\d$"),
)  # fmt: skip
_TITLE = re.compile(r"\b(?:titled?|headline|called|titulo|titula)\b")


def credit_scores(question: Question, candidates: Sequence[Candidate], titles: Sequence[bool]) -> NDArray[np.float64]:
    """(n_candidates,) 1 for the line that names what is asked for, else 0.

    Args:
        question: About the document.
        candidates: Lines of its title and credits.
        titles: Which of them are the title.
    """
    flat = fold(question.text)
    labels = [label for asked, label in _ROLES if re.search(asked, flat)]
    scores = []
    for candidate, is_title in zip(candidates, titles, strict=True):
        named = any(re.search(label, fold(candidate.text)) for label in labels)
        scores.append(1.0 if named or (is_title and _TITLE.search(flat)) else 0.0)
    return np.array(scores)
