"""Goals: the value is that of the cards, the pace is told on known and final days, and what is not known is no progress."""

from datetime import date, timedelta

import pytest

from core.analytics import goals
from core.analytics.audience import net_followers
from core.analytics.goals import Lack, Standing
from core.analytics.kpis import Measure, summarize
from core.analytics.periods import Period
from core.analytics.presets import unit_with
from core.domain import Platform
from core.metrics import Aim, GoalMetric
from tests.analytics.conftest import LAST

pytestmark = pytest.mark.unit

FIRST, END = date(2026, 11, 1), date(2026, 11, 30)
ELAPSED = 23 / 30


def aim(metric, target, first=FIRST, last=END):
    return Aim(metric, target, first, last)


def stand(world, metric, target, *, yesterday=LAST, first=FIRST, last=END):
    return goals.progress(world.measured(), aim(metric, target, first, last), yesterday=yesterday)


class TestSums:
    def test_the_value_is_that_of_the_card(self, world):
        world.account(1).days(1, 30, impressions=10).account(2).days(2, 5, impressions=7)
        found = stand(world, GoalMetric.IMPRESSIONS, 1000)
        (card,) = summarize(world.measured(), Period(FIRST, LAST), (Measure.IMPRESSIONS,))
        assert (found.value, found.coverage) == (card.value, card.coverage)
        assert found.value == 23 * 10 + 5 * 7
        assert found.reached == pytest.approx(0.265)

    @pytest.mark.parametrize(("target", "standing"), [(300, Standing.ON_PACE), (301, Standing.BEHIND)])
    def test_on_pace_is_the_share_of_the_days(self, world, target, standing):
        world.account(1).days(1, 30, impressions=10)
        found = stand(world, GoalMetric.IMPRESSIONS, target)
        assert (found.standing, found.due) == (standing, pytest.approx(ELAPSED))
        assert found.elapsed == pytest.approx(ELAPSED)

    def test_days_that_are_late_are_not_held_against_it(self, world):
        """Two days are still coming in: the 21 final ones bring 210 of 300, as they should."""
        world.settled[Platform.LINKEDIN] = LAST - timedelta(days=2)
        world.account(1).days(1, 28, start=2, impressions=10).day(1, 1, impressions=1)
        found = stand(world, GoalMetric.IMPRESSIONS, 300)
        assert (found.value, found.standing) == (211, Standing.ON_PACE)
        assert (found.paced, found.due) == (pytest.approx(0.7), pytest.approx(0.7))
        assert found.coverage.late_days == 1

    def test_days_that_are_missing_are_told_and_not_guessed(self, world):
        world.account(1).days(1, 10, impressions=10).days(1, 10, start=13, impressions=10)
        found = stand(world, GoalMetric.IMPRESSIONS, 300)
        assert (found.value, found.coverage.missing_days, found.standing) == (200, 3, Standing.ON_PACE)

    def test_of_fewer_than_half_of_the_days_no_pace_is_told(self, world):
        world.account(1).days(1, 11, impressions=10)
        found = stand(world, GoalMetric.IMPRESSIONS, 300)
        assert (found.standing, found.lack, found.due) == (Standing.OPEN, Lack.TOO_FEW_DAYS, None)
        assert found.value == 110

    def test_an_account_that_has_no_such_number_takes_no_part_and_is_told(self, world):
        world.account(1).days(1, 30, impressions=10).account(2, Platform.X)
        found = stand(world, GoalMetric.IMPRESSIONS, 300)
        assert (found.coverage.counted, found.coverage.shown) == (1, 2)
        assert found.standing is Standing.ON_PACE

    def test_nothing_known_is_no_progress(self, world):
        world.account(1)
        found = stand(world, GoalMetric.ENGAGEMENTS, 300)
        assert (found.value, found.reached, found.standing, found.lack) == (
            None,
            None,
            Standing.OPEN,
            Lack.NOT_KNOWN,
        )

    def test_zero_is_a_number(self, world):
        world.account(1).days(1, 30, engagements=0)
        found = stand(world, GoalMetric.ENGAGEMENTS, 300)
        assert (found.value, found.reached, found.standing) == (0, 0, Standing.BEHIND)

    def test_reached_before_its_end(self, world):
        world.account(1).days(1, 3, impressions=100)
        assert stand(world, GoalMetric.IMPRESSIONS, 300).standing is Standing.REACHED

    def test_posts_are_counted_on_the_days_that_were_read(self, world):
        world.account(1).posts(1, *range(23))
        assert stand(world, GoalMetric.POSTS, 30).standing is Standing.ON_PACE
        assert stand(world, GoalMetric.POSTS, 31).standing is Standing.BEHIND
        world.posts(1, first=LAST - timedelta(days=5))
        assert stand(world, GoalMetric.POSTS, 30).lack is Lack.TOO_FEW_DAYS


class TestItsTime:
    def test_before_it_begins(self, world):
        world.account(1).days(1, 60, impressions=10)
        today = date(2026, 11, 1)
        begins = {
            date(2026, 11, 1): (Lack.NO_DAY_OVER, 0.0),
            date(2026, 11, 2): (Lack.NOT_BEGUN, 0.0),
        }
        for first, expected in begins.items():
            found = stand(world, GoalMetric.IMPRESSIONS, 300, yesterday=today - timedelta(days=1), first=first)
            assert (found.lack, found.elapsed, found.value, found.standing) == (*expected, None, Standing.OPEN)

    def test_on_its_only_day(self, world):
        world.account(1).days(1, 1, impressions=10)
        found = stand(world, GoalMetric.IMPRESSIONS, 11, first=LAST, last=LAST)
        assert (found.elapsed, found.is_over, found.standing) == (1, True, Standing.MISSED)

    def test_a_goal_that_is_over_is_counted_on_its_own_days(self, world):
        world.account(1).days(1, 40, impressions=10)
        october = {"first": date(2026, 10, 15), "last": date(2026, 10, 31)}
        assert stand(world, GoalMetric.IMPRESSIONS, 170, **october).standing is Standing.REACHED
        assert stand(world, GoalMetric.IMPRESSIONS, 171, **october).standing is Standing.MISSED

    def test_one_that_is_over_is_not_missed_while_days_are_lacking(self, world):
        world.account(1).days(1, 5, start=1, impressions=10)
        week = {"first": LAST - timedelta(days=5), "last": LAST}
        found = stand(world, GoalMetric.IMPRESSIONS, 60, **week)
        assert (found.standing, found.lack) == (Standing.OPEN, Lack.DAYS_MISSING)
        world.settled[Platform.LINKEDIN] = LAST - timedelta(days=1)
        assert stand(world, GoalMetric.IMPRESSIONS, 60, **week).lack is Lack.DAYS_TO_COME

    def test_february_of_a_leap_year_has_29_days(self, world):
        world.account(1).days(1, 14, impressions=10)
        february = unit_with(date(2028, 2, 10), 1)
        assert (february.first, february.last) == (date(2028, 2, 1), date(2028, 2, 29))
        found = goals.progress(
            world.measured(),
            aim(GoalMetric.IMPRESSIONS, 10, february.first, february.last),
            yesterday=date(2028, 2, 28),
        )
        assert found.elapsed == pytest.approx(28 / 29)
        assert not found.is_over

    @pytest.mark.parametrize(
        ("day", "months", "first", "last"),
        [
            (date(2026, 12, 31), 1, date(2026, 12, 1), date(2026, 12, 31)),
            (date(2027, 2, 28), 1, date(2027, 2, 1), date(2027, 2, 28)),
            (date(2026, 11, 24), 3, date(2026, 10, 1), date(2026, 12, 31)),
            (date(2028, 2, 29), 12, date(2028, 1, 1), date(2028, 12, 31)),
        ],
    )
    def test_the_calendar_s_own_periods(self, day, months, first, last):
        assert unit_with(day, months) == Period(first, last)


class TestFollowers:
    def growing(self, world, a_day, days=40):
        world.account(1)
        for back in range(days):
            world.day(1, back, followers=1000 - a_day * back)
        return world

    def test_the_way_begins_at_the_day_before_the_first(self, world):
        """On 31 October, 23 days before the last one, there were 770."""
        self.growing(world, 10)
        found = stand(world, GoalMetric.FOLLOWERS, 1070)
        assert (found.start, found.value, found.reached) == (770, 1000, pytest.approx(230 / 300))
        assert found.standing is Standing.ON_PACE
        assert stand(world, GoalMetric.FOLLOWERS, 1071).standing is Standing.BEHIND

    def test_without_a_number_at_the_start_there_is_a_value_but_no_way(self, world):
        self.growing(world, 10, days=20)
        found = stand(world, GoalMetric.FOLLOWERS, 1070)
        assert (found.value, found.reached, found.lack) == (1000, None, Lack.NO_START)
        assert stand(world, GoalMetric.FOLLOWERS, 900).standing is Standing.REACHED

    def test_a_number_that_is_old_says_nothing_of_the_pace(self, world):
        world.account(1).days(1, 40, start=10, followers=900)
        assert stand(world, GoalMetric.FOLLOWERS, 1070).lack is Lack.OLD_LEVEL

    def test_a_target_below_the_start_is_to_be_held(self, world):
        self.growing(world, -10)
        found = stand(world, GoalMetric.FOLLOWERS, 1100)
        assert (found.start, found.value, found.reached, found.standing) == (1230, 1000, None, Standing.BEHIND)
        assert stand(world, GoalMetric.FOLLOWERS, 1000).standing is Standing.REACHED

    def test_over_and_below(self, world):
        self.growing(world, 10)
        found = stand(world, GoalMetric.FOLLOWERS, 1001, last=LAST)
        assert found.standing is Standing.MISSED

    def test_net_followers_are_those_of_the_card(self, world):
        self.growing(world, 10).account(2, Platform.X).day(2, 0, followers=5)
        found = stand(world, GoalMetric.NET_FOLLOWERS, 300)
        assert found.value == net_followers(world.measured(), Period(FIRST, LAST)).value == 230
        assert (found.coverage.counted, found.coverage.shown) == (1, 2)
        assert (found.standing, found.due) == (Standing.ON_PACE, pytest.approx(ELAPSED))
        assert stand(world, GoalMetric.NET_FOLLOWERS, 301).standing is Standing.BEHIND

    def test_a_loss_is_less_than_nothing(self, world):
        found = stand(self.growing(world, -10), GoalMetric.NET_FOLLOWERS, 100)
        assert (found.value, found.reached, found.standing) == (-230, -2.3, Standing.BEHIND)


class TestRate:
    def test_it_is_above_its_target_or_below(self, world):
        world.account(1).days(1, 30, impressions=100, engagements=4)
        found = stand(world, GoalMetric.ENGAGEMENT_RATE, 0.04)
        assert (found.value, found.reached, found.standing) == (pytest.approx(0.04), None, Standing.ON_PACE)
        assert stand(world, GoalMetric.ENGAGEMENT_RATE, 0.041).standing is Standing.BEHIND

    def test_it_is_reached_only_when_it_is_over(self, world):
        world.account(1).days(1, 30, impressions=100, engagements=4)
        assert stand(world, GoalMetric.ENGAGEMENT_RATE, 0.03, last=LAST).standing is Standing.REACHED
        assert stand(world, GoalMetric.ENGAGEMENT_RATE, 0.05, last=LAST).standing is Standing.MISSED
        world.settled[Platform.LINKEDIN] = LAST - timedelta(days=40)
        world.rows.pop()
        assert stand(world, GoalMetric.ENGAGEMENT_RATE, 0.05, last=LAST).lack is Lack.TOO_FEW_DAYS

    def test_the_last_days_to_come_can_still_change_it(self, world):
        world.account(1).days(1, 30, start=1, impressions=100, engagements=4)
        world.settled[Platform.LINKEDIN] = LAST - timedelta(days=1)
        assert stand(world, GoalMetric.ENGAGEMENT_RATE, 0.05, last=LAST).lack is Lack.DAYS_TO_COME


def test_of_one_business_nothing_of_another_is_counted(world):
    world.account(1).days(1, 30, impressions=10, followers=5).posts(1, 1, 2)
    world.account(2, business_id=2).days(2, 30, impressions=1000, followers=500).posts(2, 1, 2, 3)
    one = world.measured().of_business(1)
    assert (one.account_ids, list(one.posts_known)) == ([1], [1])
    assert goals.progress(one, aim(GoalMetric.IMPRESSIONS, 300), yesterday=LAST).value == 230
    assert goals.progress(one, aim(GoalMetric.POSTS, 30), yesterday=LAST).value == 2


def test_totals_of_all_businesses_serve_each_of_them_and_each_period(world):
    world.account(1).days(1, 40, impressions=10).account(2, business_id=2).days(2, 40, impressions=1000)
    totals, one = goals.Totals(world.measured()), world.measured().of_business(1)
    october = aim(GoalMetric.IMPRESSIONS, 300, date(2026, 10, 15), date(2026, 10, 31))
    for wanted in (aim(GoalMetric.IMPRESSIONS, 300), october, aim(GoalMetric.IMPRESSIONS, 300)):
        shared = goals.progress(one, wanted, yesterday=LAST, totals=totals)
        assert shared == goals.progress(one, wanted, yesterday=LAST)
    assert shared.value == 230
