"""Edits after which a sentence says the same, or less, of the same; each gives None where it finds nothing to do or is not sure."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from rag.training.support_edits import has, whole
from rag.training.support_phrases import alike
from rag.training.support_verbs import past_of_participle

Keeping = Callable[[str, random.Random], str | None]
_SMALL = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
_TENS = {30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
_WORDS = {str(n): word for n, word in enumerate(_SMALL, start=2)} | {str(n): word for n, word in _TENS.items()}
_DIGITS = {word: digits for digits, word in _WORDS.items()}
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_NO_UNIT = r"(?! ?(?:%|percent|per cent|million|billion|trillion|BC|AD|pm|am|st|nd|rd|th)\b)(?![\w%.,:/-]\w)(?![%°])"
_DATED = rf"(?:[Ii]n|[Oo]n|[Dd]uring) (?:the )?(?:early |late |mid-|summer of |fall of |spring of |winter of )?(?:{_MONTH} ?)?(?:\d{{1,2}}, )?(?:\d{{1,2}} {_MONTH} )?(?:1\d{{3}}|20\d\d)s?"
_LEADING_DATE = re.compile(rf"({_DATED}), (?=[A-Z]|the |a |an |he |she |it |they )")
_TRAILING_DATE = re.compile(rf" ({_DATED})\.$")
_BETWEEN_COMMAS = re.compile(
    r", (?:an? |the |who |which |where |whose |also known as |formerly |now )[^,.;:()\"“”]{3,90},(?= (?:is|are|was|were|has|have|had|will|would|can|became|won|made|began|took|led|wrote|\w{2,}ed(?! (?:by|in|at|on|to|from|with|as|for)\b))\b)"
)
_TAIL = re.compile(
    r",(?: (?:who|which|where|making|including|such as|as well as|leaving|becoming|using|earning|giving)\b)[^.;:\"“”()]{5,140}\.$"
)
_PARENTHESIS = re.compile(r" ?\([^()]{2,120}\)")
_SECOND_CLAUSE = re.compile(
    r"(?:; |, and (?=(?:it|he|she|they) |(?:the|his|her|its|their|this) (?:\w+ ){1,4}(?:is|are|was|were|has|had)\b))[^.]{10,}\.$"
)
_SUBORDINATE = re.compile(
    r"(While|Although|Though|When|After|Before|As|Because|Since) ([^,.;:()\"]{12,90}), ([^,.;:()\"]{12,100})\."
)
_TRAILING_CLAUSE = re.compile(
    r"((?:The|An?|[A-Z]\w+)[^,.;:()\"]{12,100}),? (while|although|though|because|after|before|when) ((?:the|he|she|it|they|his|her|its|their|an?) [^,.;:()\"]{10,90})\."
)
_PASSIVE = re.compile(
    r"((?:[A-Z\"]|the )[^,.;:()]{2,60}?) (was|were) (?:(originally|first|later|also|formally|officially) )?([a-z]+) by ((?:(?:the|an?|his|her|its|their) )?[^,.;:()]{2,50}?)((?: (?:in|on|at|during|from|between|after|for|as|to|with|under) [^,;:()]{2,60})?)\."
)
_NO_AGENT = re.compile(r"\b(?:following|such as|adopted|called|with|means|way|\w+ing)\b")
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|who|which|that|and|but|or|to|by|being|when|while|such|it)\b")
_CAPITALISED = r"[A-Z][\w'-]{2,}(?: [A-Z][\w'-]{2,}){0,3}"
_ENUMERATION = re.compile(
    rf"(?<![.'-] )(?<![\w.-])({_CAPITALISED}), ({_CAPITALISED})(,? and )({_CAPITALISED})(?=[.;)])"
)
_NEGATED = re.compile(r"\b(?:not|no|never|only|unless|until|except|if|neither|without|however|but)\b|n't\b")
_MORE_THAN_ONE_CLAUSE = re.compile(
    r"\b(?:and|but|who|which|that|before|after|when|while|until|since|to|\w+ing|1\d{3}|20\d\d)\b"
)
_FILLER = re.compile(r"(?<=[a-z]) (?:also|subsequently|eventually|however,|therefore) (?=[a-z])")


def dropped(text: str, rng: random.Random) -> str | None:
    """Without one parenthesis, inserted clause, tail, second clause or leading date.

    >>> dropped("The tower, which is tall, was sold.", random.Random(1))
    'The tower was sold.'
    """
    options = [pattern.sub(new, text, count=1) for pattern, new in _DROPS if pattern.search(text)]
    if found := _LEADING_DATE.match(text):
        options.append(_capital(text[found.end() :]))
    options = [option for option in options if len(option.split()) >= 5 or len(text.split()) < 8]
    fit = [o for o in options if not _NEGATED.search(_removed(text, o)) and _is_whole(o)]
    return rng.choice(fit) if fit else None


def _is_whole(text: str) -> bool:
    """Whether quotation marks and parentheses come in pairs."""
    return text.count('"') % 2 == 0 and text.count("(") == text.count(")")


def _removed(text: str, shorter: str) -> str:
    """The characters that a text lost at one place, roughly."""
    place = next((n for n, (a, b) in enumerate(zip(text, shorter, strict=False)) if a != b), len(shorter))
    return text[place : place + len(text) - len(shorter)]


def compressed(text: str, rng: random.Random) -> str | None:
    """With two things or more dropped."""
    shorter = dropped(text, rng)
    shortest = dropped(shorter, rng) if shorter else None
    if shorter and not shortest and _FILLER.search(shorter):
        shortest = _FILLER.sub(" ", shorter, count=1)
    return shortest


def reordered(text: str, rng: random.Random) -> str | None:
    """With a date or a clause moved to the other end, or an enumeration in another order.

    >>> reordered("In 1912, the tower fell down again.", random.Random(1))
    'The tower fell down again in 1912.'
    """
    made = [move(text) for move in (_date_last, _date_first, _clause_last, _clause_first, _turned)]
    options = [option for option in made if option]
    return rng.choice(options) if options else None


def _date_last(text: str) -> str | None:
    found = _LEADING_DATE.match(text)
    rest = text[found.end() : -1] if found else ""
    if not found or "," in rest or ";" in rest or re.search(r"\b(?:and|but|who|which|that|1\d{3}|20\d\d)\b", rest):
        return None
    date = found.group(1)
    return f"{_capital(rest)} {date[0].lower()}{date[1:]}."


def _date_first(text: str) -> str | None:
    found = _TRAILING_DATE.search(text)
    rest = text[: found.start()] if found else ""
    if not found or "," in rest or ";" in rest or _MORE_THAN_ONE_CLAUSE.search(rest):
        return None
    return f"{_capital(found.group(1))}, {_small(rest)}."


def _clause_last(text: str) -> str | None:
    found = _SUBORDINATE.fullmatch(text)
    if not found or (found.group(1) in ("After", "Before", "As", "Since") and not _VERB.search(found.group(2))):
        return None
    return f"{_capital(found.group(3))} {found.group(1).lower()} {_small(found.group(2))}."


def _clause_first(text: str) -> str | None:
    found = _TRAILING_CLAUSE.fullmatch(text)
    if not found or re.search(r"\b(?:and|but|who|which|that|until|since|after)\b", found.group(1)):
        return None
    return f"{_capital(found.group(2))} {found.group(3)}, {_small(found.group(1))}."


def _turned(text: str) -> str | None:
    found = _ENUMERATION.search(text)
    if not found:
        return None
    first, second, joint, third = found.groups()
    return text[: found.start()] + f"{third}, {second}{joint}{first}" + text[found.end() :]


def active(text: str, rng: random.Random) -> str | None:
    """A passive sentence with its agent as subject.

    >>> active("The tower was built by Ada Brill in 1912.", random.Random(1))
    'Ada Brill built the tower in 1912.'
    """
    found = _PASSIVE.fullmatch(text)
    if not found:
        return None
    patient, _, adverb, participle, agent, rest = found.groups()
    verb = past_of_participle(participle)
    if (
        not verb
        or _VERB.search(patient.lower())
        or _VERB.search(agent)
        or _NEGATED.search(text)
        or _NO_AGENT.search(agent)
    ):
        return None
    if re.match(r"\d", agent) or re.search(r"(?:ing|ly)\b", agent.split()[0]):
        return None
    return _capital(f"{agent} {adverb + ' ' if adverb else ''}{verb} {_small(patient)}{rest}.")


def other_figures(text: str, rng: random.Random) -> str | None:
    """With a number or a date written in another way.

    >>> other_figures("Police held 12 men.", random.Random(1))
    'Police held twelve men.'
    """
    options = [option for write in _FIGURES if (option := write(text)) != text]
    return rng.choice(options) if options else None


def _spelled(text: str) -> str:
    if re.search(rf"{_MONTH} \d", text):
        return text
    return re.sub(
        rf"(?<![\w'-])([a-z]{{2,}} )({'|'.join(_WORDS)})(?= [a-z]{{3,}}){_NO_UNIT}", lambda m: m[1] + _WORDS[m[2]], text
    )


def _in_digits(text: str) -> str:
    return re.sub(
        rf"(?<![\w-]) ({'|'.join(_DIGITS)}) (?=[a-z]{{3,}})(?!of |million|billion|hundred|thousand)",
        lambda m: f" {_DIGITS[m.group(1)]} ",
        text,
    )


def _percent(text: str) -> str:
    if "%" in text:
        return re.sub(r"(?<=\d) ?%", " percent", text)
    return re.sub(r"(?<=\d) per ?cent\b", "%", text)


def _millions(text: str) -> str:
    """Millions as a word, or with all their digits."""
    if re.search(r"\d,\d00,000\b", text):
        return re.sub(r"\b(\d{1,3}),(\d)00,000\b", lambda m: f"{m[1]}.{m[2]} million".replace(".0 ", " "), text)
    return re.sub(r"\b(\d{1,3})(?:\.(\d))? million\b", lambda m: f"{m[1]},{m[2] or 0}00,000", text)


def _day(text: str) -> str:
    if re.search(rf"\b\d{{1,2}} {_MONTH} \d{{4}}", text):
        return re.sub(rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})", r"\2 \1, \3", text)
    return re.sub(rf"({_MONTH}) (\d{{1,2}}), (\d{{4}})", r"\2 \1 \3", text)


_FIGURES = (_spelled, _in_digits, _percent, _millions, _day)


def reworded(text: str, rng: random.Random) -> str | None:
    """With up to three phrases exchanged for others that say the same.

    >>> reworded("He fled from the jail.", random.Random(1))
    'He ran away from the prison.'
    """
    known = [(old, new) for old, new in alike() if has(text, old) and f"{old}'" not in text]
    rng.shuffle(known)
    taken: list[str] = []
    for old, new in known[:6]:
        if not any(old in t or t in old for t in taken) and len(taken) < 6:
            text = whole(old).sub(new, text)
            taken += [old, new]
    return text if taken else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    """With a small first letter, where the first word is no name."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in _OPENING else text


_OPENING = frozenset(
    "The A An He She It They His Her Its Their This These Those In On At There During Most Some Many All After Before".split()
)
_DROPS = (
    (_BETWEEN_COMMAS, ""),
    (_TAIL, "."),
    (_PARENTHESIS, ""),
    (_SECOND_CLAUSE, "."),
)
KEEPING: dict[str, Keeping] = {
    "clause dropped": dropped,
    "reordered": reordered,
    "active": active,
    "figures": other_figures,
    "synonyms": reworded,
    "compression": compressed,
}
"""Meaning-keeping edits by the kind of pair that they make."""
