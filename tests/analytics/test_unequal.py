"""Periods of different lengths: every known day counts on its side, a hole on either side is never taken for a change."""

from datetime import date, timedelta

import pytest

from core.analytics import audience
from core.analytics.comparison import Basis
from core.analytics.kpis import Change, Measure, summarize
from core.analytics.periods import Compared, Period
from tests.analytics.conftest import LAST

pytestmark = pytest.mark.unit

SEVEN, FIVE = Period.ending(LAST, days=7), Period.ending(LAST - timedelta(days=7), days=5)
LONGER_NOW = Compared(SEVEN.first, SEVEN.last, FIVE)
LONGER_BEFORE = Compared(LAST - timedelta(days=4), LAST, Period.ending(LAST - timedelta(days=5), days=7))
ALONE = Compared(SEVEN.first, SEVEN.last, None)


def impressions(world, period):
    return next(kpi for kpi in summarize(world.measured(), period) if kpi.measure is Measure.IMPRESSIONS)


def test_the_sums_of_both_are_compared_as_they_are(world):
    world.account(1).days(1, 14, impressions=10)
    longer = impressions(world, LONGER_NOW)
    assert (longer.value, longer.change, longer.basis) == (70, Change(20, 0.4), Basis(7, 7, 1))
    shorter = impressions(world, LONGER_BEFORE)
    assert (shorter.value, shorter.change, shorter.basis) == (50, Change(-20, -20 / 70), Basis(7, 7, 1))


def test_a_hole_among_the_days_without_a_partner_takes_them_all_out(world):
    """Known are 6 of the 7 days before: on the 5 that have a partner nothing has changed."""
    world.account(1).days(1, 5, impressions=10).days(1, 6, start=6, impressions=10)
    kpi = impressions(world, LONGER_BEFORE)
    assert (kpi.change, kpi.basis) == (Change(0, 0.0), Basis(5, 7, 1))


def test_each_account_is_taken_as_far_as_it_is_known(world):
    world.account(1).days(1, 14, impressions=10).account(2).days(2, 5, impressions=1).days(2, 6, start=6, impressions=1)
    kpi = impressions(world, LONGER_BEFORE)
    assert (kpi.change.absolute, kpi.basis) == (-20, Basis(12, 14, 2))


def test_rates_and_posts_follow_the_same_rule(world):
    world.account(1).days(1, 14, impressions=10, engagements=1).posts(1, 0, 3, 8, 9, 11)
    kpis = {kpi.measure: kpi for kpi in summarize(world.measured(), LONGER_BEFORE)}
    assert kpis[Measure.ENGAGEMENT_RATE].change == Change(0, None)
    assert kpis[Measure.POSTS].change == Change(-1, -1 / 3)


def test_compared_with_nothing_there_is_no_change_and_no_complaint(world):
    world.account(1).days(1, 14, impressions=10, engagements=1, followers=5).posts(1, 2)
    measured = world.measured()
    for kpi in (*summarize(measured, ALONE), audience.net_followers(measured, ALONE)):
        assert (kpi.change, kpi.not_comparable, kpi.basis) == (None, 0, None)
        assert kpi.value is not None


def test_an_earlier_period_that_is_not_covered_gives_no_percentage(world):
    world.account(1).days(1, 14, impressions=10)
    last_year = Compared(SEVEN.first, SEVEN.last, Period(date(2025, 11, 17), date(2025, 11, 23)))
    kpi = impressions(world, last_year)
    assert (kpi.change, kpi.not_comparable) == (None, 1)
