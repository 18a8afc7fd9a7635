"""Prose as a chat model writes it, in both directions: what changes the matter is caught, and what only tells it otherwise is not."""

from __future__ import annotations

import pytest

from rag.verification import Evidence, check

# fmt: off
# class, kind of finding, passages, speaker, corrupted statements, faithful statements
CASES: list[tuple[str, str, list[str], str | None, list[str], list[str]]] = [
    ("no more", "negation", ["There are no more Danish eel fishers in the fjord."], None,
     ["There are Danish eel fishers in the fjord."], ["There are no Danish eel fishers left in the fjord."]),
    ("hyphen behind non", "negation", ["The shelter is run by a nonprofit in Aarhus."], None,
     ["The shelter is run for profit in Aarhus."], ["The shelter is run by a non-profit in Aarhus."]),
    ("preposition that opens a sentence", "name", ["Outside Norway, the ferries kept running through the strike."], None,
     ["Bergen's ferries kept running through the strike."], ["Beyond Norway, the ferries kept running through the strike."]),
    ("studies as a source", "speaker", ["Customs and tax investigations across the islands have shown that the firms share one owner."], "Customs and tax investigations across the islands",
     ["The firms share one owner."], ["Inquiries by customs and tax officers have demonstrated that the firms share one owner."]),
    ("danger that", "certainty", ["If the levee breaks, there is a risk that the town could flood."], None,
     ["If the levee breaks, the town floods."], ["If the levee breaks, there is a danger that the town floods."]),
    ("confirming", "certainty", ["News stories flag potential mines in Kiruna and Luleå."], None,
     ["News stories are confirming the mines in Kiruna and Luleå."], ["News stories point to possible mines in Kiruna and Luleå."]),
    ("whether … or", "certainty", ["It remains to be seen whether the mill can find a buyer, or whether it will be forced to close."], None,
     ["The mill will be forced to close."], ["It remains to be seen whether the mill can find a buyer or will be forced to close."]),
    ("little evidence of what it takes", "negation", ["There is little evidence so far that the port has the cranes or the depth required to unload container ships."], None,
     ["The port already has the cranes and the depth that it would take to unload container ships."], ["There is little sign so far that the port has the cranes or the depth that it would take to unload container ships."]),
    ("hold its ground", "negation", ['The rebels "have entered the harbour, but they were forced out," he said.'], None,
     ["The rebels entered the harbour and held their ground, he said."], ["The rebels entered the harbour but were driven out, he said."]),
    ("less and more", "negation", ["The choir has since become more disciplined and ambitious."], None,
     ["The choir has since become louder and less ambitious."], ["The choir has since become more ambitious and disciplined."]),
    ("not until a year", "negation", ["The lake was not seen as a danger worthy of warnings until 2019, when two divers drowned."], None,
     ["Well before 2019, the lake was regarded as a danger that called for warnings."], ["Only in 2019, when two divers drowned, did the lake come to be seen as a danger worthy of warnings."]),
    ("yet to", "negation", ["Engineers have identified the cracks in the pillar."], None,
     ["Engineers have yet to identify the cracks in the pillar."], ["The cracks in the pillar have been identified by engineers."]),
    ("sort of a source", "speaker", ["Residents and nurses in the port of Odense told reporters that the water smells of oil."], "Residents and nurses in the port of Odense",
     ["Police officers in Odense told reporters that the water smells of oil."], ["Nurses in Odense told reporters that the water smells of oil."]),
    ("somebody's own view", "speaker", ['"It is an enormous market, and fish is their strength," a prosecutor told the Gazette.'], "a prosecutor",
     ["By the union's own assessment, it is an enormous market."], ["By the prosecutor's own assessment, it is an enormous market."]),
    ("clause with its own source", "speaker", ["Farmers in the valley also reported that part of the milk is thrown away.", "The dairy exports cheese to Malta."], "Farmers in the valley",
     ["The dairy exports cheese to Malta, while soldiers in the valley say part of the milk is thrown away."],
     ["The dairy exports cheese to Malta, while farmers in the valley say part of the milk is thrown away."]),
    ("should they insist", "speaker", ["The branches could fill the gap, especially if Nora Lind demands higher dues."], None,
     ["The branches could fill the gap, Nora Lind said."], ["The branches could fill the gap, above all should Nora Lind insist on higher dues."]),
    ("a man as a source", "speaker", ['"We saw the lights go out," said a source in the coast guard.'], "a source in the coast guard",
     ["Lifeguards said they saw the lights go out."], ["A man said that they saw the lights go out."]),
    ("sum whose parts are told", "number", ["Police arrested 30 people in Lund and 23 in Malmö."], None,
     ["Police arrested 54 people, 30 of them in Lund and 23 in Malmö."], ["Police arrested 53 people, 30 of them in Lund and 23 in Malmö."]),
    ("half of a year", "number", ["Dozens of boats sank in the first half of 2021."], None,
     ["Dozens of boats sank in the first eight months of 2021."], ["Dozens of boats sank in the first six months of 2021."]),
    ("count of names", "number", ["Reports flag plants in the towns of Kiel and Lübeck in Germany, and Gdynia, Elbląg, Łeba, and Sopot in Poland."], None,
     ["Reports flag plants in two German towns, Kiel and Lübeck, and seven in Poland, namely Gdynia, Elbląg, Łeba and Sopot."],
     ["Reports flag plants in two German towns, Kiel and Lübeck, and four in Poland, namely Gdynia, Elbląg, Łeba and Sopot."]),
    ("part of the world", "name", ["The company moved through Colombia into Peru, Bolivia, and Chile."], None,
     ["The company moved through Colombia into other European countries."], ["The company moved through Colombia into other South American countries."]),
    ("name without a capital", "name", ["They have also moved into private lending, locally referred to as gota a gota."], None,
     ["They have also moved into private lending, locally known as chulco."], ["They have also moved into private lending, locally known as gota a gota."]),
    ("why, in another citation", "unsupported", ["There are no lamplighters in the town any more.", "Why? Because the city dismissed them,"], None,
     ["The town has no lamplighters because it went bankrupt."], ["The town has no lamplighters because the city dismissed them."]),
    ("years that follow", "unsupported", ["The first raid took place in Viborg with eight arrests. In the following years, police arrested at least 23 more smugglers in the area."], None,
     ["The first raid in Viborg led directly to the arrest of at least 23 more smugglers."], ["After the first raid in Viborg, at least 23 more smugglers were arrested in the area in the years that followed."]),
    ("purpose of a trick", "unsupported", ["Others are deceived by a tactic where a clerk entraps them by pretending to be a friend."], None,
     ["A clerk pretends to be a friend in order to sell them insurance."], ["In another tactic, a clerk pretends to be a friend in order to trap them."]),
]
# fmt: on


@pytest.mark.parametrize(
    ("kind", "statement", "passages", "speaker"),
    [(kind, statement, passages, who) for _, kind, passages, who, corrupted, _ in CASES for statement in corrupted],
)
def test_what_changes_the_matter_is_caught(kind: str, statement: str, passages: list[str], speaker: str | None) -> None:
    assert kind in {finding.kind for finding in check(statement, [Evidence(text, speaker) for text in passages])}


@pytest.mark.parametrize(
    ("statement", "passages", "speaker"),
    [(statement, passages, who) for _, _, passages, who, _, faithful in CASES for statement in faithful],
)
def test_what_only_tells_it_otherwise_is_not(statement: str, passages: list[str], speaker: str | None) -> None:
    assert check(statement, [Evidence(text, speaker) for text in passages]) == []
