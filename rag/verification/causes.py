"""One thing is told as the cause or the purpose of another only where a passage does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.verification.findings import Finding
from rag.verification.texts import Text, content_roots

_TELLS_CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|led to|leads to|leading to|caus(?:ed|es|ing)|as a (?:direct )?(?:result|consequence)|thanks to|in response to|therefore"
    r"|so that|in order to|result(?:ed|ing|s) in|owing to|prompt(?:ed|ing|s)|trigger(?:ed|ing|s)?|in retaliation for|consequently|on account of|spark(?:ed|ing|s)"
    r"|in revenge for|forc(?:ed|ing) (?=\w+ to)|which is why|that is why|for (?:this|that) reason|porque|debido a|a causa de|gracias a|provoc(?:o|aron|ando)"
    r"|caus(?:o|aron)|por eso|por lo tanto|como resultado|en respuesta a|para que)\b"
)
_HAS_CAUSE = re.compile(
    r"\b(?:because|due|since|thanks|(?:un)?le(?:a)?d(?:s|ing)?(?= (?:to|\w+ to))|caus\w+|result\w*|consequen\w*|owing|respon[sd]\w*|prompt\w*|trigger\w*|driv\w+|drove|driven|allow\w*|forc\w+|mak(?:e|es|ing)|made"
    r"|contribut\w+|factors?|reasons?|why|so|therefore|thus|hence|order to|aim\w*|goal|purpose|giv(?:en|ing)|help\w*|enabl\w+|boost\w*|spark\w*|fuel\w*|stem\w*|blam\w+|explain\w*|creat\w+"
    r"|produc\w+|impact\w*|affect\w*|react\w*|for fear|fear\w*|as|by \w+ing|retaliat\w+|revenge|motiv\w+|inspir\w+|bring\w*|brought|follow\w*|push\w*|pressur\w+|compel\w*|encourag\w+|generat\w+|provok\w+"
    r"|leav(?:ing|es)|after \w+ing|amid|under|effects?|sent|send\w*|with the|in (?:view|light)|attribut\w+|trac(?:ed|es)|behind|root\w*|brew\w*|mean\w*|impli\w+|impl(?:y|ies)|influenc\w+|in the wake|accordingly"
    r"|to \w+|left|open\w* the|transform\w*|turn\w* \w+ into|in exchange|payment for|for \w+ing|punish\w*|over|on suspicion|accus\w+"
    r"|porque|debido|causa\w*|gracias|provoc\w+|por eso|por lo tanto|resultado|respuesta|para|pues|ya que|motivo\w*|razon\w*|hizo|llev\w+ a|gener\w+|oblig\w+)\b"
)
_PURPOSE = re.compile(r"so that|in order to|para que")
_WEAK = re.compile(
    r"\b(?:as|to \w+|by \w+ing|under|over|so|with the|sent|send\w*|follow\w*|left|open\w* the|made|mak(?:e|es|ing)|leav(?:ing|es))\b"
)
"""Marks that often have nothing to do with causes; they answer for a purpose, or for a cause between words of their own sentence."""

_AS = re.compile(
    r"(?<!such )(?<!well )(?<!much )(?<!many )(?<!far )(?<!soon )(?<!known )(?<!same )\bas (?!an?\b|well\b|part\b|far\b|much\b|many\b|soon\b|it became)(?:\w+ ){1,4}\w+"
)
"""The word "as" where it begins a clause, which may tell a cause."""


def unsupported_causes(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """A finding where the statement tells a cause and no passage has one between the same matters.

    >>> from rag.verification.texts import read
    >>> told = read("The market closed because the bridge fell.")
    >>> [f.kind for f in unsupported_causes(told, [read("The market closed. The bridge fell in May.")])]
    ['unsupported']
    """
    match = _TELLS_CAUSE.search(statement.flat)
    same = [text for text in passages if text.language == statement.language]
    if not match or not same or any(_tells(text, statement, match.group()) for text in same):
        return []
    return [Finding("unsupported", f"“{match.group()}”: no cited passage tells it as a cause")]


def _tells(text: Text, statement: Text, mark: str) -> bool:
    """Whether a sentence that shares words with the statement has a cause in it, or a purpose where one is told."""
    for sentence in text.sentences():
        if len(content_roots(sentence) & statement.roots) < min(2, len(statement.roots)):
            continue
        part = text.flat[sentence[0].start : sentence[-1].end]
        if _AS.search(part):
            return True
        marks = [found.group() for found in _HAS_CAUSE.finditer(part)]
        if any(_PURPOSE.fullmatch(mark) or not _WEAK.fullmatch(found) for found in marks):
            return True
    return False
