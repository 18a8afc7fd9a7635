"""All rules over one statement."""

from __future__ import annotations

from collections.abc import Sequence

from rag.verification.addition import additions
from rag.verification.amounts import unsupported_figures
from rag.verification.attribution import wrong_sources
from rag.verification.causes import unsupported_causes
from rag.verification.certainty import overstated
from rag.verification.crossing import crossed
from rag.verification.findings import Evidence, Finding
from rag.verification.groups import absent_actors
from rag.verification.insertions import inserted
from rag.verification.names import Known, unknown_names
from rag.verification.polarity import contradictions
from rag.verification.quoting import altered_quotes
from rag.verification.texts import read


def check(statement: str, evidence: Sequence[Evidence]) -> list[Finding]:
    """In what a statement goes beyond the passages that it cites; empty when no rule objects.

    Figures, names and quotations are compared between any languages; the rules that compare wording apply only to passages in
    the language of the statement.

    >>> check("Thirteen men were held in Lima.", [Evidence("Police held 12 men in Lima.")])
    [Finding(kind='number', detail='“Thirteen” is not in the cited passage, which has “12”')]

    Raises:
        ValueError: the statement is empty.
    """
    if not statement.strip():
        raise ValueError("the statement is empty; expected a sentence")
    if not evidence:
        return [Finding("uncited", "it cites no passage")]
    told = read(statement)
    passages = [read(item.text) for item in evidence]
    around = [read(part) for item in evidence for part in (item.speaker, item.about) if part]
    found = altered_quotes(statement, evidence)
    found += unsupported_figures(told, [*passages, *around])
    found += unknown_names(told, Known.of([*passages, *around]))
    found += absent_actors(told, [*passages, *around])
    found += contradictions(told, passages)
    found += wrong_sources(told, evidence)
    found += overstated(told, passages)
    found += unsupported_causes(told, passages)
    found += additions(told, evidence)
    found += inserted(told, passages, around)
    found += crossed(told, evidence)
    return list(dict.fromkeys(found))
