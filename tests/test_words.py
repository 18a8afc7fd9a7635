"""The words that answer: which are marked, and when none are."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_helpers import make_document

from rag.answering.quotes import quote_evidence
from rag.citations import enforce
from rag.reader.questions import parse_question
from rag.reader.words import answer_words
from rag.records import Answer, Statement

NUMBERS = [
    ("How many police and soldiers took the prison?", "On May 3, 2021, 9,500 police and soldiers took the prison.", ["9,500 police and soldiers"]),
    ("How many members were arrested in Lima?", "Police arrested 30 gang members in Lima and 23 members in Arequipa in 2022.", ["30 gang members"]),
    ("How many members were arrested in Arequipa?", "Police arrested 30 gang members in Lima and 23 members in Arequipa in 2022.", ["23 members"]),
    ("How many people have left?", "More than seven million Venezuelans have left the country since 2015.", ["More than seven million Venezuelans"]),
    ("How much do migrants pay per day?", "Migrants pay between $2 and $3 per day to lenders in 24 towns.", ["between $2 and $3 per day"]),
    ("¿Cuánto pagan los migrantes?", "In 2022, the migrants paid US$50 to cross at night.", ["US$50"]),
    ("What percentage of the cells is in Chile?", "Of 40 cells, 35% are in Chile.", ["35%"]),
    ("How many states is the gang in?", "It is present in at least six of the country's 24 states.", ["at least six of the country's 24 states"]),
    ("How many officers were killed in 2019?", "Two officers were killed in 2019.", ["Two officers"]),
    ("How many alleged members were arrested?", "In 2019, police arrested eight alleged gang members.", ["eight alleged gang members"]),
    ("¿Cuántos policías participaron en la operación?", "The operation involved 11,000 police.", ["11,000 police"]),
    ("How many migrants crossed in 2018?", "The crisis had its peak in 2018.", []),
    ("How many cells are there?", "The four cells were found by COVID-19 investigators.", ["four cells"]),
    ("How many prisoners escaped?", "The prisoners, who had spent 12 years inside, escaped.", []),
    ("How many of the 30 members were freed?", "The 30 members were freed.", []),
    ("How many houses were searched?", "They searched 5 houses in Cali, 6 houses in Pasto, and 7 houses in Neiva.", []),
    ("How much was the ransom?", "The ransom was paid by 12 families.", []),
    ("How many members were arrested in Bogotá?", "Police arrested 40 members in Arica.", []),
    ("How many inmates were in Tocorón?", "11,000 police took control of Tocorón prison.", []),
    ("How many were held in 2022?", "In 2021, police held 40 members.", []),
    ("When did the gang start working in Lima?", "In November 2022, police arrested 30 gang members working in Lima.", []),
    ("When were the eight men arrested?", "The arrests of men went on in 2023.", []),
    ("How many cells were found?", "Police freed 30 women held by the cells.", []),
]  # fmt: skip
DATES = [
    ("When was the prison taken?", "On September 20, 2023, soldiers took the prison.", ["September 20, 2023"]),
    ("When did the gang reach Bogotá?", "The gang reached Bogotá in mid-2018.", ["mid-2018"]),
    ("When did the trade begin?", "The trade began in the early 2010s.", ["the early 2010s"]),
    ("In what year was the ministry created?", "The ministry was created in 2011 and dissolved in 2016.", ["2011"]),
    ("In what year was the ministry dissolved?", "The ministry was created in 2011 and dissolved in 2016.", ["2016"]),
    ("¿Cuándo fue creado el ministerio?", "The ministry was created in 2011.", ["2011"]),
    ("When in 2022 were the raids?", "The raids were carried out in November and December 2022.", ["November and December 2022"]),
    ("When did migration slow?", "Between 2020 and 2022, migration began to slow.", ["Between 2020 and 2022"]),
    ("When did the march take place?", "The march may take place after all.", []),
    ("When were they arrested in 2022?", "They were arrested in 2022.", []),
    ("When was it?", "It was seen in 2011, 2014, 2016 and 2019.", []),
    ("When were 2,018 men held?", "There were 2,018 men held in the camp.", []),
]  # fmt: skip
DURATIONS = [
    ("How long did the siege last?", "The siege lasted three days.", ["three days"]),
    ("How long was he in prison?", "He was in prison for more than ten years.", ["more than ten years"]),
    ("¿Cuánto tiempo estuvo en la prisión?", "He spent several months in prison.", ["several months"]),
    ("How long has the gang been active?", "The gang has been active since 2015.", ["since 2015"]),
    ("How long did it take to grow?", "In the space of a decade, it grew into a threat.", ["a decade"]),
    ("How long did he rule?", "The 40-year-old was arrested two years ago.", []),
    ("How long did they pay?", "They paid US$5 a day.", []),
]  # fmt: skip
NAMES = [
    ("Who led the ministry?", "The ministry was led by Ana Torres, a friend of then-President Luis Paz.", ["Ana Torres"]),
    ("¿Quién dirigió el ministerio?", "The prison ministry was led by Ana Torres.", ["Ana Torres"]),
    ("Who commands the cells?", "General Óscar Flores said that Pedro Ruiz and Juan de la Cruz command the cells.", ["Pedro Ruiz", "Juan de la Cruz"]),
    ("Who took over the prison?", "The Attorney General's Office took over the prison.", []),
    ("Who runs Tren de Aragua?", "Tren de Aragua is active in Norte de Santander.", []),
    ("Who investigated the murders?", "The murders were investigated by Peruvian detectives in Villa Alta.", []),
    ("Who was Iris Varela?", "It was led by Iris Varela, a diehard loyalist of the president.", ["a diehard loyalist of the president"]),
    ("Who paid the guards?", "Years after the guards were replaced, and long before anyone in the town had even begun to hear rumours, Ana Torres was born.", []),
    ("Where did the first operations take place?", "The first operations took place in La Parada in 2019.", ["La Parada"]),
    ("Which countries does the gang operate in?", "The gang operates in Colombia, Peru, and Chile.", ["Colombia", "Peru", "Chile"]),
    ("¿En qué países opera la banda?", "The gang has operated in Peru and Chile.", ["Peru", "Chile"]),
    ("In which city were 30 members arrested?", "Police arrested 30 members in Lima and 23 in Arequipa.", ["Lima"]),
    ("In which country is Arica?", "Forty people were held in Arica, Chile.", ["Chile"]),
    ("Where is the prison?", "The prison is in Aragua state.", ["Aragua state"]),
    ("Where in Peru is the gang?", "The gang is in Peru.", []),
    ("Where was the gang founded?", "The gang was founded by General Flores and the National Liberation Army.", []),
    ("Who is the leader of the gang?", "All eyes are on Juan Flores, alias “Niño Flores,” the leader of the gang.", ["Juan Flores, alias “Niño Flores"]),
    ("Who is Ana Torres?", "\"They left,\" said Ana Torres, general coordinator of the watchdog Open Door.", ["general coordinator of the watchdog Open Door"]),
    ("Who killed the pimps?", "“The pimps were killed,” General Flores told reporters.", []),
    ("Which countries is the gang not active in?", "The gang is active in Peru and Chile.", []),
    ("Where did the source work?", "The source worked in the PNP.", []),
    ("Which cities have new cells?", "There are new cells in the cities of Chimbote and Piura in Peru, and Cali and Ipiales in Colombia.", ["Chimbote", "Piura", "Cali", "Ipiales"]),
    ("Where did they flee?", "In January, they fled.", []),
]  # fmt: skip
CLAUSES = [
    ("Why do migrants not report crimes?", "Migrants do not report crimes because they fear deportation, according to the police.", ["they fear deportation"]),
    ("Why did the gang grow?", "The gang grew thanks to an unofficial policy, but then shrank.", ["an unofficial policy"]),
    ("Why did the gang grow?", "Due to a lack of rivals, the gang grew.", ["a lack of rivals"]),
    ("Why did they move?", "They moved in order to escape the police.", ["in order to escape the police"]),
    ("Why was the prison raided?", "The prison was raided at dawn.", []),
    ("Why was the prison raided?", "Prices rose because the prison was raided.", []),
    ("What is gota a gota?", "Gota a gota is a form of loan sharking, and it is spreading.", ["a form of loan sharking"]),
    ("What are pranes?", "Power passed to gang bosses known as pranes.", ["gang bosses"]),
    ("¿Qué significa \"trochas\"?", "Smugglers use \"trochas,\" which means illegal border crossings.", ["illegal border crossings"]),
    ("What are trochas?", "The gang took control of informal border crossings, known as trochas, and charged a fee.", ["informal border crossings"]),
    ("What is gota a gota?", "Cells have moved into loan sharking, locally referred to as gota a gota.", ["loan sharking"]),
    ("What is tusi?", "While tusi is the common name of a drug, what is sold is a mix.", ["the common name of a drug"]),
    ("Why did the gang fail in Callao?", "Its failure came in Callao, which is disputed by gangs due to its role as a port.", []),
    ("What crimes does the gang commit?", "Migrants report no crimes out of fear of repercussions such as deportation.", []),
    ("What is the OVV?", "The OVV is being confronted by the state.", []),
    ("What crimes does the gang commit?", "The gang commits crimes such as extortion, loan sharking, and drug dealing in Lima.", ["extortion", "loan sharking", "drug dealing"]),
    ("What crimes does the gang commit?", "The gang attacked villages, including Alta and Baja.", []),
    ("Did the gang grow in 2019?", "The gang grew by 30 members in 2020 because of the crisis.", []),
    ("Who wrote this report?", "Ana Torres wrote it in 2020.", []),
    ("How is money sent?", "Money is sent in two ways.", []),
]  # fmt: skip


@pytest.mark.parametrize(("question", "sentence", "expected"), [*NUMBERS, *DATES, *DURATIONS, *NAMES, *CLAUSES])
def test_the_words_that_answer(question: str, sentence: str, expected: list[str]) -> None:
    found = answer_words(parse_question(question), sentence, None)

    assert [sentence[start:end] for start, end in found] == expected


@pytest.mark.parametrize(
    ("sentence", "speaker", "expected"),
    [
        ('"They left," Ana Torres, the head of police, said.', "Ana Torres, the head of police", ["Ana Torres"]),
        ('"They left," said a resident of La Parada.', "a resident of La Parada", ["a resident of La Parada"]),
        ('"They left," he said.', "Ana Torres", []),
        ("They left.", None, []),
    ],
    ids=["name", "description", "elsewhere", "none"],
)
def test_the_speaker_is_marked_where_the_sentence_names_him(
    sentence: str, speaker: str | None, expected: list[str]
) -> None:
    found = answer_words(parse_question("Who said that they left?"), sentence, speaker)

    assert [sentence[start:end] for start, end in found] == expected


QUESTIONS = ["How many men?", "When?", "How long?", "Who ran it?", "Where?", "Which towns?", "Why?", "What is it?", "What crimes?"]  # fmt: skip
PIECES = st.sampled_from(
    [
        "two",
        "men",
        "in",
        "Lima",
        ",",
        "and",
        "2019",
        "$5",
        "because",
        "İstanbul",
        "ﬁve",
        "(",
        "“",
        "such as",
        "years",
        ".",
    ]
)


@given(st.sampled_from(QUESTIONS), st.lists(PIECES).map(" ".join))
def test_ranges_are_in_order_apart_and_within_the_sentence(question: str, sentence: str) -> None:
    found = answer_words(parse_question(question), sentence, "Lima")

    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(sentence) for start, end in found)


def quoted(
    question: str, *paragraphs: str, chosen: tuple[int, ...] = (), asked: bool = True
) -> list[tuple[str, list[str]]]:
    """Quotations of an answer with the words marked in each."""
    document = make_document(*(("body", text) for text in paragraphs))
    index = SimpleNamespace(documents={document.id: document}, sentences=[(document.id, s) for s in document.sentences])
    reading = SimpleNamespace(answering=chosen or tuple(range(len(paragraphs))), copied={})
    _, citations = quote_evidence(index, reading, 4, question=parse_question(question) if asked else None)  # type: ignore[arg-type]
    enforce(Answer(question, question, (Statement(citations[0].quote, (1,)),), citations, ()), index.documents)
    return [(c.quote, [document.text[start:end] for start, end in c.marks]) for c in citations]


HELD = "Police held 30 gang members in Lima."


def test_citations_mark_the_words_in_the_document() -> None:
    said = "Ana Torres was born in Lima."

    assert quoted("How many members were held?", said, HELD, chosen=(1, 0)) == [(HELD, ["30 gang members"]), (said, [])]


def test_nothing_is_marked_without_a_question() -> None:
    assert quoted("How many members were held?", HELD, asked=False) == [(HELD, [])]


def test_a_further_quotation_with_another_answer_is_not_marked() -> None:
    other, same = "Police held 12 gang members at night in the end.", "At night police held all of the 30 gang members."

    marks = dict(quoted("How many members were held?", HELD, other, same))

    assert marks == {HELD: ["30 gang members"], other: [], same: ["30 gang members"]}


def test_both_parts_of_a_question_are_marked() -> None:
    sentence = "Police held 30 gang members in Lima on May 3, 2021."

    found = quoted("How many members did police hold, and when were the members held?", sentence)

    assert found == [(sentence, ["30 gang members", "May 3, 2021"])]


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ("Police in Lima held 30 gang members.", 1),
        ("Police held 30 of the gang's members in Lima.", 1),
        ("Police held 23 gang members in Lima.", 2),
        ("Police held 30 gang members in Cali.", 2),
        ("Police never held 30 gang members in Lima.", 2),
        ("Police held 30 gang members in Lima, who were all freed by a judge.", 2),
    ],
    ids=["order", "little words", "another figure", "another name", "denied", "more"],
)
def test_what_is_said_twice_is_quoted_once(other: str, shown: int) -> None:
    found = quoted("How many members were held?", other, HELD, chosen=(1, 0))

    assert [quote for quote, _ in found] == [HELD, other][:shown]
