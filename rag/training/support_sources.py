"""A question with its paragraph to sources of statements: right statements with their evidence, and what can go wrong with them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.retrieval.lexical import analyse, fold
from rag.training.examples import Example
from rag.training.support_declaratives import declarative
from rag.training.support_edits import Edit
from rag.training.support_phrases import ALONGSIDE, CAUSED, CERTAIN, HEDGES, OPENINGS, SAID, SPEAKERS, listed
from rag.training.support_swaps import alternatives, side_by_side, typed

_LEAST_COVERED = 0.6
"""Share of a declarative's words that evidence and title must have; below, half of those looked at said more than the evidence."""
_FIT = re.compile(r"[A-Z\"][^|{}<>=\u0370-\uffff]*[a-z\d)\"]\.")
_LEANING = re.compile(r"(?:It|He|She|They|This|These|His|Her|Its|Their|That|Those)\b")
_HEDGED = re.compile(
    r"\b(?:may|might|could|probabl[ey]|likely|possibl[ey]|perhaps|reportedly|alleged(?:ly)?|apparently|according|said|claim\w*|believed|suggest\w*|if)\b",
    re.IGNORECASE,
)
_CAUSAL = re.compile(
    r"\b(?:because|cause[sd]?|due|therefore|thus|results?|resulted|so|led|leads?|reason|thanks|owing|then|after|also|however|but)\b|;",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"^The (?:names|two|three|four|five|main|types|kinds)\b.* (?:are|were) ")
"""What is answered by a list, of which the data often has only the first item."""
_RANK = re.compile(
    r"\b(?:most|least|last|first|only|next|latest|current|new|now|again|all|every|always|never|second|third|[a-z]{3,}est)\b"
)
_BE = re.compile(r"\b(is|are|was|were|has been|have been) (?!not\b|never\b|no\b)")
_SMALL_WORDS = frozenset(
    "The A An He She It They His Her Its Their This These Those In On At During Most Some Many All After".split()
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A statement that the evidence of its source does not carry."""

    kind: str
    statement: str
    carried_by: str
    """Evidence that would carry it, lest its wording tell by itself that it is wrong."""


@dataclass(frozen=True, slots=True)
class Source:
    """A right statement with its evidence."""

    kind: str
    statement: str
    evidence: str
    edits: tuple[Edit, ...] = ()
    """Edits of its own that make it wrong."""
    wrong: tuple[Wrong, ...] = ()
    answer: str = ""
    """What other evidence must not have, lest it carry the statement as well."""
    needs_heading: bool = False
    """Whether the statement leans on the article's title."""


def sources(example: Example, rng: random.Random, sentences: int) -> Iterator[Source]:
    """The declarative of the question, and statements of so many of the paragraph's sentences."""
    if made := _declared(example, rng):
        yield made
    fit = [n for n, text in enumerate(example.sentences) if _is_fit(text)]
    for place in rng.sample(fit, min(sentences, len(fit))):
        makers = [_verbatim, _verbatim, rng.choice((_merged, _attributed, _hedged, _caused))]
        for make in rng.sample(makers, 2):
            if source := make(example.sentences, place, rng):
                yield source


def _is_fit(text: str) -> bool:
    return 6 <= len(text.split()) <= 36 and bool(_FIT.fullmatch(text)) and text.count('"') % 2 == 0


def _around(sentences: Sequence[str], place: int, rng: random.Random) -> tuple[int, int]:
    """First and last of one to three neighbouring sentences with the one at `place` among them."""
    size = rng.choice((1, 1, 2, 2, 3))
    start = max(0, place - rng.randrange(size))
    return start, min(len(sentences), start + size)


def _passage(sentences: Sequence[str], place: int, new: str, rng: random.Random) -> str:
    """The passage around a sentence, with another one in its place."""
    start, end = _around(sentences, place, rng)
    return " ".join((*sentences[start:place], new, *sentences[place + 1 : end]))


def _verbatim(sentences: Sequence[str], place: int, rng: random.Random) -> Source | None:
    return Source("verbatim", sentences[place], _passage(sentences, place, sentences[place], rng))


def _merged(sentences: Sequence[str], place: int, rng: random.Random) -> Source | None:
    """Two neighbours in one; wrong where the one is told as the cause of the other."""
    two = _two(sentences, place)
    if not two:
        return None
    joined = rng.choice(ALONGSIDE[:3]).format(**two)
    causal = _capital(rng.choice(CAUSED).format(**two))
    carried = _capital(rng.choice(CAUSED).format(**two))
    wrong = (Wrong("causality", causal, carried),) if not _CAUSAL.search(" ".join(two.values())) else ()
    return Source("merge", _capital(joined), " ".join(sentences[place : place + 2]), wrong=wrong)


def _caused(sentences: Sequence[str], place: int, rng: random.Random) -> Source | None:
    """Two neighbours whose evidence claims that one is the cause; wrong the other way round."""
    two = _two(sentences, place)
    if not two or _CAUSAL.search(" ".join(two.values())):
        return None
    told, again = rng.sample(CAUSED, 2)
    turned = {"a": two["b"], "b": two["a"]}
    other_way, carried = (_capital(form.format(**turned)) for form in rng.sample(CAUSED, 2))
    wrong = (Wrong("causality", other_way, carried),)
    return Source("cause told", _capital(again.format(**two)), _capital(told.format(**two)), wrong=wrong)


def _two(sentences: Sequence[str], place: int) -> dict[str, str] | None:
    """A sentence and the next one as clauses."""
    pair = sentences[place : place + 2]
    if len(pair) < 2 or not _is_fit(pair[1]) or len(" ".join(pair).split()) > 48:
        return None
    return {"a": _clause(pair[0]), "b": _clause(pair[1])}


def _attributed(sentences: Sequence[str], place: int, rng: random.Random) -> Source | None:
    """The sentence as somebody's words; wrong as somebody else's or as a fact."""
    if _HEDGED.search(sentences[place]):
        return None
    speaker, other = rng.sample(listed(SPEAKERS), 2)
    told, again = rng.choice(SAID), rng.choice(SAID)
    clause = _clause(sentences[place])
    new = _said(told, speaker, clause)
    if place + 1 < len(sentences) and _is_fit(sentences[place + 1]) and rng.random() < 0.6:  # two voices in one passage
        evidence = f"{new} {_said(rng.choice(SAID), other, _clause(sentences[place + 1]))}"
    else:
        evidence = _passage(sentences, place, new, rng)
    carried = _passage(sentences, place, sentences[place], rng)
    wrong = (Wrong("speaker dropped", sentences[place], carried),) if rng.random() < 0.3 else ()
    return Source("attribution", _said(again, speaker, clause), evidence, (Edit("speaker", speaker, other),), wrong)


def _said(form: str, speaker: str, clause: str) -> str:
    return _capital(form.format(s=speaker, p=clause))


def _hedged(sentences: Sequence[str], place: int, rng: random.Random) -> Source | None:
    """The sentence as something that is not sure; wrong as a fact."""
    text = sentences[place]
    if _HEDGED.search(text):
        return None
    level = rng.choice(sorted(HEDGES))
    told, again = _doubted(text, level, rng), _doubted(text, level, rng)
    certain, carried = text, text
    if rng.random() < 0.4:
        certain, carried = (f"{opening} {_clause(text)}." for opening in rng.sample(CERTAIN, 2))
    wrong = Wrong("certainty", certain, _passage(sentences, place, carried, rng))
    return Source("hedge kept", again, _passage(sentences, place, told, rng), wrong=(wrong,))


def _doubted(text: str, level: str, rng: random.Random) -> str:
    if _BE.search(text) and rng.random() < 0.7:
        return _BE.sub(lambda m: f"{m[1]} {rng.choice(HEDGES[level])} ", text, count=1)
    return f"{rng.choice(OPENINGS[level])} {_clause(text)}."


def _clause(sentence: str) -> str:
    """Without the full stop, and with a small letter where the first word is no name."""
    first = sentence.split(" ", 1)[0]
    text = sentence.removesuffix(".")
    return text[0].lower() + text[1:] if first in _SMALL_WORDS else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _declared(example: Example, rng: random.Random) -> Source | None:
    """Question and answer as a statement, where the passage says all of it."""
    context = f"{example.title}. {' '.join(example.sentences)}"
    text = declarative(example.question, example.answer, context)
    if not text or (_SEVERAL.search(text) and not re.search(r"\band\b|,", example.answer)):
        return None
    start, end = _around(example.sentences, example.gold, rng)
    if _LEANING.match(example.sentences[example.gold]) and start == example.gold:
        start = max(0, example.gold - 1)
    evidence = " ".join(example.sentences[start : min(end, start + 3)])
    asked, headed = text.replace(example.answer, ""), f"{evidence} {example.heading}"
    covered, with_heading = _covered(asked, evidence), _covered(asked, headed)
    if with_heading < _LEAST_COVERED or not _all_named(text, headed) or not _ranked(asked, headed):
        return None
    edits = _other_answers(example, text, evidence, rng)
    return Source("declarative", text, evidence, edits, answer=example.answer, needs_heading=covered < with_heading)


def _covered(statement: str, evidence: str) -> float:
    words = set(analyse(statement))
    return len(words & set(analyse(evidence))) / max(1, len(words))


def _ranked(asked: str, evidence: str) -> bool:
    """Whether the evidence has what makes one thing stand out of many; questions are careless with it."""
    told = fold(evidence)
    return all(word in told for word in _RANK.findall(fold(asked)))


def _all_named(statement: str, evidence: str) -> bool:
    """Whether all names and figures of a statement are told."""
    told = fold(evidence)
    return all(fold(statement[a:b]) in told for _, a, b in typed(statement))


def _other_answers(example: Example, text: str, evidence: str, rng: random.Random) -> tuple[Edit, ...]:
    """The answer exchanged for another phrase of its type, from the passage if there is one."""
    spans = [(kind, example.answer[a:b]) for kind, a, b in typed(example.answer)]
    for kind, old in spans[:1]:
        near = [p for p in alternatives(kind, old, [evidence]) if not side_by_side(old, p, evidence)]
        pools = [near, alternatives(kind, old, example.sentences)]
        options = [[p for p in pool if fold(p) not in fold(text)] for pool in pools]
        if chosen := next((pool for pool in options if pool), None):
            return (Edit("wrong answer", old, rng.choice(chosen)),)
    return ()
