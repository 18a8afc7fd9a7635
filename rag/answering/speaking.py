"""The question “Who said that?”, answered from the citations that were shown, never from memory of what was written about them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace

from rag.citations import enforce
from rag.errors import CitationInvalid
from rag.index import Index
from rag.phrases import phrase
from rag.records import Abstention, Answer, Citation, Document, Statement
from rag.retrieval.lexical import fold, language_of

_SAID = r"(?:said|says|say|told|claim(?:ed|s)|stated|states|alleged|argued|reported|wrote)"
_THAT = r"(?:that|this|it|so|those|these)(?: (?:things?|words?|quotes?|claims?|statements?|sentences?))?"
_PATTERNS = (
    rf"(?:who|whom|which (?:person|expert|official|source|one)) (?:exactly |actually )?{_SAID} (?:us |them )?{_THAT}",
    rf"(?:says|according to|said) who(?:m)?|who(?:'s| is| was) (?:being )?quoted(?: (?:there|here|saying {_THAT}))?",
    rf"whose (?:words?|quotes?|claims?|statements?) (?:is|are|was|were) {_THAT}",
    rf"who(?:'s| is| was) (?:the|your|its) (?:source|speaker)(?: (?:for|of) {_THAT}| there| here)?",
    r"quien(?:es)? (?:exactamente )?(?:(?:lo|la) )?(?:dijo|dijeron|dice|dicen|afirmo|afirma|declaro|declara|conto|asegura|aseguro)(?: (?:eso|esto|aquello|asi|esas? (?:cosas?|frases?|palabras?)))?",
    r"de quien(?:es)? (?:es|son) (?:esa|esas|esta|estas|la|las) (?:citas?|palabras?|frases?)|(?:y )?segun quien(?:es)?|quien es la fuente(?: de eso)?",
)
_OPENING = r"^\W*(?:(?:and|so|but|ok|okay|y|pero|entonces)\b[\s,]*)?"
_ASKS = re.compile(rf"{_OPENING}(?:{'|'.join(_PATTERNS)})\W*$")


def asks_who_said(question: str) -> bool:
    """Whether a question asks for the speaker of what was shown last, and for nothing else.

    >>> asks_who_said("And who said that?"), asks_who_said("Who said that the boats were burned?")
    (True, False)
    """
    return bool(_ASKS.match(fold(question)))


def who_said(question: str, before: Answer | Abstention | None, index: Index, started: float) -> Answer | Abstention:
    """The quotations of the outcome before that are somebody's words, with a note that names the speakers; where there are none, all of them with a note that says so.

    Args:
        question: As asked.
        before: The outcome before; its citations are checked against the documents again.
        index: Whose documents are asked.
        started: `time.perf_counter()` when the question came.
    """
    language, fingerprint = language_of(question), index.manifest.fingerprint
    shown = _standing(before, index.documents)
    spoken = [citation for citation in shown if citation.speaker]
    timings = {"total": time.perf_counter() - started}
    if not shown:
        reason = phrase("said-by-none", language)
        return Abstention(question, question, reason, (), (), (), timings, fingerprint, language=language, asked_nothing=True)  # fmt: skip
    cited = tuple(replace(c, number=n, marks=()) for n, c in enumerate(spoken or shown, 1))
    return Answer(
        question, question, tuple(Statement(c.quote, (c.number,)) for c in cited), cited, before.hits if before else (), language=language,
        notice=_named(cited, index.documents, language), timings=timings, fingerprint=fingerprint,
    )  # fmt: skip


def _standing(before: Answer | Abstention | None, documents: Mapping[str, Document]) -> tuple[Citation, ...]:
    """The citations of an answer, if they are still the documents' characters."""
    if not isinstance(before, Answer):
        return ()
    try:
        enforce(before, documents)
    except CitationInvalid:
        return ()
    return before.citations


def _named(cited: tuple[Citation, ...], documents: Mapping[str, Document], language: str) -> str:
    speakers = list(dict.fromkeys(c.speaker for c in cited if c.speaker))
    if speakers:
        return phrase("said-by", language, speakers="; ".join(speakers))
    sources = dict.fromkeys(documents[c.document_id].publisher or documents[c.document_id].title for c in cited)
    return phrase("said-by-author", language, source="; ".join(sources))
