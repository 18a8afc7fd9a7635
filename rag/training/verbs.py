"""Verbs that can be exchanged in a question so that something else is asked and the sentence is still grammatical."""

from __future__ import annotations

import re

# base, third person, past, participle; "|" exchanges both ways, ">" only from left to right (the right one is often no verb,
# or would not make sense the other way: a film that is released cannot be arrested)
_TABLE = """
found founds founded founded > dissolve dissolves dissolved dissolved
establish establishes established established | abolish abolishes abolished abolished
create creates created created | destroy destroys destroyed destroyed
build builds built built > demolish demolishes demolished demolished
construct constructs constructed constructed > demolish demolishes demolished demolished
win wins won won | lose loses lost lost
buy buys bought bought | sell sells sold sold
hire hires hired hired > fire fires fired fired
appoint appoints appointed appointed | dismiss dismisses dismissed dismissed
elect elects elected elected > defeat defeats defeated defeated
arrest arrests arrested arrested > release releases released released
release releases released released > ban bans banned banned
capture captures captured captured | free frees freed freed
kill kills killed killed > rescue rescues rescued rescued
murder murders murdered murdered > rescue rescues rescued rescued
kidnap kidnaps kidnapped kidnapped > rescue rescues rescued rescued
die dies died died > marry marries married married
marry marries married married > divorce divorces divorced divorced
convict convicts convicted convicted | acquit acquits acquitted acquitted
accuse accuses accused accused > acquit acquits acquitted acquitted
increase increases increased increased | decrease decreases decreased decreased
rise rises rose risen > fall falls fell fallen
raise raises raised raised | lower lowers lowered lowered
begin begins began begun > end ends ended ended
start starts started started > stop stops stopped stopped
end ends ended ended > begin begins began begun
stop stops stopped stopped > start starts started started
join joins joined joined > leave leaves left left
enter enters entered entered > leave leaves left left
leave leaves left left > enter enters entered entered
arrive arrives arrived arrived | depart departs departed departed
attack attacks attacked attacked | defend defends defended defended
invade invades invaded invaded > defend defends defended defended
accept accepts accepted accepted | reject rejects rejected rejected
approve approves approved approved > reject rejects rejected rejected
sign signs signed signed > reject rejects rejected rejected
adopt adopts adopted adopted > reject rejects rejected rejected
ratify ratifies ratified ratified > reject rejects rejected rejected
pass passes passed passed > repeal repeals repealed repealed
introduce introduces introduced introduced > abolish abolishes abolished abolished
support supports supported supported | oppose opposes opposed opposed
allow allows allowed allowed | ban bans banned banned
publish publishes published published > ban bans banned banned
launch launches launched launched > cancel cancels cancelled cancelled
order orders ordered ordered > cancel cancels cancelled cancelled
import imports imported imported | export exports exported exported
lend lends lent lent | borrow borrows borrowed borrowed
send sends sent sent | receive receives received received
gain gains gained gained > lose loses lost lost
seize seizes seized seized > return returns returned returned
recruit recruits recruited recruited | expel expels expelled expelled
threaten threatens threatened threatened | protect protects protected protected
discover discovers discovered discovered > lose loses lost lost
invent invents invented invented > ban bans banned banned
write writes wrote written > translate translates translated translated
sing sings sang sung > write writes wrote written
own owns owned owned > sell sells sold sold
make makes made made > sell sells sold sold
- - - born > - - - buried
- - opened opened | - - closed closed
"""
_NO_VERB = "the a an this that these those his her its their our your my of in on at for by with no".split()
_AUXILIARY = re.compile(r"\b(?:do|does|did|to|will|would|can|could|may|must|should|shall)\b", re.IGNORECASE)


def _exchanges() -> dict[str, tuple[str, bool, tuple[str, ...]]]:
    """By form: the form that replaces it, whether it is a base form, and all forms of the other verb."""
    found: dict[str, tuple[str, bool, tuple[str, ...]]] = {}
    for line in _TABLE.split("\n"):
        left, direction, right = re.split(r" ([|>]) ", line) if line else ("", "", "")
        sides = [(left.split(), right.split())] + ([(right.split(), left.split())] if direction == "|" else [])
        for forms, others in sides:
            for place, (form, other) in enumerate(zip(forms, others, strict=True)):
                if form != "-":
                    found.setdefault(form, (other, place == 0, tuple(o for o in others if o != "-")))
    return found


_EXCHANGES = _exchanges()


def verb_changes(question: str, paragraph: str) -> list[tuple[str, str]]:
    """(verb as it stands in the question, the one that changes what is asked), none of whose forms is in the paragraph.

    >>> verb_changes("Who won the battle?", "Ana won the battle.")
    [('won', 'lost')]
    >>> verb_changes("Who won the battle?", "Ana won the battle that Eva had to lose.")
    []
    """
    words = re.findall(r"\w+", question)
    there = {word.lower() for word in re.findall(r"\w+", paragraph)}
    changes = []
    for place, word in enumerate(words):
        if word not in _EXCHANGES or words.count(word) > 1 or (place and words[place - 1].lower() in _NO_VERB):
            continue
        other, base, forms = _EXCHANGES[word]
        if base and not _AUXILIARY.search(" ".join(words[:place])):
            continue
        if not there & set(forms) and not set(words) & set(forms):
            changes.append((word, other))
    return changes
