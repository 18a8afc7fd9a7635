"""Words that mean nearly the same in news, by root."""

from __future__ import annotations

from functools import lru_cache

from rag.verification.texts import root_of

_GROUPS = """
gang group organization syndicate band network mob cartel outfit structure criminal tren
prison jail penitentiary penal lockup cell incarcerate imprison inmate prisoner detain
police officer cop force law enforcement security
soldier troop military army armed
arrest detain capture catch custody apprehend hold
kill murder slay homicide assassinate dead death fatal die victim
attack assault raid strike storm
leader boss head chief kingpin lead commander run command
member associate operative affiliate part belong
migrant refugee migration emigrant flee traveler people person
smuggle traffic move transport carry
extort extortion blackmail shakedown protection
money cash fund income revenue earn profit finance payment pay
pay charge fee cost price levy demand
begin start launch emerge first appear arise origin commence
end stop cease finish halt conclude
grow expand spread increase rise extend swell growth
shrink fall decline drop decrease reduce cut
country nation state homeland
city town municipality urban
area region zone territory place district neighborhood
government state authority official administration regime
prosecutor attorney prosecution
say tell state explain describe report announce note speak
buy purchase acquire
sell sale vend market trade deal
use employ utilize exploit deploy
control dominate rule run manage govern hold hand
seize take capture confiscate occupy takeover
show reveal indicate demonstrate prove
big large huge major great enormous vast massive
many numerous lot several
important key major crucial main principal chief
dangerous risk threat menace peril
violence violent brutal force
woman female girl
food meal eat
report word account news
new additional further extra
likely probable presume
mean intend destine
suspect allege presume
house housing accommodation lodging hotel home room shelter
job work employment occupation labor
trick deceive lure fool entice false fake con trap entrap ensnare
boyfriend partner lover romance love
sex sexual prostitution
drug narcotic cocaine substance
gun weapon firearm arm
border frontier crossing boundary
route path way road trail
cross pass traverse
travel trip journey move go
escape flee slip away elude evade run
form create build establish found set make
help assist aid support
allow let permit enable
need require must necessary
ask request demand seek call
try attempt seek effort
plan intend aim goal objective purpose
reason cause factor why motive
result lead consequence effect outcome
near close neighboring adjacent
abroad overseas foreign international transnational
ally alliance partner cooperate together
fight combat battle clash
build construct erect
destroy demolish wreck ruin
vote elect election ballot poll
law legislation rule bill regulation
court judge judicial trial justice
company firm business enterprise corporation
worker employee staff personnel labor
school education pupil student
hospital clinic medical health
fire blaze flame burn
flood water inundate
boat ship vessel
car vehicle automobile truck
plane aircraft jet
child kid minor boy girl
family relative kin
rich wealthy affluent
poor impoverished poverty
debt owe loan lend borrow
threaten threat intimidate warn
send dispatch deploy
receive get obtain
keep retain maintain remain stay
leave depart exit quit
return back come
know aware known
think believe consider
begin since
now current currently today present
former ex previous once
old elderly aged age
young youth teenage
quick fast rapid swift
year annual
month monthly
day daily
half fifty
document paper file record
investigation probe inquiry inquest study research
source witness informant
resident local neighbor inhabitant
area locality
name call known dub alias
phone call telephone
online internet web digital
photo picture image video
money laundering
power influence clout
base headquarters stronghold fortress hub home center
loss lose deprive
evict expel remove oust
operate operation active activity function work
presence present foothold footprint
begin origin root
crime criminal illegal illicit offense
mine mining miner gold
"""
GENERAL = frozenset(
    root_of(word)
    for word in (
        "thing way part time kind type sort fact case number amount place people person group member man woman include involve relate concern regard different various "
        "certain general particular specific main major important new large big small good high use become give put set come show seem appear mean number level form "
        "basis term issue matter situation process approach role act area point side end start begin year month day week country world local report document passage text article "
        "author state note mention describe provide offer present remain continue keep call name know known think believe consider find happen occur exist "
        "able likely possible together currently reportedly alleged notable significant especially particularly specifically addition example instance such overall entire whole "
        "probably presumably fewer least almost nearly approximately roughly total span series range variety"
    ).split()
)
"""Roots that any statement may have."""


@lru_cache(maxsize=1)
def _table() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _GROUPS.strip().split("\n"):
        roots = {root_of(word) for word in line.split()}
        for root in roots:
            found.setdefault(root, set()).update(roots)
    return {root: frozenset(others) for root, others in found.items()}


def alike(root: str) -> frozenset[str]:
    """The roots that may stand for one, itself among them.

    >>> root_of("penitentiary") in alike(root_of("jail"))
    True
    """
    return _table().get(root, frozenset((root,)))
