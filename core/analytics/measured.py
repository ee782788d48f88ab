"""What are the numbers made of? The accounts a page looks at, and the frames that were read for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

import pandas as pd

from core.analytics.engagement import with_rules
from core.analytics.members import Member
from core.analytics.periods import Period
from core.domain import EngagementRule, Platform

Given = ParamSpec("Given")
Found = TypeVar("Found")


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
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        return _days_in(self, period.first, period.last)

    def settled_in(self, period: Period) -> pd.DataFrame:
        """The days of the period that do not move any more."""
        return _settled_in(self, period.first, period.last)

    def posts_in(self, period: Period) -> pd.DataFrame:
        return _within(self.posts, period)


def worked_out_once(
    work: Callable[Concatenate[Measured, Given], Found],
) -> Callable[Concatenate[Measured, Given], Found]:
    """For what a page asks several times of the same numbers: the answer is kept with them, and must not be altered."""

    @wraps(work)
    def ask(measured: Measured, *given: Given.args, **named: Given.kwargs) -> Found:
        key = f"{work.__module__}.{work.__name__}{given}{named}"
        if key not in measured.worked_out:
            measured.worked_out[key] = work(measured, *given, **named)
        found: Found = measured.worked_out[key]
        return found

    return cast("Callable[Concatenate[Measured, Given], Found]", ask)


@worked_out_once
def _days_in(measured: Measured, first: date, last: date) -> pd.DataFrame:
    return _within(measured.days, Period(first, last))


@worked_out_once
def _settled_in(measured: Measured, first: date, last: date) -> pd.DataFrame:
    days = _days_in(measured, first, last)
    return days[days["is_settled"]]


def _prepared(days: pd.DataFrame, members: tuple[Member, ...], settled: Mapping[Platform, date]) -> pd.DataFrame:
    """Ordered by day, with which of them are settled, and with engagements and the parts of the rate by each business's rule."""
    last_settled = days["account_id"].map({member.account_id: settled[member.platform] for member in members})
    is_settled = days["day"] <= pd.to_datetime(last_settled)
    return with_rules(days, members).assign(is_settled=is_settled).sort_values("day")


def _within(frame: pd.DataFrame, period: Period) -> pd.DataFrame:
    return frame[frame["day"].between(pd.Timestamp(period.first), pd.Timestamp(period.last))]
