"""One thing is told as the cause, the purpose or the price of another only where a passage does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.verification.findings import Finding
from rag.verification.sources import SAYING
from rag.verification.synonyms import alike
from rag.verification.texts import Text, Token

_CAUSE = (
    r"because(?: of)?|due to|le(?:d|ads?|ading) (?:directly |indirectly |in turn )?to|caus(?:ed|es|ing)|as a (?:direct )?(?:result|consequence)|thanks to|in (?:response|reaction) to|therefore"
    r"|result(?:ed|ing|s)? in|owing to|prompt(?:ed|ing|s)|trigger(?:ed|ing|s)?|in retaliation for|consequently|on account of|spark(?:ed|ing|s)|in revenge for"
    r"|forc(?:ed|ing|es) (?=(?:\w+ ){1,5}(?:to|into|out))|(?:which|that|this) is (?:why|what)|is what|for (?:this|that) reason|fuel(?:l?ed|s|l?ing)|enabl(?:ed|es|ing)|paved the way|pav(?:es|ing) the way"
    r"|g(?:a|i)ve(?:s|n)? rise to|br(?:ought|ings?|inging) about|made (?:it )?possible|makes (?:it )?possible|set off|stem(?:s|med|ming) from|as a result|in consequence|provok(?:ed|es|ing)|contribut(?:ed|es|ing) to"
    r"|(?:plung|push|tip|drag|dragg|tipp|throw|hurl|driv|send)(?:ed|es|s|ing|e|n)? (?:\w+(?:'s)? ){1,6}in(?:to)|(?:sent|drove|threw) (?:\w+(?:'s)? ){1,6}in(?:to)|(?:sent|sends|sending) (?:\w+(?:'s)? ){1,4}(?:soaring|plunging|tumbling|spiral\w*|up|down)"
    r"|dr(?:ove|iven|iving|ives) (?:up|down|out|away)|(?:pushed|pushing|pushes) (?:up|down)|thereby|accounts? for|is the (?:reason|cause)|was the (?:reason|cause)|the reason (?:why|for|that)|allow(?:ed|ing|s) (?=(?:\w+ ){1,5}to )"
    r"|porque|debido a|a causa de|gracias a|provoc(?:o|aron|ando)|caus(?:o|aron)|por eso|por lo tanto|como resultado|en respuesta a"
)
_PURPOSE = r"so that|in order to|with the (?:aim|goal|purpose) of|para que"
_EXCHANGE = r"in (?:return|exchange) for|as (?:payment|compensation|a reward) for|a cambio de"
_TELLS = re.compile(rf"\b(?:(?P<exchange>{_EXCHANGE})|(?P<purpose>{_PURPOSE})|(?P<cause>{_CAUSE}))(?!\w)")

_STRONG = re.compile(
    r"\b(?:because|(?<=, )so|due to|since|thanks to|(?:un)?le(?:a)?d(?:s|ing)?(?= (?:to|\w+ to))|caus\w+|result\w*|consequen\w*|owing|prompt\w*|trigger\w*|driv\w+|drove|allow\w*|permit\w*|forc(?:e|ed|es|ing)|mak(?:e|es|ing)|made"
    r"|contribut\w+|factors?|reasons?|why|therefore|thus|hence|giv(?:en|ing|e|es)|gave|help\w*|enabl\w+|boost\w*|spark\w*|fuel\w*|stem\w*|blam\w+|explain\w*(?= (?:why|how|the))|creat\w+|compel\w*|oblig\w+|meant|means"
    r"|produc\w+|impact\w*|affect\w*|react\w*|for fear|fear\w*|retaliat\w+|revenge|motiv\w+|inspir\w+|bring\w*|brought|push\w*|pressur\w+|encourag\w+|generat\w+|provok\w+|spur\w*|energi\w+|foster\w*|pav\w+|opportunit\w+"
    r"|leav(?:ing|es)|effects?|in (?:view|light|response|reaction)|attribut\w+|trac(?:ed|es)|root\w*|brew\w*|impl(?:y|ies|ied|ications?)|influenc\w+|in the wake|accordingly|so (?:\w+ )?that|could not|couldn't|require\w*|need\w*|necessary|necessit\w+"
    r"|transform\w*|turn\w* (?:\w+ )?into|in exchange|in return|payment for|punish\w*|on suspicion|accus\w+|answer\w*|plung\w+|open\w* the|advantage|leverag\w+|benefit\w*|exploit\w*|profit\w*|capitali\w+"
    r"|porque|debido|causa\w*|gracias|provoc\w+|por eso|por lo tanto|resultado|respuesta|pues|ya que|motivo\w*|razon\w*|hizo|llev\w+ a|gener(?:a|o|aron|ando)|obligo|obligaron)\b"
)
"""Marks that tell a cause of what stands in their sentence."""
_WEAK = re.compile(
    r"\b(?:respond\w*|response|follow\w*(?! (?:year|month|week|day)s?\b)|by \w+ing|with the|so|sent|send\w*|left (?:\w+ ){1,5}(?:without|dead|homeless|unable|\w+ed)|under|for \w+ing|to \w+|after \w+ing|behind|allows?|para|aim\w*|goal|purpose|order to)\b"
)
"""Marks that often have nothing to do with causes; they answer for what stands in their own clause."""
_AIMS = re.compile(
    r"\b(?:to \w+|so that|order to|aim\w*|goal|purpose|intend\w*|plan\w*|want\w*|hop(?:e|es|ed|ing)|for \w+ing|seek\w*|sought|para|so)\b"
)
_PAID = re.compile(
    r"\b(?:in (?:return|exchange)|exchang\w+|swap\w*|trad(?:e|ed|es|ing)|pay\w*|paid|reward\w*|compensat\w+|charg\w+|price|cost|fee|for (?:money|cash|favou?rs)|bargain|deal|a cambio|pag\w+)\b"
)
_BACK = re.compile(
    r"(?:this|that|these|it|why|because|as a result|consequently|therefore|thus|so|and|the (?:result|effect)|such)\b"
)
"""How a sentence begins whose cause may stand in the one before."""


def unsupported_causes(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """A finding where the statement tells a cause and no passage has one between the same matters.

    >>> from rag.verification.texts import read
    >>> told = read("The market closed because the bridge fell.")
    >>> [f.kind for f in unsupported_causes(told, [read("The market closed. The bridge fell in May.")])]
    ['unsupported']
    """
    same = [text for text in passages if text.language == statement.language]
    for match in _TELLS.finditer(statement.flat) if same else ():
        sides = _sides(statement, match)
        if not _links(same, sides, match.lastgroup or ""):
            return [Finding("unsupported", f"“{match.group()}”: no cited passage tells it as a cause")]
    return []


def _sides(statement: Text, match: re.Match[str]) -> list[frozenset[str]]:
    """Roots of the words before and behind a mark in its sentence, and of their synonyms; where it opens the sentence, around the comma."""
    here = next((t for t in statement.tokens if t.end > match.start()), statement.tokens[-1])
    start, end = match.span()
    if match.lastgroup == "cause" and match.group().rsplit(" ", 1)[-1] in ("in", "into"):
        end = start + match.group().index(" ")
    sentence = [t for t in statement.tokens if t.sentence == here.sentence]
    if here is sentence[0] and (comma := statement.flat.find(",", end)) > 0:
        start = end = comma
    parts = ([t for t in sentence if t.end <= start], [t for t in sentence if t.start >= end])
    return [frozenset(root for t in part if _counts(t) for root in (t.word, *alike(t.root))) for part in parts]


def _counts(token: Token) -> bool:
    return token.content and token.word not in SAYING


def _links(passages: Sequence[Text], sides: list[frozenset[str]], kind: str) -> bool:
    """Whether a passage has a mark of the kind with a word of either side around it; a sentence may go on from the passage before."""
    before: list[Token] = []
    for text, sentence in [(passage, sentence) for passage in passages for sentence in passage.sentences()]:
        flat = text.flat[sentence[0].start : sentence[-1].end]
        window = [*before, *sentence] if _BACK.match(flat) else sentence
        before = window if len(sentence) == 1 else sentence  # "Why?"
        if kind == "exchange":
            if _PAID.search(flat) and _both(sides, window):
                return True
            continue
        if kind == "purpose" and _AIMS.search(flat) and _both(sides, window):
            return True
        if _STRONG.search(flat) and _both(sides, window):
            return True
        if any(_WEAK.search(_flat(text, clause)) and _both(sides, clause) for clause in _clauses(sentence)):
            return True
    return False


def _both(sides: list[frozenset[str]], tokens: Sequence[Token]) -> bool:
    there = {key for token in tokens if _counts(token) for key in (token.root, token.word)}
    return all(not side or side & there for side in sides)


def _clauses(sentence: Sequence[Token]) -> Iterator[list[Token]]:
    numbers = sorted({token.clause for token in sentence})
    yield from ([t for t in sentence if t.clause == number] for number in numbers)


def _flat(text: Text, tokens: Sequence[Token]) -> str:
    return text.flat[tokens[0].start : tokens[-1].end]
