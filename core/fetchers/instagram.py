"""How is an Instagram professional account read, through its Facebook page's login or its own? Graph API, checked 2026-11-24.

https://developers.facebook.com/docs/instagram-platform/insights
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field

from core.domain import AccountDay, Platform, Post, PostKind, PostSnapshot, Profile
from core.fetchers import graph
from core.fetchers.answers import (
    AnswerModel,
    Counter,
    ExternalId,
    Instant,
    build_days,
    build_snapshot,
    closed_days,
    numbers_of,
    parse_answer,
)
from core.fetchers.base import ConnectableAccount, ListedPost, Plan, PostList, count_batches
from core.fetchers.graph_fetcher import GraphFetcher
from core.fetchers.graph_insights import Sources, Table, parse_insights
from core.fetchers.graph_pages import ManagedInstagram, ManagedPage, list_pages
from core.fetchers.listing import take_posts
from core.fetchers.text import find_hashtags
from core.fetchers.together import body_of
from core.fetchers.transport import ApiSession
from core.metrics import Grain, Metric, Offer, Offers

MOST_DAYS = 90  # Meta keeps no more of an account's days
DAY_LAG = 2  # insights may be 48 hours late

LISTED = {Metric.LIKES: "like_count", Metric.COMMENTS: "comments_count"}
STORY_INSIGHTS: Sources = {Metric.IMPRESSIONS: "views", Metric.REACH: "reach", Metric.SHARES: "shares"}
MEDIA_INSIGHTS: Sources = {**STORY_INSIGHTS, Metric.SAVES: "saved"}
ACCOUNT_INSIGHTS: Sources = {
    Metric.IMPRESSIONS: "views",
    Metric.REACH: "reach",
    Metric.PROFILE_VIEWS: "profile_views",
    Metric.LINK_CLICKS: "website_clicks",
    Metric.ENGAGEMENTS: "total_interactions",
    Metric.LIKES: "likes",
    Metric.COMMENTS: "comments",
    Metric.SHARES: "shares",
    Metric.SAVES: "saves",
}
_MEDIA_SOURCES = {
    **LISTED,
    **MEDIA_INSIGHTS,
    Metric.VIDEO_VIEWS: "views (of videos and reels)",
    Metric.ENGAGEMENTS: "like_count + comments_count + shares + saved",
}
OFFERS: Offers = (
    {(Grain.POST_LIFETIME, metric): Offer(source, DAY_LAG) for metric, source in _MEDIA_SOURCES.items()}
    | {(Grain.ACCOUNT_DAY, metric): Offer(source, DAY_LAG) for metric, source in ACCOUNT_INSIGHTS.items()}
    | {(Grain.ACCOUNT_DAY, Metric.FOLLOWERS): Offer("followers_count")}
)

_STORY_FIELDS = "id,caption,media_type,media_product_type,permalink,timestamp,media_url,thumbnail_url"
_MEDIA_FIELDS = f"{_STORY_FIELDS},like_count,comments_count"


class InstagramFetcher(GraphFetcher):
    """Reads one professional account, with the token of the page it is linked to or with its own."""

    platform: ClassVar[Platform] = Platform.INSTAGRAM
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = "UTC"

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        found = [_connectable(page, page.instagram) for page in list_pages(session) if page.instagram]
        return list({account.external_id: account for account in found}.values())

    @classmethod
    def plan(cls, posts: int, days: int) -> Plan:
        lists, batches = count_batches(posts, graph.PAGE_SIZE), count_batches(posts, graph.BATCH)
        return Plan(3 + lists + batches + min(days, MOST_DAYS))  # Instagram's own login has no batches of calls

    def fetch_profile(self) -> Profile:
        fields = "id,username,name,profile_picture_url,followers_count"
        told = parse_profile(graph.fetch_account(self._session, self._external_id, fields))
        return replace(told, external_id=self._external_id)  # to Instagram Login, `id` is another one for each app

    def fetch_posts(
        self,
        limit: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        offset_hint: int = 0,  # noqa: ARG002  # Meta finds its way back by time
    ) -> PostList:
        def walk_media() -> PostList:
            path = f"/{quote(self._external_id, safe='')}/media?fields={_MEDIA_FIELDS}{graph.between(since, until)}"
            pages = graph.iterate_edge(self._session, path, limit=limit, parse=parse_posts)
            return take_posts(pages, limit, since=since, until=until)

        asks: list[Callable[[], Any]] = [walk_media]
        if until is None:  # stories live for a day, so the past has none
            asks.append(self._list_stories)
        media, *stories = self._session.side_by_side(lambda ask: ask(), asks)
        return _with_stories(media, [item for found in stories for item in found], since) if limit else media

    def _list_stories(self) -> list[ListedPost]:
        path = f"/{quote(self._external_id, safe='')}/stories?fields={_STORY_FIELDS}"
        return graph.list_beside(self._session, path, parse_posts)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        posts = {item.post.post_id: item for item in listed}
        stories = [post_id for post_id, item in posts.items() if item.post.kind is PostKind.STORY]
        media = [post_id for post_id in posts if post_id not in set(stories)]
        plan = self._post_insights.plan_lifetime
        table = self._ask_all(plan(media, MEDIA_INSIGHTS) + plan(stories, STORY_INSIGHTS))
        return [_snapshot(posts[post_id], numbers) for post_id, numbers in table.items() if post_id in posts]

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:
        days = closed_days(first, last, now=self._session.now, zone=self.day_zone, most=MOST_DAYS)
        return build_days(self._day_insights.ask_living_alike(ACCOUNT_INSIGHTS, days, self._fetch_days), days)

    def _fetch_days(self, days: Sequence[date], wanted: Sources) -> Table[date]:
        """One call a day: a total comes as one number for the whole span asked, and daily reach must not be derived from sums."""
        if not wanted:
            return {}
        told = self._session.get_together([self._day_path(day, wanted) for day in days])
        return {day: parse_days(body_of(answer), wanted) for day, answer in zip(days, told, strict=True)}

    def _day_path(self, day: date, wanted: Sources) -> str:
        since, until = (
            int(datetime.combine(midnight, time(), UTC).timestamp()) for midnight in (day, day + timedelta(days=1))
        )
        path = f"/{quote(self._external_id, safe='')}/insights?metric={','.join(wanted.values())}&period=day&metric_type=total_value"
        return f"{path}&since={since}&until={until}"


def _with_stories(media: PostList, stories: list[ListedPost], since: datetime | None) -> PostList:
    """The stories that are alive come on top of the media and of their limit: tomorrow nobody can read them any more."""
    known = {item.post.post_id for item in media.listed}
    alive = [
        item for item in stories if item.post.post_id not in known and not (since and item.post.published_at < since)
    ]
    newest = sorted([*alive, *media.listed], key=lambda item: item.post.published_at, reverse=True)
    return replace(media, listed=newest)


def _connectable(page: ManagedPage, account: ManagedInstagram) -> ConnectableAccount:
    return ConnectableAccount(
        Platform.INSTAGRAM,
        account.id,
        account.name or account.username,
        handle=account.username,
        avatar_url=account.profile_picture_url,
        role=page.role,
        own_token=page.access_token,
        problem=page.problem,
    )


class _Account(AnswerModel):
    id: ExternalId
    username: str
    name: str | None = None
    profile_picture_url: str | None = None
    followers: Counter | None = Field(None, validation_alias="followers_count")


def parse_profile(body: Any) -> Profile:
    account = parse_answer(_Account, body, of="Instagram's profile")
    url = f"https://www.instagram.com/{quote(account.username)}/"
    return Profile(
        account.id,
        account.name or account.username,
        account.username,
        url,
        account.profile_picture_url,
        account.followers,
    )


class _Media(AnswerModel):
    id: ExternalId
    timestamp: Instant
    caption: str | None = None
    media_type: str = ""
    media_product_type: str = "FEED"
    permalink: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    likes: Counter | None = Field(None, validation_alias="like_count")  # absent where the owner hides likes
    comments: Counter | None = Field(None, validation_alias="comments_count")


_KINDS = {
    "REELS": PostKind.REEL,
    "STORY": PostKind.STORY,
    "IMAGE": PostKind.IMAGE,
    "VIDEO": PostKind.VIDEO,
    "CAROUSEL_ALBUM": PostKind.CAROUSEL,
}


class _MediaList(AnswerModel):
    data: list[_Media]


def parse_posts(body: Any) -> list[ListedPost]:
    """The media, without those that exist for ads only."""
    media = parse_answer(_MediaList, body, of="Instagram's list of media").data
    return [_listed(medium) for medium in media if medium.media_product_type != "AD"]


def _listed(medium: _Media) -> ListedPost:
    kind = _KINDS.get(medium.media_product_type) or _KINDS.get(medium.media_type, PostKind.OTHER)
    picture = medium.thumbnail_url or medium.media_url
    post = Post(
        medium.id, kind, medium.timestamp, medium.caption, medium.permalink, picture, find_hashtags(medium.caption)
    )
    counted = () if kind is PostKind.STORY else LISTED  # what Meta lists for a story is no count
    return ListedPost(post, build_snapshot(medium.id, numbers_of(medium, counted), OFFERS))


def _snapshot(item: ListedPost, insights: dict[Metric, int | None]) -> PostSnapshot:
    """The list's counters and the insights; plays are gone, so a video's views are its views."""
    is_video = item.post.kind in {PostKind.VIDEO, PostKind.REEL}
    views = {Metric.VIDEO_VIEWS: insights.get(Metric.IMPRESSIONS) if is_video else None}
    return build_snapshot(item.post.post_id, numbers_of(item.counters, LISTED) | insights | views, OFFERS)


def parse_days(body: Any, sources: Sources) -> dict[Metric, int | None]:
    """One day's totals; a total without a value is not known."""
    metric_of = {source: metric for metric, source in sources.items()}
    insights = parse_insights(body, "day")
    return {metric_of[insight.name]: insight.total.number for insight in insights if insight.name in metric_of}
