"""Paragraphs to sentences. A sentence never ends inside a quotation or a parenthesis.

Boundaries come from nupunkt; measured against 100 sentences marked by hand (`evals/sentences.txt`, see evals/EXPERIMENTS.md).
"""

from __future__ import annotations

import re
from bisect import bisect_right

import nupunkt

_OPEN_QUOTE = re.compile(r"(?:(?<=^)|(?<=[\s(\[—–-]))\"(?=\S)|[“«]")
_CLOSE_QUOTE = re.compile(r"(?<=\S)\"(?=$|[\s.,;:!?)\]—–-])|[”»]")
_ROUND = re.compile(r"\([^()]{1,300}\)|\[[^\[\]]{1,300}\]")
_TITLE = re.compile(r"\b(Sra?|Dra?|Srta|Lic|Ing|Gral|Cnel|Cmdte|Prof|Mons|Edo|Depto|Lt|Col|Capt|Maj|Cmdr)\.\s*$")
_MONTH = re.compile(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$")
_LONGEST_QUOTATION = 800
"""Characters; a longer one is divided like other text, or the unit of quotation would be a page."""


def quotation_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the quotations of a paragraph, marks included, in order.

    A mark that is never closed in its paragraph opens nothing: one typing error must not turn the rest into speech.
    """
    spans: list[tuple[int, int]] = []
    opens = [match.start() for match in _OPEN_QUOTE.finditer(text)]
    for match in _CLOSE_QUOTE.finditer(text):
        last = spans[-1][1] if spans else 0
        before = opens[: bisect_right(opens, match.start() - 1)]
        candidates = [start for start in before if start >= last]
        if candidates:
            spans.append((candidates[-1], match.end()))
    return spans


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the sentences of one paragraph, without the white space around them."""
    closed = [span for span in quotation_spans(text) if span[1] - span[0] <= _LONGEST_QUOTATION]
    closed += [match.span() for match in _ROUND.finditer(text)]
    spans: list[tuple[int, int]] = []
    start = 0
    for _, end in nupunkt.sent_spans(text):
        inside = any(left < end < right for left, right in closed)
        if end < len(text) and (inside or _goes_on(text[start:end], text[end:].lstrip())):
            continue
        if stripped := text[start:end].strip():
            left = text.index(stripped, start)
            spans.append((left, left + len(stripped)))
        start = end
    return spans


def _goes_on(before: str, after: str) -> bool:
    """Whether what looks like an end is an abbreviation in mid-sentence."""
    return bool(_TITLE.search(before) or (_MONTH.search(before) and after[:1].isdigit()) or after[:1].islower())
