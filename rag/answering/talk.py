"""The reply to what asks nothing of the documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from rag.answering.starters import starter_questions
from rag.index import Index
from rag.reader.talk import Talk
from rag.retrieval.lexical import fold, language_of

_REPLIES: Mapping[str, Mapping[Talk, str]] = MappingProxyType(
    {
        "en": {
            "greeting": "Hello. Ask a question about {titles}, and the answer is quoted from there.",
            "thanks": "You are welcome.",
            "help": "Ask about {titles}: who, what, when, where, how many, or who said it. The answer is quoted word for word with its place, or you are told that it is not there.",
            "composition": "This program quotes {titles}; it makes nothing up. Ask what is said there.",
        },
        "es": {
            "greeting": "Hola. Haga una pregunta sobre {titles} y la respuesta se cita de allí.",
            "thanks": "De nada.",
            "help": "Pregunte sobre {titles}: quién, qué, cuándo, dónde, cuánto o quién lo dijo. La respuesta se cita palabra por palabra con su lugar, o se dice que no está.",
            "composition": "Este programa cita {titles}; no inventa nada. Pregunte qué se dice allí.",
        },
    }
)
_SPANISH = re.compile(r"\W*(?:hola|buen[oa]s|gracias|much[ao]s|mil|vale|ayuda|escrib|redact|invent|actua|dame|cuenta)")
"""Openings too short to have a function word."""
_EXAMPLE = {"en": "For example: {}", "es": "Por ejemplo: {}"}
_TITLES = {"en": "the {} documents", "es": "los {} documentos"}


def reply(kind: Talk, text: str, index: Index) -> str:
    """A sentence or two in the language of the message; with an example where one helps."""
    language = "es" if _SPANISH.match(fold(text)) else language_of(text)
    documents = list(index.documents.values())
    titles = f"“{documents[0].title}”" if len(documents) == 1 else _TITLES[language].format(len(documents))
    said = _REPLIES[language][kind].format(titles=titles)
    starters = starter_questions(index)
    if kind in ("greeting", "help") and starters:
        said = f"{said} {_EXAMPLE[language].format(starters[0])}"
    return said
