"""How does LinkedIn count? Share, follower, page and video statistics, per post or per UTC day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.domain import AccountDay, Platform, PostSnapshot
from core.sandbox.answers import RefusalError
from core.sandbox.linkedin_gate import LinkedInCall, LinkedInEndpoint
from core.sandbox.restli import day_ms, refuse_argument, refuse_parameter
from core.sandbox.world import Account, WorldPost

_YEAR = timedelta(days=365)
_HALF_YEAR = timedelta(days=182)
_FOLLOWER_LAG = timedelta(days=2)
_COUNTS = {
    "impressionCount": "impressions",
    "uniqueImpressionsCount": "reach",
    "clickCount": "clicks",
    "likeCount": "likes",
    "commentCount": "comments",
    "shareCount": "shares",
}


def share_statistics(call: LinkedInCall) -> dict[str, Any]:
    """Per post with shares/ugcPosts, per day with timeIntervals, otherwise the page's sum."""
    call.query.allow("q", "organizationalEntity", "shares", "ugcPosts", "timeIntervals")
    urn, page = _asked_page(call, "organizationalEntity")
    is_by_post = call.query.has("shares") or call.query.has("ugcPosts")
    if is_by_post and call.query.has("timeIntervals"):
        refuse_argument("Time-bound is not supported for specific share queries")
    if is_by_post:
        return _listed(_post_elements(call, urn, page))
    if call.query.has("timeIntervals"):
        days = _asked_days(call, page, last=call.now.date())
        return _listed([element for day in days if (element := _day_element(urn, day))])
    counters = [post.counters(call.now) for post in page.posts(call.now)]
    return _listed([{"organizationalEntity": urn, "totalShareStatistics": _summed(counters)}])


def _post_elements(call: LinkedInCall, urn: str, page: Account) -> list[dict[str, Any]]:
    elements = []
    for parameter, kind in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for place, post_urn in enumerate(call.query.items(parameter)):
            if not post_urn.startswith(f"urn:li:{kind}:") or not page.has_post(post_urn, call.now):
                raise RefusalError(403, unpermitted(f"/{parameter}[{place}]"))
            post = page.find_post(post_urn, call.now)
            counts = _counted(post.counters(call.now)) if post and not _is_too_old(call, post, _YEAR) else {}
            if any(counts.values()) or (counts and not call.limited):
                elements.append({kind: post_urn, "organizationalEntity": urn, "totalShareStatistics": counts})
    return elements


def unpermitted(field_path: str) -> dict[str, object]:
    message = (
        f"Unpermitted fields present in PARAMETER: Data Processing Exception while processing fields [{field_path}]"
    )
    return {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": message}


def _is_too_old(call: LinkedInCall, post: WorldPost, age: timedelta) -> bool:
    return call.limited and call.now - post.published_at > age


def _counted(numbers: PostSnapshot | AccountDay) -> dict[str, float]:
    """The statistics that are known, and the engagement ratio made of them."""
    known = {key: getattr(numbers, name) for key, name in _COUNTS.items()}
    counts: dict[str, float] = {key: value for key, value in known.items() if value is not None}
    if counts:
        acted = sum(counts.get(key, 0) for key in ("clickCount", "likeCount", "commentCount", "shareCount"))
        shown = counts.get("impressionCount", 0)
        counts["engagement"] = acted / shown if shown else 0
    return counts


def _summed(counters: Sequence[PostSnapshot]) -> dict[str, int]:
    return {key: sum(getattr(each, name) or 0 for each in counters) for key, name in _COUNTS.items()}


def _day_element(urn: str, day: AccountDay) -> dict[str, Any] | None:
    counts = _counted(day)
    if not counts:
        return None
    return {"timeRange": _range_of(day.day), "organizationalEntity": urn, "totalShareStatistics": counts}


def follower_statistics(call: LinkedInCall) -> dict[str, Any]:
    """Net gains per day, up to two days ago."""
    call.query.allow("q", "organizationalEntity", "timeIntervals")
    urn, page = _asked_page(call, "organizationalEntity")
    days = _asked_days(call, page, last=call.now.date() - _FOLLOWER_LAG)
    return _listed(
        [
            {
                "timeRange": _range_of(day.day),
                "organizationalEntity": urn,
                "followerGains": {
                    "organicFollowerGain": day.followers_gained - (day.followers_lost or 0),
                    "paidFollowerGain": 0,
                },
            }
            for day in days
            if day.followers_gained is not None
        ]
    )


def page_statistics(call: LinkedInCall) -> dict[str, Any]:
    """Page views per day."""
    call.query.allow("q", "organization", "timeIntervals")
    urn, page = _asked_page(call, "organization")
    days = _asked_days(call, page, last=call.now.date())
    return _listed(
        [
            {
                "timeRange": _range_of(day.day),
                "organization": urn,
                "totalPageStatistics": _page_views(day.profile_views),
            }
            for day in days
            if day.profile_views is not None
        ]
    )


def _page_views(views: int) -> dict[str, Any]:
    overview = {"pageViews": views * 9 // 10, "uniquePageViews": views * 7 // 10}
    return {
        "views": {
            "allPageViews": {"pageViews": views, "uniquePageViews": views * 3 // 4},
            "overviewPageViews": overview,
        }
    }


def video_analytics(call: LinkedInCall) -> dict[str, Any]:
    """A native video's plays; nothing for other posts and for videos older than six months."""
    call.query.allow("q", "entity", "type", "aggregation", "timeRange")
    if call.query.text("q") != "entity":
        refuse_parameter("q")
    urn, kind = call.query.urn("entity"), call.query.text("type")
    pages = call.login.list_accounts(Platform.LINKEDIN)
    page = next((page for page in pages if page.has_post(urn, call.now)), None)
    if page is None:
        call.refuse_access()
    post = page.find_post(urn, call.now)
    views = post.counters(call.now).video_views if post and not _is_too_old(call, post, _HALF_YEAR) else None
    if views is None or kind != "VIDEO_VIEW":
        return _listed([])
    return _listed([{"entity": urn, "statisticsType": kind, "value": views}])


def _asked_page(call: LinkedInCall, parameter: str) -> tuple[str, Account]:
    if call.query.text("q") != parameter:
        refuse_parameter("q")
    urn = call.query.urn(parameter)
    return urn, call.page(urn)


def _asked_days(call: LinkedInCall, page: Account, *, last: date) -> list[AccountDay]:
    """The days of the interval that LinkedIn has: the last 12 months, none after `last`."""
    first, end = call.query.days()
    oldest = call.now.date() - _YEAR if call.limited else first
    return page.days(max(first, oldest), min(end - timedelta(days=1), last), call.now)


def _range_of(day: date) -> dict[str, int]:
    return {"start": day_ms(day), "end": day_ms(day + timedelta(days=1))}


def _listed(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"elements": elements, "paging": {"start": 0, "count": 10, "links": []}}


STATISTICS_ENDPOINTS: dict[str, LinkedInEndpoint] = {
    "/organizationalEntityShareStatistics": share_statistics,
    "/organizationalEntityFollowerStatistics": follower_statistics,
    "/organizationPageStatistics": page_statistics,
    "/videoAnalytics": video_analytics,
}
