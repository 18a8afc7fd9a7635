"""A question put to a sentence: which words they share, and how near a candidate stands to them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.reader.expressions import flat
from rag.reader.patterns import NUMBER_WORDS
from rag.reader.questions import Question
from rag.retrieval.lexical import analyse, words

Range = tuple[int, int]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BREAK = re.compile(r"[,;:()]|--|[–—]|\b(?:and|but|while|whereas|although|though|which|who|where|when|because)\b")
_BREAK_COSTS = 2
_NAMED = 2
"""Weight of a name or number of the question; other words weigh 1."""
_CLEARLY = 1.5
"""How many times as near as the runner-up a winner is, over what all candidates share."""
_LEAST = 0.03
"""How much nearer it is at least."""
_FEWEST_LETTERS = 4
_NARROWING = NUMBER_WORDS | {"latest", "biggest", "largest"}
_BEGINNING_ASKED = re.compile(
    r"\b(?:first|start|beg[aiu]n|emerge|originate|founded|primer|empez|empiez|comenz|comienz|surgi)"
)
_BEGINNING = re.compile(
    r"\b(?:first|start|beg[aiu]n|emerge|originate|founded|created|appear|early|earliest|arriv|since|born|took shape|take shape|initial|launch)"
)
_DENIAL_ASKED = re.compile(
    r"\b(?:no|not|never|without|except|excluding|besides|other than|nunca|sin|excepto|ademas de)\b|n['’]t\b"
)
_ASKED_PLACE = re.compile(
    r"\b(?:in|at|near|around|inside|outside|outside of|from|to|en|desde|fuera de)(?: the| la| el)? ([A-ZÁÉÍÓÚÑ][\w-]*(?: (?:(?:de|del|la|el) )*[A-ZÁÉÍÓÚÑ][\w-]*)*)"
)


@dataclass(frozen=True)
class Asked:
    """A question put to a sentence."""

    question: Question
    sentence: str

    @cached_property
    def flat(self) -> str:
        """The sentence in lower case without accents."""
        return flat(self.sentence)

    @cached_property
    def asked(self) -> str:
        """The question in lower case without accents."""
        return flat(self.question.text)

    @cached_property
    def tokens(self) -> list[tuple[int, int, str]]:
        """Start, end and stem of each word; the stem is empty for a word that carries no meaning."""
        found = [(m.start(), m.end(), analyse(m.group())) for m in _WORD.finditer(self.sentence)]
        return [(start, end, stems[0] if stems else "") for start, end, stems in found]

    @cached_property
    def breaks(self) -> list[int]:
        """Where clauses and items begin."""
        return [match.start() for match in _BREAK.finditer(self.flat)]

    def text(self, span: Range) -> str:
        """The characters of a range."""
        return self.sentence[slice(*span)]

    def is_asked(self, stem: str) -> bool:
        """Whether the question has the word, or one that begins alike."""
        return any(_alike(stem, own, self.question.language) for own in self.question.stems)

    def is_new(self, span: Range) -> bool:
        """Whether it says something that the question does not."""
        stems = analyse(self.text(span))
        return bool(stems) and not all(self.is_asked(stem) for stem in stems)

    def wanted(self, pattern: re.Pattern[str]) -> frozenset[str]:
        """Stems of the sentence that are what is counted or listed: "active cells" in "How many active cells are there?"."""
        match = pattern.search(self.asked)
        kept = []
        for word in match.group(1).split() if match else ():
            stems = analyse(word, asked_in=self.question.language)
            if not stems:
                break
            kept += stems
        return frozenset(
            stem for _, _, stem in self.tokens for own in kept if _alike(stem, own, self.question.language)
        )

    def stems_in(self, span: Range) -> set[str]:
        """Stems of the words with meaning in a range."""
        return {stem for a, b, stem in self.tokens if span[0] <= a and b <= span[1] and stem}

    def holds_what_is_asked(self) -> bool:
        """Whether it has the figures, the order ("first") and the names of places by which the question narrows what it asks.

        A sentence on another place or year may be worth quoting, but its figures answer another question.
        """
        stems = {stem for _, _, stem in self.tokens}
        said = set(words(self.sentence))
        english = self.question.language == "en"
        narrowing = {w for w in words(self.question.text) if w[0].isdigit() or (english and w in _NARROWING)}
        places = [stem for match in _ASKED_PLACE.finditer(self.question.text) for stem in analyse(match.group(1))]
        known = all(any(_same_name(stem, own, english) for stem in stems) for own in places)
        begins = _BEGINNING.search(self.flat) or not _BEGINNING_ASKED.search(self.asked)
        return narrowing <= said and known and bool(begins)

    def denies(self) -> bool:
        """Whether the question asks for what is not, or what else there is, which nearness cannot tell from what is."""
        return self.question.answer_type != "reason" and bool(_DENIAL_ASKED.search(self.asked))

    def nearness(self, span: Range, lead: int | None = None) -> list[float]:
        """For each word of the question how near it stands, 1 where the range holds it, falling with the square of the distance.

        A word before `lead`, where the first of several joined candidates starts, is as near to all of them.
        """
        near = []
        for own in self.question.stems:
            costs = [
                self._cost((lead, span[1]) if lead is not None and b <= lead else span, a, b)
                for a, b, stem in self.tokens
                if _alike(stem, own, self.question.language)
            ]
            weight = _NAMED if own in self.question.named else 1
            near.append(weight / (1 + min(costs)) ** 2 if costs else 0.0)
        return near

    def _cost(self, span: Range, start: int, end: int) -> int:
        if span[0] <= start and end <= span[1]:
            return 0
        left, right = (end, span[0]) if end <= span[0] else (span[1], start)
        between = sum(left <= a and b <= right for a, b, _ in self.tokens)
        return 1 + between + _BREAK_COSTS * (bisect_right(self.breaks, right) - bisect_left(self.breaks, left))

    def nearest(self, spans: Sequence[Range]) -> Range | None:
        """The only range, or the one that is clearly nearer to the question's words than all others."""
        if len(spans) < 2:
            return next(iter(spans), None)
        leads: list[int] = []
        for i, span in enumerate(spans):
            leads.append(leads[-1] if i and self.joined(spans[i - 1], span) else span[0])
        near = [self.nearness(span, lead) for span, lead in zip(spans, leads, strict=True)]
        shared = [min(values) for values in zip(*near, strict=True)]
        excess = [sum(values) - sum(shared) for values in near]
        best, second = sorted(excess, reverse=True)[:2]
        return spans[excess.index(best)] if best > max(_CLEARLY * second, _LEAST) else None

    def clearest(self, spans: Sequence[Range]) -> tuple[Range, ...]:
        """The nearest range alone, or nothing."""
        best = self.nearest(spans)
        return (best,) if best else ()

    def joined(self, first: Range, second: Range) -> bool:
        """Whether only names and little words stand between, as in "30 members in Lima and 23 in Arequipa"."""
        between = [(a, stem) for a, b, stem in self.tokens if first[1] <= a and b <= second[0]]
        return all(not stem or self.sentence[a].isupper() for a, stem in between)


def _alike(stem: str, other: str, language: str) -> bool:
    if stem == other:
        return bool(stem)
    short, long = sorted((stem, other), key=len)
    if len(short) < _FEWEST_LETTERS or not short.isalpha():
        return False
    if language == "es":
        common = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
        return common > _FEWEST_LETTERS and common >= 0.6 * len(long)
    return long.startswith(short)


def _same_name(stem: str, other: str, english: bool) -> bool:
    return stem == other if english else _alike(stem, other, "es")
