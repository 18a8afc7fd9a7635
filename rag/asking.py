"""What a local judge is asked, word for word: in use, and where its adapter is trained (`rag.training.adapter`)."""

from __future__ import annotations

SYSTEM = (
    "You are given a passage and a question or a statement. Reply Yes only if the passage states the answer to exactly this question, "
    "or everything that the statement says. Otherwise reply No."
)
COPY = "Copy from the passage, word for word, the shortest phrase that answers the question."
_CHATML = "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\nPassage: {passage}\n\n{kind}: {text}<|im_end|>\n<|im_start|>assistant\n"
"""The passage first, so that what was worked out about it serves the next question too."""
_TURN = 'Yes<|im_end|>\n<|im_start|>user\n{copy}<|im_end|>\n<|im_start|>assistant\n"'
"""A second request after a yes; the model goes on after the quotation mark, so that it copies and does not talk."""


def question_prompt(question: str, passage: str) -> str:
    """Whether the passage answers, for a model that follows ChatML; the reply begins with Yes or No."""
    return _CHATML.format(system=SYSTEM, passage=_plain(passage), kind="Question", text=_plain(question))


def statement_prompt(statement: str, passage: str) -> str:
    """Whether the passage carries the statement; the reply begins with Yes or No."""
    return _CHATML.format(system=SYSTEM, passage=_plain(passage), kind="Statement", text=_plain(statement))


def phrase_prompt(question: str, passage: str) -> str:
    """Which words answer; the reply goes on until the closing quotation mark."""
    return question_prompt(question, passage) + _TURN.format(copy=COPY)


def _plain(text: str) -> str:
    """Without the tokens that would end the model's turn: a passage is data."""
    return text.replace("<|im_", "<| im_")
