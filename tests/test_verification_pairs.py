"""Each class of change in both directions: a corrupted statement is caught, and a faithful one that looks like it is not."""

from __future__ import annotations

import pytest

from rag.verification import Evidence, check

# fmt: off
# class, kind of finding, passage, speaker, corrupted statements, faithful statements
PAIRS: list[tuple[str, str, str, str | None, list[str], list[str]]] = [
    ("neither nor", "negation", "Rainfall this spring was neither regular nor plentiful in the delta.", None,
     ["Rainfall this spring was steady in the delta.", "Rainfall in the delta was abundant this spring."],
     ["Rainfall this spring was irregular in the delta.", "This spring, rainfall in the delta was not plentiful."]),
    ("tried and failed", "negation", "The rebels tried and failed to seize the radio station in the capital.", None,
     ["The rebels tried to seize the radio station in the capital and succeeded.", "The rebels managed to seize the radio station in the capital."],
     ["The rebels made a failed attempt to seize the radio station in the capital.", "The rebels did not manage to seize the radio station in the capital."]),
    ("phrasal verb of change", "negation", "Demand for steel has slumped across Europe this year.", None,
     ["Demand for steel has picked up across Europe this year."],
     ["Demand for steel has gone down across Europe this year.", "Demand for steel across Europe has not picked up this year."]),
    ("phrasal verb of refusal", "negation", "The senate turned down the budget of the new mayor.", None,
     ["The senate waved through the budget of the new mayor."],
     ["The senate rejected the new mayor's budget.", "The senate threw out the budget of the new mayor."]),
    ("competition", "negation", "Ferry lines on the northern islands face little competition.", None,
     ["Ferry lines on the northern islands work in a crowded market."],
     ["Ferry lines on the northern islands have few rivals."]),
    ("barriers", "negation", "Street vending has low barriers to entry for newcomers.", None,
     ["Street vending is hard to get into for newcomers."],
     ["Street vending is easy to get into for newcomers."]),
    ("few and many", "negation", "Few pilots in the country hold the new licence.", None,
     ["Numerous pilots in the country hold the new licence."],
     ["Hardly any pilots in the country hold the new licence."]),
    ("little evidence", "negation", "There is scant evidence that the levees were inspected before the flood.", None,
     ["The inspection of the levees before the flood is well documented."],
     ["There is hardly any evidence of an inspection of the levees before the flood."]),
    ("nothing to suggest", "negation", "There is little to suggest that the bank had reserves for the losses.", None,
     ["The bank had reserves for the losses."],
     ["Little suggests the bank had any reserves for the losses."]),
    ("double denial", "negation", '"That does not mean that the two unions do not cooperate," said Eva Holm, a labour lawyer.', "Eva Holm, a labour lawyer",
     ["Labour lawyer Eva Holm denied that the two unions work together.", "Eva Holm said the two unions do not cooperate."],
     ["Eva Holm, a labour lawyer, said the two unions may well cooperate."]),
    ("rare and common", "negation", "Landslides are rare in the lower valley.", None,
     ["Landslides are common in the lower valley."], ["Landslides are uncommon in the lower valley.", "Landslides seldom occur in the lower valley."]),
    ("cheap and costly", "negation", "Solar panels from the plant are cheap to install.", None,
     ["Solar panels from the plant are expensive to install."], ["Solar panels from the plant are inexpensive to install."]),
    ("loosen and tighten", "negation", "The ministry eased the rules for fishing boats in June.", None,
     ["The ministry tightened the rules for fishing boats in June."], ["The ministry relaxed the rules for fishing boats in June."]),
    ("told somebody", "speaker", '"The wells are dry," Jon Berg, head of the farmers\' league, told Radio Sol in 2019.', "Jon Berg, head of the farmers' league",
     ["Radio Sol said in 2019 that the wells are dry.", "The wells are dry."],
     ['"The wells are dry," Jon Berg, the head of the farmers\' league, told Radio Sol in 2019.', "Jon Berg told Radio Sol that the wells are dry."]),
    ("inverted source", "speaker", '"The pumps were switched off, and nobody was told," said an engineer at the dam.', "an engineer at the dam",
     ["Although nobody was told, the pumps were switched off, said a resident of the valley."],
     ["Although nobody was told, the pumps were switched off, said an engineer at the dam who did not give her name."]),
    ("pronoun as a source", "speaker", '"They took our boats and left us on the beach," she said.', None,
     ["The fishermen's union said its boats were taken, according to Ana Ruiz."],
     ["A woman from the village described how their boats were taken and they were left on the beach."]),
    ("plunged into", "unsupported", "While the company was expanding abroad, the region was sliding into poverty.", None,
     ["The company's expansion abroad plunged the region into poverty."],
     ["As the company expanded abroad, the region slid into poverty."]),
    ("drove up", "unsupported", "The mill closed in March. House prices in the town rose in the summer.", None,
     ["The closure of the mill drove up house prices in the town."],
     ["The mill closed in March, and house prices in the town rose in the summer."]),
    ("in return for", "unsupported", "As guards moved north from the camp, food moved in the opposite direction.", None,
     ["The camp was sent food in return for the guards who moved north."],
     ["While guards moved north from the camp, food went the other way."]),
    ("in exchange", "unsupported", "The clinic gave the drivers free vaccines, and they paid with fuel.", None,
     ["The clinic gave the drivers free vaccines in exchange for their votes."],
     ["The clinic gave the drivers free vaccines in exchange for fuel."]),
    ("is what enabled", "unsupported", "As the firm has grown, it has moved into shipping.", None,
     ["Its move into shipping is what enabled the firm to grow."],
     ["With its growth, the firm has moved into shipping."]),
    ("paved the way", "unsupported", "The treaty was signed in 1998. The border reopened four years later.", None,
     ["The treaty, signed in 1998, paved the way for the border to reopen."],
     ["Four years after the treaty was signed, the border reopened."]),
    ("fuelled", "unsupported", "The new tax led to protests in the ports.", None,
     ["Rumours about a strike fuelled the protests in the ports."],
     ["The new tax fuelled protests in the ports.", "The new tax sparked protests in the ports."]),
    ("how often", "unsupported", "The bakery delivers bread to the schools in the suburb.", None,
     ["The bakery delivers bread to the schools in the suburb twice a week.", "The bakery makes daily deliveries of bread to the schools in the suburb."],
     ["The bakery brings bread to schools in the suburb."]),
    ("how often, answered", "unsupported", "Every Friday, the bakery delivers bread to the schools.", None,
     ["The bakery delivers bread to the schools every month."], ["The bakery delivers bread to the schools every week."]),
    ("how long", "unsupported", "Volunteers searched the forest for the missing hikers.", None,
     ["Volunteers searched the forest for the missing hikers for several weeks."], ["Volunteers looked for the missing hikers in the forest."]),
    ("at what price", "unsupported", "The cooperative rents tractors to farmers in the hills.", None,
     ["The cooperative rents tractors to farmers in the hills at inflated prices."], ["The cooperative lends tractors to farmers in the hills for a fee."]),
    ("a thing of its own", "unsupported", "Customs agents searched the ship, seized the cargo and arrested the captain.", None,
     ["Customs agents searched the ship, bribed two witnesses, seized the cargo and arrested the captain.", "Customs agents searched the ship, seized the cargo and arrested the captain, handing out chocolate bars."],
     ["Customs agents went through the ship, took the cargo and arrested its captain."]),
    ("likely thanks to", "certainty", "The thieves entered at night, likely thanks to a stolen key.", None,
     ["The thieves entered at night because of a stolen key."], ["The thieves entered at night, probably with the help of a stolen key."]),
    ("most to every one", "certainty", "While each plant has its own manager, most share the same suppliers and accounting system.", None,
     ["Every one of the plants shares the same suppliers and accounting system."], ["Most of the plants share the same suppliers and accounting system."]),
    ("some to all", "certainty", "Police suspect some of these may be forged permits sold to drivers.", "Police",
     ["All of the newly found papers are forged permits sold to drivers, police have determined."],
     ["Some of them could be forged permits sold to drivers, police suspect."]),
    ("suspect to establish", "certainty", "Historians suspect that the letters were burned by the general's widow.", "Historians",
     ["Historians have confirmed that the letters were burned by the general's widow."],
     ["Historians suspect the general's widow burned the letters."]),
    ("limit to impossible", "certainty", "High fuel prices will likely limit the chances of small airlines on these routes.", None,
     ["High fuel prices make it impossible for small airlines to have a chance on these routes."],
     ["High fuel prices are likely to limit the chances of small airlines on these routes."]),
    ("a total of", "number", "Inspectors found at least 17 leaks in the pipeline.", None,
     ["Inspectors found a total of 17 leaks in the pipeline."], ["Inspectors found 17 leaks or more in the pipeline.", "Inspectors found at least seventeen leaks in the pipeline."]),
    ("sum said to be one", "number", "The fire killed 4 people in Lima and 9 in Cusco.", None,
     ["The fire killed 15 people in Lima and Cusco together."], ["The fire killed 13 people in Lima and Cusco together."]),
    ("months of a year", "number", "The strike paralysed the port in March, April and May 2021.", None,
     ["The strike paralysed the port for five months in 2021."], ["The strike paralysed the port for three months in 2021."]),
    ("a body of a group", "name", "Kenyan police have traced the ivory to a warehouse.", None,
     ["Kenya's customs service has traced the ivory to a warehouse."], ["Kenya's police force has traced the ivory to a warehouse."]),
    ("armed groups", "name", "Former paramilitary groups use the tracks in the hills.", None,
     ["Guerrilla fighters use the tracks in the hills."], ["Groups that were once paramilitaries use the tracks in the hills."]),
]
# fmt: on


@pytest.mark.parametrize(
    ("kind", "passage", "speaker", "statement"),
    [(kind, passage, speaker, wrong) for _, kind, passage, speaker, corrupted, _ in PAIRS for wrong in corrupted],
    ids=[f"{what} {n}" for what, *_, corrupted, _ in PAIRS for n in range(len(corrupted))],
)
def test_the_corrupted_one_is_caught(kind: str, passage: str, speaker: str | None, statement: str) -> None:
    assert kind in {finding.kind for finding in check(statement, [Evidence(passage, speaker)])}


@pytest.mark.parametrize(
    ("passage", "speaker", "statement"),
    [(passage, speaker, right) for _, _, passage, speaker, _, faithful in PAIRS for right in faithful],
    ids=[f"{what} {n}" for what, *_, faithful in PAIRS for n in range(len(faithful))],
)
def test_the_faithful_one_is_not(passage: str, speaker: str | None, statement: str) -> None:
    assert check(statement, [Evidence(passage, speaker)]) == []


def test_the_publishers_own_monitoring_needs_no_source() -> None:
    passage = Evidence(
        "The fleet has grown to 40 vessels, according to Ocean Desk's monitoring and interviews.",
        "Ocean Desk's monitoring and interviews",
        "Fishing in the dark | Ocean Desk",
    )
    assert check("The fleet has grown to 40 vessels.", [passage]) == []


def test_the_monitoring_of_others_does() -> None:
    passage = Evidence(
        "The fleet has grown to 40 vessels, according to the union's monitoring.",
        "the union's monitoring",
        "Fishing in the dark | Ocean Desk",
    )
    assert [finding.kind for finding in check("The fleet has grown to 40 vessels.", [passage])] == ["speaker"]


def test_an_acronym_behind_a_name_says_where_somebody_belongs() -> None:
    passage = Evidence('"It will rain," Ana Ruiz, the head of the Weather Service (WSV), said.', "Ana Ruiz")
    assert check("Ana Ruiz of the WSV said that it will rain.", [passage]) == []
