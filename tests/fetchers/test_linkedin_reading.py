"""Does LinkedIn's list go back without a gap, and do video views and deletions cost no more than they may?"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.domain import Platform, PostKind
from core.errors import GoneError, MalformedAnswerError, ReconnectNeededError
from core.fetchers.linkedin_statistics import parse_video_views
from core.metrics import Grain, Metric
from tests.conftest import NOW
from tests.fetchers.stage import asked, ids_of, listed_post, read_fixture

pytestmark = pytest.mark.unit

VIDEO_VIEWS = frozenset({(Grain.POST_LIFETIME, Metric.VIDEO_VIEWS)})
COUNT = 300


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.LINKEDIN)


def published_at(number):
    return datetime(2026, 11, 20, tzinfo=UTC) - timedelta(hours=number)


def urn(number):
    return f"urn:li:share:{number}"


def play_posts(stage, numbers):
    """A page that has these posts, newest first, and pages through them by start and count."""

    def answer(request):
        start, count = int(request.url.params["start"]), int(request.url.params["count"])
        some = numbers[start : start + count]
        elements = [{"id": urn(number), "publishedAt": int(published_at(number).timestamp() * 1000)} for number in some]
        more = [{"rel": "next", "href": f"/rest/posts?start={start + count}"}] if start + count < len(numbers) else []
        return httpx.Response(
            200, json={"elements": elements, "paging": {"start": start, "count": count, "links": more}}
        )

    return stage.on("/posts\\?q=author", answer)


def numbers_of(found):
    return [int(post_id.rsplit(":", 1)[1]) for post_id in ids_of(found.listed)]


def test_older_posts_are_looked_for_near_the_hint(stage):
    play_posts(stage, list(range(COUNT)))
    found = stage.fetcher().fetch_posts(50, until=published_at(199), offset_hint=200)
    assert (numbers_of(found), found.is_complete) == (list(range(200, 250)), False)
    assert [asked(target)["start"] for target in stage.targets] == ["190", "240"]


@pytest.mark.parametrize("deleted", [0, 1, 9, 10, 11, 60, 199, 200])
def test_posts_deleted_meanwhile_leave_no_gap(stage, deleted):
    """The list has moved up by as many posts as were deleted, so the hint lies too far back."""
    play_posts(stage, list(range(deleted, COUNT)))
    found = stage.fetcher().fetch_posts(100, until=published_at(199), offset_hint=200)
    assert numbers_of(found) == list(range(200, 300))
    assert len(stage.requests) <= 5


def test_posts_that_came_meanwhile_are_passed_over(stage):
    play_posts(stage, list(range(-30, COUNT)))
    assert numbers_of(stage.fetcher().fetch_posts(100, until=published_at(199), offset_hint=200)) == list(
        range(200, 300)
    )


def test_a_hint_beyond_the_end_finds_its_way_back(stage):
    play_posts(stage, list(range(20)))
    found = stage.fetcher().fetch_posts(100, until=published_at(9), offset_hint=500)
    assert (numbers_of(found), found.is_complete) == (list(range(10, 20)), True)


def test_a_hint_without_an_instant_means_nothing(stage):
    play_posts(stage, list(range(20)))
    assert numbers_of(stage.fetcher().fetch_posts(5, offset_hint=10)) == list(range(5))


def test_the_list_ends_where_posts_become_older_than_since(stage):
    play_posts(stage, list(range(COUNT)))
    found = stage.fetcher().fetch_posts(300, since=published_at(120))
    assert (numbers_of(found), found.is_complete) == (list(range(121)), True)
    assert len(stage.requests) == 2


def test_known_posts_are_asked_for_as_one_batch(stage):
    stage.on("/posts\\?ids=", "posts_batch_one_deleted")
    stage.fetcher().find_gone(["urn:li:share:1", "urn:li:ugcPost:2"])
    assert stage.targets == ["/api/rest/posts?ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3AugcPost%3A2)"]
    assert stage.requests[0].headers["x-restli-method"] == "BATCH_GET"


def test_only_a_404_is_gone_and_only_of_posts_asked_about(stage):
    stage.on("/posts\\?ids=", "posts_batch_one_deleted")
    refused, deleted = "urn:li:share:7100000000000000001", "urn:li:share:7233333333333333333"
    assert stage.fetcher().find_gone([refused, deleted]) == {deleted}
    assert stage.fetcher().find_gone([refused]) == set()


def test_when_the_whole_batch_is_refused_nothing_is_gone(stage):
    stage.on("/posts\\?ids=", "error_404_not_found")
    with pytest.raises(GoneError):
        stage.fetcher().find_gone([urn(1)])


def videos(count, *, age=timedelta(days=1)):
    return [
        listed_post(f"urn:li:ugcPost:{number}", kind=PostKind.VIDEO, published_at=NOW - age - timedelta(minutes=number))
        for number in range(count)
    ]


def asked_videos(stage):
    return [int(target.split("ugcPost%3A")[1].split("&")[0]) for target in stage.targets if "videoAnalytics" in target]


@pytest.fixture
def quiet(stage):
    """A stage where no post has activity."""
    return stage.on("ShareStatistics", "post_statistics_empty").on("videoAnalytics", "video_views")


def test_views_are_asked_of_the_three_newest_young_videos_once_a_sync(quiet):
    fetcher = quiet.fetcher()
    snapshots = fetcher.fetch_snapshots([*videos(12)[::-1], listed_post(urn(1))])
    assert sorted(asked_videos(quiet)) == list(range(3))
    assert {snapshot.post_id[-2:]: snapshot.video_views for snapshot in snapshots}[":2"] == 231
    assert {snapshot.post_id[-2:]: snapshot.video_views for snapshot in snapshots}["11"] is None
    fetcher.fetch_snapshots(videos(12))
    assert len(asked_videos(quiet)) == 3


def test_old_videos_and_skipped_views_are_not_asked(quiet):
    quiet.fetcher().fetch_snapshots(videos(3, age=timedelta(days=7)))
    quiet.fetcher(skip=VIDEO_VIEWS).fetch_snapshots(videos(3))
    assert asked_videos(quiet) == []


def test_no_views_are_none_and_not_zero(stage):
    assert parse_video_views(read_fixture(Platform.LINKEDIN, "video_views_empty")) is None
    stage.on("ShareStatistics", "post_statistics_empty").on("videoAnalytics", "video_views_empty")
    assert [snapshot.video_views for snapshot in stage.fetcher().fetch_snapshots(videos(1))] == [None]


@pytest.mark.parametrize(
    "answer", ["error_403_access_denied", "error_404_not_found", "error_429_daily_quota", "error_400_version_missing"]
)
def test_refused_views_cost_nothing_but_themselves(stage, answer):
    stage.on("ShareStatistics", "post_statistics_empty").on("videoAnalytics", answer)
    snapshots = stage.fetcher().fetch_snapshots(videos(2))
    assert [(snapshot.impressions, snapshot.video_views) for snapshot in snapshots] == [(0, None)] * 2


def test_a_lost_login_is_told_whatever_was_asked(stage):
    stage.on("ShareStatistics", "post_statistics_empty").on("videoAnalytics", "error_401_revoked_token")
    with pytest.raises(ReconnectNeededError):
        stage.fetcher().fetch_snapshots(videos(1))


def test_posts_of_another_kind_have_no_statistics_and_cost_no_request(stage):
    assert stage.fetcher().fetch_snapshots([listed_post("urn:li:article:1")]) == []
    assert stage.requests == []


def test_a_batch_without_results_is_malformed(stage):
    stage.on("/posts", httpx.Response(200, json={"errors": {}}))
    with pytest.raises(MalformedAnswerError, match="results"):
        stage.fetcher().find_gone([urn(1)])
