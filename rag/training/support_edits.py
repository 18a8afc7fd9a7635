"""A statement's edit, and what edits may draw on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Edit:
    """A phrase and what takes its place."""

    kind: str
    old: str
    new: str
    both_ways: bool = False
    """Whether the new phrase is exchanged for the old one, too."""

    @property
    def mirrors(self) -> bool:
        """Whether the unchanged statement is wrong for evidence with the same edit; the contrary of "all" is not "most"."""
        return self.kind not in ("certainty", "addition", "causality")

    def applied(self, text: str) -> str | None:
        """The text with every occurrence exchanged; None where there is none.

        >>> Edit("place", "Lima", "Quito").applied("Born in Lima, buried in Lima.")
        'Born in Quito, buried in Quito.'
        """
        if self.both_ways:
            return self._exchanged(text) if has(text, self.old) and has(text, self.new) else None
        if self.old.lower() not in text.lower():
            return None
        changed = whole(self.old, either_case=True).sub(lambda match: _like(match.group(), self.new, self.old), text)
        changed = re.sub(r"\s+", " ", re.sub(r" (?=[,.;])", "", changed)).strip()
        return None if changed == text else changed[:1].upper() + changed[1:]

    def _exchanged(self, text: str) -> str:
        pair = {self.old: self.new, self.new: self.old}
        pattern = f"{whole(self.old).pattern}|{whole(self.new).pattern}"
        return re.sub(pattern, lambda match: pair[match.group()], text)


@dataclass(frozen=True, slots=True)
class Scene:
    """What an edit may draw on."""

    statement: str
    evidence: str
    outside: tuple[str, ...]
    """Sentences of the same article that are no evidence."""
    elsewhere: tuple[str, ...]
    """Sentences of other articles, for when the article has nothing of the kind."""


@lru_cache(maxsize=20000)  # the module re keeps 512 only, fewer than the tables have
def whole(phrase: str, *, either_case: bool = False) -> re.Pattern[str]:
    """A pattern of the phrase as whole words; if wanted, also with a capital, as at the beginning of a sentence."""
    left = r"(?<![\w-])" if re.match(r"\w", phrase) else ""
    right = r"(?![\w-])" if re.search(r"\w$", phrase) else ""
    first = f"[{phrase[0]}{phrase[0].upper()}]" if either_case and phrase[0].islower() else re.escape(phrase[0])
    return re.compile(f"{left}{first}{re.escape(phrase[1:])}{right}")


def has(text: str, phrase: str, *, either_case: bool = False) -> bool:
    """Whether a text has the phrase as whole words; if wanted, also with a capital."""
    return phrase[1:] in text and bool(whole(phrase, either_case=either_case).search(text))


def _like(found: str, new: str, old: str) -> str:
    return new if found == old else new[:1].upper() + new[1:]
