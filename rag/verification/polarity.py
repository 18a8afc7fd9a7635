"""What is denied in one text and not in the other, and words that say the opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from rag.verification.antonyms import ADJACENT, denied_by_prefix, opposites
from rag.verification.findings import Finding
from rag.verification.texts import Text, Token, content_roots, places_of

_NEGATORS = frozenset(
    "not no never cannot neither nor nobody none nothing nowhere without hardly barely rarely seldom scarcely lack lacks lacked lacking unable "
    "fail fails failed failing failure declined declines refuse refuses refused refusing refusal deny denies denied denying little unlikely avoid avoided avoids "
    "ceased cease stopped prevent prevented prevents absence zero "
    "nunca jamas sin tampoco ningun ninguna ninguno nadie nada ni".split()
)
_NEGATORS_ES = frozenset("no nego niega negaron fallo rechazo".split())
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely|simply|necessarily|to mention)\b|\bno (?:fewer|less|more|sooner|later|doubt|matter|longer just|longer only|other)\b(?: than)?"
    r"|\bwhether or not\b|\bif not\b|\bnothing (?:but|short of|less than)\b|\bnone other\b|\bnot (?:fail|failed)\b|\bdo(?:es)? nothing but\b|\bcannot (?:but|help)\b"
    r"|\ba little\b|\bno solo\b|\bno (?:solamente|obstante)\b|\bsin embargo\b|\bsin duda\b|\bnot until\b|\bnot to be (?:named|identified|quoted)\b|\bwhy not\b|\blittle by little\b|\bno\. ?\d"
)
_CANCELS = re.compile(
    r"\b(?:not|n't|never|cannot|did not|didn't|does not|without) (?:\w+ )?(?:den(?:y|ied|ying)|rul(?:e|ed|ing) out|exclud(?:e|ed|ing)|refus(?:e|ed)|fail(?:ed)?|avoid(?:ed)?|prevent(?:ed)?|without|lack(?:ed)?|stop(?:ped)?|unable|unlikely|unknown|illegal|unusual|uncommon|impossible)\b"
)
"""Two denials that leave it open, or make a weak assertion."""
_IMPLIED = re.compile(
    r"\b(?:stop\w*|end(?:s|ed|ing)?|los[et]\w*|loss|lack\w*|refus\w+|fail\w*|den(?:y|ie\w+|ial)|prevent\w*|avoid\w*|ban(?:s|ned)?|only|former\w*|instead|rather"
    r"|except|until|empty|absen\w+|(?:un|in|im|il|ir|dis)\w{4,}|clos\w+|reject\w*|cancel\w*|gave up|abandon\w*|too|hard|difficult|less|few|fewer|little|deprived|free"
    r"|miss\w*|flee\w*|fled|escap\w+|left|leav\w+|cut|block\w*|barred|yet|away|denying|despite|although|but|halt\w*|suspend\w*|rare\w*|hardly|ceas\w+|drop\w*|withdr\w+|scrap\w*"
    r"|solo|dejo|perd\w+|falta|impid\w+|rechaz\w+|neg\w+)\b"
)
_LIGHT = frozenset(
    "be been being have had get take make do give come go keep put yet ever even really currently necessarily any longer able want need appear seem "
    "single already so far fully entirely completely clear".split()
)
_MOST = 40
"""Denials of a text that are compared."""
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
    return Denials(heads, frozenset(n for n, count in enumerate(counts) if count % 2), frozenset(unclear))


def _denies(text: Text, place: int) -> bool:
    token = text.tokens[place]
    if text.language == "es" and token.word in _NEGATORS_ES:
        return True
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


def contradictions(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """Findings for denials that are in only one of statement and passages, and for opposites.

    >>> from rag.verification.texts import read
    >>> [f.kind for f in contradictions(read("The court did not free Ana Ruiz."), [read("The court freed Ana Ruiz.")])]
    ['negation']
    """
    same = [text for text in passages if text.language == statement.language]
    if not same:
        return []
    checks = (_denied_here, _denied_there, _opposite_words, _opposite_neighbours)
    return next((found for check in checks if (found := list(check(statement, same))[:1])), [])


def _denied_here(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Denials of the statement of what a passage says, or of which no passage has a trace."""
    mine = denials(statement)
    for place, head in islice(mine.heads.items(), _MOST):
        token = statement.tokens[head]
        if place in mine.unclear or head in mine.unclear or head not in mine.denied:
            continue
        states = list(_states(token, passages))
        if any(denied for denied, _ in states):
            continue
        shown = (
            f"{statement.tokens[place].raw} … {token.raw}"
            if head > place + 1
            else f"{statement.tokens[place].raw} {token.raw}"
        )
        if any(_related(statement, head, text, other) for _, (text, other) in states):
            yield Finding("negation", f"“{shown}”: the cited passage does not deny it")
        elif not states and _no_trace(statement, head, passages):
            yield Finding("negation", f"“{shown}”: nothing is denied in the cited passage")


def _states(token: Token, passages: Sequence[Text]) -> Iterator[tuple[bool, tuple[Text, int]]]:
    """Where the passages have a word or its opposite, and whether they deny it."""
    for text in passages:
        theirs = denials(text)
        for place in places_of(text).get(token.root, ()):
            yield place in theirs.denied, (text, place)
        for place in _opposite_places(token, text):
            yield place not in theirs.denied, (text, place)


def _opposite_places(token: Token, text: Text) -> Iterator[int]:
    """Where a text has an opposite of a word."""
    index = places_of(text)
    for root in opposites(text.language).get(token.root, ()):
        yield from index.get(root, ())
    for word in denied_by_prefix(token.word):
        yield from index.get("=" + word, ())


def _clause_of(text: Text, place: int) -> list[Token]:
    """The sentence around a token, within reach."""
    sentence = text.tokens[place].sentence
    return [t for t in text.tokens[max(0, place - 25) : place + 26] if t.sentence == sentence]


def _related(statement: Text, at: int, text: Text, place: int) -> bool:
    """Whether the two words are said of the same matter: their surroundings share enough."""
    token = statement.tokens[at]
    mine = content_roots(t for t in _clause_of(statement, at) if t.clause == token.clause) - {token.root}
    wide = content_roots(_clause_of(statement, at)) - {token.root}
    theirs = content_roots(_clause_of(text, place)) - {text.tokens[place].root, token.root}
    shared = len(mine & theirs)
    return shared >= max(1, int(0.34 * len(mine))) or len(wide & theirs) >= max(2, 0.5 * len(wide))


def _no_trace(statement: Text, at: int, passages: Sequence[Text]) -> bool:
    """Whether a passage that shares most of the statement's words denies nothing, not even by the way."""
    mine = content_roots(_clause_of(statement, at)) - {statement.tokens[at].root}
    for text in passages:
        for words in text.sentences():
            if len(mine) >= 3 and len(mine & content_roots(words)) >= 0.6 * len(mine):
                part = text.flat[words[0].start : words[-1].end]
                denied = denials(text).heads
                return not _IMPLIED.search(part) and not any(
                    text.tokens[n].sentence == words[0].sentence for n in denied
                )
    return False


def _denied_there(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """What a passage denies and the statement asserts."""
    for text in passages:
        theirs = denials(text)
        if _COMPARED.search(text.flat) and _SUPERLATIVE.search(statement.flat):
            continue  # "no country has a higher rate" is "the highest rate"
        for place, head in islice(theirs.heads.items(), _MOST):
            if head in theirs.denied and head not in theirs.unclear and _asserts(statement, text, head, passages):
                yield Finding("negation", f"the cited passage denies it: “{_shown(text, place, head)}”")


def _asserts(statement: Text, text: Text, head: int, passages: Sequence[Text]) -> bool:
    """Whether the statement has a word that a passage denies, said of the same matter and not denied in any way."""
    mine = denials(statement)
    hits = places_of(statement).get(text.tokens[head].root, [])
    if (
        not hits
        or any(n in mine.denied or n in mine.unclear for n in hits)
        or _denies_elsewhere(statement, hits[0], mine)
    ):
        return False
    start = statement.tokens[hits[0]].start
    if _IMPLIED_NEAR.search(statement.flat[max(0, start - 40) : start]):
        return False
    said = any(not denied for denied, _ in _states(text.tokens[head], passages))
    return not said and _related(statement, hits[0], text, head)


_COMPARED = re.compile(r"\b(?:no|none|never|nobody|nothing|not)\b.{0,60}\b(?:\w{2,}er|more|less|so|as)\b")
_SUPERLATIVE = re.compile(r"\b(?:most|least|\w{3,}est|unprecedented|best|worst)\b")
_IMPLIED_NEAR = re.compile(
    r"\b(?:stop\w*|lack\w*|refus\w+|fail\w*|den(?:y|ied|ies|ying|ial)|prevent\w*|avoid\w*|absen\w+|instead|rather|free|unable|unlikely|only|forbid\w*|ban\w*|few|empty|end(?:ed)?|declin\w*|shortage|scarc\w*|without|need\w*|ran out|missing|los[te]\w*|until|reject\w*|disput\w+|doubt\w*|dismiss\w*|contradict\w*)\b"
)


def _shown(text: Text, place: int, head: int) -> str:
    return text.raw[text.tokens[place].start : text.tokens[head].end]


def _denies_elsewhere(statement: Text, place: int, mine: Denials) -> bool:
    """Whether the statement has a denial in the same sentence that may be the passage's, of another word."""
    sentence = statement.tokens[place].sentence
    return any(statement.tokens[n].sentence == sentence for n in mine.heads)


def _opposite_words(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Words whose opposite a passage has in their place."""
    mine = denials(statement)
    there = frozenset(root for text in passages for root in text.roots)
    for n, token in enumerate(statement.tokens):
        if not token.content or token.root in there or n in mine.unclear:
            continue
        for text, place in ((t, place) for t in passages for place in _opposite_places(token, t)):
            other = text.tokens[place]
            if other.root in statement.roots or (n in mine.denied) != (place in denials(text).denied):
                continue
            if _closely_related(statement, n, text, place):
                yield Finding("negation", f"“{token.raw}” is “{other.raw}” in the cited passage")


def _closely_related(statement: Text, n: int, text: Text, place: int) -> bool:
    """Whether two words near each shared by both texts stand around the pair, or all there are."""
    mine = content_roots(
        t for t in statement.tokens[max(0, n - 7) : n + 8] if t.sentence == statement.tokens[n].sentence
    )
    theirs = content_roots(
        t for t in text.tokens[max(0, place - 9) : place + 10] if t.sentence == text.tokens[place].sentence
    )
    mine -= {statement.tokens[n].root}
    shared = len(mine & theirs)
    return (shared >= 2 and shared >= 0.4 * len(mine)) or (0 < len(mine) <= 2 and shared == len(mine))


def _opposite_neighbours(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Words like "before" in "before the raid" where the passage has "after the raid" and never "before the raid"."""
    mine = _followed(statement)
    theirs: dict[str, set[str]] = {}
    for text in passages:
        for first, following in _followed(text).items():
            theirs.setdefault(first, set()).update(following)
    for pair in ADJACENT:
        for word, opposite in (pair, pair[::-1]):
            common = mine.get(word, set()) & theirs.get(opposite, set()) - theirs.get(word, set()) - mine.get(
                opposite, set()
            )
            if common:
                yield Finding("negation", f"“{word}” is “{opposite}” in the cited passage")


_OPPOSED = frozenset(word for pair in ADJACENT for word in pair)


@lru_cache(maxsize=128)
def _followed(text: Text) -> dict[str, set[str]]:
    """By a word with an opposite: the roots of the next word that means something, within four words."""
    found: dict[str, set[str]] = {}
    for place, token in enumerate(text.tokens):
        if token.word in _OPPOSED:
            following = text.tokens[place + 1 : place + 5]
            head = next((t.root for t in following if t.content and t.sentence == token.sentence), None)
            if head:
                found.setdefault(token.word, set()).add(head)
    return found
