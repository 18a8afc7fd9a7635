"""What the page says in each of its languages, and which language a visitor reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
COOKIE = "language"

_ENGLISH: Mapping[str, str] = {
    "title": "Report chat",
    "promise quotes": "Every answer is an exact quotation with its place and speaker, or none at all.",
    "promise model": "A chat model writes; every sentence is checked against the quotations under it, or withheld.",
    "invitation": "Ask what the report says. Click a number to read its passage where it stands.",
    "start with": "Questions to start with",
    "readying": "Getting ready: the report and the models are being loaded.",
    "question waits": "Getting ready: the report and the models are being loaded. Your question waits for that.",
    "not ready": "Not ready. {reason}",
    "searching": "Searching the report and reading what is found …",
    "checking": "Checking: the passages are read a second time …",
    "writing": "Writing, and checking every sentence against its passage …",
    "written": "Writing and checking; so far {count} passed. Their numbers come with the last one.",
    "failed": "Something went wrong; the server's log says what. Please ask again.",
    "language": "Language",
    "colours": "Colours",
    "auto": "as the system",
    "light": "light",
    "dark": "dark",
    "conversation": "Conversation",
    "document": "Document",
    "question": "Question",
    "ask": "Ask",
    "ask here": "Ask what the report says",
    "new": "New conversation",
    "hint": "Enter asks. Alt+↓ and Alt+↑ (or j and k outside the box) go from citation to citation.",
    "to question": "Skip to the question",
    "to document": "Skip to the document",
    "edit": "Edit",
    "edit label": "Edit this question and ask again",
    "try": "These have an answer:",
    "page": "page {number}",
    "show": "Citation {number}: show in the document",
    "copy": "Copy",
    "copy label": "Copy quotation {number} with its source",
    "forms": "Other forms",
    "markdown": "Markdown",
    "html": "HTML",
    "annotation": "Annotation (JSON)",
    "copied": "Copied",
    "copy by hand": "Copy this with Ctrl+C:",
    "why": "Why these passages",
    "dense": "meaning",
    "lexical": "words",
    "multilingual": "across languages",
    "reader": "reader",
    "not found": "not found",
    "covers": "Of the question it has:",
    "covers nothing": "It has no word of the question.",
    "legs": "Rank and score by meaning (cosine), words (BM25), meaning across languages (cosine) and the reader (0 to 1).",
    "previous": "Previous citation",
    "next": "Next citation",
    "position": "{number} of {count}",
    "mark": "Citation {number} of answer {turn}: back to the answer",
    "cited times": "{title} ({count} cited)",
    "gone": "The document of that quotation has been replaced since it was quoted.",
    "conversations": "Conversations",
    "none kept": "No conversation is kept yet.",
    "no cookies": "The browser keeps no cookies, so conversations are not kept.",
    "turns and time": "{count} · {time}",
    "rename": "Rename",
    "rename to": "New title:",
    "delete": "Delete",
    "delete all": "Delete all",
    "delete sure": "Delete this conversation for good?",
    "delete all sure": "Delete all your conversations for good?",
    "deleted": "Deleted.",
    "not kept": "This conversation is not kept: {reason}",
    "export": "Export",
    "as markdown": "Markdown",
    "as html": "HTML",
    "as docx": "Word (DOCX)",
    "as json": "JSON for audit",
    "taken": "{name} was saved.",
    "taken without": "{name} was saved. Turns that failed, are not finished or no longer stand are not in it: {count}.",
    "nothing to take": "There is no answer to export yet.",
    "import": "Open an exported JSON; every quotation is checked again:",
    "too large": "The file is larger than 8 MB.",
    "brought": "Turns that stand and were opened: {count}.",
    "left out": "Turn {number} was left out: {reason}",
    "editing": "Editing question #: your question takes its place and that of all below it.",
    "cancel": "Cancel",
    "stale": "No longer in the document as quoted: {reason}",
    "withdrawn": "This answer is no longer shown: {reason}",
    "go on": "Questions to go on with; all have an answer:",
    "rate": "What do you say of this answer?",
    "up": "Good answer",
    "down": "Something is wrong",
    "thanks": "Thank you, noted.",
    "take back": "Take back",
    "taken back": "Taken back.",
    "what is wrong": "What is wrong?",
    "wrong-passage": "wrong passage",
    "misquoted": "misquoted",
    "should-have-answered": "should have answered",
    "should-have-abstained": "should have abstained",
    "other": "something else",
    "comment": "In your words:",
    "send": "Send",
}
_SPANISH: Mapping[str, str] = {
    "title": "Report chat",
    "promise quotes": "Cada respuesta es una cita exacta con su lugar y quien la dice, o no hay respuesta.",
    "promise model": "Escribe un modelo; cada frase se comprueba con las citas que la siguen, o no se muestra.",
    "invitation": "Pregunte qué dice el informe. Pulse un número para leer el pasaje en su lugar.",
    "start with": "Preguntas para empezar",
    "readying": "Preparando: se cargan el informe y los modelos.",
    "question waits": "Preparando: se cargan el informe y los modelos. Su pregunta espera a que terminen.",
    "not ready": "No está listo. {reason}",
    "searching": "Se busca en el informe y se lee lo encontrado …",
    "checking": "Se comprueba: los pasajes se leen por segunda vez …",
    "writing": "Se escribe, y cada frase se comprueba con su pasaje …",
    "written": "Se escribe y se comprueba; hasta ahora {count} comprobadas. Los números llegan con la última.",
    "failed": "Algo falló; el registro del servidor dice qué. Pregunte otra vez.",
    "language": "Idioma",
    "colours": "Colores",
    "auto": "como el sistema",
    "light": "claros",
    "dark": "oscuros",
    "conversation": "Conversación",
    "document": "Documento",
    "question": "Pregunta",
    "ask": "Preguntar",
    "ask here": "Pregunte qué dice el informe",
    "new": "Nueva conversación",
    "hint": "Intro pregunta. Alt+↓ y Alt+↑ (o j y k fuera del cuadro) van de cita en cita.",
    "to question": "Ir a la pregunta",
    "to document": "Ir al documento",
    "edit": "Editar",
    "edit label": "Editar esta pregunta y volver a preguntar",
    "try": "Estas tienen respuesta:",
    "page": "página {number}",
    "show": "Cita {number}: mostrar en el documento",
    "copy": "Copiar",
    "copy label": "Copiar la cita {number} con su fuente",
    "forms": "Otros formatos",
    "markdown": "Markdown",
    "html": "HTML",
    "annotation": "Anotación (JSON)",
    "copied": "Copiado",
    "copy by hand": "Copie esto con Ctrl+C:",
    "why": "Por qué estos pasajes",
    "dense": "sentido",
    "lexical": "palabras",
    "multilingual": "entre idiomas",
    "reader": "lector",
    "not found": "no lo halló",
    "covers": "De la pregunta tiene:",
    "covers nothing": "No tiene ninguna palabra de la pregunta.",
    "legs": "Puesto y valor por sentido (coseno), palabras (BM25), sentido entre idiomas (coseno) y lector (0 a 1).",
    "previous": "Cita anterior",
    "next": "Cita siguiente",
    "position": "{number} de {count}",
    "mark": "Cita {number} de la respuesta {turn}: volver a la respuesta",
    "cited times": "{title} ({count} citas)",
    "gone": "El documento de esa cita se ha reemplazado desde que se citó.",
    "conversations": "Conversaciones",
    "none kept": "Todavía no se guarda ninguna conversación.",
    "no cookies": "El navegador no guarda cookies, así que no se guardan conversaciones.",
    "turns and time": "{count} · {time}",
    "rename": "Renombrar",
    "rename to": "Título nuevo:",
    "delete": "Borrar",
    "delete all": "Borrar todas",
    "delete sure": "¿Borrar esta conversación para siempre?",
    "delete all sure": "¿Borrar todas sus conversaciones para siempre?",
    "deleted": "Borrado.",
    "not kept": "Esta conversación no se guarda: {reason}",
    "export": "Exportar",
    "as markdown": "Markdown",
    "as html": "HTML",
    "as docx": "Word (DOCX)",
    "as json": "JSON para auditar",
    "taken": "Se guardó {name}.",
    "taken without": "Se guardó {name}. Faltan las que fallaron, no han terminado o ya no valen: {count}.",
    "nothing to take": "Todavía no hay respuesta que exportar.",
    "import": "Abrir un JSON exportado; cada cita se comprueba otra vez:",
    "too large": "El archivo pasa de 8 MB.",
    "brought": "Preguntas que siguen en pie y se abrieron: {count}.",
    "left out": "La pregunta {number} no se abrió: {reason}",
    "editing": "Edita la pregunta #: la suya ocupa su lugar y el de todo lo que sigue.",
    "cancel": "Cancelar",
    "stale": "Ya no está en el documento como se citó: {reason}",
    "withdrawn": "Esta respuesta ya no se muestra: {reason}",
    "go on": "Preguntas para seguir; todas tienen respuesta:",
    "rate": "¿Qué dice de esta respuesta?",
    "up": "Buena respuesta",
    "down": "Algo está mal",
    "thanks": "Gracias, anotado.",
    "take back": "Retirar",
    "taken back": "Retirado.",
    "what is wrong": "¿Qué está mal?",
    "wrong-passage": "otro pasaje",
    "misquoted": "mal citado",
    "should-have-answered": "debió responder",
    "should-have-abstained": "debió abstenerse",
    "other": "otra cosa",
    "comment": "En sus palabras:",
    "send": "Enviar",
}
WORDS: Mapping[Language, Mapping[str, str]] = {"en": _ENGLISH, "es": _SPANISH}
"""Of each language every text of the page by its key; the same keys in all."""
NAMES: Mapping[Language, str] = {"en": "English", "es": "Español"}


def say(key: str, language: Language, **values: object) -> str:
    """The text of a key, with the values in their places.

    >>> say("position", "es", number=2, count=4)
    '2 de 4'
    """
    return WORDS[language][key].format(**values)


def spoken(value: object) -> Language:
    """The language of this code, English for any other.

    >>> spoken("es"), spoken("fr"), spoken(None)
    ('es', 'en', 'en')
    """
    return "es" if value == "es" else "en"


def language_of_visitor(cookie: str | None, accepted: str) -> Language:
    """What the visitor chose before, else the first of the browser's languages that the page speaks, else English.

    >>> language_of_visitor(None, "fr-FR,fr;q=0.9,es;q=0.8,en;q=0.7")
    'es'

    Args:
        cookie: Value of the cookie `COOKIE`.
        accepted: The header Accept-Language, whose order browsers keep by preference.
    """
    if cookie in LANGUAGES:
        return spoken(cookie)
    codes = re.findall(r"(?:^|,)\s*([a-z]{2})", accepted.lower())
    return spoken(next((code for code in codes if code in LANGUAGES), "en"))
