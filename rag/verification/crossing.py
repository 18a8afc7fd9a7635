"""A statement in another language than its passages: denials, doubts and speakers, as far as words of both languages tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.verification.certainty import hedges
from rag.verification.findings import Evidence, Finding
from rag.verification.texts import Text, read

_DENIES = {
    "en": re.compile(
        r"\b(?:not(?! only)|no(?! longer than)|never|none|nobody|nothing|nor|neither|without|cannot|\w+n't|den(?:y|ied|ies|ying)|refus\w+|reject\w+|fail\w*|lack\w*|unable|prevent\w*|stop\w*|absen\w+|avoid\w*|hardly|few|little|limit\w+|end(?:ed)?|halt\w*|dismiss\w*)\b"
    ),
    "es": re.compile(
        r"\b(?:no(?! solo| solamente)|nunca|jamas|ni|sin|tampoco|ningun[oa]?|nadie|nada|neg(?:o|aron|ar|ando)|niega\w*|rechaz\w+|fracas\w+|fall(?:o|aron)|falt\w+|carec\w+|incapaz|impid\w+|impedir|ausen\w+|evit\w+|apenas|poc[oa]s?|limit\w+|dej(?:o|aron|a|an) de|desment\w+)\b"
    ),
}
"""Words that deny, refuse or fail; what one language says with "not" the other may say with "fail"."""
_HEDGES_ES = re.compile(
    r"\b(?:puede[n]?|podria[n]?|pudo|pudieron|quizas?|tal vez|posibl\w+|probabl\w+|presunt\w+|supuest\w+|al parecer|aparente\w*|habria[n]?|seria[n]?|segun|di(?:jo|jeron|ce|cen)|afirm\w+|asegur\w+|declar\w+|sospech\w+|cree[n]?|creia[n]?|estim\w+|parece[n]?|aleg\w+|denunci\w+|acus\w+|indic\w+|sugier\w+|rumor\w*|informes?|report\w+|consider\w+|intent\w+|busc\w+|quier\w+|plane\w+|advirti\w+|explic\w+|señal\w+|senal\w+|describ\w+|cont(?:o|aron)|relat\w+|testi\w+)\b"
)
"""Of doubt, of intention and of saying: either of the latter keeps the doubt of a source."""
_SAYS_ES = re.compile(
    r"\b(?:segun|di(?:jo|jeron|ce|cen)|afirm\w+|asegur\w+|declar\w+|explic\w+|senal\w+|denunci\w+|acus\w+|describ\w+|advirti\w+|cont(?:o|aron)|relat\w+|cree[n]?|consider\w+|testi\w+|de acuerdo con|en palabras de|coment\w+|indic\w+|agreg\w+|inform\w+|sostien\w+|sostuv\w+|calific\w+|estim\w+|alert\w+|reconoc\w+|admit\w+)\b"
)


def crossed(statement: Text, evidence: Sequence[Evidence]) -> list[Finding]:
    """Findings for a Spanish statement on English passages; empty for languages that are the same, or that no rule knows.

    >>> told = read("Los guardias no vieron el barco.")
    >>> [f.kind for f in crossed(told, [Evidence("The guards saw the boat.")])]
    ['negation']
    """
    passages = [read(item.text) for item in evidence]
    if statement.language != "es" or any(text.language != "en" for text in passages):
        return []
    return [*_denied(statement, passages), *_plain(statement, passages), *_unsaid(statement, evidence)]


def _denied(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """A denial on one side only; the passages deny where every one of them does."""
    mine, theirs = _DENIES["es"].search(statement.flat), [_DENIES["en"].search(text.flat) for text in passages]
    if mine and not any(theirs):
        yield Finding("negation", f"it denies (“{_shown(statement, mine)}”) what the cited passage does not deny")
    if not mine and all(theirs):
        first = next(match for match in theirs if match)
        yield Finding("negation", f"the cited passage denies (“{_shown(passages[0], first)}”), and it does not")


def _plain(statement: Text, passages: Sequence[Text]) -> Iterator[Finding]:
    """A doubt of every passage that the statement does not have."""
    theirs = [hedges(text) for text in passages]
    if all(theirs) and not _HEDGES_ES.search(statement.flat):
        yield Finding("certainty", f"it leaves out “{theirs[0][0].shown}”")


def _unsaid(statement: Text, evidence: Sequence[Evidence]) -> Iterator[Finding]:
    """Somebody's words told as the document's own."""
    speakers = [item.speaker for item in evidence]
    if not all(speakers) or _SAYS_ES.search(statement.flat):
        return
    yield Finding("speaker", f"it does not say that these are the words of {speakers[0]}")


def _shown(text: Text, match: re.Match[str]) -> str:
    return text.raw[match.start() : match.end()]
