"""How did it go day by day? Series for the small trends and for the charts; a day that is not known stays a gap."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.analytics.engagement import RATE_ABOVE, RATE_BELOW
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.postings import POST_COUNT, posts_by_day
from core.metrics import Metric


def daily_trend(measured: Measured, column: str, period: Period, account_ids: list[int]) -> tuple[float, ...]:
    """One value a day over these accounts; NaN where not all of them are known, or the day is late."""
    series = _trend(measured, column, period, account_ids) if account_ids else _empty(period)
    return tuple(float(value) for value in series)


def daily_by_platform(measured: Measured, metric: Metric, period: Period) -> pd.DataFrame:
    """One row per platform and day of the period.

    platform, day, value (NaN = not known), counted and shown (accounts known that day, of those known in the period),
    is_partial (the day is late, or not all of the accounts are known). A level without an account that was in it before is
    not known: it would look like a loss.
    """
    platform_of = {member.account_id: member.platform.value for member in measured.members}
    days = measured.days_in(period).dropna(subset=[metric])
    days = days.assign(platform=days["account_id"].map(platform_of))
    shown = days.groupby("platform")["account_id"].nunique()
    by_day = days.groupby(["platform", "day"])[metric].agg(value="sum", counted="count")
    every_day = pd.MultiIndex.from_product([shown.index, _index(period)], names=["platform", "day"])
    frame = by_day.reindex(every_day).reset_index()
    frame["counted"] = frame["counted"].fillna(0).astype("int64")
    frame["shown"] = frame["platform"].map(shown).astype("int64")
    if metric is Metric.FOLLOWERS:
        frame["value"] = frame["value"].where(frame["counted"] >= _known_so_far(days, every_day))
    settled = pd.to_datetime(frame["platform"].map({name.value: day for name, day in measured.settled.items()}))
    is_late = (frame["day"] > settled) & (
        metric is not Metric.FOLLOWERS
    )  # a level does not grow any more once it is known
    frame["is_partial"] = is_late | (frame["counted"] < frame["shown"])
    return frame


def known_days(
    measured: Measured, metric: Metric, period: Period, group_of: Mapping[int, int]
) -> dict[int, list[float]]:
    """By group: the final days of the period, without those that not all of its accounts know."""
    settled = measured.settled_in(period).dropna(subset=[metric])
    wide = settled.pivot(index="day", columns="account_id", values=metric)
    places_of: dict[int, list[int]] = {}
    for place, account_id in enumerate(map(int, wide.columns)):
        places_of.setdefault(group_of[account_id], []).append(place)
    values = wide.to_numpy()
    whole = {group: values[:, places].sum(axis=1) for group, places in places_of.items()}
    return {group: sums[~np.isnan(sums)].tolist() for group, sums in whole.items()}


def _known_so_far(days: pd.DataFrame, every_day: pd.MultiIndex) -> npt.NDArray[np.integer[Any]]:
    """How many accounts of the platform have been known on that day or before."""
    joined = days.groupby(["platform", "account_id"])["day"].min().reset_index().groupby(["platform", "day"]).size()
    return joined.reindex(every_day, fill_value=0).groupby("platform").cumsum().to_numpy()


def _trend(measured: Measured, column: str, period: Period, account_ids: list[int]) -> "pd.Series[float]":
    if column == POST_COUNT:
        return _all_known(posts_by_day(measured, period), column, period, account_ids)
    if column == Metric.FOLLOWERS:
        return _all_known(measured.days_in(period), column, period, account_ids, carry=True)
    settled = measured.settled_in(period)
    if column == RATE_BELOW:
        below = _all_known(settled, RATE_BELOW, period, account_ids)
        return _all_known(settled, RATE_ABOVE, period, account_ids) / below.where(below > 0)
    return _all_known(settled, column, period, account_ids)


def _all_known(
    days: pd.DataFrame, column: str, period: Period, account_ids: list[int], *, carry: bool = False
) -> "pd.Series[float]":
    """The sum of each day on which every account is known; `carry` takes a level over from the day before."""
    wide = days.pivot(index="day", columns="account_id", values=column).reindex(_index(period))
    every = wide.reindex(columns=account_ids)
    return (every.ffill() if carry else every).sum(axis="columns", skipna=False, min_count=1)


def _empty(period: Period) -> "pd.Series[float]":
    return pd.Series(float("nan"), index=_index(period))


def _index(period: Period) -> pd.DatetimeIndex:
    return pd.date_range(period.first, period.last, freq="D", name="day")
