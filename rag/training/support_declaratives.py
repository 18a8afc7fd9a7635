"""A question and its answer to the statement that they make together; None wherever the rules are not sure of the grammar."""

from __future__ import annotations

import re
from collections.abc import Callable

from rag.reader.expressions import is_country
from rag.training.support_clauses import (
    AUXILIARY,
    BE,
    PLACE,
    PREPOSITION,
    TIME,
    Words,
    bare,
    finite,
    relative,
    time_preposition,
    with_adverbial,
    with_fronted,
    with_object,
    with_preposition,
)
from rag.training.support_verbs import base_of_past, is_base, is_participle

_PLURAL_S = re.compile(r"[^su]s$")
_UNFIT = re.compile(
    r"[\[\]{}|*<>=]|\b(?:you|your|i|we|my|me|us|how|why|unknown|(?:start|begin) and (?:end|finish))\b", re.IGNORECASE
)
_CLAUSE = re.compile(r" (?:is|was|are|were|has|had|will) ")


def declarative(question: str, answer: str, context: str) -> str | None:
    """The statement, with capitals as in the context; None where the question is of no form that is understood.

    Args:
        question: As people type it, capitals missing or not.
        answer: Its short answer.
        context: The text around the answer, which tells capitals and the preposition before it.

    >>> declarative("When was the tower built?", "1912", "The tower was built in 1912.")
    'The tower was built in 1912.'
    >>> declarative("who did Ada marry", "Ben Croft", "Ada's husband was Ben Croft.")
    'Ada married Ben Croft.'
    >>> declarative("why is it so", "it rains", "It rains.") is None
    True
    """
    answer = answer.strip(" ,;:.")
    words = recased(question.rstrip(" ?"), context).split()
    if not 3 <= len(words) <= 20 or not 1 <= len(answer.split()) <= 12 or _CLAUSE.search(answer):
        return None
    if _UNFIT.search(" ".join((*words[1:], answer))):
        return None
    words = [words[0].lower(), *words[1:]]
    if words[0].endswith("'s") or words[0] in ("whos", "whats"):
        words = [words[0].rstrip("s").rstrip("'"), "is", *words[1:]]
    if words[0] in ("in", "on", "during", "at") and words[1] in ("what", "which"):
        words = words[1:]
    rule = _RULES.get(words[0])
    made = rule(words[1:], answer, context) if rule else None
    return _sentence(made) if made else None


def recased(text: str, context: str) -> str:
    """The text with capitals where the context has them within a sentence.

    >>> recased("who met ada brill", "In May Ada Brill came.")
    'who met Ada Brill'
    """
    inside = set(re.findall(r"(?<=[a-z,;)] )[A-Z][\w'-]*", context))
    small = set(re.findall(r"\b[a-z][\w'-]*", context))
    capital = {word.lower(): word for word in inside if word.lower() not in small}
    return re.sub(r"[\w'-]+", lambda m: _with_capital(m.group(), capital), text)


def _with_capital(word: str, capital: dict[str, str]) -> str:
    return capital.get(word) or (word.capitalize() if is_country(word) else word)


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!")) else ".")


def _who(words: Words, answer: str, context: str) -> str | None:
    first, rest = words[0], words[1:]
    if first in ("did", "does", "do"):
        return with_object(words, answer)
    if words[-1] in PREPOSITION:
        return with_fronted(words, answer) if first in BE else None
    if first in BE:
        return _who_is(first, rest, answer)
    if not re.match(r"[a-z]+$", first) or first in ("else", "all") or first in ("will", "would", "can", "could", "do"):
        return None
    return f"{answer} {' '.join(words)}"


def _who_is(verb: str, rest: Words, answer: str) -> str | None:
    """A title is held by the answer; somebody is what the answer says."""
    if rest[0] in ("the", "a", "an") and len(rest) > 1:
        return f"{answer} {verb} {' '.join(rest)}"
    if (
        is_participle(rest[0])
        or rest[0].endswith("ing")
        or rest[0] in ("responsible", "considered", "known", "credited")
    ):
        return f"{answer} {verb} {' '.join(rest)}"
    if all(word[0].isupper() for word in rest) and re.match(r"(?:an?|the) ", answer):
        return f"{' '.join(rest)} {verb} {answer}"
    return None


def _when(words: Words, answer: str, context: str) -> str | None:
    told = with_preposition(answer, context, TIME, time_preposition(answer))
    return with_adverbial(words, told) if told else None


def _where(words: Words, answer: str, context: str) -> str | None:
    if words[-1] == "at":
        words = words[:-1]
    if words[-1] == "from" and words[0] in ("did", "does", "do"):
        found = finite(words[:-1]) if len(words) > 3 else None
        return f"{found[0]} {' '.join(found[1])} from {bare(answer)}" if found else None
    told = with_preposition(answer, context, PLACE, "in")
    return with_adverbial(words, told) if told and words[-1] not in PREPOSITION else None


def _what(words: Words, answer: str, context: str) -> str | None:
    if words[0] in BE:
        return _what_is(words, answer)
    if words[0] in ("did", "does"):
        return None if words[-1] == "do" else with_object(words, answer)
    if words[0] in ("year", "date", "month", "day") and words[1] in AUXILIARY:
        return _when(words[1:], answer, context)
    return _of_kind(words, answer)


def _what_is(words: Words, answer: str) -> str | None:
    verb, rest = words[0], words[1:]
    if len(rest) > 1 and rest[-1] in ("called", "named"):
        return f"{' '.join(rest[:-1])} {verb} {rest[-1]} {answer}"
    if rest[-1] in PREPOSITION:
        return with_fronted(words, answer)
    if "called" in rest or "named" in rest:
        return None
    if rest[0] in ("the", "a", "an") and len(rest) > 2 and not is_participle(rest[-1]):
        return f"{' '.join(rest)} {verb} {answer}"
    return None


def _of_kind(words: Words, answer: str) -> str | None:
    """The answer is the river that runs through Lima: of "river runs through Lima"."""
    place = next((n for n, word in enumerate(words[:6]) if n and word in AUXILIARY), None)
    if place is None:
        place = 1 if len(words) > 2 and (re.fullmatch(r"[a-z]+(?:s|ed)", words[1]) or base_of_past(words[1])) else None
        place = None if place and _PLURAL_S.search(words[0]) else place
    if (
        place is None
        or len(words) - place < 3
        or words[0] in ("happens", "happened", "else", "if", "about", "the", "do", "can")
    ):
        return None
    noun, clause = " ".join(words[:place]), words[place:]
    verb = "are" if _PLURAL_S.search(words[place - 1]) and words[place - 1] not in ("species", "series") else "is"
    told = relative(clause)
    return f"{answer} {verb} the {noun} that {told}" if told else None


def _how(words: Words, answer: str, context: str) -> str | None:
    if words[0] == "many" and len(words) > 3:
        return _how_many(words[1:], answer)
    if words[0] in ("long", "old", "tall", "high", "deep", "wide", "big") and words[1] in BE and len(words) > 2:
        if any(is_base(w) or is_participle(w) for w in words[3:]):
            return None
        tail = "" if words[0] in answer or words[0] == "big" else f" {words[0]}"
        return f"{' '.join(words[2:])} {words[1]} {answer}{tail}"
    if words[0] == "much" and words[1] in ("did", "does") and words[-1] in ("cost", "weigh"):
        return with_object(words[1:], answer)
    return None


def _how_many(words: Words, answer: str) -> str | None:
    place = next((n for n, word in enumerate(words[:6]) if n and word in AUXILIARY), None)
    if place is None:
        return None
    noun, clause = words[:place], words[place:]
    counted = noun[1:] if noun[0].rstrip("s") in answer else noun
    count = " ".join((answer, *counted))
    if clause[:2] in (["are", "there"], ["were", "there"]):
        return f"there {clause[0]} {count} {' '.join(clause[2:])}"
    if clause[0] in BE and len(clause) > 1 and (clause[1] in PREPOSITION or is_participle(clause[1])):
        return f"{count} {' '.join(clause)}"
    if clause[0] in ("did", "does", "do"):
        found = finite(clause)
        return _counted(*found, count, last=noun[0] == "times") if found else None
    return None


def _counted(clause: str, rest: Words, count: str, *, last: bool) -> str | None:
    if rest and rest[-1] in PREPOSITION:
        return None
    return " ".join((clause, *rest, count) if last else (clause, count, *rest))


_RULES: dict[str, Callable[[Words, str, str], str | None]] = {
    "who": _who,
    "when": _when,
    "where": _where,
    "what": _what,
    "which": _what,
    "how": _how,
}
