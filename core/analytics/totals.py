"""What does each account add up to over a period? One row an account, the unknown left unknown."""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.metrics import Metric

RATED_IMPRESSIONS = "rated_impressions"
RATED_ENGAGEMENTS = "rated_engagements"
FOLLOWERS_ARE_TODAYS = "followers_are_todays"


def account_totals(measured: Measured, period: Period) -> pd.DataFrame:
    """Per account: the sums, how many days each is made of (`<column>_days`), and how many of these are settled.

    Engagements and impressions of the engagement rate come from the same days: those on which both are known.
    """
    days = with_rated(days_of(measured, period))
    totals = pd.DataFrame(index=pd.Index([member.account_id for member in measured.members], name="account_id"))
    for column in (Metric.IMPRESSIONS, Metric.ENGAGEMENTS, RATED_IMPRESSIONS, RATED_ENGAGEMENTS):
        totals[column] = days.groupby("account_id")[column].sum(min_count=1)
        totals[f"{column}_days"] = _count(days, column, totals)
        totals[f"{column}_settled_days"] = _count(days[days["is_settled"]], column, totals)
    _add_followers(totals, measured, period)
    _add_posts(totals, measured, period)
    return totals


def days_of(measured: Measured, period: Period) -> pd.DataFrame:
    """The days of the period, each marked whether its numbers are settled."""
    days = measured.days[measured.days["day"].between(pd.Timestamp(period.first), pd.Timestamp(period.last))].copy()
    settled = {
        member.account_id: pd.Timestamp(measured.settled.get(member.platform, period.last))
        for member in measured.members
    }
    days["is_settled"] = days["day"] <= pd.to_datetime(days["account_id"].map(settled))
    return days


def with_rated(days: pd.DataFrame) -> pd.DataFrame:
    """The days with the columns an engagement rate is made of: known only where both are known."""
    both = days[[Metric.IMPRESSIONS, Metric.ENGAGEMENTS]].notna().all(axis="columns")
    rated = {
        RATED_IMPRESSIONS: days[Metric.IMPRESSIONS].where(both),
        RATED_ENGAGEMENTS: days[Metric.ENGAGEMENTS].where(both),
    }
    return days.assign(**rated)


def _count(days: pd.DataFrame, column: str, totals: pd.DataFrame) -> pd.Series:
    return days.groupby("account_id")[column].count().reindex(totals.index, fill_value=0)


def _add_followers(totals: pd.DataFrame, measured: Measured, period: Period) -> None:
    """The last known level within the period; an account first seen on the day after it counts as of that day."""
    within = last_known_followers(measured, period)
    day_after = period.last + timedelta(days=1)
    first_seen = last_known_followers(measured, Period(day_after, day_after))
    totals[Metric.FOLLOWERS] = within.combine_first(first_seen).reindex(totals.index)
    totals[FOLLOWERS_ARE_TODAYS] = totals[Metric.FOLLOWERS].notna() & ~totals.index.isin(within.index)


def last_known_followers(measured: Measured, period: Period) -> pd.Series:
    known = days_of(measured, period).dropna(subset=[Metric.FOLLOWERS]).sort_values("day")
    return known.groupby("account_id")[Metric.FOLLOWERS].last().astype("float64")


def _add_posts(totals: pd.DataFrame, measured: Measured, period: Period) -> None:
    """Posts of the period; unknown where an account's posts were never read."""
    counts = (
        posts_of(measured, period).groupby("account_id").size().reindex(totals.index, fill_value=0).astype("float64")
    )
    known_from = measured.posts_known_from
    totals["posts"] = counts.where(totals.index.isin(list(known_from)))
    totals["posts_days"] = [_days_known(known_from, account_id, period) for account_id in totals.index]
    totals["posts_settled_days"] = totals["posts_days"]


def posts_of(measured: Measured, period: Period) -> pd.DataFrame:
    return measured.posts[measured.posts["day"].between(pd.Timestamp(period.first), pd.Timestamp(period.last))]


def _days_known(known_from: Mapping[int, date | None], account_id: int, period: Period) -> int:
    """A day that the reading may have cut in two does not count as known."""
    if account_id not in known_from:
        return 0
    cut = known_from[account_id]
    return period.days if cut is None else period.days_after(cut)
