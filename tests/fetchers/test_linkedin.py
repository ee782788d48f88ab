"""Does the LinkedIn fetcher ask and read as LinkedIn's reference says?"""

from datetime import UTC, date, datetime

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
from core.fetchers.linkedin import LinkedInFetcher
from core.fetchers.linkedin_answers import parse_posts
from core.fetchers.linkedin_statistics import parse_statistics
from core.metrics import Metric
from tests.conftest import NOW
from tests.fetchers.stage import html, read_fixture

pytestmark = pytest.mark.unit

SHARE, UGC, QUIET, OLD = (
    "urn:li:share:7211111111111111111",
    "urn:li:ugcPost:7222222222222222222",
    "urn:li:share:7233333333333333333",
    "urn:li:share:7100000000000000001",
)


def fixture(name):
    return read_fixture(Platform.LINKEDIN, name)


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.LINKEDIN)


@pytest.fixture
def listed(stage_of):
    stage = stage_of(Platform.LINKEDIN)
    stage.play_contract()
    return stage.fetcher().fetch_posts(100).listed


def test_every_request_names_version_and_protocol(stage):
    stage.play_contract()
    stage.fetcher().fetch_profile()
    for request in stage.requests:
        assert request.headers["linkedin-version"] == "202609"
        assert request.headers["x-restli-protocol-version"] == "2.0.0"


def test_the_raw_statistics_query_survives(stage, listed):
    stage.play_contract()
    stage.fetcher().fetch_snapshots(listed)
    assert [target for target in stage.targets if "Statistics" in target] == [
        "/api/rest/organizationalEntityShareStatistics?q=organizationalEntity"
        "&organizationalEntity=urn%3Ali%3Aorganization%3A2414183"
        "&shares=List(urn%3Ali%3Ashare%3A7211111111111111111,urn%3Ali%3Ashare%3A7233333333333333333,"
        "urn%3Ali%3Ashare%3A7100000000000000001)"
        "&ugcPosts=List(urn%3Ali%3AugcPost%3A7222222222222222222)"
    ]


def test_the_raw_daily_queries_survive_and_follower_gains_end_two_days_ago(stage):
    stage.play_contract()
    stage.fetcher().fetch_days(date(2026, 11, 20), date(2026, 11, 30))
    whole = "timeIntervals=(timeRange:(start:1795132800000,end:1795478400000),timeGranularityType:DAY)"
    gains = "timeIntervals=(timeRange:(start:1795132800000,end:1795392000000),timeGranularityType:DAY)"
    entity = "organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A2414183"
    assert sorted(stage.targets) == [
        f"/api/rest/organizationPageStatistics?q=organization&organization=urn%3Ali%3Aorganization%3A2414183&{whole}",
        f"/api/rest/organizationalEntityFollowerStatistics?q={entity}&{gains}",
        f"/api/rest/organizationalEntityShareStatistics?q={entity}&{whole}",
    ]


def test_days_are_never_asked_from_before_the_window_of_12_months(stage):
    stage.play_contract()
    stage.fetcher().fetch_days(date(2020, 1, 1), date(2026, 11, 23))
    first_ms = int(datetime(2025, 11, 25, tzinfo=UTC).timestamp() * 1000)
    assert all(f"start:{first_ms}," in target for target in stage.targets)


def test_follower_gains_are_not_asked_for_yesterday_alone(stage):
    stage.play_contract()
    stage.fetcher().fetch_days(date(2026, 11, 23), date(2026, 11, 23))
    assert not [target for target in stage.targets if "Follower" in target]


def test_posts_are_asked_in_the_order_of_their_creation(stage):
    stage.on("/posts", "posts_empty")
    assert stage.fetcher().fetch_posts(1000) == PostList([], is_complete=True)
    assert stage.targets == [
        "/api/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A2414183&start=0&count=100&sortBy=CREATED&viewContext=READER"
    ]


def test_without_links_pages_go_on_until_an_empty_one(stage):
    stage.on("start=0&", "posts_without_links").on("start=100&", "posts_empty")
    assert [item.post.post_id for item in stage.fetcher().fetch_posts(300).listed] == [SHARE]
    assert len(stage.requests) == 2


def test_a_showcase_page_is_asked_by_its_own_urn(stage):
    stage.on("/organizations/1065$", "profile").on("/networkSizes/urn%3Ali%3AorganizationBrand%3A1065", "followers")
    profile = stage.fetcher("urn:li:organizationBrand:1065").fetch_profile()
    assert profile.url == "https://www.linkedin.com/showcase/harbour-bakery/"


def test_followers_that_are_not_told_are_not_zero(stage):
    stage.on("/organizations/", "profile").on("/networkSizes/", "followers_not_told")
    assert stage.fetcher().fetch_profile().followers is None


def test_every_kind_of_post_is_told_apart():
    page = parse_posts(fixture("posts_of_every_kind"))
    assert [item.post.kind for item in page.items] == [
        PostKind.IMAGE,
        PostKind.VIDEO,
        PostKind.CAROUSEL,
        PostKind.CAROUSEL,
        PostKind.LINK,
        PostKind.OTHER,
        PostKind.TEXT,
        PostKind.TEXT,
    ]


def test_drafts_and_dark_posts_are_left_out():
    page = parse_posts(fixture("posts_with_draft_and_dark_post"))
    assert [item.post.post_id for item in page.items] == ["urn:li:share:23"]


def test_a_post_is_read_with_its_text_hashtags_and_link(listed):
    post = listed[0].post
    assert post.text == "Fresh from the oven #bread"
    assert post.hashtags == ("bread",)
    assert post.permalink == f"https://www.linkedin.com/feed/update/{SHARE}"
    assert post.published_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)


def test_a_quiet_young_post_has_zeros_and_a_quiet_old_one_keeps_its_numbers(listed):
    snapshots = parse_statistics(fixture("post_statistics_empty"), [item.post for item in listed], NOW)
    assert set(snapshots) == {SHARE, UGC, QUIET}
    assert snapshots[QUIET] == dict.fromkeys(("impressions", "likes", "comments", "shares", "clicks"), 0)


def test_the_total_of_the_page_is_never_written_to_a_post(listed):
    assert parse_statistics(fixture("post_statistics_filter_ignored"), [item.post for item in listed], NOW) == {}


def test_the_old_spelling_of_reach_is_read(listed):
    snapshots = parse_statistics(fixture("post_statistics_old_reach_spelling"), [listed[0].post], NOW)
    assert (snapshots[SHARE][Metric.REACH], snapshots[SHARE][Metric.LIKES]) == (7, None)


def test_one_post_that_is_not_ours_costs_only_itself(stage, listed):
    foreign = f"List([^)]*{QUIET.replace(':', '%3A')}"
    stage.on(foreign.replace("(", "\\("), "error_403_unpermitted_post").on("ShareStatistics", "post_statistics")
    stage.on("videoAnalytics", "video_views_empty")
    assert [snapshot.post_id for snapshot in stage.fetcher().fetch_snapshots(listed)] == [SHARE, UGC]


def test_statistics_are_asked_50_posts_at_a_time(stage, listed):
    stage.on("ShareStatistics", "post_statistics_empty")
    posts = [
        listed[0].post.__class__(f"urn:li:share:{n}", PostKind.TEXT, listed[0].post.published_at) for n in range(120)
    ]
    snapshots = stage.fetcher().fetch_snapshots([listed[0].__class__(post, listed[0].counters) for post in posts])
    assert len(snapshots) == 120
    assert sorted(target.count("urn%3Ali%3Ashare") for target in stage.targets) == [20, 50, 50]
    assert max(len(target) for target in stage.targets) < 4000


def test_every_spelling_of_a_page_is_connectable(stage):
    stage.on("/organizationAcls", "roles").on(
        "/organizations\\?ids=List\\(2414183,1065,999\\)$", "organizations_one_forbidden"
    )
    found = list_connectable(Platform.LINKEDIN.provider, stage.session)
    assert [(account.external_id, account.name, account.problem is None) for account in found] == [
        ("2414183", "Harbour Bakery", True),
        ("urn:li:organizationBrand:1065", "Harbour Rolls", True),
        ("999", "urn:li:organization:999", False),
    ]
    assert fetch_owner(Platform.LINKEDIN.provider, stage.session) == Owner("urn:li:person:abc")


def test_pages_with_a_lesser_role_are_shown_with_the_reason(stage):
    stage.on("/organizationAcls", "roles_of_every_kind").on("/organizations", "organizations_one_forbidden")
    found = {account.external_id: account for account in list_connectable(Platform.LINKEDIN.provider, stage.session)}
    assert {page: account.role for page, account in found.items()} == {
        "2414183": "administrator",
        "urn:li:organizationBrand:1065": "content administrator",
        "999": "analyst",
    }
    assert found["2414183"].problem is None
    assert "you are its content administrator" in found["urn:li:organizationBrand:1065"].problem
    assert "role=" not in stage.targets[0]


def test_a_member_without_pages_is_no_error(stage):
    stage.on("/organizationAcls", "roles_empty")
    assert list_connectable(Platform.LINKEDIN.provider, stage.session) == []


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("error_401_expired_token", ReconnectNeededError, "connect the page again"),
        ("error_403_access_denied", OperatorNeededError, "admin role"),
        ("error_404_not_found", GoneError, "no longer"),
        ("error_426_version_switched_off", OperatorNeededError, "TIDELINE_LINKEDIN_VERSION"),
        ("error_400_query_param_not_allowed", MalformedAnswerError, "refused the request"),
        ("error_500_internal", TransientError, "fault of its own"),
        ("posts_elements_null", MalformedAnswerError, "elements"),
        (html(999), TransientError, "web page"),
    ],
)
def test_each_error_is_named_by_its_remedy(stage, answer, error, words):
    stage.on("/posts", answer)
    with pytest.raises(error, match=words):
        stage.fetcher().fetch_posts(5)


def test_the_daily_quota_waits_for_midnight_utc_and_is_not_retried(stage):
    stage.on("/posts", "error_429_daily_quota")
    with pytest.raises(RateLimitedError) as caught:
        stage.fetcher().fetch_posts(5)
    assert caught.value.retry_at == datetime(2026, 11, 25, tzinfo=UTC)
    assert len(stage.requests) == 1


def test_a_refusal_is_not_asked_again(stage):
    stage.on("/posts", "error_400_query_param_not_allowed")
    with pytest.raises(MalformedAnswerError) as caught:
        stage.fetcher().fetch_posts(5)
    assert len(stage.requests) == 1
    assert "QUERY_PARAM_NOT_ALLOWED" in caught.value.answer


def test_an_external_id_cannot_leave_its_place_in_the_path(stage):
    stage.on("", httpx.Response(404, json={}))
    with pytest.raises(GoneError):
        LinkedInFetcher(stage.session, "1/../../evil?x=").fetch_profile()
    assert all("evil?" not in target for target in stage.targets)
