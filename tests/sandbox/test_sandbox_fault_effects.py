"""What the faults do beyond one answer: pages that lose nothing, posts that change, tokens that die for good."""

import json
from datetime import timedelta

import pytest

from core.domain import PostKind
from tests.sandbox.conftest import APP
from tests.sandbox.fault_cases import (
    FACEBOOK,
    INSTAGRAM,
    LINKEDIN,
    METRIC,
    X,
    ids_of,
    insights,
    listing,
    lookup,
    next_of,
    organizations,
    pages,
    post_batch,
    refresh,
    statistics,
    urn,
    walk,
)

pytestmark = pytest.mark.unit

PLATFORMS = pytest.mark.parametrize("platform", [LINKEDIN, X, FACEBOOK, INSTAGRAM])
META = pytest.mark.parametrize("platform", [FACEBOOK, INSTAGRAM])


@pytest.fixture
def fault(set_faults):
    """One rule for every account of the platform."""
    return lambda platform, name, **arguments: set_faults({"account": f"{platform}/*", "fault": name, **arguments})


def flat(found):
    return [post_id for page in found for post_id in page]


@PLATFORMS
def test_short_and_empty_pages_lose_no_post(set_faults, visitor, platform):
    healthy = flat(walk(visitor, platform))
    empty = "empty_page_with_token" if platform is X else "empty_page_with_next"
    account = f"{platform}/*"
    set_faults(
        {"account": account, "fault": empty, "times": 2, "after": 1},
        {"account": account, "fault": "short_page_with_next", "times": 1, "after": 1},
    )
    found = walk(visitor, platform, pages=8)
    assert [len(page) for page in found[:5]] == [10, 0, 0, 3, 10]
    assert flat(found)[:40] == healthy


@PLATFORMS
def test_empty_pages_without_end_never_repeat_a_cursor(fault, visitor, platform):
    fault(platform, "empty_page_with_token" if platform is X else "empty_page_with_next", times=None)
    cursor, seen = None, set()
    for _ in range(5):
        cursor = next_of(platform, listing(visitor, platform, cursor=cursor))
        assert cursor not in seen
        seen.add(cursor)


@PLATFORMS
def test_a_border_comes_twice_and_everything_else_once(fault, visitor, platform):
    healthy = walk(visitor, platform)
    fault(platform, "border_duplicate")
    found = walk(visitor, platform)
    assert [page[0] for page in found[1:]] == [page[-1] for page in healthy[:-1]]
    assert list(dict.fromkeys(flat(found))) == flat(healthy)


def test_pages_drift_by_a_post(fault, visitor):
    healthy = flat(walk(visitor, LINKEDIN))
    fault(LINKEDIN, "page_drift")
    found = walk(visitor, LINKEDIN)
    assert flat(found) == [*healthy[:10], *healthy[9:39]]


@PLATFORMS
def test_a_deleted_post_is_gone_everywhere_and_comes_back(browser, set_faults, fault, visitor, platform):
    first, second = ids_of(listing(visitor, platform))[:2]
    fault(platform, "deleted_post", post=first)
    assert ids_of(listing(visitor, platform))[0] == second
    if platform is X:
        assert visitor.x(f"/tweets?ids={first}").json()["errors"][0]["title"] == "Not Found Error"
    elif platform is not LINKEDIN:
        assert visitor.graph(f"/?ids={first},{second}&fields=id").json()["error"]["error_subcode"] == 33
    browser.ask("DELETE", "/_sandbox/faults")
    assert ids_of(listing(visitor, platform))[0] == first


def test_a_post_by_number_stays_the_same_when_newer_ones_come(fault, visitor, clock):
    third = visitor.posts(X)[2].post_id
    fault(X, "deleted_post", post=2)
    assert third not in ids_of(listing(visitor, X, size=20))
    clock.advance(timedelta(days=3))
    del visitor.x_token
    assert third not in ids_of(listing(visitor, X, size=20))
    assert visitor.posts(X)[2].post_id in ids_of(listing(visitor, X, size=20))


def test_an_edited_post_heads_the_list_of_the_last_modified(fault, visitor, clock):
    edited = visitor.posts(LINKEDIN)[7].post_id
    fault(LINKEDIN, "edited_post", post=7, text="New text.")
    query = f"/posts?q=author&author={urn(visitor)}&start=0&count=10"
    post = visitor.linkedin(query).json()["elements"][0]
    assert (post["id"], post["commentary"]) == (edited, "New text.")
    assert post["lastModifiedAt"] == int(clock.now().timestamp() * 1000) > post["createdAt"]
    assert post["lifecycleStateInfo"] == {"isEditedByAuthor": True}
    clock.advance(timedelta(hours=1))
    assert visitor.linkedin(query).json()["elements"][0]["lastModifiedAt"] == post["lastModifiedAt"]
    assert ids_of(visitor.linkedin(query + "&sortBy=CREATED")).index(edited) == 7


def test_an_edited_post_of_x_has_two_versions(fault, visitor):
    fault(X, "edited_post")
    versions = listing(visitor, X).json()["data"][0]["edit_history_tweet_ids"]
    assert (len(versions), versions[-1]) == (2, visitor.posts(X)[0].post_id)


def test_counters_fall(fault, visitor, clock):
    post = visitor.posts(X)[3]
    fault(X, "fallen_counters", post=3, share=0.5)
    told = {each["id"]: each["public_metrics"] for each in lookup()(visitor).json()["data"]}
    seen = post.counters(clock.now())
    assert told[post.post_id]["impression_count"] == seen.impressions // 2
    other = visitor.posts(X)[2]
    assert told[other.post_id]["impression_count"] == other.counters(clock.now()).impressions


@PLATFORMS
def test_an_expired_token_is_mended_by_a_refresh(fault, visitor, platform):
    assert listing(visitor, platform).status_code == 200
    fault(platform, "expired_token")
    assert listing(visitor, platform).status_code >= 400
    fresh = refresh(platform)(visitor).json()["access_token"]
    if platform is LINKEDIN:
        visitor.linkedin_grant["access_token"] = fresh
    else:
        setattr(visitor, "x_token" if platform is X else "meta_token", fresh)
    assert listing(visitor, platform).status_code == 200


def test_a_revoked_token_is_mended_by_a_sign_in_alone(fault, visitor):
    assert listing(visitor, LINKEDIN).status_code == 200
    fault(LINKEDIN, "revoked_token")
    assert listing(visitor, LINKEDIN).json()["code"] == "REVOKED_ACCESS_TOKEN"
    assert refresh(LINKEDIN)(visitor).json()["error"] == "invalid_grant"
    del visitor.linkedin_grant
    assert listing(visitor, LINKEDIN).status_code == 200


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492])
def test_a_dead_token_kills_every_account_of_its_user(fault, set_faults, visitor, other, subcode):
    page_token = pages(visitor).json()["data"][0]["access_token"]
    page = f"/meta/v25.0/{visitor.account(FACEBOOK).external_id}"
    account = f"facebook/{visitor.account(FACEBOOK).external_id}"
    set_faults({"account": account, "fault": "token_dead", "subcode": subcode})
    answers = [listing(visitor, INSTAGRAM), pages(visitor), visitor.browser.get(page, token=page_token)]
    assert {(each.json()["error"]["code"], each.json()["error"]["error_subcode"]) for each in answers} == {
        (190, subcode)
    }
    inspected = visitor.browser.get(f"/meta/v25.0/debug_token?input_token={visitor.meta_token}&access_token=a|b")
    assert (inspected.status_code, inspected.json()["data"]["is_valid"]) == (200, False)
    assert listing(other, FACEBOOK).status_code == 200
    del visitor.meta_token
    assert listing(visitor, FACEBOOK).status_code == 200


def test_a_refused_refresh_leaves_the_sign_in_alone(fault, visitor):
    fault(FACEBOOK, "refresh_refused")
    assert refresh(FACEBOOK)(visitor).json()["error"]["code"] == 190
    asked = {
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": visitor.flow.meta(visitor.login.name).json()["access_token"],
    }
    assert visitor.browser.post("/meta/v25.0/oauth/access_token", form=asked | APP).status_code == 200


def test_an_unpermitted_post_is_named_by_its_place(fault, visitor):
    posts = [post.post_id for post in visitor.posts(LINKEDIN)[2:8]]
    shares = [post_id for post_id in posts if ":share:" in post_id]
    fault(LINKEDIN, "unpermitted_field", post=shares[1])
    assert "[/shares[1]]" in statistics(visitor).json()["message"]


def test_a_showcase_page_can_be_read_by_its_urn(visitor):
    brand = urn(visitor).replace("organization", "organizationBrand")
    answer = visitor.linkedin(f"/posts?q=author&author={brand}&start=0&count=3&sortBy=CREATED")
    assert answer.json()["elements"][0]["author"].startswith("urn:li:organizationBrand:")


def test_a_hidden_page_stands_among_the_errors(fault, visitor):
    fault(LINKEDIN, "hidden_page")
    body = organizations(visitor).json()
    assert (body["results"], list(body["errors"])) == ({}, [visitor.account(LINKEDIN).external_id])


def test_an_ignored_filter_gives_the_page_total_alone(fault, visitor):
    fault(LINKEDIN, "aggregate_element", only=True)
    assert [set(each) for each in statistics(visitor).json()["elements"]] == [
        {"organizationalEntity", "totalShareStatistics"}
    ]


def test_a_retweet_is_excluded_on_demand(fault, visitor):
    path = f"/users/{visitor.account(X).external_id}/tweets?exclude=retweets&tweet.fields=referenced_tweets"
    fault(X, "retweet")
    assert "retweeted" not in visitor.x(path).text
    fault(X, "retweet", anyway=True)
    body = visitor.x(path).json()
    assert body["data"][0]["referenced_tweets"][0]["type"] == "retweeted"
    assert body["meta"]["result_count"] == 11


def test_partial_errors_leave_the_rest(fault, visitor):
    fault(X, "partial_errors", missing=2, unauthorized=1)
    body = lookup()(visitor).json()
    assert len(body["data"]) == 3
    assert [error["title"] for error in body["errors"]] == ["Not Found Error"] * 2 + ["Authorization Error"]
    fault(X, "partial_errors", missing=6)
    assert "data" not in lookup()(visitor).json()


def test_private_metrics_are_refused_or_only_seem_to_be(fault, visitor):
    fault(X, "field_refused")
    refused = lookup("non_public_metrics")(visitor).json()
    assert "non_public_metrics" not in refused["data"][0]
    assert "non_public_metrics" in refused["data"][1]
    fault(X, "field_refused", section="includes")
    beside = lookup("non_public_metrics")(visitor).json()
    assert "non_public_metrics" in beside["data"][0]
    assert beside["errors"][0]["section"] == "includes"


def test_the_renamed_style_is_asked_and_answered_in_new_names(fault, visitor):
    fault(X, "renamed_fields")
    path = f"/users/{visitor.account(X).external_id}/tweets?max_results=5&post.fields=public_metrics,note_post"
    post = visitor.x(path).json()["data"][0]
    assert "repost_count" in post["public_metrics"]
    assert post["edit_history_post_ids"] == [post["id"]]
    missing = visitor.x("/tweets?ids=1700000000000000001").json()["errors"][0]
    assert missing["type"] == "https://api.x.com/2/problems/resource-not-found"
    assert missing["resource_type"] == "post"
    assert visitor.x("/users/me?user.fields=public_metrics").json()["data"]["public_metrics"]["post_count"]
    fault(X, "renamed_fields", refuse=False)
    assert "repost_count" in listing(visitor, X).text


def test_a_long_post_is_cut_and_given_whole_as_a_note(fault, visitor):
    fault(X, "long_post")
    post = listing(visitor, X).json()["data"][0]
    assert (len(post["text"]), post["text"][-1]) == (280, "…")
    assert len(post["note_tweet"]["text"]) > 500


def test_xs_limit_tells_its_end_or_nothing(fault, visitor, clock):
    now = int(clock.now().timestamp())
    for seconds in (300, -60):
        fault(X, "rate_limited", reset_s=seconds)
        assert int(listing(visitor, X).headers["x-rate-limit-reset"]) == now + seconds
    fault(X, "rate_limited", headers=False)
    assert "x-rate-limit-reset" not in listing(visitor, X).headers


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
def test_metas_throttles_tell_the_minutes(fault, visitor, code):
    fault(FACEBOOK, "throttled", code=code)
    answer = listing(visitor, FACEBOOK)
    usage = json.loads(answer.headers["x-business-use-case-usage"])
    assert answer.json()["error"]["code"] == code
    assert usage[visitor.account(FACEBOOK).external_id][0]["estimated_time_to_regain_access"] == 12


def test_metas_usage_header_may_be_broken_or_of_several(fault, visitor):
    fault(INSTAGRAM, "throttled", header="several", minutes=40)
    usage = json.loads(listing(visitor, INSTAGRAM).headers["x-business-use-case-usage"])
    assert [entries[0]["estimated_time_to_regain_access"] for entries in usage.values()] == [1, 40, 0]
    fault(INSTAGRAM, "throttled", header="broken")
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(listing(visitor, INSTAGRAM).headers["x-business-use-case-usage"])
    fault(INSTAGRAM, "throttled", header="none")
    assert "x-business-use-case-usage" not in listing(visitor, INSTAGRAM).headers


@META
def test_a_batch_passes_without_the_post_that_spoils_it(fault, visitor, platform):
    ids = [post.post_id for post in visitor.posts(platform)[3:6]]
    fault(platform, "not_enough_viewers", post=ids[1])
    fields = f"fields=id,insights.metric({METRIC[platform]})"
    assert visitor.graph(f"/?ids={','.join(ids)}&{fields}").json()["error"]["code"] == 10
    assert list(visitor.graph(f"/?ids={ids[0]},{ids[2]}&{fields}").json()) == [ids[0], ids[2]]


@META
def test_both_ids_of_a_reel_can_be_read(fault, visitor, platform):
    fault(platform, "reel_twice")
    reel = visitor.posts(platform, PostKind.VIDEO, PostKind.REEL)[0].post_id
    listed = {item["id"]: item for item in listing(visitor, platform, size=40).json()["data"]}
    link = "permalink_url" if platform is FACEBOOK else "permalink"
    twin = f"{reel}99"
    assert listed[twin][link] == listed[reel][link]
    both = visitor.graph(f"/?ids={reel},{twin}&fields=id,insights.metric({METRIC[platform]})").json()
    assert (both[reel]["id"], both[twin]["id"]) == (reel, twin)
    assert both[reel]["insights"]["data"][0]["values"] == both[twin]["insights"]["data"][0]["values"]
    assert list(visitor.graph(f"/?ids={twin}&fields=id").json()) == [twin]
    assert visitor.graph(f"/{twin}?fields=id").json() == {"id": twin}


@META
def test_a_metric_that_is_not_named_still_answers(fault, visitor, platform):
    fault(platform, "metric_retired", metric="profile_visits")
    assert insights(platform)(visitor).status_code == 200


def test_the_shapes_of_nonsense(fault, visitor):
    for shape, text in {"list": "[]", "object": "{}", "null_list": '{"elements":null}'}.items():
        fault(LINKEDIN, "wrong_shape", shape=shape)
        assert listing(visitor, LINKEDIN).text == text


def test_a_post_batch_answers_part_by_part(fault, visitor):
    parts = post_batch(visitor).json()
    assert [json.loads(part["body"])["id"] for part in parts] == [post.post_id for post in visitor.posts(FACEBOOK)[:3]]
    fault(FACEBOOK, "null_part", place=1)
    assert [part is None for part in post_batch(visitor).json()] == [False, True, False]
    form = {
        "access_token": visitor.meta_token,
        "batch": json.dumps([{"method": "GET", "relative_url": "1_2?fields=id"}]),
    }
    part = visitor.browser.post("/meta/v25.0/", form=form).json()[0]
    assert (part["code"], json.loads(part["body"])["error"]["error_subcode"]) == (400, 33)
    assert visitor.browser.post("/meta/v25.0", form=form | {"batch": "{}"}).status_code == 400


def days_of(visitor, count=3):
    """Totals of the newest days of the Instagram account, as a batch of calls."""
    day = int(visitor.clock.now().timestamp()) // 86_400 * 86_400
    path = f"{visitor.account(INSTAGRAM).external_id}/insights?metric=views&period=day&metric_type=total_value"
    spans = [(day - 86_400 * (back + 1), day - 86_400 * back) for back in range(count)]
    calls = [{"method": "GET", "relative_url": f"{path}&since={since}&until={until}"} for since, until in spans]
    return visitor.browser.post(
        "/meta/v25.0/", form={"access_token": visitor.meta_token, "batch": json.dumps(calls)}
    ).json()


def test_every_part_tells_of_the_limits(visitor):
    told = [{header["name"].lower() for header in part["headers"]} for part in days_of(visitor)]
    assert told == [{"content-type", "x-app-usage", "x-business-use-case-usage"}] * 3


def test_a_fault_meets_a_part_of_a_batch_as_it_would_meet_the_call_alone(fault, visitor):
    untouched = days_of(visitor)
    fault(INSTAGRAM, "graph_error", code=2, message="(#2) Service temporarily unavailable", after=1, times=1)
    parts = days_of(visitor)
    assert [json.loads(part["body"]).get("error", {}).get("code") for part in parts] == [None, 2, None]
    assert parts[0]["body"] == untouched[0]["body"]


def test_a_fault_of_another_account_meets_no_part(fault, visitor):
    fault(FACEBOOK, "graph_error", code=2, message="(#2) Service temporarily unavailable")
    assert {part["code"] for part in days_of(visitor)} == {200}


def test_a_part_whose_answer_breaks_off_is_null(fault, visitor):
    fault(INSTAGRAM, "cut_off", after=2)
    assert [part is None for part in days_of(visitor)] == [False, False, True]
