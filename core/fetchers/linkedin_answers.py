"""What do LinkedIn's answers say? Their shapes and the metrics in them, checked 2026-11-23."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import AliasChoices, AliasPath, ConfigDict, Field

from core.domain import Post, PostKind, PostSnapshot, Profile
from core.fetchers.base import (
    AnswerModel,
    Counter,
    ExternalId,
    Instant,
    ListedPost,
    Numbers,
    add_up,
    build_snapshot,
    numbers_of,
    parse_answer,
    sum_engagements,
)
from core.fetchers.paging import Page
from core.fetchers.text import find_hashtags, read_little_text
from core.metrics import Grain, Metric, Offer, Offers

WINDOW = timedelta(days=365)  # statistics go back 12 months, rolling
FOLLOWER_LAG_DAYS = 1  # follower gains end the day before yesterday

COUNTERS = (Metric.IMPRESSIONS, Metric.REACH, Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.CLICKS)
NO_ACTIVITY: Numbers = {metric: 0 for metric in COUNTERS if metric is not Metric.REACH}
_SHARE_SOURCES = {
    Metric.IMPRESSIONS: "totalShareStatistics.impressionCount",
    Metric.REACH: "totalShareStatistics.uniqueImpressionsCount",
    Metric.LIKES: "totalShareStatistics.likeCount",
    Metric.COMMENTS: "totalShareStatistics.commentCount",
    Metric.SHARES: "totalShareStatistics.shareCount",
    Metric.CLICKS: "totalShareStatistics.clickCount",
    Metric.ENGAGEMENTS: "likeCount + commentCount + shareCount",
}
OFFERS: Offers = {(grain, metric): Offer(source) for grain in Grain for metric, source in _SHARE_SOURCES.items()} | {
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS): Offer("networkSizes.firstDegreeSize"),
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS_GAINED): Offer(
        "followerGains.organicFollowerGain + paidFollowerGain (net)", FOLLOWER_LAG_DAYS
    ),
    (Grain.ACCOUNT_DAY, Metric.PROFILE_VIEWS): Offer("totalPageStatistics.views.allPageViews.pageViews"),
}


class Organization(AnswerModel):
    """A page's names."""

    id: ExternalId
    name: str = Field(validation_alias="localizedName")
    handle: str | None = Field(None, validation_alias="vanityName")


class _Organizations(AnswerModel):
    results: dict[str, Organization]


class _NetworkSize(AnswerModel):
    followers: Counter | None = Field(None, validation_alias="firstDegreeSize")


def parse_profile(organization: Any, size: Any, external_id: str) -> Profile:
    page = parse_answer(Organization, organization, of="LinkedIn's page profile")
    followers = parse_answer(_NetworkSize, size, of="LinkedIn's follower count").followers
    folder = "showcase" if ":organizationBrand:" in external_id else "company"
    url = f"https://www.linkedin.com/{folder}/{quote(page.handle or page.id)}/"
    return Profile(external_id, page.name, handle=page.handle, url=url, followers=followers)


class _Link(AnswerModel):
    rel: str | None = None
    href: str | None = None


class _Paging(AnswerModel):
    start: int = 0
    count: int = 100
    links: list[_Link] | None = None

    def next_start(self, found: int) -> str | None:
        """Where the next page starts: a page may be short, even empty, before the end, so a next link decides.

        Without a list of links the first empty page is the last. The link's own start is used, for LinkedIn may cap our count.
        """
        if self.links is None:
            return str(self.start + self.count) if found else None
        href = next((link.href for link in self.links if link.rel == "next" and link.href), None)
        if href is None:
            return None
        start = parse_qs(urlsplit(href).query).get("start", [""])[0]
        return start if start.isdecimal() else str(self.start + self.count)


class PageRole(AnswerModel):
    """A page, and who has which role on it."""

    organization: ExternalId = Field(
        validation_alias=AliasChoices("organization", "organizationTarget", "organizationalTarget")
    )
    role: str = "ADMINISTRATOR"
    member: str = Field("", validation_alias="roleAssignee")


class _Acls(AnswerModel):
    elements: list[PageRole]
    paging: _Paging = _Paging()


def parse_roles(body: Any) -> Page[PageRole]:
    roles = parse_answer(_Acls, body, of="LinkedIn's list of pages")
    return Page(roles.elements, roles.paging.next_start(len(roles.elements)))


def parse_organizations(body: Any) -> dict[str, Organization]:
    """The pages that LinkedIn shows to this login, by their number; a refused one is not among them."""
    return parse_answer(_Organizations, body, of="LinkedIn's page names").results


class _Content(AnswerModel):
    """What a post is made of: the first key that is there."""

    model_config = ConfigDict(extra="allow")
    medium: str | None = Field(None, validation_alias=AliasPath("media", "id"))

    @property
    def kind(self) -> PostKind:
        if self.medium:
            return _KINDS.get(self.medium.rsplit(":", 1)[0], PostKind.OTHER)
        return next(
            (_KINDS.get(name, PostKind.OTHER) for name, value in (self.model_extra or {}).items() if value),
            PostKind.TEXT,
        )


_KINDS = {
    "urn:li:image": PostKind.IMAGE,
    "urn:li:video": PostKind.VIDEO,
    "urn:li:document": PostKind.CAROUSEL,
    "multiImage": PostKind.CAROUSEL,
    "carousel": PostKind.CAROUSEL,
    "article": PostKind.LINK,
}


class _Post(AnswerModel):
    id: ExternalId
    commentary: str | None = None
    published_at: Instant | None = Field(None, validation_alias=AliasChoices("publishedAt", "createdAt"))
    state: str = Field("PUBLISHED", validation_alias="lifecycleState")
    content: _Content | None = None
    is_dark: bool = Field(False, validation_alias=AliasPath("adContext", "isDsc"))  # exists for ads only


class _Posts(AnswerModel):
    elements: list[_Post]
    paging: _Paging = _Paging()


def parse_posts(body: Any) -> Page[ListedPost]:
    answer = parse_answer(_Posts, body, of="LinkedIn's list of posts")
    listed = [
        _listed(post, post.published_at)
        for post in answer.elements
        if post.published_at and post.state == "PUBLISHED" and not post.is_dark
    ]
    return Page(listed, answer.paging.next_start(len(answer.elements)))


def _listed(post: _Post, published_at: datetime) -> ListedPost:
    text = read_little_text(post.commentary)
    kind = post.content.kind if post.content else PostKind.TEXT
    permalink = f"https://www.linkedin.com/feed/update/{post.id}"
    return ListedPost(
        Post(post.id, kind, published_at, text, permalink, hashtags=find_hashtags(text)), PostSnapshot(post.id)
    )


def _share_count(*names: str) -> Any:
    return Field(None, validation_alias=AliasChoices(*(AliasPath("totalShareStatistics", name) for name in names)))


class _Statistics(AnswerModel):
    """One element of the three statistics answers, of a post or of a day; each fills its own fields."""

    urn: str | None = Field(None, validation_alias=AliasChoices("share", "ugcPost"))
    start: Instant | None = Field(None, validation_alias=AliasPath("timeRange", "start"))
    impressions: Counter | None = _share_count("impressionCount")
    reach: Counter | None = _share_count("uniqueImpressionsCount", "uniqueImpressionsCounts")
    likes: Counter | None = _share_count("likeCount")
    comments: Counter | None = _share_count("commentCount")
    shares: Counter | None = _share_count("shareCount")
    clicks: Counter | None = _share_count("clickCount")
    organic_gain: Counter | None = Field(None, validation_alias=AliasPath("followerGains", "organicFollowerGain"))
    paid_gain: Counter | None = Field(None, validation_alias=AliasPath("followerGains", "paidFollowerGain"))
    page_views: Counter | None = Field(
        None, validation_alias=AliasPath("totalPageStatistics", "views", "allPageViews", "pageViews")
    )

    @property
    def day_numbers(self) -> Numbers:
        counted = numbers_of(self, COUNTERS)
        every = counted | {
            Metric.ENGAGEMENTS: sum_engagements(counted, OFFERS, Grain.ACCOUNT_DAY),
            Metric.FOLLOWERS_GAINED: add_up(self.organic_gain, self.paid_gain),
            Metric.PROFILE_VIEWS: self.page_views,
        }
        return {metric: number for metric, number in every.items() if number is not None}


class _StatisticsList(AnswerModel):
    elements: list[_Statistics]


def parse_statistics(body: Any, posts: Sequence[Post], now: datetime) -> dict[str, PostSnapshot]:
    """The counters of `posts`, and of nothing else.

    "A post without activity is omitted" and may be taken as 0, but so is one older than 12 months: that keeps its last numbers.
    An element that names no post is the page's total, the sign that our list was ignored: then an omission says nothing.
    """
    elements = parse_answer(_StatisticsList, body, of="LinkedIn's post statistics").elements
    found: dict[str | None, Numbers] = {element.urn: numbers_of(element, COUNTERS) for element in elements}
    quiet: dict[str | None, Numbers] = (
        {} if None in found else {post.post_id: NO_ACTIVITY for post in posts if now - post.published_at < WINDOW}
    )
    numbers = quiet | found
    return {
        post.post_id: build_snapshot(post.post_id, numbers[post.post_id], OFFERS)
        for post in posts
        if post.post_id in numbers
    }


def parse_days(body: Any) -> dict[date, Numbers]:
    """The days of daily share statistics, follower gains (net, so perhaps negative) or page views."""
    elements = parse_answer(_StatisticsList, body, of="LinkedIn's daily statistics").elements
    return {element.start.date(): element.day_numbers for element in elements if element.start}
