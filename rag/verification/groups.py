"""Who acts: police, prosecutors, soldiers, courts, residents … where the statement names one that no passage has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.verification.findings import Finding
from rag.verification.sources import SAYING
from rag.verification.texts import Text

_OFFICIAL = "authorities official officials autoridades funcionarios state government gobierno"
_ARMED = "security forces agents troops fuerzas agentes law enforcement"
_GROUPS: dict[str, tuple[str, str]] = {
    "police": (
        "police policeman policemen policia policias pnp detectives constable sheriff",
        f"officers officer {_ARMED} investigators crackdown raid colonel general patrol detective",
    ),
    "army": (
        "army soldiers soldier military troops ejercito soldados militares",
        f"{_ARMED} officers armed battalion regiment colonel general lieutenant soldado militar paramilitary",
    ),
    "prosecutors": (
        "prosecutors prosecutor fiscales fiscal fiscalia prosecution",
        "attorney prosecuting prosecute judicial case indictment charged cotrina",
    ),
    "courts": (
        "court courts judge judges tribunal juez jueces magistrate magistrates jury",
        "judicial judgment sentenced convicted ruling ruled trial corte verdict judicatura",
    ),
    "navy": ("navy naval armada coastguard marines", "coast fleet ship sailors"),
    "government": (
        "government gobierno ministry minister administration ministerio ministro",
        f"{_OFFICIAL} president presidente regime cabinet policy ministers ministries communique decree regimen estado venezuela's officials",
    ),
    "guards": ("guards guard guardias guardia wardens", "custodians warden jailers prison officers"),
    "customs": ("customs aduana aduanas", "border tariff duty revenue tax"),
    "guerrillas": ("guerrillas guerrilla guerrilleros rebels rebel insurgents", "eln farc armed insurgency insurgent rebelde rebeldes dissidents"),
    "paramilitaries": ("paramilitaries paramilitares paramilitary", "militia militias auc self-defense"),
    "experts": (
        "experts expert analysts analyst expertos analistas academics researchers researcher scientists scientist economists",
        "director professor observatory study research institute specialist specialists investigador scholars scholar university observers",
    ),
    "prisoners": (
        "prisoners inmates detainees presos reclusos internos",
        "prisoner inmate imprisoned incarcerated jailed jail prison detained preso convict convicts pran pranes",
    ),
    "migrants": (
        "migrants refugees migrantes refugiados",
        "migrant migration migratory migrated refugee venezuelans people women travelers travellers asylum person persons customers victims fleeing",
    ),
    "residents": (
        "residents villagers neighbors neighbours vecinos residentes townspeople locals",
        "resident neighbor neighborhood local inhabitants people community communities living homes villager residente habitantes",
    ),
    "journalists": ("journalists journalist reporters reporter periodistas", "press media newspaper journalistic news journalism"),
    "doctors": ("doctors doctor nurses medicos", "medical hospital physicians physician health nurse clinic medics"),
    "teachers": ("teachers teacher profesores maestros", "school schools education union"),
    "farmers": ("farmers farmer campesinos agricultores", "farm farms peasants growers agriculture agricultural peasant"),
    "workers": ("workers trabajadores strikers", "worker work staff employees union labor labour employee"),
    "students": ("students student estudiantes", "university school pupils campus schools pupil"),
}  # fmt: skip
_NAMING = {word: group for group, (words, _) in _GROUPS.items() for word in words.split()}
_ALLOWED = {group: frozenset(f"{words} {more}".split()) for group, (words, more) in _GROUPS.items()}
_PRONOUNS = frozenset("he she they another".split())
_MODAL = r"was|were|is|are|has|have|had|will|would|did|do|does|can|could|may|might|said|say|told|took|found|began|went|led|made|shot|fought|sent|seized|killed|caught|held|won|lost|ran|fled|left|saw|came|believe|think|warn|claim|control|use|sell|blame|uses?|runs?|controls?|buys?|pays?|work|operate|demand"
_VERB = re.compile(rf"(?:{_MODAL}|\w{{2,}}ed|\w+ly|dijo|dijeron|\w+aron|\w+ieron|informo|detuvo)")

_BODIES = frozenset(
    "service services force forces agency agencies office department unit units command officers officials agents leaders group groups fighters dissidents authority authorities "
    "commander commanders patrol patrols staff union unions body bodies".split()
)
"""Nouns behind the name of a group that still name it: "customs officers"."""


def absent_actors(statement: Text, passages: Sequence[Text]) -> list[Finding]:
    """A finding for each group that does something in the statement and is in no passage.

    >>> from rag.verification.texts import read
    >>> [f.detail for f in absent_actors(read("Prosecutors seized the boat."), [read("The boat was seized by police.")])]
    ['“prosecutors” are not in the cited passage']
    """
    there = frozenset(word for text in passages for word in text.words)
    found = []
    for place, token in enumerate(statement.tokens):
        group = _NAMING.get(token.word)
        if group and _speaks(statement, place) and there & _PRONOUNS and any('"' in text.flat for text in passages):
            continue  # who speaks in the passage is told by a pronoun
        if group and not there & _ALLOWED[group] and _acts(statement, place) and not _is_name_part(statement, place):
            found.append(Finding("name", f"“{token.word}” are not in the cited passage"))
    return list(dict.fromkeys(found))


def _speaks(text: Text, place: int) -> bool:
    return place + 1 < len(text.tokens) and text.tokens[place + 1].word in SAYING


def _acts(text: Text, place: int) -> bool:
    """Whether a verb follows, or "by" or "according to" stands before."""
    behind = place + (2 if place + 1 < len(text.tokens) and text.tokens[place + 1].word in _BODIES else 1)
    if behind < len(text.tokens) and text.gap(behind) == " " and _VERB.fullmatch(text.tokens[behind].word):
        return True
    before = [token.word for token in text.tokens[max(0, place - 3) : place]]
    return any(word in ("by", "por", "segun") for word in before) or before[-2:] == ["according", "to"]


def _is_name_part(text: Text, place: int) -> bool:
    return (
        text.tokens[place].capital
        and place + 1 < len(text.tokens)
        and text.tokens[place + 1].capital
        and not text.tokens[place].opens
    )
