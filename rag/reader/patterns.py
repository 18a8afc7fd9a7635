"""The words by which a question's type, and a sentence's fitness for it, are recognised. All match folded text (see `lexical.fold`)."""

from __future__ import annotations

import re
from typing import Literal

AnswerType = Literal["number", "date", "duration", "person", "place", "speaker", "reason", "yesno", "other"]

_ASKED = r"(?:^\W*|[,;:¿(]\s*|\b(?:and|but|so|y|pero|tell me|know|say|since|until|by|from|to|at|in|on|desde|hasta|de|en|a|con)\s+)"
"""What stands before a question word that asks, rather than joins clauses ("used when the gang came")."""
_SAID = (
    r"(?:said|says|told|described|claimed|warned|explained|called|compared|predicted|believes?|thinks?|dismissed|argued|argues"
    r"|dijo|dijeron|afirmo|explico|aseguro|describio|conto|advirtio|califico)"
)
_PLACES = (
    r"(?:countr(?:y|ies)|cit(?:y|ies)|towns?|states?|places?|regions?|neighbou?rhoods?|locations?|ports?|borders?|prisons?|jails?"
    r"|municipalit(?:y|ies)|areas?|nations?|departments?|paises|pais|ciudad(?:es)?|estados?|lugar(?:es)?|regiones|region"
    r"|barrios?|puertos?|carcel(?:es)?)"
)
_AMOUNTS = r"(?:number|percentage|share|amount|sum|price|figure|fee|cost|toll|rate|age|proportion|porcentaje|cifra|suma|precio)"
_SPANS = r"(?:year|date|month|day|ano|mes|fecha|dia)"

_QUESTION_WORDS: tuple[tuple[AnswerType, tuple[str, ...]], ...] = (
    (
        "speaker",
        (
            rf"\b(?:who|quien(?:es)?) (?:\w+ ){{0,2}}{_SAID}\b",
            r"\bwhose (?:words|quote|claim|opinion)\b",
            r"\baccording to (?:whom|who|which|what)\b|\bsegun quien\b",
            r"\bon what (?:basis|evidence|source)\b|\bwhat (?:is|was|are|were) the sources?\b|\bthe source (?:of|for)\b|\bsourcing\b",
            r"\bwhich (?:official|expert|source|prosecutor|police officer|authority|authorities)s?\b",
        ),
    ),
    ("duration", (r"\bhow long\b", r"\bcuanto tiempo\b")),
    (
        "number",
        (
            r"\bhow (?:many|much|big|large|old|far|often|high|heavy)\b",
            r"\bcuant[oa]s?\b",
            rf"\b(?:what|which|que) {_AMOUNTS}\b|\b(?:what|cual) (?:is|are|was|were|es|fue|era) (?:the|el|la) {_AMOUNTS}\b",
            r"\bnumber of\b",
        ),
    ),
    (
        "date",
        (
            rf"{_ASKED}(?:when|cuando)\b",
            rf"\b(?:what|which|que) {_SPANS}s?\b",
            r"\bfecha\b",
        ),
    ),
    ("person", (rf"{_ASKED}(?:who|whom|whose|quien(?:es)?)\b", r"\bname of\b", r"\bcomo se llama\b")),
    ("place", (rf"{_ASKED}(?:where|donde)\b", rf"\b(?:which|what|que|cuales|cual) (?:\w+ )?{_PLACES}\b")),
    ("reason", (r"\bwhy\b|\bpor que\b", r"\bwhat (?:caused|led to|explains?|made)\b", r"\breasons?\b")),
    (
        "yesno",
        (
            r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|might|es|son|fue|tiene|ha|han|hay|existe)\b",
            # a Spanish question that begins with no question word
            r"^¿(?=\w)(?!(?:y|pero|a|ante|con|contra|de|desde|durante|en|entre|hacia|hasta|para|por|segun|sobre|tras|que|cual(?:es)?|como)\b)",
        ),
    ),
)
ANSWER_TYPES: tuple[tuple[AnswerType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile("|".join(patterns))) for kind, patterns in _QUESTION_WORDS
)
"""Tried in this order; a question that none fits is "other"."""

_MADE = r"(?:wrote|authored|edited|published|produced|designed|made|released|compiled|researched|put together)"
_WAS_MADE = r"(?:written|authored|edited|published|released|come out|came out|dated?|titled|called|title|authors?|editors?|publisher|layout|designed)"
_DOCUMENT = r"(?:report|investigation|document|article|study|piece|this|paper|series|publication)"
_DOCUMENTO = r"(?:informe|reporte|investigacion|documento|estudio|articulo)"
ABOUT_DOCUMENT = re.compile(
    rf"\b(?:who|which \w+) (?:\w+ )?{_MADE}\b(?=.*\b{_DOCUMENT}\b)(?!.*\baccording\b)"
    rf"|\b(?:authors?|editors?|publishers?|designers?|layout|title|headline|byline|publication date|credits?)\b(?=.*\b{_DOCUMENT}\b)"
    rf"|\b(?:report|investigation|document|article|study|this)\b(?=.*\b{_WAS_MADE}\b)(?!.*\baccording\b)"
    rf"|\b(?:quien(?:es)?|cuando|que (?:organizacion|medio|unidad)) (?:\w+ ){{0,3}}(?:escribi|edit|public|disen|elabor|redact)\w*(?=.*\b{_DOCUMENTO}\b)(?!.*\bsegun\b)"
    rf"|\b(?:autor(?:es|a)?|editor(?:es|a)?|titulo|fecha de publicacion)\b(?=.*\b{_DOCUMENTO}\b)"
)
"""Questions that the credits answer, not the text."""

_ITS = r"(?:the|this) (?:report|document|investigation|article)"
PREAMBLE = re.compile(
    rf"^\W*(?:please )?(?:(?:what|does|do|did|can you tell me what) (?:does |do |did )?{_ITS} (?:say|says|tell us|mention)(?: that| about| on)?\b"
    rf"|(?:according to|in) {_ITS}\b,?|(?:que dice|segun) (?:el|este) (?:informe|reporte|documento)(?: sobre| de)?\b,?)"
)
"""What a reporter may put before the question proper; every word of it would otherwise be searched for."""

MONTHS = (
    "january february march april june july august september october november december "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
).split()
NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty dozen dozens hundred hundreds "
    "thousand thousands million millions billion billions half third quarter double triple majority "
    "dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cien cientos mil miles millones mitad".split()
)
DATE = re.compile(
    rf"\b(?:19|20)\d\d\b|\b(?:{'|'.join(MONTHS)})\b|\bmay \d|\b(?:century|decades?|years? (?:ago|later)|today|yesterday|currently)\b"
)
DURATION = re.compile(
    r"\b(?:years?|months?|weeks?|days?|decades?|hours?|century|centuries|minutes?|since|anos?|meses|semanas?|dias?|horas?)\b"
)
REASON = re.compile(
    r"\b(?:because|due to|thanks to|since|as a result|reasons?|so that|in order to|factors?|owing|driven|caused?|why|explains?"
    r"|to (?:avoid|gain|make|help|escape)|porque|debido|gracias a|causa)\b"
)
