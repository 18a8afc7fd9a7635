"""What can be asked at all, told before anything is loaded."""

from __future__ import annotations

import unicodedata

from rag.errors import QuestionInvalid


def validate(question: object, limit: int) -> str:
    """The question without white space around it.

    Raises:
        QuestionInvalid: it is not text, empty, longer than `limit` characters, or holds control characters.
    """
    if not isinstance(question, str):
        raise QuestionInvalid(f"the question is {type(question).__name__}, not text; give a string")
    text = question.strip()
    if not text:
        raise QuestionInvalid("the question is empty; type a question")
    if len(text) > limit:
        raise QuestionInvalid(
            f"the question has {len(text)} characters, {limit} are allowed; shorten it, or raise RAG_MAX_QUESTION_CHARS"
        )
    control = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t"), None)
    if control is not None:
        raise QuestionInvalid(f"the question holds the control character U+{ord(control):04X}; remove it")
    if not any(c.isalnum() for c in text):
        raise QuestionInvalid("the question holds no word; type a question in words")
    return text
