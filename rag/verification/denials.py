"""What a text denies, and what it denies twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.texts import Text

_NEGATORS = frozenset(
    "not no never cannot neither nor nobody none nothing nowhere without hardly barely rarely seldom scarcely lack lacks lacked lacking unable "
    "fail fails failed failing failure declined declines refuse refuses refused refusing refusal deny denies denied denying little unlikely avoid avoided avoids "
    "ceased cease stopped prevent prevented prevents absence zero "
    "nunca jamas sin tampoco ningun ninguna ninguno nadie nada ni".split()
)
_NEGATORS_ES = frozenset("no nego niega negaron fallo rechazo".split())
_WITH_NEXT = {"yet": "to"}
"""Words that deny only with another behind them."""
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely|simply|necessarily|to mention)\b|\bno (?:fewer|less|more|sooner|later) than\b|\bno (?:doubt|matter|longer just|longer only|other)\b(?: than)?"
    r"|\bwhether or not\b|\bif not\b|\bnothing (?:but|short of|less than)\b|\bnone other\b|\bnot (?:fail|failed)\b|\bdo(?:es)? nothing but\b|\bcannot (?:but|help)\b"
    r"|\ba little\b|\bno solo\b|\bno (?:solamente|obstante)\b|\bsin embargo\b|\bsin duda\b|\bnot until\b|\bnot to be (?:named|identified|quoted)\b|\bwhy not\b|\blittle by little\b|\bno\. ?\d"
)
_CANCELS = re.compile(
    r"\b(?:not|n't|never|cannot|did not|didn't|does not|without) (?:\w+ )?(?:den(?:y|ied|ying)|rul(?:e|ed|ing) out|exclud(?:e|ed|ing)|refus(?:e|ed)|fail(?:ed)?|avoid(?:ed)?|prevent(?:ed)?|without|lack(?:ed)?|stop(?:ped)?|unable|unlikely|unknown|illegal|unusual|uncommon|impossible)\b"
)
"""Two denials that leave it open, or make a weak assertion."""
_LIGHT = frozenset(
    "be been being have had get take make do give come go keep put yet ever even really currently necessarily any longer able want need appear seem "
    "single already so far fully entirely completely clear".split()
)
_REACH = 7
"""Words behind a denial among which its head is looked for."""


@dataclass(frozen=True, slots=True)
class Denials:
    """What is denied in a text."""

    heads: dict[int, int]
    """By the token that denies: the first word that means something behind it."""
    denied: frozenset[int]
    """Tokens within an odd number of denials."""
    unclear: frozenset[int]
    """Tokens of clauses whose denials cancel out."""
    affirmed: frozenset[int]
    """Tokens within two denials: "that does not mean that they do not pay"."""


@lru_cache(maxsize=128)
def denials(text: Text) -> Denials:
    """Every denial, idioms such as "not only" aside."""
    blocked = [match.span() for match in _NO_DENIAL.finditer(text.flat)]
    cancelled = [match.span() for match in _CANCELS.finditer(text.flat)]
    starts = [token.start for token in text.tokens]
    skipped = {n for n, start in enumerate(starts) if any(a <= start < b for a, b in blocked)} if blocked else set()
    unclear = (
        {n for n, start in enumerate(starts) if any(a <= start < b + 60 for a, b in cancelled)} if cancelled else set()
    )
    heads: dict[int, int] = {}
    counts = [0] * len(text.tokens)
    for place in range(len(text.tokens)):
        if place in skipped or not _denies(text, place):
            continue
        if (head := _head(text, place)) is not None:
            heads[place] = head
        for n in {*_scope(text, place), *([] if head is None else [head])}:
            counts[n] += 1
    twice = frozenset(n for n, count in enumerate(counts) if count == 2)
    return Denials(heads, frozenset(n for n, count in enumerate(counts) if count % 2), frozenset(unclear), twice)


def _denies(text: Text, place: int) -> bool:
    token = text.tokens[place]
    if text.language == "es" and token.word in _NEGATORS_ES:
        return True
    if token.word in _WITH_NEXT:
        return place + 1 < len(text.tokens) and text.tokens[place + 1].word == _WITH_NEXT[token.word]
    if token.word.startswith(("fail", "refus", "declin")):
        return place + 1 < len(text.tokens) and text.tokens[place + 1].word == "to"
    return token.word in _NEGATORS or token.word.endswith("n't")


def _scope(text: Text, place: int) -> Iterator[int]:
    """Tokens behind a denial to the end of its clause, or to "and" and a comma."""
    for n in range(place + 1, min(len(text.tokens), place + 16)):
        token = text.tokens[n]
        if token.clause != text.tokens[place].clause or "," in text.gap(n) or token.word in ("nor", "ni"):
            return
        yield n


def _head(text: Text, place: int) -> int | None:
    for n in range(place + 1, min(len(text.tokens), place + 1 + _REACH)):
        token = text.tokens[n]
        if token.sentence != text.tokens[place].sentence or (
            token.clause != text.tokens[place].clause and n > place + 1
        ):
            return None
        if token.content and token.word not in _LIGHT and not (token.word.endswith("ly") and len(token.word) > 5):
            return n
    return None
