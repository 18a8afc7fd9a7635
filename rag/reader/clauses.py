"""Clauses of a sentence that answer: a reason, what a thing is or who somebody is, the items of a list."""

from __future__ import annotations

import re

from rag.reader.expressions import flat
from rag.reader.nearness import Asked, Range

_ASKED_NOUN = re.compile(
    r"\b(?:which|what|que|cuales|cual)(?: (?:are|were|son|eran|kinds? of|types? of|sorts? of|tipos? de|the|los|las|otr[oa]s|other))* ((?:\w+\s*){1,3})"
)
_ITEMS_AFTER = re.compile(
    r"\b(?:such as|including|like|namely|among them|ranging from|(?:in|including) the form of)\b:? |: "
)
_ITEM_END = re.compile(
    r"[.;:()]| -- |,? (?:which|who|that|while|where|according|among|in order|to)\b| in (?=[A-Z])|, (?:the|it|they|he|she|with|but)\b|[\"”]"
)
_ITEM_JOINT = re.compile(r",? (?:and|or) |, ")

_REASON = re.compile(
    r"\b(?:because(?: of)?|due(?: in (?:large )?part| largely| mainly| partly)? to|thanks(?: in (?:large )?part| largely)? to|owing to|on account of"
    r"|as a (?:result|consequence) of|in order to|so that|out of (?:fear|a lack|concern)|for fear|(?:caused|driven|prompted|triggered|fuelled|fueled) by"
    r"|reasons? (?:was|is|were)(?: that)?|in (?:response|reaction) to)\s+"
)
_RELATIVE = re.compile(r"(?:which|who|where)\b")
_PURPOSE = re.compile(r"(?:out of|for fear|in order to)")
_CLAUSE_END = re.compile(
    r"[.;!?]?[\"”]?$|[.;!?](?=\s)|,?[\"”]| -- | \(|,? (?:although|though|while|whereas|but|which|according to)\b"
    r"|, (?:and|who|the|he|she|they|it|said|[\w ]{2,40} (?:said|told|explained|added))\b|,? [A-Z][\w ]{2,40} (?:said|told)\b"
)

_IS = r"(?:is|are|was|were)"
DEFINITION_ASKED = re.compile(
    rf"^\W*(?:(?:who|what)(?:'s| {_IS})|(?:quien(?:es)?|que) (?:es|son|era|fue|eran|significa)|what do(?:es)?) (?P<term>[^,?]+?)(?: means?| refers? to| stands? for)?\W*$"
)
"""On a folded question: who or what something is, or means."""
_ARTICLE = re.compile(r"^(?:the|a|an|el|la|los|las|un|una|word|term|so-called)\s+|[\"“”'‘’]", re.IGNORECASE)
_DEFINING = re.compile(
    rf"[\"”’]?(?: \([^)]*\))?,?[\"”]? (?:{_IS} (?=(?:an?|the|one of)\b)|(?:which |that )?(?:is |are )?(?:an? |the )?(?:means?|meaning|refers? to|stands? for|consists? of) |(?:is|are) (?=known|defined)|also known as )"
    r"|[\"”’]?(?: \([^)]*\))?,[\"”]? (?=(?:an?|the|one of) [a-z])"
)
_OFFICE = re.compile(r", (?=(?!(?:who|which|\w+ing)\b)[a-z-]+(?: [a-z-]+){0,4} (?:of|for|at) )")
_CALLED = re.compile(
    r",? (?:(?:that is |are |is |was |were )?(?:\w+ly )?(?:known|referred to)(?: \w+ly)? as|called|or) (?:the )?[\"“‘]?$"
)
_LONGEST_TERM = 5
_BEFORE_CUE = 6
_IMMEDIATE = ("such as", "like")


def reason(asked: Asked) -> tuple[Range, ...]:
    """What follows "because" and the like, unless what is asked stands there and not beside it."""
    found = []
    for match in _REASON.finditer(asked.flat):
        start = match.start() if _PURPOSE.match(match.group()) else match.end()
        span = _clause(asked, start, short=match.start() == 0)
        if asked.stems_in(span) and _explains_what_is_asked(asked, match.start(), span):
            found.append(span)
    return asked.clearest(found)


def _explains_what_is_asked(asked: Asked, cue: int, span: Range) -> bool:
    """Whether the clause before the reason, or behind one that opens the sentence, has a word of the question beyond names."""
    if cue == 0:
        beside = (span[1], len(asked.sentence))
    else:
        breaks = [place for place in asked.breaks if any(place < a and b <= cue for a, b, stem in asked.tokens if stem)]
        beside = (max(breaks, default=0), cue)
        if _RELATIVE.match(asked.flat, beside[0]):
            return False
    shared, inside = ({stem for stem in asked.stems_in(part) if asked.is_asked(stem)} for part in (beside, span))
    return bool(shared - asked.question.named) and len(inside) <= len(shared)


def _clause(asked: Asked, start: int, *, short: bool = False) -> Range:
    """From the start to where the clause ends, at its first comma if it is to be short."""
    end = _CLAUSE_END.search(asked.sentence, start)
    stop = end.start() if end else len(asked.sentence)
    comma = asked.sentence.find(",", start, stop) if short else -1
    return start, comma if comma > 0 else stop


def term_of(asked: Asked) -> str:
    """What the question wants defined, or who it asks about; empty when it asks something else."""
    match = DEFINITION_ASKED.match(asked.asked)
    if not match:
        return ""
    term = asked.question.text[slice(*match.span("term"))]
    named = term[:1].isupper() or asked.question.answer_type == "other"
    term = _ARTICLE.sub("", term).strip()
    return flat(term) if named and len(term.split()) <= _LONGEST_TERM else ""


def definition(asked: Asked, term: str) -> tuple[Range, ...]:
    """What the sentence says that the term is, means or is another name of."""
    for match in re.finditer(rf"\b{re.escape(term)}\b", asked.flat):
        who = asked.question.answer_type == "person" and _OFFICE.match(asked.flat, match.end())
        if defining := _DEFINING.match(asked.flat, match.end()) or who:
            span = _clause(asked, defining.end(), short=True)
            return (span,)
        if called := _CALLED.search(asked.flat[: match.start()]):
            return _before(asked, called.start())
    return ()


def _before(asked: Asked, end: int) -> tuple[Range, ...]:
    """The words with meaning that end here, without a break between them."""
    start = end
    for a, b, stem in reversed([token for token in asked.tokens if token[1] <= end]):
        if not stem or asked.sentence[b:start] not in ("", " ", "-"):
            break
        start = a
    return ((start, end),) if start < end else ()


def items_of(asked: Asked) -> tuple[Range, ...]:
    """The items behind "such as" or a colon, when the noun that the question asks for stands right before it."""
    wanted = asked.wanted(_ASKED_NOUN)
    for cue in _ITEMS_AFTER.finditer(asked.flat):
        before = [stem for _, b, stem in asked.tokens if b <= cue.start()][
            -1 if cue.group().startswith(_IMMEDIATE) else -_BEFORE_CUE :
        ]
        if wanted.intersection(before):
            stop = _ITEM_END.search(asked.sentence, cue.end())
            return _items(asked, cue.end(), stop.start() if stop else len(asked.sentence))
    return ()


def _items(asked: Asked, start: int, end: int) -> tuple[Range, ...]:
    joints = list(_ITEM_JOINT.finditer(asked.sentence, start, end))
    edges = [start, *(edge for joint in joints for edge in joint.span()), end]
    return tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b and asked.is_new((a, b)))
