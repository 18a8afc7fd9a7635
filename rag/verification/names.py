"""Every name of the statement is in a passage, in full, in part, as an acronym, or as the people of the place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from rag.verification.dates import date_places, dates
from rag.verification.findings import Finding
from rag.verification.places import is_area_of, places_in
from rag.verification.texts import Text, Token
from rag.verification.words import STOP

_PARTICLES = frozenset("of the de del la las los el da do dos das von van al bin".split())
_GENERIC = frozenset(
    "government gobierno state states estado estados president presidente presidenta police policia army ejercito navy armada office oficina "
    "general attorney fiscal fiscalia prosecutor prosecutors ministry ministerio minister ministro national nacional federal court corte tribunal "
    "congress congreso senate senado prison carcel city ciudad street avenue north south east west northern southern eastern western norte sur "
    "mr mrs ms dr colonel coronel captain capitan major mayor lieutenant teniente sergeant sargento commander comandante director chief jefe head "
    "report chapter section part republic republica department departamento province provincia public publico internet covid pandemic ceo "
    "supreme suprema constitution house parliament parlamento cabinet authority authorities university gang cartel region county district "
    "sir lord lady queen king pope saint professor doctor senator senador governor gobernador alcalde judge juez officer agent pran pranes "
    "english spanish monday tuesday wednesday thursday friday saturday sunday god christmas easter tv id nonprofit ngo".split()
)
"""Words that name nothing by themselves; whether their bearers agree is for other rules."""
_RANKS = frozenset(
    "general colonel captain major lieutenant sergeant coronel capitan teniente sargento admiral".split()
)
_COMMON_ENDING = re.compile(
    r"(?:s|ing|ed|ly|tion|sion|ment|ness|ity|ence|ance|ism|ship|age|ure|ory|ery|ary|cion|dad|mente|ado|ido|ando|iendo)$"
)
_COMMON = frozenset(
    "beyond beneath besides throughout outside inside near behind beside onto past opposite "
    "today tomorrow yesterday women men children everybody else each other "
    "police violence crime extortion smuggling human money control migrant prisoner access life everyone anyone everybody someone nothing "
    "officials work sex drug gang prison unlike research evidence law news part coca cocaine fear corruption unrest poverty revenue "
    "growth wealth power rain snow fire water local foreign official organized once early late former senior top current recent first last next past "
    "new old big large small high low young long short such other few many several some most both far near half two three four five six seven eight "
    "nine ten eleven twelve one".split()
)
_NAME_VERB = re.compile(
    r"(?:said|says|told|tells|was|is|has|had|will|would|also|did|does|denied|denies|became|began|led|took|won|lost|left|ran|fled|who|and|may|\w{2,}ed)"
)
_DEMONYM = re.compile(r"(?:an|ian|ean|ese|ish|i|ic|eno|ena|ano|ana|ense|es)s?$")
_NAMED = re.compile(
    r"\b(?:known (?:\w+ ){0,2}as|(?:is|are|was|were|also|locally|which \w+(?: there)?) call(?:ed)?|dubbed|nicknamed|referred to (?:\w+ )?as) (?:the |an? )?\"?"
)
"""Words behind which a name stands, with a capital or without."""
_CONNECTED = re.compile(r"(?: |-|\. |'s |' )")


_MOST, _LONGEST = 80, 12
"""Names of a statement, and words of a name, that are looked at; bounds for input that is no statement."""


@dataclass(frozen=True, slots=True)
class Name:
    """Capitalised words that follow on each other."""

    tokens: tuple[Token, ...]

    @property
    def shown(self) -> str:
        """As an editor reads it."""
        return " ".join(token.raw for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Known:
    """What the passages name."""

    words: frozenset[str]
    roots: frozenset[str]
    """Of the words without a capital, so that "Martin" is not "Martinez"."""
    places: frozenset[str]
    capitals: frozenset[str]
    initials: frozenset[str]
    """Of every run of capitalised words."""
    acronyms: frozenset[str]
    texts: tuple[Text, ...]

    @classmethod
    def of(cls, texts: Sequence[Text]) -> Known:
        """Everything named in the texts."""
        return cls(
            frozenset(word for text in texts for word in text.words),
            frozenset(token.root for text in texts for token in text.tokens if not token.capital),
            frozenset(name for text in texts for name, _ in places_in(text).values()),
            frozenset(token.word for text in texts for token in text.tokens if token.capital),
            frozenset(letters for text in texts for letters in _initials(text)),
            frozenset(t.word for text in texts for t in text.tokens if t.raw.isupper() and len(t.raw) > 1),
            tuple(texts),
        )


def names(text: Text) -> Iterator[Name]:
    """Names in order, those in which a sentence opens without what it merely begins with; countries and dates are left out."""
    taken = {n for start, (_, end) in places_in(text).items() for n in range(start, end)}
    taken |= date_places(text) | {
        n for n, t in enumerate(text.tokens) if any(d.start <= t.start < d.end for d in dates(text))
    }
    run: list[Token] = []
    for place, token in enumerate(text.tokens):
        if run and (token.sentence != run[-1].sentence or not _CONNECTED.fullmatch(text.gap(place))):
            yield from _finished(run)
            run = []
        if place not in taken and _is_name_word(text, place):
            run.append(token)
        elif not (run and token.word in _PARTICLES and not token.capital):
            yield from _finished(run)
            run = []
    yield from _finished(run)


def _finished(run: list[Token]) -> Iterator[Name]:
    if run:
        yield Name(tuple(run[:_LONGEST]))


def _is_name_word(text: Text, place: int) -> bool:
    token = text.tokens[place]
    if (
        not token.capital
        or token.word[0].isdigit()
        or (token.word in STOP and not (token.raw.isupper() and len(token.raw) > 1))
    ):
        return False
    if not token.opens:
        return True
    if token.word in _COMMON or token.word in _GENERIC:
        return False
    if len(token.raw) > 1 and token.raw.isupper():
        return True
    following = text.tokens[place + 1] if place + 1 < len(text.tokens) else None
    if following is None:
        return False
    if following.capital and text.gap(place + 1) == " " and following.word not in STOP:
        return not _COMMON_ENDING.search(token.word)
    if _COMMON_ENDING.search(token.word):
        return False
    gap = text.gap(place + 1)
    return gap in ("'s ", "' ") or (gap == " " and bool(_NAME_VERB.fullmatch(following.word)))


def _initials(text: Text) -> Iterator[str]:
    letters, small = "", ""
    for place, token in enumerate(text.tokens):
        if token.capital and token.word not in STOP and (not letters or text.gap(place) in (" ", "-", "")):
            letters, small = letters + token.word[0], small + token.word[0]
        elif token.word in _PARTICLES and letters and text.gap(place) == " ":
            small += token.word[0]
        else:
            yield from (letters, small)
            letters = small = token.word[0] if token.capital and token.word not in STOP else ""
    yield from (letters, small)


def unknown_names(statement: Text, known: Known) -> list[Finding]:
    """A finding for each name that no passage has.

    >>> from rag.verification.texts import read
    >>> [f.detail for f in unknown_names(read("The mayor of Lima resigned."), Known.of([read("The mayor of Quito resigned.")]))]
    ['“Lima” is not named in the cited passage']
    """
    found = []
    for name, _ in places_in(statement).values():
        if name not in known.places and not _whole_is_known(name, known) and not is_area_of(name, known.places):
            shown = next(
                _shown_place(statement, place, end) for place, (n, end) in places_in(statement).items() if n == name
            )
            found.append(Finding("name", f"“{shown}” is not named in the cited passage"))
    for match in _NAMED.finditer(statement.flat):
        called = next((t for t in statement.tokens if t.start >= match.end()), None)
        if called and _names_anew(called, statement, known):
            found.append(Finding("name", f"“{called.raw}” is not named in the cited passage"))
    for item in islice(names(statement), _MOST):
        if problem := _problem(item, statement, known):
            found.append(Finding("name", problem))
    return list(dict.fromkeys(found))


def _names_anew(called: Token, statement: Text, known: Known) -> bool:
    """Whether a small word that is given as a name is in no passage of the statement's language."""
    if called.capital or not called.content or all(text.language != statement.language for text in known.texts[:1]):
        return False
    return called.word not in known.words and called.root not in known.roots


def _shown_place(statement: Text, place: int, end: int) -> str:
    return statement.raw[statement.tokens[place].start : statement.tokens[end - 1].end]


def _whole_is_known(name: str, known: Known) -> bool:
    """Whether a country or region is part of a larger name's acronym or words ("National Police of Peru", PNP)."""
    return all(word in known.words for word in name.split())


def _problem(name: Name, statement: Text, known: Known) -> str:
    if _as_acronym(name, known):
        return ""
    missing = [token for token in name.tokens if not _has(token, statement, known)]
    if missing:
        return f"“{name.shown if len(missing) > 1 else missing[0].raw}” is not named in the cited passage"
    own = [token for token in name.tokens if token.word not in _GENERIC]
    for left, right in pairwise(own):
        member = right.raw.isupper() and "of" in statement.flat[left.end : right.start]  # "Ana Ruiz of the WHO"
        if right.start - left.end <= 8 and not member and not _together(left.word, right.word, known):
            return f"“{left.raw} {right.raw}” is nobody in the cited passage, which has the two names apart"
    return _wrong_rank(name, statement, known)


def _has(token: Token, statement: Text, known: Known) -> bool:
    if token.word in known.words or token.root in known.roots or token.word in _GENERIC:
        return True
    if token.raw.isupper() and token.word in known.initials:
        return True
    if any(
        part in known.words for part in (token.word.removesuffix("s"), token.word + "s", token.word.removesuffix("es"))
    ):
        return True
    return _same_people(token.word, known)


def _same_people(word: str, known: Known) -> bool:
    """Whether a passage names the place of these people, or the people of this place ("Limeño", "Lima")."""
    return any(
        _shared(word, other) >= max(4, min(len(word), len(other)) - 1) and _DEMONYM.search(max(word, other, key=len))
        for other in known.capitals
        if len(word) != len(other)
    )


def _shared(a: str, b: str) -> int:
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _as_acronym(name: Name, known: Known) -> bool:
    """Whether a passage has the initials of a name of several words as an acronym."""
    letters = "".join(token.word[0] for token in name.tokens)
    return len(letters) >= 2 and letters in known.acronyms


def _together(left: str, right: str, known: Known) -> bool:
    """Whether the two words stand within four words of each other somewhere."""
    for text in known.texts:
        places = [n for n, token in enumerate(text.tokens) if token.word == left]
        for place in places:
            near = text.tokens[max(0, place - 4) : place + 5]
            if any(token.word == right or token.word.startswith(right[:6]) for token in near):
                return True
    return not any(left in text.words for text in known.texts) or not any(right in text.words for text in known.texts)


def _wrong_rank(name: Name, statement: Text, known: Known) -> str:
    """A rank that stands before the surname, where the passages give the same surname another rank only."""
    first = statement.tokens.index(name.tokens[0])
    ranks = [t for t in (*statement.tokens[max(0, first - 1) : first], *name.tokens) if t.word in _RANKS and t.capital]
    own = [token.word for token in name.tokens if token.word not in _GENERIC]
    if not ranks or not own:
        return ""
    theirs = {
        token.word
        for text in known.texts
        for place, holder in enumerate(text.tokens)
        if holder.word == own[-1]
        for token in text.tokens[max(0, place - 4) : place]
        if token.word in _RANKS
    }
    if theirs and ranks[0].word not in theirs:
        return f"“{own[-1].title()}” is not “{ranks[0].raw}” in the cited passage"
    return ""
