"""What is typed into a chat but asks nothing of the documents: greetings, thanks, "what can I ask?", and orders to make something up."""

from __future__ import annotations

import re
from typing import Literal

from rag.retrieval.lexical import fold

Talk = Literal["greeting", "thanks", "help", "composition"]

_END = r"[\s!.,:;?)]*$"
_FICTION = r"(?:poem|haiku|limerick|song|lyrics|rap|ballad|fairy tale|novel|thriller|screenplay|joke|sermon|code|recipe|poema|cancion|corrido|novela|guion|chiste|codigo|receta)"
_TEXTS = (
    r"(?:story|tale|chapter|scene|script|play|dialogue|monologue|speech|essay|op-?ed|article|blog post|tweet|thread|headline|press release|letter|e-?mail|indictment"
    r"|program|quote|interview|cuento|historia|capitulo|escena|dialogo|discurso|ensayo|articulo|tuit|titular|carta|correo|programa|cita|entrevista)"
)
"""These may also stand in a document and be asked for."""
_MAKE = r"(?:write|compose|draft|create|generate|make up|invent|come up with|escrib[ea](?:me)?|compon(?:me)?|redacta(?:me)?|crea(?:me)?|genera(?:me)?|inventa(?:te|me)?)"
_GIVE = r"(?:give me|tell me|sing|continue|finish|dame|cuenta(?:me)?|haz(?:me)?|canta(?:me)?)"
_POLITE = r"^\W*(?:please,? |por favor,? |can you |could you |now |puedes )?"
_SOME = r" (?:me |us |up )?(?:an? |the |some |un |una |el |la |los |las )?(?:[\w-]+ ){0,3}?"
_PATTERNS: tuple[tuple[Talk, str], ...] = (
    (
        "greeting",
        r"^\W*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|hola|buenas|buen(?:os|as) (?:dias|tardes|noches))(?: (?:there|all|everyone|again|a todos|de nuevo))?"
        + _END,
    ),
    (
        "thanks",
        r"^\W*(?:ok(?:ay)?,? |great,? |perfect,? |vale,? )?(?:thanks|thank you|thx|cheers|gracias|muchas gracias|mil gracias)(?: (?:a lot|so much|very much|again|that helps|por todo|por la ayuda))?"
        + _END,
    ),
    (
        "help",
        r"^\W*(?:help|ayuda|what (?:kind of |sort of )?(?:questions )?can (?:i|you) (?:ask|do|answer|help(?: me)? with)(?: you| here| about)?|how do(?:es)? (?:this|i use this|it) work"
        r"|what is this|who are you|que (?:te )?puedo preguntar(?:te)?|que puedes (?:hacer|responder)|como funciona(?: esto)?|quien eres)"
        + _END,
    ),
    (
        "composition",
        rf"{_POLITE}(?:{_MAKE}{_SOME}(?:{_FICTION}|{_TEXTS})|{_GIVE}{_SOME}{_FICTION})\b"
        r"|^\W*(?:please,? |por favor,? )?(?:act as|pretend (?:to be|that|you)|role-?play|let's play|imagine (?:that )?you(?:'re| are)|actua como|finge|imagina que eres)\b",
    ),
)
_KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
_LONGEST = 400


def talk(text: str) -> Talk | None:
    """What kind of talk a message is; None for a question about the documents.

    >>> talk("Good morning!"), talk("Write a poem about the bridge"), talk("Who wrote the letter?")
    ('greeting', 'composition', None)
    """
    flat = fold(text)
    if len(flat) > _LONGEST:
        return None
    return next((kind for kind, pattern in _KINDS if pattern.search(flat)), None)
