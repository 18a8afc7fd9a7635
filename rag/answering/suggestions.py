"""What to ask next: questions about the passages near what was shown, each of which is known to have an answer."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from rag.answering.askable import MONTH, Askable
from rag.answering.conversation import Turn
from rag.answering.known import LANGUAGES, KnownQuestions, Passage
from rag.reader.questions import name_words
from rag.records import Abstention, Answer, Citation, Document
from rag.retrieval.lexical import analyse, fold, words

MOST = 3
BUDGET = 0.3
"""Seconds that suggestions may take: a question not tried yet is tried only while there is time for it."""
_OF_A_KIND = 2
_LOOKED_AT = 60
"""Nearest questions that are looked at."""
_REWORDED = 4
"""Rewordings that are tried at most."""
_SAYS_NOTHING = frozenset(
    analyse("how many cuántos cuántas report informe say said dice happen happened ocurrió declaraciones")
)
"""Stems of what any question may hold."""
_SHORTEST = 4
"""Words that a question must keep when a name is left out."""
_IN = r"(?:in|at|from|near|around|inside|en|desde|cerca de|dentro de)"


def suggestions(
    outcome: Answer | Abstention, known: KnownQuestions, history: Sequence[Turn] = (), *,
    documents: Collection[str] | None = None, budget: float = BUDGET,
) -> tuple[str, ...]:  # fmt: skip
    """Up to three questions to go on with, the most related first, none of them asked before in the conversation.

    After an answer: about the section, the neighbouring ones, or somebody who is cited, and answered by a passage that was not shown. After
    an abstention: the question with the name that is not covered exchanged or left out, then questions that share words with it.

    Args:
        outcome: The last one.
        known: What was tried; see `KnownQuestions.prepare`.
        history: The turns before.
        documents: Ids of those that are asked; None for all.
        budget: Seconds for what was not tried yet.
    """
    pace = outcome.timings.get("search", 0.0) + outcome.timings.get("read", 0.0)
    begin_by = time.perf_counter() + budget - pace
    choice = _Choice(outcome, known, history)
    if isinstance(outcome, Abstention):
        for text, name in islice(_reworded(outcome), _REWORDED):
            choice.take_reworded(text, name, begin_by)
    for question in islice(_nearest(outcome, known, documents), _LOOKED_AT):
        if len(choice.picked) == MOST:
            break
        choice.take(question, begin_by)
    return tuple(choice.picked[:MOST])


class _Choice:
    """The questions picked so far, and what rules others out."""

    def __init__(self, outcome: Answer | Abstention, known: KnownQuestions, history: Sequence[Turn]) -> None:
        turns = [*history, outcome]
        self._known, self._documents = known, known.assistant.documents
        self._asked = {key for turn in turns for key in _keys(turn)}
        self._spoken_of = {name for turn in turns for name in _subject(_asked(turn))}
        """Names that were asked about, which one need not ask about in general any more."""
        self._shown = [_place(c) for turn in turns if isinstance(turn, Answer) for c in turn.citations]
        self._kinds: Counter[str] = Counter()
        self._subjects: set[str] = set()
        self.picked: list[str] = []

    def take(self, question: Askable, begin_by: float) -> None:
        """Pick it if it is new, unlike the others, and answered where it was made, by something that was not shown."""
        subject = _subject(question.text)
        if question.kind == "name" and subject <= self._spoken_of:
            return
        if self._is_old(question.text) or self._kinds[question.kind] == _OF_A_KIND or subject & self._subjects:
            return
        found = self._known.answers(question.text, begin_by)
        if found and _leads(found[0], question) and not all(_overlap(place, self._shown) for place in found):
            self._kinds[question.kind] += 1
            self._pick(question.text, subject)

    def take_reworded(self, text: str, name: str | None, begin_by: float) -> None:
        """Pick it if it is new, and answered by a passage that has the name."""
        if self._is_old(text) or len(self.picked) == MOST - 1:
            return
        found = self._known.answers(text, begin_by) or ()
        quotes = " ".join(self._documents[document].text[start:end] for document, start, end in found)
        if quotes and (name is None or name in quotes):
            self._pick(text, set())

    def _pick(self, text: str, subject: set[str]) -> None:
        self.picked.append(text)
        self._asked.add(tuple(words(text)))
        self._subjects |= subject

    def _is_old(self, text: str) -> bool:
        return tuple(words(text)) in self._asked


def _nearest(outcome: Answer | Abstention, known: KnownQuestions, chosen: Collection[str] | None) -> Iterator[Askable]:
    """The questions of the documents, the most related first; what has nothing to do with what was shown is left out."""
    language = outcome.language if outcome.language in LANGUAGES else LANGUAGES[0]
    documents = {key: one for key, one in known.assistant.documents.items() if chosen is None or key in chosen}
    pool = [question for document in documents.values() for question in known.made_from(document, language)]
    if isinstance(outcome, Answer):
        return _around(outcome, pool, documents)
    if outcome.asked_nothing or not outcome.nearest:
        headings = [question for question in pool if question.kind == "heading"]
        spread = headings[:: max(len(headings) // MOST, 1)]
        return iter([*spread, *(question for question in headings if question not in spread)])
    return _alike(outcome, pool)


def _around(answer: Answer, pool: Sequence[Askable], documents: Mapping[str, Document]) -> Iterator[Askable]:
    """Of the cited sections first, then of the neighbouring ones, then about names that the quotations have."""
    said = fold(" ".join(citation.quote for citation in answer.citations))
    sections = {(c.document_id, _section(documents, c.document_id, c.start)) for c in answer.citations}
    ranked = []
    for question in pool:
        named = any(fold(name) in said for name in _subject(question.text))
        places = {_section(documents, question.document_id, start) for start, _ in question.spans}
        away = min(
            (abs(place - own) for place in places for document, own in sections if document == question.document_id),
            default=2,
        )
        if away < 2 or named:
            key = (min(away, 2), question.kind == "heading", not named, _distance(question, answer.citations))
            ranked.append((key, question))
    return (question for _, question in sorted(ranked, key=lambda pair: pair[0]))


def _alike(abstention: Abstention, pool: Sequence[Askable]) -> Iterator[Askable]:
    """Those that share rare words with the question first, then those about the nearest passages."""
    own = set(analyse(abstention.standalone)) - _SAYS_NOTHING
    stems = [set(analyse(question.text)) for question in pool]
    common = Counter(stem for those in stems for stem in those)
    ranked = []
    for question, those in zip(pool, stems, strict=True):
        shared = sum(1 / common[stem] for stem in those & own)
        key = (-shared, question.kind == "heading", _distance(question, abstention.nearest))
        if shared or key[-1] < float("inf"):
            ranked.append((key, question))
    return (question for _, question in sorted(ranked, key=lambda pair: pair[0]))


def _reworded(abstention: Abstention) -> Iterator[tuple[str, str | None]]:
    """The question with the place that is not covered exchanged for one that the nearest passages name, or without it; each with that name."""
    asked = abstention.standalone
    missing = {fold(word) for word in abstention.uncovered}
    near = " ".join([*(c.quote for c in abstention.nearest), *(hit.chunk.text for hit in abstention.hits[:MOST])])
    for name in name_words(asked):
        place = re.search(rf",?\s*\b(?P<where>{_IN}) (?:the |el |la )?{re.escape(name)}(?P<after>[?,\s]*)", asked)
        if place is None or not missing & set(words(name)):
            continue
        others = re.findall(rf"\b{place['where']} ([A-ZÁÉÍÓÚÑ][\w-]+(?: (?:de |del |la )*[A-ZÁÉÍÓÚÑ][\w-]+)*)", near)
        for other in dict.fromkeys(
            other for other in others if fold(other) not in fold(asked) and not MONTH.match(other)
        ):
            yield asked.replace(name, other), other
        without = f"{asked[: place.start()]}{place['after'] or ' '}{asked[place.end() :]}"
        if len(words(without)) >= _SHORTEST:
            yield " ".join(without.split()), None


def _keys(turn: Turn) -> Iterator[tuple[str, ...]]:
    """The questions of a turn, as asked and as searched, without marks, case and accents."""
    if isinstance(turn, Answer | Abstention):
        yield from (tuple(words(turn.question)), tuple(words(turn.standalone)))
    elif isinstance(turn, Mapping):
        yield tuple(words(_asked(turn)))


def _asked(turn: Turn) -> str:
    return turn.standalone if isinstance(turn, Answer | Abstention) else str(turn.get("question", ""))


def _subject(text: str) -> set[str]:
    """The names in a question."""
    return {fold(name) for name in name_words(text)}


def _section(documents: Mapping[str, Document], document_id: str, offset: int) -> int:
    """Position of the section that holds the offset; those of a document that is gone are far from all others."""
    sections = documents[document_id].sections if document_id in documents else ()
    return sum(section.start <= offset for section in sections) - 1


def _distance(question: Askable, citations: Sequence[Citation]) -> float:
    """Characters between the nearest of its places and a citation; infinite in other documents."""
    return min(
        (
            max(c.start - end, start - c.end, 0)
            for start, end in question.spans
            for c in citations
            if c.document_id == question.document_id
        ),
        default=float("inf"),
    )


def _leads(passage: Passage, question: Askable) -> bool:
    return _overlap(passage, [(question.document_id, start, end) for start, end in question.spans])


def _overlap(passage: Passage, others: Sequence[Passage]) -> bool:
    document, start, end = passage
    return any(document == other and start < until and since < end for other, since, until in others)


def _place(citation: Citation) -> Passage:
    return citation.document_id, citation.start, citation.end
