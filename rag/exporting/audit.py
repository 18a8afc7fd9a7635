"""A conversation as JSON for audit, and back: every quotation is checked again, and a turn that fails is not taken in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rag.citations import enforce
from rag.errors import CitationInvalid
from rag.exporting.checking import check_quote
from rag.exporting.conversation import Conversation, Outcome, cited, program
from rag.exporting.escaping import in_json
from rag.exporting.reading import claimed
from rag.records import Answer, Citation, Document
from rag.rendering.text import from_line, to_line

FORMAT, VERSION = "report-chat conversation", 1
Check = Callable[[Outcome, Mapping[str, Document]], None]
"""Returns only if the outcome may be shown; raises CitationInvalid."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A turn that was left out, and why; turns count from 1."""

    turn: int
    question: str
    message: str


@dataclass(frozen=True, slots=True)
class Imported:
    """The turns that stand, in order and without their hits, and those that were left out."""

    title: str
    turns: tuple[Outcome, ...]
    problems: tuple[Problem, ...]


def to_json(conversation: Conversation) -> str:
    """The conversation for audit: batch lines with index fingerprint and digest, and what was cited with SHA-256 and title.

    A turn's "sha256" is over its other fields as JSON, sorted, compact, in ASCII; it shows changes and is no signature.
    """
    lines = [
        to_line(turn, line_id=number) | {"fingerprint": turn.fingerprint}
        for number, turn in enumerate(conversation.turns, 1)
    ]
    return in_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "program": program(),
            "title": conversation.title,
            "exported": conversation.exported.isoformat(),
            "documents": [_described(document) for document in conversation.cited],
            "turns": [line | {"sha256": _digest(line)} for line in lines],
        }
    )


def imported(text: str, documents: Mapping[str, Document], *, check: Check = enforce) -> Imported:
    """The turns of exported JSON that stand in the documents as they are now.

    The standard check is of quotations; pass `rag.answering.verifying.enforce` to check a model's sentences again too.

    Raises:
        CitationInvalid: the text is no exported conversation, or one of a later format.
    """
    envelope = _read(text)
    turns: list[Outcome] = []
    problems: list[Problem] = []
    for number, line in enumerate(envelope["turns"], 1):
        try:
            turns.append(_turn(line, documents, check))
        except CitationInvalid as error:
            question = line.get("question", "") if isinstance(line, dict) else ""
            problems.append(Problem(number, str(question), str(error)))
    return Imported(str(envelope.get("title", "")), tuple(turns), tuple(problems))


def _read(text: str) -> dict[str, Any]:
    try:
        envelope = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CitationInvalid(
            f"the file is not JSON ({error}); choose the JSON file of an exported conversation"
        ) from error
    if (
        not isinstance(envelope, dict)
        or envelope.get("format") != FORMAT
        or not isinstance(envelope.get("turns"), list)
    ):
        raise CitationInvalid(f"the file is not a {FORMAT!r}; choose the JSON file of an exported conversation")
    if envelope.get("version") != VERSION:
        raise CitationInvalid(
            f"the file has format version {envelope.get('version')!r}, this program reads {VERSION}; update report-chat"
        )
    return envelope


def _turn(line: object, documents: Mapping[str, Document], check: Check) -> Outcome:
    if not isinstance(line, dict):
        raise CitationInvalid("the turn is not an object")
    rest = {name: value for name, value in line.items() if name != "sha256"}
    outcome = _with_sections(from_line(rest), documents)
    quotes = [check_quote(claimed(citation, documents), documents) for citation in cited(outcome)]
    if any(quote.status != "unchanged" for quote in quotes):
        raise CitationInvalid("; ".join(quote.line for quote in quotes if quote.status != "unchanged"))
    if line.get("sha256") != _digest(rest):
        raise CitationInvalid("the turn was changed after it was exported: its sha256 is not that of its fields")
    check(outcome, documents)
    return replace(outcome, fingerprint=str(rest.get("fingerprint", "")))


def _with_sections(outcome: Outcome, documents: Mapping[str, Document]) -> Outcome:
    """The outcome with section paths as its documents divide them, which a title that holds " › " hides in the line."""
    citations = tuple(_with_section(citation, documents.get(citation.document_id)) for citation in cited(outcome))
    return replace(outcome, citations=citations) if isinstance(outcome, Answer) else replace(outcome, nearest=citations)


def _with_section(citation: Citation, document: Document | None) -> Citation:
    path = document.section_at(citation.start) if document else ()
    return replace(citation, section=path) if " › ".join(path) == " › ".join(citation.section) else citation


def _digest(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _described(document: Document) -> dict[str, Any]:
    names = ("id", "sha256", "title", "publisher", "published", "language", "path", "file_sha256")
    return {name: getattr(document, name) for name in names}
