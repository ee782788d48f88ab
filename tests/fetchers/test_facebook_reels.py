"""Are reels that the list of posts leaves out found, once each, and those that it holds left alone?"""

from datetime import UTC, datetime

import httpx
import pytest

from core.domain import Platform, PostKind
from core.errors import ReconnectNeededError
from core.fetchers.facebook_answers import find_names
from core.fetchers.facebook_reels import REEL_INSIGHTS, parse_reels
from core.metrics import Grain, Metric
from tests.fetchers.stage import asked, ids_of, listed_post, read_fixture

pytestmark = pytest.mark.unit

ALONE, WITH_POST = "777", "1001_9778"
KNOWN = ["1001_9004", "1001_9003", "1001_9002", "1001_9001"]


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.FACEBOOK)


@pytest.fixture
def page(stage):
    """A page whose list of reels holds three that are posts, two that are not, and a planned one."""
    stage.on("/video_reels", "reels_known_and_new")
    stage.play_contract()
    return stage


def asked_reels(stage):
    return [target for target in stage.targets if "/video_reels" in target]


def test_a_reel_comes_once_whether_its_link_its_video_or_its_post_is_known(page):
    found = page.fetcher().fetch_posts(100)
    assert ids_of(found.listed) == [ALONE, WITH_POST, *KNOWN]
    assert found.is_complete


def test_what_only_the_list_of_reels_tells_is_kept_and_shares_are_not_known(page):
    alone = page.fetcher().fetch_posts(100).listed[0]
    assert (alone.post.kind, alone.post.text, alone.post.hashtags) == (
        PostKind.REEL,
        "Baking at dawn #bread",
        ("bread",),
    )
    assert (alone.post.permalink, alone.post.published_at) == (
        "https://www.facebook.com/reel/777/",
        datetime(2026, 11, 21, 10, tzinfo=UTC),
    )
    assert (alone.counters.likes, alone.counters.comments, alone.counters.shares) == (7, 2, None)
    assert alone.counters.engagements is None


def test_reels_that_are_posts_add_nothing(stage, stage_of):
    known = {"data": read_fixture(Platform.FACEBOOK, "reels_known_and_new")["data"][2:]}
    stage.on("/video_reels", httpx.Response(200, json=known)).play_contract()
    without = stage_of(Platform.FACEBOOK)
    without.play_contract()
    assert stage.fetcher().fetch_posts(100) == without.fetcher().fetch_posts(100)


def test_a_planned_reel_is_no_reel_yet():
    reels = parse_reels(read_fixture(Platform.FACEBOOK, "reels_known_and_new"), "1001")
    assert "999" not in [reel.listed.post.post_id for reel in reels]


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://www.facebook.com/reel/555/?s=1", "reel/555"),
        ("/reel/555/", "reel/555"),
        ("https://[broken/reel/555#top", "reel/555"),
        (None, None),
    ],
)
def test_a_post_is_known_by_its_ids_and_the_path_of_its_link(link, path):
    assert find_names("1001_9003", link) == {"1001_9003", "9003"} | ({path, "555"} if path else set())


def test_reels_older_than_the_posts_that_were_read_wait_for_these(page):
    found = page.fetcher().fetch_posts(1)
    assert (ids_of(found.listed), found.is_complete) == ([ALONE], False)


def test_the_limit_and_the_span_hold_for_reels_too(page):
    until = datetime(2026, 11, 21, tzinfo=UTC)
    assert ids_of(page.fetcher().fetch_posts(100, until=until).listed) == [WITH_POST, *KNOWN]
    since = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert ids_of(page.fetcher().fetch_posts(100, since=since).listed) == [ALONE, WITH_POST]
    assert page.fetcher().fetch_posts(0).listed == []


def test_in_the_past_a_video_without_a_post_is_left_out_for_its_post_may_be_newer(page):
    until = datetime(2026, 11, 22, tzinfo=UTC)
    assert ids_of(page.fetcher().fetch_posts(100, until=until).listed) == [WITH_POST, *KNOWN]


def test_reels_are_asked_once_a_sync(page):
    fetcher = page.fetcher()
    for until in (None, datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        fetcher.fetch_posts(2, until=until)
    assert len(asked_reels(page)) == 1
    assert "since" not in asked(asked_reels(page)[0])


def test_the_past_is_asked_for_where_only_the_last_days_were(page):
    fetcher = page.fetcher()
    fetcher.fetch_posts(10, since=datetime(2026, 11, 20, tzinfo=UTC))
    fetcher.fetch_posts(10, since=datetime(2026, 11, 21, tzinfo=UTC))
    fetcher.fetch_posts(10, until=datetime(2026, 11, 20, tzinfo=UTC))
    assert ["since" in asked(target) for target in asked_reels(page)] == [True, False]


@pytest.mark.parametrize("answer", ["error_403_permission_missing", "error_400_object_gone", "data_null"])
def test_a_list_of_reels_that_is_refused_costs_no_post(stage, answer):
    stage.on("/video_reels", answer)
    stage.play_contract()
    assert ids_of(stage.fetcher().fetch_posts(100).listed) == KNOWN


def test_a_lost_login_is_told_whatever_was_asked(stage):
    stage.on("/video_reels", "error_400_password_changed")
    stage.play_contract()
    with pytest.raises(ReconnectNeededError):
        stage.fetcher().fetch_posts(100)


def test_a_bare_video_is_asked_for_its_own_insights(stage):
    stage.on("ids=777", "reel_insights").on("ids=1001_9004", "insights_one_post")
    items = [listed_post(ALONE, kind=PostKind.REEL, likes=7, comments=2), listed_post("1001_9004")]
    snapshots = {found.post_id: found for found in stage.fetcher().fetch_snapshots(items)}
    assert (snapshots[ALONE].video_views, snapshots[ALONE].impressions, snapshots[ALONE].likes) == (231, None, 7)
    assert snapshots["1001_9004"].impressions == 1544
    fields = {asked(target)["ids"]: asked(target)["fields"] for target in stage.targets}
    assert fields[ALONE] == f"id,video_insights.metric({','.join(REEL_INSIGHTS.values())})"


def test_what_meta_refuses_of_a_bare_video_is_not_retired_for_posts(stage):
    stage.on("total_video_views", "error_400_metric_retired").on("ids=777", "reel_insights")
    fetcher = stage.fetcher()
    (snapshot,) = fetcher.fetch_snapshots([listed_post(ALONE, kind=PostKind.REEL, likes=7)])
    assert (snapshot.video_views, snapshot.likes) == (None, 7)
    assert (Grain.POST_LIFETIME, Metric.VIDEO_VIEWS) not in fetcher.retired


def test_a_page_without_reels_is_no_error(stage):
    stage.on("/video_reels", "reels_empty")
    stage.play_contract()
    assert ids_of(stage.fetcher().fetch_posts(100).listed) == KNOWN
