"""A claim is told with its source, and with no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from rag.verification.findings import Evidence, Finding
from rag.verification.sources import Source, sources
from rag.verification.texts import Text, Token, content_roots, read
from rag.verification.words import STOP

_ATTRIBUTES = re.compile(
    r"\b(?:according to|sa(?:y|ys|id|ying)|disput(?:es?|ed)|reject(?:s|ed)|contradict\w*|t(?:ell|ells|old|elling)|explain\w*|warn\w*|argu\w+|claim\w*|alleg(?:es?|edly|ations?)|acknowledg\w+|testi\w+|den(?:y|ies|ied)|confirm\w*|insist\w*|report(?:s|ed|edly)?"
    r"|recall\w*|suggest\w*|believ\w+|think\w*|thought|describ\w+|admit\w*|accounts?|interview\w*|in the words of|quot\w+|call(?:s|ed) (?:it|the|them|him|her|this)|in (?:his|her|their|its) view|opinion|accus\w+|predict\w*|suspect\w*|put it|cit(?:es|ed|ing)"
    r"|inquir\w+|enquir\w+|probes?|demonstrat\w+|establish(?:ed|es)? that|judg(?:ing|ed) (?:by|from)|refer(?:s|red)|point(?:s|ed) (?:to|out)|notes?|noted|stated|statement|sources|case file|documents|show(?:s|ed|n)?|found that|reveal\w*|investigation\w*|compar\w+|dismiss\w*|express\w*|insight|rumou?r\w*|supposed\w*|purported\w*|read(?:s)?|complain\w*|estimat\w+|add(?:s|ed)|conclu\w+|indicat\w+|see(?:s)?(?= \w+ as)|consider\w*|scoff\w*|joke\w*|doubt\w*|fears? (?:that|among)|feared|attribut\w+|blam\w+|stress\w*|vow\w*|pledg\w*|promis\w*|announc\w*"
    r"|segun|dijo|dijeron|dice\w?|afirm\w+|asegur\w+|explic\w+|senal\w+|declar\w+|advirt\w+|indic\w+|sost\w+|cont(?:o|aron)|cree\w?|inform\w+|testimonio\w*|presunt\w+|supuest\w+)\b"
)
"""Words by which a statement shows that something is somebody's claim."""
_OWN_VOICE = frozenset(
    "report reports article document investigation study author authors text passage story piece informe reportaje articulo series".split()
)
_OWN_WORK = _OWN_VOICE | frozenset(
    "evidence monitoring findings reporting investigations research interviews documents records fieldwork database analysis data tally count sources".split()
)
_SORTS = tuple(
    frozenset(words.split())
    for words in (
        "official officials authority authorities officer police policia prosecutor prosecutors prosecutor's attorney investigator investigators general colonel head minister "
        "coordinator director spokesperson spokesman spokeswoman government ministry chief mayor agent agents communique functionary security fiscal fiscales autoridades "
        "funcionario funcionarios policias detective commander president directorate state",
        "expert experts analyst analysts researcher researchers academic academics scholar professor observatory director coordinator watchdog specialist scientist scientists economist "
        "institute university historian experto expertos analista analistas",
        "resident residents neighbor neighbors local locals villager villagers inhabitant inhabitants people residente residentes vecino vecinos leader leaders",
        "migrant migrants woman women man men victim victims survivor survivors traveler travelers passenger migrante migrantes mujer hombre",
        "file files document documents record records case papers court documentos expediente testimony testimonies",
        "worker workers activist activists ngo ngos group groups organization organizations watchdog civil union campaigner campaigners employee employees",
        "judge judges judicial court courts tribunal magistrate magistrates juez jueces",
        "source sources",
        "guard guards prisoner prisoners inmate inmates former",
        "soldier soldiers army military troops ejercito soldado soldados militares",
        "farmer farmers peasant peasants grower growers rancher ranchers fisherman fishermen fishers campesino campesinos agricultores",
        "driver drivers trucker truckers taxista taxistas conductor conductores",
        "business businesses owner owners trader traders merchant merchants shopkeeper shopkeepers vendor vendors entrepreneur entrepreneurs businessman businessmen",
    )
)
"""Words of one sort; a source may be told by another word of its sort."""
_ANYBODY = frozenset(
    "source sources people man men woman women local locals group groups organization organizations leader leaders head state former".split()
)
"""Words of the sorts that fit most sources."""
_SOMEBODY = frozenset("man woman person individual".split())
_BEHIND_HEAD = frozenset("in of from at for on with along across within who whose near".split())
_HE = frozenset("he him his man men boy boys father husband son brother spokesman policeman".split())
_SHE = frozenset("she her hers woman women girl girls mother wife daughter sister spokeswoman".split())
_MOST = 30
"""Sources of a statement, and sentences of the passages with the most of its words, that are compared."""
_ENOUGH = 0.3
"""Share of a statement's words that a sentence must have for its source to be the statement's."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The sentence of a passage that a statement was made from."""

    overlap: int
    evidence: Evidence
    text: Text
    sentence: list[Token]
    source: Source | None
    """Whom the sentence itself names."""


def wrong_sources(statement: Text, evidence: Sequence[Evidence]) -> list[Finding]:
    """Findings for a claim without its source, or with one that the passages do not give it.

    >>> claim = Evidence('"The dam is safe," said Ana Ruiz, an engineer.', "Ana Ruiz, an engineer")
    >>> [f.detail for f in wrong_sources(read("The dam is safe."), [claim])]
    ['it is the claim of Ana Ruiz, an engineer; say so']
    >>> wrong_sources(read("The dam is safe, according to an engineer."), [claim])
    []
    """
    origins = sorted(_origins(statement, evidence), key=lambda origin: -origin.overlap)[:_MOST]
    told = [source for source in sources(statement) if source.tokens][:_MOST]
    for source in told:
        if problem := _wrong(source, statement, origins, evidence):
            return [Finding("speaker", problem)]
    if told or not origins or _ATTRIBUTES.search(statement.flat) or _is_quotation(statement):
        return []
    return [Finding("speaker", problem)] if (problem := _bare(statement, origins)) else []


def _origins(statement: Text, evidence: Sequence[Evidence]) -> list[Origin]:
    told = {token.root for source in sources(statement) for token in source.tokens}
    mine = statement.roots - told
    found = []
    for item in evidence:
        text = read(item.text)
        named = {source.sentence: source for source in sources(text) if source.tokens}
        for sentence in text.sentences():
            overlap = len(content_roots(sentence) & mine)
            found.append(Origin(overlap, item, text, sentence, named.get(sentence[0].sentence)))
    return found


def _is_quotation(statement: Text) -> bool:
    """Whether at least half of it stands between quotation marks, and so is somebody's words already."""
    inside = sum(map(len, statement.flat.split('"')[1::2]))
    return inside >= 0.5 * len(statement.flat)


# --- a source that is told -----------------------------------------------------------------------------------------


def _wrong(source: Source, statement: Text, origins: list[Origin], evidence: Sequence[Evidence]) -> str:
    names = _names(source.tokens)
    several = len({s.tokens for s in sources(statement) if s.tokens}) > 1
    least = 0.3 if several else 0.6
    best = [o for o in origins if o.overlap >= least * origins[0].overlap] if origins else []
    if any(_fits(source, names, origin) for origin in best):
        return ""
    if _is_own_voice(source, names, evidence):
        theirs = [o for o in best if o.evidence.speaker and not _speaks_itself(o.evidence)]
        if theirs and len(theirs) == len(best) and statement.language == best[0].text.language:
            return f"it is the claim of {theirs[0].evidence.speaker}, not of “{source.shown}”"
        return ""
    if not best or _foreign(statement, best):
        return "" if _anywhere(names, evidence) else f"“{source.shown}” is not given as a source in the cited passage"
    whose = next((o.evidence.speaker or (o.source.shown if o.source else "") for o in best), "")
    return f"“{source.shown}” is not given as the source of it in the cited passage" + (
        f", but {whose}" if whose else ""
    )


def _foreign(statement: Text, origins: list[Origin]) -> bool:
    return all(origin.text.language != statement.language for origin in origins)


def _anywhere(names: frozenset[str], evidence: Sequence[Evidence]) -> bool:
    """Whether the names of a source stand with a passage, or it has none that could be wrong in another language."""
    there = frozenset(word for item in evidence for word in read(f"{item.text} | {item.speaker or ''}").words)
    return not names or bool(names & there)


def _names(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(
        t.word for t in tokens if t.capital and t.word not in STOP and not any(t.word in sort for sort in _SORTS)
    )


def _is_own_voice(source: Source, names: frozenset[str], evidence: Sequence[Evidence]) -> bool:
    """Whether the document itself is named: "the report", or the publisher where it stands in what may be presupposed."""
    words = {token.word for token in source.tokens if token.content}
    about = frozenset(word for item in evidence for word in read(item.about).words)
    return bool(words) and (words <= _OWN_VOICE | about or (bool(words & _OWN_WORK) and names <= about))


def _speaks_itself(item: Evidence) -> bool:
    """Whether the speaker is the publisher."""
    tokens = read(item.speaker or "").tokens
    if _is_own_work(tokens, item):
        return True
    names = {token.word for token in tokens if token.capital and token.word not in STOP}
    return bool(names) and len(tokens) < 12 and names <= read(item.about).words


def _is_open(origin: Origin) -> bool:
    """Whether the sentence is said by somebody of whom it has a pronoun only, and the passage knows no more."""
    if origin.evidence.speaker or origin.source:
        return False
    here = origin.sentence[0].sentence
    return any(s.sentence == here and not s.tokens for s in sources(origin.text)) or '"' in origin.text.flat


def _fits(source: Source, names: frozenset[str], origin: Origin) -> bool:
    """Whether the passage gives the source, by a name, a word or a word of its sort."""
    tokens = _origin_tokens(origin)
    if not names and {token.word for token in source.tokens if token.content} <= _SOMEBODY:
        return True
    if not names and _is_open(origin):
        mine, whole = {token.word for token in source.tokens}, {token.word for token in origin.sentence}
        return not (mine & _HE and whole & _SHE - _HE) and not (mine & _SHE and whole & _HE)
    theirs = {token.word for token in tokens}
    if names:
        if names & theirs or _initials(names, tokens):
            return _is_person(source) or not _other_sort(source, tokens)
        return not _is_person(source) and _same_sort(source, theirs, tokens)
    return _same_sort(source, theirs, tokens) and not _other_sort(source, tokens)


def _other_sort(source: Source, tokens: Sequence[Token]) -> bool:
    """Whether a source without a name of its own is of a known sort, and the passage's of others: a prosecutor in Lima is no resident of Lima."""
    head = list(takewhile(lambda token: token.word not in _BEHIND_HEAD, source.tokens))
    mine = {token.word for token in head} - _ANYBODY
    if {token.word for token in tokens} & (mine | {"source", "sources"}):
        return False
    ours, theirs = (
        {n for n, sort in enumerate(_SORTS) if sort & words} for words in (mine, {token.word for token in tokens})
    )
    return bool(ours and theirs) and not ours & theirs


def _is_person(source: Source) -> bool:
    """Whether the source is told by a name of two words or by nothing but a name."""
    own = [t for t in source.tokens if t.capital and t.word not in STOP]
    return len(own) == len([t for t in source.tokens if t.content]) or any(
        b.start - a.end == 1 for a, b in pairwise(own)
    )


def _initials(names: frozenset[str], tokens: Sequence[Token]) -> bool:
    letters = "".join(token.word[0] for token in tokens if token.capital)
    return any(2 <= len(name) <= 5 and name in letters for name in names)


def _same_sort(source: Source, theirs: set[str], tokens: Sequence[Token]) -> bool:
    roots = {token.root for token in tokens if token.content}
    mine = [token for token in source.tokens if token.content]
    if not mine or any(token.root in roots for token in mine if not token.capital):
        return True
    words = {token.word for token in mine}
    return any(words & sort and theirs & sort for sort in _SORTS) or (
        bool(words & {"source", "sources", "fuente", "fuentes"}) and bool(roots)
    )


def _origin_tokens(origin: Origin) -> list[Token]:
    """The words that tell the source of a sentence: its own where it names one, else the passage's speaker and every source of it."""
    speaker = list(read(origin.evidence.speaker or "").tokens)
    if origin.source:
        return list(origin.source.tokens) + speaker
    return speaker + [token for source in sources(origin.text) for token in source.tokens]


# --- a claim without its source ------------------------------------------------------------------------------------


def _bare(statement: Text, origins: list[Origin]) -> str:
    best = origins[0]
    if best.text.language != statement.language or best.overlap < max(2, _ENOUGH * len(statement.roots)):
        return ""
    claims = [origin for origin in origins if origin.overlap >= 0.75 * best.overlap]
    if any(
        not _is_claim(origin) or _is_narrated(statement, origin) or _is_subject(statement, origin) for origin in claims
    ):
        return ""
    whose = best.evidence.speaker or (best.source.shown if best.source else "")
    return f"it is the claim of {whose}; say so"


def _is_claim(origin: Origin) -> bool:
    """Whether somebody other than the publisher says it."""
    if origin.source and _is_own_work(origin.source.tokens, origin.evidence):
        return False
    spoken = origin.evidence.speaker and not _speaks_itself(origin.evidence)
    return bool(spoken or origin.source)


def _is_own_work(tokens: Sequence[Token], item: Evidence) -> bool:
    """Whether the publisher's own interviews, monitoring or documents are named, which are the document's own voice."""
    about = read(item.about).words
    run = [token for token in tokens if token.content]
    return any(
        token.word in _OWN_WORK and any(t.capital and t.word in about for t in run[max(0, n - 3) : n])
        for n, token in enumerate(run)
    )


def _is_subject(statement: Text, origin: Origin) -> bool:
    """Whether the statement begins with whoever makes the claim: it tells what they do not know or did themselves."""
    who = [
        t.word
        for t in (read(origin.evidence.speaker or "").tokens or (origin.source.tokens if origin.source else ()))
        if t.content
    ]
    return bool(who) and set(who[:2]) <= {t.word for t in statement.tokens[:4]}


def _is_narrated(statement: Text, origin: Origin) -> bool:
    """Whether the statement is made of the sentence's words about the source, or outside of the quotation."""
    shared = content_roots(origin.sentence) & statement.roots
    source = {token.root for token in origin.source.tokens} if origin.source else set()
    source |= {token.root for token in read(origin.evidence.speaker or "").tokens}
    if len(shared & source) >= 0.6 * len(shared):
        return True
    start, end = origin.sentence[0].start, origin.sentence[-1].end
    parts = origin.text.flat[max(0, start - 2) : end + 3].split('"')
    if len(parts) < 3 or len("".join(parts[1::2])) < 12:
        return False
    outside = read(" . ".join(parts[0::2])).roots
    inside = read(" . ".join(parts[1::2])).roots
    return len(shared & outside - source) >= 0.6 * len(shared) and len(shared & inside) < 0.4 * len(shared)
