"""Paragraphs and questions to pairs of statement and evidence, of which half say what the evidence says.

A wrong statement has a right one beside it that differs in one edit and was worded anew in the same way. Where the edit allows it, it is also
made in the evidence: what was wrong is then right, and what was right is wrong, so that no word by itself tells.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.reader.spans import Window
from rag.retrieval.lexical import analyse, fold
from rag.training.examples import Example
from rag.training.support_breaking import breaks
from rag.training.support_edits import Edit, Scene
from rag.training.support_keeping import KEEPING
from rag.training.support_sources import Source, sources

_SEED = 7
_TELLING = ("negation", "addition")
_SAME = 0.6
"""From this share of common words on, two passages may say the same."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement with a passage, and whether the passage carries it."""

    statement: str
    evidence: str
    """One to three neighbouring sentences, with " [SEP] " and the article's title where that is told."""
    supported: bool
    kind: str
    """How the statement came about, or in what it goes wrong."""


class PairMaker:
    """Makes pairs, the rarest kinds first, so that all kinds become about as frequent as their sources allow."""

    def __init__(self, examples: Sequence[Example], *, per_paragraph: int = 1) -> None:
        """Nothing is made yet.

        Args:
            examples: English ones; their paragraphs and questions are the sources.
            per_paragraph: Sentences of a paragraph that statements are made of, at most.
        """
        self._examples = sorted(examples, key=lambda e: (e.title, e.sentences, e.question))
        self._per_paragraph = per_paragraph
        self._made: Counter[str] = Counter()
        self._pool = sorted({sentence for example in self._examples for sentence in example.sentences})
        self._articles: dict[str, set[str]] = {}
        for example in self._examples:
            self._articles.setdefault(example.title, set()).update(example.sentences)

    def pairs(self) -> Iterator[list[Pair]]:
        """Groups of pairs of one source each, in the order of the articles; the same for the same examples."""
        seen: set[tuple[str, ...]] = set()
        for example in self._examples:
            rng = random.Random(f"{_SEED} {example.question} {example.title}")
            limit = 0 if example.sentences in seen else self._per_paragraph
            seen.add(example.sentences)
            for source in sources(example, rng, limit):
                if group := self._group(source, example, rng):
                    self._made.update(pair.kind for pair in group)
                    yield group

    def _group(self, source: Source, example: Example, rng: random.Random) -> list[Pair]:
        kind, statement = self._reworded(source, rng)
        heading = example.heading if source.needs_heading or rng.random() < 0.4 else ""
        shown = _Shown(source.evidence, heading)
        group = [Pair(statement, shown.text, True, kind)]
        scene = self._scene(statement, source, example, rng)
        options = [*source.edits, *breaks(scene, rng)]
        options = [edit for edit in options if edit.applied(statement) and _is_wanted(edit, shown, rng)]
        rarest = sorted(options, key=lambda edit: (self._made[edit.kind], rng.random()))
        taken = rarest[: 2 if source.kind == "declarative" else 1]  # people's own words are the scarcest source
        for edit in taken:
            group += _broken(statement, shown, edit, kind)
        for wrong in source.wrong:
            group.append(Pair(wrong.statement, shown.text, False, wrong.kind))
            group.append(Pair(wrong.statement, _Shown(wrong.carried_by, heading).text, True, kind))
        if self._made["wrong evidence"] <= min((self._made[edit.kind] for edit in taken), default=0):
            group += self._misplaced(statement, source, example, heading, rng)
        return group if any(not pair.supported for pair in group) else []

    def _reworded(self, source: Source, rng: random.Random) -> tuple[str, str]:
        """(kind, statement); a source that is more than a sentence keeps its kind when it is worded anew."""
        made = {name: text for name, edit in KEEPING.items() if (text := edit(source.statement, rng))}
        if source.kind != "verbatim":
            chosen = rng.choice([*made.values(), source.statement]) if rng.random() < 0.6 else source.statement
            return source.kind, chosen
        options = {"verbatim": source.statement, **made}
        kind = min(options, key=lambda name: (self._made[name], rng.random()))
        text = options[kind]
        if kind != "verbatim" and rng.random() < 0.5:
            text = KEEPING["synonyms"](text, rng) or text
        return kind, text

    def _scene(self, statement: str, source: Source, example: Example, rng: random.Random) -> Scene:
        outside = tuple(s for s in sorted(self._articles[example.title]) if s not in source.evidence)
        elsewhere = tuple(rng.choice(self._pool) for _ in range(6))
        return Scene(statement, source.evidence, outside[:40], elsewhere)

    def _misplaced(
        self, statement: str, source: Source, example: Example, heading: str, rng: random.Random
    ) -> list[Pair]:
        """The statement with neighbouring sentences that do not hold it, the nearest ones first."""
        words = set(analyse(statement))
        others = [s for s in example.sentences if s not in source.evidence and len(s.split()) > 5]
        fit = [s for s in others if words and len(words & set(analyse(s))) / len(words) < _SAME]
        fit = [s for s in fit if not source.answer or fold(source.answer) not in fold(s)]
        if not fit:
            return []
        best = max(fit, key=lambda s: (len(words & set(analyse(s))), rng.random()))
        return [Pair(statement, _Shown(best, heading).text, False, "wrong evidence")]


@dataclass(frozen=True, slots=True)
class _Shown:
    """Evidence and the title above it."""

    evidence: str
    heading: str

    @property
    def text(self) -> str:
        return Window(self.evidence, "", self.heading).text

    def edited(self, edit: Edit) -> str | None:
        changed = edit.applied(self.evidence)
        return Window(changed, "", edit.applied(self.heading) or self.heading).text if changed else None


def _is_wanted(edit: Edit, shown: _Shown, rng: random.Random) -> bool:
    """Of edits whose words would tell by themselves, half of those that the evidence cannot have too are left out."""
    return edit.kind not in _TELLING or bool(shown.edited(edit)) or rng.random() < 0.5


def _broken(statement: str, shown: _Shown, edit: Edit, kind: str) -> list[Pair]:
    """The statement with the edit, and the two pairs that are right and wrong once the evidence has it, too."""
    wrong = edit.applied(statement)
    if not wrong:
        return []
    found = [Pair(wrong, shown.text, False, edit.kind)]
    if mirror := shown.edited(edit):
        found.append(Pair(wrong, mirror, True, kind))
        if edit.mirrors and not edit.applied(mirror):
            found.append(Pair(statement, mirror, False, edit.kind))
    return found


def make_pairs(examples: Iterable[Example], *, per_paragraph: int = 1) -> list[list[Pair]]:
    """All groups of pairs of the English examples."""
    english = [example for example in examples if example.language == "en"]
    return [*PairMaker(english, per_paragraph=per_paragraph).pairs()]


def counts(groups: Iterable[Sequence[Pair]]) -> dict[str, int]:
    """How many pairs there are of each kind, those that are right first."""
    found = Counter((not pair.supported, pair.kind) for group in groups for pair in group)
    return {f"{'wrong' if wrong else 'right'}: {kind}": n for (wrong, kind), n in sorted(found.items())}


def overlap(pair: Pair) -> float:
    """Share of the statement's words that the evidence has: the floor that a model must beat.

    >>> overlap(Pair("The tower fell.", "The tower stands.", False, "antonym"))
    0.5
    """
    words = set(analyse(pair.statement))
    return len(words & set(analyse(re.sub(r"\[SEP\]", " ", pair.evidence)))) / max(1, len(words))
