"""Forms of English verbs, as far as questions and short statements need them."""

from __future__ import annotations

import re
from functools import cache

_IRREGULAR = """
arise arose arisen|be was been|bear bore borne|beat beat beaten|become became become|begin began begun|bend bent bent|bite bit bitten|blow blew blown|break broke broken
bring brought brought|build built built|burn burned burned|buy bought bought|catch caught caught|choose chose chosen|come came come|cost cost cost|cut cut cut
deal dealt dealt|do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed fed|feel felt felt|fight fought fought
find found found|fly flew flown|forget forgot forgotten|get got gotten|give gave given|go went gone|grow grew grown|have had had|hear heard heard|hide hid hidden
hit hit hit|hold held held|keep kept kept|kill killed killed|know knew known|lay laid laid|lead led led|learn learned learned|leave left left|lend lent lent|let let let
lose lost lost|make made made|mean meant meant|meet met met|pay paid paid|put put put|read read read|ride rode ridden|ring rang rung|rise rose risen|run ran run
say said said|see saw seen|seek sought sought|sell sold sold|send sent sent|set set set|shoot shot shot|show showed shown|shut shut shut|sing sang sung|sink sank sunk
sit sat sat|sleep slept slept|speak spoke spoken|spend spent spent|spread spread spread|stand stood stood|steal stole stolen|strike struck struck|swear swore sworn
swim swam swum|take took taken|teach taught taught|tell told told|think thought thought|throw threw thrown|wear wore worn|win won won|write wrote written
withdraw withdrew withdrawn|understand understood understood|overcome overcame overcome|undergo underwent undergone
""".replace("\n", "|")
_REGULAR = """
abolish accept acquire add adopt air allow announce appear approve arrive attack attend ban belong cause celebrate change close collapse compete complete conquer contain
control convert cover create cross declare defeat depend derive destroy develop die direct disappear discover divide earn elect emerge end enter establish evolve exist expand
explode fail fight fire form found gain happen host include increase introduce invade invent join land last launch legalize live locate lock lower marry migrate move murder
name obtain occur open operate oppose originate own pass perform play prevent produce promote protect provide publish receive record refer reign reject release remain remove
represent require retire return score separate serve settle sign smoke stay start stop study succeed support surrender survive transfer travel try turn use vote wait want
weigh work issue premiere import export produce apply conclude award
""".split()
PARTICIPLES_ONLY = frozenset("born located situated based called named set made shown".split())
_NOT_PARTICIPLES = frozenset(
    "united red hundred unlimited indeed speed seed feed need breed limited dead kingdom third bed shed sacred naked wicked children often seven eleven "
    "even open garden golden women men queen green screen teen ten oven token kitchen citizen heaven alien chicken wooden".split()
)


@cache
def _forms() -> dict[str, tuple[str, str]]:
    """Past and participle by base."""
    rows = [row.split() for row in _IRREGULAR.split("|") if row.strip()]
    found = {base: (past, participle) for base, past, participle in rows}
    return {base: (_regular_past(base),) * 2 for base in _REGULAR} | found


@cache
def _by_form(place: int) -> dict[str, str]:
    return {forms[place]: base for base, forms in _forms().items()}


def _regular_past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base in ("stop", "ban", "transfer", "occur", "refer"):
        return base + base[-1] + "ed"
    return base[:-1] + "ied" if re.search(r"[^aeiou]y$", base) else base + "ed"


def is_base(word: str) -> bool:
    """Whether it is a verb's base form that the tables know."""
    return word in _forms()


def past(base: str) -> str:
    """The simple past of a base form that the tables know.

    >>> past("win"), past("study"), past("stop")
    ('won', 'studied', 'stopped')
    """
    return _forms()[base][0]


def base_of_past(word: str) -> str | None:
    """The base form of a simple past, if the tables know it.

    >>> base_of_past("won"), base_of_past("red")
    ('win', None)
    """
    return None if word in ("read", "put", "set", "cut", "let", "cost", "hit", "spread") else _by_form(0).get(word)


def base_of_third(word: str) -> str | None:
    """The base form of a third person singular, if the tables know it.

    >>> base_of_third("builds")
    'build'
    """
    return _thirds().get(word)


@cache
def _thirds() -> dict[str, str]:
    ambiguous = (
        "name",
        "star",
        "study",
        "place",
        "record",
        "work",
        "fight",
        "attack",
        "cost",
        "issue",
        "award",
        "use",
        "land",
        "form",
        "play",
        "show",
    )
    return {third(base): base for base in _forms() if base not in (*ambiguous, "be")}


def past_of_participle(word: str) -> str | None:
    """The simple past of a participle, if the tables know it.

    >>> past_of_participle("written")
    'wrote'
    """
    base = _by_form(1).get(word)
    return past(base) if base else None


def third(base: str) -> str:
    """The third person singular.

    >>> third("go"), third("have"), third("carry")
    ('goes', 'has', 'carries')
    """
    if base in ("have", "be"):
        return "has" if base == "have" else "is"
    if re.search(r"(?:s|sh|ch|x|z|o)$", base):
        return base + "es"
    return base[:-1] + "ies" if re.search(r"[^aeiou]y$", base) else base + "s"


def is_participle(word: str) -> bool:
    """Whether a word looks like a past participle.

    >>> [is_participle(w) for w in ("written", "founded", "united", "bridge")]
    [True, True, False, False]
    """
    if word in _NOT_PARTICIPLES:
        return False
    return word in PARTICIPLES_ONLY or word in _by_form(1) or (len(word) > 4 and word.endswith("ed"))
