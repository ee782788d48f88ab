"""How does a video of a Page answer? Its own node, with its own insights, beside the post that shows it."""

from collections.abc import Callable
from typing import Any

from core.domain import PostKind, PostSnapshot
from core.sandbox.facebook_posts import by_type, summary_of
from core.sandbox.graph import Viewer
from core.sandbox.graph_fields import FieldAsk
from core.sandbox.graph_insights import asked_metrics, check_lifetime, lifetime, nested_ask
from core.sandbox.graph_times import graph_time
from core.sandbox.world import Account, WorldPost

_VIDEO_METRICS: dict[str, Callable[[PostSnapshot], Any]] = {
    "total_video_views": lambda seen: seen.video_views,
    "blue_reels_play_count": lambda seen: seen.video_views,
    "fb_reels_total_plays": lambda seen: seen.video_views,
    "total_video_reactions_by_type_total": lambda seen: by_type(seen.likes),
}


def is_moving(post: WorldPost) -> bool:
    return post.kind in (PostKind.VIDEO, PostKind.REEL)


def video_id(post: WorldPost) -> str:
    """The video's own id: the number of the post that shows it."""
    return post.post_id.rpartition("_")[2]


class FacebookVideo:
    """A video or reel of a Page."""

    node_type = "Video"

    def __init__(self, page: Account, post: WorldPost) -> None:
        self._page = page
        self._post = post

    def default_fields(self) -> str:
        return "id,description,updated_time"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        if field.name == "video_insights":
            return {"data": self._insights(*nested_ask(field), viewer)}
        if field.name in _COUNTS:
            return _COUNTS[field.name](self._post.counters(viewer.now))
        return _FIELDS[field.name](self._post)

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        if name != "video_insights":
            raise KeyError(name)
        metrics = viewer.asked.get("metric") or ",".join(_VIDEO_METRICS)
        return {"data": self._insights(metrics, viewer.asked.get("period"), viewer)}

    def _insights(self, text: str, period: str | None, viewer: Viewer) -> list[dict[str, Any]]:
        viewer.check("read_insights")
        metrics = asked_metrics(text, _VIDEO_METRICS)
        check_lifetime(period, metrics[0])
        counters = self._post.counters(viewer.now)
        return lifetime(video_id(self._post), {metric: _VIDEO_METRICS[metric](counters) for metric in metrics})


_COUNTS: dict[str, Callable[[PostSnapshot], Any]] = {
    "reactions": lambda seen: summary_of(seen.likes),
    "likes": lambda seen: summary_of(seen.likes),
    "comments": lambda seen: summary_of(seen.comments),
}
_FIELDS: dict[str, Callable[[WorldPost], Any]] = {
    "id": video_id,
    "post_id": lambda post: post.post_id,
    "description": lambda post: post.text,
    "created_time": lambda post: graph_time(post.published_at),
    "updated_time": lambda post: graph_time(post.edited_at or post.published_at),
    "permalink_url": lambda post: f"/reel/{video_id(post)}/",
    "picture": lambda post: f"https://scontent.example/{post.post_id}.jpg",
    "published": lambda _: True,
    "length": lambda _: 21.5,
}
