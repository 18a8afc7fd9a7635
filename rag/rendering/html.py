"""What a turn of a conversation can come to, and text as HTML.

All text of documents, questions and titles goes through `entities`; nothing else may stand between the tags or in an attribute.
"""

import re
from dataclasses import dataclass

from rag.records import Abstention, Answer, Citation


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that could not be put, and why; shown, but no part of the history."""

    question: str
    message: str


Outcome = Answer | Abstention | Failure
_ACTIVE = re.compile(r"[\t\n\r!-/:-@\[-`{-~]")


def entities(text: str) -> str:
    """The text such that HTML, Markdown and template engines all show it character by character.

    >>> entities("<b> $1 *x*")
    '&#60;b&#62; &#36;1 &#42;x&#42;'
    """
    sound = text.encode("utf-8", "replace").decode()  # a lone surrogate in a question cannot be sent to the browser
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", sound)


def cited(outcome: Outcome) -> tuple[Citation, ...]:
    """The numbered passages of an outcome: an answer's quotations or the passages nearest to an abstention."""
    if isinstance(outcome, Answer):
        return outcome.citations
    return outcome.nearest if isinstance(outcome, Abstention) else ()
