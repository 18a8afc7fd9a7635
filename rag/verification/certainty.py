"""What a passage holds for possible, probable, alleged, partial or intended is not told as a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from rag.verification.findings import Finding
from rag.verification.quantifiers import quantified
from rag.verification.texts import Text, Token, content_roots, places_of
from rag.verification.words import IRREGULAR

Strength = Literal["possible", "likely", "alleged", "intended", "future"]

_HEDGES: tuple[tuple[Strength, str], ...] = (
    (
        "possible",
        r"(?<!in )may(?! \d)|might|could(?! not\b|n't| afford\b| see\b| hear\b| barely\b| hardly\b| no longer\b)|can(?! not\b|'t|not)|perhaps|maybe|possibl[ey]|potential(?:ly)?|possibility|risks?(?= )|(?:danger|chance|prospect|threat)(?= (?:that|of))|conceivabl[ey]|feasibly"
        r"|unclear (?:if|whether)|whether|not (?:yet )?(?:rule|ruled|ruling) out|podria[n]?|puede[n]?|quiza[s]?|tal vez|posible(?:mente)?",
    ),
    (
        "likely",
        r"likely|probabl[ey]|appear(?:s|ed)? to|seem(?:s|ed)? to|seem(?:s|ed)?|apparent(?:ly)?|suggest(?:s|ed|ing)?|signs? (?:of|that)|indicat(?:es?|ed|ions?|ing)|estimat(?:es?|ed)"
        r"|expected to|presumabl[ey]|arguably|point(?:s|ed)? to|probable(?:mente)?|parece[n]?|al parecer|se (?:cree|estima)|set to|poised to|due to (?=open|begin|start)",
    ),
    (
        "alleged",
        r"alleg(?:ed|edly|es?|ations?|ing)|(?<!newly )(?<!first )report(?:ed|edly)|reports? (?:of|that)|suspect(?:ed|s)?|suspicions?|believed|thought to|(?:is|are|was|were) said to|accus(?:ed?|es|ations?)|claim(?:s|ed)?|rumou?r(?:s|ed)?|purported(?:ly)?|supposed(?:ly)?"
        r"|evidence (?:of|that)|charged with|presunt[oa]s?|presuntamente|supuest[oa]s?|supuestamente|acusad[oa]s?|habria[n]?|sospech\w+",
    ),
    (
        "intended",
        r"(?:plan(?:s|ned|ning)?|intend(?:s|ed)?|aim(?:s|ed)?|want(?:s|ed)?|hop(?:es?|ed|ing)|tr(?:y|ies|ied|ying)|attempt(?:s|ed|ing)?|seek(?:s|ing)?|sought|offer(?:s|ed)?|promis(?:es?|ed)|pledg(?:es?|ed)|vow(?:s|ed)?|threaten(?:s|ed)?"
        r"|agreed|agree|wish(?:es|ed)?|prepar(?:es?|ed|ing)|order(?:ed)?|ask(?:ed)?|urg(?:ed?|es)|call(?:s|ed)? (?:for|on)|efforts?|bid|plot(?:ted)?|propos(?:es?|ed)|ready|consider(?:s|ed|ing)?) (?:\w+ ){0,2}to|attempted|planned|proposed|failed (?:bid|attempt) to"
        r"|(?:planea|planean|intento|intentaron|intenta|quiere|quieren|pretende|pretenden|busca|buscan|trato de|trataron de|prometio|prometieron)",
    ),
    ("future", r"will(?! not\b)|would(?! not\b|n't)|shall|(?:is|are|was|were) (?:going|about|due|set|scheduled|expected) to|va[n]? a"),
)  # fmt: skip
_HEDGE = re.compile("|".join(rf"(?P<{name}>(?<![\w'])(?:{words})(?!\w))" for name, words in _HEDGES))
_EPISTEMIC = frozenset(("possible", "likely", "alleged"))
_ENOUGH: dict[str, frozenset[str]] = {
    "possible": _EPISTEMIC,
    "likely": _EPISTEMIC,
    "alleged": _EPISTEMIC,
    "intended": _EPISTEMIC | {"intended", "future"},
    "future": _EPISTEMIC | {"intended", "future"},
}
"""Which hedges of a statement answer one of a passage; "likely" for "may" is let pass, since the line is thin."""
_INTENT_WORDS = re.compile(
    r"\b(?:plan\w*|intend\w*|intention|intent|aim\w*|want\w*|hop(?:e|es|ed|ing)|tr(?:y|ies|ied|ying)|attempt\w*|seek\w*|sought|bid|effort\w*|goal|ambition|purpose|to|order\w*|ask\w*|urg\w+|call\w*|propos\w+|promis\w+|pledg\w+|vow\w*|threat\w*|offer\w*|agree\w*|for|would|will|if|should|must)\b"
)
_SOURCED = re.compile(
    r"\b(?:according to|said|says|say|told|accus\w+|charg\w+|claim\w*|testi\w+|describ\w+|report\w*|found|believ\w+|argu\w+|warn\w*|explain\w*|stat(?:ed|es)|segun|dijo|dijeron|afirm\w+|asegur\w+)\b"
)
_TOLD = re.compile(r"suggest|indicat|estimat|point", re.IGNORECASE)
"""Hedges by which sources speak; to name the source does as well."""
_NO_CLAIM = frozenset("thanks due owing down partly largely mainly".split())
"""What may stand between a hedge and what it is about: "likely thanks to a tip-off"."""
_FACTIVE = re.compile(
    r"\b(?:determined|established (?:that|how|who)|confirm(?:s|ed|ing)|prov(?:ed|en|es)|ascertained|demonstrated|certain that|no doubt|know(?:s|n)? (?:that|for)|beyond doubt|conclusively|verified|definitely|undoubtedly|certainly|clearly)\b"
)
"""Words that tell a claim as one that is past doubt."""
_REACH = 9
"""Words behind a hedge that it can be about."""
_MOST = 12
"""Hedges of a text that are compared, a third of them."""


class Hedge(NamedTuple):
    """A word that keeps a claim from being a fact, and the words it is about."""

    strength: str
    shown: str
    scope: tuple[Token, ...]


@lru_cache(maxsize=128)
def hedges(text: Text) -> tuple[Hedge, ...]:
    """Hedges in order with the words that mean something behind them in their clause; those at its end with the ones before."""
    found = []
    place = 0
    for match in _HEDGE.finditer(text.flat):
        while place < len(text.tokens) and text.tokens[place].start < match.end():
            place += 1
        if not place or _is_month(text, match, text.tokens[place - 1]):
            continue
        here = text.tokens[place - 1]
        reach = len(text.tokens) if here.word == "whether" else place + _REACH
        scope = [t for t in text.tokens[place:reach] if _same_part(here, t) and t.content and t.word not in _NO_CLAIM]
        if not scope:
            scope = [
                t for t in text.tokens[max(0, place - _REACH) : place - 1] if t.clause == here.clause and t.content
            ]
        found.append(Hedge(match.lastgroup or "", text.raw[match.start() : match.end()], tuple(scope)))
    return tuple(found)


def _same_part(hedge: Token, token: Token) -> bool:
    """Whether a hedge may be about a token: of its clause, or of its sentence behind "whether … or …"."""
    return token.sentence == hedge.sentence if hedge.word == "whether" else token.clause == hedge.clause


def _is_month(text: Text, match: re.Match[str], token: Token) -> bool:
    return match.group() == "may" and token.capital and not token.opens


def overstated(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """A finding where a hedge or a limit of a passage is missing.

    >>> from rag.verification.texts import read
    >>> [f.detail for f in overstated(read("The mayor took bribes."), [read("The mayor may have taken bribes.")])]
    ['the cited passage says “may”, and the statement tells it as a fact']
    """
    same = [text for text in passages if text.language == statement.language]
    found = list(_unhedged(statement, same))[:1] or list(quantified(statement, same))[:1]
    return found or list(_established(statement, same))[:1]


def _unhedged(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    mine = hedges(statement)[: 3 * _MOST]
    for text in passages:
        for hedge in hedges(text)[: 3 * _MOST]:
            if not hedge.scope or _is_kept(hedge, mine, hedges(text)) or _said_plainly(hedge, passages):
                continue
            hits = places_of(statement).get(hedge.scope[0].root, [])
            if not hits or not _same_matter(statement, hedge):
                continue
            token = statement.tokens[hits[0]]
            if (hedge.strength == "alleged" or _TOLD.match(hedge.shown)) and _SOURCED.search(statement.flat):
                continue
            if hedge.strength in ("intended", "future") and not _is_done(statement, hits[0]):
                continue
            if hedge.shown.lower() == "can" and not _is_done(statement, hits[0]) and token.word == hedge.scope[0].word:
                continue
            yield Finding("certainty", f"the cited passage says “{hedge.shown}”, and the statement tells it as a fact")


def _established(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """What a passage has with a hedge and the statement for past doubt, whatever else the statement hedges."""
    match = _FACTIVE.search(statement.flat)
    if not match or any(_FACTIVE.search(text.flat) for text in passages):
        return
    for text in passages:
        for hedge in hedges(text)[: 3 * _MOST]:
            about = {token.root for token in hedge.scope} & statement.roots
            if hedge.strength in _EPISTEMIC and len(about) >= max(2, 0.4 * len(hedge.scope)):
                yield Finding("certainty", f"the cited passage says “{hedge.shown}”, the statement “{match.group()}”")


def _is_kept(hedge: Hedge, mine: Sequence[Hedge], theirs: Sequence[Hedge]) -> bool:
    """Whether a hedge of the statement is about the same words, or there are as many as in the passage, wherever they stand."""
    enough = [own for own in mine if own.strength in _ENOUGH[hedge.strength]]
    about = {token.root for token in hedge.scope}
    needed = sum(other.strength in _ENOUGH[hedge.strength] for other in theirs[: 3 * _MOST])
    return len(enough) >= needed or any(about & {token.root for token in own.scope} for own in enough)


def _same_matter(statement: Text, hedge: Hedge) -> bool:
    """Whether the statement has half of the words that the hedge is about."""
    scope = {token.root for token in hedge.scope[:5]}
    return len(scope & statement.roots) >= max(1, 0.5 * len(scope))


def _said_plainly(hedge: Hedge, passages: Sequence[Text]) -> bool:
    """Whether another sentence of the passages says the same without a hedge."""
    scope = {token.root for token in hedge.scope[:5]}
    for text in passages:
        hedged = {token.sentence for other in hedges(text)[: 3 * _MOST] for token in other.scope}
        for sentence in text.sentences():
            if sentence[0].sentence not in hedged and len(scope & content_roots(sentence)) >= max(2, 0.75 * len(scope)):
                return True
    return False


def _is_done(statement: Text, place: int) -> bool:
    """Whether a verb of the statement is told as something that happened."""
    token = statement.tokens[place]
    before = statement.flat[max(0, token.start - 34) : token.start]
    if _INTENT_WORDS.search(before):
        return False
    has = re.search(r"\b(?:has|have|had|was|were|been|is|are)\b", before[-14:])
    past = token.word.endswith("ed") or IRREGULAR.get(token.word, "") not in ("", token.word)
    return past or bool(has)
