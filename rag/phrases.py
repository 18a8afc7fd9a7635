"""What the program itself says around an answer, in the language of the question; quotations stay in the document's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EN = {
    "report-silent": "The report does not say.",
    "documents-silent": "The documents do not say.",
    "report-silent-on": "The report does not say: {part}",
    "documents-silent-on": "The documents do not say: {part}",
    "not-covered": "Not covered:",
    "nearest": "Nearest passages",
    "no-answer": "not an answer",
    "speaker": "Speaker: {speaker}",
    "characters": "characters {start}–{end}",
    "understood": "Understood as: {question}",
    "asked-of": "Asked of these documents only: {titles}",
    "other-language": "The quotations stand in the document's own language.",
    "credits": "The credits do not say. {records}",
    "yes": "Yes.",
    "record": "The corpus records “{title}” with {facts}.",
    "publisher": "publisher {value}",
    "published": "published {value}",
    "no-facts": "no publisher and no date",
    "unknown": "Nothing in the documents mentions {words}.",
    "apart": "No passage speaks of “{one}” together with “{other}”.",
    "no-type": "The nearest passages do not give {what} that answers the question.",
    "uncovered": "No sentence answers the question; the nearest passages do not speak of {words}.",
    "nothing": "No sentence answers the question, though its words occur in the passages below.",
    "unspelled": "No sentence answers the question; the documents do not hold {words} in this spelling.",
    "nothing-abroad": "No sentence answers the question.",
    "closest": "The closest passage does not mention {words}.",
    "or": "or",
    "number": "a figure",
    "date": "a date",
    "duration": "a length of time",
    "person": "a name",
    "place": "a place",
    "source": "who said so",
    "reason": "a reason",
    "confirmed": "Read again and confirmed by {judge}.",
    "found": "Found on a second reading by {judge}.",
    "demoted": "On a second reading by {judge}, the passages below do not answer.",
    "unread": "Not read a second time: {judge} took too long or failed.",
    "withheld-one": "1 sentence was withheld, since the passages do not carry what {model} wrote.",
    "withheld-several": "{n} sentences were withheld, since the passages do not carry what {model} wrote.",
    "own-words": "{why}; these are the document's own words.",
    "wrote-nothing": "{model} wrote nothing that its passages carry",
    "found-nothing": "{model} found no answer in the passages",
    "said-by": "What was shown last is said by {speakers}.",
    "said-by-author": "What was shown last is nobody's quoted words, but the document's own: {source}.",
    "said-by-none": "Nothing was shown before, so there is nobody to name. Ask who said what.",
}
_ES = {
    "report-silent": "El informe no lo dice.",
    "documents-silent": "Los documentos no lo dicen.",
    "report-silent-on": "El informe no lo dice: {part}",
    "documents-silent-on": "Los documentos no lo dicen: {part}",
    "not-covered": "Sin mención:",
    "nearest": "Pasajes más cercanos",
    "no-answer": "no son una respuesta",
    "speaker": "Habla: {speaker}",
    "characters": "caracteres {start}–{end}",
    "understood": "Entendido como: {question}",
    "asked-of": "Solo se preguntó a estos documentos: {titles}",
    "other-language": "Las citas están en el idioma original del documento.",
    "credits": "Los créditos no lo dicen. {records}",
    "yes": "Sí.",
    "record": "De “{title}” constan {facts}.",
    "publisher": "el editor, {value}",
    "published": "la fecha, {value}",
    "no-facts": "ni editor ni fecha",
    "unknown": "Nada en los documentos menciona {words}.",
    "apart": "Ningún pasaje habla de “{one}” junto con “{other}”.",
    "no-type": "Los pasajes más cercanos no dan {what} que responda a la pregunta.",
    "uncovered": "Ninguna frase responde a la pregunta; los pasajes más cercanos no hablan de {words}.",
    "nothing": "Ninguna frase responde a la pregunta, aunque sus palabras aparecen en los pasajes de abajo.",
    "unspelled": "Ninguna frase responde a la pregunta; los documentos no contienen {words} con esta grafía.",
    "nothing-abroad": "Ninguna frase responde a la pregunta.",
    "closest": "El pasaje más cercano no menciona {words}.",
    "or": "ni",
    "number": "una cifra",
    "date": "una fecha",
    "duration": "una duración",
    "person": "un nombre",
    "place": "un lugar",
    "source": "quién lo dijo",
    "reason": "una razón",
    "confirmed": "Leído de nuevo y confirmado por {judge}.",
    "found": "Encontrado en una segunda lectura por {judge}.",
    "demoted": "En una segunda lectura, {judge} no ve una respuesta en los pasajes de abajo.",
    "unread": "Sin segunda lectura: {judge} tardó demasiado o falló.",
    "withheld-one": "Se retuvo 1 frase, porque los pasajes no sostienen lo que escribió {model}.",
    "withheld-several": "Se retuvieron {n} frases, porque los pasajes no sostienen lo que escribió {model}.",
    "own-words": "{why}; estas son las palabras del propio documento.",
    "wrote-nothing": "{model} no escribió nada que sus pasajes sostengan",
    "found-nothing": "{model} no encontró respuesta en los pasajes",
    "said-by": "Lo último que se mostró lo dice {speakers}.",
    "said-by-author": "Lo último que se mostró no es cita de nadie, sino del propio documento: {source}.",
    "said-by-none": "Antes no se mostró nada, así que no hay a quién nombrar. Pregunte quién dijo qué.",
}
PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": _EN, "es": _ES})
"""By language, then by key; every language has the same keys with the same fields."""


def phrase(key: str, language: str, **values: object) -> str:
    """The phrase with its fields filled in; English for a language that has none.

    >>> phrase("closest", "es", words="“Chile”")
    'El pasaje más cercano no menciona “Chile”.'
    """
    return PHRASES.get(language, _EN)[key].format(**values)
