"""Does the Facebook fetcher ask and read as Meta's reference says?"""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.errors import MalformedAnswerError, ReconnectNeededError
from core.fetchers import fetch_owner, list_connectable
from core.fetchers.base import ListedPost, PostList
from core.fetchers.facebook_answers import POST_INSIGHTS, parse_days, parse_posts
from core.fetchers.grants import Owner
from core.metrics import Metric
from tests.fetchers.meta_cases import ERRORS
from tests.fetchers.stage import answer_every_id, asked, read_fixture

pytestmark = pytest.mark.unit

FIRST, REEL, QUIET, GONE = "1001_9004", "1001_9003", "1001_9002", "1001_9001"


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.FACEBOOK)


@pytest.fixture
def listed(stage_of):
    stage = stage_of(Platform.FACEBOOK)
    stage.play_contract()
    return stage.fetcher().fetch_posts(100).listed


def text_posts(count):
    return [
        ListedPost(
            Post(f"1001_{number}", PostKind.TEXT, datetime(2026, 11, 1, tzinfo=UTC)), PostSnapshot(f"1001_{number}")
        )
        for number in range(count)
    ]


def test_pages_are_walked_by_their_cursor_and_the_last_has_no_next(stage):
    stage.play_contract()
    stage.fetcher().fetch_posts(100)
    assert [asked(target).get("after") for target in stage.targets] == [None, "page2", "page3"]


def test_a_page_without_posts_is_no_error(stage):
    stage.on("/published_posts", "posts_empty")
    assert stage.fetcher().fetch_posts(10) == PostList([], is_complete=True)


def test_every_kind_of_post_is_told_apart_and_planned_posts_are_skipped():
    listed = parse_posts(read_fixture(Platform.FACEBOOK, "posts_of_every_kind"))
    assert [item.post.kind for item in listed] == [
        PostKind.IMAGE,
        PostKind.CAROUSEL,
        PostKind.VIDEO,
        PostKind.REEL,
        PostKind.LINK,
        PostKind.OTHER,
        PostKind.TEXT,
    ]


def test_nobody_shared_is_zero_and_reactions_not_answered_are_none(listed):
    by_id = {item.post.post_id: item.counters for item in listed}
    assert (by_id[REEL].shares, by_id[REEL].likes) == (0, 0)
    assert (by_id[QUIET].shares, by_id[QUIET].likes) == (0, None)


def test_too_big_a_page_is_asked_by_halves(stage):
    stage.on("posts.*limit=(100|50)&?", "error_500_reduce_amount").on("posts.*limit=25", "posts_empty")
    assert stage.fetcher().fetch_posts(100) == PostList([], is_complete=True)
    assert [asked(target)["limit"] for target in stage.targets] == ["100", "50", "25"]


def test_one_post_that_is_gone_costs_only_itself(stage):
    stage.on("ids=.*1001_37(,|&)", "error_400_object_gone").on("ids=", answer_every_id)
    snapshots = stage.fetcher().fetch_snapshots(text_posts(120))
    assert {snapshot.post_id for snapshot in snapshots} == {f"1001_{number}" for number in range(120) if number != 37}
    assert len(stage.requests) < 3 + 2 * 7


def test_at_most_50_posts_are_asked_at_once(stage):
    stage.on("ids=", answer_every_id)
    stage.fetcher().fetch_snapshots(text_posts(120))
    assert sorted(len(asked(target)["ids"].split(",")) for target in stage.targets) == [20, 50, 50]


def test_a_post_without_viewers_keeps_its_listed_counters(stage, listed):
    stage.on("ids=", "error_400_not_enough_viewers")
    (snapshot,) = stage.fetcher().fetch_snapshots(listed[:1])
    assert (snapshot.likes, snapshot.impressions) == (20, None)


def test_a_post_from_before_the_business_account_keeps_its_listed_counters(stage, listed):
    stage.on("ids=", "error_400_before_business_account")
    (snapshot,) = stage.fetcher().fetch_snapshots(listed[:1])
    assert (snapshot.likes, snapshot.reach) == (20, None)


def test_one_retired_metric_does_not_cost_the_others_and_is_asked_no_more(stage, listed):
    stage.on("post_clicks", "error_400_metric_retired").on("ids=", "insights_one_post")
    fetcher = stage.fetcher()
    (snapshot,) = fetcher.fetch_snapshots(listed[:1])
    assert (snapshot.impressions, snapshot.clicks) == (1544, None)
    asked_once = len(stage.requests)
    fetcher.fetch_snapshots(listed[:1])
    assert len(stage.requests) == asked_once + 1
    assert "post_clicks" not in stage.targets[-1]


def test_when_every_metric_is_retired_the_listed_counters_stay(stage, listed):
    stage.on("insights.metric", "error_400_metric_retired").on("ids=", answer_every_id)
    (snapshot,) = stage.fetcher().fetch_snapshots(listed[:1])
    assert (snapshot.likes, snapshot.engagements, snapshot.impressions) == (20, 25, None)


def test_an_answer_without_any_of_the_asked_posts_is_malformed(stage, listed):
    stage.on("ids=", "insights_one_post")
    with pytest.raises(MalformedAnswerError):
        stage.fetcher().fetch_snapshots(listed[1:2])


def test_page_insights_are_asked_by_pacific_midnights_90_days_at_most(stage):
    stage.on("/insights", "page_insights_empty")
    assert stage.fetcher().fetch_days(date(2026, 7, 1), date(2026, 11, 30)) == []
    spans = sorted((int(asked(target)["since"]), int(asked(target)["until"])) for target in stage.targets)
    midnights = [datetime.fromtimestamp(edge, UTC).isoformat() for span in spans for edge in span]
    assert midnights == [
        "2026-07-01T07:00:00+00:00",
        "2026-09-29T07:00:00+00:00",
        "2026-09-29T07:00:00+00:00",
        "2026-11-24T08:00:00+00:00",
    ]


def test_days_are_told_by_their_end_across_the_end_of_summer_time():
    table = parse_days(
        read_fixture(Platform.FACEBOOK, "page_insights_over_end_of_summer_time"),
        {Metric.IMPRESSIONS: "page_media_view"},
    )
    assert {day.isoformat(): numbers[Metric.IMPRESSIONS] for day, numbers in table.items()} == {
        "2026-10-30": 1,
        "2026-10-31": 2,
        "2026-11-01": 3,
        "2026-11-02": 4,
    }


def test_the_endless_paging_of_insights_is_not_followed(stage):
    stage.play_contract()
    stage.fetcher().fetch_days(date(2026, 11, 19), date(2026, 11, 22))
    assert len(stage.requests) == 1


def test_today_is_reckoned_in_the_pacific_zone(stage, clock):
    stage.on("/insights", "page_insights_empty")
    clock.move_to(datetime(2026, 11, 24, 7, 59, tzinfo=UTC))  # still the 23rd in California
    assert stage.fetcher().fetch_days(date(2026, 11, 23), date(2026, 11, 23)) == []
    assert stage.requests == []
    clock.advance(timedelta(minutes=2))
    stage.fetcher().fetch_days(date(2026, 11, 23), date(2026, 11, 23))
    assert len(stage.requests) == 1


def test_a_page_that_is_gone_has_to_be_connected_again(stage):
    stage.on("/1001", "error_400_object_gone")
    with pytest.raises(ReconnectNeededError, match="connect it again"):
        stage.fetcher().fetch_profile()


@pytest.mark.parametrize(("answer", "error", "words"), ERRORS)
def test_each_error_is_named_by_its_remedy(stage, answer, error, words):
    stage.on("/published_posts", answer)
    with pytest.raises(error, match=words):
        stage.fetcher().fetch_posts(5)


def test_pages_are_listed_with_their_tokens_and_problems(stage):
    stage.on("/me/accounts.*after=QVG", "pages_of_login_page_2").on("/me/accounts", "pages_of_login_page_1")
    stage.on("/me\\?", "me").on("/me/businesses", "businesses_empty").on("/1003\\?", "page_token_not_given")
    found = [a for a in list_connectable(Platform.FACEBOOK.provider, stage.session) if a.platform is Platform.FACEBOOK]
    assert [(account.external_id, account.own_token, account.problem is None) for account in found] == [
        ("1001", "EAApagesecret1", True),
        ("1002", "EAApagesecret2", False),
        ("1003", None, False),
    ]
    assert "EAApagesecret" not in repr(found)
    assert fetch_owner(Platform.FACEBOOK.provider, stage.session) == Owner("77", "Robin Meyer")


def test_a_login_without_pages_is_no_error(stage):
    stage.on("/me/accounts", "pages_of_login_empty").on("/me/businesses", "businesses_empty")
    assert list_connectable(Platform.FACEBOOK.provider, stage.session) == []


def test_the_batch_asks_for_the_metrics_of_the_map(stage, listed):
    stage.play_contract()
    stage.fetcher().fetch_snapshots(listed[:1])
    assert asked(stage.targets[0])["fields"] == f"id,insights.metric({','.join(POST_INSIGHTS.values())})"
