"""Clauses of questions in the order of statements; None wherever the grammar is not sure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.training.support_verbs import is_base, is_participle, past, third

BE = ("is", "are", "was", "were")
AUXILIARY = (*BE, "has", "have", "had", "did", "does", "do", "will", "would", "can", "could")
_DETERMINER = (
    "the",
    "a",
    "an",
    "his",
    "her",
    "its",
    "their",
    "our",
    "this",
    "that",
    "these",
    "my",
    "your",
    "of",
    "and",
    "new",
    "first",
    "last",
    "most",
    "next",
    "in",
)
PREPOSITION = (
    "by",
    "to",
    "for",
    "with",
    "from",
    "of",
    "after",
    "on",
    "in",
    "at",
    "about",
    "as",
    "into",
    "against",
    "under",
    "over",
)
_LEADS = "in|on|at|near|from|by|through|into|to|outside|inside|along|between|during|since|until|after|before|within|under|across|around|over|behind|toward|towards"
_LEAD = re.compile(rf"(?:{_LEADS})\b", re.IGNORECASE)
TIME = re.compile(r"(?:in|on|at|during|between|after|before|around|within)\b", re.IGNORECASE)
PLACE = re.compile(r"(?:in|on|at|near|outside|inside|along|between|within|across|behind|under)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?:early |late |mid-?)?(?:1\d{3}|20\d\d)(?:[-–]\d{2,4})?|[A-Z][a-z]+ (?:of )?(?:1\d{3}|20\d\d)")
_DAY = re.compile(r"(?:\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+|[A-Z][a-z]+ \d{1,2}(?:st|nd|rd|th)?)\b.*")

_INFLECTED: dict[str, Callable[[str], str]] = {"did": past, "does": third, "do": str}

Words = Sequence[str]


def finite(words: Words) -> tuple[str, Words] | None:
    """Subject with verb, and the rest: of "did the tower fall in May"; None where not exactly one verb is known."""
    auxiliary, rest = words[0], words[1:]
    verbs = [n for n, word in enumerate(rest) if n and _is_verb(word, rest[n - 1])]
    if len(verbs) != 1:  # "the railroad strike of 1877 take place"
        return None
    place = verbs[0]
    return f"{' '.join(rest[:place])} {_INFLECTED[auxiliary](rest[place])}", rest[place + 1 :]


def _is_verb(word: str, before: str) -> bool:
    return is_base(word) and before.lower() not in (*_DETERMINER, "to")


def predicate_place(words: Words) -> int | None:
    """Where the participle of a passive stands, which is never directly after an article."""
    for place, word in enumerate(words):
        if place and _is_predicate(word) and words[place - 1].lower() not in _DETERMINER:
            return None if word[0].isupper() else place
    return None


def _is_predicate(word: str) -> bool:
    return is_participle(word) or word == "being" or (word.endswith("ing") and len(word) > 5)


def with_adverbial(words: Words, told: str) -> str | None:
    """The clause with a time or a place behind it."""
    first = words[0]
    if first in ("did", "does", "do"):
        found = finite(words)
        return f"{found[0]} {' '.join(found[1])} {told}" if found else None
    if first not in (*BE, "has", "have", "had", "will") or len(words) < 2:
        return None
    rest = words[1:]
    if " ".join(rest[1:3]) in ("last time", "first time", "next time"):
        return f"{' '.join(rest)} {first} {told}"
    if (place := predicate_place(rest)) is not None:
        return f"{' '.join(rest[:place])} {first} {' '.join(rest[place:])} {told}"
    if first in BE and not any(is_base(word) for word in rest):
        return f"{' '.join(rest)} {first} {told}"
    return _future(rest, told) if first == "will" else None


def _future(rest: Words, told: str) -> str | None:
    for place in range(1, len(rest)):
        if is_base(rest[place]) and rest[place - 1] not in _DETERMINER:
            return f"{' '.join(rest[:place])} will {' '.join(rest[place:])} {told}"
    return None


def time_preposition(answer: str) -> str:
    """The preposition of a date without one, nothing for what is no date.

    >>> time_preposition("1912"), time_preposition("May 3")
    ('in', 'on')
    """
    if _YEAR.fullmatch(answer):
        return "in"
    if _DAY.fullmatch(answer):
        return "on"
    return "in the" if re.fullmatch(r"(?:early |late |mid-)?(?:\d{4}s|\d\d?(?:st|nd|rd|th) century)", answer) else ""


def with_preposition(answer: str, context: str, allowed: re.Pattern[str], default: str) -> str | None:
    """The answer behind its own preposition, that of the context, or the default one; None where that is no time or place."""
    if _LEAD.match(answer):
        return answer[0].lower() + answer[1:] if allowed.match(answer) else None
    found = re.search(rf"\b({_LEADS})((?: the| a| an)?) {re.escape(answer)}", context, re.IGNORECASE)
    if found:
        return f"{found.group(1).lower()}{found.group(2)} {answer}" if allowed.match(found.group(1)) else None
    return f"{default} {answer}" if default else None


def bare(answer: str) -> str:
    """The answer without a preposition before it."""
    return _LEAD.sub("", answer).strip() if _LEAD.match(answer) and " " in answer else answer


def relative(clause: Words) -> str | None:
    """The clause as it stands behind "that"."""
    if clause[0] in ("did", "does", "do"):
        found = finite(clause)
        return f"{found[0]} {' '.join(found[1])}".strip() if found else None
    if clause[0] not in AUXILIARY:
        return " ".join(clause)
    if clause[-1] in PREPOSITION and clause[0] in BE:
        place = predicate_place(clause[1:-1])
        cut = 1 + place if place is not None else len(clause) - 1
        return " ".join((*clause[1:cut], clause[0], *clause[cut:]))
    starts_predicate = (
        is_participle(clause[1])
        or clause[1].endswith("ing")
        or clause[1] in ("the", "a", "an", "in", "on", "not", "most", "also")
    )
    return " ".join(clause) if starts_predicate and clause[-1] not in PREPOSITION else None


def with_object(words: Words, answer: str) -> str | None:
    """The answer behind the verb: of "did Ada marry in 1912" and "Ben"."""
    found = finite(words)
    if not found:
        return None
    clause, rest = found
    if rest and rest[-1].lower() in PREPOSITION and len(rest) > 1:
        return None
    if rest and rest[0] in PREPOSITION and (len(rest) == 1 or rest[1] in PREPOSITION):
        return " ".join((clause, rest[0], answer, *rest[1:]))
    return " ".join((clause, answer, *rest))


def with_fronted(words: Words, answer: str) -> str | None:
    """The answer behind the preposition: of "was the tower built by" and "Ada"."""
    place = predicate_place(words[1:-1])
    if place is None or place != len(words) - 3:
        return None
    subject = " ".join(words[1 : 1 + place])
    return f"{subject} {words[0]} {' '.join(words[1 + place :])} {bare(answer)}"
