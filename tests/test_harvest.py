"""Reading one account: side by side, and yet as if one request had followed the other."""

import threading
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from core.domain import AccountDay, Coverage, DataSet, Platform, Post, PostKind, PostSnapshot, Profile
from core.errors import GoneError, RateLimitedError, ReconnectNeededError
from core.fetchers.base import ListedPost, PostList
from core.harvest import HarvestReader
from core.metrics import Grain, Metric, Offer
from tests.conftest import NOW

pytestmark = pytest.mark.unit

PUBLISHED_AT = NOW - timedelta(days=2)
SNAPSHOT = PostSnapshot("p1", likes=3)
LISTED = ListedPost(Post("p1", PostKind.TEXT, PUBLISHED_AT), SNAPSHOT)
DAY = date(2026, 11, 22)
FIRST_DAY = date(2026, 11, 20)
ENDING = RateLimitedError("Too fast.", retry_at=NOW)


class Fetcher:
    """Answers every question at once, or raises the error it was given for it."""

    platform = Platform.LINKEDIN
    day_zone = "UTC"

    def __init__(self, *, listed=(LISTED,), is_complete=False, **errors):
        self.offers = {(Grain.ACCOUNT_DAY, Metric.IMPRESSIONS): Offer("impressions")}
        self.errors = errors
        self.posts = PostList(list(listed), is_complete)
        self.asked = []

    def fetch_profile(self):
        return self._answer("profile", Profile("1", "Aurora", followers=100))

    def fetch_posts(self, limit, *, since=None):
        return self._answer("posts", self.posts, limit, since)

    def fetch_snapshots(self, listed):
        return self._answer("snapshots", [item.counters for item in listed])

    def fetch_days(self, first, last):
        return self._answer("days", [AccountDay(DAY, impressions=10)], first, last)

    def _answer(self, name, answer, *asked):
        self.asked.append((name, *asked))
        if name in self.errors:
            raise self.errors[name]
        return answer


class Meeting(Fetcher):
    """Profile, posts and days answer only when all three have been asked."""

    barrier = threading.Barrier(3)

    def _answer(self, name, answer, *asked):
        if name != "snapshots":
            self.barrier.wait(timeout=5)
        return super()._answer(name, answer, *asked)


def read(fetcher, **options):
    reader = HarvestReader(fetcher, account_id=7, run_id=1, now=NOW)
    harvest = reader.read(100, **{"first_day": FIRST_DAY, **options})
    return harvest, reader.error


def covered(harvest):
    return [coverage.data_set for coverage in harvest.coverage]


def test_everything_of_an_account_is_read_in_the_order_of_the_data_sets():
    fetcher = Fetcher()
    harvest, error = read(fetcher)
    assert error is None
    assert harvest.profile == Profile("1", "Aurora", followers=100)
    assert (harvest.posts, harvest.snapshots) == ([LISTED.post], [SNAPSHOT])
    assert harvest.days == [AccountDay(NOW.date(), followers=100), AccountDay(DAY, impressions=10)]
    assert covered(harvest) == list(DataSet)
    assert ("days", FIRST_DAY, NOW.date() - timedelta(days=1)) in fetcher.asked


def test_what_needs_no_answer_is_asked_side_by_side():
    harvest, error = read(Meeting())
    assert (error, covered(harvest)) == (None, list(DataSet))


@pytest.mark.parametrize("name", ["profile", "posts", "snapshots", "days"])
def test_a_data_set_that_fails_costs_itself_alone(name):
    gone = GoneError("No longer there.")
    harvest, error = read(Fetcher(**{name: gone}))
    lost = {"profile": {"profile"}, "posts": {"posts", "post_metrics"}, "snapshots": {"post_metrics"}}
    assert error is gone
    assert set(DataSet) - set(covered(harvest)) == lost.get(name, {"account_days"})


@pytest.mark.parametrize(("name", "kept"), [("profile", 0), ("posts", 1), ("snapshots", 2), ("days", 3)])
@pytest.mark.parametrize("ending", [ENDING, ReconnectNeededError("Sign in.")])
def test_a_lost_login_or_a_rate_limit_ends_the_reading(name, kept, ending):
    harvest, error = read(Fetcher(**{name: ending}))
    assert error is ending
    assert covered(harvest) == list(DataSet)[:kept]


@pytest.mark.parametrize("failing", list(product([None, GoneError("Gone."), ENDING], repeat=4)))
def test_the_first_error_in_the_order_of_the_data_sets_is_the_one_that_is_told(failing):
    errors = dict(zip(("profile", "posts", "snapshots", "days"), failing, strict=True))
    if errors["posts"]:
        del errors["snapshots"]  # never asked
    errors = {name: error for name, error in errors.items() if error}
    harvest, error = read(Fetcher(**errors))
    assert error is next(iter(errors.values()), None)
    if ENDING not in errors.values():
        assert len(harvest.coverage) == 4 - len(errors) - ("posts" in errors)


def test_days_are_not_asked_where_none_are_wanted():
    fetcher = Fetcher()
    harvest, _ = read(fetcher, first_day=None)
    assert covered(harvest) == [DataSet.PROFILE, DataSet.POSTS, DataSet.POST_METRICS]
    assert not [asked for asked in fetcher.asked if asked[0] == "days"]


@pytest.mark.parametrize(
    ("is_complete", "listed", "covered_from"),
    [(True, [LISTED], NOW - timedelta(days=7)), (False, [LISTED], PUBLISHED_AT), (True, [], NOW - timedelta(days=7))],
)
def test_the_posts_are_covered_from_where_the_list_really_reached(is_complete, listed, covered_from):
    since = NOW - timedelta(days=7)
    fetcher = Fetcher(listed=listed, is_complete=is_complete)
    harvest, _ = read(fetcher, since=since)
    assert Coverage(DataSet.POSTS, covered_from, NOW) in harvest.coverage
    assert ("posts", 100, since) in fetcher.asked


def test_a_fault_of_our_own_is_not_taken_for_an_answer():
    with pytest.raises(KeyError):
        read(Fetcher(snapshots=KeyError("likes")))


def test_today_is_that_of_the_platforms_own_zone():
    fetcher = Fetcher()
    fetcher.day_zone = "America/Los_Angeles"
    reader = HarvestReader(fetcher, account_id=7, run_id=1, now=datetime.fromisoformat("2026-11-24T05:00:00+00:00"))
    assert reader.read(1, first_day=FIRST_DAY).days[0].day == date(2026, 11, 23)
