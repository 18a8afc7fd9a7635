"""Questions that a document's own words suggest: about its headings, its sources, its dates and its names. Whether they have an answer is not known here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.reader.questions import name_words
from rag.records import Document, Sentence
from rag.retrieval.lexical import analyse, words

Kind = Literal["heading", "speaker", "date", "figure", "name"]
Span = tuple[int, int]

_TEMPLATES: dict[str, dict[str, str]] = {
    "en": {
        "heading": "What does the report say about “{}”?", "name": "What does the report say about {}?",
        "pair": "What does the report say about {} in {}?", "speaker": "What did {} say?",
        "day": "What happened on {}?", "month": "What happened in {}?",
    },
    "es": {
        "heading": "¿Qué dice el informe sobre “{}”?", "name": "¿Qué dice el informe sobre {}?",
        "pair": "¿Qué dice el informe sobre {} en {}?", "speaker": "¿Qué declaraciones hay de {}?",
        "day": "¿Qué ocurrió el {}?", "month": "¿Qué ocurrió en {}?",
    },
}  # fmt: skip
_MONTHS_EN = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS_ES = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
_DATES: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "en": (
        ("day", re.compile(rf"\b(?:{_MONTHS_EN}) \d{{1,2}}, (?:19|20)\d\d\b")),
        ("month", re.compile(rf"\b(?:{_MONTHS_EN}) (?:19|20)\d\d\b")),
        ("month", re.compile(r"(?<=\b[Ii]n )(?:19|20)\d\d\b")),
    ),
    "es": (
        ("day", re.compile(rf"\b\d{{1,2}} de (?:{_MONTHS_ES}) de (?:19|20)\d\d\b")),
        ("month", re.compile(rf"(?<!\d de )\b(?:{_MONTHS_ES}) de (?:19|20)\d\d\b")),
        ("month", re.compile(r"(?<=\b[Ee]n )(?:19|20)\d\d\b")),
    ),
}
_FIGURE = re.compile(r"(?:^|, )\d[\d,.]* (?P<rest>[a-z][^,;:\"“”()]{15,100})\.$")
"""A sentence or its main clause that opens with a figure: what comes behind it makes a question of it."""
MONTH = re.compile(rf"(?:{_MONTHS_EN}|{_MONTHS_ES})\b", re.IGNORECASE)
_NO_NAME = re.compile(rf"^(?:{_MONTHS_EN}|{_MONTHS_ES})\b|^[^a-z]+$|'s |^.{{1,2}}$")
_PART_BEFORE = re.compile(r"(?:\([^)]*|\b[A-ZÁÉÍÓÚÑ][\w'-]*[ -]|'s? |[A-Z]\w+ (?:to|for|of|de|del|la) )$")
_PART_AFTER = re.compile(r"'s? [A-Z]|[-–]\w| ?\d| (?:to|for|of|de|del|a|para|and|y) [A-Z]")
_COMMON = 0.06
"""Share of a document's sentences from which a name is too common to be asked about alone."""
_LONGEST_SPEAKER = 60
_LONGEST_HEADING = 120
_LIST = re.compile(r", [^,]+,? (?:and|y|e) ")


@dataclass(frozen=True, slots=True)
class Askable:
    """A question, and where a document speaks of what it asks."""

    text: str
    kind: Kind
    document_id: str
    spans: tuple[Span, ...]
    """In order; an answer should lead with one of them."""


def askable(document: Document, language: str) -> tuple[Askable, ...]:
    """The questions of a document in "en" or "es", in the order of what they ask about, each once.

    In another language than the document's only headings, names, and speakers who have one are asked about, since other words would have to
    be translated.
    """
    body = [sentence for sentence in document.sentences if sentence.kind == "body"]
    found: dict[str, tuple[Kind, list[Span]]] = {}
    for text, kind, span in _in_order(document, body, language):
        found.setdefault(text, (kind, []))[1].append(span)
    return tuple(Askable(text, kind, document.id, tuple(spans)) for text, (kind, spans) in found.items())


def _in_order(document: Document, body: Sequence[Sentence], language: str) -> Iterator[tuple[str, Kind, Span]]:
    for path, span in _sections(document):
        yield _heading(path[-1], _TEMPLATES[language]["heading"]), "heading", span
    names = _Names(document.text, body)
    for sentence in body:
        span, text = (sentence.start, sentence.end), document.text[sentence.start : sentence.end]
        if document.language == language:
            yield from ((question, kind, span) for question, kind in _of_words(text, language))
        named = document.language != language
        if sentence.speaker and (who := _speaker(sentence.speaker, document.text, named=named)):
            yield _TEMPLATES[language]["speaker"].format(who), "speaker", span
        yield from ((question, "name", span) for question in names.questions(text, language))


def _of_words(text: str, language: str) -> Iterator[tuple[str, Kind]]:
    """Questions in a sentence's own language, about its dates and the figure that it opens with."""
    for form, pattern in _DATES[language]:
        yield from ((_TEMPLATES[language][form].format(match.group()), "date") for match in pattern.finditer(text))
    if language == "en" and (figure := _FIGURE.search(text)):
        yield f"How many {figure['rest']}?", "figure"


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], Span]]:
    for section in document.sections:
        if section.path and len(section.path[-1]) <= _LONGEST_HEADING and words(section.path[-1]):
            yield section.path, (section.start, section.end)


def _heading(title: str, form: str) -> str:
    """A heading that is a question as it is, any other asked about."""
    return title if title.endswith("?") else form.format(title)


def _speaker(speaker: str, text: str, *, named: bool) -> str | None:
    """Name or description up to the first comma, in the form that it has within a sentence; None where it is no such thing.

    With `named`, only names.
    """
    who = speaker.partition(",")[0].strip()
    first, _, rest = who.partition(" ")
    if _LIST.search(speaker) or not rest or len(who) > _LONGEST_SPEAKER or not words(who):
        return None
    if named:
        return who if all(word[0].isupper() for word in who.split()) else None
    described = rest[0].islower() or any(word[0].islower() and analyse(word) for word in rest.split())
    lowered = described and (len(first) == 1 or re.search(rf"\b{re.escape(first.lower())}\b", text))
    return f"{first.lower()} {rest}" if lowered else who


class _Names:
    """The names of a document that can be asked about, and how many of its sentences have each."""

    def __init__(self, text: str, body: Sequence[Sentence]) -> None:
        sentences = [text[sentence.start : sentence.end] for sentence in body]
        alone = Counter(name for said in sentences for name in _standing_alone(said))
        found = {name: re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in alone}
        self.counts = {name: sum(bool(pattern.search(said)) for said in sentences) for name, pattern in found.items()}
        self.many = max(_COMMON * len(body), 3)
        self.main = max(alone, key=lambda name: alone[name], default="")
        """What the document is about most."""
        common = self.counts.get(self.main, 0) >= self.many
        whole = set(words(self.main)) if common else set()
        longer = tuple(name for name in found if " " in name)
        self._patterns = {
            name: pattern
            for name, pattern in found.items()
            if alone[name] * 2 >= self.counts[name]  # else it is mostly an adjective
            and not set(words(name)) <= whole
            and not any(other.endswith(f" {name}") for other in longer)  # else it is a family name
        }

    def questions(self, said: str, language: str) -> Iterator[str]:
        """About the rare names of a sentence, and about the main one in a place that is named often."""
        for name in (name for name, pattern in self._patterns.items() if pattern.search(said)):
            if self.counts[name] < self.many:
                yield _TEMPLATES[language]["name"].format(name)
            elif re.search(rf"\b(?:in|en) {re.escape(name)}\b", said):
                yield _TEMPLATES[language]["pair"].format(self.main, name)


def _standing_alone(said: str) -> set[str]:
    """Names that are no part of a longer one, of a date or of a parenthesis, and no adjective before a noun ("Peruvian police")."""
    found = set()
    for name in name_words(said):
        name = name.removesuffix("'s")
        before, _, after = said.partition(name)
        following = re.match(r" (\w+)", after)
        apart = not _PART_BEFORE.search(before) and not _PART_AFTER.match(after)
        if apart and analyse(name) and not _NO_NAME.search(name) and not (following and analyse(following[1])):
            found.add(name)
    return found
