"""Words that say the opposite of each other, in news."""

from __future__ import annotations

from functools import lru_cache

from rag.verification.texts import root_of

_PAIRS = """
confirm/deny admit/deny acknowledge/deny accept/reject approve/reject adopt/reject approve/veto win/lose gain/lose rise/fall rise/drop rise/decline
rise/shrink rise/plunge rise/plummet climb/fall climb/drop increase/decrease increase/decline increase/fall increase/drop increase/reduce
increase/shrink increase/diminish grow/shrink grow/decline grow/fall raise/lower raise/cut raise/reduce boost/cut boost/reduce expand/shrink
expand/reduce expand/contract succeed/fail success/failure pass/fail opened/closed reopen/close arrest/release arrest/free capture/release
capture/free detain/release detain/free imprison/free jail/free acquit/convict enter/leave enter/exit arrive/depart stay/leave remain/leave
include/exclude allow/forbid allow/ban allow/prohibit allow/prevent allow/block allow/bar permit/forbid permit/ban permit/prohibit legal/illegal
legalize/ban lawful/unlawful strengthen/weaken strong/weak strength/weakness cooperate/clash cooperate/fight cooperate/compete ally/rival ally/enemy
friend/enemy support/oppose back/oppose endorse/oppose support/criticize praise/criticize praise/condemn praise/denounce known/unknown public/private
public/secret secret/open love/hate hire/fire hire/dismiss appoint/dismiss appoint/remove elect/oust join/leave join/quit begin/end begin/stop begin/cease
start/stop start/end start/finish continue/stop continue/cease continue/end launch/cancel launch/end create/destroy build/demolish build/destroy
create/abolish establish/abolish establish/dissolve attack/defend attack/protect threaten/protect buy/sell import/export lend/borrow
send/receive give/take pay/receive borrow/repay safe/dangerous safe/unsafe secure/vulnerable rich/poor wealthy/poor easy/difficult easy/hard simple/complex
high/low big/small large/small long/short new/old young/old early/late urban/rural upper/lower guilty/innocent convict/exonerate
male/female man/woman boy/girl husband/wife father/mother brother/sister son/daughter alive/dead survive/die kill/rescue kill/save murder/rescue
positive/negative good/bad better/worse best/worst improve/worsen improve/deteriorate improve/decline progress/setback majority/minority
victory/defeat win/defeat profit/loss surplus/deficit present/absent presence/absence temporary/permanent partial/complete partial/total
voluntary/forced voluntarily/forcibly willing/unwilling armed/unarmed local/foreign domestic/foreign national/local import/export
accelerate/slow quick/slow fast/slow rapid/slow hot/cold warm/cold wet/dry heavy/light full/empty united/divided unite/divide centralized/decentralized
uniform/diverse loose/tight clear/unclear certain/uncertain likely/unlikely possible/impossible common/rare frequent/rare often/rarely
usually/rarely always/never agree/disagree agree/refuse agree/oppose accept/refuse obey/defy comply/defy comply/refuse trust/distrust honor/breach keep/break
lift/impose tighten/loosen tighten/relax ease/tighten ease/impose suspend/resume halt/resume stop/resume delay/advance postpone/advance
hide/reveal conceal/reveal hide/expose conceal/expose remember/forget follow/ignore connect/separate unite/separate attract/repel
recruit/expel admit/expel welcome/expel welcome/reject welcome/criticize optimistic/pessimistic friendly/hostile peaceful/violent peace/war
ceasefire/offensive victim/perpetrator profitable/unprofitable north/south east/west northern/southern eastern/western inside/outside above/below
domestic/international ascend/descend former/current healthy/sick dependent/independent formal/informal visible/invisible
permanent/short-lived cheap/expensive advance/retreat gain/cede occupy/abandon occupy/withdraw deploy/withdraw surround/leave evict/admit
ruling/opposition denied/granted grant/deny grant/refuse grant/revoke issue/revoke extradite/release near/distant close/distant homogenous/diverse
"""
_SPANISH = """
confirmo/nego subio/bajo aumento/disminuyo aumentaron/disminuyeron gano/perdio abrio/cerro detuvo/libero entro/salio aprobo/rechazo
acepto/rechazo permitio/prohibio crecio/cayo legal/ilegal apoyo/rechazo inicio/termino fuerte/debil norte/sur este/oeste
"""
_PREFIXED = ("un", "in", "im", "il", "ir", "dis", "non", "de")
_ONLY_LOOKS_SO = frozenset(
    "form side come port press tense vest prove part mediate stall less til der ion play miss pose stance sure flame tend volve deed tract solve ease "
    "charge patch tribute tinct cover crease dent spite trict trust cuss count creasing vestment formation formed creased put putting sight land deed "
    "vested formal posed closed covered plays played agree cording ceased velop velope fense feat feated rived stroy mand spatch sert tain crease test "
    "tention tended dia fer form formant ception stead".split()
) - {"trust", "formal", "agree"}
"""What is left of a word without its first letters, where it is no opposite of the whole."""
ADJACENT = (
    ("before", "after"), ("first", "last"), ("most", "least"), ("more", "less"), ("more", "fewer"), ("largest", "smallest"),
    ("biggest", "smallest"), ("highest", "lowest"), ("oldest", "newest"), ("oldest", "youngest"), ("strongest", "weakest"),
    ("north", "south"), ("east", "west"), ("northern", "southern"), ("eastern", "western"), ("inside", "outside"), ("above", "below"),
    ("into", "out"), ("with", "without"), ("against", "for"), ("antes", "despues"), ("primero", "ultimo"), ("mas", "menos"),
    ("early", "late"), ("upper", "lower"), ("to", "from"), ("best", "worst"),
)  # fmt: skip
"""Words that are opposite before the same word only: "after the raid", "before the raid"."""


@lru_cache(maxsize=2)
def opposites(language: str) -> dict[str, frozenset[str]]:
    """By root: the roots of the opposites."""
    found: dict[str, set[str]] = {}
    for pair in (_PAIRS if language == "en" else _SPANISH).split():
        left, right = (root_of(word, language) for word in pair.split("/"))
        found.setdefault(left, set()).add(right)
        found.setdefault(right, set()).add(left)
    return {root: frozenset(others) for root, others in found.items()}


def denied_by_prefix(word: str) -> list[str]:
    """A word with each prefix that may make its opposite of it, and the words that it may be the opposite of."""
    longer = [prefix + word for prefix in _PREFIXED if len(word) >= 4 and word not in _ONLY_LOOKS_SO]
    return longer + prefixed(word)


def prefixed(word: str) -> list[str]:
    """The words whose denial a word may be by its first letters.

    >>> prefixed("illegal"), prefixed("inform")
    (['legal'], [])
    """
    rests = [word[len(prefix) :] for prefix in _PREFIXED if word.startswith(prefix)]
    return [rest for rest in rests if len(rest) >= 4 and rest not in _ONLY_LOOKS_SO]
