"""The instants of a period, in the zone of its business: days of 23 and 25 hours, month ends and leap days are whole days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.freshness import settled_day
from core.analytics.periods import Period
from core.domain import Platform
from core.ops.overview import ConnectedAccount
from core.ui import post_facts

pytestmark = pytest.mark.integration

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC")
HOURS = (
    ("Europe/Berlin", date(2026, 3, 29), 23),
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Europe/Berlin", date(2028, 2, 29), 24),
    ("UTC", date(2026, 10, 25), 24),
)


@pytest.fixture
def span(folder, dashboard):
    """The span of a period for an account of a business in a zone."""
    businesses = {zone: folder.add_business(zone, zone=zone)[0] for zone in ZONES}

    def of(zone, first, last):
        account = ConnectedAccount(1, businesses[zone], Platform.LINKEDIN, "Aurora", timedelta(hours=1))
        return post_facts.spans([account], Period(first, last))[0]

    return of


def test_a_day_has_the_hours_that_its_clock_shows(span):
    for zone, day, hours in HOURS:
        found = span(zone, day, day)
        assert found.before_at - found.from_at == timedelta(hours=hours), (zone, day)


def test_both_ends_of_a_month_are_midnights_of_the_business(span):
    """March begins in winter time and ends in summer time."""
    found = span("Europe/Berlin", date(2026, 3, 1), date(2026, 3, 31))
    assert (found.from_at.isoformat(), found.before_at.isoformat()) == ("2026-02-28T23:00:00", "2026-03-31T22:00:00")


def test_of_weeks_in_a_row_no_instant_is_in_two_or_in_none(span):
    for zone in ZONES:
        firsts = [date(2027, 12, 27) + timedelta(weeks=n) for n in range(60)]
        weeks = [span(zone, first, first + timedelta(days=6)) for first in firsts]
        assert all(one.before_at == other.from_at for one, other in pairwise(weeks)), zone


@given(zone=st.sampled_from(ZONES), instant=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_the_last_final_day_is_the_platform_s_yesterday_less_its_lag(zone, instant):
    """However long its day is: never a day that is not over there, and never one too few."""
    now = instant.replace(tzinfo=UTC)
    for lag in (0, 2):
        found = settled_day(now, lag, zone)
        after = found + timedelta(days=lag + 1)
        midnight = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone))
        day_after = after + timedelta(days=1)
        next_midnight = datetime(day_after.year, day_after.month, day_after.day, tzinfo=ZoneInfo(zone))
        assert midnight.astimezone(UTC) <= now < next_midnight.astimezone(UTC)
