"""Questions and their outcomes as HTML, from records and documents alone: what the program says itself is in the language of the question."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.errors import CitationInvalid
from rag.exporting import attributed
from rag.page.evidence import why_html
from rag.page.wording import Language, say
from rag.phrases import phrase
from rag.records import Abstention, Answer, Citation, Document, Statement
from rag.rendering.html import Failure, Outcome, cited, entities
from rag.rendering.text import foreign, preface, prose, ruling, withheld

_QUOTATION_MARKS = "\"'“”„‟‘’‚‛«»"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a card is read against."""

    documents: Mapping[str, Document]
    language: Language = "en"
    """Of the buttons and their labels."""
    suggestions: tuple[str, ...] = ()
    """Questions that are known to have an answer, to ask with one click."""
    stale: Mapping[int, str] = field(default_factory=dict)
    """Of each citation that no longer stands in the documents, by its number: why."""

    @property
    def several(self) -> bool:
        """Whether a quotation must say which document it is of."""
        return len(self.documents) > 1


def turn_html(turn: int, question: str, card: str, language: Language) -> str:
    """A question with what is shown below it; turns count from 1."""
    shown = entities(question)
    edit = (
        f'<button type="button" class="quiet" data-edit="{shown}" data-turn="{turn}" title="{entities(say("edit label", language))}">'
        f"{entities(say('edit', language))}</button>"
    )
    return f'<div class="asked"><h2 class="question" id="t-{turn}">{shown}</h2>{edit}</div>{card}'


def answer_html(turn: int, outcome: Outcome, reading: Reading) -> str:
    """One outcome as a card; ids and links carry the turn, which counts from 1."""
    if isinstance(outcome, Failure):
        return f'<div class="card failure"><p>{entities(outcome.message)}</p></div>'
    quotes = "".join(_quote_html(turn, citation, reading) for citation in cited(outcome))
    why = why_html(outcome, reading.documents, reading.language)
    if isinstance(outcome, Abstention):
        kind = "card abstention talk" if outcome.asked_nothing else "card abstention"
        ask = suggestions_html(reading.suggestions, say("try", reading.language))
        return f'<div class="{kind}">{_abstention_html(outcome, reading)}{ask}{_nearest_html(outcome, reading)}{quotes}{why}</div>'
    written = _prose_html(turn, outcome, reading.language)
    return f'<div class="card answer">{_lines("understood", preface(outcome))}{written}{quotes}{_after_html(outcome, reading)}{why}</div>'


def draft_html(statements: Sequence[Statement], note: str) -> str:
    """What a chat model wrote so far and has passed, and what is being done meanwhile. The numbers are not final, so they are not shown."""
    passed = "".join(f'<p class="statement">{entities(one.text)}</p>' for one in statements)
    draft = f'<div class="draft">{passed}</div>' if passed else ""
    return f'{draft}<p class="pending"><span class="busy"></span>{entities(note)}</p>'


def suggestions_html(questions: Sequence[str], heading: str, kind: str = "suggestions") -> str:
    """Questions to ask with one click, under a heading; nothing where there are none."""
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="button" data-ask="{entities(one)}">{entities(one)}</button></li>' for one in questions
    )
    return f'<div class="{kind}"><p>{entities(heading)}</p><ul>{items}</ul></div>'


def status_html(text: str) -> str:
    """A line on the state of the page."""
    return f'<p class="status" role="status">{entities(text)}</p>'


def _lines(kind: str, texts: Sequence[str]) -> str:
    return "".join(f'<p class="{kind}">{entities(text)}</p>' for text in texts)


def _prose_html(turn: int, answer: Answer, language: Language) -> str:
    """What a chat model wrote, or the word that the first quotation bears out; the quotations themselves come below."""
    links = {citation.number: _link(turn, citation, language) for citation in answer.citations}
    told = [(answer.opening_word, answer.citations[0].number)] if answer.opening else []
    opening = "".join(f'<p class="opening">{entities(word)} {links[number]}</p>' for word, number in told)
    return opening + "".join(
        f'<p class="statement">{entities(s.text)} {" ".join(links[n] for n in s.citations)}</p>' for s in prose(answer)
    )


def _after_html(answer: Answer, reading: Reading) -> str:
    """What is not answered, and what the judge said."""
    key = "documents-silent-on" if reading.several else "report-silent-on"
    parts = _lines("missing", [phrase(key, answer.language, part=part) for part in answer.missing])
    parts += _lines("notice", [answer.notice] if answer.notice else [])
    parts += _withheld_html(answer) if answer.withheld else ""
    return parts + _lines("ruling", [*ruling(answer), *foreign(answer, reading.documents)])


def _withheld_html(answer: Answer) -> str:
    """How many sentences are not shown, and on request which and why."""
    items = "".join(
        f"<li><del>{entities(one.text)}</del> {entities('; '.join(v.detail for v in one.violations))}</li>"
        for one in answer.withheld
    )
    return f'<details class="withheld"><summary>{entities(withheld(answer))}</summary><ul>{items}</ul></details>'


def _abstention_html(abstention: Abstention, reading: Reading) -> str:
    if abstention.asked_nothing:
        return _lines("said", [abstention.reason])
    silent = phrase("documents-silent" if reading.several else "report-silent", abstention.language)
    parts = f'<h3 class="verdict">{entities(silent)}</h3>' + _lines("understood", preface(abstention))
    parts += _lines("reason", [abstention.reason])
    if not all(_stands_in(word, abstention.reason) for word in abstention.uncovered):
        words = ", ".join(f"<b>{entities(word)}</b>" for word in abstention.uncovered)
        parts += f'<p class="uncovered">{entities(phrase("not-covered", abstention.language))} {words}</p>'
    parts += _lines("note", [abstention.note] if abstention.note else [])
    return parts + _lines("ruling", [*ruling(abstention), *foreign(abstention, reading.documents)])


def _nearest_html(abstention: Abstention, reading: Reading) -> str:
    if not abstention.nearest:
        return ""
    heading, tag = (entities(phrase(key, abstention.language)) for key in ("nearest", "no-answer"))
    return f'<h3 class="nearest">{heading} <span>{tag}</span></h3>'


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _link(turn: int, citation: Citation, language: Language) -> str:
    key, document = f"{turn}-{citation.number}", entities(citation.document_id)
    label = entities(say("show", language, number=citation.number))
    return f'<a class="cite d-{document}" href="#c-{key}" aria-label="{label}">[{citation.number}]</a>'


def _quote_html(turn: int, citation: Citation, reading: Reading) -> str:
    place = [citation.title] if reading.several else []
    place += [" › ".join(citation.section)] if citation.section else []
    place += [say("page", reading.language, number=citation.page)] if citation.page else []
    name = phrase("speaker", reading.language, speaker=citation.speaker) if citation.speaker else ""
    speaker = f'<span class="speaker">{entities(name)}</span>' if name else ""
    old = reading.stale.get(citation.number)
    gone = _lines("stale", [say("stale", reading.language, reason=old)] if old is not None else [])
    kind = ' class="old"' if gone else ""
    return (
        f'<blockquote id="q-{turn}-{citation.number}"{kind}>{gone}'
        f"{_link(turn, citation, reading.language)} {_in_quotation_marks(citation)}"
        f'<footer><span class="place">{entities(" · ".join(place))}</span>{speaker}{_copying_html(citation, reading)}'
        "</footer></blockquote>"
    )


def _copying_html(citation: Citation, reading: Reading) -> str:
    """A button that copies the quotation with its source, and the other forms behind a disclosure; none where it no longer stands."""
    document, language = reading.documents.get(citation.document_id), reading.language
    if document is None or citation.number in reading.stale:
        return ""
    try:
        forms = attributed(citation, document)
    except CitationInvalid:
        return ""

    def button(form: str, shown: str, more: str = "") -> str:
        data = f'data-copy="{entities(getattr(forms, form))}" data-form="{form}"'
        return f'<button type="button" class="quiet copy" {data}{more}>{entities(shown)}</button>'

    others = "".join(button(form, say(form, language)) for form in ("markdown", "html", "annotation"))
    label = entities(say("copy label", language, number=citation.number))
    first = button("plain", say("copy", language), f' aria-label="{label}"')
    return f'<span class="copying">{first}<details class="forms"><summary>{entities(say("forms", language))}</summary>{others}</details></span>'


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
