"""The first row: nothing unknown is zero, nothing is compared with a hole."""

from datetime import timedelta

import pytest

from core.analytics.comparison import Basis
from core.analytics.kpis import Change, Coverage, DaysKnown, Measure, by_account, by_business, summarize
from core.domain import Platform
from tests.analytics.conftest import LAST, WEEK

pytestmark = pytest.mark.unit


def kpi(world, measure):
    return next(one for one in summarize(world.measured(), WEEK) if one.measure is measure)


class TestSums:
    def test_days_and_accounts_are_added_up(self, world):
        world.account(1).days(1, 14, impressions=10).account(2).days(2, 14, impressions=1)
        one = kpi(world, Measure.IMPRESSIONS)
        assert (one.value, one.coverage) == (77, Coverage(counted=2, shown=2))

    def test_nothing_known_is_none_and_not_zero(self, world):
        world.account(1).days(1, 14, followers=5)
        one = kpi(world, Measure.IMPRESSIONS)
        assert (one.value, one.change, one.coverage.counted) == (None, None, 0)

    def test_no_account_at_all(self, world):
        assert {one.value for one in summarize(world.measured(), WEEK)} == {None}

    def test_zero_is_a_number(self, world):
        world.account(1).days(1, 14, impressions=0)
        one = kpi(world, Measure.IMPRESSIONS)
        assert (one.value, one.change) == (0, Change(0, None))

    def test_an_account_without_the_number_is_not_counted(self, world):
        world.account(1).days(1, 14, impressions=10).account(2, Platform.X).days(2, 14, followers=5)
        assert kpi(world, Measure.IMPRESSIONS).coverage == Coverage(counted=1, shown=2)

    def test_days_outside_the_period_do_not_count(self, world):
        world.account(1).days(1, 7, impressions=1).day(1, 7, impressions=1000).day(1, -1, impressions=1000)
        assert kpi(world, Measure.IMPRESSIONS).value == 7


class TestComparison:
    def test_absolute_and_relative_to_the_equal_number_of_days_before(self, world):
        world.account(1).days(1, 7, impressions=15).days(1, 7, start=7, impressions=10)
        assert kpi(world, Measure.IMPRESSIONS).change == Change(35, 0.5)

    def test_days_still_coming_in_are_no_loss(self, world):
        """100 a day for two weeks, the last two days late: nothing has changed."""
        world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=2)
        world.account(1, Platform.INSTAGRAM).days(1, 12, start=2, impressions=100, engagements=10)
        for measure in (Measure.IMPRESSIONS, Measure.ENGAGEMENTS):
            one = kpi(world, measure)
            assert (one.change, one.basis) == (Change(0, 0.0), Basis(days=5, of=7, accounts=1))

    def test_a_first_answer_of_a_late_day_is_not_compared(self, world):
        world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=1)
        world.account(1, Platform.INSTAGRAM).day(1, 0, impressions=3).days(1, 13, start=1, impressions=100)
        one = kpi(world, Measure.IMPRESSIONS)
        assert (one.value, one.change, one.basis.days) == (603, Change(0, 0.0), 6)

    @pytest.mark.parametrize("back", [2, 9])
    def test_a_hole_in_either_period_leaves_out_that_day_of_both(self, world, back):
        for day in range(14):
            if day != back:
                world.day(1, day, impressions=1000 if day in (2, 9) else 10 + day // 7)
        one = kpi(world.account(1), Measure.IMPRESSIONS)
        assert one.change.absolute == 6 * 10 - 6 * 11
        assert one.basis == Basis(days=6, of=7, accounts=1)

    def test_an_unknown_value_on_a_known_day_is_a_hole_too(self, world):
        world.account(1).days(1, 13, impressions=10).day(1, 13, engagements=1)
        assert kpi(world, Measure.IMPRESSIONS).basis.days == 6

    def test_each_account_is_compared_on_its_own_days(self, world):
        world.account(1).days(1, 14, impressions=10).account(2).days(2, 12, start=2, impressions=1)
        one = kpi(world, Measure.IMPRESSIONS)
        assert (one.change, one.basis) == (Change(0, 0.0), Basis(days=12, of=14, accounts=2))

    def test_a_whole_comparison_says_nothing_of_its_days(self, world):
        world.account(1).days(1, 14, impressions=10)
        assert kpi(world, Measure.IMPRESSIONS).basis.is_whole

    @pytest.mark.parametrize(("known", "forbids"), [(3, 1), (4, 0)])
    def test_fewer_than_half_of_the_days_are_too_few(self, world, known, forbids):
        world.account(1).days(1, 7 + known, impressions=10)
        one = kpi(world, Measure.IMPRESSIONS)
        assert one.not_comparable == forbids
        assert (one.change is None) == bool(forbids)

    def test_an_account_that_joined_forbids_it_for_all(self, world):
        world.account(1).days(1, 14, impressions=10).account(2).days(2, 7, impressions=10)
        one = kpi(world, Measure.IMPRESSIONS)
        assert (one.change, one.not_comparable) == (None, 1)

    def test_an_account_that_left_is_not_compared(self, world):
        """What is summed now is compared with the same accounts before."""
        world.account(1).days(1, 14, impressions=10).account(2).days(2, 7, start=7, impressions=999)
        assert kpi(world, Measure.IMPRESSIONS).change == Change(0, 0.0)

    def test_no_percentage_of_zero(self, world):
        world.account(1).days(1, 7, impressions=3).days(1, 7, start=7, impressions=0)
        assert kpi(world, Measure.IMPRESSIONS).change == Change(21, None)


class TestRate:
    def test_only_days_on_which_both_are_known(self, world):
        world.account(1).days(1, 6, impressions=100, engagements=5).day(1, 6, impressions=1_000_000)
        assert kpi(world, Measure.ENGAGEMENT_RATE).value == pytest.approx(0.05)

    def test_total_by_total_not_the_mean_of_rates(self, world):
        world.account(1).days(1, 14, impressions=900, engagements=9).account(2)
        world.days(2, 14, impressions=100, engagements=91)
        assert kpi(world, Measure.ENGAGEMENT_RATE).value == pytest.approx(0.1)

    def test_the_change_is_a_difference_of_rates_without_a_percentage(self, world):
        world.account(1).days(1, 7, impressions=100, engagements=5)
        world.days(1, 7, start=7, impressions=100, engagements=4)
        change = kpi(world, Measure.ENGAGEMENT_RATE).change
        assert change.absolute == pytest.approx(0.01)
        assert change.relative is None

    def test_a_rate_is_compared_on_the_days_known_in_both_periods(self, world):
        """The days before that have no counterpart now were far better ones."""
        world.account(1).days(1, 5, impressions=100, engagements=5).days(1, 2, start=5, impressions=100)
        world.days(1, 5, start=7, impressions=100, engagements=5).days(1, 2, start=12, impressions=100, engagements=90)
        one = kpi(world, Measure.ENGAGEMENT_RATE)
        assert (one.change, one.basis.days) == (Change(0, None), 5)

    def test_no_impressions_no_rate(self, world):
        world.account(1).days(1, 14, impressions=0, engagements=0)
        one = kpi(world, Measure.ENGAGEMENT_RATE)
        assert (one.value, one.change) == (None, None)


class TestFollowers:
    def test_the_last_known_of_each_account_added_up(self, world):
        world.account(1).day(1, 5, followers=100).day(1, 3, followers=90).account(2).day(2, 0, followers=7)
        assert kpi(world, Measure.FOLLOWERS).value == 97

    def test_the_change_is_to_the_end_of_the_period_before(self, world):
        world.account(1).day(1, 0, followers=120).day(1, 7, followers=110).day(1, 13, followers=50)
        assert kpi(world, Measure.FOLLOWERS).change == Change(10, None)

    def test_no_change_without_a_value_before(self, world):
        world.account(1).day(1, 0, followers=120)
        one = kpi(world, Measure.FOLLOWERS)
        assert (one.change, one.not_comparable) == (None, 1)

    def test_an_account_first_seen_on_the_day_after_counts_as_of_today(self, world):
        world.account(1).day(1, 1, followers=100).day(1, -1, followers=999).account(2).day(2, -1, followers=7)
        one = kpi(world, Measure.FOLLOWERS)
        assert (one.value, one.coverage) == (107, Coverage(counted=2, shown=2, as_of_today=1))


class TestPosts:
    def test_no_post_is_zero_where_the_posts_were_read(self, world):
        world.account(1).posts(1)
        assert kpi(world, Measure.POSTS).value == 0

    def test_unread_posts_are_not_zero(self, world):
        world.account(1).account(2).posts(2, 0)
        one = kpi(world, Measure.POSTS)
        assert (one.value, one.coverage.counted) == (1, 1)

    def test_both_ends_of_the_period_count(self, world):
        world.account(1).posts(1, -1, 0, 6, 7, 13, 14)
        one = kpi(world, Measure.POSTS)
        assert (one.value, one.change) == (2, Change(0, 0.0))

    def test_posts_that_may_be_cut_off_are_compared_where_they_are_known(self, world):
        world.account(1).posts(1, 0, 1, 6, 7, 8, 9, first=LAST - timedelta(days=8))
        one = kpi(world, Measure.POSTS)
        assert (one.value, one.change, one.not_comparable) == (3, None, 1)
        world.posts(1, first=LAST - timedelta(days=12))
        one = kpi(world, Measure.POSTS)
        assert (one.change, one.basis.days) == (Change(-1, pytest.approx(-1 / 3)), 6)

    def test_days_before_the_first_read_post_are_missing(self, world):
        world.account(1).posts(1, 0, first=LAST - timedelta(days=1))
        assert kpi(world, Measure.POSTS).coverage.missing_days == 5

    def test_days_after_the_last_look_are_missing_and_no_drop(self, world):
        """One post a day, and nobody has looked for two days."""
        world.account(1).posts(1, *range(2, 14), last=LAST - timedelta(days=2))
        one = kpi(world, Measure.POSTS)
        assert (one.value, one.change) == (5, Change(0, 0.0))
        assert (one.coverage.missing_days, one.basis) == (2, Basis(days=5, of=7, accounts=1))

    def test_a_look_before_the_period_says_nothing_of_it(self, world):
        world.account(1).posts(1, 9, last=LAST - timedelta(days=8))
        one = kpi(world, Measure.POSTS)
        assert (one.value, one.coverage.counted) == (None, 0)

    def test_a_post_of_a_day_read_in_part_counts(self, world):
        world.account(1).posts(1, 6, last=LAST - timedelta(days=7))
        one = kpi(world, Measure.POSTS)
        assert (one.value, one.change, one.coverage.missing_days) == (1, None, 7)


class TestCoverage:
    def test_late_days_are_told_from_missing_ones(self, world):
        world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=2)
        world.account(1, Platform.INSTAGRAM).days(1, 4, start=3, impressions=1)
        assert kpi(world, Measure.IMPRESSIONS).coverage == Coverage(1, 1, late_days=2, missing_days=1)

    def test_an_early_answer_inside_the_lag_is_not_late(self, world):
        world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=2)
        world.account(1, Platform.INSTAGRAM).day(1, 0, impressions=1).days(1, 5, start=2, impressions=1)
        assert kpi(world, Measure.IMPRESSIONS).coverage == Coverage(1, 1, late_days=1, missing_days=0)


class TestGroups:
    def test_by_business(self, world):
        world.account(1, business_id=5).days(1, 7, impressions=10, engagements=1)
        world.account(2, Platform.X, business_id=5).day(2, 0, followers=3)
        world.account(3, business_id=6).days(3, 7, followers=4)
        groups = by_business(world.measured(), WEEK)
        assert groups[5].values[Measure.IMPRESSIONS] == 70
        assert groups[5].values[Measure.ENGAGEMENT_RATE] == pytest.approx(0.1)
        assert (groups[5].counted, groups[5].shown) == (1, 2)
        assert groups[6].values[Measure.IMPRESSIONS] is None
        assert groups[6].values[Measure.FOLLOWERS] == 4

    def test_the_days_that_each_sum_is_made_of(self, world):
        world.account(1).days(1, 3, impressions=100, engagements=1).account(2, Platform.X).posts(2, 0)
        days = by_business(world.measured(), WEEK)[1].days
        assert days == {
            Measure.IMPRESSIONS: DaysKnown(3, 7),
            Measure.ENGAGEMENTS: DaysKnown(3, 7),
            Measure.ENGAGEMENT_RATE: DaysKnown(3, 7),
            Measure.POSTS: DaysKnown(7, 7),
        }
        assert by_account(world.measured(), WEEK)[2].days == {Measure.POSTS: DaysKnown(7, 7)}

    def test_by_account(self, world):
        world.account(1).days(1, 7, impressions=10).account(2)
        groups = by_account(world.measured(), WEEK)
        assert [groups[key].values[Measure.IMPRESSIONS] for key in (1, 2)] == [70, None]


def test_the_frames_stay_as_they_were(world):
    world.account(1).days(1, 14, impressions=10, engagements=1, followers=3).posts(1, 0)
    measured = world.measured()
    days, posts = measured.days.copy(), measured.posts.copy()
    summarize(measured, WEEK)
    by_business(measured, WEEK)
    assert measured.days.equals(days)
    assert measured.posts.equals(posts)
