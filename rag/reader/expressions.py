"""Expressions in an English sentence: figures, dates, lengths of time and names, as half-open character ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.retrieval.lexical import analyse, fold

_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
).split()
_SPELLED = rf"(?:(?:{'|'.join(_UNITS[1:])})(?:-(?:{'|'.join(_UNITS[:9])}))?)"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen|bn|m|k)\b"
_FIGURE = r"\d+(?:[.,]\d+)*"
_QUALIFIER = (
    r"(?:(?:more|less|fewer|greater|higher|lower) than|(?:just )?(?:over|under)|at (?:least|most)|up to|nearly|almost|about|around"
    r"|roughly|approximately|an estimated|some|as (?:many|much|few|little) as|no (?:more|fewer|less) than|close to|only)"
)
_ONE = rf"(?:(?:(?:us|r|s/)?[$€£] ?|s/\.? ?|usd |eur )?(?:{_FIGURE}|{_SPELLED}|(?:an?|one)(?= {_SCALE}))(?:[ -]?{_SCALE})*)"
_VAGUE = (
    r"(?:(?:tens|dozens|hundreds|thousands|millions|billions)(?: of (?:thousands|millions|billions))?"
    r"|(?:an?|one|two|three) ?-?(?:thirds?|quarters?|half|fifths?)|half)"
)
_SHARE = r"(?: ?%| percent\b| per cent\b)"
NUMBER = re.compile(
    rf"(?<![\w.,-])(?:{_QUALIFIER} )?(?:between {_ONE} and {_ONE}|{_ONE}{_SHARE}?(?: ?[-–] ?| to | or ){_ONE}|{_ONE}|{_VAGUE})"
    rf"{_SHARE}?(?![\w%])"
)
"""A figure in digits or words with its qualifier, currency and percent sign; matches folded text."""
CURRENCY = re.compile(r"[$€£]|s/|usd|eur|\b(?:dollars?|euros?|pesos?|soles|bolivars?|reais|pounds)\b")
SHARE = re.compile(rf"{_SHARE}|\b(?:half|thirds?|quarters?|fifths?)\b")
PER = re.compile(
    r" (?:per|an?|each|every) (?:day|week|month|year|night|hour|person|head|kilo(?:gram)?|gram|migrant|victim)\b"
)
TIME_UNIT = re.compile(r"\b(?:minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies))\b")
_PLURALS = frozenset("people police men women children percent personnel kilometers dollars troops".split())

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.)"
)
_YEAR = r"(?:(?<![\w$€£,.])(?:1[5-9]|20)\d\d(?![\w,]\d|\w|%| (?:percent|million)))"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\d)"
_DAYS = rf"{_DAY}(?:(?: ?[-–] ?| to | and ){_DAY})?"
_PART = (
    r"(?:(?:[Tt]he )?(?:[Ee]arly|[Mm]id(?:dle)?|[Ll]ate|[Bb]eginning|[Ss]tart|[Ee]nd|[Ss]ummer|[Ww]inter|[Ss]pring|[Aa]utumn|[Ff]all"
    r"|(?:first|second) half|(?:first|second|third|fourth|last) (?:quarter|months|weeks|days))(?:[ -](?:of|in))?(?:[ -]the)?[ -])*"
)
_POINT = (
    rf"(?:{_PART}(?:{_MONTH} {_DAYS}(?:,? {_YEAR})?|{_DAYS} (?:of )?{_MONTH}(?:,? {_YEAR})?"
    rf"|{_MONTH}(?:(?: and | to | or |[-–]){_MONTH})?(?:,? (?:of )?{_YEAR})?(?!\w)|{_YEAR}|(?:the )?(?:1[5-9]|20)\d0s|(?:the )?\d\d?(?:st|nd|rd|th) century))"
)
PERIOD = re.compile(
    rf"[Bb]etween {_POINT} and {_POINT}|[Ff]rom {_POINT} (?:to|until|through) {_POINT}|(?:[Ss]ince|[Ff]rom) {_POINT}|{_YEAR} ?[-–] ?(?:20)?\d\d(?!\d)"
)
"""A length of time told by its ends."""
DATE = re.compile(
    rf"{PERIOD.pattern}|(?:[Uu]ntil |[Bb]efore |[Aa]fter |[Bb]y )?{_POINT}(?!-year)"
    rf"|(?:{_SPELLED}|\d+|[Aa]|[Ss]everal|[Aa] few) (?:days|weeks|months|years|decades?|year|month|week|day) (?:ago|later|earlier)\b"
    r"|[Ll]ast (?:year|month|week)\b|(?:on )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
"""A date as it is printed; matches the sentence as written, since "may" and "march" are also other words."""
MONTH = re.compile(_MONTH)
_TIME = r"(?:minute|hour|day|night|week|month|year|decade|centurie|century)s?"
DURATION = re.compile(
    rf"(?<![\w.,$-])(?:{_QUALIFIER} )?(?:(?:{_ONE}(?:(?: to | or |[-–]){_ONE})?|several|a few|a couple of|many|(?:tens|dozens|hundreds) of|half an?)"
    rf"[ -](?:(?:more|full|whole|consecutive|long) )?|(?<=for )(?=\w+s\b)|(?:(?<=for )|(?<=in )|(?<=of )|(?<=over )|(?<=than )|(?<=lasted )|(?<=took ))an? (?:full )?)"
    rf"{_TIME}(?![\w]|[ -]old\b| (?:ago|later|earlier|after|before)\b)"
)
"""A length of time; matches folded text."""

_CAPITALISED = r"(?:(?:Dr|Mr|Mrs|Ms|Gen|Col|Sgt|Lt|St|[A-Z])\.(?= [A-Z])|[A-ZÁÉÍÓÚÑÜÇ][\w]*(?:[-'’](?!s\b)\w+)*)"
_NAME = re.compile(
    rf"(?<![\w'’-]){_CAPITALISED}(?: (?:(?:de|del|la|las|los|el|da|do|dos|van|von|bin) )*{_CAPITALISED})*"
)
_NOT_NAMES = frozenset(
    fold(word)
    for word in "several many most some such both another former other recent early late earlier later meanwhile however although "
    "while when where there these those despite according since during between among before after even only one two three "
    "four five six seven eight nine ten first second third like unlike given without with as authorities officials police "
    "residents investigators prosecutors migrants members people north south east west".split()
)
_COUNTRIES = frozenset(
    fold(name)
    for name in "Afghanistan,Albania,Algeria,Angola,Argentina,Armenia,Aruba,Australia,Austria,Azerbaijan,Bahamas,Bahrain,Bangladesh,"
    "Barbados,Belarus,Belgium,Belize,Benin,Bhutan,Bolivia,Bosnia,Botswana,Brazil,Britain,Bulgaria,Burundi,Cambodia,Cameroon,Canada,"
    "Chad,Chile,China,Colombia,Congo,Costa Rica,Croatia,Cuba,Curaçao,Cyprus,Denmark,Dominican Republic,Ecuador,Egypt,El Salvador,"
    "England,Eritrea,Estonia,Ethiopia,Finland,France,French Guiana,Gabon,Gambia,Germany,Ghana,Greece,Guatemala,Guinea,Guyana,Haiti,"
    "Honduras,Hungary,Iceland,India,Indonesia,Iran,Iraq,Ireland,Israel,Italy,Ivory Coast,Jamaica,Japan,Kazakhstan,Kenya,Kosovo,"
    "Kuwait,Laos,Latvia,Lebanon,Liberia,Libya,Lithuania,Luxembourg,Madagascar,Malawi,Malaysia,Mali,Malta,Mexico,Moldova,Mongolia,"
    "Montenegro,Morocco,Mozambique,Myanmar,Namibia,Nepal,Netherlands,New Zealand,Nicaragua,Niger,Nigeria,North Korea,Norway,Oman,"
    "Pakistan,Panama,Paraguay,Peru,Philippines,Poland,Portugal,Puerto Rico,Qatar,Romania,Russia,Rwanda,Saudi Arabia,Scotland,"
    "Senegal,Serbia,Sierra Leone,Singapore,Slovakia,Slovenia,Somalia,South Africa,South Korea,South Sudan,Spain,Sri Lanka,Sudan,"
    "Suriname,Sweden,Switzerland,Syria,Taiwan,Tanzania,Thailand,Togo,Trinidad and Tobago,Trinidad,Tunisia,Turkey,Uganda,Ukraine,"
    "United Arab Emirates,United Kingdom,UK,United States,US,USA,Uruguay,Uzbekistan,Venezuela,Vietnam,Wales,Yemen,Zambia,Zimbabwe".split(
        ","
    )
)
_REGIONS = frozenset(
    "africa,asia,europe,south america,north america,central america,latin america,caribbean,andes,amazon".split(",")
)
_PLACE_NOUN = r"(?:prison|jail|penitentiary|state|city|town|province|department|municipality|neighbou?rhood|district|region|river|port|airport|bridge|border|island|valley|desert)"
_AFTER_PLACE = re.compile(rf"['’]?s? {_PLACE_NOUN}\b", re.IGNORECASE)
_BEFORE_PLACE = re.compile(
    rf"\b(?:(?:in|inside|outside|within|across|throughout|near|around|at|into|toward|towards|to|from|through|reached|entered|left)"
    rf"|{_PLACE_NOUN}s? of|(?:city|port|town|capital|village|border) of|(?:port )?(?:city|town|capital|village|municipality|department|state))"
    r"(?: (?:the|both|cities|like|city|of|such|as|neighbou?ring|northern|southern|eastern|western|central|downtown))*[ “\"\[]+$",
    re.IGNORECASE,
)
_STANDS_IN = re.compile(r"\b(?:in|inside|outside|within|across|throughout|near|at|into)(?: the)? $", re.IGNORECASE)
_PLACE_WORDS = re.compile(
    r"^(?:El|La|Las|Los|San|Santa|Santo|Villa|Puerto|Norte|Sur|Río|Rio|Isla|Cerro|Lake|Mount|Port|Fort|New|Saint|St\.) "
    r"|\b(?:Bridge|River|Prison|Penitentiary|Airport|Street|Avenue|Province|Department|Region|State|City|Island|Border|Valley|Desert|Penitenciaría)$"
)
_BODY_WORDS = re.compile(
    r"\b(?:Office|Police|Ministry|Army|Crime|Agency|Directorate|Department|University|Party|Union|Brigade|Tren|Cartel|Clan|Gang|Command"
    r"|Comando|Committee|Commission|Council|Court|Congress|Senate|Institute|Foundation|Observatory|Association|Organi[sz]ation|Guard|Force|Forces"
    r"|Bank|Company|Group|Government|State|National|International|Nations|Center|Centre|Unit|Bureau|Institution|Penitentiary|Prison|Operation|Times|News"
    r"|Window|Freedom|Attorney|Trafficking|Smuggling|Against|Human|American|Western|Liberation|Network|Movement|Front|Federation|League|Club)\b"
)
_TITLE = re.compile(
    r"^(?:General|Colonel|President|Minister|Captain|Major|Sergeant|Lieutenant|Commander|Governor|Mayor|Senator|Judge|Prosecutor|Inspector|Officer"
    r"|Professor|Pope|Bishop|Father|Director|Chief|Dr\.?|Mr\.?|Mrs\.?|Ms\.?|Gen\.|Col\.|Sgt\.|Lt\.)\b"
)
_REPORTS = re.compile(r",? (?:also )?(?:said|told|explained|added|warned|argued)\b")
_REPORTED_BY = re.compile(r"\b(?:said|explained|added|warned|according to) $")
_PEOPLE_OF = re.compile(r"(?:elan|uvian|lean|bian|zilian|alian|vian|orian|ican|inian|ssian|uayan|ese|ish|ans)$")
_JOINT = re.compile(r"(?:,|,? (?:and|or|as well as))(?: (?:in|to|from|of|the))? $|, $")
_ALIAS = re.compile(r",? (?:alias|a\.?k\.?a\.?|(?:also |better )?known as|nicknamed),? [\"“‘]?")
_HAS_CONJUNCTION = re.compile(r"\b(?:and|or)\b|as well as")


def flat(text: str) -> str:
    """The text in lower case without accents, each character where it was.

    >>> flat("Tocorón’s")
    "tocoron's"
    """
    return "".join(folded if len(folded := fold(c)) == 1 else c for c in text)


def is_plural(word: str) -> bool:
    """Whether a word as written looks like a plural noun, the end of "eight alleged members"."""
    low = word.lower()
    return low in _PLURALS or (len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is", "'s", "’s")))


def names(sentence: str) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words with the particles between them, without what a sentence merely begins with."""
    for match in _NAME.finditer(sentence):
        start, end = match.span()
        while start < end:
            first = re.match(r"[^ ]+", sentence[start:end])
            word = first.group() if first else ""
            if fold(word) not in _NOT_NAMES and analyse(word):
                break
            start += len(word) + 1
        if start < end and not MONTH.fullmatch(sentence[start:end]):
            yield start, end


def is_country(name: str) -> bool:
    """Whether it names a country."""
    return fold(name) in _COUNTRIES


def is_place(sentence: str, start: int, end: int) -> bool:
    """Whether a name is known as a place, or stands where places do."""
    name = sentence[start:end]
    if name.isupper() and not is_country(name):
        return False
    if is_country(name) or fold(name) in _REGIONS or _PLACE_WORDS.search(name) or _AFTER_PLACE.match(sentence, end):
        return True
    return bool(_BEFORE_PLACE.search(sentence[:start])) and not _is_body_or_title(name)


def is_person(sentence: str, start: int, end: int) -> bool:
    """Whether a name is likely to be somebody's: of two words or with a title, neither a place nor an institution, and not who reports."""
    name = sentence[start:end]
    if _BODY_WORDS.search(name) or is_country(name) or fold(name) in _REGIONS or _PLACE_WORDS.search(name):
        return False
    if _REPORTS.match(sentence, end) or _REPORTED_BY.search(sentence[:start]):
        return False
    if _AFTER_PLACE.match(sentence, end) or _STANDS_IN.search(sentence[:start]) or name.isupper():
        return False
    return " " in name and not _PEOPLE_OF.search(name) and not _PEOPLE_OF.search(name.split()[0])


def with_aliases(sentence: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The names, a name and its alias as one range."""
    whole: list[tuple[int, int]] = []
    for start, end in found:
        if whole and _ALIAS.fullmatch(sentence[whole[-1][1] : start]):
            close = sentence[end : end + 1] in ('"', "”")
            whole[-1] = (whole[-1][0], end + close)
        else:
            whole.append((start, end))
    return whole


def place_end(sentence: str, end: int) -> int:
    """Where the place ends that a name begins: behind "prison" in "Tocorón prison"."""
    match = _AFTER_PLACE.match(sentence, end)
    return match.end() if match and sentence[end] == " " else end


def enumerations(sentence: str, found: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The ranges, those that commas and a conjunction join together."""
    groups: list[list[tuple[int, int]]] = []
    for item in found:
        if groups and _JOINT.fullmatch(sentence[groups[-1][-1][1] : item[0]]):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def is_enumeration(sentence: str, group: list[tuple[int, int]]) -> bool:
    """Whether a conjunction joins the group, so that it is no mere apposition ("Arequipa, Peru")."""
    return any(_HAS_CONJUNCTION.search(sentence[a[1] : b[0]]) for a, b in pairwise(group))


def _is_body_or_title(name: str) -> bool:
    return bool(_BODY_WORDS.search(name) or _TITLE.match(name) or _PEOPLE_OF.search(name))
