"""The usual life of a post: only what was looked at in time enters a median."""

from datetime import timedelta
from statistics import median

import pytest

from core.domain import AccountIdentity, Coverage, DataSet, Harvest, Platform, Post, PostKind, PostSnapshot
from core.metrics import Metric
from core.warehouse.connection import PublishedWarehouse
from core.warehouse.curve_queries import AGES_H, snapshots, typical_curve
from core.warehouse.load import load_harvest
from tests.conftest import NOW

pytestmark = pytest.mark.integration

ACCOUNT = AccountIdentity(
    account_id=7,
    business_id=3,
    business_name="Aurora",
    business_timezone="UTC",
    platform=Platform.X,
    external_id="1",
    connected_at=NOW,
)
START = NOW - timedelta(days=60)
EVERY_KIND = ("text", "image")


def a_post(number, **more):
    published_at = more.pop("published_at", START + timedelta(hours=number))
    return Post(f"p{number}", PostKind.TEXT if number % 2 else PostKind.IMAGE, published_at, **more)


@pytest.fixture
def look(warehouse):
    """A sync at an instant: these posts with these impressions, all posts since `since` covered."""

    def at(observed_at, seen, *, since=START):
        posts = [post for post, _ in seen]
        coverage = [
            Coverage(DataSet.POSTS, since, observed_at),
            Coverage(DataSet.POST_METRICS, observed_at, observed_at),
        ]
        numbers = [PostSnapshot(post.post_id, impressions=value) for post, value in seen]
        load_harvest(
            warehouse,
            ACCOUNT,
            Harvest(7, 1, observed_at, posts=posts, snapshots=numbers, coverage=coverage),
        )

    return at


@pytest.fixture
def ask(warehouse):
    def ask(query, *arguments):
        published = PublishedWarehouse(warehouse.publish())
        try:
            return query(published, 7, *arguments)
        finally:
            published.close()

    return ask


def by_age(frame):
    return {int(row.age_h): (row.usual, int(row.posts)) for row in frame.itertuples()}


def test_the_median_at_each_age_is_that_of_the_posts_looked_at_by_then(look, ask):
    posts = [a_post(number) for number in range(6)]
    instants = [START + timedelta(hours=hours) for hours in (*range(1, 49), 72, 96, 200)]

    def value(number, age_h):
        return round((number + 1) * 100 * age_h / (age_h + 10))

    for at in instants:
        seen = [post for post in posts if post.published_at <= at]
        look(at, [(post, value(n, (at - post.published_at) / timedelta(hours=1))) for n, post in enumerate(seen)])
    expected = {}
    for age in AGES_H:
        values = []
        for number, post in enumerate(posts[1:], start=1):  # the post itself stands beside, not among them
            reached = post.published_at + timedelta(hours=age)
            in_time = [at for at in instants if post.published_at + timedelta(hours=age / 2) <= at <= reached]
            if in_time and reached <= instants[-1]:
                values.append(value(number, (in_time[-1] - post.published_at) / timedelta(hours=1)))
        if values:
            expected[age] = (median(values), len(values))
    found = by_age(ask(typical_curve, "p0", Metric.IMPRESSIONS, EVERY_KIND))
    assert found == expected
    assert found[168][1] == 5
    assert 336 not in found


def test_a_post_first_seen_late_has_no_youth(look, ask):
    late = a_post(1)
    look(START + timedelta(days=10), [(late, 500)])
    look(START + timedelta(days=20), [(late, 500)])
    assert by_age(ask(typical_curve, "other", Metric.IMPRESSIONS, EVERY_KIND)) == {}
    look(START + timedelta(days=10), [(a_post(2), 7)])
    assert by_age(ask(typical_curve, "p2", Metric.IMPRESSIONS, EVERY_KIND)) == {336: (500, 1)}


def test_a_look_that_did_not_go_so_far_back_says_nothing(look, ask):
    """At 24 h only younger posts were read: what was seen at 1 h is no answer."""
    old = a_post(1)
    look(old.published_at + timedelta(hours=1), [(old, 10), (a_post(2), 1)])
    look(old.published_at + timedelta(hours=24), [], since=START + timedelta(hours=20))
    assert set(by_age(ask(typical_curve, "p2", Metric.IMPRESSIONS, EVERY_KIND))) == {1, 2}


def test_kinds_are_kept_apart_and_unknown_counters_make_no_curve(look, ask):
    look(START + timedelta(hours=3), [(a_post(1), 10), (a_post(2), 30), (a_post(0), 1)])
    assert by_age(ask(typical_curve, "p0", Metric.IMPRESSIONS, ("image",))) == {1: (30, 1)}
    assert ask(typical_curve, "p0", Metric.CLICKS, EVERY_KIND).empty
    assert ask(snapshots, "p0", Metric.CLICKS).empty


def test_unchanged_numbers_go_on_to_the_last_look(look, ask):
    post = a_post(0)
    for hours, seen in ((1, 5), (2, 9), (3, 9), (4, 9)):
        look(START + timedelta(hours=hours), [(post, seen)])
    curve = ask(snapshots, "p0", Metric.IMPRESSIONS)
    assert curve["age_h"].tolist() == [1, 2, 4]
    assert curve["value"].tolist() == [5, 9, 9]
