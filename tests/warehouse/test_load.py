"""Loading: change-only, idempotent, the unknown carried forward, one transaction."""

from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from core.domain import (
    AccountDay,
    AccountIdentity,
    AssumedSnapshot,
    Coverage,
    DataSet,
    Harvest,
    LoadCounts,
    Platform,
    Post,
    PostKind,
    PostSnapshot,
    Profile,
)
from core.metrics import ACCOUNT_METRICS, POST_METRICS
from core.warehouse.load import find_days_covered, load_harvest
from core.warehouse.rows import naive
from tests.conftest import NOW

pytestmark = pytest.mark.integration

ACCOUNT = AccountIdentity(
    account_id=7,
    business_id=3,
    business_name="Aurora Coffee",
    business_timezone="Europe/Berlin",
    platform=Platform.LINKEDIN,
    external_id="2414183",
    connected_at=NOW,
)
POST = Post(
    "urn:li:share:9007199254740993", PostKind.IMAGE, NOW - timedelta(days=2), text="Hello", hashtags=("news", "coffee")
)
DAY = date(2026, 11, 23)


def harvest(*, hours=0, snapshots=(), days=(), posts=(POST,), **more):
    return Harvest(
        account_id=7,
        run_id=11 + hours,
        observed_at=NOW + timedelta(hours=hours),
        profile=Profile("2414183", "Aurora"),
        posts=list(posts),
        snapshots=list(snapshots),
        days=list(days),
        **more,
    )


def rows(warehouse, sql, *parameters):
    with warehouse.transaction() as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def snapshot(**counters):
    return PostSnapshot(POST.post_id, **counters)


def test_loading_the_same_harvest_twice_adds_no_row(warehouse):
    one = harvest(snapshots=[snapshot(likes=3, clicks=0)], days=[AccountDay(DAY, impressions=10)])
    assert load_harvest(warehouse, ACCOUNT, one) == LoadCounts(new=2)
    before = rows(warehouse, "SELECT * FROM post_metrics") + rows(warehouse, "SELECT * FROM account_metrics")
    assert load_harvest(warehouse, ACCOUNT, replace(one, observed_at=NOW + timedelta(hours=1))) == LoadCounts(
        unchanged=2
    )
    assert rows(warehouse, "SELECT * FROM post_metrics") + rows(warehouse, "SELECT * FROM account_metrics") == before


def test_a_counter_that_changes_adds_one_row_and_moves_the_latest(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=3)]))
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot(likes=5)])) == LoadCounts(changed=1)
    assert rows(warehouse, "SELECT likes, run_id FROM post_metrics ORDER BY observed_at") == [(3, 11), (5, 12)]
    assert rows(warehouse, "SELECT likes, run_id FROM post_latest") == [(5, 12)]


def test_a_counter_may_fall_and_go_below_zero(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=3)]))
    load_harvest(warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot(likes=-1)]))
    assert rows(warehouse, "SELECT likes FROM post_latest") == [(-1,)]


def test_what_was_not_answered_is_carried_forward_never_written_as_null(warehouse):
    load_harvest(
        warehouse,
        ACCOUNT,
        harvest(snapshots=[snapshot(likes=3, clicks=9)], days=[AccountDay(DAY, impressions=10, reach=4)]),
    )
    load_harvest(
        warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot(likes=4)], days=[AccountDay(DAY, impressions=12)])
    )
    assert rows(warehouse, "SELECT likes, clicks FROM post_latest") == [(4, 9)]
    assert rows(warehouse, "SELECT likes, clicks FROM post_metrics ORDER BY observed_at") == [(3, 9), (4, 9)]
    assert rows(warehouse, "SELECT impressions, reach FROM account_daily") == [(12, 4)]


def test_an_answer_without_any_number_adds_no_row(warehouse):
    assert load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot()], days=[AccountDay(DAY)])) == LoadCounts()
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=3)]))
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot()])) == LoadCounts()
    assert rows(warehouse, "SELECT likes FROM post_metrics") == [(3,)]


def test_zero_is_a_number(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=0)]))
    assert rows(warehouse, "SELECT likes, comments FROM post_latest") == [(0, None)]


def test_a_number_that_becomes_known_later_is_a_change(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=3)]))
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot(likes=3, reach=0)])) == LoadCounts(
        changed=1
    )


@pytest.mark.parametrize("metric", POST_METRICS)
def test_every_post_counter_reaches_its_own_column(warehouse, metric):
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(**{metric.value: 41})]))
    known = {m: rows(warehouse, f"SELECT {m} FROM post_latest")[0][0] for m in POST_METRICS}
    assert known == {m: 41 if m is metric else None for m in POST_METRICS}


@pytest.mark.parametrize("metric", ACCOUNT_METRICS)
def test_every_account_counter_reaches_its_own_column(warehouse, metric):
    load_harvest(warehouse, ACCOUNT, harvest(days=[AccountDay(DAY, **{metric.value: 2**53 + 1})]))
    known = {m: rows(warehouse, f"SELECT {m} FROM account_daily")[0][0] for m in ACCOUNT_METRICS}
    assert known == {m: 2**53 + 1 if m is metric else None for m in ACCOUNT_METRICS}


def test_a_post_is_stored_once_with_its_text_and_updated_in_place(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest())
    load_harvest(warehouse, ACCOUNT, harvest(hours=1, posts=[replace(POST, text="Hello, edited")]))
    stored = rows(warehouse, "SELECT post_id, kind, text, hashtags, first_seen_at, gone_at FROM posts")
    assert stored == [(POST.post_id, "image", "Hello, edited", ["news", "coffee"], NOW.replace(tzinfo=None), None)]


def test_last_seen_is_written_once_a_day(warehouse):
    for hours in (0, 1, 25):
        load_harvest(warehouse, ACCOUNT, harvest(hours=hours))
        seen = rows(warehouse, "SELECT last_seen_at FROM posts")[0][0]
        assert seen == (NOW + timedelta(hours=0 if hours == 1 else hours)).replace(tzinfo=None)


def test_the_history_lies_in_post_order(warehouse):
    posts = [replace(POST, post_id=str(number)) for number in (5, 1, 9, 3)]
    load_harvest(warehouse, ACCOUNT, harvest(posts=posts, snapshots=[PostSnapshot(p.post_id, likes=1) for p in posts]))
    assert rows(warehouse, "SELECT post_id FROM post_metrics ORDER BY rowid") == [("1",), ("3",), ("5",), ("9",)]


def test_each_account_has_its_own_posts_and_days(warehouse):
    other = replace(ACCOUNT, account_id=8, external_id="99")
    load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=1)], days=[AccountDay(DAY, followers=1)]))
    second = replace(harvest(snapshots=[snapshot(likes=2)], days=[AccountDay(DAY, followers=2)]), account_id=8)
    assert load_harvest(warehouse, other, second) == LoadCounts(new=2)
    assert rows(warehouse, "SELECT account_id, likes FROM post_latest ORDER BY ALL") == [(7, 1), (8, 2)]
    assert rows(warehouse, "SELECT account_id, followers FROM account_daily ORDER BY ALL") == [(7, 1), (8, 2)]


def test_a_look_is_recorded_although_nothing_changed(warehouse):
    coverage = [Coverage(DataSet.POST_METRICS, NOW, NOW, ("likes",))]
    for hours in (0, 1):
        load_harvest(warehouse, ACCOUNT, harvest(hours=hours, snapshots=[snapshot(likes=3)], coverage=coverage))
    assert rows(warehouse, "SELECT data_set, metrics, run_id, source FROM observations ORDER BY run_id") == [
        ("post_metrics", ["likes"], 11, "api"),
        ("post_metrics", ["likes"], 12, "api"),
    ]


def test_the_observations_are_added_up_by_data_set(warehouse):
    """Whatever order they come in; an end that was never told stays unknown."""
    days = [NOW - timedelta(days=back) for back in range(10)]
    for hours, posts_from, days_to in ((5, days[3], days[1]), (2, days[9], days[4]), (3, days[1], None)):
        coverage = [
            Coverage(DataSet.POSTS, posts_from, NOW + timedelta(hours=hours)),
            Coverage(DataSet.ACCOUNT_DAYS, None, days_to),
        ]
        load_harvest(warehouse, ACCOUNT, harvest(hours=hours, coverage=coverage))
    newest = naive(NOW + timedelta(hours=5))
    assert rows(warehouse, "SELECT * FROM covered ORDER BY data_set") == [
        (7, "account_days", newest, None, naive(days[1])),
        (7, "posts", newest, naive(days[9]), newest),
    ]


def test_names_for_analysts_follow_a_renaming_without_doubling(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest())
    load_harvest(warehouse, replace(ACCOUNT, business_name="Aurora Roasters"), harvest())
    assert rows(warehouse, "SELECT * FROM businesses") == [(3, "Aurora Roasters", "Europe/Berlin")]
    assert rows(warehouse, "SELECT account_id, platform, external_id, name FROM accounts") == [
        (7, "linkedin", "2414183", "Aurora")
    ]


def test_a_load_that_breaks_leaves_nothing_of_the_account(warehouse):
    broken = harvest(snapshots=[snapshot(likes=2**70)])
    with pytest.raises(duckdb.InvalidInputException):
        load_harvest(warehouse, ACCOUNT, broken)
    assert rows(warehouse, "SELECT * FROM posts") == []
    assert load_harvest(warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=2)])) == LoadCounts(new=1)


def test_the_days_covered_are_the_newest_day_or_the_last_fruitless_look(warehouse):
    assert find_days_covered(warehouse, 7) is None
    load_harvest(warehouse, ACCOUNT, harvest(coverage=[Coverage(DataSet.ACCOUNT_DAYS, NOW, None)]))
    assert find_days_covered(warehouse, 7) == NOW.date()
    known = NOW - timedelta(days=3)
    load_harvest(warehouse, ACCOUNT, harvest(coverage=[Coverage(DataSet.ACCOUNT_DAYS, NOW, known)]))
    assert find_days_covered(warehouse, 7) == known.date()


def test_an_assumed_zero_fills_the_unknown_and_replaces_nothing_known(warehouse):
    quiet = AssumedSnapshot(POST.post_id, impressions=0, likes=0, comments=0)
    assert load_harvest(warehouse, ACCOUNT, harvest(snapshots=[quiet])) == LoadCounts(new=1)
    load_harvest(warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot(impressions=198, likes=5)]))
    assert load_harvest(warehouse, ACCOUNT, harvest(hours=2, snapshots=[quiet])) == LoadCounts(unchanged=1)
    assert rows(warehouse, "SELECT impressions, likes, comments FROM post_latest") == [(198, 5, 0)]


def test_engagements_that_were_not_answered_move_with_their_parts(warehouse):
    load_harvest(
        warehouse, ACCOUNT, harvest(snapshots=[snapshot(likes=10, comments=2, shares=1, saves=1, engagements=14)])
    )
    load_harvest(warehouse, ACCOUNT, harvest(hours=1, snapshots=[snapshot(comments=20)]))
    assert rows(warehouse, "SELECT likes, comments, engagements FROM post_latest") == [(10, 20, 32)]
    load_harvest(warehouse, ACCOUNT, harvest(hours=2, snapshots=[snapshot(impressions=7)]))
    assert rows(warehouse, "SELECT impressions, engagements FROM post_latest") == [(7, 32)]
