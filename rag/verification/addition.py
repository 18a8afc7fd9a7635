"""What a statement has beyond the passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.verification.findings import Evidence, Finding
from rag.verification.sources import SAYING
from rag.verification.synonyms import GENERAL, alike
from rag.verification.texts import Text, Token, read

_PHRASE_OPENING = frozenset(
    "for with by through after before during in from under over against without using amid into as to via".split()
)
_LONG = 4
"""Words that mean something; a shorter phrase may be a paraphrase that the synonyms do not know."""


def uncovered(statement: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The words of a statement, in order, that no passage, speaker or heading has in any form or by a synonym.

    >>> uncovered("Police burned the gang's boats.", [Evidence("Officers seized boats of the gang.")])
    ('burned',)
    """
    text = read(statement)
    there = _roots(evidence)
    return tuple(t.raw for t in text.tokens if _counts(t) and not _is_covered(t, there))


def coverage(statement: str, evidence: Sequence[Evidence]) -> float:
    """Share of a statement's words that the passages have, in [0, 1]; 1 where it has none that count.

    >>> coverage("Police seized boats.", [Evidence("Officers seized boats of the gang.")])
    1.0
    """
    counted = sum(map(_counts, read(statement).tokens))
    return 1 - len(uncovered(statement, evidence)) / counted if counted else 1.0


def additions(statement: Text, evidence: Sequence[Evidence]) -> list[Finding]:
    """A finding for a clause, or a phrase to its end, of which no passage has a word."""
    if all(read(item.text).language != statement.language for item in evidence):
        return []
    there = _roots(evidence)
    for part in _parts(statement):
        counted = [token for token in part if token.content and token.word not in SAYING]
        if len(counted) >= _LONG and not any(_is_covered(token, there) for token in counted):
            shown = statement.raw[part[0].start : part[-1].end]
            return [Finding("unsupported", f"nothing in the cited passage says “{shown}”")]
    return []


def _roots(evidence: Sequence[Evidence]) -> frozenset[str]:
    found: set[str] = set()
    for item in evidence:
        for part in (item.text, item.speaker or "", item.about):
            text = read(part)
            found |= {key for token in text.tokens for key in (token.root, token.word)}
    return frozenset(found)


def _counts(token: Token) -> bool:
    return token.content and token.root not in GENERAL and token.word not in SAYING


def _is_covered(token: Token, there: frozenset[str]) -> bool:
    return token.word in there or bool(alike(token.root) & there) or token.word[:5] in there


def _parts(statement: Text) -> Iterator[list[Token]]:
    """Clauses, and the phrases from a preposition or comma to the end of their clause and to the next comma."""
    for clause in statement.clauses():
        yield clause
        for place in range(1, len(clause)):
            comma = "," in statement.flat[clause[place - 1].end : clause[place].start]
            if comma or clause[place].word in _PHRASE_OPENING:
                yield _to_comma(clause[place : place + 25], statement)
                yield clause[place : place + 25]


def _to_comma(tokens: list[Token], statement: Text) -> list[Token]:
    end = next(
        (n for n in range(1, len(tokens)) if re.search(r"[,;]", statement.flat[tokens[n - 1].end : tokens[n].start])),
        len(tokens),
    )
    return tokens[:end]
