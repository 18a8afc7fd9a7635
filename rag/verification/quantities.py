"""What a figure is, and the units, fractions, ordinals and words that stand before figures, English and Spanish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Bound = Literal["", "over", "least", "under", "nearly", "most", "about", "exact"]
"""What the words before a figure make of it."""

FigureKind = Literal["count", "money", "share", "length", "year", "ordinal", "vague"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and what it is a figure of."""

    kind: FigureKind
    low: float
    high: float
    """Equal to `low` unless it is a range; lengths of time are in days, shares in percent."""
    start: int
    end: int
    unit: str = ""
    """Currency, measure or "day"; empty where none is named."""
    nouns: frozenset[str] = frozenset()
    """Roots of the words behind it, up to the first word without matter."""
    bound: Bound = ""
    weak: bool = False
    """Whether it may be no figure at all ("one", "a year")."""


_MONTH = 365.25 / 12
TIMES = {
    word: days
    for words, days in (
        ("minute minutes minuto minutos", 1 / 1440),
        ("hour hours hora horas", 1 / 24),
        ("day days dia dias night nights", 1.0),
        ("week weeks semana semanas", 7.0),
        ("month months mes meses", _MONTH),
        ("year years ano anos yr yrs", 365.25),
        ("decade decades decada decadas", 3652.5),
        ("century centuries siglo siglos", 36525.0),
    )
    for word in words.split()
}
"""Days in a unit of time."""

CURRENCIES = {
    word: words.split()[0]
    for words in (
        "dollar dollars dolar dolares usd",
        "euro euros eur",
        "pound pounds libra libras",
        "peso pesos",
        "sol soles",
        "bolivar bolivars bolivares",
        "real reais reales",
        "yen",
        "franc francs franco francos",
        "rupee rupees",
        "cent cents centavos",
    )
    for word in words.split()
}
SYMBOLS = (("r$", "real"), ("s/", "sol"), ("$", "dollar"), ("€", "euro"), ("£", "pound"))
PER_CENT = frozenset("percent percentage cent ciento pct".split())
MEASURES: dict[str, tuple[str, float]] = {
    word: (unit, factor)
    for words, unit, factor in (
        ("gram grams g gramo gramos", "gram", 1.0),
        ("kilo kilos kilogram kilograms kilogramo kilogramos kg", "gram", 1e3),
        ("ton tons tonne tonnes tonelada toneladas", "gram", 1e6),
        ("meter meters metre metres metro metros", "meter", 1.0),
        ("kilometer kilometers kilometre kilometres kilometro kilometros km", "meter", 1e3),
        ("mile miles milla millas", "mile", 1.0),
        ("hectare hectares hectarea hectareas", "hectare", 1.0),
        ("acre acres", "acre", 1.0),
        ("liter liters litre litres litro litros", "liter", 1.0),
        ("barrel barrels barril barriles", "barrel", 1.0),
        ("times veces", "times", 1.0),
    )
    for word in words.split()
}
"""Unit of measure, and how many of it."""

FRACTIONS = {
    word: part
    for words, part in (
        ("third thirds tercio tercios", 3),
        ("quarter quarters cuarto cuartos", 4),
        ("fifth fifths quinto quintos", 5),
        ("sixth sixths sexto", 6),
        ("eighth eighths octavo", 8),
        ("tenth tenths decimo decimos", 10),
    )
    for word in words.split()
}

_FIRST_EN = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_FIRST_ES = "primero segundo tercero cuarto quinto sexto septimo octavo noveno decimo".split()
ORDINALS = {
    "en": {w: float(n) for n, w in enumerate(_FIRST_EN, 1)},
    "es": {form: float(n) for n, w in enumerate(_FIRST_ES, 1) for form in (w, w[:-1] + "a")} | {"primer": 1.0, "tercer": 3.0},
}  # fmt: skip

MULTIPLES = {
    word: float(n)
    for words, n in (
        ("twice double doubled doubling doubles twofold duplico duplicaron", 2),
        ("tripled triple tripling triples threefold thrice triplico", 3),
        ("quadrupled quadruple fourfold", 4),
        ("tenfold", 10),
    )
    for word in words.split()
}

VAGUE: dict[str, dict[str, tuple[float, float]]] = {
    "en": {
        "couple": (2, 3),
        "few": (2, 12),
        "handful": (2, 12),
        "several": (2, 20),
        "dozens": (20, 199),
        "scores": (30, 199),
        "tens": (10, 99),
        "hundreds": (100, 1999),
        "thousands": (1e3, 19_999),
        "millions": (1e6, 99e6),
        "billions": (1e9, 99e9),
    },
    "es": {
        "varios": (2, 20),
        "varias": (2, 20),
        "decenas": (10, 199),
        "docenas": (20, 199),
        "cientos": (100, 1999),
        "centenares": (100, 1999),
        "miles": (1e3, 19_999),
        "millones": (1e6, 99e6),
    },
}
"""What a vague figure can stand for."""

INSERTED = frozenset("more full whole consecutive straight long further additional mas de of us".split())
"""What may stand between a figure and its unit."""

_MODIFIERS: tuple[tuple[str, Bound], ...] = (
    (r"no (?:fewer|less) than|at least|a minimum of|al menos|por lo menos|como minimo|minimum", "least"),
    (r"no more than|at most|up to|as (?:many|much|long|few|little) as|a maximum of|hasta|como maximo|a lo sumo|maximum", "most"),
    (r"(?:more|greater|higher|longer) than|over|upwards of|in excess of|above|exceed(?:s|ed|ing)|mas de|superior a", "over"),
    (r"(?:less|fewer|lower|shorter) than|under|below|menos de", "under"),
    (r"nearly|almost|close to|just short of|casi|cerca de", "nearly"),
    (r"about|around|roughly|approximately|some|an estimated|circa|alrededor de|unos|unas|aproximadamente", "about"),
    (r"exactly|precisely|only|just|an? total of|altogether|in total|no more and no less than|un total de|exactamente|solo|solamente", "exact"),
)  # fmt: skip
MODIFIERS = tuple((re.compile(rf"(?:^|\W)(?:{words})$"), bound) for words, bound in _MODIFIERS)
"""Tried in this order on the folded text before a figure."""
_CONTRARY: tuple[tuple[Bound, Bound], ...] = (
    ("over", "under"), ("over", "nearly"), ("over", "most"), ("least", "under"), ("least", "most"), ("least", "nearly"),
)  # fmt: skip
CONTRADICT = frozenset(_CONTRARY) | frozenset((b, a) for a, b in _CONTRARY)
"""Pairs that cannot be true of the same figure."""
