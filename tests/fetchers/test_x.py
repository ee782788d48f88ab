"""Does the X fetcher ask and read as X's reference says, by both styles of names?"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.domain import Platform, PostKind
from core.errors import (
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
    TransientError,
)
from core.fetchers import fetch_owner, list_connectable
from core.fetchers.base import PostList
from core.fetchers.grants import Owner
from core.fetchers.x_answers import parse_posts, parse_profile, parse_snapshots
from tests.conftest import NOW
from tests.fetchers.stage import read_fixture

pytestmark = pytest.mark.unit

NEWEST, SECOND, THIRD, OLD = "1800000000000000004", "1800000000000000003", "1800000000000000002", "1700000000000000001"


def fixture(name):
    return read_fixture(Platform.X, name)


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.X)


@pytest.fixture
def listed(stage_of):
    stage = stage_of(Platform.X)
    stage.play_contract()
    return stage.fetcher().fetch_posts(100).listed


def test_the_timeline_is_asked_without_retweets_and_without_private_fields(stage):
    stage.on("/tweets", "timeline_empty")
    assert stage.fetcher().fetch_posts(1) == PostList([], is_complete=True)
    (target,) = stage.targets
    assert target.startswith(
        "/api/users/2244994945/tweets?max_results=5&exclude=retweets&expansions=attachments.media_keys"
    )
    assert "private" not in target
    assert "organic" not in target


def test_an_empty_page_with_a_next_token_goes_on(stage):
    stage.play_contract()
    stage.fetcher().fetch_posts(100)
    assert len(stage.requests) == 3


def test_a_repeated_token_ends_the_walk(stage):
    stage.on("/tweets", "timeline_page_1")
    assert len(stage.fetcher().fetch_posts(100).listed) == 2
    assert len(stage.requests) == 2


def test_old_and_new_names_give_the_same_record():
    old, new = parse_posts(fixture("timeline_old_names")), parse_posts(fixture("timeline_renamed_fields"))
    assert old.items == new.items
    assert new.items[0].post.text == "The whole long text"
    assert new.items[0].counters.shares == 4


def test_every_kind_of_post_is_told_apart_and_retweets_are_skipped():
    items = parse_posts(fixture("timeline_of_every_kind")).items
    assert [(item.post.post_id, item.post.kind) for item in items] == [
        ("11", PostKind.IMAGE),
        ("10", PostKind.CAROUSEL),
        ("9", PostKind.VIDEO),
        ("8", PostKind.LINK),
        ("7", PostKind.TEXT),
    ]
    assert items[2].counters.video_views is None
    assert items[4].counters.engagements is None


def test_a_post_is_read_with_its_text_media_and_link(listed):
    post = listed[0].post
    assert post.text == "Rolls & rye https://t.co/x #bread"
    assert post.hashtags == ("bread",)
    assert (post.kind, post.media_url) == (PostKind.VIDEO, "https://pbs.example/p.jpg")
    assert post.permalink == f"https://x.com/i/status/{NEWEST}"
    assert post.published_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


def test_errors_alone_are_not_an_empty_timeline(stage):
    stage.on("/tweets", "timeline_errors_only")
    with pytest.raises(GoneError, match="protected, suspended or deleted"):
        stage.fetcher().fetch_posts(5)


def test_private_metrics_are_asked_of_young_posts_only(stage, listed):
    stage.play_contract()
    stage.fetcher().fetch_snapshots(listed)
    assert stage.targets == [
        f"/api/tweets?ids={NEWEST},{SECOND},{THIRD}&tweet.fields=non_public_metrics,organic_metrics"
    ]


def test_old_posts_alone_cost_no_request(stage, listed):
    old = [item for item in listed if NOW - item.post.published_at > timedelta(days=30)]
    assert [snapshot.post_id for snapshot in stage.fetcher().fetch_snapshots(old)] == [OLD]
    assert stage.requests == []


def test_deleted_posts_are_left_out_by_either_problem_host(listed):
    snapshots = parse_snapshots(listed, [fixture("private_metrics_one_deleted")])
    assert [snapshot.post_id for snapshot in snapshots] == [NEWEST, OLD]


def test_an_id_given_as_a_number_becomes_text():
    profile = parse_profile(fixture("me_without_metrics"))
    assert (profile.external_id, profile.followers) == ("2244994945", None)


def test_a_login_of_another_account_is_noticed(stage):
    stage.on("/users/me", "me")
    with pytest.raises(ReconnectNeededError, match="another X account"):
        stage.fetcher("999").fetch_profile()


def test_a_login_connects_exactly_its_own_account(stage):
    stage.on("/users/me", "me")
    (account,) = list_connectable(Platform.X.provider, stage.session)
    assert (account.external_id, account.handle, account.problem) == ("2244994945", "harbourbakery", None)
    assert fetch_owner(Platform.X.provider, stage.session) == Owner("2244994945", "@harbourbakery")


def test_a_refused_parameter_name_switches_to_the_renamed_fields_for_good(stage):
    stage.on("tweet.fields=", "error_400_tweet_fields_unknown").on("post.fields=.*note_post", "timeline_renamed_fields")
    fetcher = stage.fetcher()
    assert [item.post.post_id for item in fetcher.fetch_posts(5).listed] == [NEWEST]
    fetcher.fetch_posts(5)
    assert [("post.fields" in target) for target in stage.targets] == [False, True, True]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("error_401_unauthorized", ReconnectNeededError, "connect the account again"),
        ("error_402_credits_depleted", OperatorNeededError, "credits"),
        ("error_403_client_not_enrolled", OperatorNeededError, "attach it to one"),
        ("error_403_spending_limit", OperatorNeededError, "spending limit"),
        ("error_403_forbidden", ReconnectNeededError, "suspended"),
        ("error_404_not_found", GoneError, "no longer"),
        ("error_503_unavailable", TransientError, "fault of its own"),
    ],
)
def test_each_error_is_named_by_its_remedy(stage, answer, error, words):
    stage.on("/users/", answer)
    with pytest.raises(error, match=words):
        stage.fetcher().fetch_posts(5)


def limited(name, reset=None):
    headers = {} if reset is None else {"x-rate-limit-reset": reset}
    return httpx.Response(429, headers=headers, json=fixture(name))


@pytest.mark.parametrize(
    ("reset", "wait"),
    [
        (str(int(NOW.timestamp()) + 300), timedelta(seconds=300)),
        (None, timedelta(minutes=15)),
        ("soon", timedelta(minutes=15)),
        ("٣", timedelta(minutes=15)),
        ("9999999999", timedelta(days=1)),
    ],
)
@pytest.mark.parametrize("name", ["error_429_too_many_requests", "error_429_code_88"])
def test_a_rate_limit_waits_until_its_reset(stage, name, reset, wait):
    stage.on("/users/", limited(name, reset.encode() if reset else None))
    with pytest.raises(RateLimitedError) as caught:
        stage.fetcher().fetch_posts(5)
    assert caught.value.retry_at - NOW == wait


def test_a_reset_in_the_past_waits_a_second_and_goes_on(stage, clock):
    stage.on("/users/", limited("error_429_too_many_requests", "1000"), "timeline_page_3")
    assert len(stage.fetcher().fetch_posts(3).listed) == 3
    assert clock.now() - NOW == timedelta(seconds=1)


def test_a_usage_cap_waits_for_tomorrow_whatever_the_reset_says(stage):
    stage.on("/users/", limited("error_429_usage_cap", str(int(NOW.timestamp()) + 1)))
    with pytest.raises(RateLimitedError) as caught:
        stage.fetcher().fetch_posts(5)
    assert caught.value.retry_at == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_lookup_that_says_nothing_is_malformed(listed):
    with pytest.raises(MalformedAnswerError):
        parse_snapshots(listed, [{}])
