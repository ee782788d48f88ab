"""How does Instagram answer? Professional accounts and their media, as nodes of the Graph API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.domain import PostKind, PostSnapshot
from core.sandbox.cursors import published_between
from core.sandbox.graph import Viewer, listed_posts
from core.sandbox.graph_errors import graph_error
from core.sandbox.graph_fields import FieldAsk
from core.sandbox.graph_insights import asked_metrics, check_lifetime, lifetime, nested_ask
from core.sandbox.graph_times import graph_time, read_moment
from core.sandbox.instagram_insights import account_insights
from core.sandbox.world import Account, WorldPost

_UTC = ZoneInfo("UTC")
_INSIGHTS_AFTER = timedelta(hours=1)
_WATCHED_MS = 6_700
STORY_LIFE = timedelta(days=1)

_SHARED_METRICS: dict[str, Callable[[PostSnapshot], int | None]] = {
    "views": lambda seen: seen.impressions,
    "reach": lambda seen: seen.reach,
    "likes": lambda seen: seen.likes,
    "comments": lambda seen: seen.comments,
    "saved": lambda seen: seen.saves,
    "shares": lambda seen: seen.shares,
    "total_interactions": lambda seen: seen.engagements,
    "reposts": lambda _: None,
}
_FEED_METRICS = _SHARED_METRICS | dict.fromkeys(("follows", "profile_visits", "profile_activity"), lambda _: None)
_REEL_METRICS: dict[str, Callable[[PostSnapshot], int | None]] = _SHARED_METRICS | {
    "ig_reels_avg_watch_time": lambda seen: None if seen.engagements is None else _WATCHED_MS,
    "ig_reels_video_view_total_time": lambda seen: (
        None if seen.engagements is None else _WATCHED_MS * (seen.impressions or 0)
    ),
    "reels_skip_rate": lambda _: None,
}


_STORY_METRICS: dict[str, Callable[[PostSnapshot], int | None]] = {
    name: _SHARED_METRICS[name] for name in ("views", "reach", "shares", "total_interactions", "reposts")
} | dict.fromkeys(("replies", "navigation", "follows", "profile_visits", "profile_activity"), lambda _: None)
_BY_KIND = {PostKind.REEL: _REEL_METRICS, PostKind.STORY: _STORY_METRICS}


class InstagramAccount:
    """An Instagram professional account."""

    node_type = "IGUser"

    def __init__(self, account: Account) -> None:
        self._account = account

    def default_fields(self) -> str:
        return "id"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        return _ACCOUNT_FIELDS[field.name](self._account, viewer)

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        if name == "insights":
            viewer.check("instagram_manage_insights")
            return account_insights(self._account, viewer)
        if name not in ("media", "stories"):
            raise KeyError(name)
        viewer.check("instagram_basic")
        since, until = (read_moment(viewer.asked, bound, _UTC) for bound in ("since", "until"))
        posts = published_between(self._account.posts(viewer.now), since, until)
        shown = [post for post in posts if (_is_alive if name == "stories" else _is_lasting)(post, viewer)]
        return listed_posts(shown, viewer, lambda post: Media(self._account, post))


def _is_alive(post: WorldPost, viewer: Viewer) -> bool:
    """Whether it is a story of the last day."""
    return post.kind is PostKind.STORY and viewer.limited and viewer.now - post.published_at < STORY_LIFE


def _is_lasting(post: WorldPost, viewer: Viewer) -> bool:
    """Whether the list of media holds it: no stories, unless the limits of age are lifted."""
    return post.kind is not PostKind.STORY or not viewer.limited


_ACCOUNT_FIELDS: dict[str, Callable[[Account, Viewer], Any]] = {
    "id": lambda account, _: account.external_id,
    "username": lambda account, _: account.handle,
    "name": lambda account, _: account.name,
    "biography": lambda account, _: f"{account.name}, on Instagram.",
    "profile_picture_url": lambda account, _: f"https://scontent.example/{account.external_id}.jpg",
    "followers_count": lambda account, viewer: account.followers(viewer.now),
    "follows_count": lambda _account, _: 180,
    "media_count": lambda account, viewer: len(account.posts(viewer.now)),
    "website": lambda account, _: f"https://{account.handle}.example",
}


class Media:
    """Something that an Instagram account published."""

    node_type = "IGMedia"

    def __init__(self, account: Account, post: WorldPost) -> None:
        self._account = account
        self._post = post

    def default_fields(self) -> str:
        return "id"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        if field.name == "insights":
            return {"data": self._insights(*nested_ask(field), viewer)}
        if field.name in _MEDIA_COUNTS:
            return _MEDIA_COUNTS[field.name](self._post, self._post.counters(viewer.now))
        if field.name == "owner":
            return {"id": self._account.external_id}
        return _MEDIA_FIELDS[field.name](self._post)

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        if name != "insights":
            raise KeyError(name)
        return {"data": self._insights(viewer.asked.get("metric", ""), viewer.asked.get("period"), viewer)}

    def _insights(self, text: str, period: str | None, viewer: Viewer) -> list[dict[str, Any]]:
        viewer.check("instagram_manage_insights")
        of_kind = _BY_KIND.get(self._post.kind, _FEED_METRICS)
        metrics = asked_metrics(text, _FEED_METRICS | _REEL_METRICS | _STORY_METRICS)
        for metric in metrics:
            if metric not in of_kind:
                message = (
                    f"(#100) The Media Insights API does not support the {metric} metric for this media product type."
                )
                raise graph_error(message, 100)
        check_lifetime(period, metrics[0])
        if viewer.limited and viewer.now - self._post.published_at < _INSIGHTS_AFTER:
            return []  # a new post has none yet, which is not zero
        counters = self._post.counters(viewer.now)
        return lifetime(self._post.post_id, {metric: of_kind[metric](counters) for metric in metrics})


_MEDIA_COUNTS: dict[str, Callable[[WorldPost, PostSnapshot], int | None]] = {
    "like_count": lambda post, seen: None if post.hides_likes else seen.likes,
    "comments_count": lambda _, seen: seen.comments,
    "saved_count": lambda _, seen: seen.saves,
    "shares_count": lambda _, seen: seen.shares,
    "view_count": lambda post, seen: seen.impressions if post.kind is PostKind.REEL else None,
}
_MEDIA_TYPES = {PostKind.VIDEO: "VIDEO", PostKind.REEL: "VIDEO", PostKind.CAROUSEL: "CAROUSEL_ALBUM"}
_MOVING = (PostKind.VIDEO, PostKind.REEL)


def _picture(post: WorldPost) -> str:
    return f"https://scontent.example/{post.post_id}.jpg"


_MEDIA_FIELDS: dict[str, Callable[[WorldPost], Any]] = {
    "id": lambda post: post.post_id,
    "caption": lambda post: post.text,
    "media_type": lambda post: _MEDIA_TYPES.get(post.kind, "IMAGE"),
    "media_product_type": lambda post: {PostKind.REEL: "REELS", PostKind.STORY: "STORY"}.get(post.kind, "FEED"),
    "permalink": lambda post: post.permalink,
    "shortcode": lambda post: post.permalink.rstrip("/").rpartition("/")[2] if post.permalink else None,
    "timestamp": lambda post: graph_time(post.published_at),
    "media_url": lambda post: (
        f"https://scontent.example/{post.post_id}.mp4" if post.kind in _MOVING else _picture(post)
    ),
    "thumbnail_url": lambda post: _picture(post) if post.kind in _MOVING else None,
    "is_shared_to_feed": lambda post: True if post.kind is PostKind.REEL else None,
}
