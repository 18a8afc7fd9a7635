"""Evidence to the words in it that answer, in characters of the documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.index import Index
from rag.reader import Reading
from rag.reader.expressions import flat
from rag.reader.nearness import Asked
from rag.reader.parts import parts
from rag.reader.questions import Question, parse_question
from rag.reader.spans import Span, Window
from rag.reader.words import answer_words
from rag.retrieval.lexical import analyse, words

Range = tuple[int, int]
Spans = Callable[[Question, Sequence[Window]], Sequence[Span | None]]
"""A reader's."""
NO_WORDS = ("yesno", "speaker")
"""Types of answers that are no words of the passage, or are known from its attribution."""

_ON_THE_POINT = 0.67
"""Share of the question's words found in any sentence that another needs for its own words to be marked."""
_ONE_ANSWER = ("number", "date", "duration", "person", "place")
"""Types of which the best sentence has the answer, and others have it only if they say the same."""
_PIECE = re.compile(r"\w+")
_LONGEST_MARK = 12
"""Words of a copied phrase that are marked; a longer one says which sentence, and not which words."""


def no_spans(question: Question, windows: Sequence[Window]) -> list[None]:
    """For want of a reader that names words."""
    return [None for _ in windows]


def with_words(index: Index, question: Question, reading: Reading, copied: str) -> Reading:
    """The reading with the sentence first that holds the words copied from its best chunk; unchanged where none holds them.

    It gets the score of the one that was first, which stays beside it: the judge may be wrong. Words that the question has itself say nothing.
    """
    best = reading.answering[0]
    pieces = _PIECE.findall(flat(copied))
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(pieces) + r"(?!\w)")
    here = [n for n in reading.scores if reading.chunks[n].id == reading.chunks[best].id]
    for number in sorted(here, key=lambda n: -reading.scores[n]) if pieces else ():
        text, start = _text(index, number), index.sentences[number][1].start
        found = pattern.search(flat(text))
        if found and Asked(question, text).is_new(found.span()):
            return replace(
                reading,
                scores={**reading.scores, number: reading.scores[best]},
                answering=(number, *(n for n in reading.answering if n != number)),
                nearest=tuple(n for n in reading.nearest if n != number),
                copied={number: (start + found.start(), start + _closed(text, *found.span()))},
            )
    return reading


def _closed(text: str, start: int, end: int) -> int:
    """The end, behind a bracket that closes one within."""
    return end + (text[start:end].count("(") > text[start:end].count(")") and text.startswith(")", end))


def marks_of(
    index: Index, evidence: Sequence[int], question: Question, copied: Mapping[int, Range], spans: Spans
) -> Mapping[int, tuple[Range, ...]]:
    """For sentences, best first, the words that answer, in order and apart; sentences without any are left out.

    The reader names them in the best sentence where it is sure, else rules; each sentence more, and each part, would take it 14 ms. Where a judge copied some, these are believed only if they name the same or more of
    it, an enumeration of which it copied the first item. A question of two parts gets the words that answer either.
    """
    found = dict(_marks(index, evidence, question, spans))
    for number, (start, end) in copied.items():
        agree = any(a < end and start < b for a, b in found.get(number, ()))
        if number in evidence and not agree and len(words(_text(index, number, (start, end)))) <= _LONGEST_MARK:
            found[number] = ((start, end),)
    return found


def _marks(index: Index, evidence: Sequence[int], question: Question, spans: Spans) -> Mapping[int, tuple[Range, ...]]:
    pieces = parts(question.text)
    languages = tuple(sorted({document.language for document in index.documents.values()}))
    asked = [parse_question(piece, languages) for piece in pieces] if len(pieces) > 1 else [question]
    found: dict[int, list[Range]] = {}
    for part in asked:
        for number, ranges in _marks_of_part(index, evidence, part, spans if len(asked) == 1 else no_spans).items():
            own = found.setdefault(number, [])
            own += [(a, b) for a, b in ranges if not any(a < d and c < b for c, d in own)]
    return {number: tuple(sorted(ranges)) for number, ranges in found.items()}


def _marks_of_part(index: Index, evidence: Sequence[int], question: Question, spans: Spans) -> dict[int, list[Range]]:
    found: dict[int, list[Range]] = {}
    answer: set[str] = set()
    numbers = _on_the_point(index, evidence, question)
    best = spans(question, [_window(index, numbers[0])])[0] if _readable(index, question) else None
    for number in numbers:
        text, start = _text(index, number), index.sentences[number][1].start
        span = best if number == numbers[0] else None
        ranges = ((span.start, span.end),) if span else answer_words(question, text, index.sentences[number][1].speaker)
        said = {stem for a, b in ranges for stem in analyse(text[a:b])}
        if not ranges or (answer and question.answer_type in _ONE_ANSWER and not _agree(said, answer)):
            continue
        answer = answer or said
        found[number] = [(start + a, start + b) for a, b in ranges]
    return found


def _readable(index: Index, question: Question) -> bool:
    """Whether the reader is asked: it was trained on questions in the documents' language whose answer is words of a sentence."""
    languages = {document.language for document in index.documents.values()}
    return question.language in languages and not question.about_document and question.answer_type not in NO_WORDS


def _window(index: Index, number: int) -> Window:
    document_id, sentence = index.sentences[number]
    owner, before = index.sentences[number - 1] if number else ("", sentence)
    leans = owner == document_id and before.kind == sentence.kind
    document = index.documents[document_id]
    section = document.section_at(sentence.start)
    return Window(
        _text(index, number), _text(index, number - 1) if leans else "", section[-1] if section else document.title
    )


def _agree(said: set[str], answer: set[str]) -> bool:
    return said <= answer or answer <= said


def _on_the_point(index: Index, evidence: Sequence[int], question: Question) -> list[int]:
    """The best sentence and those that hold nearly as many of the question's words as any, names not counted.

    Names do not count since what a document is about is often called otherwise ("the gang").
    """
    asked = set(question.stems) - question.named
    shared = {n: len(asked.intersection(analyse(_text(index, n)))) for n in evidence}
    return [n for n in evidence if n == evidence[0] or shared[n] >= _ON_THE_POINT * max(shared.values())]


def _text(index: Index, number: int, span: Range | None = None) -> str:
    document_id, sentence = index.sentences[number]
    return index.documents[document_id].text[slice(*span or (sentence.start, sentence.end))]
