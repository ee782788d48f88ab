"""Taking over another warehouse's past: what comes of it is what one warehouse would hold that had seen it all in order."""

import random
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from core.domain import AccountDay, Coverage, DataSet, Platform, PostSnapshot
from core.errors import WarehouseError
from core.metrics import Grain, Metric
from core.warehouse.adoption import adopt
from core.warehouse.connection import Warehouse
from core.warehouse.events import MetricEvent, record_metric_event
from core.warehouse.load import find_days_covered, load_harvest
from tests.conftest import NOW
from tests.warehouse.test_load import ACCOUNT, POST, harvest, rows

pytestmark = pytest.mark.integration

THEIRS = replace(ACCOUNT, account_id=ACCOUNT.account_id + 40, connected_at=NOW - timedelta(days=90))
PAIRS = {THEIRS.account_id: ACCOUNT.account_id}
TABLES = ("posts", "post_metrics", "post_latest", "account_metrics", "account_daily", "observations", "covered")
SOMETIMES = ("impressions", "clicks", "engagements")


@pytest.fixture
def open_warehouse(tmp_path):
    """Open another warehouse by name; all are closed with the test."""
    opened = []

    def open_named(name):
        folder = tmp_path / name
        folder.mkdir()
        opened.append(Warehouse(folder / "warehouse.duckdb", folder / "published"))
        return opened[-1]

    yield open_named
    for one in opened:
        one.close()


@pytest.fixture
def past(open_warehouse):
    return open_warehouse("past")


def contents(warehouse, table):
    """All rows of a table, in a fixed order."""
    return sorted(rows(warehouse, f"SELECT * FROM {table}"), key=repr)


def seen_in_order(warehouse, table):
    """What does not depend on how a day's looks were spread: when a post was last seen is written once a day."""
    columns = "* REPLACE (last_seen_at::DATE AS last_seen_at)" if table == "posts" else "*"
    return sorted(rows(warehouse, f"SELECT {columns} FROM {table}"), key=repr)


def everything(warehouse):
    return {table: contents(warehouse, table) for table in (*TABLES, "accounts", "metric_events")}


def looked(hours, account=ACCOUNT, **harvested):
    """One look at the account, with an observation of it; its run is called like its hour."""
    found = harvest(hours=hours, **harvested)
    found.account_id, found.run_id = account.account_id, 1000 + hours
    found.coverage.append(Coverage(DataSet.POST_METRICS, metrics=["likes"]))
    return found


def load_past(past, *looks):
    """Load looks into the past's warehouse, where the account has another id, and publish it."""
    for look in looks:
        load_harvest(past, THEIRS, replace(look, account_id=THEIRS.account_id))
    return past.publish()


def made_up_looks(seed):
    """Looks in which posts and days come and go, counters rise, fall, stand still or are not answered."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    looks = []
    for hours in range(-12, 6):
        posts = [replace(POST, post_id=f"p{n}") for n in range(6) if chance.random() < 0.7]
        snapshots = [PostSnapshot(post.post_id, **_counters(chance)) for post in posts]
        days = [AccountDay(date(2026, 11, n), followers=_maybe(chance)) for n in range(1, 5) if chance.random() < 0.6]
        looks.append(looked(hours, posts=posts, snapshots=snapshots, days=days))
    return looks


def _counters(chance):
    """As X answers: what makes up the engagements always, the rest for some time."""
    always = {name: chance.randint(0, 3) for name in ("likes", "comments")}
    return always | {name: _maybe(chance) for name in SOMETIMES}


def _maybe(chance):
    return None if chance.random() < 0.3 else chance.randint(0, 3)


@pytest.mark.parametrize("seed", range(6))
def test_the_whole_is_what_one_warehouse_would_hold_that_had_seen_it_all(warehouse, past, open_warehouse, seed):
    looks = made_up_looks(seed)
    reference = open_warehouse("reference")
    for look in looks:
        load_harvest(reference, ACCOUNT, look)
    path = load_past(past, *looks[:12])
    for look in looks[12:]:
        load_harvest(warehouse, ACCOUNT, look)
    adopt(warehouse, path, PAIRS)
    for table in TABLES:
        assert seen_in_order(warehouse, table) == seen_in_order(reference, table), table


def test_done_again_it_adds_nothing(warehouse, past):
    looks = made_up_looks(3)
    path = load_past(past, *looks[:12])
    for look in looks[12:]:
        load_harvest(warehouse, ACCOUNT, look)
    assert adopt(warehouse, path, PAIRS) > 0
    once = everything(warehouse)
    assert adopt(warehouse, path, PAIRS) == 0
    assert everything(warehouse) == once


def test_a_number_that_has_not_changed_since_is_not_doubled(warehouse, past):
    path = load_past(past, looked(-2, posts=[POST], snapshots=[PostSnapshot(POST.post_id, likes=4, clicks=9)]))
    load_harvest(warehouse, ACCOUNT, looked(1, posts=[POST], snapshots=[PostSnapshot(POST.post_id, likes=4)]))
    assert adopt(warehouse, path, PAIRS) == 0
    assert rows(warehouse, "SELECT likes, clicks, run_id FROM post_metrics") == [(4, 9, 998)]
    assert rows(warehouse, "SELECT likes, clicks, run_id FROM post_latest") == [(4, 9, 998)]


def test_the_next_sync_stands_on_what_was_taken_over(warehouse, past):
    days = [AccountDay(date(2026, 11, 20), followers=5)]
    told = Coverage(DataSet.ACCOUNT_DAYS, NOW - timedelta(days=9), NOW - timedelta(days=1))
    earlier = looked(-2, posts=[POST], snapshots=[PostSnapshot(POST.post_id, likes=4, clicks=9)], days=days)
    earlier.coverage.append(told)
    path = load_past(past, earlier)
    load_harvest(warehouse, ACCOUNT, looked(1, posts=[POST]))
    assert find_days_covered(warehouse, ACCOUNT.account_id) is None
    adopt(warehouse, path, PAIRS)
    assert find_days_covered(warehouse, ACCOUNT.account_id) == (NOW - timedelta(days=1)).date()
    load_harvest(warehouse, ACCOUNT, looked(2, snapshots=[PostSnapshot(POST.post_id, likes=4)], days=days))
    assert rows(warehouse, "SELECT count(*) FROM post_metrics") == [(1,)]
    assert rows(warehouse, "SELECT count(*) FROM account_metrics") == [(1,)]


def test_a_post_keeps_what_is_known_of_it_now_and_since_when(warehouse, past):
    path = load_past(past, looked(-5, posts=[POST, replace(POST, post_id="deleted since")]), looked(-4, posts=[POST]))
    load_harvest(warehouse, ACCOUNT, looked(1, posts=[replace(POST, text="Hello, edited")]))
    adopt(warehouse, path, PAIRS)
    seen = rows(warehouse, "SELECT post_id, text, first_seen_at, last_seen_at FROM posts ORDER BY text DESC")
    at = {hours: (NOW + timedelta(hours=hours)).replace(tzinfo=None) for hours in (-5, 1)}
    assert seen == [(POST.post_id, "Hello, edited", at[-5], at[1]), ("deleted since", POST.text, at[-5], at[-5])]


def test_an_account_is_connected_since_the_past_knows_it(warehouse, past):
    path = load_past(past, looked(-5))
    load_harvest(warehouse, ACCOUNT, looked(1))
    adopt(warehouse, path, PAIRS)
    connected = rows(warehouse, "SELECT account_id, connected_at FROM accounts")
    assert connected == [(ACCOUNT.account_id, THEIRS.connected_at.replace(tzinfo=None))]


def test_accounts_that_are_not_named_stay_as_they_are(warehouse, past):
    path = load_past(past, looked(-5, posts=[POST], snapshots=[PostSnapshot(POST.post_id, likes=1)]))
    load_harvest(warehouse, ACCOUNT, looked(1, posts=[POST], snapshots=[PostSnapshot(POST.post_id, likes=2)]))
    before = everything(warehouse)
    assert adopt(warehouse, path, {}) == 0
    assert everything(warehouse) == before


def event(word, day):
    return MetricEvent(Platform.FACEBOOK, Grain.ACCOUNT_DAY, Metric.REACH, word, date(2026, 11, day))


@pytest.mark.parametrize(
    ("before", "since", "expected"),
    [
        ([("retired", 3)], [("retired", 24)], [("retired", 3)]),
        ([("retired", 3), ("returned", 9)], [("retired", 24)], [("retired", 3), ("returned", 9), ("retired", 24)]),
        ([], [("retired", 24)], [("retired", 24)]),
        ([("retired", 3)], [], [("retired", 3)]),
    ],
)
def test_a_retirement_is_told_on_the_day_on_which_it_was_first_met(warehouse, past, before, since, expected):
    for word, day in before:
        record_metric_event(past, event(word, day))
    for word, day in since:
        record_metric_event(warehouse, event(word, day))
    adopt(warehouse, past.publish(), {})
    found = rows(warehouse, "SELECT event, day(day) FROM metric_events ORDER BY rowid")
    assert found == expected


def test_where_its_last_part_fails_nothing_is_taken_over(warehouse, past):
    load_past(past, looked(-5, posts=[POST], snapshots=[PostSnapshot(POST.post_id, likes=1)]))
    rows(past, "DROP TABLE metric_events")
    load_harvest(warehouse, ACCOUNT, looked(1, posts=[POST]))
    before = everything(warehouse)
    with pytest.raises(duckdb.CatalogException, match="metric_events"):
        adopt(warehouse, past.publish(), PAIRS)
    assert everything(warehouse) == before
    load_harvest(warehouse, ACCOUNT, looked(2, posts=[POST]))  # the other file is let go of


def test_another_schema_is_refused(warehouse, past):
    rows(past, "UPDATE schema_version SET version = 99")
    with pytest.raises(WarehouseError, match="schema 99"):
        adopt(warehouse, past.publish(), PAIRS)
