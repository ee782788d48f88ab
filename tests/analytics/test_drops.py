"""A drop is below a business's own range of the same windows before, of whole known and final days alone."""

from datetime import timedelta

import pytest

from core.analytics.drops import DAYS_NEEDED, find_drops
from core.analytics.kpis import Measure
from core.analytics.periods import Period
from core.domain import Platform
from tests.analytics.conftest import LAST, WEEK

pytestmark = pytest.mark.unit


def weeks(world, account_id, now, *, count=13, metric="impressions", first=100):
    """`now` a day in the newest week, 100, 101, 102, … a day in the weeks before."""
    world.days(account_id, 7, **{metric: now})
    for week in range(count):
        world.days(account_id, 7, start=7 * (week + 1), **{metric: first + week})
    return world


def test_a_week_below_the_fifth_percentile_of_the_weeks_before(world):
    (drop,) = find_drops(weeks(world.account(1), 1, 90).measured())
    assert (drop.business_id, drop.measure, drop.window) == (1, Measure.IMPRESSIONS, WEEK)
    assert (drop.normal.value, drop.normal.windows, drop.normal.accounts, drop.shown) == (630, 13, 1, 1)
    assert drop.normal.low == pytest.approx(700 + 7 * 0.05 * 12)
    assert drop.normal.high == pytest.approx(700 + 7 * 0.95 * 12)


@pytest.mark.parametrize(("now", "drops"), [(100, 1), (101, 0), (112, 0), (500, 0)])
def test_the_edge_of_the_range(world, now, drops):
    assert len(find_drops(weeks(world.account(1), 1, now).measured())) == drops


def test_a_steady_business_has_no_drop(world):
    assert find_drops(world.account(1).days(1, DAYS_NEEDED, impressions=100, engagements=0).measured()) == []


def test_a_single_day_is_held_against_the_same_weekday(world):
    """Mondays are weak ones; this one is weak, but not for a Monday."""
    world.account(1)
    for back in range(DAYS_NEEDED):
        world.day(1, back, impressions=20 if back % 7 == 0 else 100)
    assert find_drops(world.measured()) == []


def test_the_newest_day_alone(world):
    """A week inside the range, of which the last day is far below."""
    world.account(1)
    for back in range(DAYS_NEEDED):
        world.day(1, back, impressions=10 if back == 0 else 200 if back < 7 else 100)
    (drop,) = find_drops(world.measured())
    assert (drop.window, drop.normal.value, drop.normal.low) == (Period(LAST, LAST), 10, 100)


@pytest.mark.parametrize(("known", "drops"), [(7, 0), (8, 1)])
def test_too_few_weeks_are_no_range(world, known, drops):
    assert len(find_drops(weeks(world.account(1), 1, 1, count=known).measured())) == drops


def test_a_hole_in_the_newest_week_is_no_drop(world):
    world.account(1).days(1, 3, impressions=100).days(1, DAYS_NEEDED - 4, start=4, impressions=100)
    assert find_drops(world.measured()) == []


def test_weeks_with_a_hole_are_no_small_ones_of_the_range(world):
    """Taken as they are, two weeks of 600 would make 650 look normal."""
    world.account(1).days(1, 6, impressions=100).day(1, 6, impressions=50)
    for back in range(7, DAYS_NEEDED):
        if back not in (10, 40):
            world.day(1, back, impressions=100)
    (drop,) = find_drops(world.measured())
    assert (drop.normal.value, drop.normal.low, drop.normal.windows) == (650, 700, 11)


def test_days_still_coming_in_are_no_drop(world):
    world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=2)
    world.account(1, Platform.INSTAGRAM).days(1, DAYS_NEEDED, start=2, impressions=100).days(1, 2, impressions=1)
    assert find_drops(world.measured()) == []


def test_the_window_ends_where_all_its_accounts_are_final(world):
    world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=2)
    world.account(1).days(1, DAYS_NEEDED + 2, impressions=100)
    world.account(2, Platform.INSTAGRAM).days(2, 5, start=2, impressions=1)
    world.days(2, DAYS_NEEDED, start=7, impressions=100)
    (drop,) = find_drops(world.measured())
    assert drop.window.last == LAST - timedelta(days=2)
    assert (drop.normal.value, drop.normal.low) == (700 + 5 + 200, 1400)


def test_an_account_that_joined_or_stopped_is_left_out_and_said(world):
    weeks(world.account(1), 1, 90)
    world.account(2).days(2, 20, impressions=1000).account(3).days(3, 60, start=20, impressions=1000)
    (drop,) = find_drops(world.measured())
    assert (drop.normal.value, drop.normal.accounts, drop.shown) == (630, 1, 3)


def test_each_business_and_measure_once_the_deepest_first(world):
    weeks(world.account(1, business_id=1), 1, 90)
    weeks(world.account(2, business_id=2), 2, 10)
    weeks(world.account(3, business_id=3), 3, 0, metric="engagements")
    found = [(drop.business_id, drop.measure) for drop in find_drops(world.measured())]
    assert found == [(3, Measure.ENGAGEMENTS), (2, Measure.IMPRESSIONS), (1, Measure.IMPRESSIONS)]


def test_clicks_that_count_are_part_of_the_range(world):
    world.account(1, counts_clicks=True).days(1, 7, engagements=10, clicks=0)
    world.days(1, DAYS_NEEDED - 7, start=7, engagements=10, clicks=5)
    (drop,) = find_drops(world.measured())
    assert (drop.measure, drop.normal.value, drop.normal.low) == (Measure.ENGAGEMENTS, 70, 105)


def test_nothing_known_at_all(world):
    assert find_drops(world.account(1).measured()) == []
    assert find_drops(world.account(2).day(2, 0, followers=3).measured()) == []
