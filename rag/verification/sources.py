"""Who is said to have said something: the subjects of saying verbs, and whom a text goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.texts import Text, Token

_SAY_STEMS = (
    "say says said saying|tell tells told telling|explain explains explained|add adds added|warn warns warned|argue argues argued|claim claims claimed"
    "|allege alleges alleged|acknowledge acknowledges acknowledged|note notes noted|state states stated|deny denies denied|confirm confirms confirmed"
    "|insist insists insisted|report reports reported|recall recalls recalled|suggest suggests suggested|testify testifies testified|believe believes believed"
    "|think thinks thought|describe describes described|admit admits admitted|conclude concludes concluded|announce announces announced|declare declares declared"
    "|predict predicts predicted|complain complains complained|dispute disputes disputed|scoffed|wrote|writes|estimate estimates estimated|reveal reveals revealed|show shows showed|maintain maintains maintained"
    "|dijo dijeron dice dicen|afirmo afirmaron afirma|explico explicaron explica|senalo senalaron senala|aseguro aseguraron asegura|conto contaron|agrego|declaro declararon"
    "|advirtio advirtieron|indico indicaron|sostuvo sostiene|informo informaron|cree creen|nego negaron|confirmo confirmaron"
)
SAYING = frozenset(_SAY_STEMS.replace("|", " ").split())
_WITH_THAT = frozenset(
    "report reports show shows note notes state states claim claims estimate estimates think thinks thought reported confirmed confirm confirms describe describes described "
    "denied deny denies suggest suggests suggested believe maintain maintains maintained showed reveal reveals revealed alleged estimated add adds added announce announced announces dispute disputes disputed declare declared".split()
)
"""Verbs that report only with "that" or a quotation behind them; many are nouns, or say something of a thing."""
_PASSIVE = frozenset("is are was were be been being es son fue fueron".split())
_SKIPPED = frozenset(
    "has have had also later then all both reportedly repeatedly again since never not did does do ha han he publicly now would could anonymously recently previously once tambien".split()
)
_PRONOUNS = frozenset("he she they it who which that i we you el ella ellos ellas que quien".split())
_OPENING = frozenset(
    "in on at during after before since while whereas when as for by with from despite under over en durante tras desde but and however meanwhile still yet although though".split()
)
_BEGIN_CLAUSE = frozenset("while whereas although though".split())
"""Of these the ones behind which a clause with its own subject stands, with or without a comma."""
_NO_SUBJECT = frozenset("that he she they it in on at during to que".split())
_TELLS = frozenset("tell tells told".split())
_PERSON_OPENING = frozenset("a an one another the two three several some many most his her their its".split())
"""Words that a noun phrase begins with; behind a saying verb they may be who speaks."""
_FINITE = re.compile(
    r"is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|do|does|did|said|says|\w+ed|went|came|took|made|became|began|fell|rose|ran|left|lost|won|held"
)
_INVERTED = 4
"""Words of a subject that stands between "should" and its verb."""
_VIEWS = frozenset(
    "assessment conclusion view estimate account telling opinion analysis judgment finding reckoning".split()
)
"""What somebody's claim is called: "by the ministry's own estimate"."""
_LONGEST = 28
"""Words of a noun phrase that names a source with its office."""
_ENDS_NOUN_PHRASE = frozenset("that who which while when but because adding and-said as que quien".split())


@dataclass(frozen=True, slots=True)
class Source:
    """Words that name who said something."""

    tokens: tuple[Token, ...]
    """Empty for a pronoun or nobody in particular."""
    sentence: int
    verb: Token

    @property
    def shown(self) -> str:
        """As an editor reads it."""
        return " ".join(token.raw for token in self.tokens)


@lru_cache(maxsize=128)
def sources(text: Text) -> tuple[Source, ...]:
    """Every source that a text names for something, in order."""
    found = []
    for place, token in enumerate(text.tokens):
        if (token.word == "to" and place and text.tokens[place - 1].word == "according") or token.word == "segun":
            found.append(
                Source(tuple(_phrase_after(text, place + 1, fronted=_is_fronted(text, place))), token.sentence, token)
            )
        elif token.word in SAYING and _says(text, place):
            found.append(Source(tuple(_subject(text, place)), token.sentence, token))
        elif token.word in _VIEWS and (owner := _owner(text, place)):
            found.append(Source(owner, token.sentence, token))
    return tuple(found)


def _owner(text: Text, place: int) -> tuple[Token, ...]:
    """Whose view it is: the possessive at the beginning of a sentence or behind "by" or "in", with "that" or a comma behind the noun."""
    last = place - (2 if text.tokens[place - 1].word == "own" else 1)
    if last < 0 or not text.flat.startswith(("'s", "'"), text.tokens[last].end):
        return ()
    behind = [token.word for token in text.tokens[place + 1 : place + 3]]
    if text.gap(place + 1)[:1] != "," and "that" not in behind:
        return ()
    first = last
    while first and not text.tokens[first].opens and text.tokens[first - 1].word not in ("by", "in"):
        first -= 1
        if last - first > _INVERTED:
            return ()
    return text.tokens[first : last + 1]


def _says(text: Text, place: int) -> bool:
    """Whether a word that may be a saying verb is one here."""
    before = text.tokens[place - 1] if place else None
    if before and (
        before.word in _PASSIVE or before.word in ("the", "a", "an", "to", "of", "no", "los", "las", "el", "la")
    ):
        return False
    if before and before.word in ("not", "been"):
        return False
    if any(token.word == "should" for token in text.tokens[max(0, place - _INVERTED) : place]):
        return False  # "should they insist"
    following = text.tokens[place + 1].word if place + 1 < len(text.tokens) else ""
    if following == "to" and text.tokens[place].word in ("believed", "thought", "estimated", "said", "reported"):
        return False  # "the ship, thought to be Greek"
    quoted = '"' in text.gap(place) or '"' in text.gap(place + 1)
    if text.tokens[place].word in _WITH_THAT:
        return following in ("that", "que", "how", "this", "so") or quoted
    return not (text.tokens[place].word in ("told", "tell") and following == "to" and not quoted and place == 0)


def _subject(text: Text, place: int) -> Iterator[Token]:
    before = list(_before(text, place))
    if before or (place and text.tokens[place - 1].word in _PRONOUNS and '"' not in text.gap(place)):
        yield from before
        return
    if text.tokens[place].word in _TELLS:
        return  # whoever is told something is not its source
    yield from _phrase_after(text, place + 1)


def _before(text: Text, place: int) -> Iterator[Token]:
    """The words before a verb that name its subject, without what the sentence opens with."""
    verb, n = text.tokens[place], place
    run: list[Token] = []
    while n > 0 and len(run) < _LONGEST:
        gap = text.gap(n)
        token = text.tokens[n - 1]
        if (
            '"' in gap
            or ";" in gap
            or token.sentence != verb.sentence
            or (n == place and "," in gap and len(run) == 0 and _inverted(text, place))
        ):
            break
        if token.word not in _SKIPPED or run:
            run.append(token)
        n -= 1
    run.reverse()
    if place and "," not in text.gap(place):
        cut = max((n for n in range(1, len(run)) if "," in text.flat[run[n - 1].end : run[n].start]), default=0)
        run = run[cut:] if not text.gap(place).strip() else run
    yield from _without_opening(text, run)


def _inverted(text: Text, place: int) -> bool:
    """Whether "…, said X" rather than "X, the head of Y, said", where another comma stands before."""
    following = text.tokens[place + 1] if place + 1 < len(text.tokens) else None
    if following is None or following.word in _NO_SUBJECT or text.tokens[place].word in _TELLS:
        return False
    if following.word in _PERSON_OPENING and _is_only_a_person(text, place + 1):
        return True
    sentence = text.tokens[place].sentence
    before = range(max(1, place - _LONGEST), place)
    return following.capital or not any("," in text.gap(n) for n in before if text.tokens[n - 1].sentence == sentence)


def _is_only_a_person(text: Text, place: int) -> bool:
    """Whether a noun phrase stands from here to the end of the sentence or to what is said of its noun, with no verb in it."""
    for n in range(place, len(text.tokens)):
        token = text.tokens[n]
        ends = n > place and ("," in text.gap(n) or '"' in text.gap(n) or token.sentence != text.tokens[place].sentence)
        if ends or token.word in ("who", "which", "that", "after", "when", "as"):
            return token.word != "that" and n > place + 1
        if _FINITE.fullmatch(token.word) and not token.capital:
            return False
    return True


def _without_opening(text: Text, run: list[Token]) -> list[Token]:
    """The run from behind "In 2018," or "But while the economy sank,"."""
    while run and run[0].word in _OPENING:
        comma = next((n for n in range(1, len(run)) if "," in text.flat[run[n - 1].end : run[n].start]), None)
        if comma is None:
            short = run[0].word in ("but", "and", "however", "meanwhile", "still", "yet")
            return run[1:] if short or run[0].word in _BEGIN_CLAUSE else []
        run = run[comma:]
    if run and run[-1].word in _PRONOUNS and len(run) < 3:
        return []
    return run


def _phrase_after(text: Text, place: int, *, fronted: bool = False) -> Iterator[Token]:
    """A noun phrase with its office: "Ana Ruiz, the head of the union"."""
    for n in range(place, min(len(text.tokens), place + _LONGEST)):
        token = text.tokens[n]
        gap = text.gap(n)
        if token.sentence != text.tokens[place].sentence or '"' in gap or (n > place and re.search(r"[;:(]|--", gap)):
            return
        if token.word in _ENDS_NOUN_PHRASE or token.word in SAYING or (n == place and token.word in _PRONOUNS):
            return
        if n > place and "," in gap and (fronted or not _is_apposition(text, n)):
            return
        yield token


def _is_fronted(text: Text, place: int) -> bool:
    """Whether "According to" opens its sentence, so that the claim itself stands behind the next comma."""
    return any(token.opens for token in text.tokens[max(0, place - 2) : place + 1])


def _is_apposition(text: Text, place: int) -> bool:
    token = text.tokens[place]
    if token.word in (
        "a",
        "an",
        "general",
        "national",
        "director",
        "head",
        "un",
        "una",
        "president",
        "minister",
        "coordinator",
        "and",
    ):
        return True
    return token.word in ("the", "el", "la") and place > 1 and text.tokens[place - 1].capital
