"""A follow-up made standalone: what it leaves out is taken from the turns before, by rules, or by a chat model whose wording is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from time import monotonic

from rag.answering.speaking import asks_who_said
from rag.errors import QuestionInvalid
from rag.models.writer import Writer, WriterFailed
from rag.prompting import standalone as standalone_prompt
from rag.reader.clauses import DEFINITION_ASKED
from rag.reader.questions import name_words, parse_question
from rag.reader.talk import talk
from rag.records import Abstention, Answer
from rag.retrieval.lexical import fold, words

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
_STANDS_FOR_NOTHING = re.compile(
    r"\b(?:there (?:is|are|was|were|has|have|had|been|be)\b|(?:is|are|was|were|has|have|had) there\b|(?:that|those|ones?|this|these) (?:who|whom|whose|which|that)\b"
    r"|(?:is|was) it (?:true|clear|known|possible|likely|said|thought)\b|one (?:of|in|out)\b)"
)
"""Words like those that refer, but that do not: "are there", "those who", "is it true"."""
_CONNECTS = re.compile(
    r"\b(?:say|says|said|claim\w*|evidence|proof|sign|signs|mention\w*|state|states|stated|show|shows|shown|suggest\w*|think|thinks|know|knows|found|fact|true|clear|known|possible|likely) (?P<that>that)\b"
)
"""This "that" opens a clause; it refers to nothing."""
_SUBJECT = re.compile(r"(?:it|they|he|she)\b")
_SAYING = re.compile(r"(?:say|said|think|thought|claim|believe|know|knew|hope|deny|denied|admit|tell|told)")
_CLAUSE = re.compile(
    r"[,;:]|\b(?:who|whom|whose|which|that|when|while|after|before|because|since|if|as|where|until|although|than|que|quienes?|cuando|mientras|porque|desde|si|donde|hasta|aunque)\b"
    r"|\b(?:and|but|y|pero) (?=(?:what|who|how|why|when|where|did|does|do|is|was|are|were|it|they|he|she|que|quien|como|cuando|donde)\b)"
)
"""Where another clause begins; what a pronoun behind it stands for may be named before it."""
_SEVERAL = re.compile(r"\b(?:they|them|these|those|ones|ellos|ellas|esos|esas)\b")
"""These stand for things rather than for a name."""
_POSSESSIVE = re.compile(r"\b(?:her|his|hers|their|its|su|sus)\b")
_ASKS = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how|que|quien|cual|cuando|donde|como|cuant[oa]s?)\b")
"""In "and in Chile, who did it?" the name does not stand for the whole question."""
_FEW_WORDS = 2
_TURNS = 3
"""Turns before that a model is told."""
_REWRITE_SECONDS = 10.0
_LONGEST = 300
"""Characters of a rewritten question; the reply to a longer one may be twice as long."""
_AROUND = " \"'“”*"
_FIGURE = re.compile(r"\d+")


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the turns before; itself when it does not lean on them.

    "And in Chile?" after "How many cells are there in Peru?" becomes that question about Chile; a question with a pronoun gets the names of
    the turn before behind it in parentheses.
    """
    asked = [before for turn in history if (before := question_of(turn)) and not _is_aside(before)]
    before = asked[-1] if asked else ""
    if not before or not leans(question):
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


def question_of(turn: Turn) -> str:
    """What a turn asked, standalone where that is known.

    Raises:
        QuestionInvalid: the turn is of neither form.
    """
    if isinstance(turn, Answer | Abstention):
        return turn.standalone
    asked = turn.get("question", "") if isinstance(turn, Mapping) else None
    if not isinstance(asked, str) or any("\ud800" <= character <= "\udfff" for character in asked):
        raise QuestionInvalid(
            'a turn of the history is neither an outcome nor {"question": …} with text; correct the history'
        )
    return asked


def leans(question: str) -> bool:
    """Whether a question seems to need the turns before it."""
    flat = fold(question)
    if _OPENING.match(flat) or _is_bare(question):
        return True
    empty = [found.span() for found in _STANDS_FOR_NOTHING.finditer(flat)]
    empty += [found.span("that") for found in _CONNECTS.finditer(flat)]
    names = [fold(name) for name in name_words(question)]
    pronouns = [
        found.start() for found in _REFERRING.finditer(flat) if not any(a <= found.start() < b for a, b in empty)
    ]
    owners = [] if names else [found.start() for found in _POSSESSIVE.finditer(flat)]  # else it is likely a name's own
    return any(not _names_something(flat[:at], names) for at in owners) or any(
        not _names_something(flat[: _clause_of(flat, at)], names) for at in pronouns
    )


def rewritten(question: str, history: Sequence[Turn], writer: Writer) -> str | None:
    """The follow-up in a model's words; None where the model fails, or its question has a name or figure that nobody mentioned.

    The turns before serve only to say what is asked; they are no evidence for the answer.
    """
    turns = [(question_of(turn), _answer_of(turn)) for turn in history[-_TURNS:]]
    until = monotonic() + min(_REWRITE_SECONDS, writer.seconds)
    try:
        *_, said = ["", *writer.reply(standalone_prompt(question, turns), until)]
    except WriterFailed:
        return None
    text = " ".join(said.split()).strip(_AROUND)
    mentioned = set(words(" ".join((question, *(part for turn in turns for part in turn)))))
    own = {word for name in name_words(f"x {text}") for word in words(name)} | set(_FIGURE.findall(text))
    fits = 0 < len(text) <= max(_LONGEST, 2 * len(question)) and text.endswith("?")
    return text if fits and own <= mentioned else None


def _clause_of(flat: str, at: int) -> int:
    """Where the clause begins in which the pronoun stands that begins there; it stands for nothing that its own clause names."""
    before = words(flat[:at])[-1:]
    if _SUBJECT.match(flat, at) and before and parse_question(before[0]).stems and not _SAYING.match(before[0]):
        return at  # "the women it brings": a clause begins with the pronoun
    return max((found.start() for found in _CLAUSE.finditer(flat, 0, at)), default=0)


def _names_something(flat: str, names: Sequence[str]) -> bool:
    """Whether the part of a question, folded, says enough for a pronoun behind it to stand for something in it."""
    return any(name in flat for name in names) or len(parse_question(flat).stems) >= _FEW_WORDS


def _is_aside(question: str) -> bool:
    """Whether a question says nothing about the topic: a greeting, thanks, "who said that?"."""
    return asks_who_said(question) or talk(question) is not None


def _answer_of(turn: Turn) -> str:
    if isinstance(turn, Answer):
        return turn.text
    answer = turn.get("answer", "") if isinstance(turn, Mapping) else ""
    return answer if isinstance(answer, str) else ""


def _is_bare(question: str) -> bool:
    """Whether a question has next to no words that could be searched for ("since when?"); one is enough to ask what it means."""
    found = len(parse_question(question).stems)
    return found < _FEW_WORDS and not (found and DEFINITION_ASKED.match(fold(question)))
