"""Net new followers and average reach: both ends known, the same days compared, nothing missing taken for zero."""

from math import isnan

import pytest

from core.analytics import audience, shares
from core.analytics.comparison import Basis
from core.analytics.kpis import Change, Coverage, Measure
from core.domain import Platform
from tests.analytics.conftest import WEEK

pytestmark = pytest.mark.unit


class TestNetFollowers:
    def test_the_end_less_the_beginning_against_the_week_before(self, world):
        world.account(1).day(1, 0, followers=130).day(1, 7, followers=100).day(1, 14, followers=90)
        kpi = audience.net_followers(world.measured(), WEEK)
        assert (kpi.value, kpi.change) == (30, Change(20, None))

    def test_an_account_without_a_beginning_is_not_counted(self, world):
        world.account(1).day(1, 0, followers=130).day(1, 7, followers=100)
        world.account(2).day(2, 0, followers=5000)
        kpi = audience.net_followers(world.measured(), WEEK)
        assert (kpi.value, kpi.coverage, kpi.not_comparable) == (30, Coverage(1, 2), 1)
        assert kpi.change is None

    def test_a_level_may_be_some_days_old_but_not_older(self, world):
        world.account(1).day(1, 3, followers=120).day(1, 10, followers=100)
        assert audience.net_followers(world.measured(), WEEK).value == 20
        world.account(2).day(2, 4, followers=120).day(2, 10, followers=100)
        assert audience.net_followers(world.measured(), WEEK).coverage == Coverage(1, 2)

    def test_nothing_known_is_none(self, world):
        kpi = audience.net_followers(world.account(1).measured(), WEEK)
        assert (kpi.value, kpi.change) == (None, None)

    def test_the_trend_has_a_step_only_between_two_known_days(self, world):
        world.account(1)
        for back, followers in ((7, 100), (6, 101), (5, 105), (2, 110), (1, 108), (0, 120)):
            world.day(1, back, followers=followers)
        steps = audience.net_followers(world.measured(), WEEK).trend
        assert [None if isnan(step) else step for step in steps] == [1, 4, None, None, None, -2, 12]


class TestAverageReach:
    def test_the_average_day_of_each_account_added_up(self, world):
        world.account(1).days(1, 14, reach=100).account(2).days(2, 14, reach=40)
        kpi = audience.average_reach(world.measured(), WEEK)
        assert (kpi.value, kpi.change, kpi.basis) == (140, Change(0, 0), Basis(14, 14, 2))

    def test_missing_days_are_no_zeros(self, world):
        world.account(1).days(1, 4, reach=100).days(1, 7, start=7, reach=50)
        kpi = audience.average_reach(world.measured(), WEEK)
        assert (kpi.value, kpi.coverage) == (100, Coverage(1, 1, late_days=0, missing_days=3))
        assert kpi.change == Change(50, 1)

    def test_late_days_are_left_out(self, world):
        world.settled[Platform.LINKEDIN] = WEEK.last.replace(day=WEEK.last.day - 2)
        world.account(1).days(1, 2, reach=1).days(1, 5, start=2, reach=100)
        kpi = audience.average_reach(world.measured(), WEEK)
        assert (kpi.value, kpi.coverage) == (100, Coverage(1, 1, late_days=2, missing_days=0))

    def test_too_few_days_in_both_periods_are_no_comparison(self, world):
        world.account(1).days(1, 7, reach=100).days(1, 3, start=7, reach=50)
        kpi = audience.average_reach(world.measured(), WEEK)
        assert (kpi.change, kpi.not_comparable) == (None, 1)

    def test_never_given_is_none(self, world):
        kpi = audience.average_reach(world.account(1).days(1, 7, impressions=5).measured(), WEEK)
        assert (kpi.value, kpi.coverage) == (None, Coverage(0, 1))


def test_shares_are_of_what_is_known(world):
    world.account(1).days(1, 7, impressions=30, followers=10)
    world.account(2, Platform.X).days(2, 7, followers=30)
    found = shares.by_platform(world.measured(), WEEK).set_index(["measure", "platform"])["share"].to_dict()
    assert found[Measure.IMPRESSIONS.value, "linkedin"] == 1
    assert (Measure.IMPRESSIONS.value, "x") not in found
    assert found[Measure.FOLLOWERS.value, "x"] == 0.75
