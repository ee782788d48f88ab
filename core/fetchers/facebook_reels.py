"""Which reels does a page's list of posts leave out? Its list of reels is asked beside it, and what both hold stays one post.

Whether a reel is among a page's posts differs from page to page: https://developers.facebook.com/docs/graph-api/reference/page/video_reels
(checked 2026-11-24).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import AliasPath, Field

from core.domain import Post, PostKind
from core.fetchers import graph
from core.fetchers.answers import AnswerModel, Counter, ExternalId, Instant, build_snapshot, numbers_of, parse_answer
from core.fetchers.base import ListedPost, PostList
from core.fetchers.facebook_answers import OFFERS, find_names
from core.fetchers.graph_insights import Sources
from core.fetchers.text import find_hashtags
from core.fetchers.transport import ApiSession
from core.metrics import Metric

REEL_INSIGHTS: Sources = {Metric.VIDEO_VIEWS: "total_video_views"}
"""What a reel that is no post is asked for: a bare video has insights of its own."""

_FIELDS = (
    "id,post_id,description,created_time,permalink_url,picture,published,"
    "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
)
_LISTED = (Metric.LIKES, Metric.COMMENTS)


@dataclass(frozen=True, slots=True)
class Reel:
    """A reel as its own list tells it, and every name by which the list of posts may know it."""

    listed: ListedPost
    names: frozenset[str]
    is_post: bool
    """Whether it is known by the id of a post; a bare video's own id says nothing about that."""


class ReelList:
    """A page's newest reels, asked for once: a reader that goes back in time finds the older ones in what it has."""

    def __init__(self, session: ApiSession, external_id: str) -> None:
        self._session = session
        self._external_id = external_id
        self._reels: list[Reel] | None = None
        self._since: datetime | None = None

    def fetch(self, since: datetime | None) -> list[Reel]:
        """The newest reels published since then, at most a page of them; [] where Meta does not list them."""
        if self._reels is None or not self._reaches(since):
            span = graph.between(since, None)
            path = f"/{quote(self._external_id, safe='')}/video_reels?fields={_FIELDS}{span}"
            self._reels = graph.list_beside(self._session, path, lambda body: parse_reels(body, self._external_id))
            self._since = since
        return self._reels

    def _reaches(self, since: datetime | None) -> bool:
        return self._since is None or (since is not None and since >= self._since)


class _Reel(AnswerModel):
    id: ExternalId
    created_time: Instant
    post_id: ExternalId | None = None
    description: str | None = None
    permalink_url: str | None = None
    picture: str | None = None
    published: bool = True
    likes: Counter | None = Field(None, validation_alias=AliasPath("reactions", "summary", "total_count"))
    comments: Counter | None = Field(None, validation_alias=AliasPath("comments", "summary", "total_count"))


class _Reels(AnswerModel):
    data: list[_Reel]


def parse_reels(body: Any, page_id: str) -> list[Reel]:
    reels = parse_answer(_Reels, body, of="Facebook's list of reels").data
    return [_to_reel(reel, page_id) for reel in reels if reel.published]


def _to_reel(raw: _Reel, page_id: str) -> Reel:
    """Under the id of its post, where it has one: posts have more insights than bare videos."""
    number = (raw.post_id or "").rpartition("_")[2]
    post_id = f"{page_id}_{number}" if number else raw.id
    link = raw.permalink_url
    link = f"https://www.facebook.com{link}" if link and link.startswith("/") else link
    text = raw.description
    post = Post(post_id, PostKind.REEL, raw.created_time, text, link, raw.picture, find_hashtags(text))
    listed = ListedPost(post, build_snapshot(post_id, numbers_of(raw, _LISTED), OFFERS))
    return Reel(listed, find_names(post_id, link) | {raw.id}, bool(number))


def add_reels(
    posts: PostList,
    reels: Sequence[Reel],
    known: Collection[str],
    *,
    limit: int,
    since: datetime | None,
    until: datetime | None,
) -> PostList:
    """The posts, and among them the reels that no list of posts has named, in the span that the posts cover.

    A bare video is added among the newest posts only: it may be made days before the post that shows it, and in the past
    that post can lie beyond `until`, where nobody has read its name.
    """
    if not posts.is_complete and not posts.listed:
        return posts
    oldest = since if posts.is_complete else posts.listed[-1].post.published_at
    names = set(known)
    missing = [
        reel.listed
        for reel in reels
        if names.isdisjoint(reel.names)
        and (reel.is_post or until is None)
        and _is_within(reel.listed.post.published_at, oldest, until)
    ]
    if not missing:
        return posts
    newest = sorted([*posts.listed, *missing], key=lambda item: item.post.published_at, reverse=True)
    return PostList(newest[:limit], posts.is_complete and len(newest) <= limit)


def _is_within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or moment >= since) and (until is None or moment < until)
