"""How many, how much and how often: not more of it than a passage has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.verification.findings import Finding
from rag.verification.texts import Text, Token

_MOST = 12
"""Quantifiers of a text that are compared, each with each."""

_QUANTIFIERS = (
    (r"all|every|each|entire(?:ly)?|whole|tod[oa]s", r"some|many|most|several|few|part of|parts of|certain|algun[oa]s|much of|half|varios|varias|a number of|majority of|mayoria de"),
    (r"most(?! of the time)|the majority of|a majority of|la mayoria de", r"some|many|several|few|a number of|algun[oa]s|much of|muchos"),
    (r"(?<!as )many|muchos|muchas", r"a few|few|pocos|pocas"),
)  # fmt: skip
_ADVERBS = (
    (r"always|siempre|invariably|constantly|in every case|without exception", r"often|usually|sometimes|typically|frequently|occasionally|generally|at times|a menudo|a veces|in some cases|commonly|sometimes"),
    (r"often|usually|typically|frequently|generally|regularly|a menudo", r"sometimes|occasionally|rarely|at times|a veces|in some cases"),
    (r"entirely|completely|fully|totally|solely|wholly|only because|por completo", r"in part|partly|partially|largely|mostly|mainly|to some extent|en parte|a factor|one of the reasons|some|partial"),
    (r"the (?:only|sole) (?:reason|cause|factor|aim|source)", r"one of the (?:reasons|causes|factors|aims|sources)|a factor|a (?:reason|cause|source)"),
    (r"never|nunca", r"rarely|seldom|hardly ever|rara vez"),
    (r"impossible|no (?:chance|hope|way)|out of the question|inevitabl[ey]|bound to|guaranteed to", r"limit(?:s|ed)?|hamper(?:s|ed)?|hinder(?:s|ed)?|difficult|hard(?:er)?|unlikely|restrict(?:s|ed)?|likely|may|might|could"),
    (r"everywhere|in every", r"in some|in several|in many|in parts"),
)  # fmt: skip


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{pattern})(?!\w)")


_QUANTITIES = tuple((_words(strong), _words(weak)) for strong, weak in _QUANTIFIERS)
_OFTENNESS = tuple((_words(strong), _words(weak)) for strong, weak in _ADVERBS)
_ONE_OF = re.compile(r"\b(?:one|some|two|several|among|part) of (?:the|its|their|\w+'s)(?P<rest>(?: [\w-]+){1,5})")
_AMONG = re.compile(r"reasons|causes|factors|aims|goals|sources|leaders|owners|founders|suspects|authors|drivers")
_SUPERLATIVE = re.compile(r"most|leading|main|top|biggest|largest|greatest|\w{3,}est|key|principal|first|only")


def quantified(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Findings for a quantifier or an adverb of degree that is stronger than the passage's."""
    for strong, weak in _QUANTITIES:
        for match in islice(strong.finditer(statement.flat), _MOST):
            following = _after(statement, match.end(), 3)
            for text in passages:
                limits = _followed_by(weak, text, following)
                if limits and not _followed_by(strong, text, following):
                    yield _stronger(match.group(), limits[0].group())
    for strong, weak in _OFTENNESS:
        match_ = strong.search(statement.flat)
        if match_ and not any(strong.search(text.flat) for text in passages):
            yield from _oftener(statement, match_, weak, passages)
    yield from _the_only_one(statement, passages)
    yield from _all_of_them(statement, passages)


_ALL = _words(r"all|every|every one|each|the entire|whole|none|without exception|no exceptions?")
_SOME = _words(r"most|some|many|several|few|part|much|half|a number|the majority|a majority")


def _all_of_them(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """All of them do what a passage says some do, whatever both are called: compared by what they do."""
    strong = _ALL.search(statement.flat)
    if not strong or _SOME.search(statement.flat):
        return
    for text in passages:
        whole = max((len(_after(text, m.end(), 5) & statement.roots) for m in _ALL.finditer(text.flat)), default=0)
        for weak in islice(_SOME.finditer(text.flat), _MOST):
            shared = len(_after(text, weak.end(), 4) & _after(statement, strong.end(), 12, 160))
            if shared >= 2 and shared > whole:
                yield _stronger(strong.group(), weak.group())


def _followed_by(pattern: re.Pattern[str], text: Text, following: set[str]) -> list[re.Match[str]]:
    """Where a quantifier stands before one of the words."""
    return [m for m in islice(pattern.finditer(text.flat), _MOST) if following & _after(text, m.end(), 4)]


def _oftener(
    statement: Text, strong: re.Match[str], weak: re.Pattern[str], passages: Sequence[Text]
) -> Iterator[Finding]:
    for text in passages:
        if (limit := weak.search(text.flat)) and _near(statement, strong) & _near(text, limit):
            yield _stronger(strong.group(), limit.group())


def _stronger(strong: str, weak: str) -> Finding:
    return Finding("certainty", f"the statement says “{strong}” where the cited passage says “{weak}”")


def _after(text: Text, offset: int, most: int, reach: int = 60) -> set[str]:
    """Roots of the next words that mean something."""
    found: list[str] = []
    for match in re.finditer(r"[^\W_]+", text.flat[offset : offset + reach]):
        token = next((t for t in _from(text, offset + match.start())), None)
        if token and token.content:
            found.append(token.root)
        if len(found) == most or re.search(r"[.;]", text.flat[offset : offset + match.start()]):
            break
    return set(found)


def _from(text: Text, offset: int) -> Iterator[Token]:
    low, high = 0, len(text.tokens)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if text.tokens[middle].start < offset else (low, middle)
    if low < len(text.tokens) and text.tokens[low].start == offset:
        yield text.tokens[low]


def _near(text: Text, match: re.Match[str]) -> set[str]:
    """Roots of the words within fifty characters of a match."""
    return {
        token.root
        for start in (max(0, match.start() - 50), match.end())
        for found in re.finditer(r"[^\W_]+", text.flat[start : start + 50])
        for token in _from(text, start + found.start())
        if token.content
    }


def _the_only_one(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """Something is "the most powerful" where a passage has it for "one of the most powerful"."""
    for text in passages:
        for match in _ONE_OF.finditer(text.flat):
            rest = match["rest"].split()
            if _AMONG.fullmatch(rest[0]) and re.search(
                rf"\bthe (?:only |sole |main )?{rest[0].rstrip('s')}\b", statement.flat
            ):
                yield _stronger(f"the {rest[0].rstrip('s')}", f"one of the {rest[0]}")
            if not _SUPERLATIVE.match(rest[0]):
                continue
            phrase = " ".join(rest[: 2 if rest[0] == "most" else 1])
            mine = re.search(rf"(?P<lead>(?:^|\W)(?:\w+ ){{0,3}}){re.escape(phrase)}\b", statement.flat[:20_000])
            if (
                mine
                and not re.search(r"\b(?:one|some|among|of|part|two|several|a)\b", mine["lead"])
                and phrase not in ("most",)
            ):
                yield _stronger(f"the {phrase}", f"one of the {phrase}")
