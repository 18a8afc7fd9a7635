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
from rag.verification.carrying import Carrier

SUPPORT = Path(__file__).parent / "support.json"
"""Of each kind of judge the log-odds below which it refuses a statement, and from which it excuses a finding that may be a paraphrase."""
STRICT = frozenset({"number", "name", "quote-altered", "uncited", "negation"})
"""Findings that no judge excuses: rules are better at them than the judge that was tried, see evals/README.md."""
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


@dataclass(frozen=True, slots=True)
class Opinion:
    """What whoever reads a statement says of it."""

    sure: float
    """Log-odds that the evidence carries it."""
    limits: Limits
    whose: str


@cache
def limits(kind: str) -> Limits | None:
    """Of a kind of judge; None for one that is not asked about statements."""
    values: Mapping[str, Mapping[str, float]] = json.loads(SUPPORT.read_text(encoding="utf-8"))
    return Limits(**values[kind]) if kind in values else None


class Support:
    """Who reads statements beside their evidence, for one answer: a judge as long as it answers in time, else the model of our own."""

    def __init__(
        self,
        judge: Patient | None,
        embed: Callable[[Sequence[str]], Matrix] | None = None,
        *,
        carrier: Carrier | None = None,
        seconds: float = inf,
    ) -> None:
        """Nothing is asked yet.

        Args:
            judge: None, or one that is not asked about statements, for none.
            embed: Of the multilingual encoder; says whether a statement in another language than its evidence is near to it at all.
            carrier: Asked where no judge answers, about statements in the language of their evidence; None for rules alone.
            seconds: For a statement, beside the judge's own limit.
        """
        self._embed, self._carrier, self._seconds = embed, carrier, seconds
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
        opinion = self._opinion(statement, evidence)
        if opinion is None and self._is_far(statement, evidence):
            return Violation(
                statement,
                "unsupported",
                "the cited passage does not say this, as far as an encoder of both languages can tell",
            )
        if opinion is None or opinion.sure >= opinion.limits.refuse:
            return None
        return Violation(
            statement, "unsupported", f"read again by {opinion.whose}, the cited passage does not carry it"
        )

    def excuses(self, statement: str, found: Sequence[Violation], evidence: Sequence[Evidence]) -> bool:
        """Whether a reader is sure of a statement against which the rules find only what may be a paraphrase."""
        if {violation.kind for violation in found} & STRICT:
            return False
        opinion = self._opinion(statement, evidence)
        return opinion is not None and opinion.sure >= opinion.limits.excuse

    def _is_far(self, statement: str, evidence: Sequence[Evidence]) -> bool:
        if self._embed is None or not _crosses(statement, evidence):
            return False
        texts = [e.text for e in evidence]
        vectors = self._embed([statement, *texts, " ".join(texts)])
        return float(max(vectors[1:] @ vectors[0])) < _NEAR

    def _opinion(self, statement: str, evidence: Sequence[Evidence]) -> Opinion | None:
        passage = passage_of(evidence)
        if self._judge is not None and self._limits is not None:
            sure = self._judge.supports(statement, passage, self._judge.deadline(self._seconds))
            if sure is not None:
                return Opinion(sure, self._limits, self._judge.judge.name)
            self._judge = None  # one wait is enough: it is down, or the machine is busy
        own = limits("own")
        if self._carrier is None or own is None or _crosses(statement, evidence):
            return None
        return Opinion(self._carrier.log_odds(statement, passage), own, self._carrier.name)


def _crosses(statement: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a statement is in another language than its evidence."""
    return language_of(statement) not in {language_of(e.text) for e in evidence}


def passage_of(evidence: Sequence[Evidence]) -> str:
    """Evidence as a judge reads it: in one line, with a speaker whom the words do not name."""
    told = (f"({e.speaker}:) {e.text}" if e.speaker and e.speaker not in e.text else e.text for e in evidence)
    return " ".join(" ".join(told).split())
