"""Words with a part in more than one rule, as they stand in folded text."""

from __future__ import annotations

from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_SPANISH

from rag.retrieval.lexical import fold

_MORE = (
    "also however meanwhile therefore thus hence just very much many more most less least even still yet already now then there here "
    "may might could can cannot would will shall should must have has had been being get gets got go goes going went gone make makes "
    "made do does did done take takes took taken say says said according according like well one ones every each any all some both "
    "another other others such same own per via amid among amongst within without across along around about toward towards upon "
    "whose whom which while whilst whether although though because since unless until till despite instead rather ever never not no "
    "nor neither either nothing nobody none something somebody anything anybody everything everyone them us it its their there's "
    "someone anyone several it's they're aren't isn't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't can't couldn't shouldn't "
    "mr mrs ms tambien ademas asi cada segun hay fue fueron ser son habia hacia sobre mientras aunque porque sino haber sido"
)
STOP = frozenset(fold(w) for w in [*STOPWORDS_EN_PLUS, *STOPWORDS_SPANISH, *_MORE.split()]) - {
    "won",
    "ma",
    "estado",
    "estados",
}
"""Words that carry no matter of their own; those of both languages, since names of either stand in texts of the other."""

CONNECTIVES = frozenset(
    "but while whereas which who because although though if unless when where so yet until aunque pero mientras porque cuando donde sino".split()
)
"""Words that begin a clause."""

_IRREGULAR = """
arise arose arisen|bear bore borne|beat beaten|become became|begin began begun|bind bound|blow blew blown|break broke broken
bring brought|build built|burn burnt|buy bought|catch caught|choose chose chosen|come came|deal dealt|draw drew drawn|drink drank drunk
drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden
forget forgot forgotten|freeze froze frozen|give gave given|go went gone|grow grew grown|hang hung|have had has|hear heard|hide hid hidden
hold held|keep kept|know knew known|lead led|lend lent|leave left|lose lost loss losses|make made|mean meant|meet met|pay paid|ride rode ridden
rise rose risen|run ran|say said|see saw seen|seek sought|sell sold sale sales|send sent|shake shook shaken|shoot shot|show shown|shrink shrank shrunk
sing sang sung|sink sank sunk|sit sat|sleep slept|speak spoke spoken|spend spent|stand stood|steal stole stolen|strike struck|swear swore sworn
take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|wear wore worn|win won|withdraw withdrew withdrawn withdrawal
write wrote written|oversee oversaw overseen|overthrow overthrew|undergo underwent|undertake undertook|understand understood|grow growth
die death deaths dead dying|expand expansion|decide decision decisions|deny denial denied denies|arrive arrival|refuse refusal|approve approval
succeed success successful successfully|fail failure|extend extension|invade invasion|seize seizure seizures|grow growing|lie lay lain|born birth
migrate migrant migrants migration migratory|divide division|explode explosion|collide collision|produce production product products
destroy destruction|describe description|receive reception receipt|conclude conclusion|permit permission|apply application
flee flight|add additional|pursue pursuit|sign signature|marry marriage|enter entry entrance|analyze analysis analyse|survive survival
propose proposal|renew renewal|remove removal|arrest arrests|abduct abduction|reduce reduction|introduce introduction|choose choice
create creation creations|exploit exploitation|easy easier easiest easily|hard harder hardest|high higher|low lower|big bigger|small smaller|large larger
strong stronger strongly|weak weaker|safe safer safely|rich richer|poor poorer|fast faster|slow slower slowly|cheap cheaper|woman women|man men|child children|person persons|city cities|country countries|thief thieves
"""
IRREGULAR = {
    form: line.split()[0] for line in _IRREGULAR.replace("|", "\n").split("\n") if line for form in line.split()[1:]
}
"""English forms whose stem is not that of their verb, by form; nouns made from the verb too."""
