"""Sentences of news on many subjects: reworded ones that must pass, and ones with something changed or added that must not."""

from __future__ import annotations

import pytest

from rag.verification import Evidence, check

# fmt: off
# statement, passage, speaker
FAITHFUL: list[tuple[str, str, str | None]] = [
    ("The gang moved into extortion after losing its smuggling routes.", "Having lost its smuggling routes, the gang branched out into extortion.", None),
    ("Rents near the park went up so much that many families had to leave.", "Rents near the park soared, forcing many families out.", None),
    ("The court threw out the case against the editor.", "The case against the editor was dismissed by the court.", None),
    ("Cheaper batteries have made electric buses affordable for small towns.", "As batteries got cheaper, small towns could afford electric buses.", None),
    ("The bank's shares recovered after the minister stepped in.", "The bank's shares bounced back after the minister intervened.", None),
    ("Few of the migrants carry papers, and most travel at night.", "Most of the migrants travel at night, and few carry documents.", None),
    ("He was released on bail in May but arrested again in July.", "Freed on bail in May, he was detained again in July.", None),
    ("The group uses children because they cannot be prosecuted.", "Since children cannot be prosecuted, the group uses them.", None),
    ("Local leaders say that the police do not enter the quarter after dark.", "\"The police never come in here after dark,\" said a community leader.", "a community leader"),
    ("The factory, long the largest employer in the valley, shut its doors last year.", "The factory closed last year. For decades, it had been the valley's biggest employer.", None),
    ("Smugglers exploit the lack of controls at the lake to bring in fuel.", "The lack of controls on the lake allows smugglers to bring in fuel.", None),
    ("Women who refuse to pay are beaten or worse, prosecutors said.", "According to prosecutors, women who do not pay are beaten, and some have been killed.", "prosecutors"),
    ("The new prison is meant to ease overcrowding.", "The new prison was built in order to relieve overcrowding.", None),
    ("The insurers refused to pay because the owner had ignored warnings.", "The owner had ignored warnings, so the insurers would not pay.", None),
    ("Gold prices have driven thousands of people to dig in the reserve.", "Thousands of people have come to dig in the reserve, driven by the price of gold.", None),
    ("A shortage of nurses has forced the hospital to close two wards.", "The hospital closed two wards due to a shortage of nurses.", None),
    ("The mayor, once praised as a reformer, is now widely criticized.", "The mayor was hailed as a reformer but has since come under heavy criticism.", None),
    ("The army says it has retaken the town; residents dispute that.", "The army claims to have recaptured the town, but residents deny this.", "The army"),
    ("Fishing is allowed only in summer.", "Fishing is banned except in summer.", None),
    ("Attendance was lower than expected.", "Attendance did not meet expectations; fewer people came than expected.", None),
    ("It is a small country with a big army.", "The country is small, but its army is large.", None),
    ("The old bridge was not safe, engineers had warned for years.", "Engineers had warned for years that the old bridge was dangerous.", "Engineers"),
    ("The strike ended when the company agreed to raise wages.", "The company agreed to raise wages, and the strike was called off.", None),
    ("Drivers pay the gang every week to be left alone.", "Drivers pay a weekly fee to the gang in exchange for being left alone.", None),
    ("The cells became harder to detect as they spread.", "As the cells spread, it became more difficult to detect them.", None),
    ("Traffickers lured women from Caracas with offers of well-paid work, then took away their passports.", "Women from Caracas were promised well-paid jobs; on arrival, the traffickers confiscated their passports.", None),
    ("Officers found a ledger with names, amounts and dates of payments.", "In the ledger found by officers were names, sums and dates of payments.", None),
    ("The dispute over water has divided the villages for years.", "For years, the villages have been split by a dispute about water.", None),
    ("Authorities have so far found no sign of the missing boat.", "There is still no trace of the missing boat, according to the authorities.", "the authorities"),
    ("An official who asked for anonymity said that the raid had been planned for months.", "The raid had been planned for months, said an official who was not authorized to speak publicly.", "an official"),
    ("In the port of Guayaquil, dock workers are bribed or threatened into hiding drugs in banana containers.", "Guayaquil dock workers are paid or intimidated into concealing drugs inside containers of bananas.", None),
    ("The group, thought to number around 300, sprang up in the slums of the capital in the mid-1990s.", "The group is believed to have about 300 members and emerged in the mid-1990s in slum areas of the capital.", None),
    ("Guards at the jail turned a blind eye to the parties.", "Prison guards ignored the parties.", None),
    ("Most of the money ends up in the hands of a small circle around the governor.", "The bulk of the funds goes to a handful of people close to the governor.", None),
    ("He spent eleven years behind bars before he was let out on parole.", "After eleven years in prison, he was released on parole.", None),
    ("Recruiters approach boys outside schools and offer them phones.", "Boys are approached by recruiters outside schools, where they are offered phones.", None),
    ("Two ministers lost their jobs over the affair.", "The scandal cost two ministers their posts.", None),
    ("Once in the city, the migrants find lodging with relatives.", "When they reach the city, the migrants stay with family members.", None),
    ("The agency, set up in 2004, has never published its accounts.", "Since it was created in 2004, the agency has not made its accounts public.", None),
    ("Traffic on the river has slowed to a trickle since the dam was built.", "Since the construction of the dam, there has been hardly any traffic on the river.", None),
    ("The sisters ran the workshop together until their brother took it over.", "The workshop was run by the sisters jointly before their brother took control of it.", None),
    ("Prices for the drug vary from city to city.", "The drug's price differs between cities.", None),
    ("Investigators believe the money was wired through three banks to hide where it came from.", "The money is believed to have been sent via three banks in order to conceal its origin, investigators say.", "investigators"),
    ("The mayor said the tunnel would bring jobs and tourists to the valley.", "\"This tunnel will bring jobs and tourists to our valley,\" the mayor said.", "the mayor"),
    ("Dealers have switched from cars to motorbikes, which can slip through traffic.", "Dealers now use motorbikes instead of cars because they can get through traffic.", None),
    ("Clashes between the two clans have left at least 40 people dead since January.", "At least 40 people have been killed since January in fighting between the two clans.", None),
    ("The river floods the fields each spring, and the mud makes them fertile.", "Each spring the river floods the fields, leaving fertile mud.", None),
    ("The company did not answer a request for comment.", "The company did not respond to a request for comment.", None),
    ("A shortage of spare parts has kept half of the fleet on the ground.", "Half the fleet has been grounded because of a lack of spare parts.", None),
    ("The ring moved the stolen cars across the border at night with the help of corrupt customs officers.", "Corrupt customs officers helped the ring take the stolen cars over the border by night.", None),
]
CORRUPTED: list[tuple[str, str, str | None]] = [
    ("The bank's shares slumped after the minister stepped in.", "The bank's shares bounced back after the minister stepped in.", None),
    ("Rents near the park came down last year.", "Rents near the park shot up last year.", None),
    ("The clinic is well equipped, and patients rarely wait.", "The clinic is well equipped, but patients often wait.", None),
    ("The governor stepped down after the scandal.", "The governor stayed on after the scandal.", None),
    ("The union called off the strike in the mines.", "The union pressed ahead with the strike in the mines.", None),
    ("The rebels laid down their arms because the drought had ruined them.", "The rebels laid down their arms in 2003. A drought ruined the region that year.", None),
    ("The judge freed the smuggler in exchange for gold.", "The judge freed the smuggler. The smuggler owned a gold mine.", None),
    ("Police arrested the brothers at a wedding and confiscated a yacht.", "Police arrested the brothers at a wedding.", None),
    ("The museum lends the masks to schools free of charge.", "The museum lends the masks to schools.", None),
    ("Each of the drivers was bribed by the gang.", "Several of the drivers were bribed by the gang.", None),
    ("The archive was definitely destroyed by the fire.", "The archive was probably destroyed by the fire.", None),
    ("The mayor said the bridge would be repaired.", "\"The bridge will be repaired,\" Lena Okoro, an engineer, told the mayor.", "Lena Okoro, an engineer"),
    ("There is solid evidence that the vaccine protects infants.", "There is little evidence that the vaccine protects infants.", None),
    ("The villagers welcomed the new mine.", "The villagers fought against the new mine.", None),
    ("Dock workers are paid $500 to hide drugs inside containers of bananas.", "Dock workers are paid to hide drugs inside containers of bananas.", None),
    ("Prison guards ignored the parties, which were filmed by a drone.", "Prison guards ignored the parties.", None),
    ("Boys are approached by recruiters outside schools, where they are offered phones and sports shoes.", "Boys are approached by recruiters outside schools, where they are offered phones.", None),
    ("The scandal, first exposed by a junior accountant, cost two ministers their posts.", "The scandal cost two ministers their posts.", None),
    ("The gang lends money to market traders at a daily rate of interest.", "The gang lends money to market traders.", None),
    ("Corrupt customs officers, dressed in civilian clothes, helped the ring take the stolen cars over the border.", "Corrupt customs officers helped the ring take the stolen cars over the border.", None),
    ("The migrants stay with family members and work illegally as cleaners.", "When they reach the city, the migrants stay with family members.", None),
    ("Half the fleet has been grounded, which has caused fares to rise.", "Half the fleet has been grounded. Fares rose in May.", None),
    ("The rise of the clan was made possible by the silence of the bishops.", "The clan rose in the 1980s. The bishops were silent.", None),
    ("At least 40 people have been killed, prompting the army to move in.", "At least 40 people have been killed since January. The army moved in last week.", None),
    ("The tunnel will bring jobs to the valley.", "The tunnel could bring jobs to the valley.", None),
    ("The tunnel is the reason why tourists come to the valley.", "Tourists come to the valley. The tunnel opened in 1970.", None),
    ("All investigators believe the money was hidden abroad.", "Some investigators believe the money was hidden abroad.", None),
    ("The group has about 300 members, most of them former soldiers.", "The group has about 300 members.", None),
    ("The accountant was killed in his garden by two hooded gunmen.", "The accountant was killed in his garden.", None),
    ("The agency always publishes its accounts.", "The agency usually publishes its accounts.", None),
]
# fmt: on


@pytest.mark.parametrize(("statement", "passage", "speaker"), FAITHFUL)
def test_a_faithful_sentence_passes(statement: str, passage: str, speaker: str | None) -> None:
    assert check(statement, [Evidence(passage, speaker)]) == []


@pytest.mark.parametrize(("statement", "passage", "speaker"), CORRUPTED)
def test_a_corrupted_sentence_does_not(statement: str, passage: str, speaker: str | None) -> None:
    assert check(statement, [Evidence(passage, speaker)]) != []
