"""What a question asks for: its answer's type, its names and numbers, and whether it is about the document itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.retrieval.lexical import analyse, fold, language_of, tokens, words

AnswerType = Literal["number", "date", "duration", "person", "place", "speaker", "reason", "yesno", "other"]

_TYPES: tuple[tuple[AnswerType, str], ...] = (
    (
        "speaker",
        r"\bwho (?:\w+ ){0,2}(?:said|says|told|described|claimed|warned|explained|called|compared|predicted|believes?|thinks?|dismissed|argued?s?)\b"
        r"|\bwhose (?:words|quote|claim|opinion)|according to (?:whom|who|which|what)|\bquien(?:es)? (?:\w+ ){0,2}(?:dijo|dijeron|afirmo|explico|aseguro|describio|conto|advirtio|califico)"
        r"|\bsegun quien|on what (?:basis|evidence|source)|\bwhat (?:is|was|are) the sources?\b|\bwhich (?:official|expert|source|prosecutor|police officer|authorit\w+)s?\b|\bwhere does .* (?:come from|get)",
    ),
    ("duration", r"\bhow long\b|\bcuanto tiempo\b"),
    (
        "number",
        r"\bhow (?:many|much|big|large|old|far|often|high)\b|\bcuant[oa]s?\b|\b(?:what|which) (?:number|percentage|share|amount|sum|price|figure)\b|\bnumber of\b|\bwhat (?:is|are|was|were) the (?:price|fee|cost|toll|rate)",
    ),
    (
        "date",
        r"\bwhen\b|\bwhat (?:year|date|month|day)\b|\b(?:which|in what) (?:year|month|day|date)\b|\bcuando\b|\ben que (?:ano|mes|fecha|dia)\b|\bsince when\b|\bdesde cuando\b|\bfecha\b",
    ),
    (
        "person",
        r"^(?:\W*(?:and|so|but|y) )?(?:who|whom|whose)\b|\bwho (?:is|was|are|were|runs?|led|leads?|heads?)\b|\bquien(?:es)?\b|\bname of\b|\bcomo se llama\b|\bnamed?\b\?",
    ),
    (
        "place",
        r"\bwhere\b|\b(?:which|what|in which|in what) (?:\w+ )?(?:countr\w+|cit\w+|towns?|states?|places?|regions?|neighbou?rhoods?|locations?|ports?|borders?|municipalit\w+|areas?|nations?|departments?)\b|\bdonde\b|\b(?:que|cuales|cual) (?:\w+ )?(?:pais(?:es)?|ciudad(?:es)?|estados?|lugar(?:es)?|region(?:es)?|barrios?|puertos?)\b",
    ),
    ("reason", r"\bwhy\b|\bpor que\b|\bwhat (?:caused|led to|explains?)\b|\breasons?\b|\bwhat made\b"),
    (
        "yesno",
        r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|es|son|fue|tiene|ha|han|hay|existe)\b",
    ),
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _TYPES)

_ABOUT_DOCUMENT = re.compile(
    r"\b(?:who|which \w+) (?:\w+ )?(?:wrote|authored|edited|published|produced|designed|made|released|compiled|researched|put together)\b(?=.*\b(?:report|investigation|document|article|study|piece|this|paper|series|publication)\b)"
    r"|\b(?:authors?|editors?|publishers?|designers?|layout|title|headline|byline|publication date|credits?)\b(?=.*\b(?:report|investigation|document|article|study|this|paper|publication)\b)"
    r"|\b(?:report|investigation|document|article|study|this)\b(?=.*\b(?:written|authored|edited|published|released|come out|came out|dated?|titled|called|title|authors?|editors?|publisher|layout|designed)\b)(?!.*\baccording\b)"
    r"|\b(?:quien(?:es)?|cuando|que (?:organizacion|medio|unidad)) (?:\w+ ){0,3}(?:escribi|edit|public|diseñ|disen|elabor|redact)\w*(?=.*\b(?:informe|reporte|investigacion|documento|estudio|articulo)\b)"
    r"|\b(?:autor(?:es|a)?|editor(?:es|a)?|titulo|fecha de publicacion)\b(?=.*\b(?:informe|reporte|investigacion|documento|estudio)\b)"
)
_PREAMBLE = re.compile(
    r"^\W*(?:please )?(?:(?:what|does|do|did|can you tell me what) (?:does |do |did )?(?:the|this) (?:report|document|investigation|article) (?:say|says|tell us|mention)(?: that| about| on)?\b"
    r"|(?:according to|in) (?:the|this) (?:report|document|investigation|article)\b,?|(?:que dice|segun) (?:el|este) (?:informe|reporte|documento)(?: sobre| de)?\b,?)",
    re.IGNORECASE,
)
_MONTHS = (
    "january february march april may june july august september october november december "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
).split()
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty dozen dozens hundred hundreds "
    "thousand thousands million millions billion billions half third quarter double triple majority".split()
)
_DATE = re.compile(
    rf"\b(?:19|20)\d\d\b|\b(?:{'|'.join(m for m in _MONTHS if m != 'may')})\b|\bmay \d|\b(?:century|decades?|years? (?:ago|later)|today|yesterday|currently)\b"
)
_DURATION = re.compile(r"\b(?:years?|months?|weeks?|days?|decades?|hours?|century|centuries|minutes?|since)\b")
_REASON = re.compile(
    r"\b(?:because|due to|thanks to|since|as a result|reasons?|so that|in order to|factors?|owing|driven|caused?|why|explains?|to (?:avoid|gain|make|help|escape))\b"
)
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
    about_document = bool(_ABOUT_DOCUMENT.search(flat))
    if (
        not about_document
        and (preamble := _PREAMBLE.match(flat))
        and len(flat) == len(text)
        and preamble.end() < len(flat) - 3
    ):
        text, flat = text[preamble.end() :].strip(), flat[preamble.end() :].strip()
    answer_type: AnswerType = next((kind for kind, pattern in _PATTERNS if pattern.search(flat)), "other")
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
        found = {word for word in words(sentence) if word[0].isdigit() or word in _NUMBER_WORDS}
        return bool(found - set(words(question.text)))
    if question.answer_type == "date":
        return any(fold(m.group()) not in fold(question.text) for m in _DATE.finditer(flat))
    if question.answer_type == "duration":
        return bool(_DURATION.search(flat))
    if question.answer_type in ("person", "place"):
        new = {fold(name) for name in name_words(sentence)}
        asked = set(words(question.text))
        return any(not set(words(name)) <= asked for name in new)
    if question.answer_type == "speaker":
        return speaker is not None
    if question.answer_type == "reason":
        return bool(_REASON.search(flat))
    return True
