"""Back-fill: piece by piece, remembered after each, never further than asked, and patient with limits."""

import threading
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from core.backfill import Backfill, Past, Target
from core.domain import AccountDay, Harvest, Platform, Post, PostKind, PostSnapshot
from core.errors import RateLimitedError
from core.fetchers.base import ListedPost, Plan, PostList
from tests.conftest import NOW

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 24)


class FetcherWithAPast:
    """An account with a day's numbers for a year and a post for every day of it."""

    platform = Platform.X

    def __init__(self):
        self.asked_days = []
        self.asked_posts = []
        self.error_at_post_call = None
        self.posts = [Post(str(n), PostKind.TEXT, NOW - timedelta(days=n)) for n in range(365)]

    @classmethod
    def plan(cls, posts, days):
        return Plan(1, posts * 0.005)

    def fetch_days(self, first, last):
        self.asked_days.append((first, last))
        return [AccountDay(first + timedelta(days=n), impressions=1) for n in range((last - first).days + 1)]

    def fetch_posts(self, limit, *, since=None, until=None, offset_hint=0):
        if self.error_at_post_call == len(self.asked_posts):
            raise RateLimitedError("Slow down.", retry_at=NOW)
        self.asked_posts.append((limit, until, offset_hint))
        older = [post for post in self.posts if post.published_at < until]
        listed = [ListedPost(post, PostSnapshot(post.post_id, likes=1)) for post in older[:limit]]
        return PostList(listed, is_complete=len(older) <= limit)

    def fetch_snapshots(self, listed):
        return [item.counters for item in listed]


class Purse:
    """A spending cap that counts what was reserved."""

    def __init__(self):
        self.reserved = []

    @contextmanager
    def reserving(self, platform, price_usd):
        self.reserved.append(price_usd)
        yield


@pytest.fixture
def fetcher():
    return FetcherWithAPast()


@pytest.fixture
def loaded():
    return []


def fill(fetcher, loaded, past, *, days=200, posts=150, stop=None, purse=None):
    target = Target(TODAY - timedelta(days=days), posts)
    backfill = Backfill(
        fetcher,
        past,
        target,
        spending=purse or Purse(),
        new_harvest=lambda: Harvest(account_id=1, run_id=1, observed_at=NOW),
        load=lambda harvest, reached: loaded.append(
            (harvest, reached.days_from, reached.posts_from, reached.is_filled)
        ),
    )
    return backfill.fill(stop or threading.Event())


def first_look():
    return Past(days_from=TODAY - timedelta(days=61), posts_from=NOW - timedelta(days=29, hours=1), posts=30)


def test_days_and_posts_are_read_back_to_the_target_in_pieces(fetcher, loaded):
    said = fill(fetcher, loaded, first_look())
    assert [(TODAY - first).days for first, _ in fetcher.asked_days] == [151, 200]
    assert [(TODAY - last).days for _, last in fetcher.asked_days] == [62, 152]
    assert [limit for limit, _, _ in fetcher.asked_posts] == [100, 20]
    assert [hint for _, _, hint in fetcher.asked_posts] == [30, 130]
    read = [post.post_id for harvest, *_ in loaded for post in harvest.posts]
    assert read == [str(n) for n in range(30, 150)]
    assert said == "history: 139 days, 120 posts"
    assert loaded[-1][3]


def test_each_piece_is_loaded_before_the_next_is_asked(fetcher, loaded):
    fill(fetcher, loaded, first_look())
    assert [days_from for _, days_from, _, _ in loaded[:2]] == [
        TODAY - timedelta(days=151),
        TODAY - timedelta(days=200),
    ]


def test_what_was_cut_short_goes_on_where_it_stopped(fetcher, loaded):
    past = first_look()
    fetcher.error_at_post_call = 1
    said = fill(fetcher, loaded, past)
    assert said == "history: 139 days, 100 posts; it goes on at the next sync (Slow down.)"
    assert not past.is_filled
    fetcher.error_at_post_call = None
    assert fill(fetcher, loaded, past) == "history: 0 days, 20 posts"
    read = [post.post_id for harvest, *_ in loaded for post in harvest.posts]
    assert read == [str(n) for n in range(30, 150)]


def test_a_platform_without_older_posts_ends_the_filling(fetcher, loaded):
    fetcher.posts = fetcher.posts[:40]
    past = first_look()
    assert fill(fetcher, loaded, past, posts=1000) == "history: 139 days, 10 posts"
    assert past.is_filled


def test_days_the_platform_has_not_are_asked_for_all_the_same(fetcher, loaded):
    fetcher.fetch_days = lambda first, last: fetcher.asked_days.append((first, last)) or []
    fill(fetcher, loaded, first_look(), posts=30)
    assert (TODAY - fetcher.asked_days[-1][0]).days == 200


def test_nothing_missing_asks_nothing(fetcher, loaded):
    past = Past(days_from=TODAY - timedelta(days=200), posts_from=NOW, posts=150)
    assert fill(fetcher, loaded, past) is None
    assert (fetcher.asked_days, fetcher.asked_posts) == ([], [])
    assert past.is_filled


def test_a_stop_ends_it_between_two_pieces(fetcher, loaded):
    stop = threading.Event()
    stop.set()
    assert fill(fetcher, loaded, first_look(), stop=stop) is None
    assert loaded == []


def test_every_piece_of_posts_is_reserved_at_its_price(fetcher, loaded):
    purse = Purse()
    fill(fetcher, loaded, first_look(), purse=purse)
    assert purse.reserved == [pytest.approx(0.5), pytest.approx(0.1)]
