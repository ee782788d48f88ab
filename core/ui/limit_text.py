"""What is said of limits, of what X costs and of how fast syncs are?"""

from datetime import datetime

from core.domain import Provider
from core.ui import text
from core.ui.limit_facts import Limit, MonthOfX

INTRODUCTION = (
    "Each platform lets an app and a login ask only so often. Tideline reads what the platforms tell of it, rests before a"
    " limit is reached, and goes on by itself afterwards."
)
NO_LIMITS = (
    "No platform has told of its limits yet: they do with every answer, so this fills with the first sync of a connected"
    " account."
)
NO_RUNS = "No sync has ended in the last 7 days: how long they take, and why, stands here after the next one."
NOT_MEASURED = "The syncs of the last 7 days are from before their parts were measured: the next one shows them."
EVERY_LIMIT = "Every limit"
EVERY_LIMIT_HELP = "Off: of each app and account only the limit that is used up most."

PROVIDERS: dict[Provider, str] = text.PROVIDERS | {Provider.META: "Facebook and Instagram"}
"""Whose limits these are: Meta counts both together."""

HOW: dict[Provider, str] = {
    Provider.LINKEDIN: "LinkedIn tells nothing, so these are the calls that Tideline made: a login may ask each endpoint so"
    " often a day (UTC). TIDELINE_LINKEDIN_CALLS_A_DAY sets how often.",
    Provider.X: "X counts the calls of a login to each endpoint in windows of 15 minutes.",
    Provider.META: "Meta tells percentages: of a rolling hour for the app, of a rolling day for a page or account. At 95 %"
    " Tideline rests.",
    Provider.INSTAGRAM: "Instagram tells percentages: of a rolling hour for the app, of a rolling day for an account. At 95 %"
    " Tideline rests.",
}

_ENDPOINTS: dict[tuple[Provider, str], str] = {
    (Provider.X, "users/me"): "Profile",
    (Provider.X, "users/:id/tweets"): "Timeline",
    (Provider.X, "tweets"): "Numbers of posts",
    (Provider.LINKEDIN, "posts"): "Posts",
    (Provider.LINKEDIN, "organizations"): "Profile",
    (Provider.LINKEDIN, "networkSizes"): "Followers",
    (Provider.LINKEDIN, "organizationalEntityShareStatistics"): "Statistics",
    (Provider.LINKEDIN, "organizationalEntityFollowerStatistics"): "Followers by day",
    (Provider.LINKEDIN, "organizationPageStatistics"): "Page views",
    (Provider.LINKEDIN, "videoAnalytics"): "Video views",
    (Provider.LINKEDIN, "organizationAcls"): "Pages of the login",
    (Provider.META, ""): "All calls",
    (Provider.INSTAGRAM, ""): "All calls",
}

PARTS_OF_A_RUN: dict[str, str] = {
    "waiting": "Waiting",
    "asking": "Waiting for answers",
    "reading": "Reading answers",
    "loading": "Loading",
    "publishing": "Publishing",
}
PARTS_HELP = (
    "From the request to the end. Accounts go side by side, so a run lasts as long as the account that ends last: its parts are"
    " shown. Waiting for answers: at least one request was on its way. Reading: what was answered is understood. Loading and"
    " publishing: it enters the warehouse, and a copy for readers is made. Waiting: all the rest, for its turn, before retries,"
    " for a database."
)
SPENDING = (
    "X bills for what is read, about $0.005 a post and $0.010 a profile, once a day (UTC) each. These are estimates; the X"
    " developer console has the bill."
)
SET_A_CAP = "Set a cap for a business in its settings"
TYPICAL_HELP = "Usually: half of the runs of the last 7 days were faster, half slower."
ROWS_HELP = "Rows read of posts and days, changed or not, for each second that an account's part took."
ASKING_HELP = "The part of all the measured time in which a platform's answer was waited for."


def whose(owner: str | None) -> str:
    return owner if owner is not None else "The whole app"


def name(limit: Limit) -> str:
    """Which limit it is; Meta's carry the id of the page or account behind their kind."""
    known = _ENDPOINTS.get((limit.provider, limit.name))
    kind, _, number = limit.name.partition(" ")
    if known is None and number:
        return {"pages": "Calls about the page", "instagram": "Calls about the account"}.get(kind, limit.name)
    return known or limit.name


def used(limit: Limit) -> str:
    """48 of 100; 48 where the limit is not known."""
    level = limit.newest
    if level.used is None:
        return text.MISSING
    if limit.unit == "percent":
        return f"{level.used:,.0f} %"
    return f"{level.used:,.0f}" + (f" of {level.quota:,.0f}" if level.quota else "")


def resets(limit: Limit, *, has_reset: bool, now: datetime) -> str:
    if has_reset:
        return "Already has"
    if limit.newest.resets_at is None:
        return "Little by little"
    return text.countdown(limit.newest.resets_at, now=now).capitalize()


def outlook(limit: Limit, zone: str, *, has_reset: bool, now: datetime) -> str:
    """When it is used up; whether it lasts; nothing where that is not known."""
    if limit.newest.quota is None:
        return "Limit not known"
    if has_reset:
        return "All free again"
    if limit.runs_out_at is None:
        return "Lasts" if limit.newest.used is not None else text.MISSING
    if limit.runs_out_at <= now:
        return "Used up"
    return (
        f"Used up at {text.clock_time(limit.runs_out_at, zone, now=now)}, {text.countdown(limit.runs_out_at, now=now)}"
    )


def runs_out(limit: Limit, zone: str, *, now: datetime) -> str:
    """The sentence for a limit that will not last."""
    what = f"{PROVIDERS[limit.provider]}, {whose(limit.owner)}: {name(limit).lower()}"
    if limit.runs_out_at is None or limit.runs_out_at <= now:
        return f"{what} used up"
    return f"{what} used up at {text.clock_time(limit.runs_out_at, zone, now=now)} at this pace"


def month_outlook(month: MonthOfX, zone: str, *, now: datetime) -> str:
    if month.reached_at is not None:
        return "Cap reached" if month.reached_at <= now else f"Cap reached on {_day(month.reached_at, zone)}"
    if month.by_month_end_usd is None:
        return text.MISSING
    return f"About {text.usd(month.by_month_end_usd)} by the month's end"


def today(spent_usd: float, cap_usd: float) -> str:
    return (
        f"Today (UTC), all businesses together: about {text.usd(spent_usd)} of {text.usd(cap_usd)}. Reading stops before either"
        " cap is passed, and goes on when the day or the month is over."
    )


def of_runs(runs: int) -> str:
    return "Of the newest run" if runs == 1 else f"Of the newest {runs} runs, oldest first"


def rate(per_second: float | None) -> str:
    if per_second is None:
        return text.MISSING
    return f"{per_second:,.1f}" if per_second < 100 else f"{per_second:,.0f}"


def took(seconds: float | None) -> str:
    """0.8 s, 12.4 s, 3 min 5 s."""
    if seconds is None:
        return text.MISSING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes:,} min {left} s" if left else f"{minutes:,} min"


def _day(at: datetime, zone: str) -> str:
    return text.day(at.astimezone(text.zone_info(zone)).date())
