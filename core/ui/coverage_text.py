"""How does the coverage say it? States, calendars, gaps and their stories."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from core.analytics.gaps import Cause, ExplainedGap, Filling
from core.analytics.periods import Period
from core.analytics.value_states import ValueState
from core.ui import text

EVENTS = {"retired": "no longer given", "returned": "given again", "redefined": "counted otherwise"}

STATES: dict[ValueState, str] = {
    ValueState.NUMBER: "Number",
    ValueState.LATE: "Late",
    ValueState.GAP: "Gap",
    ValueState.RETIRED: "Retired",
    ValueState.NOT_OFFERED: "Not offered",
}

STATE_COLORS: dict[ValueState, Literal["blue", "orange", "red", "violet", "gray"]] = {
    ValueState.NUMBER: "blue",
    ValueState.LATE: "orange",
    ValueState.GAP: "red",
    ValueState.RETIRED: "violet",
    ValueState.NOT_OFFERED: "gray",
}

STATE_HELP = {
    ValueState.NUMBER: "The platform gave a number. Zero is a number.",
    ValueState.LATE: "Within the platform's lag: the number may still come.",
    ValueState.GAP: "There could be a number and there is none: not connected yet, a sync failed, or the platform gave none.",
    ValueState.RETIRED: "The platform does not give this metric any more; what was measured before stays.",
    ValueState.NOT_OFFERED: "The platform never gave this metric per day for an account.",
}

ALL_METRICS = "All metrics"
ONE_STATE_A_DAY = "A day with a gap in any metric shows the gap. Point at a day to see what it is made of."
CHOOSE_FOR_METRICS = "Choose a business above to see every metric of its accounts."
NO_GAP = "No gap in this period: every number that the platforms offer is here or still inside its lag."
FILL_NOW = "Sync now to fill what can be filled"
CHOOSE_A_GAP = "Choose a gap with the box at its left to ask for its days again."
ASKING = "What the platform still has is filled in; what it no longer gives stays a gap."
FILLABLE = "The numbers that the next sync asks for come by themselves with the schedule, too."
WHAT_HAPPENED = (
    "What is on record: the account's failed syncs around these days, and when the platform was asked for them."
)
CAN_BE_FILLED = "What a sync can still bring."

CAUSES = {
    Cause.BEFORE_CONNECTION: "Before the account was connected",
    Cause.SYNCS_FAILED: "Syncing failed",
    Cause.NOT_GIVEN: "The platform was asked and gave no number",
    Cause.NO_SYNC: "No sync looked at the account",
}

FILLINGS = {
    Filling.NEXT_SYNC: "Yes: the next sync asks for these days.",
    Filling.HISTORY: "Yes: the past is still being filled in, a piece at each sync.",
    Filling.ASKED_IN_VAIN: "No: the platform has been asked since, and has no number.",
    Filling.NOW_ONLY: "No: the platform tells only how many follow now, not on a day that is over.",
    Filling.NOT_AGAIN: "Not by itself: no sync goes back to these days. Choose this gap to ask for them again.",
}


def event(platform: str, word: str) -> str:
    """What happened to a metric on a day: retired, returned, redefined."""
    return f"{platform}: {EVENTS.get(word, word)}"


def legend(state: ValueState, count: int) -> str:
    """Number 4,120."""
    return f"{STATES[state]} {count:,}"


def value_words(label: str, value: float, state: ValueState, *, is_final: bool) -> str:
    """Impressions: 1,234, or the state in place of the number."""
    if state is not ValueState.NUMBER:
        return f"{label}: {STATES[state].lower()}"
    return f"{label}: {text.exact(value)}{'' if is_final else ', still coming in'}"


def day_words(counts: Mapping[ValueState, int]) -> str:
    """12 numbers, 1 gap, 2 late: the metrics of an account on a day."""
    told = [f"{count} {STATES[state].lower()}" for state, count in counts.items() if count]
    return ", ".join(told)


def known_of(counts: Mapping[ValueState, int]) -> str:
    """How much of what the platform offers is known."""
    offered = sum(counts.values()) - counts[ValueState.NOT_OFFERED] - counts[ValueState.RETIRED]
    if not offered:
        return "Nothing of this is offered in this period."
    lacks = [
        f"{counts[state]:,} {STATES[state].lower()}" for state in (ValueState.LATE, ValueState.GAP) if counts[state]
    ]
    return " · ".join([f"{counts[ValueState.NUMBER]:,} of {offered:,} offered values known", *lacks])


def most_holes(shown: int, accounts: int) -> str:
    return f"The {shown} accounts with the most gaps, of {accounts:,}."


def days(of: Period) -> str:
    """Mon 9 Nov, or 9 Nov – 11 Nov 2026."""
    return f"{text.day(of.first)} {of.first.year}" if of.days == 1 else text.period(of)


def metrics(names: Sequence[str], offered: int) -> str:
    """Which metrics share a gap; all where none of the offered ones is left out."""
    if len(names) == offered and offered > 1:
        return f"All {offered} metrics"
    return ", ".join(names)


def happened(one: ExplainedGap, connected: str, when: Callable[[datetime], str]) -> str:
    """What happened to a gap, and when."""
    told = CAUSES[one.cause]
    if one.cause is Cause.BEFORE_CONNECTION:
        return f"{told}, on {connected}."
    if one.cause is Cause.SYNCS_FAILED and one.failures:
        many = f"{one.failures.count} times" if one.failures.count > 1 else "once"
        return f"{told} {many}, last at {when(one.failures.last_at)}: {one.failures.error}"
    if one.cause is Cause.NOT_GIVEN and one.asked.last_at:
        return f"{told}, last at {when(one.asked.last_at)}."
    return f"{told} in time: none ran, or none got so far."


def filling(one: ExplainedGap, backfill_days: int) -> str:
    """What can still be filled."""
    if one.filling is Filling.TOO_OLD:
        return f"No: older than the {backfill_days:,} days that Tideline goes back (TIDELINE_BACKFILL_DAYS)."
    if one.filling is Filling.PARTLY:
        return f"In part: the next sync asks for the days from {text.day(one.next_first)} on."
    return FILLINGS[one.filling]


def ask_again(platform: str, of: Period) -> str:
    """Ask Facebook for 9 Nov – 11 Nov 2026 again."""
    return f"Ask {platform} for {days(of)} again"


def gaps_not_shown(shown: int, found: int) -> str:
    return f"The newest {shown:,} of {found:,} gaps: narrow the scope to see others."
