"""A follow-up made standalone: what it leaves out is taken from the turns before, by rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.errors import QuestionInvalid
from rag.reader.questions import name_words, parse_question
from rag.records import Abstention, Answer
from rag.retrieval.lexical import fold

Turn = Answer | Abstention | Mapping[str, object]
"""A turn before: an outcome, or {"question": …} as in a batch line."""

_OPENING = re.compile(r"^\W*(?:and|but|so|or|y|pero|o|what about|how about|que hay de|que pasa con)\b")
_SHORT_SWAP = re.compile(
    r"^\W*(?:and|but|or|y|pero|what about|how about)\b(?:\s+(?:in|for|about|from|with|by|en|de|con|para))?\s+(?P<name>[^?,;]{2,60})\??\s*$",
    re.IGNORECASE,
)
_REFERRING = re.compile(
    r"\b(?:he|she|they|them|him|it|there|this|that|these|those|then|one|ones|el mismo|ella|ellos|ellas|eso|esa|ese|esto|esos|alli|alla|entonces)\b"
)
_SEVERAL = re.compile(r"\b(?:they|them|these|those|ones|ellos|ellas|esos|esas)\b")
"""These stand for things rather than for a name."""
_POSSESSIVE = re.compile(r"\b(?:her|his|hers|their|its|su|sus)\b")
_ASKS = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how|que|quien|cual|cuando|donde|como|cuant[oa]s?)\b")
"""In "and in Chile, who did it?" the name does not stand for the whole question."""
_FEW_WORDS = 2


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the turns before; itself when it does not lean on them.

    "And in Chile?" after "How many cells are there in Peru?" becomes that question about Chile; a question with a pronoun gets the names of
    the turn before behind it in parentheses.
    """
    if not history:
        return question
    before = _question_of(history[-1])
    if not before or not _leans(question):
        return question
    earlier_names = name_words(before)
    swap = _SHORT_SWAP.match(question)
    if swap and not _ASKS.search(fold(swap["name"])) and name_words("x " + swap["name"]) and earlier_names:
        return before.replace(earlier_names[-1], swap["name"].strip())
    own = fold(question)
    named = bool(name_words(question))
    replaces = named and _OPENING.match(own)  # "and in Chile, who …": no longer in Peru
    kept = earlier_names[:-1] if replaces else earlier_names
    carried = [name for name in kept if fold(name) not in own]
    if _is_bare(question) or (not carried and (not named or _SEVERAL.search(own))):
        parsed = parse_question(before)
        carried += [
            word
            for word in parsed.surface
            if fold(word) not in own
            and fold(word) not in fold(" ".join(carried))
            and not (named and fold(word) in fold(" ".join(earlier_names)))
        ]
    return f"{question} ({', '.join(carried)})" if carried else question


def _question_of(turn: Turn) -> str:
    if isinstance(turn, Answer | Abstention):
        return turn.standalone
    asked = turn.get("question", "") if isinstance(turn, Mapping) else None
    if not isinstance(asked, str) or any("\ud800" <= character <= "\udfff" for character in asked):
        raise QuestionInvalid(
            'a turn of the history is neither an outcome nor {"question": …} with text; correct the history'
        )
    return asked


def _leans(question: str) -> bool:
    flat = fold(question)
    owner = _POSSESSIVE.search(flat) and not name_words(question)  # else it is likely the question's own
    return bool(_OPENING.match(flat) or _REFERRING.search(flat) or owner) or _is_bare(question)


def _is_bare(question: str) -> bool:
    """Whether a question has next to no words that could be searched for ("since when?")."""
    return len(parse_question(question).stems) < _FEW_WORDS
