"""Do both Meta platforms list every page, prove their token, and pay for what is refused once?"""

import hashlib
import hmac
import threading
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from core.domain import Platform, PostKind
from core.errors import MalformedAnswerError, RateLimitedError, TransientError
from core.fetchers import list_connectable
from core.fetchers.facebook_answers import merge_twins, parse_posts
from core.metrics import Grain, Metric
from tests.fetchers.stage import SECRET, TOKEN, answer_every_id, app_of, asked, ids_of, listed_post, read_fixture

pytestmark = pytest.mark.unit

FACEBOOK, INSTAGRAM = Platform.FACEBOOK, Platform.INSTAGRAM
META = pytest.mark.parametrize("platform", [FACEBOOK, INSTAGRAM])
LAST = date(2026, 11, 23)


@pytest.fixture
def facebook(stage_of):
    return stage_of(FACEBOOK)


@pytest.fixture
def instagram(stage_of):
    return stage_of(INSTAGRAM)


def connectable(stage):
    found = list_connectable(stage.platform.provider, stage.session)
    return [account for account in found if account.platform is stage.platform]


@META
def test_every_request_proves_its_token(stage_of, platform):
    stage = stage_of(platform)
    stage.play_contract()
    stage.fetcher().fetch_profile()
    stage.fetcher().fetch_posts(100)
    stage.fetcher().fetch_days(LAST, LAST)
    proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert {request.url.params["appsecret_proof"] for request in stage.requests} == {proof}


def test_without_a_secret_there_is_no_proof(facebook):
    app = app_of(FACEBOOK)
    app.client_secret = ""
    assert type(facebook.fetcher()).dialect(app, TOKEN, api_version="v25.0").query == ""


@META
def test_pages_that_only_a_portfolio_owns_are_connectable(stage_of, platform):
    stage = stage_of(platform)
    stage.on("/me/accounts", "pages_of_login_page_2").on("/me/businesses", "businesses")
    stage.on("/9001/owned_pages", "pages_of_business").on("/9001/client_pages", "businesses_empty")
    stage.on("/1004\\?fields=access_token", "page_token").on("/100.\\?fields=access_token", "page_token_not_given")
    found = {account.external_id: account for account in connectable(stage)}
    cafe = found["1004" if platform is FACEBOOK else "17841400000000004"]
    assert (cafe.own_token, cafe.problem) == ("EAApagesecret4", None)
    assert "EAApagesecret4" not in repr(found)


def test_a_page_found_twice_is_listed_once_with_its_token(facebook):
    facebook.on("/me/accounts\\?.*after", "pages_of_login_page_2").on("/me/accounts", "pages_of_login_page_1")
    facebook.on("/me/businesses", "businesses").on("_pages", "pages_of_business")
    facebook.on("fields=access_token", "page_token_not_given")
    found = connectable(facebook)
    assert [account.external_id for account in found] == ["1001", "1002", "1003", "1004"]
    assert found[0].own_token == "EAApagesecret1"
    assert "no token" in found[3].problem


@META
@pytest.mark.parametrize("answer", ["error_403_permission_missing", "error_400_object_gone"])
def test_a_login_that_may_not_see_portfolios_still_connects_its_pages(stage_of, platform, answer):
    stage = stage_of(platform)
    stage.on("/me/accounts\\?.*after", "pages_of_login_page_2").on("/me/accounts", "pages_of_login_page_1")
    stage.on("/me/businesses", answer).on("fields=access_token", answer)
    assert connectable(stage)[0].problem is None
    stage = stage_of(platform)
    stage.on("/me/accounts", "pages_of_login_empty").on("/me/businesses", "businesses").on("_pages", answer)
    assert connectable(stage) == []


def test_an_outage_while_listing_pages_is_not_taken_for_none(facebook):
    facebook.on("/me/accounts", "pages_of_login_empty").on("/me/businesses", "error_500_passing_fault")
    with pytest.raises(TransientError):
        connectable(facebook)


def test_a_reel_found_twice_is_one_post():
    twice = parse_posts(read_fixture(FACEBOOK, "posts_reel_found_twice"))
    assert ids_of(merge_twins(twice)) == ids_of(merge_twins(twice[::-1])) == ["1001_9003"]


def test_a_reel_found_twice_is_listed_once(facebook):
    facebook.on("/published_posts", "posts_reel_found_twice")
    assert ids_of(facebook.fetcher().fetch_posts(5).listed) == ["1001_9003"]


@META
def test_a_span_is_asked_in_whole_seconds_and_never_narrower(stage_of, platform):
    stage = stage_of(platform)
    stage.on("", httpx.Response(200, json={"data": []}))
    since, until = datetime(2026, 11, 1, 0, 0, 0, 900_000, UTC), datetime(2026, 11, 2, 0, 0, 0, 100_000, UTC)
    stage.fetcher().fetch_posts(5, since=since, until=until)
    parameters = asked(stage.targets[0])
    assert (int(parameters["since"]), int(parameters["until"])) == (1793491200, 1793577601)


def test_every_product_type_has_the_metrics_that_it_gives(instagram):
    instagram.on("/media\\?", "media_of_every_product_type").on("ids=", "insights_of_every_product_type")
    listed = instagram.fetcher().fetch_posts(100).listed
    assert [item.post.kind for item in listed] == [
        PostKind.CAROUSEL,
        PostKind.REEL,
        PostKind.STORY,
        PostKind.IMAGE,
    ]
    by_kind = {
        item.post.kind: next(s for s in instagram.fetcher().fetch_snapshots(listed) if s.post_id == item.post.post_id)
        for item in listed
    }
    album, reel, story, image = by_kind.values()
    assert (album.impressions, album.saves, album.engagements, album.video_views) == (900, 2, 16, None)
    assert (reel.impressions, reel.saves, reel.video_views) == (1980, 0, 1980)
    assert (story.impressions, story.shares, story.likes, story.saves) == (55, 1, None, None)
    assert (image.impressions, image.likes, image.saves) == (None, 1, None)
    assert not [target for target in instagram.targets if "children" in target]


def refuse_metric(name, good):
    """An edge that refuses every request with this metric, as Meta does with a retired one."""

    def answer(request):
        if name in str(request.url):
            body = read_fixture(FACEBOOK, "error_400_metric_retired")
            return httpx.Response(400, json=body)
        return httpx.Response(200, json=good)

    return answer


def test_90_days_find_out_once_which_metric_is_retired(instagram):
    good = read_fixture(INSTAGRAM, "account_totals_of_a_day")
    instagram.on("/insights", refuse_metric("website_clicks", good))
    fetcher = instagram.fetcher()
    days = fetcher.fetch_days(LAST - timedelta(days=89), LAST)
    assert (len(days), {day.link_clicks for day in days}) == (90, {None})
    assert fetcher.retired == {(Grain.ACCOUNT_DAY, Metric.LINK_CLICKS)}
    alone = [target for target in instagram.targets if "," not in asked(target)["metric"]]
    assert len(alone) == 9  # each metric alone, once for all days


def test_a_refusal_that_no_single_metric_repeats_costs_none(facebook):
    facebook.on("metric\\([^)]*,", "error_400_metric_retired").on("ids=", answer_every_id)
    fetcher = facebook.fetcher()
    assert [s.likes for s in fetcher.fetch_snapshots([listed_post("1001_1", likes=4)])] == [4]
    assert fetcher.retired == frozenset()


def test_when_all_metrics_are_retired_the_days_are_empty_and_the_posts_stay(instagram):
    instagram.on("metric", "error_400_metric_retired").on("ids=", answer_every_id)
    fetcher = instagram.fetcher()
    assert fetcher.fetch_days(LAST, LAST) == []
    assert [s.likes for s in fetcher.fetch_snapshots([listed_post("1", likes=4)])] == [4]
    assert {grain for grain, _ in fetcher.retired} == set(Grain)


def test_batches_side_by_side_find_out_together(facebook):
    first = threading.Barrier(3)
    batches = iter(range(3))

    def answer(request):
        if "post_clicks" not in str(request.url):
            return answer_every_id(request)
        if next(batches, None) is not None:
            first.wait(5)  # all three are refused before one of them finds out why
        return httpx.Response(400, json=read_fixture(FACEBOOK, "error_400_metric_retired"))

    facebook.on("ids=", answer)
    fetcher = facebook.fetcher()
    snapshots = fetcher.fetch_snapshots([listed_post(f"1001_{number}") for number in range(150)])
    assert (len(snapshots), fetcher.retired) == (150, {(Grain.POST_LIFETIME, Metric.CLICKS)})
    assert len(facebook.requests) == 3 + 4 + 2  # refused together; each alone once; the other two without it


def test_an_answer_about_other_posts_is_no_word_on_deletion(facebook):
    facebook.on("ids=", "posts_by_id")
    with pytest.raises(MalformedAnswerError, match="none of those"):
        facebook.fetcher().find_gone(["1001_1"])


def test_an_outage_is_no_word_on_deletion(facebook):
    facebook.on("ids=.*1001_2", "error_500_passing_fault").on("ids=", answer_every_id)
    with pytest.raises(TransientError):
        facebook.fetcher().find_gone(["1001_2"])


def test_a_limit_met_while_asking_what_is_gone_is_no_word_on_deletion(facebook):
    facebook.on("ids=", "error_400_object_gone").on("/1001", "error_403_app_throttled")
    with pytest.raises(RateLimitedError):
        facebook.fetcher().find_gone(["1001_2"])
