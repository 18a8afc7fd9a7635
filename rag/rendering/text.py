"""Outcomes to JSON lines and plain text, and JSON back to outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rag.citations import marker
from rag.errors import CitationInvalid
from rag.phrases import phrase
from rag.records import Abstention, Answer, Citation, Document, Hit, Statement, Verdict, Violation, Withheld


def to_line(outcome: Answer | Abstention, *, line_id: object = None) -> dict[str, Any]:
    """The public batch line of an outcome; the order of keys is fixed."""
    answered = isinstance(outcome, Answer)
    line: dict[str, Any] = {
        "id": line_id,
        "question": outcome.question,
        "answer": outcome.text if isinstance(outcome, Answer) else "",
        "abstained": not answered,
        "reason": None if isinstance(outcome, Answer) else outcome.reason,
        "mode": outcome.mode if isinstance(outcome, Answer) else "quotes",
        "statements": [_statement(s) for s in outcome.statements] if isinstance(outcome, Answer) else [],
        "citations": [_citation(c) for c in outcome.citations] if isinstance(outcome, Answer) else [],
    }
    if isinstance(outcome, Abstention):
        line["uncovered"] = list(outcome.uncovered)
        line["nearest"] = [_citation(c) for c in outcome.nearest]
        if outcome.asked_nothing:
            line["asked_nothing"] = True
    line["hits"] = [_hit(hit) for hit in outcome.hits]
    if isinstance(outcome, Answer):
        line |= _written(outcome)
    if isinstance(outcome, Abstention) and outcome.note:
        line["note"] = outcome.note
    if outcome.verdict:
        line["verdict"] = {
            "judge": outcome.verdict.judge,
            "ruling": outcome.verdict.ruling,
            "seconds": round(outcome.verdict.seconds, 4),
        }
    line["seconds"] = round(outcome.timings.get("total", 0.0), 4)
    return line | _circumstances(outcome)


def from_line(line: Mapping[str, Any]) -> Answer | Abstention:
    """The outcome that a batch line holds, without its hits. It is not yet checked against the documents.

    Raises:
        CitationInvalid: the line is not of the public format.
    """
    try:
        question = str(line["question"])
        standalone = str(line.get("standalone", question))
        if line["abstained"]:
            nearest = tuple(_read_citation(c) for c in line.get("nearest", ()))
            return Abstention(
                question,
                standalone,
                str(line.get("reason") or ""),
                tuple(line.get("uncovered", ())),
                nearest,
                (),
                note=line.get("note"),
                verdict=_read_verdict(line),
                language=str(line.get("language", "en")),
                asked_nothing=bool(line.get("asked_nothing", False)),
                asked_of=_read_titles(line),
            )
        statements = tuple(_read_statement(s) for s in line["statements"])
        citations = tuple(_read_citation(c) for c in line["citations"])
        missing = tuple(str(part) for part in line.get("missing", ()))
        return Answer(
            question, standalone, statements, citations, (), mode="model" if line.get("mode") == "model" else "quotes",
            model=line.get("model"), raw_reply=line.get("raw_reply"), verdict=_read_verdict(line), missing=missing,
            withheld=tuple(_read_withheld(one) for one in line.get("withheld", ())), notice=line.get("notice"),
            language=str(line.get("language", "en")), asked_of=_read_titles(line), opening=_read_opening(line),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise CitationInvalid(f"this is not an answer in the batch format ({type(error).__name__}: {error})") from error


def to_text(outcome: Answer | Abstention, documents: Mapping[str, Document]) -> str:
    """For a terminal: quotations with their places, or the abstention with the nearest passages."""
    head = preface(outcome)
    if isinstance(outcome, Answer):
        parts = head + ([f"{outcome.opening_word} {marker(outcome.citations[0].number)}"] if outcome.opening else [])
        parts += [" ".join([s.text, *map(marker, s.citations)]) for s in prose(outcome)]
        parts += [f"[{c.number}] “{c.quote}”\n    {place(c, documents, outcome.language)}" for c in outcome.citations]
        parts += [phrase("report-silent-on", outcome.language, part=part) for part in outcome.missing]
        parts += [outcome.notice] if outcome.notice else []
        if outcome.withheld:
            why = [f"- {one.text} ({'; '.join(v.detail for v in one.violations)})" for one in outcome.withheld]
            parts.append("\n".join([withheld(outcome), *why]))
        return "\n\n".join([*parts, *ruling(outcome), *foreign(outcome, documents)])
    if outcome.asked_nothing:
        return outcome.reason
    silent = phrase("report-silent", outcome.language)
    lines = [*head, " ".join([silent, outcome.reason, *ruling(outcome), outcome.note or ""]).strip()]
    if outcome.nearest:
        lines.append(f"\n{phrase('nearest', outcome.language)} ({phrase('no-answer', outcome.language)}):")
        lines += [f"[{c.number}] “{c.quote}”\n    {place(c, documents, outcome.language)}" for c in outcome.nearest]
    return "\n".join(lines + foreign(outcome, documents))


def prose(answer: Answer) -> list[Statement]:
    """The statements in a model's own words; the others are quotations."""
    quotes = {citation.quote for citation in answer.citations}
    return [statement for statement in answer.statements if statement.text not in quotes]


def withheld(answer: Answer) -> str:
    """How many sentences of the model are not shown."""
    n = len(answer.withheld)
    key = "withheld-one" if n == 1 else "withheld-several"
    return phrase(key, answer.language, n=n, model=answer.model or "?")


_RULINGS = {"confirmed": "confirmed", "found": "found", "demoted": "demoted", "agreed": "", "none": "unread"}
"""The phrase for each; where both found nothing there is nothing to add."""


def ruling(outcome: Answer | Abstention) -> list[str]:
    """What the judge said, in a sentence, or nothing."""
    verdict = outcome.verdict
    key = _RULINGS[verdict.ruling] if verdict else ""
    return [phrase(key, outcome.language, judge=verdict.judge)] if verdict and key else []


def preface(outcome: Answer | Abstention) -> list[str]:
    """How a follow-up was completed, so that a misunderstanding shows, and which documents alone were asked; a sentence each, or nothing."""
    lines = []
    if outcome.standalone not in ("", outcome.question.strip()):
        lines.append(phrase("understood", outcome.language, question=outcome.standalone))
    if outcome.asked_of:
        lines.append(phrase("asked-of", outcome.language, titles=", ".join(f"“{title}”" for title in outcome.asked_of)))
    return lines


def foreign(outcome: Answer | Abstention, documents: Mapping[str, Document]) -> list[str]:
    """That quotations are in another language than the question, in a sentence, or nothing."""
    cited = outcome.citations if isinstance(outcome, Answer) else outcome.nearest
    languages = {documents[c.document_id].language for c in cited if c.document_id in documents}
    return [phrase("other-language", outcome.language)] if languages - {outcome.language} else []


def place(citation: Citation, documents: Mapping[str, Document], language: str = "en") -> str:
    """Speaker, section, page, publisher, title and date of a citation, in one line."""
    document = documents[citation.document_id]
    source = ", ".join(part for part in (document.publisher, f"“{document.title}”", document.published) if part)
    where = " › ".join(citation.section)
    parts = [
        phrase("speaker", language, speaker=citation.speaker) if citation.speaker else "",
        where,
        pages(citation, document),
        f"{source}, {phrase('characters', language, start=citation.start, end=citation.end)}",
    ]
    return " · ".join(part for part in parts if part)


def pages(citation: Citation, document: Document) -> str:
    """The page or pages of a citation, as "p. 12" or "pp. 12–13"; empty where the file has no pages."""
    last = document.page_at(citation.end - 1)
    if citation.page is None or last is None:
        return ""
    return f"p. {citation.page}" if last == citation.page else f"pp. {citation.page}–{last}"


def _statement(statement: Statement) -> dict[str, Any]:
    excused = {"excused": list(statement.excused)} if statement.excused else {}
    return {"text": statement.text, "citations": list(statement.citations), **excused}


def _read_statement(value: Mapping[str, Any]) -> Statement:
    excused = tuple(str(kind) for kind in value.get("excused", ()))
    return Statement(str(value["text"]), tuple(int(n) for n in value["citations"]), excused)


def _circumstances(outcome: Answer | Abstention) -> dict[str, Any]:
    """What differs from a question that stands alone, in English, to all documents."""
    found: dict[str, Any] = {}
    if outcome.standalone != outcome.question:
        found["standalone"] = outcome.standalone
    if outcome.language != "en":
        found["language"] = outcome.language
    if outcome.asked_of:
        found["asked_of"] = list(outcome.asked_of)
    return found


def _written(answer: Answer) -> dict[str, Any]:
    """What only some answers have."""
    parts: dict[str, Any] = {
        "opening": answer.opening,
        "missing": list(answer.missing),
        "model": answer.model,
        "notice": answer.notice,
    }
    parts["withheld"] = [
        {"text": one.text, "violations": [{"kind": v.kind, "detail": v.detail} for v in one.violations]}
        for one in answer.withheld
    ]
    parts["raw_reply"] = answer.raw_reply
    return {name: value for name, value in parts.items() if value}


def _read_withheld(value: Mapping[str, Any]) -> Withheld:
    text = str(value["text"])
    return Withheld(text, tuple(Violation(text, v["kind"], str(v["detail"])) for v in value.get("violations", ())))


def _citation(citation: Citation) -> dict[str, Any]:
    marks = {"marks": [list(mark) for mark in citation.marks]} if citation.marks else {}
    page = {"page": citation.page} if citation.page else {}
    return {
        "number": citation.number,
        "document": citation.document_id,
        "title": citation.title,
        "section": " › ".join(citation.section),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "speaker": citation.speaker,
        **page,
        **marks,
    }


def _read_citation(value: Mapping[str, Any]) -> Citation:
    section = tuple(part for part in str(value.get("section", "")).split(" › ") if part)
    return Citation(
        int(value["number"]), str(value["document"]), str(value.get("title", "")), section, int(value["start"]), int(value["end"]),
        str(value["quote"]), value.get("speaker"), tuple((int(start), int(end)) for start, end in value.get("marks", ())),
        int(value["page"]) if value.get("page") is not None else None,
    )  # fmt: skip


def _read_titles(line: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(title) for title in line.get("asked_of", ()))


def _read_opening(line: Mapping[str, Any]) -> Literal["yes"] | None:
    value = line.get("opening")
    if value not in ("yes", None):
        raise ValueError(f"{value!r} is no opening")
    return value


def _read_verdict(line: Mapping[str, Any]) -> Verdict | None:
    value = line.get("verdict")
    if not value:
        return None
    if value["ruling"] not in _RULINGS:
        raise ValueError(f"{value['ruling']!r} is no ruling")
    return Verdict(str(value["judge"]), value["ruling"], float(value["seconds"]))


def _hit(hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "chunk": chunk.id,
        "document": chunk.document_id,
        "section": " › ".join(chunk.section),
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "score": round(hit.score, 6),
    }
