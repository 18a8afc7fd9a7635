"""Statements that their passage supports, lightly and heavily rephrased: no rule may object."""

from __future__ import annotations

import pytest

from rag.verification import Evidence, check

# fmt: off
# what is rephrased, statement, passage, speaker
CASES: list[tuple[str, str, str, str | None]] = [
    # id, statement, passage, speaker
    ("same words", "The ferry sank on Monday.", "The ferry sank on Monday.", None),
    ("passive", "Three trucks were seized by customs agents near Iquique.", "Customs agents seized three trucks near Iquique.", None),
    ("number in words", "Twelve dock workers were held.", "Police held 12 dock workers in the port.", None),
    ("number in digits", "The storm destroyed 40 houses.", "The storm destroyed forty houses in the valley.", None),
    ("a dozen", "The crew had 12 sailors.", "The crew had a dozen sailors.", None),
    ("a decade", "The project took 10 years.", "The project, which took a decade, ended in 2019.", None),
    ("half in percent", "Half of the harvest was lost.", "About 50 percent of the harvest was lost.", None),
    ("a third", "A third of the voters stayed home.", "Turnout was low: 33% of the voters stayed home.", None),
    ("thousands separator", "1.5 million people live there.", "1,500,000 people live there.", None),
    ("money in words", "Tenants pay one to two dollars per day.", "Tenants pay between US$1-2 per day.", None),
    ("money with sign", "The bribe was $2 million.", "The bribe was two million dollars.", None),
    ("years from and to", "Between 2017 and 2018, 300 families left.", "From 2017 to 2018, 300 families left the island.", None),
    ("years with a hyphen", "The ban lasted from 2011 to 2014.", "The ban (2011-2014) was never popular.", None),
    ("modifier dropped", "8 million pesos were missing.", "Over 8 million pesos were missing from the fund.", None),
    ("about for a figure", "About 11,000 officers took part.", "Some 11,000 officers took part in the search.", None),
    ("more than for over", "More than 3 million people fled.", "Over 3 million people fled the country.", None),
    ("date in other order", "The vote was held on 5 March 2020.", "The vote was held on March 5, 2020.", None),
    ("date in part", "The vote was held in March 2020.", "The vote was held on March 5, 2020.", None),
    ("count of a list", "The strike reached three cities: Lima, Arequipa, and Cusco.", "The strike reached Lima, Arequipa, and Cusco.", None),
    ("ordinal", "It was the second such fire in a month.", "It was the second such fire in a month.", None),
    ("dozens", "Dozens of houses burned.", "The fire burned 64 houses in the old town.", None),
    ("short name", "Revoredo called the gang a risk.", "Colonel Víctor Revoredo called the gang a risk.", None),
    ("demonym", "Peruvian fishermen blocked the port.", "In Peru, fishermen blocked the port.", None),
    ("country of a people", "Fishermen in Ecuador blocked the port.", "Ecuadorian fishermen blocked the port.", None),
    ("acronym", "The OVV counted 90 deaths.", "The Observatorio Venezolano de Violencia counted 90 deaths.", None),
    ("full name of an acronym", "The World Health Organization closed its office.", "The WHO closed its office.", None),
    ("US with dots", "The U.S. embassy stayed open.", "The United States embassy stayed open.", None),
    ("part of a name", "The Tren moved into Chile.", "Tren de Aragua moved into Chile.", None),
    ("the gang for its name", "The gang sells drugs directly to consumers.", "Tren de Aragua sells drugs directly to consumers.", None),
    ("possessive", "Chile's police chief resigned.", "The chief of the Chilean police resigned.", None),
    ("negation kept", "The mine did not reopen.", "The mine did not reopen after the accident.", None),
    ("negation in other words", "No witness came forward.", "No witnesses came forward.", None),
    ("never and not", "The bridge was not finished.", "The bridge was never finished.", None),
    ("opposite with denial", "The port is not open.", "The port is closed.", None),
    ("unknown and not known", "His whereabouts are not known.", "His whereabouts are unknown.", None),
    ("not only", "The group controls the port and the market.", "The group controls not only the port, but also the market.", None),
    ("no fewer than", "At least 30 boats sank.", "No fewer than 30 boats sank.", None),
    ("no longer and stopped", "The clinic no longer takes patients.", "The clinic no longer takes patients since the flood.", None),
    ("failed to", "The council failed to agree on a budget.", "The council failed to agree on a budget.", None),
    ("without", "Nurses worked without gloves.", "Nurses worked for weeks without gloves or masks.", None),
    ("antonyms of other matters", "Exports rose in 2021.", "Exports rose in 2021 while imports fell.", None),
    ("part with a denial left out", "Police seized drugs.", "Police seized drugs but found no weapons.", None),
    ("attributed", "Ana Ruiz said the dam is safe.", '"The dam is safe," said Ana Ruiz, an engineer.', "Ana Ruiz, an engineer"),
    ("according to office", "The dam is safe, according to an engineer.", '"The dam is safe," said Ana Ruiz, an engineer.', "Ana Ruiz, an engineer"),
    ("surname only", "Ruiz called the dam safe.", '"The dam is safe," said Ana Ruiz, an engineer.', "Ana Ruiz, an engineer"),
    ("pronoun", "He said the pilots were tired.", 'The pilots were tired, Captain Joel Mora told the court.', "Captain Joel Mora"),
    ("told the paper", "Residents told InSight Crime that the gang controls the low-cost housing.", "Residents of the town told InSight Crime that the gang controls the low-cost housing.", "Residents of the town"),
    ("residents as locals", "According to locals, the gang taxes the market.", "Residents told reporters that the gang taxes the market.", "Residents"),
    ("report's own voice", "The report says the river is polluted.", "The river is polluted along most of its length.", None),
    ("quotation", "“The dam is safe,” said engineer Ana Ruiz.", '"The dam is safe," said Ana Ruiz, an engineer.', "Ana Ruiz, an engineer"),
    ("quoted in part", "Ruiz called it \"a huge market\".", '"Peru is a huge market, enormous," Ana Ruiz said.', "Ana Ruiz"),
    ("quotation shortened", "“We had no water [...] for days,” a nurse said.", '"We had no water and no light for days," a nurse said.', "a nurse"),
    ("single quotes", "She spoke of ‘a city of ghosts’.", "She spoke of 'a city of ghosts' in her diary.", None),
    ("hedge kept", "The gang may have lost its base.", "The gang may have lost its base.", None),
    ("hedge by another word", "The leaders possibly got a tip-off.", "The leaders might have got a tip-off.", None),
    ("likely", "The drugs were probably meant for local sale.", "The drugs were likely intended for local sale.", None),
    ("alleged", "The mayor is accused of taking bribes.", "The mayor allegedly took bribes.", None),
    ("hedge added", "The prices may have risen in May.", "The prices rose in May.", None),
    ("plan kept", "The city plans to build a tunnel.", "The city plans to build a tunnel by 2030.", None),
    ("will kept", "The museum will open in June.", "The museum will open in June.", None),
    ("hedged part left out", "The museum opened in June.", "The museum opened in June and may close again in August.", None),
    ("some kept", "Some prisoners were moved.", "Some of the prisoners were moved to other jails.", None),
    ("cause kept", "The road was closed because of a landslide.", "A landslide caused the closure of the road.", None),
    ("cause by thanks to", "Thanks to the treaty, exports grew.", "The treaty led to a growth of exports.", None),
    ("purpose", "She sold the house in order to pay the debt.", "She sold the house to pay the debt.", None),
    ("cause by participle", "Border closures led to more smuggling.", "Lockdowns prompted border closures, driving more migrants to use smugglers.", None),
    ("paraphrase", "Officers took control of the jail.", "Police seized control of the prison.", None),
    ("paraphrase with clause", "The group began inside the prison and later spread beyond its walls.", "The group was born inside the prison; its influence then spread beyond the prison walls.", None),
    ("heavy paraphrase", "The syndicate grew from a jail gang into one of the region's fastest-rising security threats.", "In the space of a decade, it has become one of the most rapidly growing security threats in South America, having started as a prison gang.", None),
    ("nominal", "The expansion of the cartel worried neighbors.", "The cartel expanded, which worried its neighbours.", None),
    ("order of clauses", "After the raid, the guards left.", "The guards left after the raid.", None),
    ("Spanish statement, figures and names", "El 20 de septiembre de 2023, 11.000 policías y soldados tomaron la cárcel de Tocorón.", "On September 20, 2023, 11,000 police and soldiers took control of Tocorón prison.", None),
    ("Spanish statement, countries", "La banda está presente en Brasil y en Perú.", "The gang is present in Brazil and Peru.", None),
    ("English statement of a Spanish passage", "Two million dollars were stolen in Colombia.", "Robaron dos millones de dólares en Colombia.", None),
    ("Spanish both", "El puente se cerró en marzo.", "En marzo se cerró el puente.", None),
    ("Spanish source", "Según Ana Ruiz, la presa es segura.", '"La presa es segura", dijo Ana Ruiz.', "Ana Ruiz"),
    ("age", "A 25-year-old man was arrested.", "The man arrested, aged 25, is from Quito.", None),
    ("half a million", "500,000 voters registered.", "Half a million voters registered.", None),
    ("weeks and days", "The siege lasted 14 days.", "The siege lasted two weeks.", None),
    ("range by words", "Passengers pay 10 to 15 dollars.", "Passengers pay $10-15.", None),
    ("up to kept", "Guides charge up to $500.", "Guides charge as much as $500.", None),
    ("one in five", "One in five children is underweight.", "Twenty percent of the children are underweight.", None),
    ("doubtful one", "An investigation found that one cell had its own laboratory.", "An investigation discovered that a cell had its own laboratory.", "An investigation"),
    ("inferred few", "Several witnesses saw the boat.", "Three witnesses saw the boat.", None),
    ("title dropped", "Flores met the union.", "General Flores met the union.", None),
    ("markers", "The ferry sank on Monday [1].", "The ferry sank on Monday.", None),
    ("weekday and place", "On Tuesday, the court in Quito freed him.", "A court in Quito freed him on Tuesday.", None),
    ("lack of and no", "There was no evidence of fraud.", "The audit found no evidence of fraud.", None),
    ("denial reported", "The minister denied taking bribes.", "The minister denied that he had taken bribes.", None),
    ("source at the end", "The bus had no brakes, a mechanic said.", "A mechanic said that the bus had no brakes.", "A mechanic"),
    ("experts", "According to experts, the outcry was a factor in the decision.", "Several experts have suggested the outcry was a factor in the decision.", "Several experts"),
    ("document as a source", "Court records show that the advisers bought the tickets.", '"The adviser buys the tickets," reads one case file.', "one case file"),
    ("former prisoners", "Former inmates were sent as muscle to new areas.", "Former prisoners were also deployed as manpower and shock troops in zones around the country.", None),
    ("numbers of two kinds", "Police arrested 23 people in Arequipa and 30 in Lima.", "Police arrested 30 people in Lima and 23 in Arequipa.", None),
    ("can", "Sick pupils can stay at home.", "Sick pupils can stay at home.", None),
    ("sentence opening with a common word", "Extortion of shops has spread.", "The extortion of shopkeepers has spread to the suburbs.", None),
    ("adverb", "The path is often flooded.", "The path is frequently flooded.", None),
    # written after the rules were tuned on those above; eight of these 72 were flagged then
    ("fresh 1", "The central bank raised interest rates to 5.25% in July, its highest level in 22 years.", "The central bank on Wednesday lifted its benchmark rate to 5.25 percent, the highest level in 22 years, at its July meeting.", None),
    ("fresh 2", "Nearly a quarter of the country's teachers walked off the job.", "Almost 25% of teachers nationwide joined the walkout.", None),
    ("fresh 3", "The court sentenced former governor Luis Paredes to 15 years for embezzlement.", "Luis Paredes, who governed the province until 2016, was sentenced by a court to fifteen years in prison for embezzling public funds.", None),
    ("fresh 4", "Drought has cut the coffee harvest by half, growers told El Faro.", "Growers told El Faro the drought had halved the coffee harvest.", "Growers"),
    ("fresh 5", "The company dismissed 1,200 employees in two rounds.", "In two rounds, the company laid off 1,200 workers.", None),
    ("fresh 6", "Health officials have not identified the source of the outbreak.", "The source of the outbreak is still unknown, according to health officials.", "health officials"),
    ("fresh 7", "No deaths were reported.", "There were no reports of deaths.", None),
    ("fresh 8", "The virus spread to at least seven provinces by March.", "By March, at least seven provinces had reported cases of the virus.", None),
    ("fresh 9", "Police believe the gunmen fled across the border to Honduras.", "The gunmen are believed by police to have fled across the Honduran border.", "police"),
    ("fresh 10", "Judge Marta Solano ordered the release of three activists.", "Three activists were freed on the orders of Judge Marta Solano.", None),
    ("fresh 11", "The bridge, which opened in 1932, needs urgent repairs, engineers say.", "Engineers say the 1932 bridge is in urgent need of repair.", "Engineers"),
    ("fresh 12", "Exports to China doubled between 2010 and 2020.", "From 2010 to 2020, exports to China rose twofold.", None),
    ("fresh 13", "The plane had 62 people on board, including four crew members.", "All 62 people aboard the plane, four of them crew, died.", None),
    ("fresh 14", "Opposition leader Sofía Lara refused to accept the result.", "Sofía Lara, the leader of the opposition, did not accept the result.", None),
    ("fresh 15", "The gang used minors as lookouts, according to court documents.", "Court documents describe how the gang used minors as lookouts.", "Court documents"),
    ("fresh 16", "Rescuers found the last survivor after five days.", "The last survivor was found by rescuers five days after the quake.", None),
    ("fresh 17", "A police spokesman declined to comment.", "A spokesman for the police would not comment.", None),
    ("fresh 18", "The president has promised to close the prison.", "The president promised that the prison would be closed.", "The president"),
    ("fresh 19", "Farmers blamed the government for the shortage of fertilizer.", "Farmers say the government is to blame for a lack of fertilizer.", "Farmers"),
    ("fresh 20", "Human rights groups say at least 140 people have disappeared since 2019.", "At least 140 people have gone missing since 2019, according to human rights groups.", "human rights groups"),
    ("fresh 21", "The factory had been shut since the fire.", "The factory has not reopened since the fire.", None),
    ("fresh 22", "The ministry did not respond to requests for comment.", "The ministry did not answer questions sent by this newspaper.", None),
    ("fresh 23", "Migrants pay between $500 and $800 for the crossing.", "The crossing costs migrants from 500 to 800 dollars.", None),
    ("fresh 24", "Only two of the nine suspects were convicted.", "Of the nine suspects, just two were convicted.", None),
    ("fresh 25", "It was not until 2022 that the case reached the court.", "The case reached the court in 2022.", None),
    ("fresh 26", "Cocaine seizures fell for a third straight year.", "For the third year in a row, seizures of cocaine declined.", None),
    ("fresh 27", "The cartel's rise was not inevitable, historian Pablo Neira argued.", "\"There was nothing inevitable about the cartel's rise,\" historian Pablo Neira said.", "historian Pablo Neira"),
    ("fresh 28", "The town lost its only doctor in May.", "In May, the only doctor of the town left.", None),
    ("fresh 29", "Some of the children had walked more than 30 kilometers.", "Several of the children walked over 30 km.", None),
    ("fresh 30", "The agreement could fail if Brazil withdraws.", "If Brazil pulls out, the agreement might collapse.", None),
    ("fresh 31", "Two of the guards were accused of helping the prisoners escape.", "Two guards allegedly helped the inmates to escape.", None),
    ("fresh 32", "The city will open 14 new schools next year.", "Next year 14 new schools are to open in the city.", None),
    ("fresh 33", "Inspectors said they had warned the owner twice.", '"We warned the owner two times," the inspectors said.', "the inspectors"),
    ("fresh 34", "The hospital ran out of oxygen, killing 12 patients.", "Twelve patients died when the hospital ran out of oxygen.", None),
    ("fresh 35", "The union wants a pay rise of 8 percent.", "The union is demanding 8% more pay.", None),
    ("fresh 36", "The country has Latin America's highest murder rate.", "No country in Latin America has a higher murder rate.", None),
    ("fresh 37", "Nobody was hurt in the explosion.", "The explosion did not injure anyone.", None),
    ("fresh 38", "The group denies any link to the cartel.", "The group says it has no ties with the cartel.", "The group"),
    ("fresh 39", "The clashes started after soldiers fired on the crowd.", "Soldiers fired on the crowd, and clashes broke out.", None),
    ("fresh 40", "According to the World Bank, 40 percent of households have no running water.", "Four in ten households lack running water, the World Bank says.", "the World Bank"),
    ("fresh 41", "The cartel, which started in the ports, now operates in nine countries.", "Born in the docks, the cartel has since extended its operations to nine countries.", None),
    ("fresh 42", "Investigators traced the payments to a shell company in Panama.", "The payments were traced by investigators to a Panamanian shell company.", None),
    ("fresh 43", "Colonel Ibarra said his unit was ready for the threat.", '"We are ready for them," Colonel Ibarra told reporters.', "Colonel Ibarra"),
    ("fresh 44", "The prison's inmates had a pool, a zoo and a disco.", "Inside the prison were a swimming pool, a zoo, and even a disco built by inmates.", None),
    ("fresh 45", "The gang charges shopkeepers a weekly fee.", "Every week, shopkeepers must pay the gang a fee.", None),
    ("fresh 46", "Two lawyers who asked not to be named said the judge had been bribed.", "The judge was bribed, said two lawyers who requested anonymity.", "two lawyers"),
    ("fresh 47", "Women were promised jobs as waitresses and then forced into prostitution.", "The women had been offered work as waitresses but were forced to sell sex once they arrived.", None),
    ("fresh 48", "The leader has not been seen since the raid.", "Since the raid, nobody has seen the leader.", None),
    ("fresh 49", "A migrant from Maracaibo described being robbed at the river.", '"They robbed us at the river," said a migrant from Maracaibo.', "a migrant from Maracaibo"),
    ("fresh 50", "The two gangs fought for control of the market until 2019.", "Until 2019, the market was disputed by the two gangs.", None),
    ("fresh 51", "Authorities seized weapons, drugs and 15 vehicles.", "Fifteen vehicles, along with drugs and weapons, were confiscated by the authorities.", None),
    ("fresh 52", "It is unclear who ordered the killing.", "Who ordered the killing remains unknown.", None),
    ("fresh 53", "The group's income depends largely on extortion.", "Extortion is the group's main source of income.", None),
    ("fresh 54", "Prosecutor Elena Vidal warned that the cells could regroup.", '"The cells could regroup at any time," prosecutor Elena Vidal warned.', "prosecutor Elena Vidal"),
    ("fresh 55", "The smugglers use WhatsApp to contact clients.", "Clients are contacted by the smugglers through WhatsApp.", None),
    ("fresh 56", "By 2021, the gang had cells in Cali and Pereira.", "In 2021 the gang already had cells in the Colombian cities of Cali and Pereira.", None),
    ("fresh 57", "The gang allegedly paid police for protection.", "There are allegations that police were paid by the gang for protection.", None),
    ("fresh 58", "About half of the victims were minors.", "Some 50% of victims were under age.", None),
    ("fresh 59", "The operation lasted three days and left no casualties.", "No one was hurt in the operation, which went on for three days.", None),
    ("fresh 60", "Ana Lugo, a sociologist, disputes that the gang has a central command.", '"The gang has no central command," said Ana Lugo, a sociologist.', "Ana Lugo, a sociologist"),
    ("fresh 61", "The mayor, who took office in 2020, was arrested on corruption charges.", "The mayor, in office since 2020, was arrested on charges of corruption.", None),
    ("fresh 62", "The report estimates that the gang has 4,000 members.", "The gang has an estimated 4,000 members.", None),
    ("fresh 63", "Las autoridades detuvieron a 15 personas en Cúcuta en mayo de 2021.", "In May 2021, authorities arrested fifteen people in Cúcuta.", None),
    ("fresh 64", "Según la fiscal Elena Vidal, las células podrían reagruparse.", '"The cells could regroup at any time," prosecutor Elena Vidal warned.', "prosecutor Elena Vidal"),
    ("fresh 65", "La banda no ha perdido su poder.", "La banda no ha perdido su poder en la región.", None),
    ("fresh 66", "The wave of violence began when the truce collapsed.", "When the truce collapsed, a wave of violence began.", None),
    ("fresh 67", "Most victims never file a complaint.", "Most victims do not file complaints.", None),
    ("fresh 68", "Ecuador declared a state of emergency after the riots.", "After the riots, a state of emergency was declared in Ecuador.", None),
    ("fresh 69", "The gang lost its headquarters but kept its networks abroad.", "Although the gang was deprived of its headquarters, its foreign networks survived.", None),
    ("fresh 70", "The cells send part of the money back to their leaders.", "Part of the money is sent back by the cells to the leadership.", None),
    ("fresh 71", "Officials fear that the group will return to the prisons.", "There are fears among officials that the group may go back to the prisons.", None),
    ("fresh 72", "More than 100 police officers were dismissed for corruption.", "Over a hundred police were fired for corruption.", None),
]
# fmt: on


@pytest.mark.parametrize(
    ("statement", "passage", "speaker"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_supported_statement_gets_no_finding(statement: str, passage: str, speaker: str | None) -> None:
    assert check(statement, [Evidence(passage, speaker)]) == []


MERGED = [
    (
        "The ferry, built in 1988, sank off Ancón with 40 passengers.",
        [("The ferry sank off Ancón.", None), ("It was built in 1988 and carried 40 passengers.", None)],
    ),
    (
        "Ana Ruiz said the dam is safe, but Joel Mora warned of cracks.",
        [('"The dam is safe," said Ana Ruiz.', "Ana Ruiz"), ('"There are cracks," Joel Mora warned.', "Joel Mora")],
    ),
    (
        "Police held 12 men in Lima and 3 in Quito.",
        [("In Lima, police held 12 men.", None), ("Police in Quito held 3 men.", None)],
    ),
    (
        "The mine closed in 2014 after the landslide and has not reopened.",
        [("The mine closed in 2014 after a landslide.", None), ("It has not reopened since.", None)],
    ),
    (
        "The gang works in Chile and reportedly in Bolivia.",
        [("The gang works in Chile.", None), ("There are reports of the gang in Bolivia.", None)],
    ),
]


@pytest.mark.parametrize(("statement", "passages"), MERGED)
def test_a_statement_made_of_several_passages_gets_no_finding(
    statement: str, passages: list[tuple[str, str | None]]
) -> None:
    assert check(statement, [Evidence(*passage) for passage in passages]) == []


def test_what_the_heading_says_may_be_presupposed() -> None:
    passage = Evidence("The gang sells drugs directly to consumers.", about="Tren de Aragua in Chile")
    assert check("In Chile, Tren de Aragua sells drugs directly to consumers.", [passage]) == []


def test_the_publisher_named_in_the_heading_may_be_given_as_the_source() -> None:
    passage = Evidence("The river is polluted.", about="Rivers of the coast, InSight Crime")
    assert check("InSight Crime says the river is polluted.", [passage]) == []
