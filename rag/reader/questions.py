"""What a question asks for: its answer's type, its names and numbers, and whether it is about the document itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.reader.patterns import (
    ABOUT_DOCUMENT,
    ANSWER_TYPES,
    DATE,
    DURATION,
    NUMBER_WORDS,
    PREAMBLE,
    REASON,
    AnswerType,
)
from rag.retrieval.lexical import analyse, fold, language_of, tokens, words

_NAME = re.compile(
    r"(?<![.!?¿¡\"] )(?<!^)(?<!^[\"¿¡“])\b[A-ZÁÉÍÓÚÑ][\w'-]*[a-zà-ÿ\w](?:(?: de| del| la| of| the)* [A-ZÁÉÍÓÚÑ][\w-]+)*"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the reader sees it."""

    text: str
    language: str
    answer_type: AnswerType
    stems: tuple[str, ...]
    """Distinct stems of the words that carry meaning, in order."""
    surface: tuple[str, ...]
    """For each stem the word that it came from, as written."""
    named: frozenset[str]
    """Stems of names and numbers, which an answer can hardly do without."""
    about_document: bool


def parse_question(text: str, languages: tuple[str, ...] = ("en",)) -> Question:
    """The parts of a question that the reader compares with sentences.

    >>> parse_question("How many cells are active in Chile?").answer_type
    'number'
    """
    asked_in = language_of(text)
    flat = fold(text)
    about_document = bool(ABOUT_DOCUMENT.search(flat))
    if (
        not about_document
        and (preamble := PREAMBLE.match(flat))
        and len(flat) == len(text)
        and preamble.end() < len(flat) - 3
    ):
        text, flat = text[preamble.end() :].strip(), flat[preamble.end() :].strip()
    answer_type: AnswerType = next((kind for kind, pattern in ANSWER_TYPES if pattern.search(flat)), "other")
    stems: dict[str, str] = {}
    for surface, word in tokens(text):
        for language in languages:
            for stem in analyse(word, language, asked_in=asked_in):
                if surface not in stems.values():
                    stems.setdefault(stem, surface)
    names = {
        stem
        for name in name_words(text)
        for language in languages
        for stem in analyse(name, language, asked_in=asked_in)
    }
    numbers = {stem for stem in stems if stem[0].isdigit()}
    return Question(
        text,
        asked_in,
        answer_type,
        tuple(stems),
        tuple(stems.values()),
        frozenset(stem for stem in stems if stem in names or stem in numbers),
        about_document,
    )


def name_words(text: str) -> list[str]:
    """Words that are capitalised although no sentence starts there, in order."""
    return [match.group() for match in _NAME.finditer(text)]


def has_answer_type(question: Question, sentence: str, speaker: str | None) -> bool:
    """Whether a sentence holds something of the type that the question asks for, other than what the question says itself."""
    flat = fold(sentence)
    if question.answer_type == "number":
        found = {word for word in words(sentence) if word[0].isdigit() or word in NUMBER_WORDS}
        return bool(found - set(words(question.text)))
    if question.answer_type == "date":
        return any(fold(m.group()) not in fold(question.text) for m in DATE.finditer(flat))
    if question.answer_type == "duration":
        return bool(DURATION.search(flat))
    if question.answer_type in ("person", "place"):
        new = {fold(name) for name in name_words(sentence)}
        asked = set(words(question.text))
        return any(not set(words(name)) <= asked for name in new)
    if question.answer_type == "speaker":
        return speaker is not None
    if question.answer_type == "reason":
        return bool(REASON.search(flat))
    return True
