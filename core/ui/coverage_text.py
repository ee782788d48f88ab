"""How do the coverage calendar and the catalog of metrics say it? States, gaps, sources."""

from collections.abc import Mapping
from typing import Literal

from core.analytics.coverage import DayState, GapReason
from core.metrics import Grain, Offer
from core.ui import content_text, insight_text, text

EVENTS = {"retired": "no longer given", "returned": "given again", "redefined": "counted otherwise"}

STATES: dict[DayState, str] = {
    DayState.KNOWN: "Known",
    DayState.LATE: "Late",
    DayState.GAP: "Gap",
    DayState.RETIRED: "Retired",
    DayState.NOT_OFFERED: "Not offered",
}

STATE_SIGNS = {
    DayState.KNOWN: "",
    DayState.LATE: "…",
    DayState.GAP: "×",
    DayState.RETIRED: "R",
    DayState.NOT_OFFERED: "",
}

STATE_COLORS: dict[DayState, Literal["blue", "orange", "red", "violet", "gray"]] = {
    DayState.KNOWN: "blue",
    DayState.LATE: "orange",
    DayState.GAP: "red",
    DayState.RETIRED: "violet",
    DayState.NOT_OFFERED: "gray",
}

STATE_HELP = {
    DayState.KNOWN: "There is a number, which may be zero.",
    DayState.LATE: "Within the platform's lag: it may still come.",
    DayState.GAP: "There is no number where one could be.",
    DayState.RETIRED: "The platform does not give this metric any more.",
    DayState.NOT_OFFERED: "The platform does not give this metric per day for an account.",
}

GAP_REASONS = {
    GapReason.NOT_CONNECTED: "Before the account was connected, and not filled in from the platform's history.",
    GapReason.NOT_ASKED: "No sync asked for these days: none ran, or they failed.",
    GapReason.NOT_GIVEN: "A sync asked, and the platform gave no number.",
}

GRAINS = {Grain.ACCOUNT_DAY: "Accounts per day", Grain.POST_LIFETIME: "Posts lifetime"}

METRICS_INTRO = (
    "Every number on these pages, with the field it comes from. A dash on a page is one of four things: not offered by the platform,"
    " late (inside its lag), a gap (not connected, or a sync failed), or retired. It is never a zero."
)

MAY_BE_ADDED = "Whether the days of a period may be added up. People may not: who comes twice would count twice."

DERIVED = {
    "Median rate": insight_text.MEDIAN_RATE,
    "Against usual": insight_text.AGAINST_USUAL,
    "Against account": content_text.AGAINST_ACCOUNT,
    "Lift": content_text.LIFT,
}


def event(platform: str, word: str) -> str:
    """What happened to a metric on a day: retired, returned, redefined."""
    return f"{platform}: {EVENTS.get(word, word)}"


def offer(one: Offer | None) -> str:
    """Where a platform takes a metric from, and how late."""
    if one is None:
        return "Not offered"
    late = f" · up to {text.count(one.lag_days, 'day')} late" if one.lag_days else ""
    since = f" · since {text.day(one.first_day)} {one.first_day.year}" if one.first_day else ""
    until = f" · until {text.day(one.last_day)} {one.last_day.year}" if one.last_day else ""
    return f"{one.source}{late}{since}{until}"


def day_zones(zones: Mapping[str, str]) -> str:
    """A platform's own day is never cut anew."""
    told = text.listed([f"{name} in {zone}" for name, zone in zones.items()])
    return f"Days are the platforms' own and are never cut anew: {told}. Posts are put on the days of their business's zone."


def most_holes(shown: int, accounts: int) -> str:
    return f"The {shown} accounts with the most gaps, of {accounts:,}: choose a business to see its own."


def no_gaps(label: str) -> str:
    return f"{label}: no gap in this period."
