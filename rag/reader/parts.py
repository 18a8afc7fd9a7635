"""A question that asks two things, as two questions."""

from __future__ import annotations

import re

MOST = 3
"""Parts at most."""
_WORDS = r"(?:what|which|who|whom|whose|when|where|why|how|qué|que|quién|quiénes|cuál|cuáles|cuándo|dónde|por qué|cómo|cuánto|cuántos|cuánta|cuántas)"
_PREPOSITION = r"(?:in|at|by|to|from|for|of|on|with|through|about|en|a|de|por|con|para|sobre)"
_SECOND_QUESTION = re.compile(
    rf"[,;]?\s+(?:and|but|y|e)\s+(?:then\s+|luego\s+|después\s+)?(?=(?:{_PREPOSITION}\s+)?{_WORDS}\b(?!\s+(?:ever|not)\b))",
    re.IGNORECASE,
)
_TWO_PLACES = re.compile(
    r"\b(?P<first>(?P<one>in|around|near|from|to|inside|en|desde|cerca de|dentro de)\s+(?P<a>[A-ZÁÉÍÓÚÑ][\w-]*(?:\s+(?:(?:de|la|del)\s+)*[A-ZÁÉÍÓÚÑ][\w-]*)*))"
    r"\s+(?:and|y)\s+(?P<second>(?:in|around|near|from|to|inside|en|desde|cerca de|dentro de)\s+[A-ZÁÉÍÓÚÑ][\w-]*(?:\s+(?:(?:de|la|del)\s+)*[A-ZÁÉÍÓÚÑ][\w-]*)*)"
)
_BETWEEN = re.compile(r"\b(?:between|entre|both)\b", re.IGNORECASE)  # "between Peru and what country" asks one thing
_REFERS_BACK = re.compile(
    r"\b(?:so|that|this|it|eso|esto|ello)\W*$", re.IGNORECASE
)  # "who said so?" means nothing alone
_FEWEST_WORDS = 3


def parts(question: str) -> tuple[str, ...]:
    """The questions that a question joins with "and", in order; just itself when it asks one thing.

    A second question word opens a second part, and two places with a preposition each ask about both.

    >>> parts("Where were they arrested, and how many were there?")
    ('Where were they arrested?', 'how many were there?')
    >>> parts("Who runs the cells in Peru and in Chile?")
    ('Who runs the cells in Peru?', 'Who runs the cells in Chile?')
    """
    pieces = [piece for piece in _SECOND_QUESTION.split(question) if piece.strip()]
    joined = 1 < len(pieces) <= MOST and all(len(piece.split()) >= _FEWEST_WORDS for piece in pieces)
    if joined and not _BETWEEN.search(pieces[0]) and not any(_REFERS_BACK.search(piece) for piece in pieces[1:]):
        return tuple(piece.strip().rstrip("?") + "?" for piece in pieces)
    if places := _TWO_PLACES.search(question):
        before, after = question[: places.start()], question[places.end() :]
        return before + places["first"] + after, before + places["second"] + after
    return (question,)
