"""The table of cases of Meta's reference, row by row, each on the platform that it is about."""

from datetime import date, timedelta

import httpx
import pytest

from core.domain import Platform, PostKind
from core.errors import RateLimitedError, Reach, ReconnectNeededError, TransientError
from core.fetchers.facebook_answers import parse_days
from core.metrics import Grain, Metric
from tests.conftest import NOW
from tests.fetchers.stage import asked, ids_of, listed_post, read_fixture
from tests.fetchers.table import Table, refresh

pytestmark = pytest.mark.unit

FIRST, REEL, QUIET, GONE = "1001_9004", "1001_9003", "1001_9002", "1001_9001"
FACEBOOK, INSTAGRAM = Platform.FACEBOOK, Platform.INSTAGRAM
LIFETIME, DAY = Grain.POST_LIFETIME, Grain.ACCOUNT_DAY

table = Table()


@pytest.fixture
def facebook(stage_of):
    return stage_of(FACEBOOK)


@pytest.fixture
def instagram(stage_of):
    return stage_of(INSTAGRAM)


@table.case("3 pages by cursors; last page has `after` but no `next`")
def case_pages(facebook, instagram, clock):
    contract = facebook.play_contract()
    found = facebook.fetcher().fetch_posts(100)
    assert (ids_of(found.listed), found.is_complete) == (contract["post_ids"], True)
    assert [asked(target).get("after") for target in facebook.targets] == [None, "page2", "page3"]
    assert "cursors" in read_fixture(FACEBOOK, "posts_page_3_without_next")["paging"]


@table.case("`paging.next` on insights")
def case_endless_paging(facebook, instagram, clock):
    facebook.play_contract()
    assert "next" in read_fixture(FACEBOOK, "page_insights_by_day")["paging"]
    facebook.fetcher().fetch_days(date(2026, 11, 20), date(2026, 11, 22))
    assert len(facebook.requests) == 1


@table.case("one metric invalid (#100)")
def case_retired_metric(facebook, instagram, clock):
    facebook.on("post_clicks", "error_400_metric_retired").on("ids=", "insights_one_post")
    facebook.on("page_total_actions", "error_400_metric_retired").on("/1001/insights", "page_insights_by_day")
    fetcher = facebook.fetcher()
    (snapshot,) = fetcher.fetch_snapshots([listed_post(FIRST, likes=1)])
    assert (snapshot.impressions, snapshot.clicks) == (1544, None)
    assert fetcher.retired == {(LIFETIME, Metric.CLICKS)}
    day = fetcher.fetch_days(date(2026, 11, 20), date(2026, 11, 20))[0]
    assert (day.impressions, day.clicks) == (821, None)
    assert fetcher.retired == {(LIFETIME, Metric.CLICKS), (DAY, Metric.CLICKS)}
    before = len(facebook.requests)
    fetcher.fetch_snapshots([listed_post(FIRST)])
    remembered = facebook.fetcher(skip=fetcher.retired)
    remembered.fetch_snapshots([listed_post(FIRST)])
    remembered.fetch_days(date(2026, 11, 20), date(2026, 11, 20))
    assert len(facebook.requests) == before + 3
    assert remembered.retired == frozenset()


@table.case("post without `shares` / IG without `like_count` / without `media_url`")
def case_absent_fields(facebook, instagram, clock):
    facebook.play_contract()
    instagram.play_contract()
    shares = {item.post.post_id: item.counters.shares for item in facebook.fetcher().fetch_posts(100).listed}
    assert shares[QUIET] == 0
    reel = instagram.fetcher().fetch_posts(100).listed[-1]
    assert (reel.counters.likes, reel.post.media_url) == (None, "https://scontent.example/2.jpg")


@table.case("insights `data: []`")
def case_no_insights_yet(facebook, instagram, clock):
    facebook.play_contract()
    (snapshot,) = facebook.fetcher().fetch_snapshots([listed_post(QUIET)])
    assert (snapshot.impressions, snapshot.reach, snapshot.clicks) == (None, None, None)
    before = len(facebook.requests)
    facebook.fetcher().fetch_snapshots([listed_post(QUIET)])
    assert len(facebook.requests) == before + 1


@table.case('dict value `{}` and `{"like":18,"love":2}`')
def case_dicts(facebook, instagram, clock):
    facebook.on("ids=", "insights_of_dicts")
    snapshots = facebook.fetcher().fetch_snapshots([listed_post(FIRST), listed_post(REEL)])
    assert [snapshot.clicks for snapshot in snapshots] == [20, 0]


@table.case("metric twice (`day`,`lifetime`)")
def case_two_periods(facebook, instagram, clock):
    facebook.on("ids=", "insights_batch")
    named = read_fixture(FACEBOOK, "insights_batch")[FIRST]["insights"]["data"]
    assert [insight["period"] for insight in named if insight["name"] == "post_media_view"] == ["lifetime", "day"]
    (snapshot,) = facebook.fetcher().fetch_snapshots([listed_post(FIRST)])
    assert snapshot.impressions == 1544


@table.case("total_value without `value`, breakdown without `results`")
def case_totals_without_values(facebook, instagram, clock):
    instagram.on("/insights", "account_totals_without_values")
    (day,) = instagram.fetcher().fetch_days(date(2026, 11, 20), date(2026, 11, 20))
    assert (day.impressions, day.profile_views, day.link_clicks) == (12, None, None)


@table.case("daily values around a DST change (07:00Z <-> 08:00Z)")
def case_summer_time(facebook, instagram, clock):
    sources = {Metric.IMPRESSIONS: "page_media_view"}
    for name, first in (
        ("page_insights_over_start_of_summer_time", date(2026, 3, 6)),
        ("page_insights_over_end_of_summer_time", date(2026, 10, 30)),
    ):
        days = parse_days(read_fixture(FACEBOOK, name), sources)
        numbers = [(day, numbers[Metric.IMPRESSIONS]) for day, numbers in days.items()]
        assert numbers == [(first + timedelta(days=count), count + 1) for count in range(4)]


@table.case('error 10 "Not enough viewers"')
def case_few_viewers(facebook, instagram, clock):
    instagram.on("ids=", "error_400_not_enough_viewers")
    (snapshot,) = instagram.fetcher().fetch_snapshots([listed_post("1", kind=PostKind.STORY)])
    assert (snapshot.impressions, snapshot.reach) == (None, None)


@table.case("100/33 on one post while profile works")
def case_deleted_post(facebook, instagram, clock):
    facebook.play_contract()
    assert facebook.fetcher().find_gone([FIRST, REEL, GONE]) == {GONE}
    assert facebook.targets[-1].endswith("/1001?fields=id")


@table.case("100/33 on the profile")
def case_lost_account(facebook, instagram, clock):
    facebook.on("", "error_400_object_gone")
    for ask in (facebook.fetcher().fetch_profile, lambda: facebook.fetcher().find_gone([FIRST])):
        with pytest.raises(ReconnectNeededError, match="no longer shows this account"):
            ask()


@table.case("2108006")
def case_before_business_account(facebook, instagram, clock):
    instagram.on("ids=", "error_400_before_business_account")
    (snapshot,) = instagram.fetcher().fetch_snapshots([listed_post("1", likes=3)])
    assert (snapshot.likes, snapshot.reach) == (3, None)
    assert len(instagram.requests) == 1


@table.case("190/460, 190/463, 190/458, 190/492")
def case_lost_logins(facebook, instagram, clock):
    for number, (name, words) in enumerate(
        [
            ("password_changed", "password"),
            ("token_expired", "expired"),
            ("app_removed", "removed"),
            ("role_lost", "role"),
        ]
    ):
        facebook.on(f"/{number}/published_posts", f"error_400_{name}")
        with pytest.raises(ReconnectNeededError, match=words):
            facebook.fetcher(str(number)).fetch_posts(5)
    assert len(facebook.requests) == 4


@table.case("code 1 reduce amount")
def case_too_much(facebook, instagram, clock):
    facebook.on("posts.*limit=(100|50)$", "error_500_reduce_amount").on("posts.*limit=25", "posts_page_3_without_next")
    assert facebook.fetcher().fetch_posts(100).listed
    assert [asked(target)["limit"] for target in facebook.targets] == ["100", "50", "25"]


@table.case("code 2 + is_transient")
def case_passing_fault(facebook, instagram, clock):
    facebook.on("/published_posts", "error_500_passing_fault", "posts_empty").on("/1001\\?", "error_500_passing_fault")
    assert facebook.fetcher().fetch_posts(5).is_complete
    assert facebook.session.counts.retries == 1
    with pytest.raises(TransientError):
        facebook.fetcher().fetch_profile()
    assert facebook.session.counts.retries == 4


THROTTLES = {
    "error_403_app_throttled": Reach.APP,
    "error_400_user_throttled": Reach.ACCOUNT,
    "error_400_page_throttled": Reach.ACCOUNT,
    "error_400_custom_throttled": Reach.ACCOUNT,
    "error_400_business_throttled": Reach.ACCOUNT,
}


@table.case("4/17/32/613/80001/80002 with BUC header 12 minutes")
def case_throttled(facebook, instagram, clock):
    for stage in (facebook, instagram):
        for name, reach in THROTTLES.items():
            headers = read_fixture(stage.platform, "usage_headers_of_several_ids")
            answer = httpx.Response(400, headers=headers, json=read_fixture(stage.platform, name))
            stage.on(f"/{name}/", answer).on("/good/", httpx.Response(200, json={"data": []}))
            sessions = [stage.open_session(account, client_id=name) for account in (f"{name} 1", f"{name} 2")]
            with pytest.raises(RateLimitedError) as caught:
                stage.fetcher(name, session=sessions[0]).fetch_posts(5)
            assert (caught.value.retry_at - NOW, caught.value.reach) == (timedelta(minutes=12), reach)
            with pytest.raises(RateLimitedError):
                stage.fetcher("good", session=sessions[0]).fetch_posts(5)
            assert waits(stage, sessions[1]) is (reach is Reach.APP)


def waits(stage, session):
    try:
        stage.fetcher("good", session=session).fetch_posts(5)
    except RateLimitedError:
        return True
    return False


@table.case("header not JSON / several ids")
def case_odd_headers(facebook, instagram, clock):
    throttled = read_fixture(FACEBOOK, "error_400_page_throttled")
    for header, minutes in (("{not json", 60), (several_ids(), 12)):
        answer = httpx.Response(400, headers={"X-Business-Use-Case-Usage": header}, json=throttled)
        facebook.on(f"/{minutes}/", answer)
        session = facebook.open_session(f"account {minutes}")
        with pytest.raises(RateLimitedError) as caught:
            facebook.fetcher(str(minutes), session=session).fetch_posts(5)
        assert caught.value.retry_at - NOW == timedelta(minutes=minutes)


def several_ids():
    return read_fixture(FACEBOOK, "usage_headers_of_several_ids")["x-business-use-case-usage"]


@table.case("batch with `null` part")
def case_null_part(facebook, instagram, clock):
    facebook.on("ids=1001_9003&", "insights_of_the_missing_part").on("ids=", "insights_one_part_timed_out")
    snapshots = facebook.fetcher().fetch_snapshots([listed_post(FIRST), listed_post(REEL)])
    assert {snapshot.post_id: snapshot.impressions for snapshot in snapshots} == {FIRST: 1544, REEL: 310}
    assert [asked(target)["ids"] for target in facebook.targets] == [f"{FIRST},{REEL}", REEL]


@table.case("debug_token 200 with is_valid false")
def case_dead_token(facebook, instagram, clock):
    facebook.on("/debug_token", "login_not_valid")
    with pytest.raises(ReconnectNeededError, match="password"):
        facebook.session.get("/debug_token")


@table.case("expires_in absent")
def case_no_expiry(facebook, instagram, clock):
    grant = refresh(FACEBOOK.provider, httpx.Response(200, json={"access_token": "EAAnew", "token_type": "bearer"}))
    assert grant.expires_at == NOW + timedelta(days=60)


@table.param
def test_row(case, facebook, instagram, clock):
    case(facebook, instagram, clock)
