"""Depth: young posts at every sync, those under 90 days daily, the rest weekly; days a few times a day."""

from datetime import timedelta

import pytest

from core.depth import Depth, choose_depth, record_depth
from core.domain import Platform
from core.ops.models import Account, Business
from tests.conftest import NOW

pytestmark = pytest.mark.unit


@pytest.fixture
def account():
    business = Business(name="Aurora", fresh_days=7, daily_days=90)
    return Account(platform=Platform.X, external_id="1", name="a", business=business)


def read_at(account, now, **more):
    depth = choose_depth(account, now=now, **more)
    record_depth(account, depth, now=now)
    return depth


def test_the_first_look_reads_everything_within_the_limit(account):
    assert read_at(account, NOW) == Depth(since=None, reads_days=True, is_daily=True, is_weekly=True)


def test_an_hour_later_only_young_posts_are_read(account):
    read_at(account, NOW)
    later = NOW + timedelta(hours=1)
    assert read_at(account, later) == Depth(
        later - timedelta(days=7), reads_days=False, is_daily=False, is_weekly=False
    )


def test_a_day_later_posts_under_ninety_days_are_read(account):
    read_at(account, NOW)
    later = NOW + timedelta(days=1)
    assert read_at(account, later) == Depth(later - timedelta(days=90), reads_days=True, is_daily=True, is_weekly=False)
    assert not read_at(account, later + timedelta(hours=1)).is_daily


def test_a_week_of_hourly_looks_reads_deep_once_daily_seven_times_and_days_every_six_hours(account):
    depths = [read_at(account, NOW + timedelta(hours=hour)) for hour in range(7 * 24 + 1)]
    assert sum(depth.is_weekly for depth in depths) == 2
    assert sum(depth.is_daily for depth in depths) == 8
    assert sum(depth.reads_days for depth in depths) == 29


def test_a_look_a_few_minutes_early_still_counts_as_due(account):
    read_at(account, NOW)
    assert choose_depth(account, now=NOW + timedelta(hours=23, minutes=55)).is_daily


def test_a_business_sets_its_own_depths(account):
    account.business.fresh_days, account.business.daily_days = 3, 30
    read_at(account, NOW)
    assert choose_depth(account, now=NOW + timedelta(hours=1)).since == NOW + timedelta(hours=1) - timedelta(days=3)
    assert choose_depth(account, now=NOW + timedelta(days=1)).since == NOW + timedelta(days=1) - timedelta(days=30)


def test_whoever_presses_sync_now_gets_the_days_too(account):
    read_at(account, NOW)
    assert read_at(account, NOW + timedelta(minutes=5), reads_days=True).reads_days
