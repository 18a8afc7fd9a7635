"""Edits after which a statement says something else than its evidence, and stays as near to it as can be."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from rag.training.support_edits import Edit, Scene, has, whole
from rag.training.support_phrases import DETAILS, listed, opposite, raised
from rag.training.support_swaps import exchanged, swaps
from rag.training.support_verbs import base_of_past, base_of_third
from rag.training.verbs import verb_changes

_AUXILIARY = r"(?:is|are|was|were|has|have|had|can|could|will|would|did|does|do|must|should)"
_AFFIRMED = re.compile(rf"\b({_AUXILIARY}) (?!not\b|no\b|never\b|n't|only\b)([\w'-]+)")
_DENIED = re.compile(rf"\b({_AUXILIARY}) (?:not|never) ([\w'-]+)")
_SUBORDINATE = re.compile(
    r"\b(?:who|which|that|where|when|while|if|although|because|whose|after|before|as)\b[^,]*$", re.IGNORECASE
)
_FINITE = re.compile(r"\b[a-z]{3,}\b")
_NO_FINITE_BEFORE = re.compile(
    rf"(?:\b(?:{_AUXILIARY}|be|been|being|to|the|a|an|of|by|and|or|his|her|its|their|in|for|with|as|not|never|most|more|very|\w+ly)|[,(\"]) ?$"
)
_NEXT = r"(?=(?:it|he|she|they|the|a|an|his|her|its|their|[A-Z]\w+) )"
_JOINTS = (
    (r", and (?=(?:it|he|she|they) )", "; because of that, "),
    (rf" while {_NEXT}", " because "),
    (rf" when {_NEXT}", " because "),
    (r"; (?=(?:it|he|she|they|the|its|his|her|their) )", "; as a result, "),
    (rf", although {_NEXT}", ", because "),
)
"""What joins two clauses without a claim, and what claims that one is the cause of the other."""
_CAUSAL = re.compile(
    r"\b(?:because|cause[sd]?|due to|therefore|thus|result|so that|led to|leads? to|reason|thanks to|owing|consequen\w+)\b",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r" (?:in|at|with|after|during|for|from|by|near|against|under|without|through) (?:(?:the|a|an|his|her|its|their) )?[A-Za-z][\w' -]{4,45}(?=[,.;])"
)
_QUANTITIES = ("most", "many", "some")
_BEFORE_SUPERLATIVE = r"\b(?:the|its|his|her|their|a|one of|[Aa]t|\w+'s) "
_PRONOUN = re.compile(r"\b(?:it|he|she|they|them|him|which|who|that|this|these|those|such)\b")

Breaking = Callable[[Scene, random.Random], list[Edit]]


def breaks(scene: Scene, rng: random.Random) -> list[Edit]:
    """At most one edit of each kind, each of which changes the statement."""
    makers: tuple[Breaking, ...] = (swaps, exchanged, negations, antonyms, certainties, additions, causes)
    found = [edit for make in makers for edit in make(scene, rng)]
    return [edit for edit in found if edit.applied(scene.statement)]


def negations(scene: Scene, rng: random.Random) -> list[Edit]:
    """A negation put in or taken out, in the main clause where it can be told."""
    for match in _DENIED.finditer(scene.statement):
        return [Edit("negation", match.group(), f"{match[1]} {match[2]}")]
    options = [
        Edit("negation", match.group(), f"{match[1]} {rng.choice(('not', 'not', 'never'))} {match[2]}")
        for match in _AFFIRMED.finditer(scene.statement)
        if not _SUBORDINATE.search(scene.statement[: match.start()])
    ]
    options = options or [*_negated_verbs(scene.statement, rng)]
    return options[:1]


def _negated_verbs(statement: str, rng: random.Random) -> Iterator[Edit]:
    """Of "built" "did not build", of "builds" "does not build"."""
    for match in _FINITE.finditer(statement):
        word, before = match.group(), statement[: match.start()]
        if not before or _NO_FINITE_BEFORE.search(before) or _SUBORDINATE.search(before):
            continue
        if word in ("failed", "refused", "fails", "refuses"):
            continue
        if base := base_of_past(word):
            yield Edit(
                "negation",
                word,
                rng.choice((f"did not {base}", f"never {word}", f"failed to {base}", f"refused to {base}")),
            )
        elif base := base_of_third(word):
            yield Edit("negation", word, rng.choice((f"does not {base}", f"never {word}")))


def antonyms(scene: Scene, rng: random.Random) -> list[Edit]:
    """A word with its opposite in its place, which the evidence does not have."""
    pairs = [(old, new) for old, new in opposite() if has(scene.statement, old, either_case=True)]
    pairs += [(old, new) for old, new in verb_changes(scene.statement, scene.evidence) if old != "born"]
    fit = [(old, new) for old, new in pairs if not has(scene.evidence, new)]
    return [Edit("antonym", *rng.choice(fit))] if fit else []


def certainties(scene: Scene, rng: random.Random) -> list[Edit]:
    """A cautious word with a bolder one in its place, or without it."""
    fit = [
        (o, n)
        for o, n in raised()
        if has(scene.statement, o, either_case=True) and has(scene.evidence, o, either_case=True)
    ]
    fit = [
        (o, n) for o, n in fit if not (o in _QUANTITIES and re.search(rf"{_BEFORE_SUPERLATIVE}{o}\b", scene.statement))
    ]
    if not fit:
        return []
    old, new = rng.choice(fit)
    follows = re.search(rf"{whole(old, either_case=True).pattern} (\S+)", scene.statement)
    if new == "exactly" and not (follows and re.match(r"\d", follows.group(1))):
        return []
    return [Edit("certainty", old, new)]


def additions(scene: Scene, rng: random.Random) -> list[Edit]:
    """A detail at the end: a phrase from elsewhere in the article, or one of the list."""
    words = scene.statement.rstrip(".").split()
    if len(words) < 4 or not scene.statement.endswith(".") or not re.fullmatch(r"[\w'-]+", words[-1]):
        return []
    phrases = [m.group() for text in scene.outside for m in _PHRASE.finditer(text) if not _PRONOUN.search(m.group())]
    phrases = [phrase for phrase in phrases if not _told(phrase, scene.evidence)]
    detail = rng.choice(phrases) if phrases and rng.random() < 0.6 else " " + rng.choice(listed(DETAILS))
    end = " ".join(words[-2:])
    return [Edit("addition", f"{end}.", f"{end}{detail}.")]


def _told(phrase: str, evidence: str) -> bool:
    """Whether the evidence has half of the phrase's longer words."""
    words = [word.lower() for word in re.findall(r"\w{4,}", phrase)]
    return not words or 2 * sum(word in evidence.lower() for word in words) >= len(words)


def causes(scene: Scene, rng: random.Random) -> list[Edit]:
    """A joint that claims nothing with one that claims a cause in its place."""
    if _CAUSAL.search(scene.evidence):
        return []
    fit = []
    for pattern, new in _JOINTS:
        match = re.search(rf"({pattern})(\S+)", scene.statement)
        if match and match.group() in scene.evidence:
            fit.append(Edit("causality", match.group(), new + match.group(2)))
    return [rng.choice(fit)] if fit else []
