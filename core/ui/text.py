"""How are things called and written? Labels, number and date formats, and the words for states and remedies."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.analytics.freshness import FreshnessState
from core.analytics.kpis import Change, DaysKnown, Kpi, Measure
from core.analytics.periods import Period
from core.domain import Platform, Provider, RateBase, RunState, RunTrigger, StepState
from core.errors import Remedy

MISSING = "\N{EN DASH}"
ALL_BUSINESSES = "All businesses"

PLATFORMS: dict[Platform, str] = {
    Platform.LINKEDIN: "LinkedIn",
    Platform.X: "X",
    Platform.FACEBOOK: "Facebook",
    Platform.INSTAGRAM: "Instagram",
}

PROVIDERS: dict[Provider, str] = {
    Provider.LINKEDIN: "LinkedIn",
    Provider.X: "X",
    Provider.META: "Facebook",
    Provider.INSTAGRAM: "Instagram",
}
"""Whom a person signs in with."""

RATE_BASES: dict[RateBase, str] = {
    RateBase.IMPRESSIONS: "Impressions",
    RateBase.REACH: "Reach",
    RateBase.FOLLOWERS: "Followers",
}

MEASURES: dict[Measure, str] = {
    Measure.FOLLOWERS: "Followers",
    Measure.IMPRESSIONS: "Impressions",
    Measure.ENGAGEMENTS: "Engagements",
    Measure.ENGAGEMENT_RATE: "Engagement rate",
    Measure.POSTS: "Posts published",
    Measure.NET_FOLLOWERS: "Net new followers",
    Measure.REACH: "Average daily reach",
}

_DAILY = {Measure.IMPRESSIONS: "impressions", Measure.ENGAGEMENTS: "engagements", Measure.ENGAGEMENT_RATE: "rate"}

RUN_STATES: dict[RunState, str] = {
    RunState.REQUESTED: "Waiting to start",
    RunState.RUNNING: "Running",
    RunState.SUCCEEDED: "Succeeded",
    RunState.PARTIAL: "Partly succeeded",
    RunState.FAILED: "Failed",
    RunState.CANCELLED: "Cancelled",
    RunState.INTERRUPTED: "Interrupted",
}

STEP_STATES: dict[StepState, str] = {
    StepState.PENDING: "Next",
    StepState.RUNNING: "Running",
    StepState.SUCCEEDED: "Succeeded",
    StepState.WAITING: "Waiting",
    StepState.FAILED: "Failed",
    StepState.INTERRUPTED: "Interrupted",
    StepState.CANCELLED: "Cancelled",
}

Color = Literal["blue", "gray", "green", "orange", "red"]

STATE_COLORS: dict[str, Color] = {
    "Waiting to start": "gray",
    "Next": "gray",
    "Running": "blue",
    "Succeeded": "green",
    "Partly succeeded": "orange",
    "Waiting": "orange",
    "Failed": "red",
    "Cancelled": "gray",
    "Interrupted": "orange",
}

TRIGGERS: dict[RunTrigger, str] = {
    RunTrigger.SCHEDULE: "Schedule",
    RunTrigger.MANUAL: "Sync now",
    RunTrigger.CATCH_UP: "Catch-up",
    RunTrigger.COMMAND: "Command line",
    RunTrigger.RETRY: "Goes on after a wait",
    RunTrigger.BACKFILL: "Back-fill",
}

FRESHNESS: dict[FreshnessState, str] = {
    FreshnessState.FRESH: "Up to date",
    FreshnessState.STALE: "Behind",
    FreshnessState.NO_DAYS: "No daily numbers",
    FreshnessState.NEVER: "Not synced yet",
}

AFTER_A_FAILED_RUN = "The next sync tries again; if this stays, ask whoever runs Tideline to mend it."

_REMEDIES: dict[str, str] = {
    Remedy.WAIT: "Nothing to do: it goes on by itself.",
    Remedy.RETRY: "Nothing to do: the next sync tries again.",
    Remedy.RECONNECT: "Reconnect the account on the Accounts page.",
    Remedy.ASK_OPERATOR: "Ask whoever runs Tideline to mend it.",
    Remedy.SKIP: "Nothing to do: it is left out.",
    Remedy.REPORT: "Report it, with the number of the run.",
}


def number(value: float | None) -> str:
    """1,234 below ten thousand, then 12.3K and 1.23M."""
    if value is None:
        return MISSING
    size = abs(value)
    if size < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1_000:.1f}K" if size < 999_950 else f"{value / 1_000_000:.2f}M"


def exact(value: float | None) -> str:
    """1,234,567: every digit, where there is room for it."""
    return MISSING if value is None else f"{value:,.0f}"


def percent(share: float | None) -> str:
    return MISSING if share is None else f"{share * 100:.1f} %"


def value(kpi: Kpi) -> str:
    if kpi.measure is Measure.NET_FOLLOWERS and kpi.value:
        return _signed(kpi.value)
    return percent(kpi.value) if kpi.measure is Measure.ENGAGEMENT_RATE else number(kpi.value)


def change(measure: Measure, difference: Change) -> str | int:
    """+1,234 (+5.6 %), or +0.3 pp for a rate; the number 0 where nothing changed."""
    if measure is Measure.ENGAGEMENT_RATE:
        points = round(difference.absolute * 100, 1)
        return f"{points:+.1f} pp" if points else 0
    if not difference.absolute:
        return 0
    relative = "" if difference.relative is None else f" ({difference.relative * 100:+,.1f} %)"
    return _signed(difference.absolute) + relative


def usd(amount: float) -> str:
    """$0.51; what is less than a cent is not shown as nothing."""
    return "under $0.01" if 0 < amount < 0.01 else f"${amount:,.2f}"


def literal(sentence: str) -> str:
    """For Markdown, which takes what stands between two dollar signs for a formula."""
    return sentence.replace("$", r"\$")


def days_known(days: Mapping[Measure, DaysKnown]) -> str | None:
    """All, or 7 of 30 days; a number is named where its days are not those of the others. None where there is no number."""
    daily = {days[measure] for measure in _DAILY if measure in days}
    unnamed = _DAILY if len(daily) == 1 else ()
    lacking = {
        f"{'' if measure in unnamed else _DAILY.get(measure, 'posts')} {one.known:,} of {count(one.of, 'day')}".strip(): None
        for measure, one in days.items()
        if one.known < one.of
    }
    return ", ".join(lacking) or ("All" if days else None)


def day(of: date) -> str:
    return f"{of:%a} {of.day} {of:%b}"


def period(of: Period) -> str:
    """24 Oct to 22 Nov 2026, the year of the first day only where it is another."""
    first = f"{of.first.day} {of.first:%b}" + (f" {of.first.year}" if of.first.year != of.last.year else "")
    return f"{first} {MISSING} {of.last.day} {of.last:%b} {of.last.year}"


def clock_time(at: datetime, zone: str, *, now: datetime) -> str:
    """14:05 today, else 14:05 on Mon 23 Nov."""
    local, today = at.astimezone(zone_info(zone)), now.astimezone(zone_info(zone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%H:%M} on {day(local.date())}"


def countdown(until: datetime, *, now: datetime) -> str:
    """in 40 s, in 12 min, in 3 h 5 min; `now` once it is due."""
    seconds = int((until - now).total_seconds())
    return f"in {duration(timedelta(seconds=seconds))}" if seconds > 0 else "now"


def time_left(until: datetime, *, now: datetime) -> str:
    """23 days left, begun days counted whole; 5 h left on the last; `over` once it has passed."""
    left, a_day = until - now, timedelta(days=1)
    if left <= timedelta(0):
        return "over"
    return f"{count(-(-left // a_day), 'day') if left > a_day else duration(left)} left"


def duration(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    if minutes < 1:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min {seconds % 60} s" if minutes < 10 and seconds % 60 else f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"


def remedy(word: str | None, retry_at: datetime | None, zone: str, *, now: datetime) -> str:
    """The one action that mends an error."""
    if retry_at is not None:
        return f"Nothing to do: goes on at {clock_time(retry_at, zone, now=now)}."
    return _REMEDIES.get(word or "", "")


def count(how_many: int, thing: str) -> str:
    """1 account, 2 accounts."""
    return f"{how_many:,} {thing}" if how_many == 1 else f"{how_many:,} {thing}{'es' if thing.endswith('s') else 's'}"


def listed(names: list[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def zone_info(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def zone_name(name: str, at: datetime) -> str:
    """UTC, CET, …"""
    return at.astimezone(zone_info(name)).tzname() or "UTC"


def times_in(name: str) -> str:
    """What stands beside a table of times."""
    return f"Times in {zone_info(name).key}"


def naive_local(at: datetime | None, zone: str) -> datetime | None:
    """A wall-clock time for a table column, which would show an aware one in the browser's zone."""
    return at.astimezone(zone_info(zone)).replace(tzinfo=None) if at else None


def _signed(difference: float) -> str:
    return ("+" if difference > 0 else "-") + number(abs(difference))
