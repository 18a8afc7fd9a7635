"""Countries and regions under all their names, and their people."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from rag.verification.texts import Text

_COUNTRIES = """
argentina: argentine argentinian argentino argentina
bolivia: bolivian boliviano boliviana
brazil: brasil brazilian brasileno brasilena
chile: chilean chileno chilena
colombia: colombian colombiano colombiana
costa rica: costa rican costarricense
cuba: cuban cubano cubana
dominican republic: republica dominicana dominican dominicano dominicana
ecuador: ecuadorian ecuadorean ecuatoriano ecuatoriana
el salvador: salvadoran salvadorean salvadoreno salvadorena
guatemala: guatemalan guatemalteco guatemalteca
guyana: guyanese guyanes
haiti: haitian haitiano haitiana
honduras: honduran hondureno hondurena
jamaica: jamaican jamaiquino
mexico: mexican mexicano mexicana
nicaragua: nicaraguan nicaraguense
panama: panamanian panameno panamena
paraguay: paraguayan paraguayo paraguaya
peru: peruvian peruano peruana
puerto rico: puerto rican puertorriqueno
suriname: surinamese surinam
trinidad: trinidadian trinidad and tobago trinitense
uruguay: uruguayan uruguayo uruguaya
venezuela: venezuelan venezolano venezolana
united states: usa us american estados unidos eeuu ee uu estadounidense americano america's
canada: canadian canadiense
united kingdom: uk britain british great britain reino unido britanico britanica briton
england: english inglaterra ingles inglesa
scotland: scottish escocia escoces
ireland: irish irlanda irlandes
france: french francia frances francesa
germany: german alemania aleman alemana
spain: spanish espana espanol espanola spaniard
portugal: portuguese portugues portuguesa
italy: italian italia italiano italiana
netherlands: dutch paises bajos holanda holandes the netherlands holland
belgium: belgian belgica belga
switzerland: swiss suiza suizo
sweden: swedish suecia sueco swede
norway: norwegian noruega noruego
denmark: danish dinamarca danes dane
finland: finnish finlandia finlandes finn
poland: polish polonia polaco pole
greece: greek grecia griego
turkey: turkish turquia turco turk turkiye
russia: russian rusia ruso rusa
ukraine: ukrainian ucrania ucraniano
china: chinese chino
japan: japanese japon japones
india: indian indio
philippines: philippine filipino filipinas
israel: israeli
iran: iranian irani
iraq: iraqi irak
syria: syrian siria sirio
lebanon: lebanese libano libanes
egypt: egyptian egipto egipcio
morocco: moroccan marruecos marroqui
south africa: south african sudafrica sudafricano
nigeria: nigerian nigeriano
kenya: kenyan keniano
south korea: south korean corea del sur surcoreano
north korea: north korean corea del norte
vietnam: vietnamese vietnamita
thailand: thai tailandia tailandes
new zealand: nueva zelanda new zealander
australia: australian australiano
south america: south american sudamerica suramerica america del sur sudamericano suramericano
latin america: latin american latinoamerica america latina latinoamericano
central america: central american centroamerica america central centroamericano
north america: north american norteamerica america del norte
caribbean: caribe caribeno
europe: european europa europeo europea
africa: african africano
asia: asian asiatico
european union: eu union europea ue
united nations: un onu naciones unidas
new york: nueva york new yorker
london: londres londoner
lima: limeno limena
caracas: caraqueno caraquena
geneva: ginebra
the hague: la haya
andes: andean andino andina
amazon: amazonian amazonia amazonas
"""


def _table() -> dict[tuple[str, ...], str]:
    table: dict[tuple[str, ...], str] = {}
    for line in _COUNTRIES.strip().split("\n"):
        name, _, rest = line.partition(": ")
        table[tuple(name.split())] = name
        for words in _SEVERAL.get(name, ()):
            table[tuple(words.split())] = name
            rest = rest.replace(words, "")
        for word in rest.split():
            for form in (word, word + "s", word + "es"):
                table.setdefault((form,), name)
    return table


_SEVERAL = {
    "costa rica": ("costa rican",),
    "dominican republic": ("republica dominicana",),
    "puerto rico": ("puerto rican",),
    "trinidad": ("trinidad and tobago",),
    "united states": ("estados unidos", "ee uu"),
    "united kingdom": ("great britain", "reino unido"),
    "netherlands": ("paises bajos", "the netherlands"),
    "south africa": ("south african",),
    "south korea": ("south korean", "corea del sur"),
    "north korea": ("north korean", "corea del norte"),
    "new zealand": ("nueva zelanda", "new zealander", "new zealanders"),
    "south america": ("south american", "america del sur"),
    "latin america": ("latin american", "america latina"),
    "central america": ("central american", "america central"),
    "north america": ("north american", "america del norte"),
    "european union": ("union europea",),
    "united nations": ("naciones unidas",),
    "new york": ("nueva york", "new yorker"),
    "the hague": ("la haya",),
}
_AREAS = {
    area: frozenset(countries.split(", "))
    for area, countries in (
        ("south america", "argentina, bolivia, brazil, chile, colombia, ecuador, guyana, paraguay, peru, suriname, uruguay, venezuela"),
        ("latin america", "argentina, bolivia, brazil, chile, colombia, costa rica, cuba, dominican republic, ecuador, el salvador, guatemala, honduras, mexico, nicaragua, panama, paraguay, peru, uruguay, venezuela"),
        ("central america", "costa rica, el salvador, guatemala, honduras, nicaragua, panama"),
        ("north america", "united states, canada, mexico"),
        ("caribbean", "cuba, dominican republic, haiti, jamaica, trinidad, puerto rico"),
        ("europe", "belgium, denmark, finland, france, germany, greece, ireland, italy, netherlands, norway, poland, portugal, spain, sweden, switzerland, united kingdom"),
    )
}  # fmt: skip
_SOME_COUNTRIES = 2


def is_area_of(name: str, countries: Set[str]) -> bool:
    """Whether two of the countries lie in a part of the world, which is named for them then.

    >>> is_area_of("south america", {"peru", "chile"})
    True
    """
    return len(_AREAS.get(name, frozenset()) & countries) >= _SOME_COUNTRIES


_TABLE = _table()
_IN_CAPITALS = frozenset("us un eu ue uk pole dane finn turk thai amazon america's".split())
_LONGEST = max(map(len, _TABLE))


@lru_cache(maxsize=128)
def places_in(text: Text) -> dict[int, tuple[str, int]]:
    """By the token it begins at: the country or region that is named, or whose people are, and the token behind it.

    >>> from rag.verification.texts import read
    >>> places_in(read("Peruvian police"))
    {0: ('peru', 1)}
    """
    found: dict[int, tuple[str, int]] = {}
    place = 0
    while place < len(text.tokens):
        size = next((n for n in range(_LONGEST, 0, -1) if _named(text, place, n)), 0)
        if size:
            found[place] = (_TABLE[tuple(t.word for t in text.tokens[place : place + size])], place + size)
        place += max(size, 1)
    return found


def _named(text: Text, place: int, size: int) -> bool:
    tokens = text.tokens[place : place + size]
    key = tuple(token.word for token in tokens)
    if len(tokens) < size or key not in _TABLE:
        return False
    if key[0] in _IN_CAPITALS and size == 1:
        return tokens[0].raw.isupper() if len(key[0]) < 3 else tokens[0].capital
    return tokens[-1].capital or text.language == "es"
