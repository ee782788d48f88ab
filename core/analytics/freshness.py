"""How fresh is what we know of an account? By the newest day it has numbers for, never by when a run finished."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

GRACE = timedelta(minutes=10)
"""A sync takes its time, and the next one need not be early."""

DAYS_EVERY = timedelta(hours=6)
"""Not every sync asks for the days: this is how often it is done, however short the schedule."""


class FreshnessState(StrEnum):
    """What may be said of an account's data."""

    FRESH = "fresh"
    STALE = "stale"
    NO_DAYS = "no_days"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Known:
    """How far an account is known: the newest day with numbers, when we last looked, and whether days were ever answered.

    Days may be answered without a single number: Facebook gives none for a page with few followers.
    """

    newest_day: date | None = None
    seen_at: datetime | None = None
    days_were_asked: bool = False


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often new numbers can be expected: the platform's lag and zone, and our schedule.

    `lag_days` is None for a platform that gives no numbers per day: it is as fresh as our last look.
    """

    lag_days: int | None
    day_zone: str
    interval: timedelta


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to which day an account is covered, and whether that is as far as it should be."""

    covers_to: date | None
    state: FreshnessState


def freshness(known: Known, rhythm: Rhythm, *, now: datetime) -> Freshness:
    """Stale = older than the platform's lag plus one schedule."""
    a_schedule_ago = now - rhythm.interval - GRACE
    if rhythm.lag_days is None:
        return _by_last_look(known.seen_at, a_schedule_ago, rhythm)
    if known.newest_day is None:
        return Freshness(None, _without_a_day(known, a_schedule_ago))
    expected = settled_day(a_schedule_ago, rhythm.lag_days, rhythm.day_zone)
    return Freshness(known.newest_day, FreshnessState.STALE if known.newest_day < expected else FreshnessState.FRESH)


def settled_day(now: datetime, lag_days: int, day_zone: str) -> date:
    """The newest day whose numbers have stopped moving: the platform's yesterday, less its lag."""
    return now.astimezone(ZoneInfo(day_zone)).date() - timedelta(days=1 + lag_days)


def _without_a_day(known: Known, a_schedule_ago: datetime) -> FreshnessState:
    """Never looked at, asked in vain, or not asked for its days as it should be: three different things."""
    if known.seen_at is None:
        return FreshnessState.NEVER
    is_recent = known.seen_at >= a_schedule_ago
    return FreshnessState.NO_DAYS if known.days_were_asked and is_recent else FreshnessState.STALE


def _by_last_look(seen_at: datetime | None, a_schedule_ago: datetime, rhythm: Rhythm) -> Freshness:
    if seen_at is None:
        return Freshness(None, FreshnessState.NEVER)
    state = FreshnessState.STALE if seen_at < a_schedule_ago else FreshnessState.FRESH
    return Freshness(seen_at.astimezone(ZoneInfo(rhythm.day_zone)).date(), state)
