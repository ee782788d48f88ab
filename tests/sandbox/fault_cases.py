"""For every fault: a request that it meets, and how its answer is told from a healthy one."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from core.domain import Platform
from tests.sandbox.conftest import APP, REDIRECT

LINKEDIN, X, FACEBOOK, INSTAGRAM = Platform
ALL = (LINKEDIN, X, FACEBOOK, INSTAGRAM)
META = (FACEBOOK, INSTAGRAM)
STATS = "organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
DAY_MS = 86_400_000


DIFFERS = object()


@dataclass(frozen=True)
class Case:
    """`is_odd` tells the fault's answer from a healthy one; None = only the count tells, DIFFERS = any difference."""

    platform: Platform
    ask: Callable
    is_odd: Callable | None
    arguments: dict = field(default_factory=dict)


def urn(visitor):
    return quote(f"urn:li:organization:{visitor.account(LINKEDIN).external_id}", safe="")


def listing(visitor, platform, *, size=10, cursor=None):
    """One page of posts."""
    account = visitor.account(platform).external_id
    if platform is LINKEDIN:
        return visitor.linkedin(
            f"/posts?q=author&author={urn(visitor)}&start={cursor or 0}&count={size}&sortBy=CREATED"
        )
    after = f"&{'pagination_token' if platform is X else 'after'}={cursor}" if cursor else ""
    if platform is X:
        fields = "tweet.fields=id,text,created_at,public_metrics,attachments,referenced_tweets,note_tweet"
        media = "expansions=attachments.media_keys&media.fields=public_metrics"
        return visitor.x(f"/users/{account}/tweets?max_results={size}&{fields}&{media}{after}")
    edge = "published_posts" if platform is FACEBOOK else "media"
    fields = "id,permalink_url,full_picture,message" if platform is FACEBOOK else MEDIA_FIELDS
    return visitor.graph(f"/{account}/{edge}?fields={fields}&limit={size}{after}")


MEDIA_FIELDS = "id,caption,permalink,media_type,media_product_type,media_url,like_count"


def items_of(answer):
    body = answer.json()
    return body.get("elements", body.get("data", []))


def ids_of(answer):
    return [item["id"] for item in items_of(answer)]


def next_of(platform, answer):
    """The cursor of the next page, None at the end."""
    body = answer.json()
    if platform is LINKEDIN:
        links = body["paging"]["links"]
        return links[0]["href"].rpartition("start=")[2] if links else None
    if platform is X:
        return body["meta"].get("next_token")
    paging = body.get("paging", {})
    return paging["cursors"]["after"] if "next" in paging else None


def walk(visitor, platform, *, size=10, pages=4):
    """The ids of some pages, a list a page."""
    cursor, found = None, []
    for _ in range(pages):
        answer = listing(visitor, platform, size=size, cursor=cursor)
        found.append(ids_of(answer))
        cursor = next_of(platform, answer)
        if cursor is None:
            break
    return found


def on_list(platform, size=10):
    return lambda visitor: listing(visitor, platform, size=size)


def long_list(platform):
    return on_list(platform, size=40)


def second_page(platform):
    return lambda visitor: listing(visitor, platform, cursor=next_of(platform, listing(visitor, platform)))


def statistics(visitor):
    """LinkedIn's statistics of the newest posts."""
    urns = [post.post_id for post in visitor.posts(LINKEDIN)[2:8]]
    shares, posts = ([quote(each, safe="") for each in urns if kind in each] for kind in (":share:", ":ugcPost:"))
    return visitor.linkedin(f"/{STATS}{urn(visitor)}&shares=List({','.join(shares)})&ugcPosts=List({','.join(posts)})")


def share_days(visitor):
    end = int(visitor.clock.now().timestamp() * 1000) // DAY_MS * DAY_MS
    span = f"(timeRange:(start:{end - 3 * DAY_MS},end:{end}),timeGranularityType:DAY)"
    return visitor.linkedin(f"/{STATS}{urn(visitor)}&timeIntervals={span}")


def roles(visitor):
    return visitor.linkedin("/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED")


def organizations(visitor):
    return visitor.linkedin(f"/organizations?ids=List({visitor.account(LINKEDIN).external_id})")


def lookup(fields="public_metrics"):
    def ask(visitor):
        ids = ",".join(post.post_id for post in visitor.posts(X)[:6])
        return visitor.x(f"/tweets?ids={ids}&tweet.fields={fields}")

    return ask


def renamed_timeline(visitor):
    return visitor.x(f"/users/{visitor.account(X).external_id}/tweets?post.fields=public_metrics")


METRIC = {FACEBOOK: "post_media_view", INSTAGRAM: "views"}


def batch(platform, many=4):
    def ask(visitor):
        ids = ",".join(post.post_id for post in visitor.posts(platform)[3 : 3 + many])
        return visitor.graph(f"/?ids={ids}&fields=id,insights.metric({METRIC[platform]})")

    return ask


def insights(platform):
    def ask(visitor):
        post_id = visitor.posts(platform)[3].post_id
        return visitor.graph(f"/{post_id}/insights?metric={METRIC[platform]}")

    return ask


def profile(platform):
    return lambda visitor: visitor.graph(f"/{visitor.account(platform).external_id}?fields=id,name")


def totals(visitor):
    day = int(visitor.clock.now().timestamp()) // 86_400 * 86_400
    span = f"period=day&metric_type=total_value&since={day - 86_400}&until={day}"
    return visitor.graph(f"/{visitor.account(INSTAGRAM).external_id}/insights?metric=views&{span}")


def post_batch(visitor):
    parts = [{"method": "GET", "relative_url": f"{post.post_id}?fields=id"} for post in visitor.posts(FACEBOOK)[:3]]
    form = {"access_token": visitor.meta_token, "batch": json.dumps(parts)}
    return visitor.browser.post("/meta/v25.0/", form=form)


def pages(visitor):
    return visitor.graph("/me/accounts?fields=id,access_token,tasks,instagram_business_account{id}")


def reels(visitor):
    return visitor.graph(f"/{visitor.account(FACEBOOK).external_id}/video_reels?fields=id,post_id")


def permissions(visitor):
    return visitor.graph("/me/permissions")


def refresh(platform):
    def ask(visitor):
        if platform is LINKEDIN:
            form = {"grant_type": "refresh_token", "refresh_token": visitor.linkedin_grant["refresh_token"]} | APP
            return visitor.browser.post("/linkedin/oauth/v2/accessToken", form=form)
        if platform is X:
            token = visitor.flow.x(visitor.login.name).json()["refresh_token"]
            return visitor.flow.x_token({"grant_type": "refresh_token", "refresh_token": token})
        form = {"grant_type": "fb_exchange_token", "fb_exchange_token": visitor.meta_token} | APP
        return visitor.browser.post("/meta/v25.0/oauth/access_token", form=form)

    return ask


def grant(platform):
    """The shortest way to a new token."""
    return refresh(platform) if platform is not X else lambda visitor: visitor.flow.x(visitor.login.name)


def sign_in(platform):
    paths = {LINKEDIN: "/linkedin/oauth/v2/authorization", X: "/x/i/oauth2/authorize"}

    def ask(visitor):
        asked = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": REDIRECT,
            "login_hint": visitor.login.name,
        }
        asked |= {"code_challenge": "c", "code_challenge_method": "S256"}
        return visitor.browser.get(f"{paths.get(platform, '/meta/v25.0/dialog/oauth')}?{urlencode(asked)}")

    return ask


def cut(ask):
    """A lost connection as None: without a socket it shows as an answer that never ends."""

    def try_to(visitor):
        try:
            return ask(visitor)
        except AssertionError:
            return None

    return try_to


def status(code):
    return lambda answer: answer.status_code == code


def html(code):
    return lambda answer: (answer.status_code, answer.headers["content-type"]) == (code, "text/html; charset=utf-8")


def is_broken(answer):
    try:
        answer.json()
    except ValueError:
        return True
    return False


def holds(text):
    return lambda answer: text in answer.text


def lacks(text):
    return lambda answer: text not in answer.text


def graph_code(code, subcode=None):
    def is_odd(answer):
        error = answer.json().get("error", {}) if isinstance(answer.json(), dict) else {}
        return (error.get("code"), error.get("error_subcode")) == (code, subcode)

    return is_odd


def everywhere(is_odd, **arguments):
    return [Case(platform, on_list(platform), is_odd, arguments) for platform in ALL]


def at(platforms, make_ask, is_odd, **arguments):
    """The same request on several platforms."""
    return [Case(platform, make_ask(platform), is_odd, arguments) for platform in platforms]


def of(platform, ask, is_odd, **arguments):
    return [Case(platform, ask, is_odd, arguments)]


DEAD = {platform: status(401) for platform in (LINKEDIN, X)} | {platform: graph_code(190, 463) for platform in META}
CASES = {
    "html_page": everywhere(html(200)),
    "html_error": everywhere(html(502)),
    "server_error": everywhere(status(500)),
    "unavailable": everywhere(status(503)),
    "empty_body": everywhere(lambda answer: answer.content == b""),
    "exact_answer": everywhere(lambda answer: answer.json() == {"odd": 1}, status=418, body={"odd": 1}),
    "truncated": everywhere(is_broken),
    "wrong_shape": everywhere(lambda answer: answer.text == "null"),
    "slow": everywhere(None, seconds=0.001),
    "cut_off": [Case(platform, cut(on_list(platform)), lambda answer: answer is None) for platform in ALL],
    "rate_limited": at((LINKEDIN, X), on_list, status(429))
    + at((FACEBOOK,), on_list, graph_code(80001))
    + at((INSTAGRAM,), on_list, graph_code(80002)),
    "unauthorized_once": at((LINKEDIN, X), on_list, status(401)) + at(META, on_list, graph_code(190)),
    "expired_token": [Case(platform, on_list(platform), DEAD[platform]) for platform in ALL],
    "revoked_token": at((LINKEDIN, X), on_list, status(401)) + at(META, on_list, graph_code(190, 458)),
    "forbidden": everywhere(status(403)),
    "not_found": at((LINKEDIN, X), on_list, status(404)) + at(META, on_list, graph_code(100, 33)),
    "refresh_refused": at((LINKEDIN, X), refresh, holds("invalid_grant")) + at(META, refresh, graph_code(190, 463)),
    "refresh_spent": at((X,), refresh, holds("Value passed for the token was invalid.")),
    "no_refresh_token": at((LINKEDIN, X), grant, lacks("refresh_token")),
    "short_lived": at(ALL, grant, holds('"expires_in":432000')),
    "expires_in_absent": at(ALL, grant, lacks('"expires_in"')),
    "token_dead": at(META, on_list, graph_code(190, 460)) + at(META, batch, graph_code(190, 492), subcode=492),
    "sign_in_cancelled": at((LINKEDIN,), sign_in, lambda answer: "user_cancelled_login" in answer.headers["location"])
    + at((X, *META), sign_in, lambda answer: "access_denied" in answer.headers["location"]),
    "scope_refused": at((LINKEDIN,), sign_in, lambda answer: "unauthorized_scope_error" in answer.headers["location"]),
    "app_day_limit": at((LINKEDIN,), on_list, holds("throttle APPLICATION DAY limit")),
    "member_day_limit": at((LINKEDIN,), on_list, holds("throttle MEMBER DAY limit")),
    "code_88": at((X,), on_list, holds('"code":88')),
    "usage_capped": at((X,), on_list, holds("UsageCapExceeded")),
    "credits_depleted": at((X,), on_list, status(402)),
    "throttled": at(META, on_list, graph_code(4)) + at(META, batch, graph_code(613), code=613),
    "usage_high": at(META, on_list, lambda answer: '"call_count": 96' in answer.headers["x-app-usage"]),
    "border_duplicate": at(ALL, second_page, lambda answer: len(ids_of(answer)) == 11),
    "page_drift": at((LINKEDIN,), second_page, DIFFERS, by=2),
    "short_page_with_next": at(ALL, on_list, lambda answer: len(ids_of(answer)) == 3),
    "empty_page_with_next": at((LINKEDIN, *META), on_list, lambda answer: ids_of(answer) == []),
    "empty_page_with_token": at((X,), on_list, lambda answer: ids_of(answer) == [] and "next_token" in answer.text),
    "no_links": at((LINKEDIN,), on_list, lacks('"links"')),
    "omitted_post": of(LINKEDIN, statistics, lambda answer: len(items_of(answer)) == 5, post=4),
    "aggregate_element": of(
        LINKEDIN, statistics, lambda answer: "organizationalEntity" in next(iter(items_of(answer)[0]))
    ),
    "old_reach_spelling": of(LINKEDIN, statistics, holds("uniqueImpressionsCounts"))
    + of(LINKEDIN, share_days, holds("uniqueImpressionsCounts")),
    "missing_reach": of(LINKEDIN, statistics, lacks("uniqueImpressions"))
    + of(LINKEDIN, share_days, lacks("uniqueImpressions")),
    "negative_likes": of(LINKEDIN, statistics, holds('"likeCount":-1'), post=4),
    "unpermitted_field": of(LINKEDIN, statistics, holds("Unpermitted fields"), post=4),
    "stats_access_denied": of(LINKEDIN, statistics, status(403)) + of(LINKEDIN, share_days, status(403)),
    "version_sunset": at((LINKEDIN,), on_list, status(426)),
    "bot_wall": at((LINKEDIN,), on_list, status(999)),
    "organization_brand": of(LINKEDIN, roles, holds("urn:li:organizationBrand:")),
    "organization_target": of(LINKEDIN, roles, holds("organizationTarget")),
    "hidden_page": of(LINKEDIN, organizations, holds("ACCESS_DENIED")),
    "partial_errors": of(X, lookup(), holds("not-authorized-for-resource")),
    "field_refused": of(X, lookup("non_public_metrics"), holds("not-authorized-for-field")),
    "video_without_includes": at((X,), on_list, lacks('"includes"')),
    "retweet": at((X,), on_list, holds('"retweeted"')),
    "numeric_ids": at((X, INSTAGRAM), on_list, lambda answer: isinstance(ids_of(answer)[0], int))
    + at((FACEBOOK,), profile, lambda answer: isinstance(answer.json()["id"], int)),
    "false_404": at((X,), on_list, status(404)),
    "protected_account": at((X,), on_list, lacks('"data":[')) + of(X, lookup(), lacks('"data":[')),
    "client_not_enrolled": at((X,), on_list, holds("client-not-enrolled")),
    "unsupported_authentication": at((X,), on_list, holds("unsupported-authentication")),
    "spending_limit": at((X,), on_list, holds("spending limit")),
    "renamed_fields": of(X, renamed_timeline, holds("repost_count"))
    + at((X,), on_list, holds("The query parameter [tweet.fields] is not one of")),
    "deleted_post": everywhere(DIFFERS),
    "edited_post": everywhere(holds("edited")),
    "fallen_counters": of(X, lookup(), DIFFERS, post=3)
    + of(LINKEDIN, statistics, DIFFERS, post=4)
    + at(META, insights, DIFFERS, post=3),
    "long_post": at((X,), on_list, lambda answer: "note_tweet" in items_of(answer)[0]),
    "hidden_likes": at((INSTAGRAM,), on_list, lambda answer: "like_count" not in items_of(answer)[0]),
    "metric_retired": at((FACEBOOK,), batch, holds("valid insights metric"), metric="post_media_view")
    + at((INSTAGRAM,), insights, holds("valid insights metric"), metric="views"),
    "reduce_data": at(META, on_list, graph_code(1), limit=9) + at(META, batch, graph_code(1), limit=2),
    "transient_code_2": at(META, on_list, graph_code(2)),
    "not_enough_viewers": at(META, insights, graph_code(10), post=3) + at(META, batch, graph_code(10), post=4),
    "media_before_business": at(META, insights, graph_code(100, 2108006), post=3),
    "gone_post": at(META, insights, graph_code(100, 33), post=3) + at(META, batch, graph_code(803), post=4, code=803),
    "profile_gone": at(META, profile, graph_code(100, 33)),
    "batch_fails": at(META, batch, graph_code(100, 33), most=3),
    "graph_error": at(META, on_list, graph_code(368), code=368),
    "no_insights_yet": at(META, insights, lambda answer: answer.json()["data"] == [], post=3)
    + at(META, batch, holds('"data":[]'), post=4),
    "insight_twice": at(META, insights, holds('"day"')) + at(META, batch, holds('"day"')),
    "dict_values": at(META, insights, holds('"love"')) + at(META, batch, holds('"love"')),
    "total_without_value": of(INSTAGRAM, totals, holds("media_product_type")),
    "no_media_url": at((INSTAGRAM,), on_list, lambda answer: "media_url" not in items_of(answer)[0])
    + at((FACEBOOK,), on_list, DIFFERS, post="*"),
    "ad_media": at((INSTAGRAM,), on_list, holds('"AD"')),
    "carousel_children": at((INSTAGRAM,), on_list, holds('"children"')),
    "reel_twice": at(META, long_list, lambda answer: len(ids_of(answer)) == 41),
    "reel_unlisted": at((FACEBOOK,), long_list, lambda answer: len(ids_of(answer)) == 39)
    + of(FACEBOOK, reels, lambda answer: "post_id" not in items_of(answer)[0], bare=True),
    "null_part": at(META, batch, lambda answer: None in answer.json().values()),
    "page_without": of(FACEBOOK, pages, lacks('"access_token"'))
    + of(INSTAGRAM, pages, lacks('"access_token"'))
    + of(FACEBOOK, pages, holds('["MODERATE"]'), field="tasks"),
    "page_not_listed": of(FACEBOOK, pages, lambda answer: items_of(answer) == [])
    + of(INSTAGRAM, pages, lambda answer: items_of(answer) == []),
    "page_role": of(LINKEDIN, roles, holds('"ANALYST"'), role="ANALYST"),
    "no_pages": of(LINKEDIN, roles, lambda answer: items_of(answer) == [])
    + of(FACEBOOK, pages, lambda answer: items_of(answer) == []),
    "declined_permission": of(INSTAGRAM, permissions, holds('"declined"')),
}
