"""A text as the rules see it: folded words with their places, cut into sentences and clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from rag.retrieval.lexical import language_of
from rag.verification.words import CONNECTIVES, IRREGULAR, STOP

_WORD = re.compile(r"\d+(?:[.,:]\d+)*[^\W\d_]*|[^\W_]+(?:'[^\W\d_]+)*")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
_HYPHENED = re.compile(r"\b([Nn]on)-(?=[a-z])")
"""Of a word that is also written as one."""
_MARKER = re.compile(r" ?\[\d+(?:\s*[,;-]\s*\d+)*\]")
_SENTENCE_GAP = re.compile(r"[.?!][\"')\]]*\s+[\"'(\[¿¡]*$|\n")
_CLAUSE_GAP = re.compile(r"[;:()\[\]\"]|--| - |,\s*\"")
_ABBREVIATED = frozenset(
    "mr mrs ms dr sr sra gen gral col cnel lt sgt capt maj st jr vs jan feb mar apr jun jul aug sep sept oct nov dec no inc".split()
)
_PLAIN = str.maketrans({c: to for cs, to in (("’‘´`ʼ", "'"), ("“”„«»", '"'), ("‐‑‒–−", "-")) for c in cs})
_ROOT_LENGTH = 6
"""Characters of a stem that are compared: "smuggling" and "smugglers", "extort" and "extortion" are one word then."""
_MOST_PLACES = 10
"""Tokens of one root that are looked at; what bounds the time for a text that repeats itself."""
_STEMMERS = {language: Stemmer.Stemmer(name) for language, name in (("en", "english"), ("es", "spanish"))}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a number in digits."""

    start: int
    end: int
    raw: str
    word: str
    """Folded, without a possessive 's."""
    root: str
    """What two forms of a word have in common."""
    sentence: int
    clause: int
    """Counts through the text, not from the start of the sentence."""
    opens: bool
    """Whether it begins a sentence or a quotation, where a capital says nothing."""

    @property
    def content(self) -> bool:
        """Whether it means something by itself; figures do not count."""
        return self.word not in STOP and not self.word[0].isdigit()

    @property
    def capital(self) -> bool:
        """Whether it is written with a capital."""
        return self.raw[:1].isupper()


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text with its words; equal to itself only, so that what was found in it can be kept without comparing it."""

    raw: str
    """With dots taken out of abbreviations ("U.S."), "non-" joined to its word, and without citation markers."""
    flat: str
    """Folded, each character where it is in `raw`."""
    language: str
    tokens: tuple[Token, ...]
    roots: frozenset[str]
    """Of the words that mean something."""
    words: frozenset[str]

    def gap(self, place: int) -> str:
        """The characters between a token and the one before it, up to the edge of the text."""
        start = self.tokens[place - 1].end if place else 0
        end = self.tokens[place].start if place < len(self.tokens) else len(self.flat)
        return self.flat[start:end]

    def clauses(self) -> list[list[Token]]:
        """The tokens, clause by clause."""
        found: list[list[Token]] = []
        for token in self.tokens:
            if not found or found[-1][-1].clause != token.clause:
                found.append([])
            found[-1].append(token)
        return found

    def sentences(self) -> list[list[Token]]:
        """The tokens, sentence by sentence."""
        found: list[list[Token]] = []
        for token in self.tokens:
            if not found or found[-1][-1].sentence != token.sentence:
                found.append([])
            found[-1].append(token)
        return found


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    plain = character.translate(_PLAIN)
    if plain.isspace():
        return "\n" if plain == "\n" else " "
    decomposed = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)).casefold()
    return decomposed if len(decomposed) == 1 else plain


def flatten(text: str) -> str:
    """Lower case without accents, typographic signs made plain, each character where it was.

    >>> flatten("“Tocorón”")
    '"tocoron"'
    """
    return "".join(map(_folded, text))


@lru_cache(maxsize=20_000)
def root_of(word: str, language: str = "en") -> str:
    """What the forms of a folded word have in common.

    >>> root_of("fled") == root_of("fleeing")
    True
    """
    if language == "en":
        return str(_STEMMERS["en"].stemWord(IRREGULAR.get(word, word)))[:_ROOT_LENGTH]
    stem = str(_STEMMERS["es"].stemWord(word))
    return (stem[:-1] if len(stem) > 4 and stem[-1] in "aeio" else stem)[:_ROOT_LENGTH]  # the stemmer needs accents


@lru_cache(maxsize=128)
def read(text: str) -> Text:
    """A text taken apart; never fails, whatever the characters."""
    composed = unicodedata.normalize("NFC", _MARKER.sub("", text))
    raw = _HYPHENED.sub(r"\1", _DOTTED.sub(lambda match: match.group().replace(".", ""), composed))
    flat = flatten(raw)
    language = language_of(raw)
    tokens = tuple(_tokens(raw, flat, language))
    roots = frozenset(token.root for token in tokens if token.content)
    return Text(raw, flat, language, tokens, roots, frozenset(token.word for token in tokens))


@lru_cache(maxsize=128)
def places_of(text: Text) -> dict[str, list[int]]:
    """By root, and by word with "=" before it: the first tokens that have it, ten at most."""
    found: dict[str, list[int]] = {}
    for place, token in enumerate(text.tokens):
        for key in (token.root, "=" + token.word):
            places = found.setdefault(key, [])
            if len(places) < _MOST_PLACES:
                places.append(place)
    return found


def _tokens(raw: str, flat: str, language: str) -> Iterator[Token]:
    sentence = clause = end = 0
    before, first = "", True
    for match in _WORD.finditer(flat):
        word = match.group()
        gap = flat[end : match.start()]
        ends = bool(_SENTENCE_GAP.search(gap)) and not _is_abbreviated(before, gap)
        if end and ends:
            sentence, clause = sentence + 1, clause + 1
        elif end and (_CLAUSE_GAP.search(gap) or word in CONNECTIVES or ("," in gap and word in ("and", "y", "or"))):
            clause += 1
        end = match.end()
        before = word
        word = word.removesuffix("'s").removesuffix("'") or word
        opens = first or ends or '"' in gap
        first = False
        raw_word = raw[match.start() : match.start() + len(word)]
        root = word if word[0].isdigit() else root_of(word, language)
        yield Token(match.start(), match.start() + len(word), raw_word, word, root, sentence, clause, opens)


def _is_abbreviated(before: str, gap: str) -> bool:
    return gap.startswith(".") and "\n" not in gap and (before in _ABBREVIATED or len(before) == 1)


def content_roots(tokens: Iterable[Token]) -> set[str]:
    """Roots of those tokens that mean something by themselves."""
    return {token.root for token in tokens if token.content}
