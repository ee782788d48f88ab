"""X's dialect: the account, timeline, lookups, private metrics and rate limits."""

from datetime import timedelta

import pytest

from core.domain import PostKind

pytestmark = pytest.mark.unit

FIELDS = (
    "tweet.fields=created_at,public_metrics,attachments&expansions=attachments.media_keys&media.fields=public_metrics"
)
PRIVATE = "tweet.fields=non_public_metrics,organic_metrics"


@pytest.fixture
def account(account_of):
    return account_of("x")


@pytest.fixture
def timeline(x, account):
    return lambda query: x(f"/users/{account.external_id}/tweets?{query}")


@pytest.fixture
def posts(account, clock):
    return account.posts(clock.now())


def test_me_tells_followers_only_when_asked(x, account, clock):
    asked = x("/users/me?user.fields=public_metrics").json()["data"]
    assert asked["public_metrics"]["followers_count"] == account.followers(clock.now())
    assert x("/users/me").json()["data"] == {
        "id": account.external_id,
        "name": account.name,
        "username": account.handle,
    }


def test_the_timeline_pages_through_every_post_newest_first(timeline, posts):
    seen, query = [], "max_results=100"
    while query:
        answer = timeline(query).json()
        seen += [post["id"] for post in answer["data"]]
        token = answer["meta"].get("next_token")
        query = f"max_results=100&pagination_token={token}" if token else ""
    assert seen == [post.post_id for post in reversed(posts)]
    assert len(seen) > 100


def test_new_posts_do_not_shift_the_next_page(timeline, clock, posts):
    clock.move_to(posts[-1].published_at - timedelta(minutes=1))
    first = timeline("max_results=5").json()
    clock.advance(timedelta(minutes=2))
    assert timeline("max_results=5").json()["data"][0]["id"] == posts[-1].post_id != first["data"][0]["id"]
    second = timeline(f"max_results=5&pagination_token={first['meta']['next_token']}").json()
    assert second["data"][0]["id"] == posts[-7].post_id


def test_counters_and_media_come_when_asked_for(timeline, posts, clock):
    answer = timeline(f"max_results=100&{FIELDS}").json()
    newest, counters = answer["data"][0], posts[-1].counters(clock.now())
    metrics = newest["public_metrics"]
    assert metrics["retweet_count"] + metrics["quote_count"] == counters.shares
    assert (metrics["like_count"], metrics["bookmark_count"]) == (counters.likes, counters.saves)
    video = next(post for post in reversed(posts) if post.kind is PostKind.VIDEO)
    media = {each["media_key"]: each for each in answer["includes"]["media"]}
    assert media[f"13_{video.post_id}"]["public_metrics"]["view_count"] == video.counters(clock.now()).video_views
    assert "public_metrics" not in timeline("max_results=5").json()["data"][0]


def test_a_span_can_be_asked_for(timeline, posts):
    start = posts[-3].published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    ids = [post["id"] for post in timeline(f"max_results=100&start_time={start}").json()["data"]]
    assert ids == [post.post_id for post in (posts[-1], posts[-2], posts[-3])]


def test_nothing_to_show_is_an_answer_without_data(timeline):
    assert timeline("start_time=2026-11-24T09:29:59Z").json() == {"meta": {"result_count": 0}}


@pytest.mark.parametrize("query", ["max_results=4", "max_results=101", "pagination_token=zz", "post.fields=id"])
def test_a_wrong_parameter_is_refused(timeline, query):
    answer = timeline(query)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")


def test_a_foreign_timeline_is_forbidden(x):
    assert x("/users/2244994945/tweets").status_code == 403


def test_a_lookup_names_what_is_gone_beside_the_data(x, posts):
    answer = x(f"/tweets?ids={posts[-1].post_id},1700000000000000001").json()
    assert [post["id"] for post in answer["data"]] == [posts[-1].post_id]
    assert answer["errors"][0]["type"].endswith("/problems/resource-not-found")
    assert "data" not in x("/tweets?ids=1700000000000000001").json()


def test_more_than_a_hundred_ids_are_refused(x):
    assert x("/tweets?ids=" + ",".join(map(str, range(1, 102)))).status_code == 400


def test_private_metrics_end_after_thirty_days(x, posts, clock):
    young = next(post for post in reversed(posts) if post.link)
    old = next(post for post in reversed(posts) if clock.now() - post.published_at > timedelta(days=30))
    answer = x(f"/tweets?ids={young.post_id},{old.post_id}&{PRIVATE}").json()
    seen = {post["id"]: post for post in answer["data"]}
    assert seen[young.post_id]["non_public_metrics"]["url_link_clicks"] == young.counters(clock.now()).clicks
    assert "non_public_metrics" not in seen[old.post_id]
    assert {error["field"] for error in answer["errors"]} == {"non_public_metrics", "organic_metrics"}
    assert {error["resource_id"] for error in answer["errors"]} == {old.post_id}


def test_a_post_without_a_link_has_no_link_clicks(x, posts):
    plain = next(post for post in reversed(posts) if post.link is None)
    answer = x(f"/tweets?ids={plain.post_id}&{PRIVATE}").json()["data"][0]
    assert "url_link_clicks" not in answer["non_public_metrics"]


def test_text_is_html_escaped(timeline):
    texts = [post["text"] for post in timeline("max_results=100").json()["data"]]
    assert any("&amp;" in text or "&gt;" in text for text in texts)
    assert not any("& " in text.replace("&amp; ", "") for text in texts)


def test_every_answer_tells_what_is_left_until_429(x, clock):
    first = x("/users/me")
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-remaining"]) == ("75", "74")
    assert int(first.headers["x-rate-limit-reset"]) - clock.now().timestamp() == 15 * 60
    for _ in range(74):
        last = x("/users/me")
    assert (last.status_code, last.headers["x-rate-limit-remaining"]) == (200, "0")
    refused = x("/users/me")
    assert refused.status_code == 429
    assert refused.json() == {
        "title": "Too Many Requests",
        "detail": "Too Many Requests",
        "type": "about:blank",
        "status": 429,
    }
    assert refused.headers["x-rate-limit-remaining"] == "0"
    clock.advance(timedelta(minutes=15))
    assert x("/users/me").status_code == 200


def test_a_refused_request_still_tells_the_limit(timeline):
    assert timeline("max_results=4").headers["x-rate-limit-limit"] == "900"
