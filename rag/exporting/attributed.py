"""A quotation with its attribution: as text, Markdown, HTML and a W3C Web Annotation."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any

from rag.errors import CitationInvalid
from rag.exporting.escaping import in_html, in_json, in_markdown, one_line, shown
from rag.records import Citation, Document

CONTEXT = 32
"""Characters before and after a quotation in its annotation."""
_HASH_DIGITS = 12
QUOTATION_MARKS = "\"'“”„‟‘’‚‛«»"


@dataclass(frozen=True, slots=True)
class Attributed:
    """The same quotation in each form that it can be copied in."""

    plain: str
    markdown: str
    html: str
    annotation: str
    """JSON-LD."""


def attributed(citation: Citation, document: Document, *, page: int | None = None) -> Attributed:
    """The quotation with speaker, section, publisher, title, date, page and reference, in all forms.

    A page (from 1) that is given comes before the citation's own.

    Raises:
        CitationInvalid: the quotation is not what stands in the document at its place.
    """
    if document.id != citation.document_id or document.text[citation.start : citation.end] != citation.quote:
        raise CitationInvalid(
            f"the quotation is not what stands in {document.path} at characters {citation.start}–{citation.end}; ask again and copy it anew"
        )
    citation = citation if page is None else replace(citation, page=page)
    words, source, mark = quoted(citation.quote), attribution(citation, document), reference(citation)
    return Attributed(
        plain=f"{shown(words)}\n— {source} · {mark}",
        markdown=f"> {in_markdown(words)}\n>\n> — {in_markdown(source)} · `{mark}`",
        html=f'<blockquote><p style="white-space: pre-wrap"><bdi>{in_html(words)}</bdi></p>'
        f"<footer>— {in_html(source)} · <code>{in_html(mark)}</code></footer></blockquote>",
        annotation=in_json(annotation(citation, document)),
    )


def quoted(words: str) -> str:
    """The words in quotation marks; those that bring their own get no second pair.

    >>> quoted("Yes."), quoted("“Yes.”")
    ('“Yes.”', '“Yes.”')
    """
    return words if brings_marks(words, 0, len(words)) else f"“{words}”"


def brings_marks(text: str, start: int, end: int) -> bool:
    """Whether a half-open range both begins and ends with a quotation mark."""
    return end - start > 1 and text[start] in QUOTATION_MARKS and text[end - 1] in QUOTATION_MARKS


def short_hash(document_id: str, start: int, end: int, words: str) -> str:
    r"""The first 12 hexadecimal digits of SHA-256 over "document id:start-end:words" in UTF-8.

    The document's id is the first 16 digits of the SHA-256 of its canonical text, so the short hash binds words and place
    to that version of the document, and can be computed again without the document. It shows changes, whoever made them;
    it is no signature.

    >>> short_hash("f41c6d1cf4ad3c3f", 0, 4, "Yes.") == hashlib.sha256(b"f41c6d1cf4ad3c3f:0-4:Yes.").hexdigest()[:12]
    True
    """
    return hashlib.sha256(f"{document_id}:{start}-{end}:{words}".encode()).hexdigest()[:_HASH_DIGITS]


def reference(citation: Citation) -> str:
    """What `verify_quote_file` finds a quotation by: "quote:document id:start-end:short hash"."""
    span = (citation.document_id, citation.start, citation.end)
    return f"quote:{span[0]}:{span[1]}-{span[2]}:{short_hash(*span, citation.quote)}"


def attribution(citation: Citation, document: Document | None) -> str:
    """Speaker, section, publisher, title, date and page in one line; English, since it is compared when a quotation is verified.

    Without a document, as when it was removed since, what the citation itself knows.
    """
    facts = (document.publisher, f"“{document.title}”", document.published) if document else (f"“{citation.title}”",)
    parts = (
        f"Speaker: {citation.speaker}" if citation.speaker else "",
        " › ".join(citation.section),
        ", ".join(fact for fact in facts if fact),
        f"page {citation.page}" if citation.page is not None else "",
    )
    return " · ".join(one_line(part) for part in parts if part)


def annotation(citation: Citation, document: Document) -> dict[str, Any]:
    """A W3C Web Annotation; positions are Unicode code points of the canonical text, half-open.

    Source: https://www.w3.org/TR/annotation-model/ (TextQuoteSelector, TextPositionSelector); ids are RFC 6920 hash names.
    """
    start, end = citation.start, citation.end
    source = {
        "id": _hash_name(bytes.fromhex(document.sha256)),
        "type": "Text",
        "format": "text/plain",
        "language": document.language,
        "dcterms:title": document.title,
        "dcterms:publisher": document.publisher,
        "dcterms:issued": document.published,
        "schema:sha256": document.sha256,
    }
    line = f"{attribution(citation, document)} · {reference(citation)}"
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": _hash_name(hashlib.sha256(f"{document.sha256}:{start}-{end}:{citation.quote}".encode()).digest()),
        "type": "Annotation",
        "motivation": "highlighting",
        "body": {"type": "TextualBody", "format": "text/plain", "language": "en", "purpose": "describing", "value": line},
        "target": {
            "source": {name: value for name, value in source.items() if value},
            "selector": [
                {
                    "type": "TextQuoteSelector",
                    "exact": citation.quote,
                    "prefix": document.text[max(0, start - CONTEXT) : start],
                    "suffix": document.text[end : end + CONTEXT],
                },
                {"type": "TextPositionSelector", "start": start, "end": end},
            ],
        },
    }  # fmt: skip


def _hash_name(digest: bytes) -> str:
    return f"ni:///sha-256;{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
