"""A turn of a conversation as one JSON text with everything of it, and back, its citations compared with the documents as they are now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rag.answering.verifying import enforce
from rag.citations import violations
from rag.errors import CitationInvalid
from rag.records import Abstention, Answer, Chunk, Document, Hit
from rag.rendering.html import Failure, Outcome, cited
from rag.rendering.text import from_line, to_line

_WHY_FOUND = tuple(item.name for item in fields(Hit) if item.name != "chunk")
"""What the public line leaves out of a hit, or rounds."""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A turn as it was shown, and what of it no longer stands in the documents."""

    outcome: Outcome
    stale: Mapping[int, str] = field(default_factory=dict)
    """Of each citation that is not, or no longer, the document's characters, by its number: why."""
    problem: str | None = None
    """What else keeps it from being shown as an answer; None where all is well, or `stale` says it all."""


def to_json(outcome: Outcome) -> str:
    """The turn in ASCII: the public batch line, with the timings, the fingerprint and why each hit was found."""
    if isinstance(outcome, Failure):
        return json.dumps({"question": outcome.question, "error": outcome.message})
    found = [{name: getattr(hit, name) for name in _WHY_FOUND} | {"kind": hit.chunk.kind} for hit in outcome.hits]
    more = {"timings": dict(outcome.timings), "fingerprint": outcome.fingerprint, "found": found}
    return json.dumps(to_line(outcome) | more)


def from_json(text: str, documents: Mapping[str, Document]) -> KeptTurn:
    """The turn; of its hits those that still stand in the documents. Nothing in it makes this fail.

    An answer of a chat model is checked again by the rules that hold now.
    """
    question = ""
    try:
        line: dict[str, Any] = json.loads(text)
        question = str(line["question"])
        if "error" in line:
            return KeptTurn(Failure(question, str(line["error"])))
        outcome = replace(
            from_line(line),
            hits=tuple(_hits(line, documents)),
            timings=line["timings"],
            fingerprint=line["fingerprint"],
        )
    except (ValueError, TypeError, KeyError, AttributeError, CitationInvalid) as error:
        return KeptTurn(
            Failure(question, "This turn is damaged in the store."), problem=f"{type(error).__name__}: {error}"
        )
    return checked(outcome, documents)


def checked(outcome: Answer | Abstention, documents: Mapping[str, Document]) -> KeptTurn:
    """The outcome with every citation compared with the documents."""
    stale = {c.number: found[0].detail for c in cited(outcome) if (found := violations((), (c,), documents))}
    if stale:
        return KeptTurn(outcome, stale)
    try:
        enforce(outcome, documents)
    except CitationInvalid as error:
        return KeptTurn(outcome, problem=str(error))
    return KeptTurn(outcome)


def _hits(line: Mapping[str, Any], documents: Mapping[str, Document]) -> list[Hit]:
    hits = []
    for hit, why in zip(line["hits"], line["found"], strict=True):
        why = dict(why)
        document, start, end = documents.get(hit["document"]), hit["start"], hit["end"]
        if document is None or document.text[start:end] != hit["text"]:
            continue
        section = tuple(part for part in hit["section"].split(" › ") if part)
        chunk = Chunk(hit["chunk"], document.id, section, start, end, hit["text"], why.pop("kind"))
        hits.append(Hit(chunk, **why))
    return hits
