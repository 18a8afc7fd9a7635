"""Sentences to speakers: whose words or claim a sentence is, in the document's own characters.

Found are the reporting clause of a quotation ("…," explained General X, the head of Y; "…," X told Z; X said: "…"), the source of a
report without quotation marks (according to X; X told Z that …), and a pronoun's speaker where the paragraph before, or the
sentence before in the same paragraph, names one. What is not found is None: the publisher's own words, or unknown.
"""

from __future__ import annotations

import re

from rag.documents.sentences import quotation_spans

_VERB = (
    r"(?:said|says|told|tells|explained|explains|added|adds|warned|argued|claimed|alleged|acknowledged|noted|stated|denied|"
    r"confirmed|scoffed|insisted|reported|recalled|suggested|testified|wrote|writes|reads?|asked|replied|concluded|admitted|"
    r"dijo|afirmó|explicó|señaló|aseguró|contó|agregó|declaró|advirtió|indicó|sostuvo)"
)
_PRONOUN = re.compile(r"(?:he|she|they|él|ella)\b", re.IGNORECASE)
_CUT = re.compile(
    r"\s*(?:\([^)]*\)(?=$|[,.]| (?:told|said))|\([^)]*$|\"|“|;|,? (?:who|whom|whose) (?:asked|requested|spoke|declined|wished|preferred|did not|didn)|, (?:who|whose|which|speaking|adding|referring|citing|most of|some of|in an?|quien|que)\b"
    r"| that (?:never|did|has|had|was|is|contain)| as (?:she|he|they) |\.$| -{1,2} ?\b|, (?:\w+ly|but)\b)"
)
_AFTER_VERB_FIRST = re.compile(rf"^\W*(?:{_VERB})\s+(?P<who>(?!that\b|in\b|on\b|of\b|to\b).+)")
_AFTER_WHO_FIRST = re.compile(rf"^\W*(?P<who>[^\"“]*?)\s+(?:also |later |then |has |have )?{_VERB}\b")
_BEFORE = re.compile(rf"(?:^|[.;,] )(?P<who>[^\"“;]+?)\s+(?:also |later |then )?{_VERB}\b[^\"“.]{{0,60}}[,:]?\s*$")
_ACCORDING = re.compile(r"\b(?:according to|según)\s+(?P<who>.+)", re.IGNORECASE)
_TOLD = re.compile(
    rf"^(?P<who>.{{3,200}}?),?\s+(?:also |later |all |has |have |had )?(?:{_VERB}|describe|spoke)\s+(?:to )?(?:InSight Crime|reporters|investigators|that\b|finding\b|the court)"
    rf"|^(?P<who2>[^,]{{3,80}}?)\s+(?:has |have )?(?:said|suggested|argued|claimed|denied|warned|acknowledged)\b"
    rf"|(?:^|, )(?P<who3>[^,]{{3,120}})\s+(?:told|said to) [A-Z][\w ]+(?:in \d{{4}})?\.$"
    rf"|^(?P<who4>.{{3,200}}?),\s+said\b"
    rf"|^(?P<who6>.{{3,250}}?)\s+all describes?\b"
    rf"|^(?P<who5>.{{3,300}}?),?\s+(?:have |has )?(?:shown?|shows|showed|reveals?|revealed|found|discovered)\s+(?:that|how)\b"
)
_LEAD = re.compile(
    r"^(?:(?:In|At|On|For|But|And|However|Meanwhile|Still|Yet|There|Later|Much|Like|As|While|After|Before|Since|With|Despite)\b"
    r"[^,]{0,80}, |But |And )"
)
_INTRODUCED = re.compile(r"^(?P<who>(?:One|A|An|Another|The)\s[^,]{3,80}), who (?:spoke|talked) (?:to|with)\b")
_MIN_SPEECH_WORDS = 4


def find_speakers(paragraphs: list[list[str]]) -> list[list[str | None]]:
    """The speaker of each sentence of each paragraph; both lists have the same shape."""
    found: list[list[str | None]] = []
    earlier: str | None = None
    for sentences in paragraphs:
        speakers: list[str | None] = []
        current: str | None = None
        for sentence in sentences:
            named = _speaker(sentence)
            if named and _PRONOUN.fullmatch(named):
                named = current or earlier
            elif named is None and _is_speech_only(sentence):
                named = current
            current = named or _introduced(sentence) or current
            speakers.append(named)
        found.append(speakers)
        earlier = current
    return found


def _introduced(sentence: str) -> str | None:
    match = _INTRODUCED.match(sentence)
    return match["who"] if match else None


def _is_speech_only(sentence: str) -> bool:
    spans = quotation_spans(sentence)
    return bool(spans) and spans[0][0] == 0 and len(sentence) - spans[-1][1] <= 1


def _speeches(sentence: str) -> list[tuple[int, int]]:
    """Quotations long enough to be speech rather than a term or a nickname."""
    return [
        (start, end)
        for start, end in quotation_spans(sentence)
        if len(sentence[start:end].split()) >= _MIN_SPEECH_WORDS or (start == 0 and sentence[end - 2] in ",?!")
    ]


def _speaker(sentence: str) -> str | None:
    """The speaker that the sentence itself names."""
    speeches = _speeches(sentence)
    for index, (start, end) in enumerate(speeches):
        stop = speeches[index + 1][0] if index + 1 < len(speeches) else len(sentence)
        for pattern, text in (
            (_AFTER_VERB_FIRST, sentence[end:stop]),
            (_ACCORDING, sentence[end:stop]),
            (_AFTER_WHO_FIRST, sentence[end:stop]),
            (_BEFORE, sentence[:start]),
        ):
            if (match := pattern.search(text)) and (who := _trim(match["who"])):
                return who
    return None if speeches and not _outside(sentence, speeches) else _reported(sentence)


def _outside(sentence: str, speeches: list[tuple[int, int]]) -> str:
    return sentence[: speeches[0][0]].strip() + sentence[speeches[-1][1] :].strip(" .")


def _reported(sentence: str) -> str | None:
    """The source of a claim that is reported without quotation marks."""
    if match := _ACCORDING.search(sentence):
        who = match["who"]
        return _trim(who.split(",")[0] if match.start() == 0 else who)
    if match := _TOLD.search(sentence):
        return _trim(next(group for group in match.groupdict().values() if group))
    return None


def _trim(who: str) -> str | None:
    """The noun phrase, without the clauses around it."""
    who = _LEAD.sub("", who.strip())
    if cut := _CUT.search(who):
        who = who[: cut.start()]
    who = who.strip(" ,.;:-")
    return who if 2 <= len(who) <= 300 else None
