"""The HTML of the chat page, from outcomes and documents alone.

All text of documents, questions and titles goes through `entities`; nothing else may stand between the tags.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from rag.records import Abstention, Answer, Citation, Document
from rag.rendering.text import prose, ruling, withheld


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that could not be put, and why; shown, but no part of the history."""

    question: str
    message: str


Outcome = Answer | Abstention | Failure


@dataclass(frozen=True, slots=True)
class Span:
    """A citation's place in the shown document; turns and numbers count from 1."""

    turn: int
    number: int
    start: int
    end: int
    marks: tuple[tuple[int, int], ...] = ()
    """Ranges of the words that answer."""

    @property
    def key(self) -> str:
        """Unique on the page: id of the number in the document, class of each of its marks."""
        return f"c-{self.turn}-{self.number}"


_ACTIVE = re.compile(r"[\t\n\r!-/:-@\[-`{-~]")
_QUOTATION_MARKS = "\"'“”„‟‘’‚‛«»"


def entities(text: str) -> str:
    """The text such that HTML, Markdown and template engines all show it character by character.

    >>> entities("<b> $1 *x*")
    '&#60;b&#62; &#36;1 &#42;x&#42;'
    """
    sound = text.encode("utf-8", "replace").decode()  # a lone surrogate in a question cannot be sent to the browser
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", sound)


def asset(name: str) -> str:
    """The style sheet, a script or the waiting page's template, by its file name in this package."""
    return files("rag.rendering").joinpath(name).read_text("utf-8")


# --- answers -----------------------------------------------------------------------------------------------------


def cited(outcome: Outcome) -> tuple[Citation, ...]:
    """The numbered passages of an outcome: an answer's quotations or the passages nearest to an abstention."""
    if isinstance(outcome, Answer):
        return outcome.citations
    return outcome.nearest if isinstance(outcome, Abstention) else ()


def answer_html(turn: int, outcome: Outcome, documents: Mapping[str, Document]) -> str:
    """One outcome as a card; ids and links carry the turn, which counts from 1."""
    if isinstance(outcome, Failure):
        return f'<div class="card failure"><p>{entities(outcome.message)}</p></div>'
    quotes = "".join(_quote_html(turn, citation, len(documents) > 1) for citation in cited(outcome))
    if isinstance(outcome, Abstention):
        return f'<div class="card abstention">{_abstention_html(outcome, len(documents) > 1)}{quotes}</div>'
    return (
        f'<div class="card answer">{_prose_html(turn, outcome)}{quotes}{_after_html(outcome, len(documents) > 1)}</div>'
    )


def _prose_html(turn: int, answer: Answer) -> str:
    """What a chat model wrote; in quotes mode the statements are the quotations themselves."""
    if answer.mode == "quotes":
        return ""
    links = {citation.number: _link(turn, citation) for citation in answer.citations}
    return "".join(
        f'<p class="statement">{entities(s.text)} {" ".join(links[n] for n in s.citations)}</p>' for s in prose(answer)
    )


def _after_html(answer: Answer, several: bool) -> str:
    """What is not answered, and what the judge said."""
    who = "documents do" if several else "report does"
    missing = [f"The {who} not say: {part}" for part in answer.missing]
    parts = [f'<p class="missing">{entities(text)}</p>' for text in missing]
    parts += [f'<p class="notice">{entities(answer.notice)}</p>'] if answer.notice else []
    parts += [_withheld_html(answer)] if answer.withheld else []
    return "".join(parts + [f'<p class="ruling">{entities(text)}</p>' for text in ruling(answer)])


def _withheld_html(answer: Answer) -> str:
    """How many sentences are not shown, and on request which and why."""
    items = "".join(
        f"<li><del>{entities(one.text)}</del> {entities('; '.join(v.detail for v in one.violations))}</li>"
        for one in answer.withheld
    )
    return f'<details class="withheld"><summary>{entities(withheld(answer))}</summary><ul>{items}</ul></details>'


def _abstention_html(abstention: Abstention, several: bool) -> str:
    if abstention.asked_nothing:
        return f"<p>{entities(abstention.reason)}</p>"
    who = "documents do" if several else "report does"
    parts = [f'<p class="verdict">The {who} not say.</p><p>{entities(abstention.reason)}</p>']
    if not all(_stands_in(word, abstention.reason) for word in abstention.uncovered):
        words = ", ".join(f"<b>{entities(word)}</b>" for word in abstention.uncovered)
        parts.append(f"<p>Not covered: {words}</p>")
    parts += [f'<p class="ruling">{entities(text)}</p>' for text in ruling(abstention)]
    if abstention.note:
        parts.append(f'<p class="note">{entities(abstention.note)}</p>')
    if abstention.nearest:
        parts.append('<p class="nearest">Nearest passages <span>not an answer</span></p>')
    return "".join(parts)


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _link(turn: int, citation: Citation) -> str:
    key, document = f"{turn}-{citation.number}", entities(citation.document_id)
    return f'<a class="cite d-{document}" href="#c-{key}" title="Show in the document">[{citation.number}]</a>'


def _quote_html(turn: int, citation: Citation, several: bool) -> str:
    place = [citation.title] if several else []
    place += [" › ".join(citation.section)] if citation.section else []
    speaker = f'<span class="speaker">Speaker: {entities(citation.speaker)}</span>' if citation.speaker else ""
    return (
        f'<blockquote id="q-{turn}-{citation.number}">{_link(turn, citation)} {_in_quotation_marks(citation)}'
        f'<footer><span class="place">{entities(" · ".join(place))}</span>{speaker}</footer></blockquote>'
    )


def _in_quotation_marks(citation: Citation) -> str:
    """Around the quotation, never in it; a quotation that brings its own gets no second pair."""
    quote = citation.quote
    shown = f'<span class="quote">{_with_words(citation)}</span>'
    own = len(quote) > 1 and quote[0] in _QUOTATION_MARKS and quote[-1] in _QUOTATION_MARKS
    return shown if own else f"“{shown}”"


def _with_words(citation: Citation) -> str:
    """The quotation, the words in it that answer in bold."""
    edges = [0, *(edge - citation.start for mark in citation.marks for edge in mark), len(citation.quote)]
    pieces = [entities(citation.quote[left:right]) for left, right in itertools.pairwise(edges)]
    return "".join(f'<b class="words">{piece}</b>' if i % 2 else piece for i, piece in enumerate(pieces))


def messages(turns: Sequence[Outcome], documents: Mapping[str, Document]) -> list[dict[str, str]]:
    """The conversation in the shape of `gr.Chatbot`."""
    shown = []
    for turn, outcome in enumerate(turns, 1):
        shown += [_asked(outcome.question), reply(answer_html(turn, outcome, documents))]
    return shown


def pending(question: str, note: str) -> list[dict[str, str]]:
    """A question without an outcome yet, and what to say meanwhile, in the shape of `gr.Chatbot`."""
    return [_asked(question), *waiting(note)]


def waiting(note: str) -> list[dict[str, str]]:
    """What is being waited for, as a message of the assistant."""
    return [reply(f'<p class="pending">{entities(note)}</p>')]


def reply(content: str) -> dict[str, str]:
    """HTML as a message of the assistant."""
    return {"role": "assistant", "content": content}


def _asked(question: str) -> dict[str, str]:
    return {"role": "user", "content": f'<div class="question">{entities(question)}</div>'}


# --- the document ------------------------------------------------------------------------------------------------


def spans_of(turns: Sequence[Outcome], document_id: str) -> list[Span]:
    """All citations of the conversation that stand in the document, oldest turn first."""
    return [
        Span(turn, citation.number, citation.start, citation.end, citation.marks)
        for turn, outcome in enumerate(turns, 1)
        for citation in cited(outcome)
        if citation.document_id == document_id
    ]


def document_html(document: Document, spans: Sequence[Span]) -> str:
    """The whole canonical text: the text content of the article is `document.text`, to the character.

    The marks of class `span.key` together hold exactly `document.text[span.start:span.end]`, across paragraphs too and
    where spans overlap.
    """
    first = next((span.key for span in spans if span.turn == spans[-1].turn), "")
    body = "".join(
        f'<{tag} class="{kind}">{_marked(document.text, start, end, spans)}</{tag}>'
        for tag, kind, start, end in _paragraphs(document)
    )
    return f'<article lang="{entities(document.language)}" data-first="{first}">{body}</article>'


def _paragraphs(document: Document) -> Iterator[tuple[str, str, int, int]]:
    """Tag, kind and range of each paragraph; the ranges join up, so white space belongs to the paragraph before."""
    heads = [next(group) for _, group in itertools.groupby(document.sentences, key=lambda s: s.paragraph)]
    starts = [0, *(head.start for head in heads[1:]), len(document.text)]
    for head, (start, end) in zip(heads, itertools.pairwise(starts), strict=True):
        level = min(6, 2 + max(1, len(document.section_at(head.start))))
        yield {"title": "h2", "heading": f"h{level}"}.get(head.kind, "p"), head.kind, start, end


def _marked(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    """A range of the text, divided wherever a span or words that answer start or end."""
    inside = [span for span in spans if span.start < end and span.end > start]
    edges = {edge for span in inside for pair in ((span.start, span.end), *span.marks) for edge in pair}
    cuts = sorted({start, end, *(edge for edge in edges if start < edge < end)})
    parts = []
    for left, right in itertools.pairwise(cuts):
        parts += [_number(span) for span in inside if span.start == left]
        over = [span for span in inside if span.start <= left and right <= span.end]
        body = entities(text[left:right])
        turns = {span.turn for span in over for a, b in span.marks if a <= left and right <= b}
        if turns:
            body = f'<b class="words {" ".join(f"t-{turn}" for turn in sorted(turns))}">{body}</b>'
        classes = " ".join(f"{span.key} t-{span.turn}" for span in over)
        parts.append(f'<mark class="{classes}">{body}</mark>' if over else body)
    return "".join(parts)


def _number(span: Span) -> str:
    """The number before a mark. It is drawn by CSS, so that the text stays the document's."""
    label = f"Citation {span.number} of answer {span.turn}: back to the answer"
    return (
        f'<a id="{span.key}" class="number t-{span.turn}" href="#q-{span.turn}-{span.number}" '
        f'data-n="{span.number}" aria-label="{label}"></a>'
    )


def viewer_html(documents: Mapping[str, Document], turns: Sequence[Outcome], wanted: str | None = None) -> str:
    """The wanted document, else the first, with the marks of all turns; a choice above it when there are several."""
    document = documents.get(wanted or "") or next(iter(documents.values()))
    gone = wanted is not None and wanted not in documents
    note = '<p class="gone">The document of that quotation has been replaced since it was quoted.</p>' if gone else ""
    facts = (document.publisher, document.published, document.path)
    source = entities(" · ".join(fact for fact in facts if fact))
    head = f'<header>{_choice(documents, document.id)}<p class="source">{source}</p>{note}</header>'
    return head + document_html(document, spans_of(turns, document.id))


def first_cited(turns: Sequence[Outcome]) -> str | None:
    """The document that the latest outcome cites first."""
    return next((citation.document_id for turn in turns[-1:] for citation in cited(turn)), None)


def _choice(documents: Mapping[str, Document], shown: str) -> str:
    if len(documents) < 2:
        return ""
    options = "".join(
        f'<option value="{entities(key)}"{" selected" * (key == shown)}>{entities(document.title)}</option>'
        for key, document in documents.items()
    )
    return f'<select aria-label="Document">{options}</select>'


def status_html(text: str) -> str:
    """A line on the state of the page."""
    return f'<p class="status" role="status">{entities(text)}</p>'
