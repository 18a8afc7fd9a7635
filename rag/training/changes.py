"""One thing in a text exchanged for another, so that the question and its answering sentence no longer agree."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bm25s.stopwords import STOPWORDS_EN_PLUS

from rag.retrieval.lexical import fold
from rag.training.examples import Example
from rag.training.verbs import verb_changes

_NAME = re.compile(r"\b[A-Z][\w'-]+(?:\s+(?:(?:of|and|in|at) the |of |the |de |& )?[A-Z][\w'-]+)*")
_FIGURE = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w%]|[.,]\d)")
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_PLACED = re.compile(r"\b(?:in|at|near|from)\s+(?:the\s+)?$", re.IGNORECASE)
_MONTHS = "January February March April May June July August September October November December".split()
_LONGEST_ANSWER = 6
"""Words; a longer answer leaves too little of its sentence."""

KINDS = ("name", "number", "date", "place", "verb")
"""What can be exchanged."""


@dataclass(frozen=True, slots=True)
class Change:
    """A word or phrase of a question, and what takes its place."""

    kind: str
    """One of KINDS."""
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The text with every occurrence exchanged, in lower case where it was in lower case."""
        return _word(self.old).sub(lambda match: self.new.lower() if match.group().islower() else self.new, text)


def changes_of(example: Example, neighbours: Sequence[str], rng: random.Random) -> list[Change]:
    """At most one change of each kind; what is new is nowhere in the question or its paragraph.

    Names, numbers, dates and places stand in both the question and the sentence that answers, and not in the answer.

    Args:
        example: Whose question is to be changed.
        neighbours: Sentences like the answering one, whose names are taken.
        rng: Draws among several that are possible.
    """
    shared: dict[str, list[str]] = {}
    for kind, phrase in _phrases(example.sentences[example.gold]):
        if _word(phrase).search(example.question) and fold(phrase) not in fold(example.answer):
            shared.setdefault(kind, []).append(phrase)
    there = fold(" ".join(example.sentences)) + " " + fold(example.question)
    found = []
    for kind in KINDS[:-1]:
        if kind in shared:
            old = rng.choice(shared[kind])
            options = [new for new in _OPTIONS[kind](old, neighbours) if not _word(fold(new)).search(there)]
            if options:
                found.append(Change(kind, old, rng.choice(options)))
    if example.language == "en" and (verbs := verb_changes(example.question, " ".join(example.sentences))):
        found.append(Change("verb", *rng.choice(verbs)))
    return found


def without_answer(gold: str, answer: str) -> str | None:
    """The gold sentence that no longer answers: its answer taken out, where enough is left to read."""
    if len(answer.split()) > _LONGEST_ANSWER or gold.startswith(answer) or len(gold) < 3 * len(answer):
        return None
    text = re.sub(
        r"\b(?:in|on|at|by|to|from|of|about|around|as)\s+(?:the\s+)?" + re.escape(answer) + r"(?!\w)", "", gold
    )
    text = _word(answer).sub("some" if answer[0].isdigit() else "it", text)
    text = re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", text)).strip()
    return None if fold(answer) in fold(text) else text


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """(kind, phrase) of what could be exchanged in a text."""
    for start, name in _names(text):
        if name in _MONTHS:
            yield "date", name
        else:
            yield "place" if _PLACED.search(text[:start]) else "name", name
    for match in _FIGURE.finditer(text):
        yield "date" if _YEAR.fullmatch(match.group()) else "number", match.group()


def _names(text: str) -> Iterator[tuple[int, str]]:
    """Where capitalised phrases start, and they; a first word that any sentence may begin with is left out."""
    for match in _NAME.finditer(text):
        start, name = match.span()[0], match.group()
        first, _, rest = name.partition(" ")
        if first.lower() in STOPWORDS_EN_PLUS:
            start, name = start + len(first) + 1, rest
        if len(name) > 2 and (start or " " in name) and name.split()[0].lower() not in STOPWORDS_EN_PLUS:
            yield start, name


def _other_names(old: str, neighbours: Sequence[str]) -> list[str]:
    return _alike(old, neighbours, "name")


def _other_places(old: str, neighbours: Sequence[str]) -> list[str]:
    return _alike(old, neighbours, "place")


def _alike(old: str, neighbours: Sequence[str], kind: str) -> list[str]:
    """Phrases of a kind in sentences, those with as many words as the old one where there are any; sorted, without repeats."""
    others = sorted({phrase for text in neighbours for k, phrase in _phrases(text) if k == kind})
    return [phrase for phrase in others if len(phrase.split()) == len(old.split())] or others


def _other_figures(old: str, neighbours: Sequence[str]) -> list[str]:
    """Small numbers moved a little; of larger ones the first digit changed."""
    if old.isdigit() and len(old) < 3:
        return [str(n) for n in range(max(2, int(old) - 7), int(old) + 8) if n != int(old)]
    return [digit + old[1:] for digit in "123456789" if digit != old[0]]


def _other_dates(old: str, neighbours: Sequence[str]) -> list[str]:
    if old in _MONTHS:
        return [month for month in _MONTHS if month not in (old, "May")]  # "may" is in every other paragraph
    return [str(int(old) + step) for step in (-9, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7, 9)]


_OPTIONS: dict[str, Callable[[str, Sequence[str]], list[str]]] = {
    "name": _other_names,
    "number": _other_figures,
    "date": _other_dates,
    "place": _other_places,
}


def _word(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
