"""What do LinkedIn's statistics say of posts and days, and what does LinkedIn offer? Checked 2026-11-23."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import AliasChoices, AliasPath, Field

from core.domain import Post
from core.fetchers.answers import (
    AnswerModel,
    Counter,
    Instant,
    Numbers,
    add_up,
    numbers_of,
    parse_answer,
    sum_engagements,
)
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
    (Grain.POST_LIFETIME, Metric.VIDEO_VIEWS): Offer("videoAnalytics.VIDEO_VIEW (native videos younger than 7 days)"),
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS): Offer("networkSizes.firstDegreeSize"),
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS_GAINED): Offer(
        "followerGains.organicFollowerGain + paidFollowerGain (net)", FOLLOWER_LAG_DAYS
    ),
    (Grain.ACCOUNT_DAY, Metric.PROFILE_VIEWS): Offer("totalPageStatistics.views.allPageViews.pageViews"),
}


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


def parse_statistics(body: Any, posts: Sequence[Post], now: datetime) -> dict[str, Numbers]:
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
    return {post.post_id: numbers[post.post_id] for post in posts if post.post_id in numbers}


def find_answered(body: Any) -> set[str]:
    """The posts that the answer really names; what `parse_statistics` says of any other is read into its silence."""
    elements = parse_answer(_StatisticsList, body, of="LinkedIn's post statistics").elements
    return {element.urn for element in elements if element.urn}


def parse_days(body: Any) -> dict[date, Numbers]:
    """The days of daily share statistics, follower gains (net, so perhaps negative) or page views."""
    elements = parse_answer(_StatisticsList, body, of="LinkedIn's daily statistics").elements
    return {element.start.date(): element.day_numbers for element in elements if element.start}


class _VideoView(AnswerModel):
    value: Counter | None = None


class _VideoViews(AnswerModel):
    elements: list[_VideoView]


def parse_video_views(body: Any) -> int | None:
    """How often a native video was played; None where it is none, or older than 6 months."""
    elements = parse_answer(_VideoViews, body, of="LinkedIn's video views").elements
    return elements[0].value if elements else None
