"""The public shapes. All offsets are half-open character ranges into `Document.text`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag.phrases import phrase

Kind = Literal["body", "credits", "title", "heading", "contents", "caption"]
"""What a stretch of a document is; only "body" is quoted, and "credits" and "title" for questions about the document."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next heading of any level."""

    path: tuple[str, ...]
    """Titles from the outermost heading to this one; empty before the first heading."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The smallest stretch that is ever quoted. A quotation is never divided."""

    start: int
    end: int
    paragraph: int
    """Paragraphs count from 0 through the document; headings and captions count too."""
    kind: Kind = "body"
    speaker: str | None = None
    """Whose words or claim it is, in the document's own characters; None for the author's."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus as canonical text, with its structure."""

    id: str
    """First 16 hexadecimal digits of `sha256`."""
    title: str
    publisher: str | None
    published: str | None
    authors: tuple[str, ...]
    language: str
    path: str
    """File name relative to the corpus folder."""
    text: str
    sha256: str
    """Of the canonical text in UTF-8."""
    file_sha256: str
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    """In order, not overlapping; together they hold every character that is not white space."""
    source_runs: tuple[tuple[int, int, int], ...]
    """(canonical start, file start, length) of stretches that stand unchanged in a text file, in order; empty for other files."""
    pages: tuple[int, ...] = ()
    """Where each page starts, the first page first; a page without text starts with the next one. Empty where the file has no pages."""

    def source_offset(self, offset: int) -> int:
        """Where a canonical character stands in the decoded file, in characters.

        Raises:
            ValueError: the character was put in between paragraphs and is not in the file.
        """
        for start, source, length in self.source_runs:
            if start <= offset < start + length:
                return source + offset - start
        raise ValueError(f"offset {offset} of {self.path} has no counterpart in the file")

    def page_at(self, offset: int) -> int | None:
        """The page that holds the offset, from 1; None where the file has no pages."""
        return bisect_right(self.pages, offset) or None

    def section_at(self, offset: int) -> tuple[str, ...]:
        """Path of the section that holds the offset."""
        path: tuple[str, ...] = ()
        for section in self.sections:
            if section.start > offset:
                break
            path = section.path
        return path


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stored unit: whole sentences of one section."""

    id: str
    """Content hash of document, offsets and text."""
    document_id: str
    section: tuple[str, ...]
    start: int
    end: int
    text: str
    """`document.text[start:end]`, always."""
    kind: Kind = "body"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk and why it was found. Scores are higher-is-better; None where a leg did not find it."""

    chunk: Chunk
    score: float
    """Reciprocal rank fusion over the legs."""
    rank: int
    """From 1."""
    dense_rank: int | None = None
    dense_score: float | None = None
    """Cosine in [-1, 1]."""
    lexical_rank: int | None = None
    lexical_score: float | None = None
    """BM25."""
    multilingual_rank: int | None = None
    multilingual_score: float | None = None
    """Cosine in [-1, 1]."""
    reader_score: float | None = None
    """The reader's best sentence in the chunk, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact span of a document."""

    number: int
    """From 1 within an answer."""
    document_id: str
    title: str
    section: tuple[str, ...]
    start: int
    end: int
    quote: str
    """`document.text[start:end]`, always."""
    speaker: str | None = None
    marks: tuple[tuple[int, int], ...] = ()
    """Ranges of the words that answer, in order and apart, within [start, end); empty where that is not clear."""
    page: int | None = None
    """Where it starts, from 1; None where the file has no pages."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]
    excused: tuple[str, ...] = ()
    """Kinds of violations that rules found in a chat model's statement and a judge took for a paraphrase."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A statement that its citations do not carry."""

    statement: str
    kind: Literal[
        "uncited", "unknown-citation", "quote-altered", "number", "name", "negation", "speaker", "certainty", "unsupported"
    ]  # fmt: skip
    detail: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A statement of a chat model that is not shown."""

    text: str
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said of the reader's outcome."""

    judge: str
    """Name of its model."""
    ruling: Literal["confirmed", "demoted", "found", "agreed", "none"]
    """The answer stands; it was withdrawn; the judge found one where the reader had none; neither found one; the judge did
    not get to it in time, or failed, and the reader's outcome stands."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown when the documents answer."""

    question: str
    standalone: str
    """The question as searched, with what a follow-up left out."""
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    mode: Literal["quotes", "model"] = "quotes"
    model: str | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage, and "total"."""
    fingerprint: str = ""
    """Of the index that was asked."""
    raw_reply: str | None = None
    verdict: Verdict | None = None
    """None without a judge."""
    missing: tuple[str, ...] = ()
    """Parts of the question that nothing answers."""
    withheld: tuple[Withheld, ...] = ()
    """What the model wrote and its passages do not carry."""
    notice: str | None = None
    """Why the model's reply is not whole, or not used."""
    language: str = "en"
    """Of the question, by its code: what the program says around the quotations is in it."""
    asked_of: tuple[str, ...] = ()
    """Titles of the documents that alone were asked; empty for all."""
    opening: Literal["yes"] | None = None
    """What the first quotation says to a yes-or-no question; None where it does not say yes, or a chat model wrote."""

    @property
    def opening_word(self) -> str:
        """The opening in the question's language; empty where there is none."""
        return phrase(self.opening, self.language) if self.opening else ""

    @property
    def text(self) -> str:
        """The opening, then the statements in order, each followed by its markers; a model's own words without quotation marks."""
        quotes = {citation.quote for citation in self.citations}
        parts = [f"{self.opening_word} [{self.citations[0].number}]"] if self.opening else []
        for statement in self.statements:
            quoted = self.mode == "quotes" or statement.text in quotes
            shown = f"“{statement.text}”" if quoted else statement.text
            parts.append(f"{shown} {' '.join(f'[{n}]' for n in statement.citations)}")
        return "\n\n".join(parts)


@dataclass(frozen=True, slots=True)
class Abstention:
    """What is shown when the documents do not answer: a correct outcome, not an error."""

    question: str
    standalone: str
    reason: str
    uncovered: tuple[str, ...]
    """Words of the question that the nearest passages do not cover."""
    nearest: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    timings: Mapping[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    note: str | None = None
    """What the closest passage does not cover, where it is close enough to be shown as such."""
    verdict: Verdict | None = None
    """None without a judge."""
    language: str = "en"
    """Of the question, by its code."""
    asked_of: tuple[str, ...] = ()
    """Titles of the documents that alone were asked; empty for all."""
    asked_nothing: bool = False
    """Whether it was no question about the documents (a greeting, an order to make something up), so that nothing was searched."""
