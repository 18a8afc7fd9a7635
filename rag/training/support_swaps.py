"""Names, numbers and dates of a statement exchanged for others of their kind."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from rag.reader.expressions import enumerations, is_country, is_enumeration, is_person, is_place, names
from rag.training.support_edits import Edit, Scene, has, whole

_MONTHS = "January February March April May June July August September October November December".split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_SPELLED = "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty".split()
_DATE = re.compile(rf"\b(?:1[1-9]\d\d|20\d\d)(?=s?\b)|\b(?:{'|'.join(_MONTHS)})\b|\b(?:{'|'.join(_WEEKDAYS)})\b")
_NUMBER = re.compile(
    rf"(?<![\w.,:/#-])(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)(?![\w:/]|[.,]\d|-\w)|\b(?:{'|'.join(_SPELLED)})\b"
)
_BODY = re.compile(
    r"\b(?:University|College|School|Party|Court|Congress|Senate|Company|Corporation|Inc|Bank|Ministry|Department|Office|Army|Navy|Police|Union|League|Association|Council|Commission|Committee|Agency|Club|Records|Studios?|Pictures|Entertainment|Network|Society|Church|Institute|Foundation|Team|Group|FC)\b|^[A-Z]{2,5}$"
)
_SYMMETRIC = re.compile(
    r"\b(?:between|both|married|wed|met|vs|versus|together|twins?|co-\w+|equal|joined)\b", re.IGNORECASE
)
_JOINED = re.compile(r"(?: and| or|,|,? and the|,? or the| \(|-|–| &|, also known as| known as| called)? ?")
_SHOWN = {"person": "name", "thing": "name", "day": "date"}


@lru_cache(maxsize=20000)
def typed(text: str) -> tuple[tuple[str, int, int], ...]:
    """(kind, start, end) of the dates, numbers and names in a text; kinds are date, day, number, place, organisation, person and thing.

    >>> [(kind, "In May 1912 Ada Brill sold 30 boats in Lima."[a:b]) for kind, a, b in typed("In May 1912 Ada Brill sold 30 boats in Lima.")]
    [('date', 'May'), ('date', '1912'), ('number', '30'), ('person', 'Ada Brill'), ('place', 'Lima')]
    """
    found = [("date", *match.span()) for match in _DATE.finditer(text)]
    found += [(_number_kind(text, m.end()), *m.span()) for m in _NUMBER.finditer(text) if _is_free(m.span(), found)]
    named = [(a, b) for a, b in names(text) if b - a > 2 and _is_free((a, b), found)]
    return (*found, *((_name_kind(text, a, b), a, b) for a, b in named))


def _is_free(span: tuple[int, int], found: Sequence[tuple[str, int, int]]) -> bool:
    return not any(start < span[1] and span[0] < end for _, start, end in found)


def _number_kind(text: str, end: int) -> str:
    """A day of a month is a date, so that it is exchanged for another day."""
    start = end - len(re.findall(r"\S+$", text[:end])[0])
    month = "|".join(_MONTHS)
    is_day = re.match(rf" (?:{month})\b", text[end:]) or re.search(rf"\b(?:{month}) $", text[:start])
    return "day" if is_day and text[start:end].isdigit() else "number"


def _name_kind(text: str, start: int, end: int) -> str:
    name = text[start:end]
    if is_country(name):
        return "place"
    if _BODY.search(name):
        return "organisation"
    if is_person(text, start, end):
        return "person"
    return "place" if is_place(text, start, end) else "thing"


def swaps(scene: Scene, rng: random.Random) -> list[Edit]:
    """Of each kind at most one phrase that statement and evidence share, with another of the kind in its place."""
    found: dict[str, list[Edit]] = {}
    for kind, start, end in typed(scene.statement):
        old = scene.statement[start:end]
        if has(scene.evidence, old) and (new := _other(kind, old, scene, rng)):
            shown = _SHOWN.get(kind, kind)
            found.setdefault(shown, []).append(Edit(shown, old, new))
    return [rng.choice(edits) for edits in found.values()]


def _other(kind: str, old: str, scene: Scene, rng: random.Random) -> str | None:
    """Another of the kind: from the evidence, which defeats a comparison of words, from the article, or from elsewhere."""
    inside = [p for p in alternatives(kind, old, [scene.evidence]) if not has(scene.statement, p)]
    inside = [p for p in inside if not side_by_side(old, p, scene.evidence)]
    if inside and rng.random() < 0.6:
        return rng.choice(inside)
    told = scene.evidence.lower()
    for pool in (scene.outside, scene.elsewhere):
        found = alternatives(kind, old, pool) + _shifted(kind, old)
        options = [p for p in found if not has(told, p.lower())]
        if options:
            return _partly(kind, old, rng.choice(options), rng)
    return None


def _partly(kind: str, old: str, new: str, rng: random.Random) -> str:
    """Sometimes only the first or the last word of a person's name."""
    ours, others = old.split(), new.split()
    if kind != "person" or len(ours) != 2 or len(others) != 2 or rng.random() < 0.5:
        return new
    return f"{others[0]} {ours[1]}" if rng.random() < 0.5 else f"{ours[0]} {others[1]}"


def alternatives(kind: str, old: str, texts: Sequence[str]) -> list[str]:
    """Phrases of a kind in texts that are written alike and name something else, sorted.

    Two organisations may share words: what is one Office is not the other.
    """
    found = {text[a:b] for text in texts for k, a, b in typed(text) if k == kind}
    words = set(old.lower().split()) if kind != "organisation" else set()
    apart = (phrase for phrase in found if phrase != old and not words & set(phrase.lower().split()))
    return sorted(phrase for phrase in apart if _alike(kind, old, phrase) and not _one_in_other(phrase, old))


def _alike(kind: str, old: str, new: str) -> bool:
    if kind in ("date", "day"):
        return any(old in group and new in group for group in (_MONTHS, _WEEKDAYS)) or (old.isdigit() and new.isdigit())
    if kind == "number":
        return old[0].isdigit() == new[0].isdigit() and ("," in old) == ("," in new) and ("." in old) == ("." in new)
    if kind == "place" and is_country(old) != is_country(new):
        return False
    return abs(len(old.split()) - len(new.split())) <= 1 and old.isupper() == new.isupper()


def _one_in_other(a: str, b: str) -> bool:
    a, b = a.lower(), b.lower()
    return a in b or b in a or "".join(w[0] for w in b.split()) == a or "".join(w[0] for w in a.split()) == b


def _shifted(kind: str, old: str) -> list[str]:
    """Dates and numbers made up, near the old one."""
    if kind == "day":
        return [str(n) for n in range(1, 29) if str(n) != old]
    if kind not in ("date", "number"):
        return []
    if old in _MONTHS:
        return [month for month in _MONTHS if month not in (old, "May")]
    for row in (_WEEKDAYS, _SPELLED):
        if old in row:
            place = row.index(old)
            return [word for word in row[max(0, place - 4) : place + 5] if word != old]
    if old.isdigit():
        steps = (-20, -10, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7, 10, 20)
        return [str(int(old) + step) for step in steps if int(old) + step > 1]
    return [digit + old[1:] for digit in "123456789" if digit != old[0]]


def side_by_side(a: str, b: str, text: str) -> bool:
    """Whether two phrases stand next to each other or in one enumeration, so that what holds of one may hold of the other."""
    for first, second in ((a, b), (b, a)):
        ends = [match.end() for match in whole(first).finditer(text)]
        if any(re.match(_JOINED.pattern + re.escape(second), text[end : end + 80]) for end in ends):
            return True
    return any({a, b} <= group for group in _enumerated(text))


@lru_cache(maxsize=2000)
def _enumerated(text: str) -> tuple[frozenset[str], ...]:
    """The names of each enumeration."""
    groups = [group for group in enumerations(text, [*names(text)]) if len(group) > 1 and is_enumeration(text, group)]
    return tuple(frozenset(text[a:b] for a, b in group) for group in groups)


def exchanged(scene: Scene, rng: random.Random) -> list[Edit]:
    """Two names, numbers or dates of the statement, each in the place of the other."""
    if _SYMMETRIC.search(scene.statement):
        return []
    spans = [(kind, scene.statement[a:b]) for kind, a, b in typed(scene.statement)]
    pairs = [
        Edit("exchanged", a, b, both_ways=True)
        for (kind, a), (other, b) in combinations(spans, 2)
        if kind == other and _alike(kind, a, b) and not _one_in_other(a, b) and not side_by_side(a, b, scene.statement)
    ]
    return [rng.choice(pairs)] if pairs else []
