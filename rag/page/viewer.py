"""The document beside the conversation, every cited span marked where it stands."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.page.wording import Language, say
from rag.phrases import phrase
from rag.records import Document
from rag.rendering.html import Outcome, cited, entities


@dataclass(frozen=True, slots=True)
class Span:
    """A citation's place in the shown document; turns and numbers count from 1."""

    turn: int
    number: int
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()
    """Ranges of the words that answer."""
    section: tuple[str, ...] = ()
    speaker: str | None = None

    @property
    def key(self) -> str:
        """Unique on the page: id of the number in the document, class of each of its marks."""
        return f"c-{self.turn}-{self.number}"


def spans_of(turns: Sequence[Outcome | None], document_id: str) -> list[Span]:
    """All citations of the conversation that stand in the document, oldest turn first; None is a turn without an outcome yet."""
    return [
        Span(turn, c.number, c.start, c.end, c.marks, c.section, c.speaker)
        for turn, outcome in enumerate(turns, 1)
        for c in (cited(outcome) if outcome else ())
        if c.document_id == document_id
    ]


def document_html(document: Document, spans: Sequence[Span], language: Language = "en") -> str:
    """The whole canonical text: the text content of the article is `document.text`, to the character.

    The marks of class `span.key` together hold exactly `document.text[span.start:span.end]`, across paragraphs too and
    where spans overlap.
    """
    body = "".join(
        f'<{tag} class="{kind}">{_marked(document.text, start, end, spans, language)}</{tag}>'
        for tag, kind, start, end in _paragraphs(document)
    )
    return f'<article lang="{entities(document.language)}">{body}</article>'


def viewer_html(
    documents: Mapping[str, Document], turns: Sequence[Outcome | None], wanted: str | None = None, *, language: Language = "en"
) -> str:  # fmt: skip
    """The wanted document, else the first, with the marks of all turns; a choice above it when there are several."""
    document = documents.get(wanted or "") or next(iter(documents.values()))
    gone = wanted is not None and wanted not in documents
    note = f'<p class="gone">{entities(say("gone", language))}</p>' if gone else ""
    facts = (document.publisher, document.published, document.path)
    source = entities(" · ".join(fact for fact in facts if fact))
    head = f'{_choice(documents, turns, document.id, language)}<p class="source">{source}</p>{_steps(language)}{note}'
    return f"<header>{head}</header>{document_html(document, spans_of(turns, document.id), language)}"


def first_cited(outcome: Outcome | None) -> str | None:
    """The document that an outcome cites first."""
    return next((citation.document_id for citation in (cited(outcome) if outcome else ())), None)


def _steps(language: Language) -> str:
    """Buttons from citation to citation of an answer; hidden by the script while there is none."""
    label = {key: entities(say(key, language)) for key in ("previous", "next")}
    pattern = entities(say("position", language, number="#", count="##"))
    return (
        f'<div class="steps" hidden><button type="button" data-step="-1" aria-label="{label["previous"]}">↑</button>'
        f'<span class="position" data-pattern="{pattern}"></span>'
        f'<button type="button" data-step="1" aria-label="{label["next"]}">↓</button></div>'
    )


def _paragraphs(document: Document) -> Iterator[tuple[str, str, int, int]]:
    """Tag, kind and range of each paragraph; the ranges join up, so white space belongs to the paragraph before."""
    heads = [next(group) for _, group in itertools.groupby(document.sentences, key=lambda s: s.paragraph)]
    starts = [0, *(head.start for head in heads[1:]), len(document.text)]
    for head, (start, end) in zip(heads, itertools.pairwise(starts), strict=True):
        level = min(6, 2 + max(1, len(document.section_at(head.start))))
        yield {"title": "h2", "heading": f"h{level}"}.get(head.kind, "p"), head.kind, start, end


def _marked(text: str, start: int, end: int, spans: Sequence[Span], language: Language) -> str:
    """A range of the text, divided wherever a span or words that answer start or end."""
    inside = [span for span in spans if span.start < end and span.end > start]
    edges = {edge for span in inside for pair in ((span.start, span.end), *span.marks) for edge in pair}
    cuts = sorted({start, end, *(edge for edge in edges if start < edge < end)})
    parts = []
    for left, right in itertools.pairwise(cuts):
        parts += [_number(span, language) for span in inside if span.start == left]
        over = [span for span in inside if span.start <= left and right <= span.end]
        body = entities(text[left:right])
        turns = {span.turn for span in over for a, b in span.marks if a <= left and right <= b}
        if turns:
            body = f'<b class="words {" ".join(f"t-{turn}" for turn in sorted(turns))}">{body}</b>'
        classes = " ".join(f"{span.key} t-{span.turn}" for span in over)
        parts.append(f'<mark class="{classes}">{body}</mark>' if over else body)
    return "".join(parts)


def _number(span: Span, language: Language) -> str:
    """The number before a mark. It is drawn by CSS, so that the text stays the document's; it knows the span's section and speaker."""
    place = " › ".join(span.section)
    speaker = phrase("speaker", language, speaker=span.speaker) if span.speaker else ""
    label = ". ".join(
        part for part in (say("mark", language, number=span.number, turn=span.turn), place, speaker) if part
    )
    return (
        f'<a id="{span.key}" class="number t-{span.turn}" href="#q-{span.turn}-{span.number}" data-n="{span.number}" '
        f'data-place="{entities(place)}" data-speaker="{entities(speaker)}" aria-label="{entities(label)}"></a>'
    )  # fmt: skip


def _choice(documents: Mapping[str, Document], turns: Sequence[Outcome | None], shown: str, language: Language) -> str:
    """The documents by title, with how often each is cited in the conversation."""
    if len(documents) < 2:
        return ""
    counts = Counter(citation.document_id for outcome in turns if outcome for citation in cited(outcome))

    def title(document: Document) -> str:
        count = counts[document.id]
        return say("cited times", language, title=document.title, count=count) if count else document.title

    options = "".join(
        f'<option value="{entities(key)}"{" selected" * (key == shown)}>{entities(title(document))}</option>'
        for key, document in documents.items()
    )
    label = entities(say("document", language))
    return f'<label class="choice">{label} <select data-documents>{options}</select></label>'
