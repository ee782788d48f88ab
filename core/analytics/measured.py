"""What are the numbers made of? The accounts a page looks at, and the frames that were read for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import pandas as pd

from core.analytics.periods import Period
from core.domain import Platform
from core.metrics import Metric

RATED_IMPRESSIONS = "rated_impressions"
RATED_ENGAGEMENTS = "rated_engagements"


@dataclass(frozen=True, slots=True)
class Member:
    """One account of those a number is made of; `interval` is the schedule of its business."""

    account_id: int
    business_id: int
    platform: Platform
    interval: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KnownDays:
    """The whole days, from `first` (None = since the first post) to `last`, of which an account's posts are known."""

    first: date | None
    last: date


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of some accounts.

    `days`: account_id, day, followers, impressions, engagements; NaN or no row = not known.
    `posts`: account_id, day, one row per post; the day is the one of the business's zone.
    `posts_known`: accounts whose posts were read, and the days of which they are known.
    `settled`: per platform the last day whose numbers do not move any more; the days after it are late.
    """

    members: tuple[Member, ...]
    days: pd.DataFrame
    posts: pd.DataFrame
    posts_known: Mapping[int, KnownDays]
    settled: Mapping[Platform, date]

    @classmethod
    def build(
        cls,
        members: tuple[Member, ...],
        *,
        days: pd.DataFrame,
        posts: pd.DataFrame,
        posts_known: Mapping[int, KnownDays],
        settled: Mapping[Platform, date],
    ) -> Self:
        """The frames with what all numbers need of them: which days are settled, and which can be rated."""
        return cls(members, _prepared(days, members, settled), posts, posts_known, settled)

    @property
    def account_ids(self) -> list[int]:
        return [member.account_id for member in self.members]

    def days_in(self, period: Period) -> pd.DataFrame:
        return _within(self.days, period)

    def posts_in(self, period: Period) -> pd.DataFrame:
        return _within(self.posts, period)


def _prepared(days: pd.DataFrame, members: tuple[Member, ...], settled: Mapping[Platform, date]) -> pd.DataFrame:
    """Ordered by day; engagements and impressions of a rate come from the same days: those on which both are known."""
    last_settled = days["account_id"].map({member.account_id: settled[member.platform] for member in members})
    both = days[Metric.IMPRESSIONS].notna() & days[Metric.ENGAGEMENTS].notna()
    derived = {
        "is_settled": days["day"] <= pd.to_datetime(last_settled),
        RATED_IMPRESSIONS: days[Metric.IMPRESSIONS].where(both),
        RATED_ENGAGEMENTS: days[Metric.ENGAGEMENTS].where(both),
    }
    return days.assign(**derived).sort_values("day")


def _within(frame: pd.DataFrame, period: Period) -> pd.DataFrame:
    return frame[frame["day"].between(pd.Timestamp(period.first), pd.Timestamp(period.last))]
