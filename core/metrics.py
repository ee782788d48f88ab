"""What does each number mean? The one catalog of metrics that tooltips, states and exports read."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Metric(StrEnum):
    """Every counter the warehouse has a column for; the value is the column's name."""

    IMPRESSIONS = "impressions"
    REACH = "reach"
    LIKES = "likes"
    COMMENTS = "comments"
    SHARES = "shares"
    SAVES = "saves"
    CLICKS = "clicks"
    LINK_CLICKS = "link_clicks"
    VIDEO_VIEWS = "video_views"
    ENGAGEMENTS = "engagements"
    FOLLOWERS = "followers"
    FOLLOWERS_GAINED = "followers_gained"
    FOLLOWERS_LOST = "followers_lost"
    PROFILE_VIEWS = "profile_views"


class Grain(StrEnum):
    """What one value of a metric belongs to."""

    POST_LIFETIME = "post_lifetime"
    ACCOUNT_DAY = "account_day"


POST_METRICS: tuple[Metric, ...] = (
    Metric.IMPRESSIONS,
    Metric.REACH,
    Metric.LIKES,
    Metric.COMMENTS,
    Metric.SHARES,
    Metric.SAVES,
    Metric.CLICKS,
    Metric.VIDEO_VIEWS,
    Metric.ENGAGEMENTS,
)
"""The counter columns of post_metrics and post_latest, in their order."""

ACCOUNT_METRICS: tuple[Metric, ...] = (
    Metric.FOLLOWERS,
    Metric.FOLLOWERS_GAINED,
    Metric.FOLLOWERS_LOST,
    Metric.IMPRESSIONS,
    Metric.REACH,
    Metric.PROFILE_VIEWS,
    Metric.CLICKS,
    Metric.LINK_CLICKS,
    Metric.VIDEO_VIEWS,
    Metric.ENGAGEMENTS,
    Metric.LIKES,
    Metric.COMMENTS,
    Metric.SHARES,
    Metric.SAVES,
)
"""The counter columns of account_metrics and account_daily, in their order."""


@dataclass(frozen=True, slots=True)
class Definition:
    """How a metric is called, what it counts, and whether its days may be added up."""

    label: str
    definition: str
    unit: str
    summable: bool


CATALOG: dict[Metric, Definition] = {
    Metric.IMPRESSIONS: Definition(
        "Impressions", "How often a post or page was shown (Meta calls it views).", "views", True
    ),
    Metric.REACH: Definition(
        "Reach", "How many different people saw it. Days cannot be added: the same person counts once.", "people", False
    ),
    Metric.LIKES: Definition("Reactions", "Likes and every other reaction type.", "reactions", True),
    Metric.COMMENTS: Definition("Comments", "Comments and replies.", "comments", True),
    Metric.SHARES: Definition("Shares", "Shares, reposts and quotes.", "shares", True),
    Metric.SAVES: Definition("Saves", "Saves and bookmarks.", "saves", True),
    Metric.CLICKS: Definition(
        "Clicks",
        "Clicks as the platform counts them: all clicks on LinkedIn and Facebook, link clicks on X.",
        "clicks",
        True,
    ),
    Metric.LINK_CLICKS: Definition("Link clicks", "Clicks that led to a website.", "clicks", True),
    Metric.VIDEO_VIEWS: Definition(
        "Video views", "How often a video was played, by the platform's own rule.", "views", True
    ),
    Metric.ENGAGEMENTS: Definition("Engagements", "Reactions, comments, shares and saves together.", "actions", True),
    Metric.FOLLOWERS: Definition(
        "Followers", "How many people follow the account at the end of the day.", "people", False
    ),
    Metric.FOLLOWERS_GAINED: Definition("Followers gained", "New followers of the day.", "people", True),
    Metric.FOLLOWERS_LOST: Definition("Followers lost", "People who stopped following that day.", "people", True),
    Metric.PROFILE_VIEWS: Definition(
        "Profile views", "How often the page or profile itself was opened.", "views", True
    ),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """That a platform gives a metric: from which field, how late, and between which days (None = open).

    `includes_clicks` says of engagements that the platform itself has added the clicks already.
    """

    source: str
    lag_days: int = 0
    first_day: date | None = None
    last_day: date | None = None
    includes_clicks: bool = False


Offers = dict[tuple[Grain, Metric], Offer]
"""A platform's own map, declared in its fetcher's file; what is not in it is not offered."""


class GoalMetric(StrEnum):
    """The numbers of a business that a goal may be set for."""

    FOLLOWERS = "followers"
    NET_FOLLOWERS = "net_followers"
    IMPRESSIONS = "impressions"
    ENGAGEMENTS = "engagements"
    ENGAGEMENT_RATE = "engagement_rate"
    POSTS = "posts"


@dataclass(frozen=True, slots=True)
class Aim:
    """What a goal says: what a number shall be (a rate as a share of 1) from `starts_on` to `ends_on`, both included."""

    metric: GoalMetric
    target: float
    starts_on: date
    ends_on: date
