"""Does the Instagram fetcher ask and read as Meta's reference says?"""

from datetime import UTC, date, datetime

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.errors import ReconnectNeededError
from core.fetchers import fetch_owner, list_connectable
from core.fetchers.base import ListedPost, PostList
from core.fetchers.grants import Owner
from core.fetchers.instagram import parse_posts
from tests.fetchers.meta_cases import ERRORS
from tests.fetchers.stage import answer_every_id, asked, read_fixture

pytestmark = pytest.mark.unit


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.INSTAGRAM)


def medium(post_id, kind):
    return ListedPost(
        Post(post_id, kind, datetime(2026, 11, 20, tzinfo=UTC)), PostSnapshot(post_id, likes=3, comments=1)
    )


def test_every_kind_of_medium_is_told_apart_and_advertisements_are_skipped():
    listed = parse_posts(read_fixture(Platform.INSTAGRAM, "media_of_every_kind"))
    assert [item.post.kind for item in listed] == [
        PostKind.IMAGE,
        PostKind.VIDEO,
        PostKind.REEL,
        PostKind.CAROUSEL,
        PostKind.STORY,
    ]


def test_hidden_likes_and_missing_media_are_none(stage):
    stage.play_contract()
    reel = stage.fetcher().fetch_posts(100).listed[-1]
    assert (reel.counters.likes, reel.counters.comments, reel.counters.engagements) == (None, 1, None)
    assert (reel.post.text, reel.post.media_url) == (None, "https://scontent.example/2.jpg")


def test_an_account_without_media_is_no_error(stage):
    stage.on("/media", "media_empty")
    assert stage.fetcher().fetch_posts(10) == PostList([], is_complete=True)


def test_stories_are_not_asked_for_saves(stage):
    stage.on("ids=", answer_every_id)
    stage.fetcher().fetch_snapshots(
        [medium("1", PostKind.STORY), medium("2", PostKind.REEL), medium("3", PostKind.IMAGE)]
    )
    by_ids = {asked(target)["ids"]: asked(target)["fields"] for target in stage.targets}
    assert by_ids == {
        "2,3": "id,insights.metric(views,reach,shares,saved)",
        "1": "id,insights.metric(views,reach,shares)",
    }


def test_media_from_before_the_business_account_keep_their_listed_counters(stage):
    stage.on("ids=", "error_400_before_business_account")
    (snapshot,) = stage.fetcher().fetch_snapshots([medium("1", PostKind.IMAGE)])
    assert (snapshot.likes, snapshot.comments, snapshot.impressions) == (3, 1, None)


def test_too_few_viewers_are_none_and_no_error(stage):
    stage.on("ids=", "error_400_not_enough_viewers")
    (snapshot,) = stage.fetcher().fetch_snapshots([medium("1", PostKind.IMAGE)])
    assert (snapshot.reach, snapshot.engagements) == (None, None)


def test_each_utc_day_is_asked_alone_as_a_total(stage):
    stage.on("/insights", "account_totals_empty")
    assert stage.fetcher().fetch_days(date(2026, 11, 21), date(2026, 11, 30)) == []
    spans = sorted((asked(target)["since"], asked(target)["until"]) for target in stage.targets)
    assert [datetime.fromtimestamp(int(since), UTC).isoformat() for since, _ in spans] == [
        "2026-11-21T00:00:00+00:00",
        "2026-11-22T00:00:00+00:00",
        "2026-11-23T00:00:00+00:00",
    ]
    assert {int(until) - int(since) for since, until in spans} == {86_400}
    assert {(asked(target)["metric_type"], asked(target)["period"]) for target in stage.targets} == {
        ("total_value", "day")
    }


def test_no_more_than_90_days_are_asked(stage):
    stage.on("/insights", "account_totals_empty")
    stage.fetcher().fetch_days(date(2020, 1, 1), date(2026, 11, 23))
    assert len(stage.requests) == 90


def test_one_retired_account_metric_does_not_cost_the_others(stage):
    stage.on("website_clicks", "error_400_metric_retired").on("/insights", "account_totals_of_another_day")
    (day,) = stage.fetcher().fetch_days(date(2026, 11, 23), date(2026, 11, 23))
    assert (day.impressions, day.link_clicks) == (500, None)


def test_an_account_that_is_gone_has_to_be_connected_again(stage):
    stage.on("", "error_400_object_gone")
    with pytest.raises(ReconnectNeededError, match="connect it again"):
        stage.fetcher().fetch_profile()


@pytest.mark.parametrize(("answer", "error", "words"), ERRORS)
def test_each_error_is_named_by_its_remedy(stage, answer, error, words):
    stage.on("/media", answer)
    with pytest.raises(error, match=words):
        stage.fetcher().fetch_posts(5)


def test_linked_accounts_are_connected_with_their_pages_token(stage):
    stage.on("/me/accounts.*after=QVG", "pages_of_login_page_2").on("/me/accounts", "pages_of_login_page_1")
    stage.on("/me\\?", "me").on("/me/businesses", "businesses_empty").on("/1003\\?", "page_token_not_given")
    found = [
        a for a in list_connectable(Platform.INSTAGRAM.provider, stage.session) if a.platform is Platform.INSTAGRAM
    ]
    assert [(account.external_id, account.handle, account.own_token, account.problem) for account in found] == [
        ("17841400000000001", "harbour.bakery", "EAApagesecret1", None)
    ]
    assert fetch_owner(Platform.INSTAGRAM.provider, stage.session) == Owner("77", "Robin Meyer")


def test_a_login_without_pages_is_no_error(stage):
    stage.on("/me/accounts", "pages_of_login_empty").on("/me/businesses", "businesses_empty")
    assert list_connectable(Platform.INSTAGRAM.provider, stage.session) == []
