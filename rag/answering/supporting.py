"""What the rules find against a statement, and what a judge says of it, made into one decision."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path

from rag.embedding import Matrix
from rag.judging import Patient
from rag.records import Violation
from rag.retrieval.lexical import language_of
from rag.verification import Evidence, check

SUPPORT = Path(__file__).parent / "support.json"
"""Of each kind of judge the log-odds below which it refuses a statement, and from which it excuses a finding that may be a paraphrase."""
STRICT = frozenset({"number", "name", "quote-altered", "uncited", "negation", "certainty"})
"""Findings that no judge excuses: rules are better at them than the judge that was tried, see evals/EXPERIMENTS.md."""
IN_ANSWERS = 4.0
"""Seconds for a statement while somebody waits for the answer."""


_NEAR = 0.5
"""Cosine of the multilingual encoder: of XQuAD's 612 Spanish questions one is farther from its English original, of the other questions to
the same paragraph 56 % are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Log-odds of a judge."""

    refuse: float
    excuse: float


@cache
def limits(kind: str) -> Limits | None:
    """Of a kind of judge; None for one that is not asked about statements."""
    values: Mapping[str, Mapping[str, float]] = json.loads(SUPPORT.read_text(encoding="utf-8"))
    return Limits(**values[kind]) if kind in values else None


class Support:
    """A judge of statements, for one answer: asked as long as it answers in time. Without one the rules decide alone."""

    def __init__(
        self,
        judge: Patient | None,
        embed: Callable[[Sequence[str]], Matrix] | None = None,
        *,
        seconds: float = inf,
    ) -> None:
        """With None, or a judge that is not asked about statements, there is none. `seconds` are for a statement, beside the judge's own limit.

        Then `embed`, of the multilingual encoder, says whether a statement in another language than its evidence is near to it at all.
        """
        self._embed, self._seconds = embed, seconds
        self._limits = limits(judge.judge.kind) if judge else None
        self._judge = judge if self._limits else None

    def violations(self, statement: str, evidence: Sequence[Evidence]) -> list[Violation]:
        """What keeps a statement from being shown; empty where the evidence carries it."""
        found = [Violation(statement, finding.kind, finding.detail) for finding in check(statement, evidence)]
        if found:
            return [] if self.excuses(statement, found, evidence) else found
        refused = self.refuses(statement, evidence)
        return [refused] if refused else []

    def refuses(self, statement: str, evidence: Sequence[Evidence]) -> Violation | None:
        """The objection to a statement against which the rules find nothing."""
        sure = self._sure(statement, evidence)
        if sure is None and self._is_far(statement, evidence):
            return Violation(
                statement,
                "unsupported",
                "the cited passage does not say this, as far as an encoder of both languages can tell",
            )
        if sure is None or self._limits is None or self._judge is None or sure >= self._limits.refuse:
            return None
        detail = f"read again by {self._judge.judge.name}, the cited passage does not carry it"
        return Violation(statement, "unsupported", detail)

    def excuses(self, statement: str, found: Sequence[Violation], evidence: Sequence[Evidence]) -> bool:
        """Whether the judge is sure of a statement against which the rules find only what may be a paraphrase."""
        if {violation.kind for violation in found} & STRICT or self._limits is None:
            return False
        sure = self._sure(statement, evidence)
        return sure is not None and sure >= self._limits.excuse

    def _is_far(self, statement: str, evidence: Sequence[Evidence]) -> bool:
        texts = [e.text for e in evidence]
        if self._embed is None or language_of(statement) in {language_of(text) for text in texts}:
            return False
        vectors = self._embed([statement, *texts, " ".join(texts)])
        return float(max(vectors[1:] @ vectors[0])) < _NEAR

    def _sure(self, statement: str, evidence: Sequence[Evidence]) -> float | None:
        if self._judge is None:
            return None
        sure = self._judge.supports(statement, passage_of(evidence), self._judge.deadline(self._seconds))
        if sure is None:
            self._judge = None  # one wait is enough: it is down, or the machine is busy
        return sure


def passage_of(evidence: Sequence[Evidence]) -> str:
    """Evidence as a judge reads it: in one line, with a speaker whom the words do not name."""
    told = (f"({e.speaker}:) {e.text}" if e.speaker and e.speaker not in e.text else e.text for e in evidence)
    return " ".join(" ".join(told).split())
