"""The table of cases of X's reference, row by row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.domain import Platform
from core.errors import (
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    Reach,
    ReconnectNeededError,
    TransientError,
)
from core.fetchers.base import PostList
from core.fetchers.x_answers import parse_posts
from tests.conftest import NOW
from tests.fetchers.stage import html, ids_of, listed_post, read_fixture
from tests.fetchers.table import Table, only_for, refresh

pytestmark = pytest.mark.unit

NEWEST, SECOND, THIRD = "1800000000000000004", "1800000000000000003", "1800000000000000002"
PROVIDER = Platform.X.provider

table = Table()


def fixture(name):
    return read_fixture(Platform.X, name)


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.X)


@table.case("3 timeline pages, border post repeated on two pages")
def case_pages(stage, clock):
    contract = stage.play_contract()
    found = stage.fetcher().fetch_posts(100)
    assert (ids_of(found.listed), found.is_complete) == (contract["post_ids"], True)
    capped = stage.fetcher().fetch_posts(2)
    assert (ids_of(capped.listed), capped.is_complete) == (contract["post_ids"][:2], False)


@table.case('`{"meta":{"result_count":0}}`')
def case_empty(stage, clock):
    stage.on("/tweets", "timeline_empty")
    assert stage.fetcher().fetch_posts(100) == PostList([], is_complete=True)


@table.case("result_count 0 + next_token")
def case_filtered_page(stage, clock):
    stage.on("/7/tweets", "timeline_page_2_filtered_empty")
    stage.on("/tweets", "timeline_page_2_filtered_empty", "timeline_page_3")
    assert stage.fetcher().fetch_posts(100).listed
    assert len(stage.requests) == 2
    assert stage.fetcher("7").fetch_posts(100) == PostList([], is_complete=False)  # the same token again: broken off
    assert len(stage.requests) == 4


@table.case("batch with 2 of 100 missing")
def case_two_missing(stage, clock):
    ids = [str(1_800_000_000_000_000_001 + number) for number in range(100)]
    shown = [{"id": post_id, "non_public_metrics": {"url_link_clicks": 1}} for post_id in ids]
    problems = fixture("lookup_one_deleted_one_protected")["errors"]
    missing = {problem["resource_id"] for problem in problems}
    body = {"data": [post for post in shown if post["id"] not in missing], "errors": problems}
    stage.on("/tweets", httpx.Response(200, json=body))
    snapshots = stage.fetcher().fetch_snapshots([listed_post(post_id, likes=5) for post_id in ids])
    assert sum(snapshot.clicks == 1 for snapshot in snapshots) == 98
    assert {snapshot.post_id for snapshot in snapshots if snapshot.clicks is None} == {THIRD}
    assert stage.fetcher().find_gone(ids) == {SECOND}


@table.case("private metrics: one post 31 days old")
def case_old_private_metrics(stage, clock):
    stage.on("/tweets", "private_metrics_too_old")
    young = listed_post(NEWEST, likes=4)
    old = replace(young, post=replace(young.post, published_at=NOW - timedelta(days=31)))
    (snapshot,) = stage.fetcher().fetch_snapshots([old])
    assert (snapshot.likes, snapshot.clicks, stage.requests) == (4, None, [])
    (snapshot,) = stage.fetcher().fetch_snapshots([young])  # X may still say that it is too old
    assert (snapshot.likes, snapshot.clicks) == (4, None)


@table.case("video without `includes`")
def case_video(stage, clock):
    (item,) = parse_posts(fixture("timeline_video_not_included")).items
    assert (item.post.kind.value, item.counters.video_views, item.counters.likes) == ("video", None, 20)


@table.case("old and new names")
def case_names(stage, clock):
    old, new = parse_posts(fixture("timeline_old_names")), parse_posts(fixture("timeline_renamed_fields"))
    assert old.items == new.items
    assert old.items[0].counters.shares is not None


@table.case("401 -> refresh ok -> retry ok")
def case_refreshed(stage, clock):
    good, bad = httpx.Response(200, json=fixture("me")), httpx.Response(401, json=fixture("error_401_unauthorized"))
    stage.on("/users/me", only_for("token-new", good, bad))
    with pytest.raises(ReconnectNeededError):
        stage.fetcher().fetch_profile()
    answer = {"access_token": "token-new", "refresh_token": "refresh-new", "expires_in": 7200}
    grant = refresh(PROVIDER, httpx.Response(200, json=answer))
    assert grant.refresh_token == "refresh-new"
    renewed = stage.open_session("account-1", token=grant.access_token)
    assert stage.fetcher(session=renewed).fetch_profile().followers == 583423
    assert len(stage.requests) == 2


@table.case("401 -> refresh 400")
def case_refresh_refused(stage, clock):
    refused = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
    with pytest.raises(ReconnectNeededError, match="connect the account again"):
        refresh(PROVIDER, httpx.Response(400, json=refused))


@table.case("402")
def case_no_credits(stage, clock):
    stage.on("/tweets", "error_402_credits_depleted", "timeline_empty")
    sessions = [stage.session, stage.open_session("account-2"), stage.open_session("account-3")]
    for session in sessions:
        with pytest.raises(OperatorNeededError, match="credits") as caught:
            stage.fetcher(session=session).fetch_posts(5)
        assert caught.value.pause_until == NOW + timedelta(hours=24)
    assert len(stage.requests) == 1
    assert stage.fetcher(session=stage.open_session("account-1", client_id="other")).fetch_posts(5).is_complete
    clock.advance(timedelta(hours=24))
    assert stage.fetcher().fetch_posts(5).is_complete


def limited(name, seconds=None):
    headers = {} if seconds is None else {"x-rate-limit-reset": str(int((NOW + seconds).timestamp()))}
    return httpx.Response(429, headers=headers, json=fixture(name))


@table.case("429 with reset in 300 s / without headers / in the past")
def case_rate_limit(stage, clock):
    for number, (reset, wait) in enumerate([(timedelta(seconds=300), 300), (None, 900)]):
        session = stage.open_session(f"account {number}")
        stage.on(f"/{number}/tweets", limited("error_429_too_many_requests", reset))
        with pytest.raises(RateLimitedError) as caught:
            stage.fetcher(str(number), session=session).fetch_posts(5)
        assert (caught.value.retry_at - NOW, caught.value.reach) == (timedelta(seconds=wait), Reach.ACCOUNT)
    stage.on("/3/tweets", limited("error_429_code_88", timedelta(hours=-1)), "timeline_empty")
    assert stage.fetcher("3").fetch_posts(5).is_complete
    assert clock.now() - NOW == timedelta(seconds=1)


@table.case("429 UsageCapExceeded")
def case_usage_cap(stage, clock):
    stage.on("/tweets", limited("error_429_usage_cap", timedelta(seconds=1)))
    for session in (stage.session, stage.open_session("account-2")):
        with pytest.raises(RateLimitedError) as caught:
            stage.fetcher(session=session).fetch_posts(5)
        assert (caught.value.retry_at, caught.value.reach) == (datetime(2026, 11, 25, tzinfo=UTC), Reach.APP)
    assert len(stage.requests) == 1


@table.case("503 HTML, truncated JSON, `null`")
def case_broken(stage, clock):
    for account, (answer, error) in enumerate(
        [
            (html(503), TransientError),
            (httpx.Response(200, text='{"data": [{"id"'), MalformedAnswerError),
            (httpx.Response(200, text="null"), MalformedAnswerError),
        ]
    ):
        stage.on(f"/{account}/tweets", answer)
        with pytest.raises(error):
            stage.fetcher(str(account)).fetch_posts(5)


@table.case("like_count lower than stored")
def case_fallen_likes(stage, clock):
    stage.on("/tweets", "timeline_edited_post", "timeline_likes_fell")
    before, after = (stage.fetcher().fetch_posts(5).listed[0] for _ in range(2))
    assert (before.post.post_id, before.counters.likes) == (after.post.post_id, 20)
    assert after.counters.likes == 7


@table.case("ids as numbers in a mock")
def case_numeric_ids(stage, clock):
    (item,) = parse_posts(fixture("timeline_ids_as_numbers")).items
    assert item.post.post_id == NEWEST


@table.param
def test_row(case, stage, clock):
    case(stage, clock)
