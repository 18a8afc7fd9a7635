"""Words between quotation marks stand in a passage character for character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.verification.findings import Evidence, Finding
from rag.verification.texts import read

_DOUBLE = re.compile(r"[\"“”„«»]([^\"“”„«»]{1,2000})[\"“”„«»]")
_SINGLE = re.compile(r"(?<![\w'’])['‘]((?=\S)(?:[^'‘’]|(?<=\w)['’](?=\w)){1,1000}(?<=\S))['’](?!\w)")
_SIGNS = str.maketrans({**dict.fromkeys('"“”„«»’‘´`', "'"), **dict.fromkeys("‐‑‒–−—", "-")})
_LEFT_OUT = re.compile(r"\[[^\[\]]{0,80}\]|\.\.\.|…")
_EDGE = " .,;:!?…'-"


def altered_quotes(statement: str, evidence: Sequence[Evidence]) -> list[Finding]:
    """A finding for each quotation whose words no passage holds.

    Typographic signs, white space, punctuation at the ends, the case of the first letter, and what stands in square brackets
    or is left out with dots may differ.

    >>> [f.kind for f in altered_quotes("He called it “a huge prize”.", [Evidence('"A huge market," he said.')])]
    ['quote-altered']
    """
    sources = [_plain(f"{item.text} | {item.about} | {item.speaker or ''}") for item in evidence]
    return [
        Finding("quote-altered", f"“{quote.strip()}” does not stand in the cited passage in these words")
        for quote in quotations(statement)
        if not any(_holds(source, quote) for source in sources) and not _is_known_word(quote, evidence)
    ]


def quotations(text: str) -> Iterator[str]:
    """What stands between quotation marks, in order of the kind of mark; apostrophes open nothing."""
    for match in _DOUBLE.finditer(text):
        yield match[1]
    for match in _SINGLE.finditer(_DOUBLE.sub(" ", text)):
        yield match[1]


def _plain(text: str) -> str:
    return " ".join(text.translate(_SIGNS).split())


def _holds(source: str, quote: str) -> bool:
    whole = _plain(quote).strip(_EDGE)
    return _in_order(source, [whole]) or _in_order(source, [p.strip(_EDGE) for p in _LEFT_OUT.split(_plain(quote))])


def _in_order(source: str, parts: Sequence[str]) -> bool:
    place = 0
    for part in filter(None, parts):
        found = max(_find(source, part, place), _find(source, part[0].swapcase() + part[1:], place))
        if found < 0:
            return False
        place = found + len(part)
    return True


def _find(source: str, part: str, place: int) -> int:
    """Where the part stands as whole words, -1 for nowhere."""
    match = re.compile(rf"(?<!\w){re.escape(part)}(?!\w)").search(source, place)
    return match.start() if match else -1


def _is_known_word(quote: str, evidence: Sequence[Evidence]) -> bool:
    """Whether it is one word, set off rather than quoted, that a passage has in another form."""
    tokens = read(quote).tokens
    return not tokens or (len(tokens) == 1 and any(tokens[0].root in read(item.text).roots for item in evidence))
