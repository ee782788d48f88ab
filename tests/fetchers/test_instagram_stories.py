"""Are stories read while they live, with the few numbers they have, and never mixed up with what lasts?"""

from datetime import UTC, datetime

import pytest

from core.domain import Platform, PostKind
from core.errors import ReconnectNeededError
from core.fetchers.base import PostList
from tests.fetchers.stage import asked, ids_of, read_fixture

pytestmark = pytest.mark.unit

NEW, OLD = "17900000000000021", "17900000000000020"


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.INSTAGRAM)


@pytest.fixture
def account(stage):
    stage.on("/stories", "stories_alive")
    return stage


@pytest.fixture
def media():
    return read_fixture(Platform.INSTAGRAM, "contract")["post_ids"]


def asked_stories(stage):
    return [target for target in stage.targets if "/stories" in target]


def test_living_stories_come_with_the_media_and_on_top_of_their_limit(account, media):
    account.play_contract()
    found = account.fetcher().fetch_posts(1)
    assert (ids_of(found.listed), found.is_complete) == ([media[0], NEW, OLD], False)
    assert [item.post.kind for item in found.listed[1:]] == [PostKind.STORY] * 2


def test_a_story_has_no_likes_and_no_comments_whatever_is_listed(account):
    account.on("/media", "media_empty")
    for story in account.fetcher().fetch_posts(10).listed:
        counters = story.counters
        assert (counters.likes, counters.comments, counters.saves, counters.engagements) == (None,) * 4


def test_the_numbers_of_a_story_are_asked_while_it_lives(account):
    account.on("/media", "media_empty").on("ids=", "story_insights")
    fetcher = account.fetcher()
    by_id = {found.post_id: found for found in fetcher.fetch_snapshots(fetcher.fetch_posts(10).listed)}
    assert (by_id[NEW].impressions, by_id[NEW].reach, by_id[NEW].shares, by_id[NEW].likes) == (140, 120, 0, None)
    assert (by_id[OLD].impressions, by_id[OLD].video_views) == (None, None)


def test_the_past_has_no_stories(account):
    account.play_contract()
    account.fetcher().fetch_posts(10, until=datetime(2026, 11, 24, tzinfo=UTC))
    assert asked_stories(account) == []


def test_stories_from_before_since_are_left_out(account):
    account.on("/media", "media_empty")
    since = datetime(2026, 11, 24, tzinfo=UTC)
    assert ids_of(account.fetcher().fetch_posts(10, since=since).listed) == [NEW]


def test_a_story_is_not_asked_for_counts_that_it_has_not(account):
    account.on("/media", "media_empty")
    account.fetcher().fetch_posts(10)
    (target,) = asked_stories(account)
    assert "count" not in asked(target)["fields"]


@pytest.mark.parametrize("answer", ["error_403_permission_missing", "error_500_unknown", "data_null"])
def test_stories_that_are_refused_cost_no_post(stage, answer, media):
    stage.on("/stories", answer)
    stage.play_contract()
    assert ids_of(stage.fetcher().fetch_posts(10).listed) == media


def test_a_lost_login_is_told_whatever_was_asked(stage):
    stage.on("/stories", "error_400_token_expired").on("/media", "media_empty")
    with pytest.raises(ReconnectNeededError):
        stage.fetcher().fetch_posts(10)


def test_an_account_without_anything_is_no_error(stage):
    stage.on("/stories", "media_empty").on("/media", "media_empty")
    assert stage.fetcher().fetch_posts(10) == PostList([], is_complete=True)
