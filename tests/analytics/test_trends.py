"""Day by day: a day that is not known stays a gap."""

from datetime import timedelta
from math import isnan, nan

import pytest

from core.analytics.kpis import Measure, summarize
from core.analytics.trends import daily_by_platform
from core.domain import Platform
from core.metrics import Metric
from tests.analytics.conftest import LAST, WEEK

pytestmark = pytest.mark.unit


def trend(world, measure):
    return next(one.trend for one in summarize(world.measured(), WEEK) if one.measure is measure)


def known(values):
    return [None if isnan(value) else value for value in values]


def by_day(world, platform=Platform.LINKEDIN):
    frame = daily_by_platform(world.measured(), Metric.IMPRESSIONS, WEEK)
    return frame[frame["platform"] == platform.value].set_index("day")


class TestTrend:
    def test_one_value_a_day(self, world):
        world.account(1).days(1, 7, impressions=2).account(2).days(2, 7, impressions=3)
        assert trend(world, Measure.IMPRESSIONS) == (5,) * 7

    def test_a_day_that_one_account_lacks_is_a_gap(self, world):
        world.account(1).days(1, 7, impressions=2).account(2).days(2, 5, start=2, impressions=3)
        assert known(trend(world, Measure.IMPRESSIONS)) == [5, 5, 5, 5, 5, None, None]

    def test_late_days_are_left_out(self, world):
        world.settled[Platform.FACEBOOK] = LAST - timedelta(days=2)
        world.account(1, Platform.FACEBOOK).days(1, 7, impressions=2)
        assert known(trend(world, Measure.IMPRESSIONS)) == [2] * 5 + [None] * 2

    def test_an_account_known_only_in_late_days_leaves_no_day_whole(self, world):
        world.settled[Platform.FACEBOOK] = LAST - timedelta(days=1)
        world.account(1).days(1, 7, impressions=2).account(2, Platform.FACEBOOK).day(2, 0, impressions=1)
        assert known(trend(world, Measure.IMPRESSIONS)) == [None] * 7

    def test_a_level_is_carried_over_a_day_without_a_look(self, world):
        world.account(1).day(1, 5, followers=10).day(1, 2, followers=12)
        assert known(trend(world, Measure.FOLLOWERS)) == [None, 10, 10, 10, 12, 12, 12]

    def test_a_day_without_posts_is_a_day_with_zero(self, world):
        world.account(1).posts(1, 0, 0, 6)
        assert trend(world, Measure.POSTS) == (1, 0, 0, 0, 0, 0, 2)

    def test_days_of_posts_that_nobody_read_are_gaps(self, world):
        world.account(1).posts(1, 3, first=LAST - timedelta(days=5), last=LAST - timedelta(days=2))
        assert known(trend(world, Measure.POSTS)) == [None, 0, 0, 1, 0, None, None]

    def test_a_rate_of_no_impressions_is_a_gap(self, world):
        world.account(1).days(1, 6, start=1, impressions=10, engagements=1).day(1, 0, impressions=0, engagements=0)
        assert known(trend(world, Measure.ENGAGEMENT_RATE)) == [0.1] * 6 + [None]

    def test_nothing_known_is_all_gaps(self, world):
        assert known(trend(world.account(1), Measure.IMPRESSIONS)) == [None] * 7


class TestByPlatform:
    def test_every_day_of_the_period_has_a_row(self, world):
        world.account(1).day(1, 3, impressions=5)
        rows = by_day(world)
        assert len(rows) == WEEK.days
        assert known(rows["value"]) == [None, None, None, 5, None, None, None]

    def test_a_platform_without_any_number_has_none(self, world):
        world.account(1).day(1, 0, impressions=5).account(2, Platform.X).day(2, 0, followers=9)
        frame = daily_by_platform(world.measured(), Metric.IMPRESSIONS, WEEK)
        assert set(frame["platform"]) == {"linkedin"}

    def test_a_day_that_not_all_accounts_know_says_so(self, world):
        world.account(1).days(1, 7, impressions=2).account(2).day(2, 6, impressions=3)
        first, *others = by_day(world)[["value", "counted", "shown", "is_partial"]].itertuples(index=False, name=None)
        assert first == (5, 2, 2, False)
        assert set(others) == {(2, 1, 2, True)}

    def test_late_days_are_partial(self, world):
        world.settled[Platform.LINKEDIN] = LAST - timedelta(days=1)
        world.account(1).days(1, 7, impressions=2)
        assert by_day(world)["is_partial"].tolist() == [False] * 6 + [True]

    def test_nothing_at_all(self, world):
        assert daily_by_platform(world.account(1).measured(), Metric.IMPRESSIONS, WEEK).empty

    def test_nan_is_not_zero(self, world):
        world.account(1).days(1, 7, impressions=nan, engagements=1)
        assert daily_by_platform(world.measured(), Metric.IMPRESSIONS, WEEK).empty


class TestLevelsByPlatform:
    def levels(self, world):
        return known(daily_by_platform(world.measured(), Metric.FOLLOWERS, WEEK)["value"])

    def test_a_day_on_which_an_account_has_fallen_out_is_a_gap_and_no_loss(self, world):
        world.account(1).days(1, 7, followers=100)
        world.account(2).days(2, 3, followers=50).days(2, 2, start=5, followers=50)
        assert self.levels(world) == [150, 150, None, None, 150, 150, 150]

    def test_an_account_that_has_joined_is_no_gap_before(self, world):
        world.account(1).days(1, 7, followers=100).account(2).days(2, 3, followers=50)
        assert self.levels(world) == [100, 100, 100, 100, 150, 150, 150]

    def test_one_that_falls_out_as_another_joins_is_a_gap_all_the_same(self, world):
        world.account(1).days(1, 3, start=4, followers=100).account(2).days(2, 4, followers=50)
        assert self.levels(world) == [100, 100, 100, None, None, None, None]
