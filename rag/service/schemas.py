"""Typed shapes of what goes over the wire: the public batch formats of `rag.rendering`, as schemas.

Replies keep keys that the program adds later; requests with an unknown key are refused, since it is a slip of the pen.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from rag import records

MOST_HITS = 100
MOST_TURNS = 50
MOST_QUOTES = 20
LONGEST_STATEMENT = 5_000
"""Characters of a statement to verify: some rules compare every word of it with every word of what it cites."""


def one_of(record: type, field: str) -> FieldInfo:
    """The values that a field of a record may have, for the schema alone."""
    allowed: FieldInfo = Field(json_schema_extra={"enum": list(get_args(get_type_hints(record)[field]))})
    return allowed


Kind = Annotated[str, one_of(records.Violation, "kind")]
Ruling = Annotated[str, one_of(records.Verdict, "ruling")]
Offset = Annotated[int, Field(ge=0, description="Characters (Unicode code points) from the start of the document")]
DocumentIds = Annotated[
    list[str], Field(min_length=1, description="Ids of the documents to look in; without it, in all of them")
]


class Request(BaseModel):
    """What a program sends."""

    model_config = ConfigDict(extra="forbid")


class Turn(BaseModel):
    """A turn before: at least its question; a whole earlier reply may be sent back as it came."""

    model_config = ConfigDict(extra="allow")
    question: str


class Ask(Request):
    """A question in words."""

    question: str = Field(examples=["When was Tocorón prison taken over?"])
    history: list[Turn] = Field(
        default=[],
        max_length=MOST_TURNS,
        description="The turns before, oldest first; they complete a follow-up and are never evidence",
    )
    documents: DocumentIds | None = None


class Search(Request):
    """What to look for."""

    question: str
    k: int = Field(default=10, ge=1, le=MOST_HITS, description="How many passages at most")
    documents: DocumentIds | None = None


class Verify(Request):
    """A statement and the quotations that it rests on."""

    statement: str = Field(max_length=LONGEST_STATEMENT)
    quotes: list[str] = Field(max_length=MOST_QUOTES)


class VerifyQuote(Request):
    """A quotation to find, character for character."""

    quote: str
    document: str | None = Field(default=None, description="Id of the only document to look in")


class Reply(BaseModel):
    """What comes back."""

    model_config = ConfigDict(extra="allow")


class Error(Reply):
    """Why there is no reply, and what to do about it."""

    error: str


class Citation(Reply):
    """An exact span of a document: the quote is its characters from start up to, not including, end."""

    number: int = Field(ge=1)
    document: str
    title: str
    section: str
    start: Offset
    end: Offset
    quote: str
    speaker: str | None = Field(description="Whose words or claim it is; null for the author's")
    page: int | None = Field(default=None, ge=1, description="Where it starts, in files that have pages")
    marks: list[tuple[int, int]] | None = Field(
        default=None, description="Ranges of the words that answer, where they are clear"
    )


class Statement(Reply):
    """One sentence of an answer, with the numbers of the citations that carry it."""

    text: str
    citations: list[int]


class Hit(Reply):
    """A passage that was found. Scores are higher-is-better and comparable within one reply only."""

    chunk: str
    document: str
    section: str
    start: Offset
    end: Offset
    text: str
    score: float


class FoundHit(Hit):
    """A passage and why it was found; null where a way of searching did not find it."""

    rank: int = Field(ge=1)
    dense_rank: int | None
    dense_score: float | None = Field(description="Cosine of the meanings, in [-1, 1]")
    lexical_rank: int | None
    lexical_score: float | None = Field(description="BM25 of the words")
    multilingual_rank: int | None
    multilingual_score: float | None = Field(description="Cosine across languages, in [-1, 1]")
    reader_score: float | None = Field(description="Of its sentence that answers best, in [0, 1]")


class Hits(Reply):
    """Passages, best first."""

    hits: list[FoundHit]


class Violation(Reply):
    """A reason why quotations do not carry a statement."""

    kind: Kind
    detail: str


class Verification(Reply):
    """Whether every quotation is exact and together they carry the statement."""

    supported: bool
    violations: list[Violation]


class Withheld(Reply):
    """A sentence of a chat model that did not pass."""

    text: str
    violations: list[Violation]


class Verdict(Reply):
    """What a second reading said."""

    judge: str
    ruling: Ruling
    seconds: float


class Outcome(Reply):
    """An answer, or an abstention: then nothing in the documents answers, and `nearest` is what comes closest without answering."""

    id: Any = None
    question: str
    standalone: str | None = Field(
        default=None, description="The question as searched, where a follow-up was completed"
    )
    language: str | None = Field(default=None, description="Of the question, where it is not English")
    asked_of: list[str] = Field(default=[], description="Titles of the documents that alone were asked")
    abstained: bool
    answer: str = Field(description="The statements with their markers; empty when abstained")
    reason: str | None = Field(description="Why there is no answer; null when there is one")
    mode: Annotated[str, one_of(records.Answer, "mode")]
    statements: list[Statement]
    citations: list[Citation]
    uncovered: list[str] | None = Field(default=None, description="Words of the question that no passage covers")
    nearest: list[Citation] | None = Field(default=None, description="Not an answer")
    asked_nothing: bool | None = Field(default=None, description="True where it was no question about the documents")
    note: str | None = Field(default=None, description="What the closest passage does not cover")
    opening: Literal["yes"] | None = Field(
        default=None, description="What the first quotation says to a yes-or-no question, where it says yes"
    )
    missing: list[str] | None = Field(default=None, description="Parts of the question that nothing answers")
    model: str | None = Field(default=None, description="The chat model that wrote")
    notice: str | None = Field(default=None, description="Why the model's reply is not whole, or not used")
    withheld: list[Withheld] | None = None
    raw_reply: str | None = Field(default=None, description="What the chat model wrote, unchecked: never to be shown")
    verdict: Verdict | None = None
    hits: list[Hit] = []
    seconds: float


class Place(Reply):
    """Where a quotation stands."""

    document: str
    title: str
    section: str
    start: Offset
    end: Offset
    speaker: str | None
    page: int | None = None
    place: str = Field(description="All of it in one line, to be printed behind the quotation")


class Quotation(Reply):
    """Whether a quotation stands in the documents, character for character, and where."""

    exact: bool
    places: list[Place] = Field(description="In order, 50 at most")


class DocumentLine(Reply):
    """A document that answers come from."""

    id: str = Field(description="Changes whenever a character of the text does")
    title: str
    publisher: str | None
    published: str | None
    authors: list[str]
    language: str
    path: str
    sha256: str = Field(description="Of the text in UTF-8")
    characters: int


class Section(Reply):
    """A heading and the text up to the next one."""

    path: list[str]
    start: Offset
    end: Offset


class DocumentText(DocumentLine):
    """A document with its text: all offsets count in it."""

    text: str
    sections: list[Section]
    pages: list[int] = Field(description="Where each page starts; empty where the file has none")


class Documents(Reply):
    """All documents, in order of file name."""

    documents: list[DocumentLine]


class Health(Reply):
    """The process is alive."""

    alive: bool
    version: str


class Readiness(Reply):
    """Questions are answered, from this index."""

    ready: bool
    fingerprint: str
    built: str
    documents: int
    chunks: int
    judge: str | None
    writer: str | None = Field(description="The chat model; null where answers are quotations")
