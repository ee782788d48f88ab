"""The words of Tideline: platforms, posts, snapshots, days, runs."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Provider(StrEnum):
    """Who grants access."""

    LINKEDIN = "linkedin"
    X = "x"
    META = "meta"
    """Facebook Login: pages, and the Instagram accounts linked to them."""
    INSTAGRAM = "instagram"
    """Instagram Login: one professional account, without a page."""


class Platform(StrEnum):
    """Where an account lives."""

    LINKEDIN = "linkedin"
    X = "x"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"

    @property
    def provider(self) -> Provider:
        """Who grants access by default; an account is read with its own grant's provider."""
        return {Platform.LINKEDIN: Provider.LINKEDIN, Platform.X: Provider.X}.get(self, Provider.META)


class PostKind(StrEnum):
    """What a post is made of."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    CAROUSEL = "carousel"
    LINK = "link"
    REEL = "reel"
    STORY = "story"
    OTHER = "other"


class DataSet(StrEnum):
    """The four things a sync reads of an account."""

    PROFILE = "profile"
    POSTS = "posts"
    POST_METRICS = "post_metrics"
    ACCOUNT_DAYS = "account_days"


class RunState(StrEnum):
    """The life of a sync run: requested → running → one of the final states."""

    REQUESTED = "requested"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        return self not in ACTIVE_RUN_STATES


ACTIVE_RUN_STATES = (RunState.REQUESTED, RunState.RUNNING)


class StepState(StrEnum):
    """The life of one account's step within a run; `waiting` goes on at its `retry_at`."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WAITING = "waiting"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"


CUT_SHORT_STEPS = (StepState.FAILED, StepState.INTERRUPTED, StepState.CANCELLED)
"""Those that did not bring what they were asked for, and do not go on by themselves."""


class RunTrigger(StrEnum):
    """Why a run was asked for."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    CATCH_UP = "catch_up"
    COMMAND = "command"
    RETRY = "retry"
    BACKFILL = "backfill"


class RowSource(StrEnum):
    """Where a measured row came from."""

    API = "api"
    IMPORT = "import"


class RateBase(StrEnum):
    """What a business's engagement rate is a share of."""

    IMPRESSIONS = "impressions"
    REACH = "reach"
    FOLLOWERS = "followers"


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """What a business counts as engagement, and what its engagement rate is a share of."""

    base: RateBase = RateBase.IMPRESSIONS
    counts_clicks: bool = False


USUAL_RULE = EngagementRule()
"""What a business counts as long as nobody has chosen."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its platform describes it now; `followers` is None where the platform did not say."""

    external_id: str
    name: str
    handle: str | None = None
    url: str | None = None
    avatar_url: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A published post; `published_at` is an aware UTC instant."""

    post_id: str
    kind: PostKind
    published_at: datetime
    text: str | None = None
    permalink: str | None = None
    media_url: str | None = None
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostSnapshot:
    """A post's lifetime counters as answered now; None = not asked, not answered or not offered, never zero."""

    post_id: str
    impressions: int | None = None
    reach: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    clicks: int | None = None
    video_views: int | None = None
    engagements: int | None = None


@dataclass(frozen=True, slots=True)
class AssumedSnapshot(PostSnapshot):
    """Numbers that the platform did not write down, but lets us read into its silence.

    They fill what is unknown, and never take the place of a known number.
    """


@dataclass(frozen=True, slots=True)
class AccountDay:
    """An account's numbers of one day; `day` is a date in the platform's own reporting zone."""

    day: date
    followers: int | None = None
    followers_gained: int | None = None
    followers_lost: int | None = None
    impressions: int | None = None
    reach: int | None = None
    profile_views: int | None = None
    clicks: int | None = None
    link_clicks: int | None = None
    video_views: int | None = None
    engagements: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one look at a data set covered: the days or instants, and the metrics really answered."""

    data_set: DataSet
    covered_from: datetime | None = None
    covered_to: datetime | None = None
    metrics: tuple[str, ...] = ()


@dataclass(slots=True)
class Harvest:
    """Everything one sync read of one account, filled data set by data set and loaded in one transaction."""

    account_id: int
    run_id: int
    observed_at: datetime
    profile: Profile | None = None
    posts: list[Post] = field(default_factory=list)
    snapshots: list[PostSnapshot] = field(default_factory=list)
    days: list[AccountDay] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Posts that the platform has confirmed as deleted."""
    forget_gone: bool = False
    """Whether the platform's rules demand that their text and media go too (X)."""
    keep_texts_from: datetime | None = None
    """Of posts published before it the platform's rules let us keep the numbers alone, no text and media."""


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """An account as the warehouse keeps it for analysts: ids, names and the day it was connected."""

    account_id: int
    business_id: int
    business_name: str
    business_timezone: str
    platform: Platform
    external_id: str
    connected_at: datetime


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """How many metric rows a load met: never seen before, changed, and unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
