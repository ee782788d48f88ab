"""The table of cases of LinkedIn's reference, row by row."""

from datetime import UTC, date, datetime

import httpx
import pytest

from core.domain import Platform
from core.errors import OperatorNeededError, RateLimitedError, Reach, ReconnectNeededError, TransientError
from core.fetchers import list_connectable
from core.fetchers.base import PostList
from core.fetchers.linkedin_statistics import parse_days, parse_statistics
from core.metrics import Metric
from tests.conftest import NOW
from tests.fetchers.stage import html, ids_of, listed_post, read_fixture
from tests.fetchers.table import Table, only_for, refresh

pytestmark = pytest.mark.unit

SHARE, UGC, QUIET, OLD = (
    "urn:li:share:7211111111111111111",
    "urn:li:ugcPost:7222222222222222222",
    "urn:li:share:7233333333333333333",
    "urn:li:share:7100000000000000001",
)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
POSTS = [
    listed_post(SHARE),
    listed_post(UGC),
    listed_post(QUIET),
    listed_post(OLD, published_at=datetime(2025, 11, 1, tzinfo=UTC)),
]

table = Table()


def fixture(name):
    return read_fixture(Platform.LINKEDIN, name)


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.LINKEDIN)


@table.case("3 pages, second shorter than count but with `next` link")
def case_pages(stage, clock):
    contract = stage.play_contract()
    assert ids_of(stage.fetcher().fetch_posts(100).listed) == contract["post_ids"]
    assert len(stage.requests) == 3
    capped = stage.fetcher().fetch_posts(3)
    assert (ids_of(capped.listed), capped.is_complete) == (contract["post_ids"][:3], False)


@table.case("posts `elements: []`")
def case_no_posts(stage, clock):
    stage.on("/posts", "posts_empty")
    assert stage.fetcher().fetch_posts(100) == PostList([], is_complete=True)


@table.case("mixed share/ugcPost stats, one urn omitted")
def case_omitted(stage, clock):
    stage.on("ShareStatistics", "post_statistics")
    by_id = {snapshot.post_id: snapshot for snapshot in stage.fetcher().fetch_snapshots(POSTS)}
    assert (by_id[QUIET].impressions, by_id[QUIET].likes, by_id[QUIET].reach) == (0, 0, None)
    assert OLD not in by_id


@table.case("stats element without share/ugcPost key")
def case_aggregate(stage, clock):
    stage.on("ShareStatistics", "post_statistics_filter_ignored")
    assert stage.fetcher().fetch_snapshots(POSTS) == []


@table.case("`uniqueImpressionsCounts` spelling / missing")
def case_reach(stage, clock):
    posts = [item.post for item in POSTS]
    assert parse_statistics(fixture("post_statistics_old_reach_spelling"), posts, NOW)[SHARE][Metric.REACH] == 7
    assert parse_statistics(fixture("post_statistics"), posts, NOW)[UGC][Metric.REACH] is None


@table.case("likeCount -1")
def case_negative_likes(stage, clock):
    stage.on("ShareStatistics", "post_statistics")
    assert {snapshot.post_id: snapshot.likes for snapshot in stage.fetcher().fetch_snapshots(POSTS)}[UGC] == -1


@table.case('403 "Unpermitted fields ... /shares[3]"')
def case_foreign_post(stage, clock):
    stage.on(QUIET.replace(":", "%3A"), "error_403_unpermitted_post").on("ShareStatistics", "post_statistics")
    assert {snapshot.post_id for snapshot in stage.fetcher().fetch_snapshots(POSTS)} == {SHARE, UGC}


@table.case("403 ACCESS_DENIED on stats while posts work")
def case_role_missing(stage, clock):
    stage.on("ShareStatistics", "error_403_access_denied").on("/posts", "posts_page_3")
    posts = stage.fetcher().fetch_posts(5).listed
    assert posts
    with pytest.raises(OperatorNeededError, match="admin role") as caught:
        stage.fetcher().fetch_snapshots(posts)
    assert caught.value.pause_until is None


@table.case("401 + refresh token")
def case_refresh(stage, clock):
    good = httpx.Response(200, json=fixture("posts_empty"))
    bad = httpx.Response(401, json=fixture("error_401_expired_token"))
    stage.on("/posts", only_for("token-new", good, bad))
    with pytest.raises(ReconnectNeededError):
        stage.fetcher().fetch_posts(5)
    assert len(stage.requests) == 1
    answer = {"access_token": "token-new", "expires_in": 5183999, "refresh_token": "refresh-old"}
    grant = refresh(Platform.LINKEDIN.provider, httpx.Response(200, json=answer))
    renewed = stage.open_session("account-1", token=grant.access_token)
    assert stage.fetcher(session=renewed).fetch_posts(5).is_complete
    with pytest.raises(ReconnectNeededError, match="connect the account again"):
        refresh(Platform.LINKEDIN.provider, httpx.Response(400, json={"error": "invalid_grant"}))


@table.case("401 without refresh token")
def case_no_refresh_token(stage, clock):
    stage.on("/posts", "error_401_revoked_token")
    with pytest.raises(ReconnectNeededError, match="connect the page again"):
        stage.fetcher().fetch_posts(5)
    with pytest.raises(ReconnectNeededError, match="connect again"):
        refresh(Platform.LINKEDIN.provider, httpx.Response(500), kept=None)


@table.case("426")
def case_version(stage, clock):
    stage.on("", "error_426_version_switched_off")
    for ask in (stage.fetcher().fetch_profile, lambda: stage.fetcher().fetch_posts(5)):
        with pytest.raises(OperatorNeededError, match="TIDELINE_LINKEDIN_VERSION"):
            ask()


@table.case("429 (APPLICATION DAY) without headers")
def case_application_quota(stage, clock):
    stage.on("/posts", "error_429_daily_quota", "posts_empty").on("ShareStatistics", "post_statistics")
    others = [stage.session, stage.open_session("account-2")]
    for session in others * 2:
        with pytest.raises(RateLimitedError) as caught:
            stage.fetcher(session=session).fetch_posts(5)
        limit = caught.value
        assert (limit.retry_at, limit.reach, limit.resource) == (MIDNIGHT, Reach.APP, "posts")
    assert len(stage.requests) == 1
    assert stage.fetcher().fetch_snapshots(POSTS[:1])  # another endpoint goes on
    clock.move_to(MIDNIGHT)
    assert stage.fetcher().fetch_posts(5).is_complete


@table.case("429 (MEMBER DAY) without headers")
def case_member_quota(stage, clock):
    stage.on("/posts", "error_429_member_quota", "posts_empty")
    for _ in range(2):
        with pytest.raises(RateLimitedError) as caught:
            stage.fetcher().fetch_posts(5)
        assert (caught.value.retry_at, caught.value.reach) == (MIDNIGHT, Reach.ACCOUNT)
    assert stage.fetcher(session=stage.open_session("account-2")).fetch_posts(5).is_complete


@table.case("request URL equals expected raw string incl. `List(` and `(timeRange:(`")
def case_raw_url(stage, clock):
    stage.play_contract()
    stage.fetcher().fetch_snapshots(POSTS[:2])
    stage.fetcher().fetch_days(date(2026, 11, 23), date(2026, 11, 23))
    statistics = (
        "/api/rest/organizationalEntityShareStatistics?q=organizationalEntity"
        "&organizationalEntity=urn%3Ali%3Aorganization%3A2414183"
    )
    assert f"{statistics}&shares=List({quoted(SHARE)})&ugcPosts=List({quoted(UGC)})" in stage.targets
    interval = "(timeRange:(start:1795392000000,end:1795478400000),timeGranularityType:DAY)"
    assert f"{statistics}&timeIntervals={interval}" in stage.targets


def quoted(urn):
    return urn.replace(":", "%3A")


@table.case("last 2 follower days absent")
def case_late_followers(stage, clock):
    stage.play_contract()
    days = {day.day: day for day in stage.fetcher().fetch_days(date(2026, 11, 20), date(2026, 11, 23))}
    assert (days[date(2026, 11, 20)].followers_gained, days[date(2026, 11, 22)].followers_gained) == (-2, None)


@table.case("daily bucket start 00:00Z ms -> date")
def case_bucket(stage, clock):
    first = datetime(2026, 11, 20, tzinfo=UTC)
    body = {
        "elements": [
            {
                "timeRange": {"start": int(first.timestamp() * 1000), "end": 0},
                "totalShareStatistics": {"impressionCount": 5},
            }
        ]
    }
    assert parse_days(body) == {date(2026, 11, 20): {Metric.IMPRESSIONS: 5}}


@table.case("organizationBrand urn in acls")
def case_brand(stage, clock):
    stage.on("/organizationAcls", "roles").on("/organizations", "organizations_one_forbidden")
    found = {a.external_id: a.problem for a in list_connectable(Platform.LINKEDIN.provider, stage.session)}
    assert found["urn:li:organizationBrand:1065"] is None


@table.case("HTML 999/502")
def case_html(stage, clock):
    stage.on("/posts", html(999)).on("ShareStatistics", html(502))
    with pytest.raises(TransientError, match="999"):
        stage.fetcher().fetch_posts(5)
    with pytest.raises(TransientError, match="502"):
        stage.fetcher().fetch_snapshots(POSTS)


@table.param
def test_row(case, stage, clock):
    case(stage, clock)
