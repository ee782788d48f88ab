"""How do goals say it? Targets, how far it is, and whether the pace suffices."""

from core.analytics.comparison import LEAST_SHARE
from core.analytics.goals import MEASURES, Lack, Progress, Standing
from core.analytics.kpis import Coverage
from core.analytics.periods import Period
from core.metrics import Aim, GoalMetric
from core.ui import text
from core.ui.text import Color

TITLE = "Goals"
SET = "Set a goal"
NONE = "No goal yet: set what a number shall be at the end of a month, a quarter or a year, and see here whether its pace suffices."
ALL_PLATFORMS = "Goals count every platform of the business, whatever is chosen above."
GONE = "This goal is gone: it was removed, or is one of another business."
SAVED, REMOVED = "Saved.", "The goal is removed."
ENDED = "Earlier goals"
BEHIND = "Goal behind"
BEHIND_HELP = (
    "What the days that are known and final have brought is less than their share of the goal; of followers, the way made since"
    " the beginning is less than the share of the days that are over; a rate is below its target."
)
TYPE_A_TARGET = "Type the number that is to be reached."
CHOOSE_BOTH_DAYS = "Choose the first and the last day of the goal."

LABELS: dict[GoalMetric, str] = {
    GoalMetric.FOLLOWERS: "Followers at the end",
    GoalMetric.NET_FOLLOWERS: "Net new followers",
    GoalMetric.IMPRESSIONS: "Impressions",
    GoalMetric.ENGAGEMENTS: "Engagements",
    GoalMetric.ENGAGEMENT_RATE: "Engagement rate",
    GoalMetric.POSTS: "Posts published",
}

STANDINGS: dict[Standing, tuple[str, Color, str]] = {
    Standing.REACHED: ("Reached", "green", ":material/check_circle:"),
    Standing.ON_PACE: ("On pace", "blue", ":material/trending_up:"),
    Standing.BEHIND: ("Behind", "orange", ":material/trending_down:"),
    Standing.MISSED: ("Not reached", "gray", ":material/flag:"),
    Standing.OPEN: ("Open", "gray", ":material/hourglass_empty:"),
}
"""The word, the colour and the icon of each."""

_LACKS: dict[Lack, str] = {
    Lack.NO_DAY_OVER: "Its first day is not over yet",
    Lack.NOT_KNOWN: "Nothing is known of its days",
    Lack.TOO_FEW_DAYS: f"Less than {LEAST_SHARE:.0%} of its days so far are known and final: too few to tell its pace",
    Lack.NO_START: "Without a number from its beginning there is no pace",
    Lack.OLD_LEVEL: "The last days have no number: too old to tell its pace",
    Lack.DAYS_TO_COME: "Its last days are still coming in",
    Lack.DAYS_MISSING: "Not reached by what is known, but days are missing",
}


def value(metric: GoalMetric, number: float | None) -> str:
    """12.3K, or 4.0 %; a loss with its sign."""
    return text.percent(number) if metric is GoalMetric.ENGAGEMENT_RATE else text.number(number)


def period(aim: Aim) -> str:
    return text.period(Period(aim.starts_on, aim.ends_on))


def days(of: Period) -> str:
    """1 Nov – 30 Nov 2026, 30 days"""
    return f"{text.period(of)}, {text.count(of.days, 'day')}"


def target(aim: Aim) -> str:
    """of 100.0K"""
    return f"of {value(aim.metric, aim.target)}"


def details(found: Progress) -> list[str]:
    """What stands below the number: when, how far, why not more, and what the number lacks."""
    coverage = _coverage(found.coverage) if found.value is not None and found.coverage else []
    return [f"{period(found.aim)}{_day(found)}", *_way(found), *_lack(found), *coverage]


def in_a_sentence(found: Progress) -> str:
    """Impressions, 1 Nov – 30 Nov 2026: 34.2K of 100.0K. 34 % reached; 77 % would be on pace."""
    way = ". ".join(_way(found))
    number = value(found.aim.metric, found.value)
    return f"{LABELS[found.aim.metric]}, {period(found.aim)}: {number} {target(found.aim)}. {way}."


def more(businesses: int) -> str:
    """How many have no card."""
    return f"And {text.count(businesses, 'more business')} with a goal behind: choose one above to see it."


def explained(metric: GoalMetric) -> str:
    """What the number is called on the cards of the page, which count it the same."""
    return f"Counted as on the card “{text.MEASURES[MEASURES[metric]]}”, on the days of the goal."


def _day(found: Progress) -> str:
    """The last day that is over, while some are still to come."""
    days = Period(found.aim.starts_on, found.aim.ends_on).days
    return "" if found.is_over or not found.elapsed else f", day {round(found.elapsed * days)} of {days}"


def _way(found: Progress) -> list[str]:
    if found.value is None:
        return []
    if found.aim.metric is GoalMetric.ENGAGEMENT_RATE:
        return [_points(found.value - found.aim.target)]
    if found.reached is None:
        return []
    start = f" of the way from {text.number(found.start)}" if found.start is not None else " reached"
    return [f"{_percent(found.reached)}{start}", *_pace(found)]


def _pace(found: Progress) -> list[str]:
    if found.due is None or found.paced is None:
        return []
    if found.paced == found.reached and found.due == found.elapsed:
        return [f"{_percent(found.due)} would be on pace"]
    return [f"Final days bring {_percent(found.paced)}, on pace would be {_percent(found.due)}"]


def _points(difference: float) -> str:
    points = round(difference * 100, 1)
    if not points:
        return "At its target"
    return f"{abs(points):.1f} pp {'above' if points > 0 else 'below'} its target"


def _lack(found: Progress) -> list[str]:
    if found.lack is None:
        return []
    if found.lack is Lack.NOT_BEGUN:
        return [f"Begins on {text.day(found.aim.starts_on)}"]
    return [_LACKS[found.lack]]


def _coverage(coverage: Coverage) -> list[str]:
    """What the number covers, where that is less than all."""
    lacks = {"still coming in": coverage.late_days, "missing": coverage.missing_days}
    days = [f"{text.count(count, 'account day')} {what}" for what, count in lacks.items() if count]
    some = [f"{coverage.counted} of {text.count(coverage.shown, 'account')}"] * (coverage.counted < coverage.shown)
    today = [f"{text.count(coverage.as_of_today, 'account')} with today's number"] * bool(coverage.as_of_today)
    return [", ".join([*some, *days, *today])] * bool(some or days or today)


def _percent(share: float) -> str:
    """34 %; rounded down, so that 100 % is only said of what is reached."""
    return f"{int(share * 100 + 1e-9)} %"
