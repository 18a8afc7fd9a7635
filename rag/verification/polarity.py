"""What is denied in one text and not in the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.verification.denials import Denials, denials
from rag.verification.findings import Finding
from rag.verification.opposition import agrees, opposite_marks, opposite_neighbours, opposite_places, opposite_words
from rag.verification.synonyms import alike
from rag.verification.texts import Text, Token, content_roots, places_of

_IMPLIED = re.compile(
    r"\b(?:stop\w*|end(?:s|ed|ing)?|los[et]\w*|loss|lack\w*|refus\w+|fail\w*|den(?:y|ie\w+|ial)|prevent\w*|avoid\w*|ban(?:s|ned)?|only|former\w*|instead|rather"
    r"|except|until|empty|absen\w+|(?:un|in|im|il|ir|dis)\w{4,}|clos\w+|reject\w*|cancel\w*|gave up|abandon\w*|too|hard|difficult|less|few|fewer|little|deprived|free"
    r"|miss\w*|flee\w*|fled|escap\w+|left|leav\w+|cut|block\w*|barred|yet|away|denying|despite|although|but|halt\w*|suspend\w*|rare\w*|hardly|ceas\w+|drop\w*|withdr\w+|scrap\w*"
    r"|solo|dejo|perd\w+|falta|impid\w+|rechaz\w+|neg\w+)\b"
)
_COMPARED = re.compile(r"\b(?:no|none|never|nobody|nothing|not)\b.{0,60}\b(?:\w{2,}er|more|less|so|as)\b")
_SUPERLATIVE = re.compile(r"\b(?:most|least|\w{3,}est|unprecedented|best|worst)\b")
_IMPLIED_NEAR = re.compile(
    r"\b(?:stop\w*|lack\w*|refus\w+|fail\w*|den(?:y|ied|ies|ying|ial)|prevent\w*|avoid\w*|absen\w+|instead|rather|free|unable|unlikely|only|forbid\w*|ban\w*|few|empty|end(?:ed)?|declin\w*|shortage|scarc\w*|without|need\w*|ran out|missing|los[te]\w*|until|reject\w*|disput\w+|doubt\w*|dismiss\w*|contradict\w*)\b"
)
_NEARLY = frozenset(
    "hardly barely scarcely rarely seldom little few fewer scant scarce sparse rare low limited uncommon infrequent almost nearly minimal negligible poor unlikely".split()
)
"""Words that come close to a denial."""
_DWINDLED = re.compile(
    r"\b(?:trickle|slow\w*|fell|fall\w*|drop\w*|declin\w*|shr[aiu]nk\w*|dwindl\w*|empty|emptied|quiet|thin|dried|lack\w*|short\w*|small|handful|down)\b"
)
_NO_MATTER = frozenset(("mean", "impli", "suggest", "differ"))
_LITTLE_EVIDENCE = re.compile(
    r"\b(?:no|little|scant|scarce|insufficient|few|hardly any|scarcely any|not (?:enough|any|much)|lack of|without|thin|weak) (?:\w+ ){0,2}?(?:evidence|proof|signs?|indications?|traces?|data|grounds|reason|support|basis)"
    r"(?: \w+ (?:so far|yet))?\b|\b(?:little|nothing|not much) (?:to (?:suggest|indicate|show|support)|(?:suggests|indicates|shows|supports))"
)
_DOUBTS = re.compile(
    r"\b(?:unproven|unclear|little|few|scant|hardly|doubt\w*|lack\w*|yet to|may|might|could|reportedly|alleged\w*|if|whether|would(?! take| need| require)|question\w*|skeptic\w*|unlikely|limited|thin|weak)\b"
)
_ONLY_THEN = frozenset("only until first".split())
"""Words by which "not until May" is told as "only in May"."""
_NOT_UNTIL = re.compile(r"(?:\b(?:not|never|no|only)|n't)\b[^.;]{0,120}?\buntil (?:\w+ ){0,2}(?P<year>(?:19|20)\d\d)\b")
_BEFORE = re.compile(r"\b(?:before|prior to|ahead of|earlier than) (?:\w+ ){0,2}(?P<year>(?:19|20)\d\d)\b")
_MOST = 40
"""Denials of a text that are compared."""


def contradictions(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """Findings for denials that are in only one of statement and passages, and for opposites.

    >>> from rag.verification.texts import read
    >>> [f.kind for f in contradictions(read("The court did not free Ana Ruiz."), [read("The court freed Ana Ruiz.")])]
    ['negation']
    """
    same = [text for text in passages if text.language == statement.language]
    if not same:
        return []
    checks = (
        _denied_here,
        _denied_there,
        _denied_twice,
        _unproven,
        _compared,
        _too_early,
        opposite_words,
        opposite_marks,
        opposite_neighbours,
    )
    return next((found for check in checks if (found := list(check(statement, same))[:1])), [])


def _denied_here(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Denials of the statement of what a passage says, or of which no passage has a trace."""
    mine = denials(statement)
    for place, head in islice(mine.heads.items(), _MOST):
        token = statement.tokens[head]
        if place in mine.unclear or head in mine.unclear or head not in mine.denied:
            continue
        states = list(_states(token, passages))
        if any(denied for denied, _ in states) or agrees(statement, head, passages):
            continue
        if statement.tokens[place].word in _NEARLY and any(_NEARLY & text.words for text in passages):
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
        for place in opposite_places(token, text):
            yield place not in theirs.denied, (text, place)


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
            if (
                head in theirs.denied
                and head not in theirs.unclear
                and _asserts(statement, text, (place, head), passages)
            ):
                yield Finding("negation", f"the cited passage denies it: “{_shown(text, place, head)}”")


def _asserts(statement: Text, text: Text, denial: tuple[int, int], passages: Sequence[Text]) -> bool:
    """Whether the statement has a word that a passage denies, said of the same matter and not denied in any way."""
    mine, (place, head) = denials(statement), denial
    if "until" in text.words and statement.words & _ONLY_THEN:
        return False
    if text.tokens[place].word in _NEARLY and (_NEARLY & statement.words or _DWINDLED.search(statement.flat)):
        return False
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


def _shown(text: Text, place: int, head: int) -> str:
    return text.raw[text.tokens[place].start : text.tokens[head].end]


def _denies_elsewhere(statement: Text, place: int, mine: Denials) -> bool:
    """Whether the statement has a denial in the same sentence that may be the passage's, of another word."""
    sentence = statement.tokens[place].sentence
    return any(statement.tokens[n].sentence == sentence for n in mine.heads)


def _denied_twice(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Denials of the statement of what a passage affirms by denying it twice."""
    mine = denials(statement)
    for text in passages:
        affirmed = {text.tokens[n].root: n for n in denials(text).affirmed if text.tokens[n].root not in _NO_MATTER}
        for n in sorted(mine.denied) if affirmed else ():
            place = next((affirmed[root] for root in alike(statement.tokens[n].root) if root in affirmed), None)
            if place is not None and statement.tokens[n].content and _related(statement, n, text, place):
                yield Finding("negation", f"“{statement.tokens[n].raw}”: the cited passage does not deny it")


def _unproven(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """What the statement holds for shown and a passage has little or no evidence of."""
    if denials(statement).heads or _DOUBTS.search(statement.flat):
        return
    for text in passages:
        for match in _LITTLE_EVIDENCE.finditer(text.flat):
            behind = [t for t in text.tokens if match.end() <= t.start < match.end() + 200]
            theirs = content_roots(t for t in behind if t.sentence == behind[0].sentence)
            if len(theirs & statement.roots) >= max(2, 0.4 * len(theirs)):
                yield Finding("negation", f"the cited passage has “{match.group()}” of it")


def _compared(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """What is more so in the statement and less so in a passage, or the other way round."""
    mine, theirs = _comparatives(statement), [_comparatives(text) for text in passages]
    for (root, more), place in mine.items():
        if any((root, not more) in there for there in theirs) and not any((root, more) in there for there in theirs):
            shown = "more" if more else "less"
            yield Finding("negation", f"“{shown} {statement.tokens[place].raw}”: the cited passage says the contrary")


def _comparatives(text: Text) -> dict[tuple[str, bool], int]:
    """By root, and whether it is more: the words behind "more", "less" and "fewer", and those that "and" adds to them."""
    found: dict[tuple[str, bool], int] = {}
    for place, token in enumerate(text.tokens):
        if token.word not in ("more", "less", "fewer"):
            continue
        for n in range(place + 1, min(place + 5, len(text.tokens))):
            joined = text.tokens[n].word in ("and", "or") and "," not in text.gap(n)
            if text.gap(n) != " " or not (joined or text.tokens[n].content):
                break
            if not joined:
                found[text.tokens[n].root, token.word == "more"] = n
    return found


def _too_early(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """What the statement has before a year until which a passage denies it."""
    before = _BEFORE.search(statement.flat)
    if not before or denials(statement).heads:
        return
    for text in passages:
        for match in _NOT_UNTIL.finditer(text.flat):
            if match["year"] == before["year"]:
                yield Finding("negation", f"“{before.group()}”: the cited passage says “{match.group()}”")
