"""How does the catalog of metrics say it? Sources, lags, states, and what is known here."""

from collections.abc import Mapping
from datetime import date

from core.analytics.standings import Standing, StandingState
from core.metrics import Grain, Offer
from core.ui import content_text, insight_text, text

INTRO = (
    "Every number on these pages, with the field it comes from. A dash on a page is one of four things: not offered by the platform,"
    " late (inside its lag), a gap (not connected, a sync failed, or no number given), or retired. It is never a zero."
)
MAY_BE_ADDED = "Whether the days of a period may be added up. People may not: who comes twice would count twice."
SOURCES_INTRO = "A row for each platform and metric: where the number comes from, how it stands today, and what is known of it here."

GRAINS: dict[Grain, str] = {
    Grain.ACCOUNT_DAY: "Account, per day",
    Grain.POST_LIFETIME: "Post, lifetime so far",
}

STANDINGS: dict[StandingState, str] = {
    StandingState.GIVEN: "Given",
    StandingState.GIVEN_AGAIN: "Given again",
    StandingState.REDEFINED: "Given, counted otherwise",
    StandingState.NOT_YET: "Not given yet",
    StandingState.RETIRED: "Retired",
    StandingState.NOT_OFFERED: "Not offered",
}

LAG = "How many days after a day is over its numbers may still come, or change."
FIRST_OFFERED = "The first day that the platform gives; a dash: no such day is known."
LAST_OFFERED = "The last day that the platform gives, or gave; a dash: it goes on."
STATE = "As met by the syncs of this installation; a retired metric is asked for again once a week."
ACCOUNTS_HERE = "How many of the accounts in this installation have at least one number of it."
KNOWN_FROM = "The first day with a number here; of posts, the day on which the first one with a number was published."
KNOWN_TO = "The last day with a number here; of posts, the day on which the last one with a number was published."

TABLES = {
    f"metrics_{Grain.ACCOUNT_DAY}": "Accounts per day",
    f"metrics_{Grain.POST_LIFETIME}": "Posts lifetime",
    "metrics_sources": "Sources",
    "metrics_derived": "Made by Tideline",
}
"""How the tables of the page are called in a download, by their keys."""

DERIVED = {
    "Median rate": insight_text.MEDIAN_RATE,
    "Against usual": insight_text.AGAINST_USUAL,
    "Against account": content_text.AGAINST_ACCOUNT,
    "Lift": content_text.LIFT,
}


def added_up(summable: bool) -> str:
    return "Yes" if summable else "No"


def offer(one: Offer | None, stands: Standing) -> str:
    """Where a platform takes a metric from, how late, and what became of it."""
    if one is None:
        return STANDINGS[StandingState.NOT_OFFERED]
    late = f" · up to {text.count(one.lag_days, 'day')} late" if one.lag_days else ""
    return f"{one.source}{late}{_state(stands)}"


def standing(one: Standing) -> str:
    """Given, or Retired since Wed 4 Nov 2026."""
    if one.since is None:
        return STANDINGS[one.state]
    word = "from" if one.state is StandingState.NOT_YET else "since"
    return f"{STANDINGS[one.state]} {word} {_day(one.since)}"


def day_zones(zones: Mapping[str, str]) -> str:
    """A platform's own day is never cut anew."""
    told = text.listed([f"{name} in {zone}" for name, zone in zones.items()])
    return f"Days are the platforms' own and are never cut anew: {told}. Posts are put on the days of their business's zone."


def _state(stands: Standing) -> str:
    if stands.state is StandingState.GIVEN and stands.since is None:
        return ""
    return f" · {standing(stands).lower() if stands.since is None else _lowered(standing(stands))}"


def _lowered(sentence: str) -> str:
    """The first letter alone: days keep their capitals."""
    return sentence[:1].lower() + sentence[1:]


def _day(of: date) -> str:
    return f"{text.day(of)} {of.year}"
