"""A conversation as blocks and footnotes, which each format writes in its own marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Literal

from rag.exporting.attributed import attribution, reference
from rag.exporting.escaping import one_line
from rag.phrases import phrase
from rag.records import Abstention, Answer, Citation, Document
from rag.rendering.text import preface, prose, ruling, withheld

Outcome = Answer | Abstention
Kind = Literal["question", "writer", "prose", "quotation", "verdict", "remark", "label", "withheld"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is exported: outcomes in the order of asking, and the documents they cite by id."""

    title: str
    exported: datetime
    turns: tuple[Outcome, ...]
    documents: Mapping[str, Document]

    @property
    def facts(self) -> str:
        """When, by which program, from which indexes."""
        prints = list(dict.fromkeys(turn.fingerprint for turn in self.turns if turn.fingerprint))
        index = [f"index {', '.join(prints)}"] if prints else []
        return " · ".join([self.exported.isoformat(" ", "minutes"), program(), *index])

    @property
    def cited(self) -> list[Document]:
        """The documents that are cited and still there, in order of first citation."""
        ids = dict.fromkeys(citation.document_id for turn in self.turns for citation in cited(turn))
        return [self.documents[key] for key in ids if key in self.documents]


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote. Numbers go on through the conversation, from 1."""

    number: int
    attribution: str
    reference: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of some kind with the numbers of its footnotes; a note belongs to one quotation and to any prose."""

    kind: Kind
    text: str
    notes: tuple[int, ...] = ()


def program() -> str:
    """Name and version."""
    return f"report-chat {version('report-chat')}"


def described(document: Document) -> str:
    """Publisher, title, date and file of a document that is cited, in one line."""
    facts = (document.publisher, document.title, document.published, document.path)
    return " · ".join(one_line(fact) for fact in facts if fact)


def cited(outcome: Outcome) -> tuple[Citation, ...]:
    """An answer's quotations, or the passages nearest to an abstention."""
    return outcome.citations if isinstance(outcome, Answer) else outcome.nearest


def notes(conversation: Conversation) -> list[Note]:
    """One for each quotation, in order."""
    citations = [citation for turn in conversation.turns for citation in cited(turn)]
    return [
        Note(number, attribution(citation, conversation.documents.get(citation.document_id)), reference(citation))
        for number, citation in enumerate(citations, 1)
    ]


def blocks(conversation: Conversation) -> list[Block]:
    """All turns: question, prose, quotations, and everything that was said about them."""
    found: list[Block] = []
    first = 1
    for turn, outcome in enumerate(conversation.turns, 1):
        citations = cited(outcome)
        numbers = {citation.number: first + position for position, citation in enumerate(citations)}
        quotations = [Block("quotation", citation.quote, (numbers[citation.number],)) for citation in citations]
        found.append(Block("question", f"{turn}. {outcome.question}"))
        found += [Block("remark", text) for text in preface(outcome)]
        if isinstance(outcome, Answer):
            found += [*_prose(outcome, numbers), *quotations, *_after(outcome)]
        else:
            found += _abstained(outcome, quotations)
        first += len(citations)
    return found


def _prose(answer: Answer, numbers: Mapping[int, int]) -> Iterator[Block]:
    statements = prose(answer)
    if answer.opening:
        yield Block("verdict", answer.opening_word, (numbers[answer.citations[0].number],))
    if statements and answer.model:
        yield Block("writer", f"{answer.model}:")
    for statement in statements:
        yield Block("prose", statement.text, tuple(numbers[number] for number in statement.citations))


def _after(answer: Answer) -> Iterator[Block]:
    for part in answer.missing:
        yield Block("remark", phrase("report-silent-on", answer.language, part=part))
    if answer.notice:
        yield Block("remark", answer.notice)
    if answer.withheld:
        yield Block("label", withheld(answer))
    for one in answer.withheld:
        yield Block("withheld", f"{one.text} ({'; '.join(violation.detail for violation in one.violations)})")
    yield from (Block("remark", text) for text in ruling(answer))


def _abstained(abstention: Abstention, nearest: Sequence[Block]) -> Iterator[Block]:
    if not abstention.asked_nothing:
        yield Block("verdict", phrase("report-silent", abstention.language))
    yield Block("remark", abstention.reason)
    yield from (Block("remark", text) for text in (*ruling(abstention), abstention.note or "") if text)
    if nearest:
        language = abstention.language
        yield Block("label", f"{phrase('nearest', language)} ({phrase('no-answer', language)})")
    yield from nearest
