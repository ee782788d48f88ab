"""Freshness: by the newest day with numbers, or the last look where there are no days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core import depth
from core.analytics.freshness import DAYS_EVERY, GRACE, Freshness, FreshnessState, Known, Rhythm, freshness, settled_day

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HOURLY = timedelta(hours=1)


def state(known, rhythm, now=NOW):
    return freshness(known, rhythm, now=now).state


@pytest.mark.parametrize(
    ("lag", "newest", "expected"),
    [
        (0, date(2026, 11, 23), FreshnessState.FRESH),
        (0, date(2026, 11, 22), FreshnessState.STALE),
        (2, date(2026, 11, 21), FreshnessState.FRESH),
        (2, date(2026, 11, 20), FreshnessState.STALE),
        (0, None, FreshnessState.NEVER),
    ],
)
def test_days_are_expected_up_to_the_lag(lag, newest, expected):
    assert state(Known(newest), Rhythm(lag, "UTC", HOURLY)) is expected


def test_a_new_day_is_expected_one_schedule_after_it_ended():
    rhythm, known = Rhythm(0, "UTC", HOURLY), Known(date(2026, 11, 22))
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert state(known, rhythm, midnight + timedelta(minutes=59)) is FreshnessState.FRESH
    assert state(known, rhythm, midnight + HOURLY + GRACE) is FreshnessState.STALE


def test_a_daily_schedule_gives_a_day_more():
    assert state(Known(date(2026, 11, 22)), Rhythm(0, "UTC", timedelta(hours=24))) is FreshnessState.FRESH


def test_the_day_ends_in_the_zone_of_the_platform():
    assert settled_day(NOW.replace(hour=7), 0, "America/Los_Angeles") == date(2026, 11, 22)
    assert settled_day(NOW.replace(hour=9), 0, "America/Los_Angeles") == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Known(), FreshnessState.NEVER),
        (Known(seen_at=NOW, days_were_asked=True), FreshnessState.NO_DAYS),
        (Known(seen_at=NOW), FreshnessState.STALE),
        (Known(seen_at=NOW - timedelta(hours=2), days_were_asked=True), FreshnessState.STALE),
    ],
)
def test_an_account_without_a_day_was_never_looked_at_or_has_none_to_give_or_is_behind(known, expected):
    assert freshness(known, Rhythm(0, "UTC", HOURLY), now=NOW) == Freshness(None, expected)


def test_the_days_are_expected_as_often_as_they_are_asked_for():
    assert DAYS_EVERY == depth.DAYS_EVERY


def test_a_platform_without_days_is_as_fresh_as_our_last_look():
    rhythm = Rhythm(None, "UTC", HOURLY)
    assert freshness(Known(seen_at=NOW - timedelta(minutes=65)), rhythm, now=NOW) == Freshness(
        date(2026, 11, 24), FreshnessState.FRESH
    )
    assert state(Known(seen_at=NOW - timedelta(minutes=71)), rhythm) is FreshnessState.STALE
    assert state(Known(newest_day=date(2026, 11, 23)), rhythm) is FreshnessState.NEVER
