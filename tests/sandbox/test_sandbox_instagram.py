"""Instagram's dialect: media, insights per product type, and totals per span."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain import PostKind

pytestmark = pytest.mark.unit

SHARED = "views,reach,likes,comments,saved,shares,total_interactions"
DAY = "period=day&metric_type=total_value"


@pytest.fixture
def account(account_of):
    return account_of("instagram")


@pytest.fixture
def posts(account, clock):
    return account.posts(clock.now())


@pytest.fixture
def totals(graph, account):
    return lambda query: graph(f"/{account.external_id}/insights?{query}")


def _value(answer):
    return answer.json()["data"][0]["total_value"]["value"]


def _message(answer):
    assert answer.status_code == 400
    return answer.json()["error"]["message"]


def test_the_profile_tells_the_followers(graph, account, clock):
    profile = graph(f"/{account.external_id}?fields=id,username,name,followers_count,media_count").json()
    assert profile["followers_count"] == account.followers(clock.now())
    assert profile["username"] == account.handle


def test_media_come_newest_first_and_may_hide_likes(graph, account, posts):
    fields = "id,caption,media_type,media_product_type,permalink,timestamp,like_count,comments_count,media_url"
    listed = graph(f"/{account.external_id}/media?fields={fields}&limit=100").json()
    assert [media["id"] for media in listed["data"]] == [post.post_id for post in reversed(posts[-100:])]
    hidden = {post.post_id for post in posts[-100:] if post.hides_likes}
    assert hidden
    assert {media["id"] for media in listed["data"] if "like_count" not in media} == hidden
    kinds = {(media["media_type"], media["media_product_type"]) for media in listed["data"]}
    assert kinds == {("IMAGE", "FEED"), ("CAROUSEL_ALBUM", "FEED"), ("VIDEO", "REELS")}
    assert "after=" in listed["paging"]["next"]


def test_insights_are_the_counters(graph, posts, clock):
    answer = graph(f"/{posts[-3].post_id}/insights?metric={SHARED}").json()["data"]
    values = {metric["name"]: metric["values"][0]["value"] for metric in answer}
    seen = posts[-3].counters(clock.now())
    assert values == {
        "views": seen.impressions,
        "reach": seen.reach,
        "likes": seen.likes,
        "comments": seen.comments,
        "saved": seen.saves,
        "shares": seen.shares,
        "total_interactions": seen.likes + seen.comments + seen.saves + seen.shares,
    }


def test_a_metric_of_another_product_type_fails_the_request(graph, posts):
    image = next(post for post in reversed(posts) if post.kind is PostKind.IMAGE)
    reel = next(post for post in reversed(posts) if post.kind is PostKind.REEL)
    assert graph(f"/{reel.post_id}/insights?metric=views,ig_reels_avg_watch_time").status_code == 200
    assert graph(f"/{image.post_id}/insights?metric=views,ig_reels_avg_watch_time").json()["error"]["code"] == 100
    assert graph(f"/{reel.post_id}/insights?metric=follows").json()["error"]["code"] == 100
    assert "valid insights metric" in _message(graph(f"/{image.post_id}/insights?metric=impressions"))
    ids = f"{image.post_id},{reel.post_id}"
    assert graph(f"/?ids={ids}&fields=insights.metric({SHARED})").status_code == 200
    assert graph(f"/?ids={ids}&fields=insights.metric(ig_reels_avg_watch_time)").status_code == 400


def test_a_new_post_has_no_insights_yet_which_is_not_zero(graph, posts, clock):
    clock.move_to(posts[-1].published_at + timedelta(minutes=59))
    path = f"/{posts[-1].post_id}/insights?metric=views"
    assert graph(path).json() == {"data": []}
    clock.advance(timedelta(minutes=1))
    assert graph(path).json()["data"][0]["name"] == "views"


def test_a_total_covers_one_utc_day(totals, account, clock):
    day = account.days(date(2026, 11, 20), date(2026, 11, 20), clock.now())[0]
    span = "since=2026-11-20&until=2026-11-21"
    assert _value(totals(f"metric=views&{DAY}&{span}")) == day.impressions
    assert _value(totals(f"metric=reach&{DAY}&{span}")) == day.reach
    assert _value(totals(f"metric=website_clicks&{DAY}&{span}")) == day.link_clicks


def test_a_longer_span_adds_days_up_but_counts_people_once(totals, account, clock):
    days = account.days(date(2026, 11, 10), date(2026, 11, 16), clock.now())
    since, until = (int(datetime(2026, 11, day, tzinfo=UTC).timestamp()) for day in (10, 17))
    span = f"since={since}&until={until}"
    assert _value(totals(f"metric=views&{DAY}&{span}")) == sum(day.impressions for day in days)
    reach = _value(totals(f"metric=reach&{DAY}&{span}"))
    assert max(day.reach for day in days) <= reach < sum(day.reach for day in days)


def test_a_span_that_ends_at_noon_tells_a_part(totals):
    whole = _value(totals(f"metric=views&{DAY}&since=2026-11-10&until=2026-11-11"))
    part = _value(totals(f"metric=views&{DAY}&since=2026-11-10&until=2026-11-10T12:00:00Z"))
    assert part == whole // 2


def test_the_rules_of_totals_are_told_in_the_platform_s_words(totals):
    span = "since=2026-11-10&until=2026-11-11"
    assert _message(totals(f"metric=views,likes&period=day&{span}")) == (
        "(#100) The following metrics (views,likes) should be specified with parameter metric_type=total_value"
    )
    assert _message(totals(f"metric=views&metric_type=total_value&{span}")) == "(#100) the parameter period is required"
    assert "(days_28) are incompatible with the metric (reach)" in _message(
        totals(f"metric=reach&period=days_28&metric_type=total_value&{span}")
    )
    assert _message(totals(f"metric=views&{DAY}&since=2026-10-01&until=2026-11-01")) == (
        "(#100) There cannot be more than 30 days (2592000 s) between since and until"
    )
    assert totals(f"metric=views&{DAY}&since=2026-10-02&until=2026-11-01").status_code == 200
    assert "valid insights metric" in _message(totals(f"metric=impressions&{DAY}&{span}"))


def test_nothing_is_known_before_ninety_days(totals):
    assert totals(f"metric=views&{DAY}&since=2026-08-20&until=2026-08-21").json()["data"] == []
    assert totals(f"metric=views&{DAY}&since=2026-08-27&until=2026-08-28").json()["data"] != []


def test_follows_and_unfollows_come_as_a_breakdown_over_two_days(totals, account, clock):
    asked = f"metric=follows_and_unfollows&{DAY}&breakdown=follow_type&since=2026-11-10"
    days = account.days(date(2026, 11, 10), date(2026, 11, 11), clock.now())
    total = totals(f"{asked}&until=2026-11-12").json()["data"][0]["total_value"]
    assert "value" not in total
    assert [each["value"] for each in total["breakdowns"][0]["results"]] == [
        sum(day.followers_gained for day in days),
        sum(day.followers_lost for day in days),
    ]
    one_day = totals(f"{asked}&until=2026-11-11").json()["data"][0]["total_value"]
    assert "results" not in one_day["breakdowns"][0]


def test_series_hold_closed_days_of_reach_and_new_followers(totals, account, clock):
    answer = totals("metric=reach,follower_count&period=day&metric_type=time_series&since=2026-11-20&until=2026-11-25")
    reach, gained = answer.json()["data"]
    assert [value["end_time"] for value in reach["values"]] == [
        f"2026-11-{day}T08:00:00+0000" for day in (21, 22, 23, 24)
    ]
    days = account.days(date(2026, 11, 20), date(2026, 11, 23), clock.now())
    assert [value["value"] for value in gained["values"]] == [day.followers_gained for day in days]
