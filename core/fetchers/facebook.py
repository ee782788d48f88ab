"""How is a Facebook page read? Graph API, checked 2026-11-23: https://developers.facebook.com/docs/platforminsights/page."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import AliasPath, Field

from core.domain import AccountDay, Platform, Post, PostKind, PostSnapshot, Profile
from core.fetchers import graph
from core.fetchers.base import (
    AnswerModel,
    ConnectableAccount,
    Counter,
    ExternalId,
    Instant,
    ListedPost,
    build_days,
    build_snapshot,
    closed_days,
    in_batches,
    merge_tables,
    numbers_of,
    parse_answer,
    take_newest,
)
from core.fetchers.text import find_hashtags
from core.fetchers.transport import ApiSession, Transport
from core.metrics import Grain, Metric, Offer, Offers
from core.settings import ProviderSettings

DAYS_PER_CALL = 90  # 93 are the refusal's number, 90 the documentation's
MOST_DAYS = 730
DAY_LAG = 1  # page insights are made about once a day

POST_INSIGHTS: graph.Sources = {
    Metric.IMPRESSIONS: "post_media_view",
    Metric.REACH: "post_total_media_view_unique",
    Metric.CLICKS: "post_clicks",
    Metric.VIDEO_VIEWS: "post_video_views",
}
# The impressions and fans metrics were switched off on 2025-11-15, their unique ones on 2026-06-15, for all API versions at once.
PAGE_INSIGHTS: graph.Sources = {
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
    (Grain.ACCOUNT_DAY, metric): Offer(source, DAY_LAG) for metric, source in PAGE_INSIGHTS.items()
}

_POST_FIELDS = (
    "id,message,story,created_time,permalink_url,status_type,full_picture,is_published,shares,"
    "attachments{media_type,type,url,target},reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
)
_PACIFIC = ZoneInfo("America/Los_Angeles")


class FacebookFetcher:
    """Reads one page, with the page's own token."""

    platform: ClassVar[Platform] = Platform.FACEBOOK
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = _PACIFIC.key

    def __init__(self, session: ApiSession, external_id: str) -> None:
        self._session = session
        self._external_id = external_id
        self._insights = graph.InsightsReader(session)

    @staticmethod
    def open_session(transport: Transport, app: ProviderSettings, token: str, *, api_version: str) -> ApiSession:
        return graph.open_session(transport, app, token, api_version=api_version)

    @staticmethod
    def fetch_owner(session: ApiSession) -> str:
        return graph.fetch_owner(session)

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        return [_connectable(page) for page in graph.list_pages(session)]

    def fetch_profile(self) -> Profile:
        fields = "id,name,username,link,picture{url},followers_count"
        return parse_profile(graph.fetch_account(self._session, self._external_id, fields))

    def fetch_posts(self, limit: int) -> list[ListedPost]:
        path = f"/{quote(self._external_id, safe='')}/published_posts?fields={_POST_FIELDS}"
        return take_newest(graph.walk_edge(self._session, path, limit=limit, parse=parse_posts), limit)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        posts = {item.post.post_id: item for item in listed}
        table = self._insights.fetch_lifetime(list(posts), POST_INSIGHTS)
        return [_snapshot(posts[post_id], numbers) for post_id, numbers in table.items() if post_id in posts]

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:
        days = closed_days(first, last, now=self._session.now, zone=self.day_zone, most=MOST_DAYS)
        chunks = list(in_batches(days, DAYS_PER_CALL))
        tables = self._session.side_by_side(
            lambda chunk: self._insights.ask_living(PAGE_INSIGHTS, lambda wanted: self._fetch_chunk(chunk, wanted)),
            chunks,
        )
        return build_days(merge_tables(tables), days)

    def _fetch_chunk(self, days: Sequence[date], wanted: graph.Sources) -> graph.Table[date]:
        if not wanted:
            return {}
        since, until = (
            int(datetime.combine(day, time(), _PACIFIC).timestamp()) for day in (days[0], days[-1] + timedelta(days=1))
        )
        path = f"/{quote(self._external_id, safe='')}/insights?metric={','.join(wanted.values())}&period=day&since={since}&until={until}"
        return parse_days(self._session.get(path).body, wanted)


def _connectable(page: graph.ManagedPage) -> ConnectableAccount:
    return ConnectableAccount(
        Platform.FACEBOOK,
        page.id,
        page.name,
        handle=page.username,
        avatar_url=page.picture.url,
        role=page.role,
        own_token=page.access_token,
        problem=page.problem,
    )


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


def _listed(raw: _Post) -> ListedPost:
    text = raw.message or raw.story
    post = Post(raw.id, raw.kind, raw.created_time, text, raw.permalink_url, raw.full_picture, find_hashtags(text))
    return ListedPost(post, build_snapshot(raw.id, numbers_of(raw, LISTED), OFFERS))


def _snapshot(item: ListedPost, insights: dict[Metric, int | None]) -> PostSnapshot:
    """The list's counters and the insights; a post without a video has no video views, whatever number Meta gives."""
    is_video = item.post.kind in {PostKind.VIDEO, PostKind.REEL}
    numbers = numbers_of(item.counters, LISTED) | {
        metric: number for metric, number in insights.items() if is_video or metric is not Metric.VIDEO_VIEWS
    }
    return build_snapshot(item.post.post_id, numbers, OFFERS)


def parse_days(body: Any, sources: graph.Sources) -> graph.Table[date]:
    """The numbers by day. `end_time` is the midnight after the day it describes, at 07:00 or 08:00 UTC; half a day before it is that day's noon."""
    metric_of = {source: metric for metric, source in sources.items()}
    return merge_tables(
        {(value.end_time - timedelta(hours=12)).astimezone(_PACIFIC).date(): {metric_of[insight.name]: value.number}}
        for insight in graph.parse_insights(body, "day")
        if insight.name in metric_of
        for value in insight.values
        if value.end_time
    )
