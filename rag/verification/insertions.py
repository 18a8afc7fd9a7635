"""A detail that a statement puts between words of a passage: how often, how long, at what price, or a thing of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.verification.figures import figures
from rag.verification.findings import Finding
from rag.verification.sources import SAYING
from rag.verification.synonyms import GENERAL, alike
from rag.verification.texts import Text, Token

_UNIT = r"(?:hours?|nights?|days?|weeks?|fortnights?|months?|years?|decades?)"
_DETAILS: tuple[tuple[str, str], ...] = (
    (r"hourly|every hour|(?:once|twice|\w+ times) an hour|per hour|an hour", r"hour\w*|round the clock"),
    (r"daily|nightly|every (?:single )?(?:day|night|morning|evening)|(?:once|twice|\w+ times) a (?:day|night)|per day|each day", r"dai?ly|days?|night\w*|per day|morning|evening|diari\w+|dias?"),
    (r"weekly|every week|(?:once|twice|\w+ times) a week|per week|each week|fortnightly|every (?:other|two) weeks?", r"week\w*|fortnight\w*|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|semana\w*"),
    (r"monthly|every (?:other )?month|(?:once|twice|\w+ times) a month|per month|each month", r"month\w*|mes|meses|mensual\w*"),
    (r"yearly|annual(?:ly)?|every (?:other )?year|(?:once|twice|\w+ times) a year|per year|each year", r"year\w*|annu\w+|per annum|season\w*|ano|anos|anual\w*"),
    (rf"(?:for|over|during|lasting|lasts?|after) (?:several|many|some|a few|a couple of|countless|long|the next|the following) {_UNIT}|for {_UNIT} on end", rf"{_UNIT}|long\w*|lengthy|prolonged|protracted|extended|\w+-(?:hour|day|week|month|year)|century|(?:1[89]|20)\d\d\w?|since|anos|meses|dias|semanas"),
    (r"at (?:\w+ )?(?:inflated|exorbitant|excessive|extortionate|steep|high|low|reduced|discounted|bargain|knockdown|double|triple|half|market|cut|preferential|favou?rable|usurious) (?:\w+ )?(?:rates?|prices?|costs?|fees?|interest|terms)|at a (?:\w+ )?(?:discount|premium|profit|loss)|(?:over|under)priced|free of charge|for free|for nothing", r"rates?|pric\w+|cost\w*|fees?|interest|discount\w*|premium|profit\w*|loss|free|cheap\w*|expensive|overcharg\w*|charg\w+|terms|inflat\w*|gratis"),
    (r"at (?:gun|knife)point|under threat|at the point of a (?:gun|knife)", r"gun\w*|kni\w+|weapon\w*|arm\w+|threat\w*|pistol\w*|rifle\w*|point"),
    (r"(?:deliberately|intentionally|knowingly|on purpose|wilfully|willfully)", r"deliberat\w*|intent\w*|know\w*|purpose\w*|wil?lful\w*|conscious\w*|aware|plan\w*|meant"),
    (r"unanimously|by a unanimous vote", r"unanim\w*|all|every|no one|nobody|without dissent"),
    (r"without warning|unexpectedly|out of the blue", r"warn\w*|unexpect\w*|sudden\w*|surpris\w*|abrupt\w*|notice|blue"),
)  # fmt: skip
_PAIRS = tuple(
    (re.compile(rf"\b(?:{told})\b"), re.compile(rf"(?<![^\W_])(?:{answers})(?![^\W_])")) for told, answers in _DETAILS
)
"""Modifiers that are seldom a paraphrase, and the words of passages that answer for each."""
_STANCE = frozenset(
    "dismissed rejected idea claim notion asked wanted named identified judging known seen found thought looks seems turned put played comes came told case way fact work works".split()
)
_LEAST_RUN = 2
_MOST = 60
"""Figures of a statement that are left out."""
_LEAST_KEPT, _LEAST_SHARE = 4, 0.65
"""Words outside of the detail that the passages must have, in number and as a share: below, the statement is a free paraphrase."""


def inserted(statement: Text, passages: Sequence[Text], around: Sequence[Text]) -> list[Finding]:
    """A finding for the first detail that no passage, speaker or heading has.

    >>> from rag.verification.texts import read
    >>> told = read("Farmers sell milk to the hotel twice a week.")
    >>> [f.detail for f in inserted(told, [read("Farmers sell milk to the hotel.")], [])]
    ['nothing in the cited passage says “twice a week”']
    """
    same = [text for text in passages if text.language == statement.language]
    shown = next(_modifiers(statement, passages), "") or next(_things(statement, same, around), "") if same else ""
    return [Finding("unsupported", f"nothing in the cited passage says “{shown}”")] if shown else []


def _modifiers(statement: Text, passages: Sequence[Text]) -> Iterator[str]:
    for told, answers in _PAIRS:
        match = told.search(statement.flat)
        if match and not any(answers.search(text.flat) for text in passages):
            yield statement.raw[match.start() : match.end()]


def _things(statement: Text, passages: Sequence[Text], around: Sequence[Text]) -> Iterator[str]:
    """Runs of words that no passage has, where the passages have nearly all others and nothing else in the place of the run."""
    there = frozenset(key for text in (*passages, *around) for token in text.tokens for key in (token.root, token.word))
    mine = frozenset(key for token in statement.tokens for key in (token.word, *alike(token.root)))
    numbers = [(figure.start, figure.end) for figure in figures(statement)[:_MOST]]
    counted = [
        n for n, t in enumerate(statement.tokens) if _counts(t) and not any(a <= t.start < b for a, b in numbers)
    ]
    missing = {n for n in counted if not _is_covered(statement.tokens[n], there)}
    for run in _runs(statement, counted, missing):
        others = [n for n in counted if n not in run]
        kept = [n for n in others if n not in missing]
        left = max((n for n in kept if n < run[0]), default=None)
        right = min((n for n in kept if n > run[-1]), default=None)
        least = (
            2 if len(kept) == len(others) and left is not None and _set_off(statement, left, run[0]) else _LEAST_KEPT
        )
        if len(kept) < least or len(kept) < _LEAST_SHARE * len(others):
            continue
        tokens = [None if n is None else statement.tokens[n] for n in (left, right)]
        if not any(_replaced(text, token, mine) for text in passages for token in tokens):
            yield statement.raw[statement.tokens[run[0]].start : statement.tokens[run[-1]].end]


def _set_off(statement: Text, left: int, right: int) -> bool:
    """Whether a comma stands between two tokens."""
    return "," in statement.flat[statement.tokens[left].end : statement.tokens[right].start]


def _counts(token: Token) -> bool:
    return token.content and token.word not in SAYING and token.word not in _STANCE


def _is_covered(token: Token, there: frozenset[str]) -> bool:
    return (
        token.word in there
        or bool(alike(token.root) & there)
        or any(key.startswith(token.word[:5]) for key in there if len(token.word) > 4)
    )


def _runs(statement: Text, counted: Sequence[int], missing: set[int]) -> Iterator[list[int]]:
    """Words without an answer that follow on each other, two at least that are not of the most general."""
    run: list[int] = []
    for n in [*counted, -1]:
        if n in missing and (not run or statement.tokens[n].sentence == statement.tokens[run[-1]].sentence):
            run.append(n)
            continue
        own = [m for m in run if statement.tokens[m].root not in GENERAL and not statement.tokens[m].capital]
        if own and len(run) >= _LEAST_RUN:
            yield run
        run = [n] if n in missing else []


def _replaced(text: Text, anchor: Token | None, mine: frozenset[str]) -> bool:
    """Whether a passage has, beside the word beside the run, a word that the statement has not: the run may stand for it."""
    if anchor is None:
        return False
    places = [n for n, token in enumerate(text.tokens) if token.root in alike(anchor.root)][:_MOST]
    return any(_is_left_out(text, n, step, mine) for n in places for step in (1, -1))


def _is_left_out(text: Text, place: int, step: int, mine: frozenset[str]) -> bool:
    """Whether the next word of the sentence that counts, in a direction, is not in the statement."""
    n = place + step
    while 0 <= n < len(text.tokens) and text.tokens[n].sentence == text.tokens[place].sentence:
        other = text.tokens[n]
        if _counts(other) and other.root not in GENERAL:
            return other.word not in mine and other.root not in mine
        n += step
    return False
