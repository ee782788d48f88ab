"""How did the audience change, and how many people does a day reach? Levels at both ends and averages of days, no sums of reach."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from core.analytics.comparison import LEAST_SHARE, Basis, earlier_of, paired
from core.analytics.kpis import Change, Coverage, Kpi, Measure
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.trends import daily_trend
from core.metrics import Metric

LEVEL_MAY_BE_OLD = 3
"""A number of followers stands for the end of a day where it was seen on it, or at most so many days before."""


def net_followers(measured: Measured, period: Period) -> Kpi:
    """Followers at the end less those at the beginning; an account without both is not counted."""
    net = net_by_account(measured, period).dropna()
    value = float(net.sum()) if len(net) else None
    change, unknown = _change_of_net(measured, period, net)
    return Kpi(
        Measure.NET_FOLLOWERS,
        value,
        change=change,
        coverage=Coverage(len(net), len(measured.members)),
        not_comparable=unknown,
        trend=tuple(float(day) for day in daily_net(measured, period, list(net.index))),
    )


def net_by_account(measured: Measured, period: Period) -> "pd.Series[float]":
    """Followers at the end less those at the beginning, NaN where one of them is not known."""
    return level_at(measured, period.last) - _opening(measured, period)


def net_by_platform(measured: Measured, period: Period) -> pd.DataFrame:
    """platform, day, value: the step of each day over the accounts whose followers are known in the period at all."""
    seen = set(measured.days_in(period).dropna(subset=[Metric.FOLLOWERS])["account_id"])
    by_platform: dict[str, list[int]] = {}
    for member in measured.members:
        if member.account_id in seen:
            by_platform.setdefault(member.platform.value, []).append(member.account_id)
    parts = [
        daily_net(measured, period, ids).rename("value").rename_axis("day").reset_index().assign(platform=platform)
        for platform, ids in by_platform.items()
    ]
    return pd.concat(parts) if parts else pd.DataFrame({"platform": [], "day": pd.to_datetime([]), "value": []})


def average_reach(measured: Measured, period: Period) -> Kpi:
    """The average known and final day of each account, added up over the accounts."""
    days = _settled_reach(measured, period)
    by_account = days.groupby("account_id")[Metric.REACH].agg(["mean", "count"])
    ids = [int(account) for account in by_account.index]
    change, basis, thin = _change_of_reach(measured, period, ids) if period.before else (None, None, 0)
    return Kpi(
        Measure.REACH,
        float(by_account["mean"].sum()) if ids else None,
        change=change,
        coverage=_coverage(measured, period, by_account["count"]),
        not_comparable=thin,
        basis=basis,
        trend=daily_trend(measured, Metric.REACH, period, ids),
    )


def level_at(measured: Measured, day: date) -> "pd.Series[float]":
    """By account: the followers at the end of a day, as last seen then."""
    window = Period.ending(day, days=1 + LEVEL_MAY_BE_OLD)
    seen = measured.days_in(window).dropna(subset=[Metric.FOLLOWERS]).groupby("account_id")[Metric.FOLLOWERS].last()
    return seen.reindex(pd.Index(measured.account_ids, name="account_id"))


def daily_net(measured: Measured, period: Period, account_ids: Sequence[int]) -> "pd.Series[float]":
    """The step of each day of the period, NaN where the followers of one of the accounts are not known at both its ends."""
    with_day_before = Period(period.first - timedelta(days=1), period.last)
    days = measured.days_in(with_day_before).pivot(index="day", columns="account_id", values=Metric.FOLLOWERS)
    every = days.reindex(pd.date_range(with_day_before.first, with_day_before.last), columns=list(account_ids))
    return every.diff().iloc[1:].sum(axis="columns", skipna=False, min_count=1)


def _change_of_net(measured: Measured, period: Period, net: "pd.Series[float]") -> tuple[Change | None, int]:
    """The difference to the earlier period, and how many accounts have no number of it."""
    if period.before is None or not len(net):
        return None, 0
    before = net_by_account(measured, period.before).reindex(net.index)
    unknown = int(before.isna().sum())
    return (None if unknown else Change(float(net.sum() - before.sum()), None)), unknown


def _opening(measured: Measured, period: Period) -> "pd.Series[float]":
    return level_at(measured, period.first - timedelta(days=1))


def _settled_reach(measured: Measured, period: Period) -> pd.DataFrame:
    return measured.settled_in(period).dropna(subset=[Metric.REACH])


def _change_of_reach(measured: Measured, period: Period, ids: list[int]) -> tuple[Change | None, Basis, int]:
    """The averages over the days known in both periods; `thin` counts the accounts with too few of them."""
    reach, before = Metric.REACH.value, f"{Metric.REACH}_before"
    days = paired(measured, [reach], period, ids).groupby("account_id")[[reach, before]]
    counts = days.size().reindex(ids, fill_value=0)
    thin = int((counts < min(period.days, earlier_of(period).days) * LEAST_SHARE).sum())
    basis = Basis(int(counts.sum()), len(ids) * period.days, len(ids))
    if thin or not ids:
        return None, basis, thin
    averages = days.mean().sum()
    absolute, earlier = float(averages[reach] - averages[before]), float(averages[before])
    return Change(absolute, absolute / earlier if earlier else None), basis, 0


def _coverage(measured: Measured, period: Period, known: "pd.Series[int]") -> Coverage:
    """What the averages are made of: late are the days that are not final yet, missing the others that are not known."""
    members = [member for member in measured.members if member.account_id in known.index]
    late = sum(period.days_after(measured.settled[member.platform]) for member in members)
    lacking = len(members) * period.days - int(known.sum())
    return Coverage(len(members), len(measured.members), late_days=late, missing_days=lacking - late)
