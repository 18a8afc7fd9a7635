"""The words of a sentence that answer a question: its figure, date, length of time, name, place, reason or definition.

Candidates are found by the type of the answer, what the question itself says is dropped, and of the others the one nearest
to the question's words is taken; none where none is clearly nearer. A wrong mark misleads and a missing one does not, so in
doubt every rule here says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from rag.reader import expressions as ex
from rag.reader.clauses import definition, items_of, reason, term_of
from rag.reader.nearness import Asked, Range
from rag.reader.patterns import NUMBER_WORDS
from rag.reader.questions import Question
from rag.retrieval.lexical import words

_NEAR_ENOUGH = 0.04
"""Nearness that a name needs even when it is the only one: a word of the question within four words."""
_HOW_MANY = re.compile(r"\b(?:how many|cuant[oa]s|number of|numero de)\s+((?:\w+\s*){1,5})")
_MONEY_ASKED = re.compile(
    r"\b(?:how much|cost|price|pay|paid|charge|fee|earn|worth|income|cuanto|cuesta|paga|cobra|precio|sum)"
)
_SHARE_ASKED = re.compile(r"\b(?:percent|percentage|share|proportion|porcentaje|por ciento)\b")
_PEOPLE_ASKED = re.compile(r"\b(?:people|persons|individuals)\b")
_TIME_ASKED = re.compile(r"\b(?:how (?:old|often)|age|years?|months?|days?|hours?|anos|meses|dias|edad)\b")
_PLACE_KINDS = (
    ("country", re.compile(r"\b(?:which|what|que|cual(?:es)?)(?: \w+)? (?:countr(?:y|ies)|nations?|pais(?:es)?)\b")),
    ("prison", re.compile(r"\b(?:which|what|que|cual(?:es)?)(?: \w+)? (?:prisons?|jails?|carcel(?:es)?)\b")),
    (
        "local",
        re.compile(
            r"\b(?:which|what|que|cual(?:es)?)(?: \w+)? (?:cit|town|state|neigh|port|munic|depart|ciudad|estado|barrio|puerto)"
        ),
    ),
)
_SEVERAL_ASKED = re.compile(r"\b(?:which|what|que|cuales)(?: \w+)? (?!is\b|was\b|has\b|does\b)\w+s\b")


def answer_words(question: Question, sentence: str, speaker: str | None) -> tuple[Range, ...]:
    """Half-open character ranges of the sentence that answer, in order and apart; empty when it is not clear which.

    Nothing is marked for questions about the document or with yes or no for an answer. The sentence is taken to be English.

    >>> sentence = "Police arrested 30 members in Lima and 23 in Arequipa."
    >>> from rag.reader.questions import parse_question
    >>> [sentence[a:b] for a, b in answer_words(parse_question("How many were arrested in Arequipa?"), sentence, None)]
    ['23']

    Args:
        question: What is asked, one thing at a time.
        sentence: One sentence as it stands in the document.
        speaker: Whose words it is; marked, where it stands in the sentence, when that is asked.
    """
    if question.about_document or question.answer_type == "yesno":
        return ()
    asked = Asked(question, sentence)
    if question.answer_type == "speaker":
        return _speaker(asked, speaker)
    if term := term_of(asked):
        return definition(asked, term)
    if asked.denies() or not asked.holds_what_is_asked():
        return ()
    finders: dict[str, Callable[[Asked], tuple[Range, ...]]] = {
        "number": _number, "date": _date, "duration": _duration, "person": partial(_person, speaker=speaker or ""), "place": _place, "reason": reason,
    }  # fmt: skip
    return finders.get(question.answer_type, items_of)(asked)


# --- figures, dates, lengths of time -------------------------------------------------------------------------------


def _number(asked: Asked) -> tuple[Range, ...]:
    dates = [match.span() for match in ex.DATE.finditer(asked.sentence)]
    counted = asked.wanted(_HOW_MANY)
    found = [_with_noun(asked, match.span()) for match in ex.NUMBER.finditer(asked.flat)]
    found = [
        span for span in found if not any(a < span[1] and span[0] < b for a, b in dates) and _new_figure(asked, span)
    ]
    found = _of_the_kind(asked, [span for span in found if not any(a < span[0] < b for a, b in found)])
    fits = [span for span in found if counted & asked.stems_in(span)]
    if fits:
        return asked.clearest(fits) or (tuple(fits) if len(fits) == 2 else ())
    if counted or _of_another_thing(asked):
        found = [span for span in found if not any(ex.is_plural(word) for word in asked.text(span).split())]
    return asked.clearest(found)


def _of_another_thing(asked: Asked) -> bool:
    """Whether things are counted that the sentence does not name; people are called many names, and a noun may be translated."""
    counts = asked.question.language == "en" and _HOW_MANY.search(asked.asked)
    return bool(counts) and not _PEOPLE_ASKED.search(asked.asked)


def _with_noun(asked: Asked, span: Range) -> Range:
    """A figure with what it counts, "eight" with "alleged gang members", or with what it is paid for."""
    start, end = span
    money = ex.CURRENCY.search(asked.flat[start:end])
    if not money and not ex.SHARE.search(asked.flat[start:end]):
        end = _noun_end(asked, end)
    elif money is None:
        end = _noun_end(asked, end) if asked.flat.startswith(" of ", end) else end
    per = ex.PER.match(asked.flat, end)
    return start, per.end() if per else end


def _noun_end(asked: Asked, end: int) -> int:
    """End of the plural noun behind a figure, further nouns of the question joined to it included; the figure's end if there is none."""
    noun, place = end, end
    for step, (a, b, stem) in enumerate(token for token in asked.tokens if token[0] >= end):
        word = asked.sentence[a:b]
        if step > 5 or asked.sentence[place:a] not in (" ", "-"):
            break
        if noun > end and word in ("and", "or"):
            place = b
            continue
        if noun > end and not asked.is_asked(stem):
            break
        if not stem and not (word in ("the", "its", "their", "these", "those", "de") or (word == "of" and step == 0)):
            break
        if ex.is_plural(word) and stem:
            noun = b
        place = b
    return noun


def _new_figure(asked: Asked, span: Range) -> bool:
    figures = {word for word in words(asked.text(span)) if word[0].isdigit() or word in NUMBER_WORDS}
    return not figures or not figures <= set(words(asked.question.text))


def _of_the_kind(asked: Asked, found: list[Range]) -> list[Range]:
    """Sums of money, shares, or counts, as the question wants; a length of time counts nothing unless it is asked for."""
    money = [span for span in found if ex.CURRENCY.search(asked.flat[span[0] : span[1] + 8])]
    shares = [span for span in found if ex.SHARE.search(asked.flat[slice(*span)])]
    if _SHARE_ASKED.search(asked.asked):
        return shares
    if not _HOW_MANY.search(asked.asked) and _MONEY_ASKED.search(asked.asked):
        return money
    if not _TIME_ASKED.search(asked.asked):
        found = [span for span in found if not ex.TIME_UNIT.search(asked.flat[slice(*span)])]
    return [span for span in found if span not in money and span not in shares] or [s for s in shares if s in found]


def _date(asked: Asked) -> tuple[Range, ...]:
    return asked.clearest([m.span() for m in ex.DATE.finditer(asked.sentence) if asked.is_new(m.span())])


def _duration(asked: Asked) -> tuple[Range, ...]:
    found = [match.span() for match in ex.DURATION.finditer(asked.flat) if asked.is_new(match.span())]
    periods = [match.span() for match in ex.PERIOD.finditer(asked.sentence) if asked.is_new(match.span())]
    return asked.clearest(found or periods)


# --- names ---------------------------------------------------------------------------------------------------------


def _person(asked: Asked, speaker: str) -> tuple[Range, ...]:
    found = [s for s in ex.names(asked.sentence) if ex.is_person(asked.sentence, *s) and asked.is_new(s)]
    found = [span for span in ex.with_aliases(asked.sentence, found) if asked.text(span) not in speaker]
    group = _nearest_group(asked, found)
    return group if group and sum(asked.nearness((group[0][0], group[-1][1]))) >= _NEAR_ENOUGH else ()


def _place(asked: Asked) -> tuple[Range, ...]:
    kind = next((name for name, pattern in _PLACE_KINDS if pattern.search(asked.asked)), "")
    found: list[Range] = []
    for group in ex.enumerations(asked.sentence, list(ex.names(asked.sentence))):
        known = [span for span in group if ex.is_place(asked.sentence, *span)]
        whole = bool(known) and ex.is_enumeration(asked.sentence, group)
        found += [span for span in (group if whole else known) if asked.is_new(span) and _fits(asked, span, kind)]
    found = [(start, ex.place_end(asked.sentence, end)) for start, end in found]
    nearest = _nearest_group(asked, found)
    if _SEVERAL_ASKED.search(asked.asked):
        return nearest or (tuple(found) if all(asked.joined(a, b) for a, b in pairwise(found)) else ())
    return asked.clearest(nearest) if kind else nearest


def _fits(asked: Asked, span: Range, kind: str) -> bool:
    if kind == "country":
        return ex.is_country(asked.text(span))
    if kind == "prison":
        return bool(re.match(r" (?:prison|jail|penitentiary)", asked.flat[span[1] :]))
    return kind != "local" or not ex.is_country(asked.text(span))


def _nearest_group(asked: Asked, found: list[Range]) -> tuple[Range, ...]:
    """The items of the enumeration that is nearest; an item alone is an enumeration of one."""
    groups = {(group[0][0], group[-1][1]): tuple(group) for group in ex.enumerations(asked.sentence, found)}
    best = asked.nearest(list(groups))
    return groups[best] if best else ()


def _speaker(asked: Asked, speaker: str | None) -> tuple[Range, ...]:
    name = re.split(r",| \(", speaker)[0].strip() if speaker else ""
    start = asked.sentence.find(name) if name else -1
    span = (start, start + len(name))
    return (span,) if start >= 0 and asked.is_new(span) else ()
