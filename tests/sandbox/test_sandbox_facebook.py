"""Facebook's dialect: Pages, posts, insights, ids and fields of the Graph API."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain import Platform, PostKind
from core.sandbox.answers import RefusalError
from core.sandbox.graph_fields import FieldAsk, parse_fields

pytestmark = pytest.mark.unit

COUNTS = "shares,reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
POST_METRICS = "post_media_view,post_total_media_view_unique,post_clicks,post_video_views"


@pytest.fixture
def page(account_of):
    return account_of("facebook")


@pytest.fixture
def posts(page, clock):
    return page.posts(clock.now())


@pytest.fixture
def daily(graph, page):
    return lambda query: graph(f"/{page.external_id}/insights?period=day&{query}")


def test_the_user_sees_the_page_with_its_instagram_account(graph, page, account_of):
    fields = "id,name,username,access_token,tasks,picture{url},fan_count,followers_count,instagram_business_account{id}"
    listed = graph(f"/me/accounts?fields={fields}&limit=100").json()
    assert [each["id"] for each in listed["data"]] == [page.external_id]
    assert listed["data"][0]["instagram_business_account"]["id"] == account_of("instagram").external_id
    assert "ANALYZE" in listed["data"][0]["tasks"]
    assert "next" not in listed["paging"]


def test_granted_scopes_are_listed(graph):
    assert graph("/me/permissions").json()["data"][0] == {"permission": "pages_show_list", "status": "granted"}


def test_posts_page_by_cursor_and_next_carries_the_token(graph, page, posts):
    seen, after = [], ""
    while True:
        answer = graph(f"/{page.external_id}/published_posts?fields=id&limit=100{after}").json()
        seen += [post["id"] for post in answer["data"]]
        assert "after" in answer["paging"]["cursors"]
        if "next" not in answer["paging"]:
            break
        following = parse_qs(urlsplit(answer["paging"]["next"]).query)
        assert following["access_token"][0]
        after = f"&after={following['after'][0]}"
    assert seen == [post.post_id for post in reversed(posts)]
    assert len(seen) > 200


def test_shares_are_absent_where_there_are_none(graph, page, posts, clock):
    listed = graph(f"/{page.external_id}/published_posts?fields=id,{COUNTS}&limit=100").json()["data"]
    known = {post.post_id: post.counters(clock.now()) for post in posts}
    assert any("shares" not in post for post in listed)
    for post in listed:
        counters = known[post["id"]]
        assert post.get("shares", {"count": 0})["count"] == counters.shares
        assert post["reactions"]["summary"]["total_count"] == counters.likes
        assert post["comments"]["summary"]["total_count"] == counters.comments


def test_times_have_no_colon_in_their_offset(graph, page):
    post = graph(f"/{page.external_id}/published_posts?fields=created_time&limit=1").json()["data"][0]
    assert post["created_time"].endswith("+0000")


def test_post_insights_leave_out_what_is_not_known(graph, posts, clock):
    photo = next(post for post in reversed(posts) if post.kind is PostKind.IMAGE)
    answer = graph(f"/{photo.post_id}/insights?metric={POST_METRICS}").json()
    values = {metric["name"]: metric["values"][0]["value"] for metric in answer["data"]}
    counters = photo.counters(clock.now())
    assert values == {
        "post_media_view": counters.impressions,
        "post_total_media_view_unique": counters.reach,
        "post_clicks": counters.clicks,
    }
    assert {metric["period"] for metric in answer["data"]} == {"lifetime"}
    assert set(answer["paging"]) == {"previous", "next"}


def test_one_dead_metric_fails_the_whole_request(graph, posts):
    answer = graph(f"/{posts[-1].post_id}/insights?metric=post_media_view,post_impressions")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "(#100) The value must be a valid insights metric"
    nothing = graph(f"/{posts[-1].post_id}/insights").json()["error"]
    assert (nothing["code"], nothing["error_subcode"]) == (3001, 1504028)


@pytest.mark.parametrize("period", ["", ".period(lifetime)"])
def test_several_posts_come_with_their_insights(graph, posts, period):
    ids = [post.post_id for post in posts[-50:]]
    answer = graph(f"/?ids={','.join(ids)}&fields=id,{COUNTS},insights.metric({POST_METRICS}){period}").json()
    assert set(answer) == set(ids)
    assert answer[ids[0]]["insights"]["data"][0]["name"] == "post_media_view"


def test_one_bad_id_fails_all(graph, posts):
    answer = graph(f"/?ids={posts[-1].post_id},{posts[-1].post_id}0&fields=id")
    assert answer.status_code == 400
    assert (answer.json()["error"]["code"], answer.json()["error"]["error_subcode"]) == (100, 33)


def test_more_than_fifty_ids_are_refused(graph, posts):
    answer = graph(f"/?ids={','.join(post.post_id for post in posts[-51:])}&fields=id")
    assert answer.json()["error"]["code"] == 100


def test_foreign_pages_and_deleted_posts_look_the_same(graph, other_login, page, clock):
    foreign = other_login.list_accounts(Platform.FACEBOOK)[0].external_id
    moments = (datetime(2026, 3, 1 + step, tzinfo=UTC) for step in range(30))
    doomed = next(post for moment in moments for post in page.posts(moment) if post.deleted_at)
    for object_id in (foreign, doomed.post_id, "7"):
        error = graph(f"/{object_id}?fields=id").json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33)


def test_an_unknown_field_and_a_syntax_error_are_refused(graph, page):
    assert (
        "nonexisting field (impressions)" in graph(f"/{page.external_id}?fields=impressions").json()["error"]["message"]
    )
    assert graph(f"/{page.external_id}?fields=name,").json()["error"]["code"] == 2500
    assert graph(f"/{page.external_id}/cards").status_code == 400


def test_days_end_at_pacific_midnight_across_a_change_of_time(daily, page, clock):
    answer = daily("metric=page_media_view,page_follows&since=2026-10-30&until=2026-11-03").json()
    views, follows = answer["data"]
    assert [value["end_time"] for value in views["values"]] == [
        "2026-10-31T07:00:00+0000",
        "2026-11-01T07:00:00+0000",
        "2026-11-02T08:00:00+0000",
        "2026-11-03T08:00:00+0000",
    ]
    days = page.days(date(2026, 10, 30), date(2026, 11, 2), clock.now())
    assert [value["value"] for value in views["values"]] == [day.impressions for day in days]
    assert [value["value"] for value in follows["values"]] == [day.followers for day in days]


def test_epoch_bounds_mean_the_days_that_end_within_them(daily):
    since, until = (
        int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()),
        int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()),
    )
    values = daily(f"metric=page_media_view&since={since}&until={until}").json()["data"][0]["values"]
    assert [value["end_time"][:13] for value in values] == ["2026-11-20T08", "2026-11-21T08"]


def test_only_closed_days_are_told(daily, clock):
    clock.move_to(datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC))
    metric = "metric=page_media_view&since=2026-11-20&until=2026-11-30"
    before = daily(metric).json()["data"][0]["values"][-1]["end_time"]
    clock.move_to(datetime(2026, 11, 24, 8, tzinfo=UTC))
    assert (before, daily(metric).json()["data"][0]["values"][-1]["end_time"]) == (
        "2026-11-23T08:00:00+0000",
        "2026-11-24T08:00:00+0000",
    )


def test_a_page_answers_every_living_metric_of_the_day(daily):
    metrics = (
        "page_media_view,page_total_media_view_unique,page_post_engagements,page_views_total,page_follows,"
        "page_daily_follows,page_daily_follows_unique,page_daily_unfollows_unique,page_actions_post_reactions_total,"
        "page_video_views,page_total_actions"
    )
    answer = daily(f"metric={metrics}&since=2026-11-20&until=2026-11-21").json()["data"]
    assert [metric["name"] for metric in answer] == metrics.split(",")
    reactions = answer[8]["values"][0]["value"]
    assert set(reactions) == {"like", "love"}


def test_spans_beyond_93_days_and_dead_page_metrics_are_refused(daily):
    assert "93 days" in daily("metric=page_follows&since=2026-08-01&until=2026-11-03").json()["error"]["message"]
    assert "data" in daily("metric=page_follows&since=2026-08-02&until=2026-11-03").json()
    assert "valid insights metric" in daily("metric=page_fans").json()["error"]["message"]


def test_usage_headers_are_small_percentages(graph, page):
    answer = graph(f"/{page.external_id}?fields=id")
    assert '"call_count":' in answer.headers["x-app-usage"]
    assert '"estimated_time_to_regain_access":0' in answer.headers["x-business-use-case-usage"]


def test_a_version_that_is_none_is_an_unknown_path(browser, sign_in, login):
    token = sign_in.meta_long(login.name)
    assert browser.get("/meta/v26.0/me", token=token).status_code == 200
    assert browser.get("/meta/me/accounts", token=token).json()["error"]["code"] == 2500


def test_fields_are_parsed_with_modifiers_and_nesting():
    parsed = parse_fields("id,reactions.type(LIKE).limit(0).as(like),insights.metric(a,b){name,values{value}}")
    assert parsed[1] == FieldAsk("reactions", {"type": "LIKE", "limit": "0", "as": "like"})
    assert parsed[1].alias == "like"
    assert parsed[2].modifiers == {"metric": "a,b"}
    assert [field.name for field in parsed[2].fields] == ["name", "values"]


@pytest.mark.parametrize("text", [",", "a,,b", "a{", "a{b", "a.b", "a.b(", "a}", "a b)"])
def test_broken_fields_are_refused(text):
    with pytest.raises(RefusalError):
        parse_fields(text)
