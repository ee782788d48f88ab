"""What counts as engagement and what it is divided by: the rule of each business, and nothing where a part is unknown."""

from math import isnan

import pytest

from core.analytics.comparison import Basis
from core.analytics.kpis import Measure, by_business, summarize
from core.analytics.trends import daily_trend
from core.domain import RateBase
from tests.analytics.conftest import WEEK

pytestmark = pytest.mark.unit


def kpi(world, measure):
    return next(one for one in summarize(world.measured(), WEEK) if one.measure is measure)


def rate(world):
    return kpi(world, Measure.ENGAGEMENT_RATE)


class TestByReach:
    def test_the_mean_of_the_days_and_not_the_sum_of_people(self, world):
        world.account(1, base=RateBase.REACH).days(1, 6, reach=100, engagements=10)
        world.day(1, 6, reach=1000, engagements=10)
        assert rate(world).value == pytest.approx((6 * 0.1 + 0.01) / 7)

    def test_every_account_day_has_one_voice(self, world):
        world.account(1, base=RateBase.REACH).days(1, 7, reach=100, engagements=10)
        world.account(2, base=RateBase.REACH).days(2, 1, reach=10, engagements=5)
        assert rate(world).value == pytest.approx((7 * 0.1 + 0.5) / 8)

    def test_a_day_without_either_part_or_with_nobody_reached_has_no_rate(self, world):
        world.account(1, base=RateBase.REACH).day(1, 0, reach=100, engagements=10).day(1, 1, reach=100)
        world.day(1, 2, engagements=1000).day(1, 3, reach=0, engagements=0)
        one = rate(world)
        assert (one.value, one.coverage.missing_days) == (pytest.approx(0.1), 6)

    def test_impressions_are_of_no_use(self, world):
        world.account(1, base=RateBase.REACH).days(1, 7, impressions=100, engagements=10)
        assert (rate(world).value, rate(world).coverage.counted) == (None, 0)

    def test_the_change_is_of_the_same_days(self, world):
        world.account(1, base=RateBase.REACH).days(1, 7, reach=100, engagements=12)
        world.days(1, 6, start=7, reach=10, engagements=1).day(1, 13, engagements=9)
        one = rate(world)
        assert one.change.absolute == pytest.approx(0.02)
        assert one.basis == Basis(days=6, of=7, accounts=1)

    def test_its_trend_is_the_rate_of_each_day(self, world):
        world.account(1, base=RateBase.REACH).days(1, 6, reach=100, engagements=10)
        trend = daily_trend(world.measured(), Measure.ENGAGEMENT_RATE, WEEK, [1])
        assert isnan(trend[0])
        assert trend[1:] == pytest.approx([0.1] * 6)


class TestByFollowers:
    def test_by_the_followers_of_that_very_day(self, world):
        world.account(1, base=RateBase.FOLLOWERS).day(1, 0, followers=200, engagements=10)
        world.day(1, 1, followers=100, engagements=10).day(1, 2, engagements=500)
        assert rate(world).value == pytest.approx((0.05 + 0.1) / 2)

    def test_followers_known_later_are_not_assumed_of_earlier_days(self, world):
        world.account(1, base=RateBase.FOLLOWERS).days(1, 7, engagements=10).day(1, -1, followers=100)
        assert rate(world).value is None


class TestClicks:
    def test_they_are_added_where_the_business_says_so(self, world):
        world.account(1, counts_clicks=True).days(1, 7, impressions=100, engagements=3, clicks=2)
        assert kpi(world, Measure.ENGAGEMENTS).value == 35
        assert rate(world).value == pytest.approx(0.05)

    def test_they_are_not_added_where_it_does_not(self, world):
        world.account(1).days(1, 7, impressions=100, engagements=3, clicks=2)
        assert kpi(world, Measure.ENGAGEMENTS).value == 21

    def test_they_are_not_added_where_the_platform_offers_none_apart(self, world):
        world.account(1, counts_clicks=True, adds_clicks=False).days(1, 7, impressions=100, engagements=3, clicks=2)
        assert kpi(world, Measure.ENGAGEMENTS).value == 21

    def test_a_day_whose_clicks_are_unknown_is_unknown(self, world):
        world.account(1, counts_clicks=True).days(1, 5, impressions=100, engagements=3, clicks=2)
        world.days(1, 2, start=5, impressions=100, engagements=50)
        one = kpi(world, Measure.ENGAGEMENTS)
        assert (one.value, one.coverage.missing_days) == (25, 2)
        assert rate(world).value == pytest.approx(0.05)

    def test_known_clicks_make_no_engagement_of_nothing_known(self, world):
        world.account(1, counts_clicks=True).days(1, 7, impressions=100, clicks=2)
        assert kpi(world, Measure.ENGAGEMENTS).value is None


class TestTogether:
    def two(self, world, **second):
        numbers = {"impressions": 100, "reach": 50, "followers": 20, "engagements": 5, "clicks": 1}
        world.account(1, business_id=1).days(1, 14, **numbers)
        return world.account(2, business_id=2, **second).days(2, 14, **numbers)

    @pytest.mark.parametrize(
        ("second", "engagements", "rate_of_all"),
        [
            ({}, 70, 0.05),
            ({"base": RateBase.REACH}, 70, None),
            ({"base": RateBase.FOLLOWERS}, 70, None),
            ({"counts_clicks": True}, None, None),
        ],
    )
    def test_a_total_needs_one_rule(self, world, second, engagements, rate_of_all):
        self.two(world, **second)
        assert kpi(world, Measure.ENGAGEMENTS).value == engagements
        assert rate(world).value == (rate_of_all and pytest.approx(rate_of_all))
        assert kpi(world, Measure.IMPRESSIONS).value == 1400

    def test_without_a_total_there_is_no_change_and_no_trend(self, world):
        one = rate(self.two(world, base=RateBase.REACH))
        assert (one.change, one.coverage.counted) == (None, 0)
        assert all(isnan(day) for day in one.trend)

    def test_each_business_keeps_its_own(self, world):
        groups = by_business(self.two(world, base=RateBase.REACH, counts_clicks=True).measured(), WEEK)
        found = {id_: one.values[Measure.ENGAGEMENT_RATE] for id_, one in groups.items()}
        assert found == {1: pytest.approx(0.05), 2: pytest.approx(6 / 50)}
        assert groups[2].values[Measure.ENGAGEMENTS] == 42
