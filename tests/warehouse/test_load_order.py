"""Loading: what comes twice, late or back again, and what the engine asks of what is known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain import AccountDay, Coverage, DataSet, Harvest, LoadCounts
from core.warehouse.connection import Warehouse
from core.warehouse.load import find_days_covered, list_known_posts, load_harvest
from tests.conftest import NOW
from tests.warehouse.test_load import ACCOUNT, DAY, POST, harvest, rows, snapshot

pytestmark = pytest.mark.integration

DAY_LONG = timedelta(days=1)


def naive(instant):
    return instant.replace(tzinfo=None)


def test_a_post_that_comes_twice_in_one_harvest_is_stored_once_as_it_came_last(warehouse):
    posts = [POST, replace(POST, text="Hello, edited")]
    twice = harvest(posts=posts, snapshots=[snapshot(likes=3, clicks=9), snapshot(likes=4)])
    assert load_harvest(warehouse, ACCOUNT, twice) == LoadCounts(new=1)
    assert load_harvest(warehouse, ACCOUNT, twice) == LoadCounts(unchanged=1)
    assert rows(warehouse, "SELECT text FROM posts") == [("Hello, edited",)]
    for table in ("post_metrics", "post_latest"):
        assert rows(warehouse, f"SELECT likes, clicks FROM {table}") == [(4, 9)]


def test_a_day_that_comes_twice_in_one_harvest_keeps_what_each_of_them_knows(warehouse):
    twice = harvest(days=[AccountDay(DAY, followers=100, reach=5), AccountDay(DAY, impressions=10, reach=6)])
    assert load_harvest(warehouse, ACCOUNT, twice) == LoadCounts(new=1)
    for table in ("account_metrics", "account_daily"):
        assert rows(warehouse, f"SELECT followers, impressions, reach FROM {table}") == [(100, 10, 6)]


def test_what_comes_twice_among_known_ones_neither_doubles_nor_fails(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=1)], days=[AccountDay(DAY, reach=1)]))
    twice = harvest(hours=1, posts=[POST, POST], snapshots=[snapshot(likes=2)] * 2, days=[AccountDay(DAY, reach=2)] * 2)
    assert load_harvest(warehouse, ACCOUNT, twice) == LoadCounts(changed=2)
    assert rows(warehouse, "SELECT likes FROM post_latest") == [(2,)]
    assert rows(warehouse, "SELECT reach FROM account_daily") == [(2,)]
    assert rows(warehouse, "SELECT count(*) FROM posts") == [(1,)]


def test_an_older_look_enters_the_history_and_overwrites_nothing_newer(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(hours=2, snapshots=[snapshot(likes=5)], days=[AccountDay(DAY, reach=5)]))
    posts = [replace(POST, text="Hello, as it was")]
    late = harvest(posts=posts, snapshots=[snapshot(likes=3)], days=[AccountDay(DAY, reach=3)])
    load_harvest(warehouse, ACCOUNT, late)
    assert rows(warehouse, "SELECT likes FROM post_latest") == [(5,)]
    assert rows(warehouse, "SELECT reach FROM account_daily") == [(5,)]
    assert rows(warehouse, "SELECT text, last_seen_at FROM posts") == [("Hello", naive(NOW + timedelta(hours=2)))]
    assert rows(warehouse, "SELECT likes FROM post_metrics ORDER BY observed_at") == [(3,), (5,)]
    assert load_harvest(warehouse, ACCOUNT, late) == LoadCounts(unchanged=2)


def test_an_older_look_is_compared_with_what_was_known_before_it(warehouse):
    for hours, likes in ((0, 1), (4, 5)):
        load_harvest(warehouse, ACCOUNT, harvest(hours=hours, snapshots=[snapshot(likes=likes)]))
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=2, snapshots=[snapshot(likes=1)])) == LoadCounts(unchanged=1)
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=2, snapshots=[snapshot(likes=2)])) == LoadCounts(changed=1)
    assert rows(warehouse, "SELECT likes FROM post_latest") == [(5,)]


def test_new_posts_beside_known_ones_are_added(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=1)]))
    posts = [replace(POST, post_id=POST.post_id + "1"), POST, replace(POST, post_id="a")]
    snapshots = [replace(snapshot(likes=7), post_id=post.post_id) for post in posts]
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=1, posts=posts, snapshots=snapshots)) == LoadCounts(2, 1, 0)
    assert rows(warehouse, "SELECT count(*), count(DISTINCT post_id) FROM posts") == [(3, 3)]
    assert rows(warehouse, "SELECT count(*), sum(likes) FROM post_latest") == [(3, 21)]


def test_a_picture_signed_anew_is_written_once_a_day(warehouse):
    for hours, shown in ((0, "0"), (1, "0"), (25, "25")):
        load_harvest(
            warehouse, ACCOUNT, harvest(hours=hours, posts=[replace(POST, media_url=f"https://cdn/p?oe={hours}")])
        )
        assert rows(warehouse, "SELECT media_url FROM posts") == [(f"https://cdn/p?oe={shown}",)]


def test_an_hour_without_news_writes_no_row_but_its_observations(warehouse):
    seen = harvest(snapshots=[snapshot(likes=1)], days=[AccountDay(DAY, reach=1)])
    load_harvest(warehouse, ACCOUNT, seen)
    tables = ("posts", "post_metrics", "post_latest", "account_metrics", "account_daily", "accounts", "businesses")
    before = [warehouse.read(f"SELECT rowid, * FROM {table} ORDER BY ALL") for table in tables]
    load_harvest(warehouse, ACCOUNT, replace(seen, observed_at=NOW + timedelta(hours=1)))
    assert [warehouse.read(f"SELECT rowid, * FROM {table} ORDER BY ALL") for table in tables] == before


def test_an_empty_harvest_leaves_no_trace(warehouse):
    load_harvest(warehouse, ACCOUNT, Harvest(account_id=7, run_id=1, observed_at=NOW))
    assert rows(warehouse, "SELECT count(*) FROM businesses") == [(0,)]


def test_a_gone_post_is_marked_keeps_its_numbers_and_comes_back_when_listed(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=1)]))
    load_harvest(warehouse, ACCOUNT, harvest(hours=1, posts=[], gone=[POST.post_id]))
    assert rows(warehouse, "SELECT gone_at, text FROM posts") == [(naive(NOW + timedelta(hours=1)), "Hello")]
    assert list_known_posts(warehouse, 7, NOW - 9 * DAY_LONG, NOW) == []
    load_harvest(warehouse, ACCOUNT, harvest(hours=2, gone=[POST.post_id]))
    assert rows(warehouse, "SELECT gone_at FROM posts") == [(None,)]
    assert rows(warehouse, "SELECT likes FROM post_latest") == [(1,)]


def test_a_gone_post_is_forgotten_where_the_rules_demand_it(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(posts=[replace(POST, media_url="https://cdn/p")]))
    load_harvest(warehouse, ACCOUNT, harvest(hours=1, posts=[], gone=[POST.post_id], forget_gone=True))
    assert rows(warehouse, "SELECT text, media_url, hashtags, kind FROM posts") == [(None, None, [], "image")]


def test_known_posts_are_those_published_in_the_interval_newest_first(warehouse):
    posts = [replace(POST, post_id=str(age), published_at=NOW - age * DAY_LONG) for age in range(5)]
    load_harvest(warehouse, ACCOUNT, harvest(posts=posts))
    assert list_known_posts(warehouse, 7, NOW - 3 * DAY_LONG, NOW - DAY_LONG) == ["1", "2", "3"]
    assert list_known_posts(warehouse, 8, NOW - 3 * DAY_LONG, NOW) == []


def test_the_days_covered_are_known_again_after_a_restart(warehouse, settings):
    assert find_days_covered(warehouse, 7) is None
    for hours, day in ((0, NOW - 3 * DAY_LONG), (1, NOW - 5 * DAY_LONG), (2, None)):
        coverage = [Coverage(DataSet.ACCOUNT_DAYS, NOW, day), Coverage(DataSet.PROFILE, NOW, NOW)]
        load_harvest(warehouse, ACCOUNT, harvest(hours=hours, coverage=coverage))
        assert find_days_covered(warehouse, 7) == (NOW - 3 * DAY_LONG).date()
    warehouse.close()
    with Warehouse(settings.warehouse_path, settings.published_dir) as again:
        assert find_days_covered(again, 7) == (NOW - 3 * DAY_LONG).date()
        assert find_days_covered(again, 8) is None
