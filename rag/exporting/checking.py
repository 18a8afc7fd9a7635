"""Whether a quotation still stands in the documents, character for character."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from rag.citations import cite
from rag.errors import CitationInvalid
from rag.exporting.attributed import QUOTATION_MARKS, attribution, short_hash
from rag.exporting.escaping import one_line, shown
from rag.exporting.reading import Found, found_in
from rag.records import Document

Status = Literal["unchanged", "moved", "altered", "misattributed", "unknown"]
_BEST_FIRST: tuple[Status, ...] = ("unchanged", "moved", "misattributed", "altered", "unknown")
_ALIKE = 0.4
"""Ratio of `SequenceMatcher` from which a passage is called the nearest; below, a reader sees no likeness."""
_CANDIDATES = 8
_DIFFERENCES = 3
_SHORT = 60
_PAGE = re.compile(r" · page \d+$")
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """What became of a quotation.

    "unchanged" at its place; "moved": unchanged in its document, which was revised; "altered"; "misattributed": the words
    unchanged, but not who said them or where; "unknown": its document is not in the corpus.
    """

    words: str
    status: Status
    detail: str
    """One line; empty for an unchanged quotation."""
    path: str | None = None
    """Of the document that holds the words, or the nearest passage."""
    start: int | None = None
    end: int | None = None
    nearest: str | None = None
    """The document's words, for an altered quotation that has a likeness."""

    @property
    def stands(self) -> bool:
        """Whether it can be printed as it is."""
        return self.status in ("unchanged", "moved")

    @property
    def line(self) -> str:
        """The check in one line, for a terminal."""
        words = one_line(self.words)
        short = words if len(words) <= _SHORT else f"{words[: _SHORT - 1]}…"
        place = f" ({self.path}, characters {self.start}–{self.end})" if self.start is not None else ""
        return f"{self.status}: “{short}”{place}{': ' if self.detail else ''}{self.detail}"


def verify_quote_file(text: str, documents: Mapping[str, Document]) -> list[QuoteCheck]:
    """A check for each quotation in a file: text, Markdown, HTML, annotations, an exported conversation or a batch line.

    White space may differ, since programs wrap lines; so may control characters, which are shown as signs.

    Raises:
        CitationInvalid: no quotation with a reference is in it, or it is damaged JSON.
    """
    checks = [check_quote(found, documents) for found in found_in(text, documents)]
    if not checks:
        raise CitationInvalid(
            "the file holds no quotation with a reference (quote:…); give a file that was copied or exported from report chat"
        )
    return checks


def check_quote(found: Found, documents: Mapping[str, Document]) -> QuoteCheck:
    """The quotation in the document that it names, else in those of the same title."""
    checks = [_check(replace(found, words=words), documents) for words in (found.words, *found.others)]
    return min(checks, key=lambda check: _BEST_FIRST.index(check.status))


def _check(found: Found, documents: Mapping[str, Document]) -> QuoteCheck:
    if document := documents.get(found.document_id):
        return _in_same(found, document)
    revised = [document for document in documents.values() if f"“{one_line(document.title)}”" in found.attribution]
    if revised:
        return _in_revised(found, revised)
    named = one_line(found.attribution) or found.document_id
    return QuoteCheck(
        found.words,
        "unknown",
        f"no document of the corpus is {found.document_id} ({named}); add it to check the quotation",
    )


def _in_same(found: Found, document: Document) -> QuoteCheck:
    exact = document.text[found.start : found.end] if found.start < found.end <= len(document.text) else ""
    if not exact or not _same(found.words, exact):
        return _altered(found, [document], exact)
    if found.short_hash not in (None, short_hash(document.id, found.start, found.end, exact)):
        return _at(
            found,
            "altered",
            f"{found.short_hash} is not the short hash of these words",
            document,
            found.start,
            found.end,
        )
    wrong = _misattributed(found, document)
    return _at(found, "misattributed" if wrong else "unchanged", wrong, document, found.start, found.end)


def _in_revised(found: Found, documents: Sequence[Document]) -> QuoteCheck:
    """The words may stand elsewhere now; they must still be those that the reference was made for."""
    places = [
        (abs(start - found.start), start, end, document)
        for document in documents
        for start, end in _occurrences(found.words, document)
    ]
    for _, start, end, document in sorted(places, key=lambda place: place[0]):
        if not _bound(found, document.text[start:end]):
            continue
        true, said = _attributions(found, document, start, end)
        if _speaker(true) != _speaker(said):
            return _at(found, "misattributed", _against(said, true), document, start, end)
        now = f"; its attribution is now: {true}" if true != said else ""
        return _at(
            found, "moved", f"{document.path} was revised since the quotation was made{now}", document, start, end
        )
    return _altered(found, documents, "")


def _at(found: Found, status: Status, detail: str, document: Document, start: int, end: int) -> QuoteCheck:
    return QuoteCheck(found.words, status, detail, document.path, start, end)


def _same(words: str, exact: str) -> bool:
    return one_line(words) == one_line(exact)


def _bound(found: Found, exact: str) -> bool:
    """Whether the reference was made for these words; without a short hash their number must do."""
    if found.short_hash is None:
        return len(exact) == found.end - found.start
    return found.short_hash in {
        short_hash(found.document_id, found.start, found.end, words) for words in (exact, found.words)
    }


def _occurrences(words: str, document: Document) -> Iterable[tuple[int, int]]:
    """Half-open ranges of the words as whole words."""
    pattern = r"\s+".join(map(re.escape, shown(words).split()))
    if not pattern:
        return ()
    return [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", shown(document.text))]


# --- attribution -------------------------------------------------------------------------------------------------


def _misattributed(found: Found, document: Document) -> str:
    true, said = _attributions(found, document, found.start, found.end)
    return _against(said, true) if true != said else ""


def _attributions(found: Found, document: Document, start: int, end: int) -> tuple[str, str]:
    """What the document says of a range, and what the file says; the same where the file says nothing.

    A page is compared where both have one.
    """
    sentences = [sentence for sentence in document.sentences if sentence.start < end and start < sentence.end]
    said = one_line(found.attribution)
    page = document.page_at(start) if _PAGE.search(said) else None
    said = said if page else _PAGE.sub("", said)
    true = attribution(replace(cite(document, sentences, 1), page=page), document) if sentences else said
    return true, said or true


def _speaker(line: str) -> str:
    return line.partition(" · ")[0] if line.startswith("Speaker: ") else ""


def _against(said: str, true: str) -> str:
    return f"the file gives “{said}”, the document “{true}”"


# --- the nearest passage -----------------------------------------------------------------------------------------


def _altered(found: Found, documents: Sequence[Document], exact: str) -> QuoteCheck:
    """Against the words at its place if they are like it, else against the likest sentences anywhere."""
    if exact and _ratio(found.words, exact) >= _ALIKE:
        document, start, end = documents[0], found.start, found.end
    elif nearest := _nearest(found.words, documents):
        document, start, end = nearest
    else:
        paths = ", ".join(document.path for document in documents)
        return QuoteCheck(found.words, "altered", f"nothing like it stands in {paths}")
    passage = document.text[start:end]
    what = "; ".join(_differences(passage, found.words)) or "its reference was made for other words or another place"
    return QuoteCheck(
        found.words, "altered", f"{what}; the document says “{one_line(passage)}”", document.path, start, end, passage
    )


def _nearest(words: str, documents: Sequence[Document]) -> tuple[Document, int, int] | None:
    wanted = Counter(_tokens(words))
    runs = [(document, start, end) for document in documents for start, end in _runs(document, len(words))]
    overlap = [(wanted & Counter(_tokens(document.text[start:end]))).total() for document, start, end in runs]
    first = sorted(range(len(runs)), key=lambda i: -overlap[i])[:_CANDIDATES]
    best = max((runs[i] for i in first), key=lambda run: _ratio(words, run[0].text[run[1] : run[2]]), default=None)
    return best if best and _ratio(words, best[0].text[best[1] : best[2]]) >= _ALIKE else None


def _runs(document: Document, length: int) -> Iterable[tuple[int, int]]:
    """From each sentence on, as many as make up about that length."""
    sentences = document.sentences
    for position, first in enumerate(sentences):
        last = position
        while last + 1 < len(sentences) and sentences[last].end - first.start < 0.8 * length:
            last += 1
        yield first.start, sentences[last].end


def _ratio(words: str, passage: str) -> float:
    return SequenceMatcher(None, _tokens(words), _tokens(passage), autojunk=False).ratio()


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(shown(text))


def _differences(passage: str, words: str) -> list[str]:
    """What was changed, in words; at most three, and how many more."""
    true, said = (_tokens(text.strip(QUOTATION_MARKS)) for text in (passage, words))
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, true, said, autojunk=False).get_opcodes():
        old, new = " ".join(true[a:b]), " ".join(said[c:d])
        if kind != "equal":
            parts.append(
                {"replace": f"“{new}” instead of “{old}”", "delete": f"“{old}” left out", "insert": f"“{new}” put in"}[
                    kind
                ]
            )
    more = len(parts) - _DIFFERENCES
    return parts[:_DIFFERENCES] + ([f"{more} more"] if more > 0 else [])
