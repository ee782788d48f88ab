"""What are the numbers made of? The accounts a page looks at, and the frames that were read for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import pandas as pd

from core.analytics.engagement import with_rules
from core.analytics.members import Member
from core.analytics.periods import Period
from core.domain import EngagementRule, Platform


@dataclass(frozen=True, slots=True)
class KnownDays:
    """The whole days, from `first` (None = since the first post) to `last`, of which an account's posts are known."""

    first: date | None
    last: date


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of some accounts.

    `days`: account_id, day, followers, reach, impressions, engagements, clicks; NaN or no row = not known.
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
        """The frames with what all numbers need of them: which days are settled, and how engagement is counted on them."""
        return cls(members, _prepared(days, members, settled), posts, posts_known, settled)

    @property
    def account_ids(self) -> list[int]:
        return [member.account_id for member in self.members]

    @property
    def rules(self) -> set[EngagementRule]:
        """How the businesses of these accounts count engagement."""
        return {member.rule for member in self.members}

    def of_business(self, business_id: int) -> Self:
        """The same of the accounts of one business alone."""
        members = tuple(member for member in self.members if member.business_id == business_id)
        ids = [member.account_id for member in members]
        days, posts = (frame[frame["account_id"].isin(ids)] for frame in (self.days, self.posts))
        known = {id_: days for id_, days in self.posts_known.items() if id_ in ids}
        return replace(self, members=members, days=days, posts=posts, posts_known=known)

    def days_in(self, period: Period) -> pd.DataFrame:
        return _within(self.days, period)

    def posts_in(self, period: Period) -> pd.DataFrame:
        return _within(self.posts, period)


def _prepared(days: pd.DataFrame, members: tuple[Member, ...], settled: Mapping[Platform, date]) -> pd.DataFrame:
    """Ordered by day, with which of them are settled, and with engagements and the parts of the rate by each business's rule."""
    last_settled = days["account_id"].map({member.account_id: settled[member.platform] for member in members})
    is_settled = days["day"] <= pd.to_datetime(last_settled)
    return with_rules(days, members).assign(is_settled=is_settled).sort_values("day")


def _within(frame: pd.DataFrame, period: Period) -> pd.DataFrame:
    return frame[frame["day"].between(pd.Timestamp(period.first), pd.Timestamp(period.last))]
