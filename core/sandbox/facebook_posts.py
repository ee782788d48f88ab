"""How does a Facebook post answer? Its fields, counts and lifetime insights, as a node of the Graph API."""

from collections.abc import Callable
from typing import Any

from core.domain import PostKind, PostSnapshot
from core.sandbox.graph import Viewer
from core.sandbox.graph_fields import FieldAsk
from core.sandbox.graph_insights import asked_metrics, check_lifetime, lifetime, nested_ask, recent_paging
from core.sandbox.graph_times import graph_time
from core.sandbox.world import Account, WorldPost


def by_type(reactions: int | None) -> dict[str, int] | None:
    """Reactions split into types that add up to them."""
    if reactions is None:
        return None
    love = reactions // 9
    return {"like": reactions - love, "love": love} if reactions else {}


_POST_METRICS: dict[str, Callable[[PostSnapshot], Any]] = {
    "post_media_view": lambda seen: seen.impressions,
    "post_total_media_view_unique": lambda seen: seen.reach,
    "post_clicks": lambda seen: seen.clicks,
    "post_video_views": lambda seen: seen.video_views,
    "post_reactions_by_type_total": lambda seen: by_type(seen.likes),
    "post_reactions_like_total": lambda seen: (by_type(seen.likes) or {}).get("like"),
}


class FacebookPost:
    """A post of a Page."""

    node_type = "Post"

    def __init__(self, page: Account, post: WorldPost) -> None:
        self._page = page
        self._post = post

    def default_fields(self) -> str:
        return "id,message,created_time"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        if field.name == "insights":
            return {
                "data": self._insights(*nested_ask(field), viewer),
                "paging": recent_paging(viewer, self._post.post_id),
            }
        if field.name == "from":
            return {"id": self._page.external_id, "name": self._page.name}
        if field.name in _POST_COUNTS:
            return _POST_COUNTS[field.name](self._post.counters(viewer.now))
        return _POST_FIELDS[field.name](self._post)

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        if name != "insights":
            raise KeyError(name)
        asked = viewer.asked.get("metric", ""), viewer.asked.get("period")
        return {"data": self._insights(*asked, viewer), "paging": recent_paging(viewer, self._post.post_id)}

    def _insights(self, text: str, period: str | None, viewer: Viewer) -> list[dict[str, Any]]:
        viewer.check("read_insights")
        metrics = asked_metrics(text, _POST_METRICS)
        check_lifetime(period, metrics[0])
        counters = self._post.counters(viewer.now)
        return lifetime(self._post.post_id, {metric: _POST_METRICS[metric](counters) for metric in metrics})


def summary_of(count: int | None) -> dict[str, Any] | None:
    return None if count is None else {"data": [], "summary": {"total_count": count}}


_POST_COUNTS: dict[str, Callable[[PostSnapshot], Any]] = {
    "reactions": lambda seen: summary_of(seen.likes),
    "likes": lambda seen: summary_of(seen.likes),
    "comments": lambda seen: summary_of(seen.comments),
    "shares": lambda seen: {"count": seen.shares} if seen.shares else None,
}
_STATUS = {PostKind.TEXT: "mobile_status_update", PostKind.LINK: "shared_story", PostKind.VIDEO: "added_video",
           PostKind.REEL: "added_video"}  # fmt: skip
_PICTURED = (PostKind.IMAGE, PostKind.CAROUSEL, PostKind.VIDEO, PostKind.REEL, PostKind.STORY)


def _attachments(post: WorldPost) -> dict[str, Any] | None:
    number = post.post_id.rpartition("_")[2]
    attached = {
        PostKind.IMAGE: {"media_type": "photo", "type": "photo", "target": {"id": number}},
        PostKind.CAROUSEL: {"media_type": "album", "type": "album", "target": {"id": number}},
        PostKind.VIDEO: {"media_type": "video", "type": "video_inline", "target": {"id": number}},
        PostKind.REEL: {"media_type": "video", "type": "video_inline", "target": {"id": number}},
        PostKind.LINK: {"media_type": "link", "type": "share", "url": post.link or "https://link.example"},
    }.get(post.kind)
    return {"data": [attached]} if attached else None


_POST_FIELDS: dict[str, Callable[[WorldPost], Any]] = {
    "id": lambda post: post.post_id,
    "message": lambda post: post.text,
    "story": lambda _: None,
    "created_time": lambda post: graph_time(post.published_at),
    "updated_time": lambda post: graph_time(post.edited_at or post.published_at),
    "permalink_url": lambda post: post.permalink,
    "status_type": lambda post: _STATUS.get(post.kind, "added_photos"),
    "is_published": lambda _: True,
    "attachments": _attachments,
    "full_picture": lambda post: f"https://scontent.example/{post.post_id}.jpg" if post.kind in _PICTURED else None,
}
