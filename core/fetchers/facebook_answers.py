"""What do the answers about a Facebook page say? Their shapes and the metrics in them, checked 2026-11-23."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AliasPath, Field

from core.domain import Post, PostKind, PostSnapshot, Profile
from core.fetchers.answers import (
    AnswerModel,
    Counter,
    ExternalId,
    Instant,
    build_snapshot,
    merge_tables,
    numbers_of,
    parse_answer,
)
from core.fetchers.base import ListedPost
from core.fetchers.graph_insights import Sources, Table, parse_insights
from core.fetchers.text import find_hashtags
from core.metrics import Grain, Metric, Offer, Offers

DAY_LAG = 1  # page insights are made about once a day

POST_INSIGHTS: Sources = {
    Metric.IMPRESSIONS: "post_media_view",
    Metric.REACH: "post_total_media_view_unique",
    Metric.CLICKS: "post_clicks",
    Metric.VIDEO_VIEWS: "post_video_views",
}
# The impressions and fans metrics were switched off on 2025-11-15, their unique ones on 2026-06-15, for all API versions at once.
PAGE_INSIGHTS: Sources = {
    Metric.FOLLOWERS: "page_follows",
    Metric.FOLLOWERS_GAINED: "page_daily_follows_unique",
    Metric.FOLLOWERS_LOST: "page_daily_unfollows_unique",
    Metric.IMPRESSIONS: "page_media_view",
    Metric.REACH: "page_total_media_view_unique",
    Metric.PROFILE_VIEWS: "page_views_total",
    Metric.CLICKS: "page_total_actions",
    Metric.VIDEO_VIEWS: "page_video_views",
    Metric.ENGAGEMENTS: "page_post_engagements",
    Metric.LIKES: "page_actions_post_reactions_total",
}
LISTED = {
    Metric.LIKES: "reactions.summary.total_count",
    Metric.COMMENTS: "comments.summary.total_count",
    Metric.SHARES: "shares.count",
}
_POST_SOURCES = {**LISTED, **POST_INSIGHTS, Metric.ENGAGEMENTS: "reactions + comments + shares"}
OFFERS: Offers = {(Grain.POST_LIFETIME, metric): Offer(source) for metric, source in _POST_SOURCES.items()} | {
    (Grain.ACCOUNT_DAY, metric): Offer(source, DAY_LAG, includes_clicks=metric is Metric.ENGAGEMENTS)
    for metric, source in PAGE_INSIGHTS.items()
}

PACIFIC = ZoneInfo("America/Los_Angeles")

_NOT_THE_PATH = re.compile(r"^\w+://[^/?#]*|[?#].*$", re.DOTALL)  # of a link; a platform's may be no URL at all


class _Page(AnswerModel):
    id: ExternalId
    name: str
    username: str | None = None
    link: str | None = None
    avatar_url: str | None = Field(None, validation_alias=AliasPath("picture", "data", "url"))
    followers: Counter | None = Field(None, validation_alias="followers_count")


def parse_profile(body: Any) -> Profile:
    page = parse_answer(_Page, body, of="Facebook's page profile")
    url = page.link or f"https://www.facebook.com/{page.id}"
    return Profile(page.id, page.name, page.username, url, page.avatar_url, page.followers)


class _Attachment(AnswerModel):
    media_type: str = ""
    type: str = ""
    target_id: ExternalId | None = Field(None, validation_alias=AliasPath("target", "id"))


class _Post(AnswerModel):
    id: ExternalId
    created_time: Instant
    message: str | None = None
    story: str | None = None
    permalink_url: str | None = None
    full_picture: str | None = None
    status_type: str = ""
    is_published: bool = True
    attachments: tuple[_Attachment, ...] = Field((), validation_alias=AliasPath("attachments", "data"))
    likes: Counter | None = Field(None, validation_alias=AliasPath("reactions", "summary", "total_count"))
    comments: Counter | None = Field(None, validation_alias=AliasPath("comments", "summary", "total_count"))
    shares: Counter = Field(
        0, validation_alias=AliasPath("shares", "count")
    )  # Meta leaves the key out where nobody shared

    @property
    def kind(self) -> PostKind:
        if "/reel/" in (self.permalink_url or ""):
            return PostKind.REEL
        if self.attachments:
            return _KINDS.get(self.attachments[0].media_type, PostKind.OTHER)
        return _KINDS.get(self.status_type, PostKind.TEXT if self.message else PostKind.OTHER)


_KINDS = {
    "photo": PostKind.IMAGE,
    "album": PostKind.CAROUSEL,
    "multi_share": PostKind.CAROUSEL,
    "video": PostKind.VIDEO,
    "link": PostKind.LINK,
    "share": PostKind.LINK,
    "added_photos": PostKind.IMAGE,
    "added_video": PostKind.VIDEO,
    "shared_story": PostKind.LINK,
    "mobile_status_update": PostKind.TEXT,
}


class _Posts(AnswerModel):
    data: list[_Post]


def parse_posts(body: Any) -> list[ListedPost]:
    posts = parse_answer(_Posts, body, of="Facebook's list of posts").data
    return [_listed(post) for post in posts if post.is_published]


def names_in(body: Any) -> set[str]:
    """Every name by which a list of reels may know the posts of this list, planned ones included."""
    posts = parse_answer(_Posts, body, of="Facebook's list of posts").data
    targets = {attachment.target_id for post in posts for attachment in post.attachments if attachment.target_id}
    return targets.union(*(find_names(post.id, post.permalink_url) for post in posts))


def find_names(post_id: str, link: str | None) -> frozenset[str]:
    """The ids and the path of one post: its number alone may be its video's, and links differ in what follows the path."""
    path = _NOT_THE_PATH.sub("", link or "").strip("/")
    return frozenset({post_id, post_id.rpartition("_")[2]} | ({path, path.rpartition("/")[2]} if path else set()))


def merge_twins(listed: Iterable[ListedPost]) -> list[ListedPost]:
    """A reel may be listed as a post and as its bare video, under one link: the post stays, for a bare video has no insights."""
    chosen: dict[str, ListedPost] = {}
    for item in listed:
        is_reel = item.post.kind is PostKind.REEL
        link = item.post.permalink if is_reel and item.post.permalink else item.post.post_id
        if link not in chosen or ("_" in item.post.post_id and "_" not in chosen[link].post.post_id):
            chosen[link] = item
    return list(chosen.values())


def _listed(raw: _Post) -> ListedPost:
    text = raw.message or raw.story
    post = Post(raw.id, raw.kind, raw.created_time, text, raw.permalink_url, raw.full_picture, find_hashtags(text))
    return ListedPost(post, build_snapshot(raw.id, numbers_of(raw, LISTED), OFFERS))


def build_post_snapshot(item: ListedPost, insights: dict[Metric, int | None]) -> PostSnapshot:
    """The list's counters and the insights; a post without a video has no video views, whatever number Meta gives."""
    is_video = item.post.kind in {PostKind.VIDEO, PostKind.REEL}
    numbers = numbers_of(item.counters, LISTED) | {
        metric: number for metric, number in insights.items() if is_video or metric is not Metric.VIDEO_VIEWS
    }
    return build_snapshot(item.post.post_id, numbers, OFFERS)


def parse_days(body: Any, sources: Sources) -> Table[date]:
    """The numbers by day. `end_time` is the midnight after the day it describes, at 07:00 or 08:00 UTC; half a day before it is that day's noon."""
    metric_of = {source: metric for metric, source in sources.items()}
    return merge_tables(
        {(value.end_time - timedelta(hours=12)).astimezone(PACIFIC).date(): {metric_of[insight.name]: value.number}}
        for insight in parse_insights(body, "day")
        if insight.name in metric_of
        for value in insight.values
        if value.end_time
    )
