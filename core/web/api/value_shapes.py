"""How do values look on the REST surface? Account days and posts, each with the states of what is not known."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from core.analytics.value_states import ValueState
from core.domain import Platform, RateBase
from core.metrics import Grain
from core.ops.models import Business


class RuleShape(BaseModel):
    """How a business counts engagement; its values are counted so."""

    business_id: int
    business: str
    engagements: str
    rate: str
    rate_base: RateBase
    counts_clicks: bool

    @classmethod
    def of(cls, business: Business) -> Self:
        clicks = " + clicks, where the platform offers them" if business.counts_clicks else ""
        return cls(
            business_id=business.id,
            business=business.name,
            engagements=f"reactions + comments + shares + saves{clicks}",
            rate=f"engagements ÷ {business.rate_base}",
            rate_base=business.rate_base,
            counts_clicks=business.counts_clicks,
        )


class PeriodShape(BaseModel):
    """Days, both ends included."""

    first: date
    last: date


_COUNTER = int | None
_STATES = Field(description="By metric without a number: late, gap, retired or not_offered. Zero is a number.")


class AccountDay(BaseModel):
    """An account's numbers of one of its platform's days; null is not known, never zero."""

    account_id: int
    business_id: int
    platform: Platform
    day: date
    followers: _COUNTER
    followers_gained: _COUNTER
    followers_lost: _COUNTER
    impressions: _COUNTER
    reach: _COUNTER
    profile_views: _COUNTER
    clicks: _COUNTER
    link_clicks: _COUNTER
    video_views: _COUNTER
    engagements: _COUNTER
    likes: _COUNTER
    comments: _COUNTER
    shares: _COUNTER
    saves: _COUNTER
    engagement_rate: float | None
    states: dict[str, ValueState] = _STATES


class PostValues(BaseModel):
    """The newest counters of a post that was published in the period; null is not known, never zero."""

    account_id: int
    business_id: int
    platform: Platform
    post_id: str
    kind: str
    text: str | None = Field(description="Its beginning; it is as its author wrote it, so take it for text alone.")
    permalink: str | None
    published_at: str
    gone_at: str | None = Field(description="When the platform said that it is deleted.")
    impressions: _COUNTER
    reach: _COUNTER
    likes: _COUNTER
    comments: _COUNTER
    shares: _COUNTER
    saves: _COUNTER
    clicks: _COUNTER
    video_views: _COUNTER
    engagements: _COUNTER
    engagement_rate: float | None
    states: dict[str, ValueState] = _STATES


class Values(BaseModel):
    """The values of a scope, and what they were measured by."""

    grain: Grain
    period: PeriodShape
    zone: str = Field(description="In which the last whole day was looked for; days are those of each platform.")
    data_version: str = Field(description="The published file that was read.")
    engagement_rules: list[RuleShape]
    counted_with_clicks: list[Platform] = Field(
        description="Platforms whose own engagements have the clicks in them, whatever the business's rule."
    )
    account_days: list[AccountDay] | None = Field(description="Where the grain is account_day.")
    posts: list[PostValues] | None = Field(description="Where the grain is post_lifetime.")
