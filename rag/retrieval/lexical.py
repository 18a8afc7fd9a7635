"""BM25 over folded, stemmed words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_SPANISH
from numpy.typing import NDArray

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+(?:'[^\W_]+)?")
_SEPARATOR = re.compile(r"[.,](?=\d{3}\b)")
_STEMMERS = {
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "pt": "portuguese",
    "de": "german",
    "it": "italian",
    "nl": "dutch",
}
_TYPOGRAPHIC = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'"})
_MORE_ES = (
    "qué quién quiénes cuándo cuánto cuánta cuántos cuántas cuál cuáles dónde cómo por según hay fue fueron ser son"
)


def fold(text: str) -> str:
    """Lower case without accents, typographic apostrophes made plain: "Tocorón’s" gives "tocoron's"."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHIC))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


@cache
def _stop_words(language: str) -> frozenset[str]:
    words: Iterable[str] = [*STOPWORDS_SPANISH, *_MORE_ES.split()] if language == "es" else STOPWORDS_EN_PLUS
    return frozenset(fold(word) for word in words)


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(_STEMMERS.get(language, "english"))


def tokens(text: str) -> list[tuple[str, str]]:
    """(as written, folded) words and numbers in order; a possessive 's is dropped, thousands separators too."""
    found = []
    for match in _WORD.finditer(unicodedata.normalize("NFC", text.translate(_TYPOGRAPHIC))):
        surface = match.group().removesuffix("'s").removesuffix("'S")
        word = fold(surface)
        found.append((surface, _SEPARATOR.sub("", word) if word[:1].isdigit() else word))
    return [(surface, word) for surface, word in found if word]


def words(text: str) -> list[str]:
    """Folded words and numbers in order."""
    return [word for _, word in tokens(text)]


def language_of(question: str) -> str:
    """The code "es" when a question has more Spanish than English function words, else "en".

    >>> language_of("¿Cuántos policías tomaron la cárcel?")
    'es'
    """
    if set("¿¡") & set(question):
        return "es"
    found = words(question)
    spanish, english = (sum(word in _stop_words(code) for word in found) for code in ("es", "en"))
    return "es" if spanish > english else "en"


def analyse(text: str, language: str = "en", *, asked_in: str | None = None) -> list[str]:
    """Stems of the words that carry meaning, in order, repeated ones too.

    >>> analyse("Who extorted Tocorón’s prisoners?")
    ['extort', 'tocoron', 'prison']

    Args:
        text: What to analyse.
        language: Whose stemmer and stop words are used.
        asked_in: Another language whose stop words are left out too.
    """
    stop = _stop_words(language) | (_stop_words(asked_in) if asked_in else frozenset())
    kept = [word for word in words(text) if word not in stop]
    return [str(stem) for stem in _stemmer(language).stemWords(kept)]


class LexicalIndex:
    """BM25 (Lucene's variant) over texts of one or several languages."""

    def __init__(self, texts: Sequence[str], languages: Sequence[str], *, k1: float = 1.2, b: float = 0.6) -> None:
        """One language code for each text; an empty index scores nothing.

        Source: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009.
        """
        self.languages = sorted(set(languages))
        self.size = len(texts)
        tokens = [analyse(text, language) for text, language in zip(texts, languages, strict=True)]
        self.postings: dict[str, set[int]] = {}
        """Of every stem the texts that hold it, by their numbers."""
        for number, stems in enumerate(tokens):
            for stem in stems:
                self.postings.setdefault(stem, set()).add(number)
        self._bm25 = bm25s.BM25(k1=k1, b=b) if self.postings else None
        if self._bm25:
            self._bm25.index(tokens, show_progress=False)

    def idf(self, stem: str) -> float:
        """Inverse document frequency as in BM25; that of a word in no text for a word in no text."""
        df = len(self.postings.get(stem, ()))
        return float(np.log(1 + (self.size - df + 0.5) / (df + 0.5)))

    def scores(self, question: str) -> NDArray[np.float32]:
        """(n_texts,) float32, 0 where no word is shared."""
        asked_in = language_of(question)
        stems = {stem for language in self.languages for stem in analyse(question, language, asked_in=asked_in)}
        known = sorted(stem for stem in stems if stem in self.postings)
        if not known or self._bm25 is None:
            return np.zeros(self.size, np.float32)
        return np.asarray(self._bm25.get_scores(known), np.float32)
