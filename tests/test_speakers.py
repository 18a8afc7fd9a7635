"""Speakers of the real report's sentences, decided by reading it. None: the authors' own words."""

from pathlib import Path

import pytest

from rag.documents import read_document
from rag.documents.speakers import find_speakers
from rag.records import Document, Sentence

FILE = Path(__file__).parent.parent / "corpus" / "tren-de-aragua-2023-10.txt"
BRICENO = "Roberto Briceño León, the director of the Venezuelan Violence Observatory"
NIETO = "Carlos Nieto Palma, general coordinator of Venezuelan prisons watchdog A Window to Freedom"
CHAVEZ = (
    "Jorge Chávez Cotrina, the national coordinator of Peru's Specialized Prosecutor's Office Against Organized Crime"
)
FLORES = "General Luis Jesús Flores Solís, the head of the Peruvian National Police's Anti-Human Trafficking and Migrant Smuggling Directorate"
FLORES_PNP = (
    "General Luis Jesús Flores Solís, the head of the PNP's Anti-Human Trafficking and Migrant Smuggling Directorate"
)
AREQUIPA = "a source from the Attorney General's Office Against Organized Crime in Arequipa, Peru"
BRIGADE = "a source in the PNP's Special Investigative Brigade Against Foreign Crime"
HOTEL = "a migrant who traveled from Ecuador to Colombia using Tren de Aragua's smuggling services"
RETURNED = "the woman who returned to Venezuela using Tren de Aragua's migrant smuggling services"

SPEAKERS = {
    # quotations, the speaker named behind them
    '"The government decided to essentially do nothing': BRICENO,
    '"I believe one of the reasons behind the taking': NIETO,
    '"They have different people in each city': AREQUIPA,
    '"Their interest in controlling prisons': "Colonel Revoredo",
    '"These people arrived alongside': "a resident of La Parada, the first town many migrants pass through in Colombia",
    '"These are cities where there': FLORES,
    '"There are no more Peruvian pimps': "General Flores",
    '"They have different methods': "General Flores",
    '"I believe that the police know': "one of the residents",
    '"With these people, you cut off one arm': "a source from the Peruvian Attorney General's Office",
    '"PEOPLE ARE NOT MERCHANDISE,"': "a billboard at the main boarding crossing from Colombia to Ecuador",
    '"They provided us with a hotel': HOTEL,
    '"As soon as you get out of the car': RETURNED,
    '"[The asesor] is the person who': "one case file",
    "\"Peru doesn't have organizations": "a source from the Peruvian Attorney General's Office",
    '"Once they gain women\'s trust': "a human rights worker in Cúcuta",
    "\"They're never going to get into": CHAVEZ,
    '"[Tren de Aragua] is not involved in everything': FLORES_PNP,
    # a quotation that goes on behind its speaker
    '"Later they sent a car': HOTEL,
    '"They say they provide services': RETURNED,
    '"Then, when they want to exploit women': "a human rights worker in Cúcuta",
    '"Nobody wants to mess with them': "General Flores",
    # pronouns, named in the paragraph before
    '"They left with instructions,"': "another source from the Attorney General's Office",
    '"They came on behalf of the Tren."': "another source from the Attorney General's Office",
    '"There are houses where they did horrible things': "One migrant in northern Chile",
    'Tren de Aragua "have entered El Callao': BRIGADE,
    # according to
    "The stated aim of the operation": "a government communique",
    "According to the investigation, a local cell": "the investigation",
    "The gang has even received replacement leaders": (
        "Peruvian prosecutors and officials in the Anti-Human Trafficking and Migrant Smuggling Directorate of the Peruvian National Police"
    ),
    "There, the gang tried and failed": BRIGADE,
    "To do this, they often use the same logistics": "judicial documents obtained by InSight Crime",
    "High-ranking members of the group were": "testimonies of residents, social leaders, and former prison guards",
    "To do this, they often force migrants": "public officials and non-governmental organizations serving migrants in the area",
    "However, upon arrival, the victims": "security forces, judicial officials, and nongovernmental sources consulted by InSight Crime",
    # told, said, reported, shown, discovered
    "However, even when operators in the domestic": "former prison guards and investigators in Venezuela",
    "Several experts have suggested": "Several experts",
    "In Peru, another source from the Attorney": "another source from the Attorney General's Office",
    "Residents of La Parada, who spoke": "Residents of La Parada",
    "Residents of La Parada, in Norte de Santander": "Residents of La Parada, in Norte de Santander",
    "Multiple Peruvian security forces": "Multiple Peruvian security forces and government officials",
    "Security officials, most of whom": "Security officials",
    "Much like with the gang's human": "authorities in Chile, Colombia, and Peru",
    "Residents and human rights workers": "Residents and human rights workers in the Colombian border town of La Parada",
    "Authorities in Colombia and Peru told": "Authorities in Colombia and Peru",
    "Law enforcement and journalistic": "Law enforcement and journalistic investigations across South America",
    "A Peruvian National Police (Policía": "A Peruvian National Police (Policía Nacional Peruana – PNP) investigation",
    "Migrants using these services, security": (
        "Migrants using these services, security forces, public officials, and civil society groups working with the migrant population"
    ),
    # the authors' own words
    "On September 20, 2023, 11,000 police": None,
    "As news filtered out that Héctor": None,
    '"Tour operators" offering trips': None,
    '"These people" refers to': None,
    "The documents describe how the journeys": None,
    'Peruvian authorities even carried out "mega': None,
    'The gang has also been reported to deploy the "hormiga"': None,
    'All eyes, both in law enforcement': None,
    "The gang has suffered a blow": None,
    "However, another possibility remains.": None,
    "Over 3 million Venezuelans fled": None,
    "In Chile, Tren de Aragua has been reported": None,
    "While tusi is the common name": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def report() -> Document:
    return read_document(FILE, FILE.name)


def sentence_starting(document: Document, start: str) -> Sentence:
    """The one sentence that starts so."""
    [found] = [s for s in document.sentences if document.text.startswith(start, s.start)]
    return found


@pytest.mark.parametrize(("start", "speaker"), SPEAKERS.items(), ids=[start[:40] for start in SPEAKERS])
def test_speaker_of_a_sentence_of_the_report(report: Document, start: str, speaker: str | None) -> None:
    assert sentence_starting(report, start).speaker == speaker


def test_speakers_stand_in_the_report_character_for_character(report: Document) -> None:
    named = [s.speaker for s in report.sentences if s.speaker is not None]
    assert len(named) >= 40
    assert [speaker for speaker in named if speaker not in report.text] == []


def test_only_body_has_speakers(report: Document) -> None:
    assert {s.kind for s in report.sentences if s.speaker} == {"body"}


def test_nobody_is_called_by_a_pronoun(report: Document) -> None:
    pronouns = {"he", "she", "they", "él", "ella"}
    assert [report.text[s.start : s.end] for s in report.sentences if (s.speaker or "").lower() in pronouns] == []


PARAGRAPHS = {
    "colon": ([['General Ruiz said: "We will never give up here."']], [["General Ruiz"]]),
    "spanish": ([["«No vamos a rendirnos nunca», dijo el general Ruiz."]], [["el general Ruiz"]]),
    "segun": ([["Según el general Ruiz, la banda creció."]], [["el general Ruiz"]]),
    "pronoun-in-paragraph": ([["Ana Ruiz told reporters that it rained.", '"It rained a lot that day," she said.']], [["Ana Ruiz"] * 2]),
    "pronoun-of-nobody": ([["It rained."], ['"It rained a lot that day," he said.']], [[None], [None]]),
    "pronoun-two-paragraphs-on": (
        [["Ana Ruiz told reporters that it rained."], ["Nobody came."], ['"It rained a lot that day," she said.']],
        [["Ana Ruiz"], [None], [None]],
    ),
    "speech-without-clause-after-prose": ([["It rained.", '"It rained a lot that day."']], [[None, None]]),
    "term": ([['They call it a "franchise" there.']], [[None]]),
    "authors-after-quotation": ([['"It rained a lot that day," said Ana Ruiz.', "Nobody came."]], [["Ana Ruiz", None]]),
}  # fmt: skip


@pytest.mark.parametrize(("paragraphs", "expected"), PARAGRAPHS.values(), ids=PARAGRAPHS.keys())
def test_rule(paragraphs: list[list[str]], expected: list[list[str | None]]) -> None:
    assert find_speakers(paragraphs) == expected
