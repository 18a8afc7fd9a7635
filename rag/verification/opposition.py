"""Words and phrases whose opposite a passage has in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from rag.verification.antonyms import ADJACENT, denied_by_prefix, opposites
from rag.verification.axes import Mark, marks, phrased
from rag.verification.denials import denials
from rag.verification.findings import Finding
from rag.verification.synonyms import alike
from rag.verification.texts import Text, Token, content_roots, places_of

_ONLY, _EXCEPT = frozenset(("only", "just", "solely")), frozenset(("except", "unless", "only", "apart", "otherwise"))
_MOST = 60
"""Marks of a text that are compared."""


def opposite_places(token: Token, text: Text) -> Iterator[int]:
    """Where a text has an opposite of a word."""
    index = places_of(text)
    for root in opposites(text.language).get(token.root, ()):
        yield from index.get(root, ())
    for word in denied_by_prefix(token.word):
        yield from index.get("=" + word, ())


def opposite_words(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Words whose opposite a passage has in their place."""
    mine = denials(statement)
    there = frozenset(root for text in passages for root in text.roots)
    for n, token in enumerate(statement.tokens):
        if not token.content or token.root in there or n in mine.unclear or n in phrased(statement):
            continue
        for text, place in ((t, place) for t in passages for place in opposite_places(token, t)):
            if _excepts(statement, text):
                continue
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


def opposite_neighbours(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
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


def opposite_marks(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Words and phrases at the other pole of an axis than all that the passages have on it."""
    mine = _sides(statement)
    passages = [text for text in passages if not _excepts(statement, text)]
    theirs = [(text, _sides(text)) for text in passages]
    for (axis, side), own in mine.items():
        if (axis, 1 - side) in mine or any((axis, side) in sides for _, sides in theirs):
            continue
        pairs = ((m, text, other) for m in own for text, sides in theirs for other in sides.get((axis, 1 - side), ()))
        for m, text, other in islice(pairs, _MOST):
            same = statement.tokens[m.place].root == text.tokens[other.place].root
            if not same and _same_matter(statement, m, text, other):
                yield Finding("negation", f"“{_shown(statement, m)}” is “{_shown(text, other)}” in the cited passage")


def _excepts(statement: Text, text: Text) -> bool:
    """Whether one of them makes an exception, so that "allowed only in summer" is "banned except in summer"."""
    return bool(statement.words & _ONLY and text.words & _EXCEPT - _ONLY) or bool(
        text.words & _ONLY and statement.words & _EXCEPT - _ONLY
    )


def agrees(statement: Text, place: int, passages: Sequence[Text]) -> bool:
    """Whether a passage stands on the same side of an axis as a word of the statement, denials counted in."""
    mine = {key for key, own in _sides(statement).items() if any(m.place == place for m in own)}
    return any(mine & _sides(text).keys() for text in passages)


def _same_matter(statement: Text, mark: Mark, text: Text, other: Mark) -> bool:
    """Whether the words near the two are the same, or some of them and many of their sentences'."""
    if _closely_related(statement, mark.place, text, other.place):
        return True
    mine, theirs = _around(statement, mark), _around(text, other)
    return len(mine & theirs) >= 2 and len([r for r in mine if alike(r) & theirs]) >= 0.4 * len(mine)


def _around(text: Text, mark: Mark) -> set[str]:
    """Roots of the words of a mark's sentence but its own, within reach."""
    near = range(max(0, mark.place - 16), min(len(text.tokens), mark.place + 17))
    own = range(mark.place, mark.place + mark.length)
    tokens = (text.tokens[n] for n in near if n not in own)
    return content_roots(t for t in tokens if t.sentence == text.tokens[mark.place].sentence)


def _shown(text: Text, mark: Mark) -> str:
    return text.raw[text.tokens[mark.place].start : text.tokens[mark.place + mark.length - 1].end]


@lru_cache(maxsize=128)
def _sides(text: Text) -> dict[tuple[int, int], list[Mark]]:
    """Marks by axis and by the side on which they stand once denials are counted in."""
    denied = denials(text)
    heads = frozenset(denied.heads.values())
    found: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks(text)[: 4 * _MOST]:
        head = mark.place in heads
        if mark.place not in denied.unclear and (head or mark.place not in denied.denied):
            side = 1 - mark.side if head and mark.place in denied.denied else mark.side
            found.setdefault((mark.axis, side), []).append(mark)
    return found
