"""Side by side: like with like, on the days that all sides know; a hole is never hidden, a side that knows too little stands out."""

from datetime import date, timedelta

import pandas as pd
import pytest

from core.analytics import side_by_side
from core.analytics.kpis import Measure
from core.analytics.measured import KnownDays, Measured, Member
from core.analytics.periods import Period
from core.analytics.side_by_side import Lack, Per, of_days, of_levels, of_posts, of_rates, per_thousand
from core.domain import USUAL_RULE, EngagementRule, Platform, RateBase
from core.metrics import Metric

pytestmark = pytest.mark.unit

LAST = date(2026, 11, 23)
WEEK = Period.ending(LAST, days=7)
SIDES = {10: [1], 20: [2, 3]}
COUNTERS = ("followers", "impressions", "engagements", "reach", "clicks")


def world(days, *, posts=(), known=None, settled=LAST, rule=USUAL_RULE):
    """`days`: per account the counters by days back."""
    rows = [
        {"account_id": account, "day": LAST - timedelta(days=back), **counters}
        for account, by_back in days.items()
        for back, counters in by_back.items()
    ]
    frame = pd.DataFrame(rows, columns=["account_id", "day", *COUNTERS]).astype(dict.fromkeys(COUNTERS, "float64"))
    posted = pd.DataFrame(
        [(account, LAST - timedelta(days=back)) for account, back in posts], columns=["account_id", "day"]
    )
    return Measured.build(
        members=tuple(Member(account, 1, Platform.LINKEDIN, rule=rule) for account in (1, 2, 3)),
        days=frame.assign(day=pd.to_datetime(frame["day"])),
        posts=posted.assign(day=pd.to_datetime(posted["day"])),
        posts_known=known or {},
        settled=dict.fromkeys(Platform, settled),
    )


def every(backs, **counters):
    return dict.fromkeys(backs, counters)


def impressions(measured, offered=(1, 2, 3)):
    return of_days(measured, Measure.IMPRESSIONS, WEEK, sides=SIDES, offered=offered)


def values(row):
    return {side: cell.value for side, cell in row.cells.items()}


def lacks(row):
    return {side: cell.lack for side, cell in row.cells.items()}


def test_sums_are_of_the_days_that_all_sides_know():
    days = {1: every([6, 5, 4, 3, 2, 1], impressions=10), 2: every(range(7), impressions=1)}
    row = impressions(world(days | {3: every([6, 5, 3, 2, 1, 0], impressions=100)}))
    assert (row.days, row.of) == (5, 7)
    assert values(row) == {10: 50, 20: 5 * 101}
    assert [cell.days_known for cell in row.cells.values()] == [6, 6]


def test_a_known_zero_counts_and_an_unknown_day_does_not():
    days = {account: every(range(7), impressions=0) for account in (1, 2, 3)}
    assert values(impressions(world(days))) == {10: 0, 20: 0}


def test_late_days_are_left_out_for_all():
    days = {account: every(range(7), impressions=1) for account in (1, 2, 3)}
    row = impressions(world(days, settled=LAST - timedelta(days=2)))
    assert (row.days, values(row)) == (5, {10: 5, 20: 10})


def test_a_side_that_knows_too_little_is_not_compared_and_costs_the_others_no_day():
    days = {1: every([0, 1, 2], impressions=9), 2: every(range(7), impressions=1), 3: every(range(7), impressions=1)}
    row = impressions(world(days))
    assert (row.days, values(row), lacks(row)) == (7, {10: None, 20: 14}, {10: Lack.TOO_FEW_DAYS, 20: None})
    assert row.cells[10].days_known == 3


def test_one_account_without_a_number_keeps_its_side_out():
    row = impressions(world({1: every(range(7), impressions=1), 2: every(range(7), impressions=1)}))
    assert lacks(row) == {10: None, 20: Lack.TOO_FEW_DAYS}


def test_an_account_that_is_never_offered_it_is_left_out_and_counted():
    row = impressions(world({1: every(range(7), impressions=1), 2: every(range(7), impressions=2)}), offered=(1, 2))
    assert values(row) == {10: 7, 20: 14}
    assert (row.cells[20].counted, row.cells[20].shown) == (1, 2)
    row = impressions(world({2: every(range(7), impressions=2)}), offered=(2,))
    assert lacks(row) == {10: Lack.NOT_OFFERED, 20: None}


def test_too_few_days_in_common_are_no_comparison():
    days = {1: every([0, 1, 2, 3], impressions=1), 2: every([3, 4, 5, 6], impressions=1)}
    row = impressions(world(days), offered=(1, 2))
    assert lacks(row) == {10: Lack.TOO_FEW_IN_COMMON, 20: Lack.TOO_FEW_IN_COMMON}
    assert (row.days, values(row)) == (0, {10: None, 20: None})


def test_a_rate_takes_both_parts_from_the_same_days_and_has_none_where_nothing_was_seen():
    days = {
        1: every(range(7), impressions=0, engagements=0),
        2: every(range(6), impressions=100, engagements=4) | {6: {"impressions": 1000}},
    }
    row = of_days(world(days), Measure.ENGAGEMENT_RATE, WEEK, sides=SIDES, offered=(1, 2))
    assert (row.days, values(row)) == (6, {10: None, 20: 0.04})
    assert lacks(row)[10] is Lack.NOTHING_TO_DIVIDE_BY


def test_a_rate_by_reach_is_the_mean_of_the_account_days_own_rates():
    days = {
        1: every(range(7), reach=100, engagements=4),
        2: every(range(7), reach=10, engagements=1),
        3: every(range(6), reach=100, engagements=2) | {6: {"engagements": 2}},
    }
    measured = world(days, rule=EngagementRule(RateBase.REACH))
    row = of_days(measured, Measure.ENGAGEMENT_RATE, WEEK, sides=SIDES, offered=(1, 2, 3))
    assert (row.days, values(row)) == (6, {10: 0.04, 20: pytest.approx((0.1 + 0.02) / 2)})


def test_reach_is_an_average_and_never_a_sum():
    days = {1: every(range(7), reach=70), 2: every(range(7), reach=10), 3: every(range(7), reach=5)}
    row = of_days(world(days), Measure.REACH, WEEK, sides=SIDES, offered=(1, 2, 3))
    assert values(row) == {10: 70, 20: 15}


def test_levels_need_every_account():
    row = of_levels(
        world({1: every([0], followers=5), 2: every([0], followers=7)}), Measure.FOLLOWERS, WEEK, sides=SIDES
    )
    assert (values(row), lacks(row)) == ({10: 5, 20: None}, {10: None, 20: Lack.NO_LEVEL})
    both_ends = {account: {0: {"followers": 9}, 7: {"followers": 4}} for account in (1, 2, 3)}
    row = of_levels(world(both_ends), Measure.NET_FOLLOWERS, WEEK, sides=SIDES)
    assert values(row) == {10: 5, 20: 10}


def test_per_thousand_divides_by_the_followers_of_those_that_are_counted():
    days = {1: every(range(7), impressions=10, followers=500), 2: every(range(7), impressions=1, followers=2000)}
    measured = world(days | {3: every(range(7), followers=9_000_000)})
    row = impressions(measured, offered=(1, 2))
    levels = side_by_side.followers(measured, WEEK)
    assert values(per_thousand(row, levels, {10: [1], 20: [2]})) == {10: 140, 20: 3.5}
    levels.loc[2] = float("nan")
    assert lacks(per_thousand(row, levels, {10: [1], 20: [2]})) == {10: None, 20: Lack.NO_FOLLOWERS}


class TestPosts:
    SUMS = pd.DataFrame(
        {"posts": [4, 3, 2], "impressions": [400, 30, 0], "impressions_known": [4, 2, 0]}, index=pd.Index([1, 2, 3])
    )

    def known(self, first_of=None):
        days = {account: KnownDays(None, LAST) for account in (1, 2, 3)}
        days[1] = KnownDays(first_of, LAST)
        return side_by_side.known_posts(world({}, known=days), WEEK, SIDES)

    def row(self, known, per=Per.ITSELF, offered=(1, 2, 3)):
        return of_posts(self.SUMS, Metric.IMPRESSIONS, known, sides=SIDES, offered=offered, per=per)

    def test_posts_are_those_of_the_days_that_are_read_of_all(self):
        known = self.known(WEEK.first + timedelta(days=2))
        assert known.common == Period(WEEK.first + timedelta(days=2), LAST)
        assert known.days == {10: 5, 20: 7}

    def test_a_side_read_too_little_does_not_narrow_the_others(self):
        known = self.known(LAST)
        assert known.common == WEEK
        assert lacks(self.row(known))[10] is Lack.TOO_FEW_DAYS

    def test_nothing_read_is_no_comparison(self):
        known = side_by_side.known_posts(world({}), WEEK, SIDES)
        assert (known.common, known.days) == (None, {10: 0, 20: 0})

    def test_a_mean_is_of_the_posts_that_are_known(self):
        row = self.row(self.known(), per=Per.POST, offered=(1, 2))
        assert values(row) == {10: 100, 20: 15}
        assert (row.cells[20].posts_known, row.cells[20].posts) == (2, 3)

    def test_too_few_known_posts_have_no_number(self):
        row = self.row(self.known())
        assert (values(row), lacks(row)[20]) == ({10: 400, 20: None}, Lack.TOO_FEW_POSTS)

    def test_no_posts_are_no_zero(self):
        row = of_posts(self.SUMS.iloc[:0], Metric.IMPRESSIONS, self.known(), sides=SIDES, offered=(1,), per=Per.POST)
        assert lacks(row) == {10: Lack.NO_POSTS, 20: Lack.NOT_OFFERED}

    def test_median_rates(self):
        medians = pd.DataFrame({"rate": [0.04], "rated": [3], "posts": [4]}, index=pd.Index([20]))
        row = of_rates(medians, self.known(), sides=SIDES)
        assert (values(row), lacks(row)[10]) == ({10: None, 20: 0.04}, Lack.NO_POSTS)
