"""Opposite poles of what news tells of: words and phrases that say the same of a matter, and those that say the contrary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.texts import Text, root_of

_AXES = """
rise climb increase grow jump soar surge swell rocket skyrocket mount multiply pick_up go_up shoot_up step_up speed_up gather_pace take_off on_the_rise gain_ground gain_momentum upturn / fall drop decline decrease shrink plunge plummet slump tumble dwindle diminish subside ebb slide go_down come_down tail_off die_down slow_down dry_up level_off on_the_wane lose_ground lose_momentum downturn
succeed manage_to pull_off bring_off bear_fruit pay_off come_off make_it / fail fall_short fall_flat in_vain backfire founder flop come_to_nothing fall_through miscarry no_avail without_success unsuccessful
accept embrace approve endorse ratify sign_off agree_to go_along_with sign_up_to wave_through give_the_green_light / reject refuse decline_to turn_down spurn rebuff veto throw_out rule_out balk
start begin launch open inaugurate kick_off get_under_way set_up take_up get_going roll_out phase_in / stop end cease halt shut close wind_up wind_down call_off break_off give_up phase_out shut_down scrap abandon discontinue
continue persist carry_on go_on keep_on press_on press_ahead push_ahead go_ahead forge_ahead stick_with / stop cease halt abandon call_off break_off give_up suspend drop back_out back_down back_off walk_away shelve
arrive enter come_in move_in turn_up show_up move_into break_into get_into / leave depart withdraw pull_out move_out clear_out stay_away get_out exit quit vacate evacuate
escape slip_away get_away break_out break_free flee elude evade go_free / capture catch recapture arrest round_up hunt_down track_down
free release let_go set_free let_out / arrest detain jail imprison lock_up hold_captive take_into_custody put_behind_bars
hire recruit employ take_on bring_in sign_up enlist / fire dismiss sack lay_off let_go expel kick_out throw_out shed_job
unite merge join_forces team_up come_together work_together cooperate collaborate band_together close_rank act_in_concert / split divide break_up fall_out part_way drift_apart compete feud clash go_separate_ways
support back endorse champion favor stand_by in_favor stand_behind rally_behind speak_up_for / oppose object resist fight_against speak_out_against come_out_against turn_against campaign_against
praise hail applaud commend laud welcome / criticize condemn denounce slam lambast deplore censure decry berate
win triumph prevail beat defeat overcome come_out_on_top / lose lose_out go_down_to
build construct erect put_up rebuild restore / demolish destroy tear_down knock_down pull_down raze dismantle
strengthen bolster fortify reinforce shore_up consolidate tighten / weaken undermine erode sap hamper loosen relax water_down
expand extend widen broaden enlarge scale_up branch_out spread / narrow contract shrink scale_back scale_down cut_back retrench pare_down
improve get_better recover rebound revive bounce_back pick_itself_up mend / worsen deteriorate get_worse go_downhill degenerate sicken relapse
raise put_up hike lift step_up ramp_up / cut lower slash reduce trim bring_down scale_back
ease lift loosen relax do_away_with scrap / impose tighten introduce bring_in clamp_down crack_down
reveal disclose make_public own_up lay_bare expose come_clean publish / conceal hide cover_up hush_up keep_secret withhold gloss_over sweep_under
admit confess acknowledge concede own_up plead_guilty / deny dispute refute repudiate plead_not_guilty disavow
obey comply abide stick_to adhere respect honor / defy flout violate breach disobey break_the ignore disregard
remember recall keep_in_mind / forget overlook
trust rely_on have_faith confident / distrust mistrust suspicious wary doubt
pay_back repay settle pay_off / default
buy purchase acquire snap_up stock_up / sell sell_off offload
join sign_up enlist enrol / quit resign step_down drop_out pull_out walk_out
stay remain stay_put stay_on / leave depart move_away move_on
allow permit authorize legalize let / ban bar prohibit forbid outlaw prevent block
attack assault raid / defend protect guard shield
survive pull_through live_on outlive / die perish succumb pass_away
find discover locate come_across / lose miss mislay
common commonplace widespread frequent prevalent usual ubiquitous routine rife / rare scarce uncommon infrequent unusual exceptional few_and_far_between thin_on_the_ground
many numerous countless innumerable plenty a_lot_of no_shortage_of / few hardly_any scarcely_any a_handful only_a_few next_to_no
ample plentiful abundant plenty copious considerable substantial extensive overwhelming lavish generous amply / scant scanty meager sparse scarce paltry meagre insufficient inadequate negligible little hardly_any scarcely_any scarcely hardly barely
easy simple effortless straightforward easily low_barrier no_barrier easy_to smooth / hard difficult tough tricky arduous high_barrier hard_to strenuous laborious uphill
little_competition few_rival few_competitor no_competition no_rival unchallenged uncontested unrivaled without_rival unopposed / crowded saturated cutthroat fierce_competition stiff_competition tough_competition many_rival many_competitor fiercely_contested hotly_contested contested
cheap inexpensive affordable low_cost low_price dirt_cheap bargain / expensive costly pricey exorbitant high_cost high_price overpriced steep_price inflated_price
uniform homogeneous homogenous even_pace even_pattern same_pattern same_way same_manner consistent steady evenly regular alike constant unvarying identical in_step / uneven patchy irregular erratic diverse heterogeneous inconsistent varied unequal unevenly mixed fitful
fast quick rapid swift speedy brisk lightning / slow sluggish gradual leisurely slowly plodding
high soaring record_high sky_high / low record_low rock_bottom
strong robust powerful sturdy solid mighty / weak feeble fragile frail flimsy shaky
rich wealthy affluent well_off prosperous / poor impoverished destitute needy badly_off penniless
safe secure harmless out_of_danger / dangerous unsafe hazardous perilous risky at_risk
calm quiet peaceful tranquil / tense violent turbulent restive unruly
busy bustling packed full teeming crowded / empty deserted quiet abandoned half_empty
happy satisfied pleased content delighted glad / unhappy dissatisfied displeased angry furious disappointed
optimistic hopeful upbeat confident bullish / pessimistic gloomy downbeat bearish despondent
careful cautious prudent / careless reckless negligent rash
clear obvious evident plain unmistakable / unclear obscure murky vague ambiguous uncertain
large big huge vast enormous giant massive sizable / small tiny little minor modest minuscule
wide broad / narrow
deep profound / shallow superficial
thick dense / thin sparse
old ancient elderly aging / new young recent modern
near close nearby adjacent neighboring / far distant remote far_off faraway
long lengthy prolonged protracted / short brief fleeting short_lived
early ahead_of_schedule ahead_of_time / late belated behind_schedule overdue
loud noisy / quiet silent hushed
open unlocked / closed shut locked sealed
public overt in_the_open openly / secret covert clandestine secretly behind_closed_doors in_private
loyal faithful / disloyal treacherous
popular well_liked / unpopular loathed hated
guilty convicted culpable / innocent acquitted blameless cleared_of
famous renowned celebrated well_known / obscure unknown little_known
skilled experienced expert seasoned veteran / unskilled inexperienced untrained novice
armed heavily_armed / unarmed lightly_armed
legal lawful legitimate / illegal unlawful illicit
healthy fit / sick ill ailing unwell
modern up_to_date advanced / outdated obsolete antiquated out_of_date
voluntary willingly of_their_own_accord / forced coerced unwillingly against_their_will
permanent lasting enduring / temporary provisional short_term interim
compulsory mandatory obligatory / optional voluntary
transparent open / opaque secretive
centralized top_down / decentralized bottom_up
united cohesive close_knit / divided fragmented loose_knit
profitable lucrative profit_making in_the_black / unprofitable loss_making in_the_red
ahead leading / behind trailing lagging
indoors inside / outdoors outside
urban / rural
seldom rarely hardly_ever almost_never / often frequently regularly usually routinely
mild lenient light gentle / severe harsh strict tough heavy draconian
friendly cordial warm / hostile frosty icy cold unfriendly
fresh / stale rotten
wet rainy / dry arid parched
full brimming / empty
flexible / rigid inflexible
visible conspicuous / invisible inconspicuous hidden
minority / majority
shortage dearth lack scarcity / surplus glut abundance excess
victory win triumph / defeat loss
profit gain / loss
boom upswing / bust recession slump
ally friend partner / enemy rival foe opponent
strength / weakness
success / failure
recover rebound bounce_back rally pick_up revive / slump slide tumble collapse crash plunge sink fall
stay_on remain_in_office cling_to_power / step_down resign quit stand_down bow_out
welcome embrace applaud / fight_against oppose resist protest_against campaign_against boycott shun
escalate intensify flare_up heat_up / subside calm_down die_down cool_down de_escalate
thrive flourish prosper boom / struggle languish wither stagnate
hold_out stand_firm stand_its_ground hold_its_ground hold_their_ground stand_their_ground dig_in / force_out drive_out give_in surrender cave_in capitulate yield back_down
prove confirm corroborate bear_out / disprove refute contradict debunk
attract draw lure / repel deter put_off scare_away
encourage urge spur / discourage deter dissuade
include contain / exclude omit leave_out
gather assemble / disperse scatter
intact undamaged unscathed / damaged destroyed wrecked ruined
unhurt unharmed uninjured / hurt injured wounded
clean unpolluted / dirty polluted contaminated
accurate correct / inaccurate incorrect wrong mistaken
true / false untrue
adequate sufficient enough / inadequate insufficient
efficient / inefficient wasteful
stable steady / unstable volatile
complete finished / unfinished incomplete
solvent / bankrupt insolvent
on_time punctual / late delayed overdue
literate / illiterate
honest truthful / dishonest lying
responsible / irresponsible
strict tight / lax loose
"""
_NO_AXIS = (
    "fall_of fall_for fall_in_love fall_into fall_under fall_victim fall_ill pick_up_from set_up_camp give_rise open_fire open_to open_up close_to close_tie close_associate long_time long_standing "
    "no_longer as_long far_more far_from so_far as_far high_rank high_level high_school high_profile new_york young_people old_man hard_core light_on free_of "
    "back_to back_home back_in drop_off low_hang short_of win_over loss_of lose_their hand_over left_hand leave_behind go_on_to end_up win_back "
    "look_like even_though large_scale small_scale in_large at_large by_large little_by bring_in_money deep_sea poor_people full_time part_time kill_off hold_up still_at "
    "set_off split_second break_even at_close close_by deal_with cut_off hide_out go_on_trial lift_off take_off_from open_letter near_total manage_to_get under_way early_on "
    "end_in end_with end_destination end_result start_with begin_with start_by begin_by start_out begin_as start_as leading_to lead_to start_target clear_leader united_state united_nation united_kingdom new_zealand "
    "find_themselves late_year early_year late_month big_brother close_friend long_run find_out build_up lift_the_lid settle_in free_trade call_up take_in"
).split()
"""Phrases with a word of an axis that do not stand on it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phrase that stands at a pole of an axis."""

    place: int
    length: int
    axis: int
    side: int
    """0 or 1."""


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(root_of(word) for word in phrase.split("_"))


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[tuple[tuple[str, ...], tuple[tuple[int, int], ...]], ...]]:
    """By the first root: phrases, longest first, with the poles where they stand."""
    poles: dict[tuple[str, ...], list[tuple[int, int]]] = {_key(phrase): [] for phrase in _NO_AXIS}
    for axis, line in enumerate(_AXES.strip().split("\n")):
        for side, words in enumerate(line.split(" / ")):
            for phrase in words.split():
                entry = poles.setdefault(_key(phrase), [])
                entry += [(axis, side)] if (axis, side) not in entry else []
    found: dict[str, list[tuple[tuple[str, ...], tuple[tuple[int, int], ...]]]] = {}
    for key in sorted(poles, key=len, reverse=True):
        found.setdefault(key[0], []).append((key, tuple(poles[key])))
    return {first: tuple(entries) for first, entries in found.items()}


@lru_cache(maxsize=128)
def marks(text: Text) -> tuple[Mark, ...]:
    """Every word or phrase of an English text that stands at a pole, in order; of overlapping phrases the longest.

    >>> from rag.verification.texts import read
    >>> {(mark.place, mark.length) for mark in marks(read("Trade has picked up."))}
    {(2, 2)}
    """
    return tuple(_marks(text)) if text.language == "en" else ()


@lru_cache(maxsize=128)
def phrased(text: Text) -> frozenset[int]:
    """The tokens of phrases of two words and more, which do not mean what their words do."""
    if text.language != "en":
        return frozenset()
    return frozenset(n for place, key, _ in _entries(text) if len(key) > 1 for n in range(place, place + len(key)))


def _marks(text: Text) -> Iterator[Mark]:
    for place, key, poles in _entries(text):
        yield from (Mark(place, len(key), axis, side) for axis, side in poles if (axis, 1 - side) not in poles)


def _entries(text: Text) -> Iterator[tuple[int, tuple[str, ...], tuple[tuple[int, int], ...]]]:
    """Where each phrase stands, and its poles."""
    table, place = _table(), 0
    while place < len(text.tokens):
        entries = table.get(text.tokens[place].root, ())
        found = next((entry for entry in entries if _stands(text, place, entry[0])), None)
        if found:
            yield place, *found
        place += len(found[0]) if found else 1


def _stands(text: Text, place: int, key: tuple[str, ...]) -> bool:
    """Whether a phrase stands at a place; a name or a title is none."""
    tokens = text.tokens[place : place + len(key)]
    if tuple(token.root for token in tokens) != key or (tokens[0].capital and not tokens[0].opens):
        return False
    gaps = (text.gap(place + n) for n in range(1, len(key)))
    return all(gap in (" ", "-") for gap in gaps)
