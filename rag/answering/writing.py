"""Prose by a chat model, of which only what its citations carry is shown.

The quotations stay: what no sentence of the model carries is shown behind its sentences, so that an answer never says less for being
written, and when nothing of a reply passes they are the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from langchain_core.messages import BaseMessage

from rag.answering.supporting import Support
from rag.answering.verifying import evidence_in
from rag.citations import cite, marker
from rag.models.writer import Writer, WriterFailed
from rag.phrases import phrase
from rag.prompting import Passage, ask, rewrite
from rag.records import Answer, Citation, Document, Sentence, Statement, Violation, Withheld
from rag.replies import statements_of
from rag.retrieval.lexical import words
from rag.verification import Evidence, check, coverage
from rag.verification.languages import NAMES, other_language

_SECOND_TRIES = 3
"""Statements of a reply that are written again at most."""
_NARROWEST = 3
"""Sentences up to which a passage is narrowed down; what needs more cites all of it."""
_AS_WELL = 0.95
"""Share of a passage's coverage that a few of its sentences must have to be cited alone."""

Range = tuple[str, int, int]
"""Document id, start, end."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A statement that its spans carry."""

    text: str
    spans: tuple[tuple[Document, tuple[Sentence, ...]], ...]
    excused: tuple[str, ...] = ()
    """Kinds of violations that a judge took for a paraphrase."""


def written(
    base: Answer, passages: Sequence[Passage], documents: Mapping[str, Document], writer: Writer, support: Support
) -> Iterator[Statement | Answer]:
    """Each statement of the model once it has passed, its numbers those of the answer's citations; then the whole answer.

    Args:
        base: The quotations, which the model does not see apart from its passages; the reply is to be in its language.
        passages: What the model sees.
        documents: By id.
        writer: The model.
        support: What is asked about its statements beside the rules.
    """
    until, draft = writer.deadline(), _Draft(passages, documents, base.language, support)
    messages = ask(base.standalone, passages, base.language)
    raw, notice = "", None
    try:
        for raw in writer.statements(messages, until):
            yield from draft.take(statements_of(raw, finished=False))
        yield from draft.take(statements_of(raw))
        for place in list(draft.failed)[:_SECOND_TRIES]:
            again = _second_try(messages, raw, draft.failed[place], writer, until)
            if again is not None and (statement := draft.settle(place, again)):
                yield statement
    except WriterFailed as error:
        notice = f"{writer.name} {error}"
    yield _whole(base, writer.name, raw, notice, draft)


def carried(
    statement: Statement, passages: Sequence[Passage], documents: Mapping[str, Document], support: Support
) -> Passed | list[Violation]:
    """The statement with the sentences that carry it, or what is wrong with it.

    Where the passages that it cites do not carry it and another one does, it cites that one.
    """
    by_number = {passage.number: passage for passage in passages}
    if not statement.citations:
        return [Violation(statement.text, "uncited", "it cites no passage")]
    if unknown := [number for number in statement.citations if number not in by_number]:
        return [Violation(statement.text, "unknown-citation", f"there is no passage {marker(unknown[0])}")]
    cited = [by_number[number] for number in statement.citations]
    evidence = [e for p in cited for e in _evidence(p, documents)]
    if not (found := _violations(statement.text, evidence)):
        shown = _agreed(statement.text, cited, documents, support)
        if isinstance(shown, Passed):
            return shown
        found = [shown]
    elif support.excuses(statement.text, found, evidence):
        whole = tuple(_sentences(passage, documents) for passage in cited)
        return Passed(statement.text, whole, tuple(dict.fromkeys(violation.kind for violation in found)))
    others = (passage for passage in passages if passage.number not in statement.citations)
    other = next((p for p in others if not _violations(statement.text, _evidence(p, documents))), None)
    again = _agreed(statement.text, [other], documents, support) if other else None
    return again if isinstance(again, Passed) else found


def _agreed(
    statement: str, passages: Sequence[Passage], documents: Mapping[str, Document], support: Support
) -> Passed | Violation:
    """As few sentences as carry a statement against which no rule speaks, or the judge's objection to all of the passages."""
    few = _narrowed(statement, passages, documents)
    refused = support.refuses(statement, [e for document, own in few.spans for e in _of(document, own)])
    if refused is None:
        return few
    whole = Passed(statement, tuple(_sentences(passage, documents) for passage in passages))
    if whole == few:
        return refused
    return support.refuses(statement, [e for p in passages for e in _evidence(p, documents)]) or whole


def _second_try(
    messages: Sequence[BaseMessage], raw: str, violations: Sequence[Violation], writer: Writer, until: float
) -> Statement | None:
    """The model's second wording of one statement; None where it has none."""
    *_, reply = ["", *writer.statements(rewrite(messages, raw, violations), until)]
    return next(iter(statements_of(reply)), None)


def _violations(statement: str, evidence: Sequence[Evidence]) -> list[Violation]:
    return [Violation(statement, finding.kind, finding.detail) for finding in check(statement, evidence)]


def _evidence(passage: Passage, documents: Mapping[str, Document]) -> list[Evidence]:
    return evidence_in(documents[passage.chunk.document_id], passage.chunk.start, passage.chunk.end)


def _narrowed(statement: str, passages: Sequence[Passage], documents: Mapping[str, Document]) -> Passed:
    """With as few neighbouring sentences of each passage as carry it."""
    whole = [_sentences(passage, documents) for passage in passages]
    enough = _AS_WELL * coverage(statement, [e for document, own in whole for e in _of(document, own)])
    for most in range(1, _NARROWEST + 1):
        some = [(document, _best(statement, document, own, most)) for document, own in whole]
        evidence = [e for document, own in some for e in _of(document, own)]
        if coverage(statement, evidence) >= enough and not check(statement, evidence):
            return Passed(statement, tuple(some))
    return Passed(statement, tuple(whole))


def _sentences(passage: Passage, documents: Mapping[str, Document]) -> tuple[Document, tuple[Sentence, ...]]:
    document, chunk = documents[passage.chunk.document_id], passage.chunk
    return document, tuple(s for s in document.sentences if s.start < chunk.end and chunk.start < s.end)


def _best(statement: str, document: Document, sentences: Sequence[Sentence], most: int) -> tuple[Sentence, ...]:
    """The run of at most so many sentences that covers the statement best, little words decide between equals, then the order."""
    runs = [tuple(sentences[i : i + most]) for i in range(max(len(sentences) - most, 0) + 1)]
    said = set(words(statement))

    def fitness(run: Sequence[Sentence]) -> tuple[float, int]:
        held = set(words(document.text[run[0].start : run[-1].end]))
        return coverage(statement, _of(document, run)), len(said & held)

    return max(runs, key=fitness)


def _of(document: Document, sentences: Sequence[Sentence]) -> list[Evidence]:
    return evidence_in(document, sentences[0].start, sentences[-1].end)


class _Draft:
    """A reply as it is checked; citations in the order in which statements needed them, the same span once."""

    def __init__(
        self, passages: Sequence[Passage], documents: Mapping[str, Document], language: str, support: Support
    ) -> None:
        self._passages, self._documents, self._language, self._support = passages, documents, language, support
        self.passed: dict[int, Statement] = {}
        """By their place in the reply, as they will be shown."""
        self.failed: dict[int, list[Violation]] = {}
        self.citations: dict[Range, Citation] = {}

    def take(self, statements: Sequence[Statement]) -> Iterator[Statement]:
        """Of the statements of a reply those that were not there before and pass."""
        for place, statement in enumerate(statements):
            if place not in self.passed and place not in self.failed and (shown := self.settle(place, statement)):
                yield shown

    def settle(self, place: int, statement: Statement) -> Statement | None:
        """The statement as it is shown, if it passes and was not said before; the first reason why it does not pass is kept."""
        if any(statement.text == one.text for one in self.passed.values()):
            return None
        found = self._checked(statement)
        if not isinstance(found, Passed):
            self.failed.setdefault(place, found)
            return None
        self.failed.pop(place, None)
        spans = [cite(document, sentences, 0) for document, sentences in found.spans]
        numbers = tuple(dict.fromkeys(self.number(span) for span in spans))
        self.passed[place] = Statement(found.text, numbers, found.excused)
        return self.passed[place]

    def _checked(self, statement: Statement) -> Passed | list[Violation]:
        if other := other_language(statement.text, self._language):
            wanted = NAMES.get(self._language, self._language)
            return [Violation(statement.text, "unsupported", f"it is written in {other}, not in {wanted}")]
        return carried(statement, self._passages, self._documents, self._support)

    def number(self, citation: Citation) -> int:
        """Of the citation, which is added if its span is new."""
        key = (citation.document_id, citation.start, citation.end)
        self.citations.setdefault(key, replace(citation, number=len(self.citations) + 1))
        return self.citations[key].number


def _whole(base: Answer, model: str, raw: str, notice: str | None, draft: _Draft) -> Answer:
    withheld = tuple(Withheld(found[0].statement, tuple(found)) for _, found in sorted(draft.failed.items()))
    if not draft.passed:
        why = notice or phrase("wrote-nothing" if withheld else "found-nothing", base.language, model=model)
        notice = phrase("own-words", base.language, why=why)
        return replace(base, model=model, raw_reply=raw, withheld=withheld, notice=notice)
    statements = [statement for _, statement in sorted(draft.passed.items())]
    shown = list(draft.citations.values())
    for citation in base.citations:
        same = [c for c in shown if c.document_id == citation.document_id]
        held = next((c for c in same if c.start <= citation.start and citation.end <= c.end), citation)
        quotation = Statement(held.quote, (draft.number(held),))
        if quotation not in statements:
            statements.append(quotation)
    return replace(
        base, mode="model", model=model, raw_reply=raw, withheld=withheld, notice=f"{notice}." if notice else None, opening=None,
        statements=tuple(statements), citations=tuple(draft.citations.values()),
    )  # fmt: skip
