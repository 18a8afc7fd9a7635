"""Phrases that the rules for pairs exchange or add: near synonyms, opposites, hedges, claims of cause, speakers, details."""

from __future__ import annotations

import re
from functools import cache

_ALIKE = """
began = started; begin = start; begins = starts; movie = film; movies = films; large = big; largest = biggest; larger = bigger; important = significant
located in = situated in; located on = situated on; approximately = roughly; approximately > about; nearly = almost; although = though; because of = due to; due to = owing to; in order to > to
such as > like; including > among them; usually = normally; often = frequently; rarely = seldom; also known as = also called; purchased > bought; constructed > built; obtained > got; created > made
established > set up; killed = slain; attempted to = tried to; requires > needs; allows = permits; displays > shows; primarily = mainly; mainly = chiefly; entire = whole
children = kids; physician = doctor; attorney = lawyer; automobile = car; employees = workers; residents = inhabitants; nations = countries; around the world > worldwide
annually = every year; monthly = every month; currently = at present; currently = now; previously = formerly; initially = at first; originally = initially; subsequently = later
additionally = in addition; furthermore = moreover; therefore > so; thus = therefore; prior to = before; during = in the course of; at the age of = aged; until = till; near = close to
adjacent to = next to; as well as = and also; portrayed by = played by; written by = penned by; written by = authored by; performed by > sung by; defeated > beat; consists of = is made up of
consisted of = was made up of; leads to = results in; led to = resulted in; caused > brought about; causes > brings about; remained = stayed; resided in = lived in; resides in = lives in; moved to = relocated to
announced = made known; revealed = disclosed; said that = told reporters that; claimed that = asserted that; noted that = remarked that; invented = devised; elected > voted in; selected = chosen
responsible for = in charge of; able to = capable of; a number of = several; various = different; famous = well-known; wealthy > rich; quickly = rapidly; difficult > hard; easy > simple
returned to = went back to; fled from > ran away from; jail = prison; murdered > killed; arrested = detained; weapons > arms; border = frontier; route = path; company = firm; companies = firms
money > funds; soldiers = troops; novel > book; singer = vocalist; actor = performer; episode = instalment; championship > title; coach = trainer; purpose > aim; method = technique
types = kinds; type > kind; half of = fifty percent of; the majority of = most of; percent = per cent; the United States = the US; the United Kingdom = the UK; more than > over; at least = no fewer than
at most > up to; a decade = ten years; two decades = twenty years; a century = a hundred years; a dozen > twelve; took place = happened; takes place = happens; took part in = participated in
in spite of = despite; was released = came out; is released = comes out; died = passed away; appeared in > was seen in
was founded = was established; was built = was constructed; ended = finished; was written = was penned; is found in = occurs in; are found in = occur in; is used = is employed; are used = are employed; reached = got to
"""
_OPPOSITE = """
before = after; first > last; last > first; largest = smallest; larger = smaller; large = small; highest = lowest; higher = lower; oldest = youngest; older = younger; longest = shortest; longer = shorter
more than = less than; more than > fewer than; at least > at most; above = below; northern = southern; eastern = western; north = south; east = west; inside = outside; the same > a different
most > least; majority = minority; public = private; rich = poor; legal = illegal; male = female; men = women; common = rare; popular = unpopular; successful = unsuccessful; successfully = unsuccessfully; early = late
earlier = later; increased = decreased; increase = decrease; increases = decreases; rises = falls; rose = fell; succeeded > failed; won = lost; wins = loses; allowed = banned; allows = forbids; permitted = prohibited
supported = opposed; supports = opposes; accepted = rejected; confirmed = denied; confirms = denies; admitted = denied; include = exclude; includes = excludes; including = excluding; always = never; often = rarely; usually > rarely
many = few; several > no; begins = ends; began = ended; started = stopped; opened = closed; arrived = departed; entered > left; import = export; strong = weak; positive = negative; hot = cold; warm = cool
wet = dry; fast = slow; heavy = light; deep = shallow; wide = narrow; safe = dangerous; domestic = foreign; urban = rural; modern = ancient; single > married; alive = dead; guilty = innocent; complex = simple; direct = indirect
upper = lower; active = inactive; able to = unable to; similar to > unlike; according to > contrary to; despite > because of; although > because; created = destroyed; built > demolished
hired = fired; appointed = dismissed; arrested = released; attacked = defended; expanded = shrank; grew = shrank; strengthened = weakened; improved = worsened; raised = lowered; gained = lost; joined = left; united = divided; survived > died in
remembered = forgot; discovered > overlooked; revealed = concealed; agreed to > refused to; managed to > failed to; helped > hindered; protects = threatens; freed = captured; bought = sold; sent > received; taught > learned
"""
HEDGES = {
    "alleged": ("reportedly", "allegedly", "supposedly", "purportedly"),
    "likely": ("probably", "likely", "presumably", "apparently"),
    "possible": ("possibly", "perhaps", "potentially"),
}
"""Adverbs by how a text holds something for true; those of one row say the same."""
OPENINGS = {
    "alleged": ("It is alleged that", "It has been reported that", "Reports say that", "It is rumoured that"),
    "likely": ("It is likely that", "It is thought that", "It appears that", "Evidence suggests that"),
    "possible": ("It is possible that", "It may be that", "It is not ruled out that", "There are suspicions that"),
}
"""The same as the beginning of a sentence."""
CERTAIN = ("It is certain that", "It has been proven that", "There is no doubt that", "It is a fact that")
"""Beginnings that raise the certainty of what follows."""
_RAISED = """
most > all; some > all; many > all; some > most; often > always; usually > always; sometimes > always; sometimes > often; generally > always; may be > is; may have > has; might be > is; could be > is; can be > is always
typically > always; likely > certainly; probably > certainly; possibly > certainly; reportedly > ; allegedly > ; apparently > ; supposedly > ; probably > ; likely > ; possibly > ; perhaps > ; is believed to be > is; was believed to be > was
is considered > is; is thought to be > is; was thought to be > was; at least > exactly; about > exactly; approximately > exactly; around > exactly; more than > exactly; up to > exactly; nearly > more than; almost > more than; mostly > entirely
mainly > only; primarily > exclusively; one of the > the; in part > entirely; partly > entirely; tried to > managed to; planned to > did; seems to be > is; appears to be > is; suggests > proves; suggested > proved; estimated > counted
believed that > knew that; claimed that > proved that; argued that > showed that; alleged > proven; suspected > convicted; generally > without exception; in many cases > in every case
"""
CAUSED = (
    "{a}; as a result, {b}.",
    "Because {a}, {b}.",
    "{b} because {a}.",
    "{a}, and because of that {b}.",
    "{a}, which is why {b}.",
)
"""Two clauses of which the first is claimed to be the cause."""
ALONGSIDE = ("{a}, and {b}.", "{a}, while {b}.", "{a}; {b}.", "{b}, and {a}.", "While {a}, {b}.")
"""The same two without any claim."""
SAID = (
    "According to {s}, {p}.",
    "{p}, according to {s}.",
    "{p}, {s} said.",
    "{s} said that {p}.",
    "{s} stated that {p}.",
    "In the words of {s}, {p}.",
    "{s} told reporters that {p}.",
    "{s}: {p}.",
)
"""Something as the words of somebody."""
SPEAKERS = """
a police spokesman; a prosecutor; local residents; a former employee; two witnesses; a government official; the mayor; an anonymous source; a union leader; a retired judge; human rights workers; the company's lawyer; a city councillor; a teacher
a doctor at the hospital; the opposition; a senior officer; the minister of justice; an aid worker; community leaders; the army; an independent expert; a university study; the foreign ministry; a victim's brother; a local journalist; a former president
court documents; a leaked report; the agency's director; an intelligence official; a customs officer; the bishop; a shopkeeper; a regional governor; the national statistics office; a parliamentary committee; a neighbour; the defendants; an economist
"""
DETAILS = """
every week; for several months; for the first time; in front of witnesses; with the help of volunteers; at night; against the advice of experts; after a long delay; without warning; with great success; at a cost of millions; in secret; for political reasons
in exchange for money; under pressure from the government; twice; on a Sunday; with the support of the army; to the surprise of many; over the objections of residents; by a narrow margin; in a public ceremony; under a false name; despite protests
with foreign funding; at short notice; for religious reasons; during a thunderstorm; with the approval of the court; to save money; in less than a week; as a favour to a friend; following a vote; on the orders of the president; through a lottery
in order to win votes; in several stages; with only a few helpers; to great acclaim; after months of talks; by accident; by mistake; at the request of the church; on behalf of a company; with borrowed money; in a single day; while still at school
"""


@cache
def alike() -> tuple[tuple[str, str], ...]:
    """(phrase, one that says the same)."""
    return _rows(_ALIKE)


@cache
def opposite() -> tuple[tuple[str, str], ...]:
    """(phrase, one that says the contrary or at least something else)."""
    return _rows(_OPPOSITE)


@cache
def raised() -> tuple[tuple[str, str], ...]:
    """(cautious phrase, bolder one), which may be empty."""
    return _rows(_RAISED)


def listed(table: str) -> list[str]:
    r"""The entries of a table.

    >>> listed("a; b\nc")
    ['a', 'b', 'c']
    """
    return [entry.strip() for entry in re.split(r"[;\n]", table) if entry.strip()]


def _rows(table: str) -> tuple[tuple[str, str], ...]:
    """An equals sign exchanges both ways, an arrow only from left to right."""
    found = []
    for entry in listed(table):
        left, right = (side.strip() for side in re.split(r"[=>]", entry))
        found.append((left, right))
        if "=" in entry:
            found.append((right, left))
    return tuple(found)
