"""How do the pages about the audience, and about brands side by side, say it?"""

from collections.abc import Sequence

from core.analytics.comparing import Per
from core.analytics.kpis import Measure
from core.ui import text

NOT_FROM_ZERO = "The axis does not begin at zero."

NO_FOLLOWERS = "The followers of no account are known in this period."

NET_NOTE = "A bar needs the followers of that day and of the day before, of every account of the platform."

GAINS_NOTE = "As the platforms count them themselves: LinkedIn gives gains less losses as one number, Instagram and X give neither."

NO_GAINS = "No account in scope is given gains or losses by its platform."

FIRST_DAY = (
    "The first day of which the followers are known. Before the connection: filled in afterwards by the platform."
)

NET_OF_ACCOUNT = "Followers at the end of the period less those at its beginning, where both are known."

DAYS_KNOWN = "Days of the period of which the followers are known."

WHY_NOT_ALL_NET = "of the others one end is not known"

PER: dict[Per, str] = {
    Per.ITSELF: "As they are",
    Per.THOUSAND_FOLLOWERS: "Per 1,000 followers",
    Per.POST: "Per post",
}

COUNTED = "How many of the accounts the number is made of."

COMPARE_NOTE = "A number that leaves accounts out says so beside it. Engagement rate and followers are never divided."


def connected(names: Sequence[str]) -> str:
    """Which accounts were connected on a day."""
    return f"{text.listed(list(names))} connected"


def measure_per(measure: Measure, per: Per, divided: Sequence[Measure]) -> str:
    """Impressions, or Impressions per post."""
    return text.MEASURES[measure] + (f" {PER[per].lower()}" if measure in divided else "")


def per_note(per: Per, divided: Sequence[Measure]) -> str:
    """What is divided by what."""
    if per is Per.ITSELF:
        return "Numbers as they are: larger brands come first."
    by = (
        "the followers at the end of the period"
        if per is Per.THOUSAND_FOLLOWERS
        else "the posts published in the period"
    )
    names = text.listed([text.MEASURES[measure].lower() for measure in divided])
    return f"Divided by {by}, of the accounts that have both: {names}."


def not_drawn(unknown: int, over: int) -> str:
    """Who has no bar."""
    lacks = [f"{unknown:,} without a known number"] * (unknown > 0) + [f"{over:,} smaller ones"] * (over > 0)
    return f"Not drawn: {text.listed(lacks)}."
