"""Does X return, bill and forget no more than asked? Spans of time, edits, deletions and their price."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.domain import Platform
from core.errors import MalformedAnswerError, OperatorNeededError, ReconnectNeededError
from core.fetchers.base import PostList
from core.fetchers.transport import CallCounts
from core.fetchers.x_answers import parse_gone
from tests.conftest import NOW
from tests.fetchers.stage import asked, ids_of, listed_post, read_fixture

pytestmark = pytest.mark.unit

NEWEST, SECOND, PROTECTED, OLD = (
    "1800000000000000004",
    "1800000000000000003",
    "1800000000000000002",
    "1700000000000000001",
)


def fixture(name):
    return read_fixture(Platform.X, name)


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.X)


def span_of(stage):
    parameters = asked(stage.targets[0])
    return parameters.get("start_time"), parameters.get("end_time")


@pytest.mark.parametrize(
    ("since", "until", "span"),
    [
        (None, None, (None, None)),
        (datetime(2026, 11, 20, 9, 15, 0, 500_000, UTC), None, ("2026-11-20T09:15:00Z", None)),
        (datetime(2001, 1, 1, tzinfo=UTC), None, ("2010-11-06T00:00:00Z", None)),
        (None, datetime(2026, 11, 20, 9, 15, tzinfo=UTC), (None, "2026-11-20T09:15:01Z")),
        (None, NOW, (None, None)),  # an end that is not over is refused
    ],
)
def test_posts_outside_the_span_are_not_even_returned(stage, since, until, span):
    stage.on("/tweets", "timeline_empty")
    stage.fetcher().fetch_posts(100, since=since, until=until)
    assert span_of(stage) == span


def test_a_span_without_room_costs_no_request(stage):
    assert stage.fetcher().fetch_posts(5, since=NOW, until=NOW) == PostList([], is_complete=True)
    assert stage.requests == []


def test_of_an_edited_post_only_the_newest_version_is_listed(stage):
    stage.on("/tweets", "timeline_edited_post")
    (item,) = stage.fetcher().fetch_posts(5).listed
    assert (item.post.post_id, item.post.text) == (NEWEST, "Hello")


def test_an_older_version_of_an_edited_post_is_gone():
    assert parse_gone(fixture("lookup_edited_post"), [SECOND]) == {SECOND}


def test_deleted_posts_are_known_by_either_problem_host_and_field():
    assert parse_gone(fixture("lookup_all_deleted"), [SECOND, OLD]) == {SECOND, OLD}


def test_a_post_that_is_not_shown_to_us_is_not_gone():
    body = fixture("lookup_one_deleted_one_protected")
    assert parse_gone(body, [NEWEST, SECOND, PROTECTED]) == {SECOND}


def test_what_nobody_asked_about_is_not_gone():
    assert parse_gone(fixture("lookup_all_deleted"), [OLD]) == {OLD}


def test_a_lookup_that_says_nothing_is_malformed():
    with pytest.raises(MalformedAnswerError):
        parse_gone({}, [OLD])


def test_many_posts_are_looked_up_by_the_hundred(stage):
    stage.on("/tweets", "lookup_all_deleted")
    stage.fetcher().find_gone([str(number) for number in range(250)])
    assert sorted(len(asked(target)["ids"].split(",")) for target in stage.targets) == [50, 100, 100]


def test_every_returned_post_is_billed_once_and_the_user(stage):
    stage.play_contract()
    fetcher = stage.fetcher()
    fetcher.fetch_profile()
    assert stage.session.counts.cost_usd == pytest.approx(0.010)
    listed = fetcher.fetch_posts(100).listed
    fetcher.fetch_snapshots(listed)  # the same posts again
    fetcher.fetch_profile()
    assert stage.session.counts.cost_usd == pytest.approx(0.010 + 4 * 0.005)


def test_posts_that_are_returned_and_not_wanted_are_billed_too(stage):
    stage.on("/tweets", "timeline_edited_post")
    stage.fetcher().fetch_posts(1)
    assert stage.session.counts.cost_usd == pytest.approx(2 * 0.005)


def test_what_is_refused_or_gone_is_free(stage):
    stage.on("ids=1&", "error_403_forbidden").on("/tweets", "lookup_all_deleted")
    stage.fetcher().find_gone([SECOND])
    with pytest.raises(ReconnectNeededError):
        stage.fetcher().find_gone(["1"])
    assert stage.session.counts.cost_usd == 0


def test_the_counts_of_a_sync_take_the_place_of_the_sessions(stage):
    stage.play_contract()
    stage.session.counts = CallCounts()
    stage.fetcher().fetch_profile()
    assert (stage.session.counts.requests, stage.session.counts.cost_usd) == (1, 0.010)


def test_the_plan_names_requests_and_the_highest_price(stage):
    plan = stage.fetcher().plan(150, 90)
    assert (plan.requests, plan.cost_usd) == (5, pytest.approx(150 * 0.005 + 0.010))
    assert stage.fetcher().plan(0, 0).cost_usd == pytest.approx(0.010)


def test_a_suspended_account_is_not_taken_for_a_spending_limit(stage):
    stage.on("/users/me", "error_403_suspended").on("/tweets", "error_403_spending_limit")
    with pytest.raises(ReconnectNeededError, match="suspended"):
        stage.fetcher().fetch_profile()
    with pytest.raises(OperatorNeededError, match="spending limit"):
        stage.fetcher().fetch_posts(5)


def test_a_post_that_asks_for_an_id_cannot_leave_its_place(stage):
    stage.on("/tweets", httpx.Response(200, json=fixture("lookup_all_deleted")))
    stage.fetcher().fetch_snapshots([listed_post("1&expansions=author_id")])
    assert "expansions=" not in stage.targets[0]


def test_back_filling_goes_on_before_the_oldest_known_post(stage):
    contract = stage.play_contract()
    fetcher = stage.fetcher()
    first = fetcher.fetch_posts(2)
    rest = fetcher.fetch_posts(100, until=first.listed[-1].post.published_at, offset_hint=2)
    assert ids_of(first.listed + rest.listed) == contract["post_ids"]
    assert asked(stage.targets[1])["end_time"] == f"{first.listed[-1].post.published_at + timedelta(seconds=1):%FT%TZ}"
