"""What does each account add up to over a period? One row an account, the unknown left unknown."""

from datetime import timedelta

import pandas as pd

from core.analytics.engagement import RATE_ABOVE, RATE_BELOW
from core.analytics.measured import Measured, worked_out_once
from core.analytics.periods import Period
from core.analytics.postings import POST_COUNT, posts_by_day
from core.metrics import Metric

FOLLOWERS_ARE_TODAYS = "followers_are_todays"

_SUMMED = [Metric.IMPRESSIONS.value, Metric.ENGAGEMENTS.value, RATE_BELOW, RATE_ABOVE]


@worked_out_once
def account_totals(measured: Measured, period: Period) -> pd.DataFrame:
    """Per account: the sums, how many days each is made of (`<column>_days`), and how many of these are settled."""
    days = measured.days_in(period)
    by_account = days.groupby("account_id")[_SUMMED]
    settled = measured.settled_in(period).groupby("account_id")[_SUMMED]
    counts = [by_account.count().add_suffix("_days"), settled.count().add_suffix("_settled_days")]
    every = pd.Index(measured.account_ids, name="account_id")
    return pd.concat(
        [
            by_account.sum(min_count=1).reindex(every),
            *(count.reindex(every, fill_value=0) for count in counts),
            _followers(measured, period, every),
            _posts(measured, period, every),
        ],
        axis="columns",
    )


def _followers(measured: Measured, period: Period, every: pd.Index) -> pd.DataFrame:
    """The last known level within the period; an account first seen on the day after it counts as of that day."""
    day_after = period.last + timedelta(days=1)
    within = _last_known_followers(measured, period)
    first_seen = _last_known_followers(measured, Period(day_after, day_after))
    followers = within.combine_first(first_seen).reindex(every)
    are_todays = followers.notna() & ~every.isin(within.index)
    return pd.DataFrame({Metric.FOLLOWERS.value: followers, FOLLOWERS_ARE_TODAYS: are_todays})


def _last_known_followers(measured: Measured, period: Period) -> "pd.Series[float]":
    return measured.days_in(period).groupby("account_id")[Metric.FOLLOWERS.value].last().dropna()


def _posts(measured: Measured, period: Period, every: pd.Index) -> pd.DataFrame:
    """Posts of the period; unknown where none of its days was read, and no post of it seen."""
    counts = measured.posts_in(period).groupby("account_id").size().reindex(every, fill_value=0).astype("float64")
    days = posts_by_day(measured, period).groupby("account_id").size().reindex(every, fill_value=0)
    return pd.DataFrame(
        {
            POST_COUNT: counts.where((days > 0) | (counts > 0)),
            f"{POST_COUNT}_days": days,
            f"{POST_COUNT}_settled_days": days,
        },
        index=every,
    )
